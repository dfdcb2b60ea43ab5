"""Why somebody looks at records: asked once a session where the place wants it (`ask_reason`), before the first person is shown."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import VadoError
from vado.exchange import accounts
from vado.web.access import cookie_of
from vado.web.forms import small_form, way_back
from vado.web.render import Asked, Complaint, asked, page


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    whys: tuple[str, ...]
    back: str
    complaint: Complaint | None


async def reason(request: Request) -> Response:
    """Ask for the reason, and take it."""
    who, back = asked(request), way_back(request.query_params.get("next", "/"))
    if request.method == "GET":
        return _ask(who, back)
    form, secret = await small_form(request), request.cookies.get(cookie_of(request), "")
    back = way_back(form.get("next", "/"))
    try:
        said = form.get("why", ""), form.get("words", "")
        await run_in_threadpool(accounts.say_why, who.x, secret, *said)
    except VadoError as fault:
        return _ask(who, back, who.told(fault), fault.kind.http)
    request.app.state.known.forget(secret)
    return RedirectResponse(back, 303)


def _ask(who: Asked, back: str, complaint: Complaint | None = None, status: int = 200) -> Response:
    return page(who, "reason/page.html", View(accounts.WHYS, back, complaint), status)
