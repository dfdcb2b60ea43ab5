"""create, update, patch, delete, batch, transaction (FHIR R4, RESTful API). Answered only after the durable commit."""

import logging
from collections.abc import Iterable
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus

import orjson
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import Refusal
from vado.exchange.interact import perform
from vado.exchange.interact.perform import Done
from vado.exchange.interact.wanted import parsed
from vado.exchange.ports import Exchange
from vado.exchange.receive import keep, work
from vado.model.fact import FhirJson
from vado.model.interaction import Interaction
from vado.model.original import Arrival, Original, PartnerId
from vado.web.fhir import mhd
from vado.web.fhir.answers import MEDIA, answer, base, issue, outcome
from vado.web.fhir.taken import JSON, Sender, body, issues_of, media, sender, writing

_log = logging.getLogger("vado.web")


@writing
async def create(request: Request) -> Response:
    """POST [type]."""
    s = sender(request)
    if request.path_params["kind"] == "Binary" and media(request) not in JSON:
        return await _file(request, s)
    return await _change(request, s, request.path_params["kind"], if_none_exist=request.headers.get("if-none-exist", ""))


@writing
async def change(request: Request) -> Response:
    """PUT, PATCH, DELETE [type]/[id], or [type]?condition."""
    id_ = request.path_params.get("id", "")
    target = request.path_params["kind"] + (f"/{id_}" if id_ else f"?{request.url.query}" if request.url.query else "")
    conditions = {"if_match": request.headers.get("if-match", ""), "if_none_match": request.headers.get("if-none-match", "")}
    return await _change(request, sender(request), target, **conditions)


@writing
async def bundle(request: Request) -> Response:
    """POST [base]: a batch or a transaction."""
    s = sender(request)
    raw = await _json(request, s)
    plain = parsed(raw)
    kind = plain.get("type") if isinstance(plain, dict) and plain.get("resourceType") == "Bundle" else None
    asker = s.asker(request)
    if isinstance(plain, dict) and mhd.is_provided(plain):
        mhd.check_provided(plain)
    if kind == "transaction":
        done: Iterable[Done | Refusal] = await run_in_threadpool(perform.transaction, s.x, asker, Interaction("POST", "", raw))
    elif kind == "batch":
        done = await run_in_threadpool(perform.batch, s.x, asker, plain)
    else:
        raise Refusal("FH-035", fault="only a Bundle of type batch or transaction is posted here")
    told = list(done)
    response = answer(
        {
            "resourceType": "Bundle", "type": f"{kind}-response",
            "entry": [_entry(d, request) for d in told],
        }
    )  # fmt: skip
    response.background = reading(s.x, [d for d in told if isinstance(d, Done)], s.key.partner)
    return response


@writing
async def validate(request: Request) -> Response:
    """Say what is wrong with a resource, storing nothing ($validate)."""
    s = sender(request)
    plain = parsed(await _json(request, s))
    if isinstance(plain, dict) and plain.get("resourceType") == "Parameters":
        told = [p.get("resource") for p in plain.get("parameter", ()) if isinstance(p, dict) and p.get("name") == "resource"]
        plain = told[0] if told else None
    kind = request.path_params.get("kind", "")
    if not isinstance(plain, dict) or (kind and plain.get("resourceType") != kind):
        raise Refusal("FH-035", fault="the body is not a resource of this type")
    try:
        await run_in_threadpool(perform.validate, s.x, plain)
    except Refusal as fault:
        return answer(outcome(*issues_of(fault)))
    return answer(outcome(issue("information", "informational", "valid FHIR R4; profiles are not looked at")))


async def _change(request: Request, s: Sender, target: str, **conditions: str) -> Response:
    raw = await _json(request, s) if request.method != "DELETE" else b""
    if request.method == "PATCH" and media(request) not in {"application/json-patch+json", "application/json"}:
        raise Refusal("FH-044")
    if target == "DocumentReference" and mhd.is_published(told := parsed(raw)):
        mhd.check_published(told)
    asked = Interaction(request.method, target, raw, "".join(conditions.values()))
    done = await run_in_threadpool(partial(perform.one, s.x, s.asker(request), asked, **conditions))
    response = _told(done, request)
    response.background = reading(s.x, [done], s.key.partner)
    return response


async def _json(request: Request, s: Sender) -> bytes:
    if media(request) not in JSON:
        raise Refusal("FH-044")
    return await body(request, s.key.megabytes * 1_000_000, s.key.seconds)


async def _file(request: Request, s: Sender) -> Response:
    """A Binary in its own form is an original as it came."""
    raw = await body(request, s.key.megabytes * 1_000_000, s.key.seconds)
    if not raw:
        raise Refusal("FH-035", fault="the body is empty")
    ((original, is_new),) = await run_in_threadpool(keep, s.x, [Arrival(s.key.partner, "upload", raw)])
    where = f"{base(request)}/Binary/{original.id}"
    return Response(
        None, 201 if is_new else 200, {"location": where, "etag": 'W/"1"'},
        background=BackgroundTask(finish, s.x, [original]) if is_new else None,
    )  # fmt: skip


def reading(x: Exchange, done: Iterable[Done], partner: PartnerId) -> BackgroundTask | None:
    """Give what reads the files inside after the answer is on its way; a stop before leaves them as work to do."""
    told = [d for d in done if d.kind in {"DocumentReference", "DiagnosticReport", "Binary", "Media", "Communication"}]
    return BackgroundTask(_read_inside, x, told, partner) if told else None


def _read_inside(x: Exchange, done: list[Done], partner: PartnerId) -> None:
    finish(x, perform.to_read(x, done, partner))


def finish(x: Exchange, originals: list[Original]) -> None:
    """Read what was kept."""
    try:
        for _ in work(x, originals):
            pass
    except Exception as fault:  # noqa: BLE001 - the sender has been told 'kept'; its text may hold a patient's value
        _log.error("%s while reading: these originals stay unread, see `vado ledger`", type(fault).__name__)


# answers


def _preferred(request: Request) -> str:
    said = request.headers.get("prefer", "").replace(" ", "")
    return next(
        (p.removeprefix("return=") for p in said.replace(";", ",").split(",") if p.startswith("return=")), "representation"
    )


def shown(done: Done) -> FhirJson | None:
    """Give the resource with what the server says of it."""
    if done.resource is None:
        return None
    meta = done.resource.get("meta", {}) | {"versionId": str(done.version), "lastUpdated": done.at.isoformat()}
    return {**done.resource, "meta": meta}


def _told(done: Done, request: Request) -> Response:
    wish, resource = _preferred(request), shown(done)
    headers = {"etag": f'W/"{done.version}"', "last-modified": format_datetime(done.at, usegmt=True)} if done.version else {}
    if done.status in {200, 201} and resource is not None:
        headers["location"] = f"{base(request)}/{done.kind}/{done.id}/_history/{done.version}"
    if wish == "OperationOutcome":
        response = answer(outcome(*_notes(done)), 200 if done.status == 204 else done.status)
    elif wish == "minimal" or resource is None:
        response = Response(None, done.status)
    else:
        response = Response(orjson.dumps(resource), done.status, media_type=f"{MEDIA}; fhirVersion=4.0")
    response.headers.update(headers)
    return response


def _notes(done: Done) -> list[FhirJson]:
    if not done.warnings:
        return [issue("information", "informational", "done")]
    return [issue("warning", "informational", f"{code}: see docs/reference/errors.md") for code in done.warnings]


def _entry(done: Done | Refusal, request: Request) -> FhirJson:
    if isinstance(done, Refusal):
        told: FhirJson = {"status": _status(done.kind.http), "outcome": outcome(*issues_of(done))}
        return {"response": told}
    told = {"status": _status(done.status)}
    if done.version:
        told |= {"etag": f'W/"{done.version}"', "lastModified": done.at.isoformat()}
    if done.resource is not None:
        told["location"] = f"{done.kind}/{done.id}/_history/{done.version}"
    made: FhirJson = {"response": told}
    if done.resource is not None:
        made["fullUrl"] = f"{base(request)}/{done.kind}/{done.id}"
        if _preferred(request) == "representation" and done.kind != "Binary":
            made["resource"] = shown(done)
    return made


def _status(number: int) -> str:
    return f"{number} {HTTPStatus(number).phrase}"
