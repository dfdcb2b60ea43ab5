"""How much may be asked in a minute, by one address and by one account: counted in this process (limits: fixed windows of a minute).

What is counted under is an address or an account's id, never what was asked. A limit of 0 counts nothing and costs nothing.
"""

import math
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from vado.errors import NotPermitted
from vado.model.account import Role
from vado.model.record import Viewer

SIGN_IN, SEARCH, UPLOAD, TOKEN = "sign-in", "search", "upload", "token"
_OF_ADDRESS = (SIGN_IN, UPLOAD, TOKEN)  # who asks is not known yet
KINDS = {  # routes that are counted besides, by what they cost or give away
    "sign-in": SIGN_IN, "sign-in-as": SIGN_IN, "passkey-ask": SIGN_IN, "passkey-enter": SIGN_IN, "code": SIGN_IN, "oidc-back": SIGN_IN,
    "answer": SIGN_IN, "change-password": SIGN_IN, "search": SEARCH, "preview": SEARCH,
    "fhir-search": SEARCH, "fhir-match": SEARCH, "fhir-pix": SEARCH,
    "fhir-person-search": SEARCH, "upload": UPLOAD, "smart-token": TOKEN,
}  # fmt: skip
_SHOWN = {
    "sign-in",
    "search",
    "preview",
    "upload",
    "code",
    "answer",
}  # routes that show an empty form when they are but fetched: not counted


@dataclass(frozen=True, slots=True)
class Limits:
    """Each a minute; 0: no limit. See settings.Settings for what each counts."""

    requests: int = 3000
    account_requests: int = 1200
    program_requests: int = 0
    searches: int = 60
    sign_ins: int = 60
    uploads: int = 60
    tokens: int = 120


class Pace:
    """Counts, and says when it is too much."""

    def __init__(self, limits: Limits) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._all, self._account, self._program = map(_item, (limits.requests, limits.account_requests, limits.program_requests))
        self._of = {
            SIGN_IN: _item(limits.sign_ins), SEARCH: _item(limits.searches), UPLOAD: _item(limits.uploads), TOKEN: _item(limits.tokens)
        }  # fmt: skip

    def of_address(self, address: str, kind: str) -> None:
        """Count a request of an address before anybody knows who asks. Raises NotPermitted AC-020."""
        if is_here(address):
            return
        whence = _whence(address)
        self._count(self._all, "all", whence)
        if kind in _OF_ADDRESS:
            self._count(self._of[kind], kind, whence)

    def of_account(self, who: Viewer, kind: str) -> None:
        """Count a request of whoever is known. Raises NotPermitted AC-020."""
        if who.role is Role.CLIENT:
            self._count(self._program, "program", who.account or who.name)
        elif who.account:
            self._count(self._account, "account", who.account)
            if kind == SEARCH:
                self._count(self._of[SEARCH], SEARCH, who.account)

    def _count(self, item: RateLimitItem | None, *under: str) -> None:
        if item is None or self._limiter.hit(item, *under):
            return
        again = self._limiter.get_window_stats(item, *under).reset_time - time.time()
        raise NotPermitted("AC-020", seconds=max(1, math.ceil(again)))


def kind_of(route: str, method: str) -> str:
    """Give as what a request is counted besides; "": as nothing."""
    return "" if method in {"GET", "HEAD"} and route in _SHOWN else KINDS.get(route, "")


def is_here(address: str) -> bool:
    """Say whether an address is this very machine, which nobody else can pretend: what a proxy says was read before."""
    return address.startswith("127.") or address == "::1"


def _whence(address: str) -> str:
    """Give an address, or the network that one home or office has of the newer kind: /64 (RFC 6177)."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Address(int(known) >> 64 << 64)) if isinstance(known, IPv6Address) else address


def _item(most: int) -> RateLimitItem | None:
    return RateLimitItemPerMinute(most) if most else None
