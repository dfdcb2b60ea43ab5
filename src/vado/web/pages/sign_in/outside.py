"""Sign-in by a provider outside: there, and back. What is asked is kept in a cookie of these pages meanwhile."""

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import NotPermitted
from vado.exchange import outside
from vado.exchange.outside import Asked, Provider
from vado.web.access import is_safe_way
from vado.web.browsers import browser_of
from vado.web.forms import way_back
from vado.web.pages.sign_in.view import enter
from vado.web.smart import root

_MINUTES = 10


def begin(request: Request) -> Response:
    """Send a person to where they sign in."""
    where, asked = outside.lead(_provider(request), _back(request))
    response = RedirectResponse(where, 303)
    kept = orjson.dumps([asked.state, asked.nonce, asked.verifier, way_back(request.query_params.get("next", "/"))]).hex()
    response.set_cookie(
        _cookie(request), kept, max_age=60 * _MINUTES, httponly=True, secure=is_safe_way(request), samesite="lax", path="/"
    )
    return response


def back(request: Request) -> Response:
    """Take a person in who comes back."""
    try:
        state, nonce, verifier, path = map(str, orjson.loads(bytes.fromhex(request.cookies.get(_cookie(request), ""))))
    except ValueError:
        raise NotPermitted("AC-017") from None
    x, told = request.app.state.exchange, dict(request.query_params)
    secret = outside.come_back(x, _provider(request), _back(request), told, Asked(state, nonce, verifier), browser_of(request))
    response = enter(request, secret, way_back(path))
    response.delete_cookie(_cookie(request), path="/", httponly=True, secure=is_safe_way(request))
    return response


def _provider(request: Request) -> Provider:
    provider = request.app.state.door.outside
    if provider is None:
        raise HTTPException(404)
    return provider


def _back(request: Request) -> str:
    return f"{root(request)}/sign-in/back"


def _cookie(request: Request) -> str:
    return "__Host-vado-outside" if is_safe_way(request) else "vado-outside"
