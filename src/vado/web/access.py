"""Who may see what. Default deny: a route without a permission here is not served, and what a permission lets do stands in record/permit.py.

Whoever asks is known by a session cookie (pages) or by a bearer token (programs). Another origin's page can send neither: the cookie
is SameSite=Lax, and a request that changes something must come from this very host (OWASP CSRF cheat sheet: Fetch Metadata, verifying
origin).
"""

import re
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vado.channels.keys import FHIR as KEY_FHIR
from vado.channels.keys import UPLOAD as KEY_UPLOAD
from vado.channels.keys import Keys
from vado.errors import NotPermitted
from vado.exchange.accounts import API, PAGE, as_viewer, whose
from vado.exchange.outside import Provider
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.record.permit import VERBS, may, scoped
from vado.web.browsers import address_of
from vado.web.pace import Limits, Pace, kind_of

ANYBODY = "anybody"
PERMISSIONS = {
    "search": "persons.find",
    "person": "records.read",
    "person-pdf": "records.read",
    "reason": "mine",
    "fact": "records.read",
    "original": "originals.read",
    "page": "originals.read",
    "content": "originals.read",
    "inbox": "states.read",
    "doubts": "doubts.settle",
    "doubt": "doubts.settle",
    "settle": "doubts.settle",
    "unlink": "doubts.settle",
    "overmerged": "doubts.settle",
    "split": "doubts.settle",
    "undo-link": "doubts.settle",
    "preview": "persons.find",
    "desk": "facts.review",
    "decide": "facts.review",
    "crop": "originals.read",
    "bridges": "channels.read",
    "bridge": "channels.read",
    "bridges-chart": "channels.read",
    "bridge-chart": "channels.read",
    "hold-partner": "partners.change",
    "release-partner": "partners.change",
    "replay": "partners.change",
    "newcomer": "partners.change",
    "newcomer-draft": "partners.change",
    "newcomer-save": "partners.change",
    "meanings": "partners.change",
    "meanings-suggest": "partners.change",
    "meanings-save": "partners.change",
    "meanings-withdraw": "partners.change",
    "papers": "partners.change",
    "paper": "partners.change",
    "paper-page": "partners.change",
    "deliveries": "deliveries.read",
    "delivery": "deliveries.read",
    "hold": "deliveries.change",
    "release": "deliveries.change",
    "retry": "deliveries.change",
    "fhir-metadata": ANYBODY,
    "fhir-openapi": ANYBODY,
    "fhir-history": "fhir.read",
    "fhir-search": "fhir.search",
    "fhir-match": "persons.find",
    "fhir-pix": "persons.find",
    "fhir-read": "fhir.read",
    "fhir-person-search": "fhir.search",
    "fhir-person": "fhir.read",
    "fhir-bundle": "fhir.write",
    "fhir-create": "fhir.write",
    "fhir-change": "fhir.write",
    "fhir-consent": "consents.tell",
    "fhir-validate": "fhir.write",
    "fhir-everything": "records.read",
    "fhir-summary": "records.read",
    "fhir-docref": "records.read",
    "fhir-provenance": "fhir.read",
    "fhir-audit": "trail.read",
    "fhir-binary": "originals.read",
    "upload": ANYBODY,  # a page that asks for a partner's key, and takes nothing without it
    "upload-program": "originals.send",
    "fhir-subscribe": "changes.follow",
    "fhir-import": "fhir.write",
    "fhir-export": "fhir.export",
    "fhir-export-status": "fhir.export",
    "fhir-export-file": "fhir.export",
    "language": ANYBODY,
    "health": ANYBODY,
    "metrics": "metrics.read",
    "static": ANYBODY,
    "help": ANYBODY,
    "help-topic": ANYBODY,
    "sign-in": ANYBODY,
    "sign-in-as": ANYBODY,
    "sign-out": ANYBODY,
    "passkey-ask": ANYBODY,
    "passkey-enter": ANYBODY,
    "code": ANYBODY,  # takes nothing without a code of the administrator's
    "account": "keyring",
    "change-password": "keyring",
    "passkey-wish": "keyring",
    "passkey-add": "keyring",
    "passkey-change": "keyring",
    "session-end": "keyring",
    "sessions-end": "keyring",
    "accounts": "accounts.change",
    "account-new": "accounts.change",
    "account-of": "accounts.change",
    "account-change": "accounts.change",
    "token-end": "accounts.change",
    "place": "place.read",
    "oidc-begin": ANYBODY,
    "oidc-back": ANYBODY,
    "smart-configuration": ANYBODY,
    "smart-token": ANYBODY,
    "smart-authorize": ANYBODY,  # leads to sign-in by itself, with the whole question kept
    "me": "mine",
    "break-glass": "glass.break",
    "explain": "originals.explain",
    "my-record": "accesses.read",
    "looks": "accesses.read",
    "sharing": "accesses.read",
    "asked": "accesses.read",
    "consent": "consents.change",
    "foresee": "consents.change",
    "add": "contributions.make",
    "add-letter": "contributions.make",
    "add-measurement": "contributions.make",
    "add-story": "contributions.make",
    "objection": "contributions.make",
    "object": "contributions.make",
    "ask": "contributions.make",
    "take-away": "records.download",
    "download": "records.download",
    "replies": "replies.read",
    "reply": "replies.answer",
    "invitations": "invitations.make",
    "invite": "invitations.make",
    "revoke": "invitations.make",
    "welcome": ANYBODY,  # a page that asks for the code of a letter, and tells nothing without it
    "answer": ANYBODY,  # a page that asks for the code of a letter, and tells nothing without it
    "answer-step": ANYBODY,  # the same: the code is in the browser's cookie
    "rounds": "rounds.read",
    "round-make": "rounds.change",
    "round": "rounds.read",
    "round-change": "rounds.change",
    "round-invite": "rounds.change",
    "round-unusual": "rounds.change",
    "round-register": "rounds.change",
    "round-close": "rounds.change",
    **{
        f"round-{page}": "rounds.read"
        for page in ("picture", "gaps", "talk", "blocks", "voices", "file", "picture-chart", "talk-chart")
    },
    "round-workshop": "rounds.change",
    "round-agree": "rounds.change",
    "money": "money.read",
    "money-make": "money.change",
    "money-template": "money.read",
    "proposal": "money.read",
    "proposal-chart": "money.read",
    "proposal-take": "money.read",
    "agreements": "money.read",
    "lines": "money.read",
    "line-add": "money.change",
    "line-remove": "money.change",
    "proposal-terms": "money.change",
    "proposal-drop": "money.change",
    "lines-bring": "money.change",
    "lines-brought": "money.change",
    "lines-left": "money.change",
    "lines-keep": "money.change",
    "forms": "rounds.change",
    "bring": "rounds.change",
    "forms-take": "rounds.change",
    "forms-brought": "rounds.change",
    "forms-look": "rounds.change",
    "network": "rounds.read",
    "network-map": "rounds.read",
    "network-graphml": "rounds.change",
    "network-kumu": "rounds.change",
    "direction": "rounds.read",
    "direction-chart": "rounds.read",
}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
FHIR = "/fhir/"
_NOBODY = Viewer("", role=Role.NOBODY)
_VIEWER = "vado.viewer"  # key in the scope of a request
_REMEMBERED, _SECONDS = (
    2000,
    5.0,
)  # sessions and tokens known without asking the store; a token that was taken away is good no longer
_LETTERS = {
    "fhir.read": "r", "fhir.search": "s", "fhir.write": "cud", "persons.find": "rs", "fhir.export": "r", "records.read": "r",
    "originals.read": "r", "trail.read": "rs", "changes.follow": "c", "consents.tell": "c",
}  # fmt: skip
_OF_PEOPLE = {"persons.find", "records.read", "originals.read", "facts.review", "doubts.settle", "glass.break"}
_SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Door:
    """How these pages let people in."""

    guest: Viewer | None = None  # as whom everybody counts, without signing in: for tests; nothing that is served sets it
    tls_only: bool = False  # what comes without TLS is not answered: it was read on the way
    outside: Provider | None = None  # who says who somebody is, besides our own passwords
    limits: Limits = Limits()
    passkey_domain: str = ""  # for which passkeys are made; "": the name that pages are called by
    ask_reason: bool = False  # practitioners say why they look at records, before the first is shown
    invented: tuple[str, ...] = ()  # accounts of a demonstration that anybody on this machine may take, by one click


class Known:
    """Whose secrets were seen a moment ago, so that not every picture of a page asks the store."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[str, str], tuple[float, Viewer]] = OrderedDict()

    def seen(self, secret: str, kind: str) -> Viewer | None:
        """Give who held a secret a moment ago, without asking the store; None: ask it."""
        at, viewer = self._found.get((secret, kind), (-_SECONDS, _NOBODY))
        return viewer if time.monotonic() - at < _SECONDS else None

    def viewer(self, x: Exchange, secret: str, kind: str) -> Viewer | None:
        """Give who holds a secret; None: nobody."""
        if (seen := self.seen(secret, kind)) is not None:
            return seen
        key, now = (secret, kind), time.monotonic()
        found = whose(x, secret, kind)
        if found is None:
            self._found.pop(key, None)
            return None
        viewer = as_viewer(found[0], "", found[1])
        self._found[key] = now, viewer
        while len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)
        return viewer

    def forget_account(self, account: str) -> None:
        """Ask the store again for all that one account holds."""
        for key in [k for k, (_, viewer) in list(self._found.items()) if viewer.account == account]:
            self._found.pop(key, None)

    def forget(self, secret: str) -> None:
        """Ask the store again from now on."""
        self._found.pop((secret, PAGE), None)
        self._found.pop((secret, API), None)


class Guard:
    """Stands before every route: finds out who asks, and lets through whoever may."""

    def __init__(self, app: ASGIApp, permission: str, route: str) -> None:
        self._app, self._permission, self._route = app, permission, route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or raise NotPermitted AC-010 (not signed in), AC-001, or AC-020 (too much was asked)."""
        request = Request(scope, receive)
        if request.app.state.door.tls_only and request.url.scheme != "https":
            raise HTTPException(403)
        pace: Pace = request.app.state.pace
        kind = kind_of(self._route, request.method)
        who = request.app.state.door.guest or _seen(request)
        if who is None or who.role is not Role.CLIENT:  # a program is known by its token, and counted by it
            pace.of_address(address_of(request), kind)
            who = who or await run_in_threadpool(_recognised, request) or _NOBODY
        pace.of_account(who, kind)
        scope[_VIEWER] = who
        if self._permission != ANYBODY and not (
            may(who, self._permission) and _in_scope(who, self._permission, scope["path"], scope["method"])
        ):
            raise NotPermitted("AC-010" if who.role is Role.NOBODY else "AC-001")
        if self._permission in _OF_PEOPLE and _owes_reason(request, who):
            raise NotPermitted("AC-030")
        await self._app(scope, receive, send)


def _owes_reason(request: Request, who: Viewer) -> bool:
    """Say whether somebody at a page still has to say why they look at records."""
    at_a_page = "authorization" not in request.headers and cookie_of(request) in request.cookies
    return request.app.state.door.ask_reason and who.role is Role.PRACTITIONER and not who.reason and at_a_page


def viewer(request: Request, language: str) -> Viewer:
    """Give who asks: who the guard found; nobody where none stood."""
    found: Viewer = request.scope.get(_VIEWER, _NOBODY)
    return found if found.language == language else replace(found, language=language)


def cookie_of(request: Request) -> str:
    """Give the name of the session's cookie: where the way is not safe, not the name that promises a safe one."""
    return "__Host-vado" if is_safe_way(request) else "vado-session"


def is_safe_way(request: Request) -> bool:
    """Say whether a cookie may travel by TLS alone: always but on this very machine."""
    return request.url.scheme == "https" or (request.url.hostname or "") not in LOOPBACK


def keep_session(request: Request, response: Response, secret: str) -> Response:
    """Give the browser the secret of a new session; one that it had before is forgotten."""
    request.app.state.known.forget(request.cookies.get(cookie_of(request), ""))
    response.set_cookie(cookie_of(request), secret, httponly=True, secure=is_safe_way(request), samesite="lax", path="/")
    return response


def from_here(request: Request) -> bool:
    """Say whether a request may change something: it is a program's with its own token, or comes from a page of this very host.

    Programs send neither Origin nor Referer, and a browser always does: silence is no other site's page where no cookie came along.
    A page of another site may not write even with a token: no answer here permits it to (no CORS).
    """
    if request.method in _SAFE:
        return True
    if request.headers.get("authorization", "").casefold().startswith("bearer "):
        origin = request.headers.get("origin")
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    source = request.headers.get("origin") or request.headers.get("referer") or ""
    if not source and f"{request.url.path}/".startswith((FHIR, "/oauth/", "/upload/")):
        return cookie_of(request) not in request.cookies
    return urlsplit(source).netloc == request.headers.get("host")


def _seen(request: Request) -> Viewer | None:
    """Give who shows a token that was seen a moment ago: no thread is needed to know that."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return request.app.state.known.seen(token.strip(), API) if kind.casefold() == "bearer" else None


def _recognised(request: Request) -> Viewer | None:
    known: Known = request.app.state.known
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind:  # who shows a token is asked for no cookie
        if kind.casefold() != "bearer":
            return None
        return _partner(request, token.strip()) or known.viewer(request.app.state.exchange, token.strip(), API)
    secret = request.cookies.get(cookie_of(request), "")
    return known.viewer(request.app.state.exchange, secret, PAGE) if secret else None


def _partner(request: Request, token: str) -> Viewer | None:
    """Give the program that holds the key of a partner's channel: it may tell what its partner knows, and read nothing."""
    keys: Keys = request.app.state.keys
    for kind, scope in ((KEY_FHIR, "system/*.cud"), (KEY_UPLOAD, "system/DocumentReference.c")):
        if key := keys.of(kind, token):
            return Viewer(f"partner:{key.partner}", role=Role.CLIENT, partner=key.partner, scopes=(scope,))
    return None


def _in_scope(who: Viewer, permission: str, path: str, method: str) -> bool:
    """Say whether a token's scopes name the resource type of the address; each entry of a Bundle is looked at when it is done."""
    if not who.scopes or not path.startswith(FHIR):
        return True
    kind = path.removeprefix(FHIR).partition("/")[0]
    named = kind if re.fullmatch(r"[A-Z][A-Za-z]+", kind) else ""
    named = "Patient" if named == "Person" else named  # a Person says nothing but which Patients are one
    if kind == "$import":  # whatever is in the files
        return scoped(who.scopes, "*", "c")
    letters = _LETTERS.get(permission, "")
    if permission == "fhir.write" and named:
        letters = VERBS.get(method, letters) if not path.endswith("/$validate") else letters
    return any(scoped(who.scopes, named, letter) for letter in letters)
