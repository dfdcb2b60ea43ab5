"""$import: NDJSON in bulk, as the body or from the folder that the operator opened for this partner. Never from an address."""

from pathlib import Path
from typing import Any, BinaryIO

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vado.errors import Refusal
from vado.exchange.interact.wanted import parsed
from vado.exchange.ports import Row
from vado.exchange.receive import keep_stream
from vado.model.original import Original, OriginalId, State
from vado.web.fhir.answers import base
from vado.web.fhir.taken import JSON, Sender, body, media, sender, stream, writing
from vado.web.fhir.writing import finish

_NDJSON = {"application/fhir+ndjson", "application/ndjson", "application/x-ndjson"}
_CHANNEL = "import"
_FILES = 20
_SLOWEST = 100_000  # bytes in a second


@writing
async def kick_off(request: Request) -> Response:
    """POST $import: told 'accepted' when all of it is on the disk; it is read afterwards."""
    s = sender(request)
    kind = media(request)
    if kind in _NDJSON:
        most, declared = s.key.megabytes * 1_000_000, int(request.headers.get("content-length") or 0)
        with await stream(request, most, s.key.seconds + (declared or most) / _SLOWEST) as file:
            kept = [await run_in_threadpool(_keep, s, file)]
    elif kind in JSON:
        names = _named(parsed(await body(request, 100_000, s.key.seconds)))
        kept = [await run_in_threadpool(_keep_named, s, name) for name in names]
    else:
        raise Refusal("FH-044")
    new = [o for o, is_new in kept if is_new]
    where = f"{base(request)}/$import-status/{','.join(dict.fromkeys(o.id for o, _ in kept))}"
    return Response(None, 202, {"content-location": where}, background=BackgroundTask(finish, s.x, new) if new else None)


@writing
async def status(request: Request) -> Response:
    """GET $import-status/[ids]: 202 while something is not read yet, then what came of each file."""
    s, ids = sender(request), request.path_params["ids"].split(",")
    files = await run_in_threadpool(_stand, s, ids[:_FILES])
    left = sum(row.state is State.KEPT for rows in files.values() for row in rows)
    if left:
        return Response(None, 202, {"x-progress": f"{left} parts are not read yet", "retry-after": "1"})
    output = [
        {
            "type": "OperationOutcome", "inputUrl": f"Binary/{id_}", "parts": len(rows), "count": sum(r.facts for r in rows),
            "issues": sum(len(r.issues) for r in rows),
            "held": sum(r.state is State.HELD for r in rows),
        }
        for id_, rows in files.items()
    ]  # fmt: skip
    return JSONResponse(
        {"transactionTime": s.x.clock().isoformat(), "request": f"{base(request)}/$import", "output": output, "error": []}
    )


def _keep(s: Sender, file: BinaryIO) -> tuple[Original, bool]:
    if not file.read(1):
        raise Refusal("FH-035", fault="the body is empty")
    file.seek(0)
    return keep_stream(s.x, file, partner=s.key.partner, channel=_CHANNEL)


def _keep_named(s: Sender, name: str) -> tuple[Original, bool]:
    folder = Path(s.key.import_from).resolve() if s.key.import_from else None
    path = (folder / name).resolve() if folder else None
    if folder is None or path is None or path.parent != folder or not path.is_file():
        raise Refusal("FH-049", faults=(("Parameters.parameter.part.valueUrl", "no file of the folder for imports"),))
    with path.open("rb") as file:
        return keep_stream(s.x, file, partner=s.key.partner, channel=_CHANNEL, name=name[:200])


def _named(told: Any) -> list[str]:
    """Give the file names of the input; an address of anywhere is none."""
    parameters = told.get("parameter") if isinstance(told, dict) and told.get("resourceType") == "Parameters" else None
    found: list[str] = []
    for p in parameters if isinstance(parameters, list) else ():
        parts = p.get("part") if isinstance(p, dict) and p.get("name") == "input" else None
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict) and part.get("name") == "url":
                found.append(str(part.get("valueUrl") or part.get("valueUri") or part.get("valueString") or ""))
    if not 0 < len(found) <= _FILES:
        raise Refusal("FH-035", fault=f"from 1 to {_FILES} files are wanted")
    return found


def _stand(s: Sender, ids: list[str]) -> dict[str, list[Row]]:
    """Give the rows of each file and of its slices. Raises Refusal FH-037: it was not imported by this partner."""
    found: dict[str, list[Row]] = {}
    with s.x.store.begin() as tx:
        for id_ in ids:
            row = tx.row(s.key.partner, OriginalId(id_))
            if row is None or row.original.channel != _CHANNEL:
                raise Refusal("FH-037")
            found[id_] = [row, *tx.children(s.key.partner, OriginalId(id_))]
    return found
