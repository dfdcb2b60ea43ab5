"""What went wrong, in plain words: a code, what, what to do. Never a value."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.web.access import viewer
from vado.web.render import Asked, asked, page
from vado.web.words import LANGUAGES


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
    view = View(str(status), who.say("There is no such page"), who.say("Begin again at the search"))
    return page(who, "problem/page.html", view, status)


def unexpected(request: Request) -> Response:
    """Show that something is wrong with Vado itself, and nothing of what."""
    language = request.cookies.get("language", "en")
    who = Asked(request, request.app.state.exchange, viewer(language if language in LANGUAGES else "en"))
    view = View("500", who.say("Something is wrong with Vado itself"), who.say("Try again; tell the people who run it"))
    return page(who, "problem/page.html", view, 500)
