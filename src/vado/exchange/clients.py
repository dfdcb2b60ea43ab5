"""How programs come in: SMART Backend Services by a signed assertion, SMART App Launch by a code that a person allowed."""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import compare_digest

import orjson

from vado.errors import NotPermitted, VadoError
from vado.exchange import accounts, allow, consents
from vado.exchange.ports import Audit, Exchange
from vado.model.account import Account, Role
from vado.model.record import Viewer
from vado.record.permit import narrowed
from vado.tools.tokens import claims, unproved_issuer

BACKEND = timedelta(minutes=5)  # SMART Backend Services: no longer than this
APP = timedelta(hours=1)
_CODE = timedelta(minutes=1)
_ASSERTED = timedelta(minutes=5)  # how far ahead an assertion may end
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7636, S256


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token: shown to the program once."""

    secret: str
    seconds: int
    scopes: tuple[str, ...]
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an app asks a person for."""

    client: Account
    scopes: tuple[str, ...]  # of these, what the app is registered for
    needs_patient: bool
    redirect: str
    state: str
    challenge: str


def client_token(x: Exchange, assertion: str, audience: str, scopes: str) -> Granted:
    """Let a program in by its signed assertion (RFC 7523; SMART Backend Services).

    Raises:
        NotPermitted: AC-015, it did not show who it is. VadoError: AC-016, it may have none of these scopes.
    """
    client = _proved(x, assertion, audience)
    granted = narrowed(scopes.split(), client.scopes, ("system",))
    if not granted:
        raise VadoError("AC-016")
    with x.store.begin() as tx:
        secret = accounts.begin(x, tx, client, accounts.API, BACKEND, scopes=granted)
    return Granted(secret, int(BACKEND.total_seconds()), granted)


def app(x: Exchange, asked: dict[str, str]) -> Wanted:
    """Read what an app asks for. Raises NotPermitted AC-015 for an app or an address to come back to that is not registered."""
    with x.store.begin() as tx:
        client = tx.accounts.named(asked.get("client_id", ""))
    if client is None or client.role is not Role.CLIENT or client.disabled or not client.redirect:
        raise NotPermitted("AC-015")
    if asked.get("redirect_uri") != client.redirect:
        raise NotPermitted("AC-015")
    scopes = asked.get("scope", "").split()
    granted = narrowed(scopes, client.scopes, ("patient", "user"))
    needs = "launch/patient" in scopes or any(s.startswith("patient/") for s in granted)
    challenge = asked.get("code_challenge", "") if asked.get("code_challenge_method") == "S256" else ""
    fits = _CHALLENGE.fullmatch(challenge) is not None
    return Wanted(client, granted, needs, client.redirect, asked.get("state", ""), challenge if fits else "")


def allow_app(x: Exchange, wanted: Wanted, person: str, viewer: Viewer) -> str:
    """Give the code by which an app gets a token that a person allowed. Raises NotFound RE-001, AC-002: not this person's record."""
    patient = ""
    if wanted.needs_patient:
        with x.store.begin() as tx:
            found = tx.person(person)
            allow.read(x, tx, viewer, found)
            patient = found.patients[0].id if found else ""
    note = orjson.dumps({"client": wanted.client.id, "challenge": wanted.challenge, "redirect": wanted.redirect}).decode()
    with x.store.begin() as tx:
        account = tx.accounts.get(viewer.account)
        if account is None:
            raise NotPermitted("AC-010")
        tx.audit(Audit(x.clock(), viewer.name, "allow-app", wanted.client.id))
        return accounts.begin(x, tx, account, accounts.CODE, _CODE, scopes=wanted.scopes, patient=patient, note=note)


def app_token(x: Exchange, form: dict[str, str], audience: str) -> Granted:
    """Give a token for a code: once, to the app that asked, with the verifier of its challenge (PKCE). Raises AC-015."""
    found = accounts.take_code(x, form.get("code", ""))
    if found is None:
        raise NotPermitted("AC-015")
    account, session = found
    note = orjson.loads(session.note)
    with x.store.begin() as tx:
        client = tx.accounts.get(note["client"])
    if client is None or client.disabled or form.get("redirect_uri") != note["redirect"]:
        raise NotPermitted("AC-015")
    if client.keys:
        if _proved(x, form.get("client_assertion", ""), audience).id != client.id:
            raise NotPermitted("AC-015")
    elif form.get("client_id") != client.name:
        raise NotPermitted("AC-015")
    hashed = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
    if not compare_digest(hashed, note["challenge"]):
        raise NotPermitted("AC-015")
    with x.store.begin() as tx:
        secret = accounts.begin(x, tx, account, accounts.API, APP, scopes=session.scopes, patient=session.patient)
    return Granted(secret, int(APP.total_seconds()), session.scopes, session.patient)


def choices(x: Exchange, viewer: Viewer) -> tuple[str, ...]:
    """Give the persons among whom one chooses without searching: oneself and whom one acts for."""
    return consents.own_persons(x, viewer)


def _proved(x: Exchange, assertion: str, audience: str) -> Account:
    """Give the client that signed this. Raises NotPermitted AC-015 for whatever is wrong with it, and says no more."""
    name = unproved_issuer(assertion)
    with x.store.begin() as tx:
        client = tx.accounts.named(name) if name else None
    said = (
        claims(assertion, client.keys) if client and client.keys and not client.disabled and client.role is Role.CLIENT else None
    )
    now = x.clock()
    if client is None or said is None or not _says(said, client.name, audience, now):
        raise NotPermitted("AC-015")
    key = sha256(f"{client.id}\n{said['jti']}".encode()).hexdigest()
    with x.store.begin() as tx:
        if not tx.accounts.once(f"assertion {key}", now + 2 * _ASSERTED):
            raise NotPermitted("AC-015")
    return client


def _says(said: dict[str, object], name: str, audience: str, now: datetime) -> bool:
    ends, jti, to = said.get("exp"), said.get("jti"), said.get("aud")
    if not isinstance(ends, int | float) or not isinstance(jti, str) or not 0 < len(jti) <= 500:
        return False
    try:
        until = datetime.fromtimestamp(ends, UTC)
    except (ValueError, OverflowError, OSError):
        return False
    named = audience in to if isinstance(to, list) else to == audience
    return said.get("iss") == said.get("sub") == name and named and now < until <= now + _ASSERTED + timedelta(seconds=30)
