"""Signing in and out. Every sign-in begins a new session under a new secret, so that none can be planted before."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import NotPermitted
from vado.exchange import accounts
from vado.model.account import Role
from vado.web.access import cookie_of, is_safe_way, keep_session
from vado.web.browsers import address_of, browser_of
from vado.web.forms import small_form, way_back
from vado.web.render import Complaint, asked, page
from vado.web.site import site_of

_LONGEST = 1000  # characters of a name or a password


@dataclass(frozen=True, slots=True)
class Invented:
    """An account of the demonstration."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    back: str
    name: str
    complaint: Complaint | None
    invented: tuple[Invented, ...]
    nobody: bool  # there is no account at all
    outside: bool  # one may sign in by a provider outside
    passkeys: bool  # one may sign in by a passkey


async def sign_in(request: Request) -> Response:
    """Show the form; take name and password."""
    if request.method != "POST":
        return await run_in_threadpool(_form, request, request.query_params.get("next", "/"))
    form = await small_form(request)
    back, name, password = way_back(form.get("next", "/")), form.get("name", "")[:_LONGEST], form.get("password", "")[:_LONGEST]
    who = asked(request)
    try:
        secret = await run_in_threadpool(
            accounts.sign_in, who.x, name.strip(), password, address_of(request), browser_of(request)
        )
    except NotPermitted as fault:
        return await run_in_threadpool(_form, request, back, who.told(fault), fault.kind.http)
    return await run_in_threadpool(enter, request, secret, back)


async def sign_in_as(request: Request) -> Response:
    """Take an account of the demonstration, by one click. There is none anywhere else."""
    name = request.path_params["name"]
    if name not in request.app.state.door.invented:
        raise HTTPException(404)
    return await run_in_threadpool(_as_invented, request, name)


def sign_out(request: Request) -> Response:
    """End the session, here and in the store."""
    secret = request.cookies.get(cookie_of(request), "")
    accounts.sign_out(request.app.state.exchange, secret)
    request.app.state.known.forget(secret)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_of(request), path="/", httponly=True, secure=is_safe_way(request), samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _as_invented(request: Request, name: str) -> Response:
    x = request.app.state.exchange
    found = accounts.of_names(x, (name,))
    if not found:
        raise HTTPException(404)
    return enter(request, accounts.let_in(x, found[0], "invented", browser_of(request)), "/")


def enter(request: Request, secret: str, back: str) -> Response:
    """Let in whoever has shown who they are; a session that the browser had before ends."""
    before = request.cookies.get(cookie_of(request), "")
    if before:
        accounts.sign_out(request.app.state.exchange, before)
    return keep_session(request, RedirectResponse(back, 303), secret)


def _form(request: Request, back: str, complaint: Complaint | None = None, status: int = 200) -> Response:
    who = asked(request)
    if who.viewer.role is not Role.NOBODY and complaint is None:
        return RedirectResponse("/mine", 303)
    door = request.app.state.door
    invented = tuple(Invented(a.name, a.role.value) for a in accounts.of_names(who.x, door.invented))
    view = View(
        way_back(back),
        "",
        complaint,
        invented,
        not accounts.any_there(who.x),
        door.outside is not None,
        site_of(request) is not None,
    )
    return page(who, "sign_in/page.html", view, status)
