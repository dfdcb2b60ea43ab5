"""What went wrong, in plain words: a code, what, what to do. Never a value."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.web.render import asked, page


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    code: str
    what: str
    do: str


async def problem(request: Request, fault: Exception) -> Response:
    """Show an expected fault."""
    who = asked(request)
    if isinstance(fault, VadoError):
        view = View(fault.code, who.say(fault.kind.what).format(**fault.slots), who.say(fault.kind.do).format(**fault.slots))
        return page(who, "problem/page.html", view, fault.kind.http)
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    return page(who, "problem/page.html", View(str(status), who.say("There is no such page"), who.say("Begin again at the search")), status)


async def unexpected(request: Request, fault: Exception) -> Response:  # noqa: ARG001 - nothing of it is shown
    """Show that something is wrong with Vado itself."""
    who = asked(request)
    view = View("500", who.say("Something is wrong with Vado itself"), who.say("Try again; tell the people who run it"))
    return page(who, "problem/page.html", view, 500)
