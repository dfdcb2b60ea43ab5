"""What one signs in with, and where one is signed in. Nobody else changes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import VadoError
from vado.exchange import accounts, passkeys
from vado.exchange.keyring import Keyring, end_session, keyring
from vado.exchange.keyring import change_password as change
from vado.exchange.keyring import end_others as end_all_others
from vado.model.account import Session
from vado.web.access import cookie_of, keep_session
from vado.web.browsers import address_of, browser_of
from vado.web.forms import small_form
from vado.web.render import Asked, Complaint, asked, page
from vado.web.site import site_of

_LONGEST = 1000  # characters of a password
HOW = {
    "password": "by password", "passkey": "by passkey", "code": "by a one-use code", "outside": "with your organisation's account",
    "invented": "as an invented account",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Here:
    """One place where somebody is signed in."""

    id: str
    browser: str
    how: str
    began: datetime
    seen: datetime
    this: bool


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    ring: Keyring
    here: tuple[Here, ...]
    least: int  # characters of a password
    passkeys: bool  # there can be passkeys under this address
    local: str  # this page under a name that can have passkeys; "": it has one, or there is none
    browser: str
    complaint: Complaint | None
    changed: bool


def account(request: Request) -> Response:
    """Show it."""
    return _show(asked(request), changed=request.query_params.get("changed") == "password")


async def change_password(request: Request) -> Response:
    """Set another password; whoever was signed in with the old one is so no longer."""
    who, form = asked(request), await small_form(request)
    old, new = (form.get(name, "")[:_LONGEST] for name in ("password", "new"))
    return await run_in_threadpool(_change_password, who, old, new)


async def change_passkey(request: Request) -> Response:
    """Call a passkey otherwise, or forget it."""
    who, form, id_ = asked(request), await small_form(request), request.path_params["id"]
    if form.get("do") == "remove":
        return await run_in_threadpool(_done, who, lambda: passkeys.remove(who.x, who.viewer, id_))
    return await run_in_threadpool(_done, who, lambda: passkeys.rename(who.x, who.viewer, id_, form.get("name", "")))


def end_one(request: Request) -> Response:
    """Sign out somewhere else."""
    who, id_ = asked(request), request.path_params["id"]
    return _done(who, lambda: end_session(who.x, who.viewer, id_))


def end_others(request: Request) -> Response:
    """Sign out everywhere else."""
    who = asked(request)
    return _done(who, lambda: end_all_others(who.x, who.viewer, _secret(request)))


def _change_password(who: Asked, old: str, new: str) -> Response:
    request = who.request
    try:
        secret = change(who.x, who.viewer, old, new, address_of(request), browser_of(request))
    except VadoError as fault:
        return _show(who, who.told(fault), fault.kind.http)
    request.app.state.known.forget_account(who.viewer.account)
    return keep_session(request, RedirectResponse("/account?changed=password", 303), secret)


def _done(who: Asked, do: Callable[[], object]) -> Response:
    try:
        do()
    except VadoError as fault:
        return _show(who, who.told(fault), fault.kind.http)
    who.request.app.state.known.forget_account(who.viewer.account)
    return RedirectResponse("/account", 303)


def _show(who: Asked, complaint: Complaint | None = None, status: int = 200, *, changed: bool = False) -> Response:
    request, ring = who.request, keyring(who.x, who.viewer)
    this, can = accounts.id_of(_secret(request)), site_of(request) is not None
    local = "" if can or request.url.hostname != "127.0.0.1" else f"http://localhost:{request.url.port or 80}/account"
    here = tuple(_place(session, this) for session in ring.sessions)
    view = View(ring, here, accounts.LEAST, can, local, browser_of(request), complaint, changed)
    return page(who, "account/page.html", view, status)


def _place(session: Session, this: str) -> Here:
    how, _, browser = session.note.partition("\n")
    return Here(session.id, browser, HOW.get(how, ""), session.began, session.seen, session.id == this)


def _secret(request: Request) -> str:
    return request.cookies.get(cookie_of(request), "")
