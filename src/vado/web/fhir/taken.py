"""What every request that writes has in common: who sends it, how much of it is taken, how a refusal is said."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from vado.channels.keys import FHIR, UPLOAD, Key, Keys
from vado.errors import Refusal
from vado.exchange.interact.condition import by_condition
from vado.exchange.interact.perform import Asker
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.record.permit import may
from vado.web.access import viewer
from vado.web.fhir.answers import CODES, MEDIA, answer, base, fhir, issue, outcome, problem

_CODES = CODES | {  # of FHIR's issue types
    "FH-030": "conflict", "FH-031": "multiple-matches", "FH-032": "forbidden", "FH-033": "deleted", "FH-034": "invalid",
    "FH-035": "structure", "FH-036": "too-long", "FH-037": "not-found", "FH-038": "not-found", "FH-039": "invalid", "FH-040": "duplicate",
    "FH-041": "processing", "FH-042": "login", "FH-043": "timeout", "FH-044": "not-supported", "FH-045": "not-supported",
    "FH-046": "not-supported", "FH-047": "throttled", "FH-048": "not-found", "FH-049": "security", "FH-050": "forbidden",
    "FH-051": "value", "FH-052": "conflict", "FH-053": "transient", "FH-054": "forbidden", "FH-055": "not-supported",
}  # fmt: skip
_IN_MEMORY = 1_000_000  # bytes of a body that is not on disk yet
JSON = {MEDIA, "application/json", "application/json-patch+json", "text/json"}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the holder of a partner's key."""

    x: Exchange
    key: Key
    destinations: tuple[str, ...] = ()  # addresses that notices to it may go to
    eyes: Viewer | None = None  # who looks, where somebody signed in: the holder of a key sees nothing

    @property
    def name(self) -> str:
        """Give the name for the audit trail."""
        return f"partner:{self.key.partner}"

    @property
    def scopes(self) -> tuple[str, ...]:
        """Give the most that an account's token permits; () of a key: all that a partner may tell."""
        return self.eyes.scopes if self.eyes else ()

    def asker(self, request: Request) -> Asker:
        """Give who asks, to the exchange."""
        here = base(request)
        return Asker(self.key.partner, self.name, here, by_condition(self.x, self.key.partner, self.eyes, here), self.scopes)


def sender(request: Request, kind: str = FHIR, told: str = "") -> Sender:
    """Say who sends. Raises Refusal FH-042."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    keys: Keys = request.app.state.keys
    key = keys.of(kind, told or (given.strip() if scheme.casefold() == "bearer" else ""))
    who = None
    if key is None:
        who = viewer(request, "")  # an account of a partner sends for it
        if not (who.account and who.partner) or who.role not in {Role.CLIENT, Role.PRACTITIONER}:
            raise Refusal("FH-042")  # a key of another kind of channel opens nothing here
        if kind == UPLOAD and not may(who, "originals.send"):
            raise Refusal("FH-042")
        key = Key(who.partner, kind, b"")
    return Sender(request.app.state.exchange, key, keys.destinations(key.partner), who)


def writing(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Serve an endpoint that may refuse: an OperationOutcome says why and where."""

    @functools.wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as fault:
            return refused(fault)

    return fhir(guarded)


def in_any_form(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Serve an endpoint that answers in other forms than JSON, as the asker likes; what goes wrong is an OperationOutcome all the same."""

    @functools.wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as fault:
            return refused(fault)
        except Exception as fault:  # noqa: BLE001 - told without values
            return problem(fault)

    return guarded


def refused(fault: Refusal) -> Response:
    """Say a refusal."""
    response = answer(outcome(*issues_of(fault)), fault.kind.http)
    if fault.kind.http == 401:
        response.headers["www-authenticate"] = 'Bearer realm="vado"'
    return response


def issues_of(fault: Refusal) -> list[dict[str, Any]]:
    """Give the issues of a refusal, each with its place."""
    code, words = _CODES.get(fault.code, "processing"), f"{fault.code}: {fault.kind.what.format(**fault.slots)}"
    found = [issue("error", code, f"{words}: {what}", path) for path, what in fault.faults]
    return found or [issue("error", code, words)]


async def body(request: Request, most: int, seconds: float) -> bytes:
    """Read a body into memory. Raises Refusal FH-036 or FH-043."""
    with await stream(request, most, seconds) as file:
        return file.read()


async def stream(request: Request, most: int, seconds: float) -> BinaryIO:
    """Read a body into a file that lies on the disk when it is big; it stands at its beginning, and vanishes when closed.

    Raises:
        Refusal: FH-036, it is longer than `most` bytes; FH-043, it took longer than `seconds`.
    """
    if int(request.headers.get("content-length") or 0) > most:
        raise Refusal("FH-036", fault=f"more than {most // 1_000_000} MB")
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise Refusal("FH-036", fault=f"more than {most // 1_000_000} MB")
                file.write(piece)
    except TimeoutError:
        file.close()
        raise Refusal("FH-043") from None
    except (ClientDisconnect, Refusal):
        file.close()
        raise
    file.seek(0)
    return cast(BinaryIO, file)


def media(request: Request) -> str:
    """Give the declared media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().casefold()
