"""A person comes in with their letter: code, date of birth, a name and a password of their own. The page tells nothing about anybody."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.exchange import invitations
from vado.exchange.accounts import LEAST
from vado.web.browsers import address_of, browser_of
from vado.web.forms import small_form
from vado.web.pages.sign_in.view import enter
from vado.web.render import Asked, Complaint, asked, page

_LONGEST = 1000  # characters of a field


@dataclass(frozen=True, slots=True)
class View:
    """The page. What was typed stands there again, but for the password."""

    complaint: Complaint | None
    code: str
    born: str
    name: str
    least: int


async def welcome(request: Request) -> Response:
    """Show the form; take it."""
    who = asked(request)
    if request.method != "POST":
        return page(who, "welcome/page.html", View(None, "", "", "", LEAST))
    form = {k: v[:_LONGEST] for k, v in (await small_form(request)).items()}
    return await run_in_threadpool(_come_in, who, form)


def _come_in(who: Asked, form: dict[str, str]) -> Response:
    code, born, name = (form.get(k, "").strip() for k in ("code", "born", "name"))
    try:
        secret = invitations.welcome(
            who.x, code, born, name, form.get("password", ""), address_of(who.request), browser_of(who.request)
        )
    except VadoError as fault:
        return page(who, "welcome/page.html", View(who.told(fault), code, born, name, LEAST), fault.kind.http)
    return enter(who.request, secret, "/me")
