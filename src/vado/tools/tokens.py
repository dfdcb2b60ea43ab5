"""Signed tokens (JWT) by joserfc: what a program or a provider of sign-in shows, believed only when signed with a known key."""

from base64 import urlsafe_b64decode
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ("RS384", "ES384")  # SMART App Launch 2: what a server must take
OUTSIDE = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "EdDSA")  # of providers of sign-in
_LONGEST = 20_000  # characters of a token


def claims(token: str, keys: str, algorithms: tuple[str, ...] = ALGORITHMS) -> dict[str, Any] | None:
    """Give what a token claims when one of the public keys (a JWK set as JSON) signed it; None: it is not to be believed.

    Times, names and audience are for the caller to check: only the signature is checked here.
    """
    if len(token) > _LONGEST:
        return None
    try:
        found = jwt.decode(token, KeySet.import_key_set(orjson.loads(keys)), algorithms=list(algorithms))
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found.claims if isinstance(found.claims, dict) else None


def unproved_issuer(token: str) -> str:
    """Give whom a token names as its issuer, to find whose keys to check it with; "": nobody. Nothing is believed by this."""
    try:
        body = token.split(".")[1][:_LONGEST]
        named = orjson.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))["iss"]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return named if isinstance(named, str) else ""
