"""A new passkey: what the browser is asked to make, and what it made."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.exchange import keyring, passkeys
from vado.tools.passkeys import Site
from vado.web.browsers import address_of
from vado.web.render import Asked, asked
from vado.web.site import answer_of, asked_for, must_have, said, secret_of

_LONGEST = 1000  # characters of a password


async def wish(request: Request) -> Response:
    """Ask for the password where there is one, then say what is to be made."""
    given, site = await answer_of(request), must_have(request)
    return await run_in_threadpool(_wish, asked(request), site, str(given.get("password", ""))[:_LONGEST])


async def add(request: Request) -> Response:
    """Keep what was made."""
    given, site = await answer_of(request), must_have(request)
    return await run_in_threadpool(_add, asked(request), site, given)


def _wish(who: Asked, site: Site, password: str) -> Response:
    try:
        keyring.prove_again(who.x, who.viewer, password, address_of(who.request))
    except VadoError as fault:
        return _refused(who, fault)
    return asked_for(who.request, *passkeys.ask_for_new(who.x, site, who.viewer))


def _add(who: Asked, site: Site, given: dict[str, Any]) -> Response:
    credential = given.get("credential")
    made = credential if isinstance(credential, dict) else {}
    try:
        passkeys.add(who.x, site, who.viewer, secret_of(who.request), made, str(given.get("name", "")))
    except VadoError as fault:
        return _refused(who, fault)
    return said({"next": "/account"})


def _refused(who: Asked, fault: VadoError) -> Response:
    told = who.told(fault)
    return said({"what": told.what, "do": told.do, "code": told.code}, fault.kind.http)
