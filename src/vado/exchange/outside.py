"""Sign-in by a provider outside (OpenID Connect Core 1.0, authorization code with PKCE): it says who somebody is, Vado what they may."""

import secrets
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from vado.errors import NotPermitted
from vado.exchange import accounts
from vado.exchange.ports import Audit, Exchange
from vado.model.account import Role
from vado.tools.ask import ask, is_safe
from vado.tools.tokens import OUTSIDE, claims

_LEEWAY = 60  # seconds by which clocks may differ


@dataclass(frozen=True, slots=True)
class Provider:
    """Who says who somebody is."""

    issuer: str  # as it calls itself: https://login.example.org
    client: str  # as it calls us
    secret: str = field(default="", repr=False)  # "": it knows us by PKCE alone


@dataclass(frozen=True, slots=True)
class Asked:
    """What is kept, with the browser, until the person comes back."""

    state: str
    nonce: str
    verifier: str


def lead(provider: Provider, back: str) -> tuple[str, Asked]:
    """Give where a person is sent to sign in, and what is kept until they come back to `back`. Raises NotPermitted AC-017."""
    asked = Asked(*(secrets.token_urlsafe(32) for _ in range(3)))
    challenge = urlsafe_b64encode(sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
    said = {
        "response_type": "code", "client_id": provider.client, "redirect_uri": back, "scope": "openid", "state": asked.state,
        "nonce": asked.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    where = str(_described(provider).get("authorization_endpoint", ""))
    if not is_safe(where):
        raise NotPermitted("AC-017")
    return f"{where}{'&' if '?' in where else '?'}{urlencode(said)}", asked


def come_back(  # noqa: PLR0913 - what it takes
    x: Exchange, provider: Provider, back: str, told: dict[str, str], asked: Asked, browser: str = ""
) -> str:  # fmt: skip
    """Give the secret of a session to whoever the provider says has come back.

    Raises:
        NotPermitted: AC-017, whatever is wrong: the answer is not to this question, or is not signed, or nobody here is that person.
    """
    if not told.get("code") or not secrets.compare_digest(told.get("state", "").encode(), asked.state.encode()):
        raise NotPermitted("AC-017")
    described = _described(provider)
    form = {
        "grant_type": "authorization_code", "code": told["code"], "redirect_uri": back, "code_verifier": asked.verifier,
        "client_id": provider.client,
    }  # fmt: skip
    given = ask(str(described.get("token_endpoint", "")), form, _basic(provider)) or {}
    keys = ask(str(described.get("jwks_uri", ""))) or {}
    said = claims(str(given.get("id_token", "")), orjson.dumps(keys).decode(), OUTSIDE)
    if said is None or not _fits(said, provider, asked, x.clock().timestamp()):
        raise NotPermitted("AC-017")
    with x.store.begin() as tx:
        account = tx.accounts.from_outside(f"{provider.issuer}|{said['sub']}")
        if account is None or account.disabled or account.role is Role.CLIENT:
            tx.audit(Audit(x.clock(), "sign-in", "sign-in-refused", account.id if account else ""))
    if account is None or account.disabled or account.role is Role.CLIENT:
        raise NotPermitted("AC-017")
    return accounts.let_in(x, account, "outside", browser)


def _described(provider: Provider) -> dict[str, Any]:
    found = ask(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found is None or found.get("issuer") != provider.issuer:
        raise NotPermitted("AC-017")
    return found


def _basic(provider: Provider) -> dict[str, str]:
    if not provider.secret:
        return {}
    pair = f"{quote(provider.client, safe='')}:{quote(provider.secret, safe='')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _fits(said: dict[str, Any], provider: Provider, asked: Asked, now: float) -> bool:
    """Check an ID token: OpenID Connect Core 1.0, section 3.1.3.7."""
    to, ends = said.get("aud"), said.get("exp")
    named = to == provider.client or (isinstance(to, list) and to == [provider.client])
    return (
        said.get("iss") == provider.issuer and named and said.get("nonce") == asked.nonce and isinstance(said.get("sub"), str)
        and bool(said["sub"]) and isinstance(ends, int | float) and now < ends + _LEEWAY
    )  # fmt: skip
