"""Passkeys (W3C Web Authentication Level 3) by py_webauthn: what a browser is asked, and whether its answer is to be believed.

A passkey is always discoverable, so that nobody types a name, and its device always asks who holds it (user verification): it is two
factors in one (NIST SP 800-63B-4, section 3.1.7).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

_WRONG = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError)  # whatever a hostile answer is
_MINUTES = 15  # that a browser waits for a person


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are, and from which pages they may be shown."""

    domain: str  # 'vado.example.org': RP ID
    origin: str  # 'https://vado.example.org'


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey, as its device made it."""

    id: str
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Which passkey an answer says it is of, and whose; nothing is believed by this."""

    id: str
    account: str


def wish_for_new(site: Site, account: str, name: str, challenge: str, known: Iterable[str]) -> dict[str, Any]:
    """Give what the browser is asked to make; a device that has one of the known ones makes no second."""
    options = generate_registration_options(
        rp_id=site.domain, rp_name="Vado", user_name=name, user_id=account.encode(), challenge=base64url_to_bytes(challenge),
        timeout=60_000 * _MINUTES, exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(k)) for k in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )  # fmt: skip
    return orjson.loads(options_to_json(options))


def wish(site: Site, challenge: str) -> dict[str, Any]:
    """Give what the browser is asked to show: any passkey of this site."""
    options = generate_authentication_options(
        rp_id=site.domain, challenge=base64url_to_bytes(challenge), timeout=60_000 * _MINUTES,
        user_verification=UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return orjson.loads(options_to_json(options))


def made(site: Site, challenge: str, answer: dict[str, Any]) -> Made | None:
    """Give the new passkey that an answer brings; None: it is not to be believed."""
    try:
        found = verify_registration_response(
            credential=answer, expected_challenge=base64url_to_bytes(challenge), expected_rp_id=site.domain,
            expected_origin=site.origin, require_user_verification=True,
        )  # fmt: skip
    except _WRONG:
        return None
    return Made(bytes_to_base64url(found.credential_id), bytes_to_base64url(found.credential_public_key), found.sign_count)


def claimed(answer: dict[str, Any]) -> Claim | None:
    """Read which passkey an answer is of; None: it says none."""
    try:
        handle = base64url_to_bytes(answer["response"]["userHandle"]).decode()
        return Claim(bytes_to_base64url(base64url_to_bytes(answer["rawId"])), handle)
    except _WRONG:
        return None


def count_of(site: Site, challenge: str, answer: dict[str, Any], key: str, count: int) -> int | None:
    """Give how often a passkey has signed by now; None: its answer is not to be believed.

    Args:
        site: for whom.
        challenge: what it had to sign, base64url.
        answer: of the browser.
        key: public key of this passkey.
        count: how often it had signed before; where it counts, it must have grown: else it is a copy.
    """
    try:
        return verify_authentication_response(
            credential=answer, expected_challenge=base64url_to_bytes(challenge), expected_rp_id=site.domain,
            expected_origin=site.origin, credential_public_key=base64url_to_bytes(key), credential_current_sign_count=count,
            require_user_verification=True,
        ).new_sign_count  # fmt: skip
    except _WRONG:
        return None
