"""Ask a web address that an operator named, within bounds: no redirect is followed, little is read, and it does not take long."""

from ipaddress import ip_address
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

_SECONDS, _MOST = 10, 1_000_000


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing."""


def ask(url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> dict[str, Any] | None:
    """Give the JSON object that stands at an address (https, or this very machine); with a form, what is answered to it. None: neither."""
    if not is_safe(url):
        return None
    body = urlencode(form).encode() if form is not None else None
    try:
        request = Request(url, body, {"Accept": "application/json", **(headers or {})})  # noqa: S310 - the scheme was looked at
        with build_opener(_Stay).open(request, timeout=_SECONDS) as answer:
            found = orjson.loads(answer.read(_MOST))
    except (URLError, OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def is_safe(url: str) -> bool:
    """Say whether what is asked there cannot be read or altered on the way."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return True
    try:
        return parts.scheme == "http" and (parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback)
    except ValueError:
        return False
