"""An app asks a person to let it read: which app, what, whose record; yes or no."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.exchange import clients, consult
from vado.exchange.clients import Wanted
from vado.model.account import Role
from vado.record.permit import scoped
from vado.web.forms import small_form
from vado.web.pages.people import heading
from vado.web.render import HEADERS, Asked, asked, page
from vado.web.smart import root

_CARRIED = ("response_type", "client_id", "redirect_uri", "scope", "state", "aud", "code_challenge", "code_challenge_method")


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    app: str
    host: str
    asks: tuple[
        tuple[str, str, str], ...
    ]  # what would be done ('read', 'change', 'both', '' unknown), to what ('*' all), the scope itself
    needs_patient: bool
    persons: tuple[tuple[str, str], ...]
    may_search: bool
    words: str
    carried: tuple[tuple[str, str], ...]


async def authorize(request: Request) -> Response:
    """Show what an app asks for, and take the answer."""
    form = await small_form(request) if request.method == "POST" else dict(request.query_params)
    return await run_in_threadpool(_answer, request, form)


def _answer(request: Request, form: Mapping[str, str]) -> Response:
    who = asked(request)
    said = {name: form.get(name, "") for name in _CARRIED}
    wanted = clients.app(who.x, said)  # an app or an address that is not registered is told to the person, never sent to
    if error := _wrong(request, said, wanted):
        return _back(wanted, error=error)
    if who.viewer.role is Role.NOBODY:
        return RedirectResponse(f"/sign-in?next={quote(f'{request.url.path}?{urlencode(said)}')}", 303)
    if request.method == "POST" and form.get("answer") == "no":
        return _back(wanted, error="access_denied")
    if request.method == "POST" and form.get("answer") == "yes" and (form.get("person") or not wanted.needs_patient):
        return _back(wanted, code=clients.allow_app(who.x, wanted, form.get("person", ""), who.viewer))
    return _ask(who, wanted, said, form.get("words", "")[:200])


def _wrong(request: Request, said: Mapping[str, str], wanted: Wanted) -> str:
    if said["response_type"] != "code":
        return "unsupported_response_type"
    if not wanted.scopes:
        return "invalid_scope"
    fhir = {f"{root(request)}/fhir", f"{root(request)}/fhir/"}
    return "" if wanted.challenge and wanted.state and said["aud"] in fhir else "invalid_request"


def asks(scope: str) -> tuple[str, str, str]:
    """Take a SMART scope apart, for words that a person understands."""
    reads, changes = (any(scoped((scope,), "", letter) for letter in letters) for letters in ("rs", "cud"))
    does = "both" if reads and changes else "read" if reads else "change" if changes else ""
    return does, scope.partition("/")[2].partition(".")[0], scope


def _back(wanted: Wanted, **told: str) -> Response:
    joint = "&" if "?" in wanted.redirect else "?"
    return RedirectResponse(f"{wanted.redirect}{joint}{urlencode(told | {'state': wanted.state})}", 303)


def _ask(who: Asked, wanted: Wanted, said: Mapping[str, str], words: str) -> Response:
    persons: tuple[tuple[str, str], ...] = ()
    searches = who.viewer.role is Role.PRACTITIONER
    if wanted.needs_patient and searches:
        found = consult.find_persons(who.x, words, who.viewer) if words.strip() else ()
        persons = tuple((p.id, heading(p)) for p in found)
    elif wanted.needs_patient:
        own = clients.choices(who.x, who.viewer)
        persons = tuple((p, heading(consult.show_record(who.x, p, who.viewer).person)) for p in own)
    target = urlsplit(wanted.redirect)
    view = View(
        wanted.client.name,
        target.netloc,
        tuple(map(asks, wanted.scopes)),
        wanted.needs_patient,
        persons,
        searches,
        words,
        tuple(said.items()),
    )
    answer = page(who, "authorize/page.html", view)
    away = f"form-action 'self' {target.scheme}://{target.netloc}"
    answer.headers["Content-Security-Policy"] = HEADERS["Content-Security-Policy"].replace("form-action 'self'", away)
    return answer
