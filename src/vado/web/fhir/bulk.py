"""Bulk Data Access 2: kick-off, status, manifest, files, cancel."""

from email.utils import format_datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from vado.errors import Refusal
from vado.exchange import bulk
from vado.exchange.bulk import KEPT, Exporter
from vado.model.export import Only, Progress
from vado.web.fhir.answers import base, body_of, who
from vado.web.fhir.asking import instant
from vado.web.fhir.taken import in_any_form, writing

_FORMATS = {"", "application/fhir+ndjson", "application/ndjson", "ndjson"}
_KNOWN = {"_outputFormat", "_since", "_type", "_format"}
NDJSON = "application/fhir+ndjson"


@writing
async def kick_off(request: Request) -> Response:
    """GET or POST $export, Patient/$export, Group/[id]/$export."""
    said = await _said(request)
    if said.get("_outputFormat", "") not in _FORMATS:
        raise Refusal("FH-051", name="_outputFormat")
    kinds = [k for k in said.get("_type", "").split(",") if k]
    if any(not k.isalpha() for k in kinds):
        raise Refusal("FH-051", name="_type")
    asked, exporter = who(request), _exporter(request)
    group = request.path_params.get("group", "")
    members = await run_in_threadpool(bulk.members, asked.x, group, asked.viewer) if group else None
    only = Only(instant(said.get("_since", "")), about_patients="/Patient/" in request.url.path, patients=members)
    url = f"{base(request)}{request.url.path.removeprefix('/fhir')}"
    export = await run_in_threadpool(exporter.begin, url, kinds, only, asked.viewer)
    return Response(None, 202, {"content-location": f"{base(request)}/$export-status/{export.id}"})


@writing
async def status(request: Request) -> Response:
    """GET $export-status/[id]: 202 while it is written, then the manifest. DELETE ends it."""
    asked, exporter, id_ = who(request), _exporter(request), request.path_params["id"]
    if request.method == "DELETE":
        await run_in_threadpool(exporter.cancel, id_, asked.viewer)
        return Response(None, 202)
    export = await run_in_threadpool(exporter.look, id_, asked.viewer)
    if export.state is Progress.RUNNING or export.ended is None:
        written = sum(f.count for f in export.files)
        return Response(None, 202, {"x-progress": f"{written} resources written", "retry-after": "1"})
    output = [
        {"type": f.kind, "url": f"{base(request)}/$export-file/{export.id}/{f.name}", "count": f.count} for f in export.files
    ]
    manifest = {
        "transactionTime": export.begun.isoformat(), "request": export.asked, "requiresAccessToken": True, "output": output, "error": [],
    }  # fmt: skip
    return JSONResponse(manifest, headers={"expires": format_datetime(export.ended + KEPT, usegmt=True)})


@in_any_form
async def file(request: Request) -> Response:
    """GET $export-file/[id]/[name]."""
    asked, exporter = who(request), _exporter(request)
    path = await run_in_threadpool(exporter.file, request.path_params["id"], request.path_params["name"], asked.viewer)
    return FileResponse(path, media_type=NDJSON, filename=path.name)


def _exporter(request: Request) -> Exporter:
    exporter = getattr(request.app.state, "exporter", None)
    if exporter is None:
        raise Refusal("FH-048")
    return exporter


async def _said(request: Request) -> dict[str, str]:
    told = list(request.query_params.multi_items())
    if request.method == "POST":
        given = await body_of(request)
        for p in given.get("parameter", ()):
            value = next((v for k, v in p.items() if k.startswith("value")), "")
            told.append((str(p.get("name", "")), str(value)))
    said: dict[str, str] = {}
    for name, value in told:
        if name in _KNOWN:
            said[name] = f"{said[name]},{value}" if name == "_type" and name in said else value
        elif "handling=lenient" not in request.headers.get("prefer", ""):
            raise Refusal("FH-051", name="of the address")
    return said
