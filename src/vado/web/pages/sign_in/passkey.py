"""Sign-in by a passkey: the challenge, and what the browser answers."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.exchange import passkeys
from vado.tools.passkeys import Site
from vado.web.browsers import address_of, browser_of
from vado.web.forms import way_back
from vado.web.pages.sign_in.view import enter
from vado.web.render import asked
from vado.web.site import answer_of, asked_for, must_have, said, secret_of


def ask(request: Request) -> Response:
    """Say what the browser is to sign."""
    return asked_for(request, *passkeys.ask(request.app.state.exchange, must_have(request)))


async def enter_by_passkey(request: Request) -> Response:
    """Let in whoever shows a passkey; say where to go, or why not."""
    given, site = await answer_of(request), must_have(request)
    return await run_in_threadpool(_enter, request, site, given)


def _enter(request: Request, site: Site, given: dict[str, Any]) -> Response:
    who, credential = asked(request), given.get("credential")
    back = way_back(str(given.get("next") or "/"))
    try:
        secret = passkeys.come_in(
            who.x,
            site,
            secret_of(request),
            credential if isinstance(credential, dict) else {},
            address_of(request),
            browser_of(request),
        )
    except VadoError as fault:
        told = who.told(fault)
        return said({"what": told.what, "do": told.do, "code": told.code}, fault.kind.http)
    entered = enter(request, secret, back)
    answer = said({"next": back})
    answer.raw_headers += [pair for pair in entered.raw_headers if pair[0] == b"set-cookie"]
    return answer
