"""A one-use code of the administrator's: whoever has it chooses a password, and is in."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.exchange import accounts, codes
from vado.web.browsers import address_of, browser_of
from vado.web.forms import small_form
from vado.web.pages.sign_in.view import enter
from vado.web.render import Asked, Complaint, asked, page

_LONGEST = 1000  # characters of a password


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    least: int  # characters of a password
    complaint: Complaint | None


async def code(request: Request) -> Response:
    """Show the form; take the code and a new password."""
    who = asked(request)
    if request.method != "POST":
        return _form(who)
    form = await small_form(request)
    given, password = form.get("code", "")[:100], form.get("password", "")[:_LONGEST]
    try:
        secret = await run_in_threadpool(codes.redeem, who.x, given, password, address_of(request), browser_of(request))
    except VadoError as fault:
        return _form(who, who.told(fault), fault.kind.http)
    return await run_in_threadpool(enter, request, secret, "/account")


def _form(who: Asked, complaint: Complaint | None = None, status: int = 200) -> Response:
    return page(who, "sign_in/code.html", View(accounts.LEAST, complaint), status)
