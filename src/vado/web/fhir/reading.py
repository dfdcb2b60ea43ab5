"""Read, version read and history of every resource type. FHIR R4, RESTful API."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import VadoError
from vado.exchange import fhir as shelf
from vado.exchange.ports import Audit
from vado.model.account import Role
from vado.model.query import WITHHELD, Stored
from vado.record.entries import span
from vado.terms.searching import parameters
from vado.web.fhir import bundles
from vado.web.fhir.answers import MEDIA, Refused, base, fhir, who
from vado.web.told import told

JSON = f"{MEDIA}; fhirVersion=4.0"
_COUNT, _MOST = 50, 1_000
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@fhir
async def read(request: Request) -> Response:
    """Give a resource as it stands; nothing when the asker has this very version."""
    asked, ref = who(request), _ref(request)
    event = Audit(asked.x.clock(), asked.viewer.name, "read", ref.partition("/")[2])
    found = await told(request.app.state.witness.read(ref, event))
    if asked.viewer.role is Role.MACHINE:  # may see everything: nothing has to be looked up
        return _given(request, shelf.standing(asked.x, asked.viewer, found))
    found = await run_in_threadpool(shelf.standing, asked.x, asked.viewer, found)
    return _given(request, found)


@fhir
async def vread(request: Request) -> Response:
    """Give one version of a resource."""
    asked, ref, number = who(request), _ref(request), request.path_params["version"]
    if not re.fullmatch(r"[1-9]\d{0,8}", number):
        raise VadoError("FH-015")
    found = await run_in_threadpool(shelf.version, asked.x, asked.viewer, ref, int(number))
    await told(request.app.state.witness.note([Audit(asked.x.clock(), asked.viewer.name, "read", found.ref.partition("/")[2])]))
    return _given(request, found)


@fhir
async def history(request: Request) -> Response:
    """Give the versions of one resource, or of all of a type, newest first."""
    asked = who(request)
    of = _ref(request) if "id" in request.path_params else kind_of(request)
    query = request.query_params
    count, before, since = _number(query, "_count", _COUNT), _number(query, "page", 0), _since(query.get("_since", ""))
    given = await run_in_threadpool(shelf.history, asked.x, asked.viewer, of, before=before, since=since, limit=min(count, _MOST))
    versions, more = given[:count], len(given) > count
    shown = [s for s in versions if s.state != WITHHELD]
    if versions and not shown and "/" in of:
        raise VadoError("FH-014")
    await told(request.app.state.witness.note(shelf.seen(asked.x, asked.viewer, "history", shown)))
    here = f"{base(request)}/{of}/_history"
    links = {"self": f"{here}?{query}" if query else here}
    if more and versions:
        links["next"] = f"{here}?{urlencode({**query, '_count': count, 'page': versions[-1].changed})}"
    return Response(bundles.history(base(request), shown, links), media_type=JSON)


def kind_of(request: Request) -> str:
    """Give the resource type of the address. Raises VadoError FH-008."""
    kind = request.path_params["kind"]
    if not parameters(kind):
        raise VadoError("FH-008", kind=kind if re.fullmatch(r"[A-Za-z]{1,40}", kind) else "?")
    return kind


def _ref(request: Request) -> str:
    id_ = request.path_params["id"]
    if not _ID.fullmatch(id_):
        raise VadoError("FH-012")
    return f"{kind_of(request)}/{id_}"


def _given(request: Request, found: Stored) -> Response:
    changed = _EPOCH + timedelta(microseconds=found.changed)
    tag = f'W/"{found.version}"'
    headers = {"ETag": tag, "Last-Modified": format_datetime(changed, usegmt=True)}
    if _has_it(request.headers, tag, changed):
        return Response(b"", 304, headers=headers)
    summary, elements = request.query_params.get("_summary", ""), request.query_params.get("_elements", "")
    if summary not in {"", "true", "text", "data", "false"}:
        raise VadoError("FH-003", name="_summary", type="control")
    body = bundles.shortened(found, "" if summary == "false" else summary, [e.strip() for e in elements.split(",") if e.strip()])
    return Response(body, headers=headers, media_type=JSON)


def _has_it(headers: Mapping[str, str], tag: str, changed: datetime) -> bool:
    """Say whether the asker has this version. RFC 9110, 13.2.2: a tag counts before a time."""
    if said := headers.get("if-none-match"):
        return "*" in said or tag.removeprefix("W/") in [t.strip().removeprefix("W/") for t in said.split(",")]
    if said := headers.get("if-modified-since"):
        try:
            since = parsedate_to_datetime(said)
        except ValueError:
            return False
        return changed.replace(microsecond=0) <= (since if since.tzinfo else since.replace(tzinfo=UTC))
    return False


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name, "")
    if text and not re.fullmatch(r"\d{1,18}", text):
        raise Refused(400, "value", f"{name} must be a number")
    return int(text) if text else otherwise


def _since(text: str) -> int:
    found = span(text.replace(" ", "+")) if text else (0, 0)
    if found is None:
        raise VadoError("FH-003", name="_since", type="instant")
    return found[0] * 1000
