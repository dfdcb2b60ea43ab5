"""What every FHIR answer has in common: JSON, an OperationOutcome for every fault, and no patient's value in a fault."""

import functools
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable
from inspect import isawaitable
from pathlib import Path
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.model.fact import FhirJson
from vado.tools.fhir_gate import faults
from vado.web.render import Asked, asked

MEDIA = "application/fhir+json"
_JSON = {"json", "application/json", MEDIA, "text/json", ""}
_BODY = 1_000_000  # bytes of a question
CODES = {
    "FH-001": "not-supported", "FH-002": "not-supported", "FH-003": "value", "FH-004": "too-costly", "FH-005": "too-costly",
    "FH-006": "value", "FH-007": "not-supported", "FH-008": "not-supported", "FH-010": "too-costly", "FH-011": "transient",
    "FH-013": "deleted", "FH-014": "suppressed", "ST-001": "transient", "ST-003": "throttled",
    "AC-020": "throttled",
}  # fmt: skip # FHIR issue-type
Endpoint = Callable[[Request], Response | Awaitable[Response]]


class Refused(Exception):
    """A fault of the question: HTTP status and issues (severity, code, words, FHIRPath). The words never repeat what was asked."""

    def __init__(self, status: int, code: str, words: str, more: Iterable[FhirJson] = ()) -> None:
        super().__init__(words)
        self.status, self.issues = status, (issue("error", code, words), *more)


def issue(severity: str, code: str, words: str, expression: str = "") -> FhirJson:
    """Make one issue of an OperationOutcome."""
    return {"severity": severity, "code": code, "diagnostics": words} | ({"expression": [expression]} if expression else {})


def outcome(*issues: FhirJson) -> FhirJson:
    """Make an OperationOutcome."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def answer(resource: FhirJson, status: int = 200) -> Response:
    """Give a resource as JSON."""
    return Response(orjson.dumps(resource), status, media_type=f"{MEDIA}; fhirVersion=4.0")


def fhir(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """Serve an endpoint: only where JSON is wanted, and with an OperationOutcome whatever goes wrong."""

    @functools.wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            _wants_json(request)
            given = endpoint(request)
            return await given if isawaitable(given) else given
        except Exception as fault:  # noqa: BLE001 - told without values
            return problem(fault)

    return guarded


def problem(fault: Exception) -> Response:
    """Say a fault as an OperationOutcome."""
    if isinstance(fault, Refused):
        return answer(outcome(*fault.issues), fault.status)
    if isinstance(fault, VadoError):
        usual = {401: "login", 403: "forbidden", 404: "not-found"}.get(fault.kind.http, "processing")
        words = f"{fault.code}: {fault.kind.what}. {fault.kind.do}"  # what fills their slots is structure, never a value
        told = answer(outcome(issue("error", CODES.get(fault.code, usual), words.format(**fault.slots))), fault.kind.http)
        if fault.kind.http == 401:
            told.headers["WWW-Authenticate"] = "Bearer"
        return told
    if isinstance(fault, HTTPException):
        return answer(outcome(issue("error", "not-supported", "no such interaction here")), fault.status_code)
    where = traceback.extract_tb(fault.__traceback__)[-1]
    logging.getLogger("vado.web").error("%s at %s:%s", type(fault).__name__, Path(where.filename).name, where.lineno)
    return answer(outcome(issue("fatal", "exception", "something is wrong with Vado itself")), 500)


def _wants_json(request: Request) -> None:
    wanted = request.query_params.get("_format")
    if wanted is not None:
        fits = wanted.partition(";")[0].strip().casefold() in _JSON
    else:
        kinds = [part.partition(";")[0].strip().casefold() for part in request.headers.get("accept", "").split(",")]
        fits = any(k in _JSON or k in {"*/*", "application/*"} for k in kinds)
    if not fits:
        raise Refused(406, "not-supported", "only JSON is served: application/fhir+json")


async def body_of(request: Request) -> FhirJson:
    """Read the resource of a question, valid FHIR R4. Raises Refused 400, 413, 415 or 422."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind not in {MEDIA, "application/json"}:
        raise Refused(415, "not-supported", "the body must be application/fhir+json")
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > _BODY:
            raise Refused(413, "too-long", "the body is too long")
    try:
        given: Any = orjson.loads(raw)
    except ValueError:
        raise Refused(400, "structure", "the body is no JSON") from None
    if not isinstance(given, dict) or not isinstance(given.get("resourceType"), str):
        raise Refused(400, "structure", "the body is no FHIR resource")
    if wrong := faults(given):
        told = [issue("error", "invalid", fault, path) for path, fault in wrong[:20]]
        raise Refused(422, "invalid", "the resource is no valid FHIR R4", told)
    return given


def base(request: Request) -> str:
    """Give the address under which FHIR is served."""
    return f"{request.scope['scheme']}://{request.headers['host']}/fhir"


def who(request: Request) -> Asked:
    """Say who asks, of which exchange."""
    return asked(request)
