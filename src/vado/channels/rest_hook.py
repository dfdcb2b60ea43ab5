"""Calls to an address that a partner named: only where the operator allows it, never into the inner network by a trick of names.

An address is allowed when it begins with one that the partner's profile lists. A name is looked up once, and that very address is
called: what the name means a moment later does not matter. Redirects are not followed. A private address is called only when the
profile lists it as such, in figures or as localhost.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from vado.errors import Undeliverable

_SECONDS = 10.0
_DEFAULT = {"https": 443, "http": 80}


def allowed(url: str, listed: Iterable[str]) -> str:
    """Give the listed address that this one begins with; '': it may not be called."""
    asked = _parts(url)
    if asked is None:
        return ""
    for one in listed:
        known = _parts(one)
        if known is None or (known.scheme, known.hostname, _port(known)) != (asked.scheme, asked.hostname, _port(asked)):
            continue
        path = known.path.rstrip("/")
        if asked.path == known.path or asked.path.startswith(f"{path}/"):
            return one
    return ""


def call(url: str, headers: Iterable[str], body: bytes, listed: Iterable[str]) -> None:
    """Post a body. Raises Undeliverable DE-001 or DE-002."""
    rule = allowed(url, listed)
    parts = _parts(url)
    if not rule or parts is None or parts.hostname is None:
        raise Undeliverable("DE-002", again=False, word="address not allowed")
    address = _address(parts.hostname, _port(parts), private=_is_figures(urlsplit(rule).hostname or ""))
    connection = _Pinned(parts, address)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Content-Type": "application/fhir+json", **_headers(headers)})
        answer = connection.getresponse()
        answer.read(1_000)
    except (OSError, http.client.HTTPException) as fault:
        raise Undeliverable("DE-001", again=True, private=fault, fault=type(fault).__name__) from None
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise Undeliverable("DE-002", again=answer.status >= 500 or answer.status in {408, 429}, word=str(answer.status))


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked, whatever the name means now."""

    def __init__(self, parts: SplitResult, address: str) -> None:
        super().__init__(parts.hostname or "", _port(parts), timeout=_SECONDS)
        self._address, self._tls = address, parts.scheme == "https"

    def connect(self) -> None:
        """Open it; the certificate must be of the name."""
        self.sock = socket.create_connection((self._address, self.port), _SECONDS)
        if self._tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _address(host: str, port: int, *, private: bool) -> str:
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as fault:
        raise Undeliverable("DE-001", again=True, private=fault, fault="name not found") from None
    fitting = [a for a in found if private or _is_public(a)]
    if len(fitting) < len(found) or not fitting:  # a name that means both is a trick
        raise Undeliverable("DE-002", again=False, word="address not allowed")
    return fitting[0]


def _is_public(address: str) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    inner = one.ipv4_mapped if isinstance(one, ipaddress.IPv6Address) else None
    return (inner or one).is_global and not (inner or one).is_multicast


def _is_figures(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _parts(url: str) -> SplitResult | None:
    """Give the parts of a plain address; None for one that hides something."""
    if (
        any(c in url for c in "\\@\r\n\t #")
        or not url.isascii()
        or "/../" in f"{url}/"
        or "/./" in f"{url}/"
        or "%2e" in url.lower()
    ):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT and parts.hostname else None


def _port(parts: SplitResult) -> int:
    return parts.port or _DEFAULT[parts.scheme]


def _headers(lines: Iterable[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}
