"""What went wrong, in plain words: a code, what, what to do. Never a value."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.web.render import Complaint, asked, page


async def problem(request: Request, fault: Exception) -> Response:
    """Show an expected fault."""
    who = asked(request)
    if isinstance(fault, VadoError):
        return page(who, "problem/page.html", who.told(fault), fault.kind.http)
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    view = Complaint(str(status), "", who.say("There is no such page"), who.say("Begin again at the search"))
    return page(who, "problem/page.html", view, status)


def unexpected(request: Request) -> Response:
    """Show that something is wrong with Vado itself, and nothing of what."""
    who = asked(request)
    view = Complaint("500", "", who.say("Something is wrong with Vado itself"), who.say("Try again; tell the people who run it"))
    return page(who, "problem/page.html", view, 500)
