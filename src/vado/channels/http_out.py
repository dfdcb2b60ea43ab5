"""HTTPS out: a FHIR POST of a Bundle or resource, or an upload. Only to the address in the profile; nobody is followed elsewhere.

Sources: FHIR R4 3.1.0.8 (create) and 3.1.0.8.1 (conditional create: If-None-Exist); OWASP SSRF prevention cheat sheet;
draft-ietf-httpapi-idempotency-key-header.
"""

import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from vado.channels.names import file_name
from vado.channels.outward import LOOPBACK, Said, secret, unreachable
from vado.errors import Undeliverable
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing

_LATER = {408, 409, 421, 423, 425, 429}
_OURSELVES = {401, 403, 404, 405, 407}  # our token, our certificate, the address: the profile has to be corrected
_DONE = range(200, 300)


class HttpSender:
    """Posts to one address. `said` is the channel: url, as = "body" or "upload", field, token_file, ca, certificate, key, seconds."""

    def __init__(self, said: Said) -> None:
        self._url = httpx.URL(said.text("url"))
        self._as, self._field = said.one_of("as", "body", "upload"), said.text("field", "file")
        self._token, seconds = said.path("token_file"), said.seconds()
        context = said.tls()
        said.end()
        if self._url.scheme != "https" and not (self._url.scheme == "http" and self._url.host in LOOPBACK):
            raise said.wrong("url has to begin with https://")
        if self._url.userinfo or not self._url.host:
            raise said.wrong("url holds a host, and no password")
        if forbidden(self._url.host, [self._url.host]):
            raise said.wrong("url leads to an address that no partner has")
        self._client = httpx.Client(verify=context, timeout=seconds, follow_redirects=False, trust_env=False)

    @classmethod
    def of(cls, partner: PartnerId, table: Mapping[str, Any], place: Path) -> "HttpSender":
        """Read the channel. Raises SettingsError."""
        return cls(Said(partner, table, place))

    def send(self, outgoing: Outgoing, delivery: str) -> str:
        """Give the status that the server answered.

        Raises:
            Undeliverable: DE-001 no answer, DE-002 refused (again after 5xx and the like), DE-022 our sign-in or address is refused,
                DE-023 it sends us elsewhere.
        """
        headers = {"Idempotency-Key": f'"{delivery}"', "X-Request-Id": delivery}
        if self._token:
            headers["Authorization"] = f"Bearer {secret(self._token)}"
        try:
            self._look_where()
            with self._client.stream("POST", self._url, headers=headers, **self._body(outgoing, delivery, headers)) as answer:
                return self._said(answer.status_code)  # its body is not read: it may be endless, and hold anything
        except (httpx.HTTPError, OSError) as fault:
            raise unreachable(fault) from fault

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _body(self, outgoing: Outgoing, delivery: str, headers: dict[str, str]) -> dict[str, Any]:
        if self._as == "upload":
            return {"files": {self._field: (file_name(outgoing, delivery), outgoing.content, outgoing.media_type)}}
        headers["Content-Type"] = outgoing.media_type
        if condition := only_once(outgoing):
            headers["If-None-Exist"] = condition
        return {"content": outgoing.content}

    def _said(self, status: int) -> str:
        if status in _DONE:
            return str(status)
        if 300 <= status < 400:
            raise Undeliverable("DE-023", again=False, word=str(status))
        if status in _OURSELVES:
            raise Undeliverable("DE-022", again=True, word=str(status))
        raise Undeliverable("DE-002", again=status >= 500 or status in _LATER, word=str(status))

    def _look_where(self) -> None:
        """Refuse a name that leads to an address where no partner is. Raises Undeliverable DE-023."""
        found = socket.getaddrinfo(self._url.host, self._url.port or 443, type=socket.SOCK_STREAM)
        if forbidden(self._url.host, [str(where[4][0]) for where in found]):
            raise Undeliverable("DE-023", again=False, word="to an address where no partner is")


def forbidden(host: str, addresses: list[str]) -> bool:
    """Say whether one of these is an address of this machine under another name, of its hoster's own services, or of nobody."""
    return any(_odd(a, host in LOOPBACK) for a in addresses)


def _odd(text: str, loopback_is_meant: bool) -> bool:
    try:
        address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return False  # a name: looked at when it is known where it leads
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return (
        address.is_link_local or address.is_multicast or address.is_unspecified or (address.is_loopback and not loopback_is_meant)
    )


def only_once(outgoing: Outgoing) -> str:
    """Give the condition under which a FHIR server makes it only if it has it not yet; "" where it has no identifier of its own."""
    if not outgoing.media_type.startswith("application/fhir+json"):
        return ""
    try:
        resource = orjson.loads(outgoing.content)
        identifier = resource.get("identifier")
        one = identifier if resource.get("type") == "document" else None  # a transaction or batch has its own rules
        return f"identifier={quote(one['system'], safe='')}%7C{quote(one['value'], safe='')}" if one else ""
    except (ValueError, AttributeError, KeyError, TypeError):
        return ""
