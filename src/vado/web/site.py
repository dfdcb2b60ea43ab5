"""For which domain passkeys are made, and how a challenge is kept with the browser meanwhile."""

from ipaddress import ip_address
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vado.tools.passkeys import Site
from vado.web.access import is_safe_way
from vado.web.forms import small_body
from vado.web.smart import root

_MINUTES = 15
_MOST = 20_000  # bytes of an answer


def site_of(request: Request) -> Site | None:
    """Give for whom passkeys are here; None: there can be none, as pages are called by a number (use localhost) or without TLS.

    The name is one of those that the place answers to: others are refused before.
    """
    name = request.url.hostname or ""
    domain = request.app.state.door.passkey_domain or name
    if _is_number(name) or not (name == domain or name.endswith(f".{domain}")):
        return None
    return Site(domain, root(request)) if request.url.scheme == "https" or name == "localhost" else None


def must_have(request: Request) -> Site:
    """Give for whom passkeys are here. Raises HTTPException 404 where there are none."""
    site = site_of(request)
    if site is None:
        raise HTTPException(404)
    return site


def asked_for(request: Request, secret: str, wish: dict[str, Any]) -> Response:
    """Send a browser what it is asked, and let it keep the challenge's secret."""
    response = Response(orjson.dumps(wish), media_type="application/json")
    response.set_cookie(
        _cookie(request), secret, max_age=60 * _MINUTES, httponly=True, secure=is_safe_way(request), samesite="strict", path="/"
    )
    return response


def secret_of(request: Request) -> str:
    """Give the challenge's secret that a browser kept."""
    return request.cookies.get(_cookie(request), "")


async def answer_of(request: Request) -> dict[str, Any]:
    """Read a browser's answer, within bounds. Raises HTTPException 413, 415 or 400."""
    raw = await small_body(request, "application/json", _MOST)
    try:
        given = orjson.loads(raw)
    except ValueError:
        raise HTTPException(400) from None
    if not isinstance(given, dict):
        raise HTTPException(400)
    return given


def said(plain: dict[str, Any], status: int = 200) -> Response:
    """Answer a script."""
    return Response(orjson.dumps(plain), status, media_type="application/json")


def _is_number(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _cookie(request: Request) -> str:
    return "__Host-vado-passkey" if is_safe_way(request) else "vado-passkey"
