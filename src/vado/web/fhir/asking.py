"""Patient/$everything, $summary, $docref, Provenance, AuditEvent, Binary."""

import base64
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.errors import NotFound, Refusal
from vado.exchange import compartment, consult, index
from vado.exchange.compartment import Asked, Looked
from vado.model.fact import FhirJson
from vado.model.original import OriginalId, stable_id
from vado.outgoing.ips.write import write
from vado.web.fhir.answers import MEDIA, answer, base, issue, outcome, who
from vado.web.fhir.taken import in_any_form, writing

_COUNT, _MOST = 500, 2_000
_OWN = {"_format", "_pretty", "_summary"}
SUMMARY = {"coding": [{"system": "http://loinc.org", "code": "60591-5", "display": "Patient summary Document"}]}


@writing
async def everything(request: Request) -> Response:
    """GET or POST Patient/[id]/$everything."""
    said = _said(request, {"_since", "_type", "_count", "start", "end", "page"})
    if "start" in said or "end" in said:
        raise Refusal("FH-051", name="start, end")
    kinds = frozenset(filter(None, said.get("_type", "").split(",")))
    asked = Asked(kinds, instant(said.get("_since", "")), said.get("page", ""), count_of(said, _COUNT, _MOST))
    who_, id_ = who(request), request.path_params["id"]
    page = await run_in_threadpool(compartment.everything, who_.x, id_, asked, who_.viewer)
    here = f"{base(request)}/Patient/{id_}/$everything"
    links = [{"relation": "self", "url": str(request.url)}]
    if page.after:
        more = {k: v for k, v in said.items() if k in {"_since", "_type", "_count"}} | {"page": page.after}
        links.append({"relation": "next", "url": f"{here}?{urlencode(more)}"})
    at = base(request)
    entries = [_match(at, _sourced(f.resource, *page.versions[f.id])) for f in page.facts]
    entries += [{**_match(at, p), "search": {"mode": "include"}} for p in page.provenances]
    if page.withheld:
        words = f"{page.withheld} values read from paper and not reviewed by a person are left out"
        note = outcome(issue("warning", "suppressed", words))
        entries.append(
            {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001", "resource": note, "search": {"mode": "outcome"}}
        )
    return answer(_bundle(entries, page.total, links))


@writing
async def summary(request: Request) -> Response:
    """GET or POST Patient/[id]/$summary: an International Patient Summary."""
    asked = who(request)
    _said(request, {"profile", "persistent", "graph"})

    def made() -> bytes:
        person = index.person_of(asked.x, asked.viewer, patient=request.path_params["id"])
        return write(consult.show_record(asked.x, person.id, asked.viewer, "export")).content

    return Response(await run_in_threadpool(made), media_type=f"{MEDIA}; fhirVersion=4.0")


@writing
async def docref(request: Request) -> Response:
    """GET or POST DocumentReference/$docref?patient=: where the summary of a person is to be had."""
    said = _said(request, {"patient", "start", "end", "type", "on-demand", "profile"})
    patient = said.get("patient", "").rpartition("/")[2]
    if not patient:
        raise Refusal("FH-051", name="patient")
    asked = who(request)
    person = await run_in_threadpool(lambda: index.person_of(asked.x, asked.viewer, patient=patient))
    made = {
        "resourceType": "DocumentReference",
        "id": stable_id("docref", person.id),
        "status": "current",
        "type": SUMMARY,
        "subject": {"reference": f"Patient/{patient}"},
        "date": asked.x.clock().isoformat(),
        "description": "International Patient Summary, made when it is asked for",
        "content": [
            {
                "attachment": {"contentType": MEDIA, "url": f"{base(request)}/Patient/{patient}/$summary"},
                "format": {"system": "urn:ietf:rfc:3986", "code": "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"},
            }
        ],
    }
    wanted = said.get("type", "").rpartition("|")[2]
    entries = [_match(base(request), made)] if wanted in ("", "60591-5") else []
    return answer(_bundle(entries, len(entries), [{"relation": "self", "url": str(request.url)}]))


@writing
async def provenances(request: Request) -> Response:
    """GET Provenance?target=, ?patient=."""
    said = _said(request, {"target", "patient", "_count"})
    target, patient = said.get("target", ""), said.get("patient", "").rpartition("/")[2]
    if not (target or patient):
        raise Refusal("FH-051", name="target or patient")
    asked = who(request)
    found = await run_in_threadpool(
        lambda: compartment.provenances(asked.x, asked.viewer, target=target.rpartition("/")[2], patient=patient)
    )
    kind = target.rpartition("/")[0].rpartition("/")[2]
    found = tuple(p for p in found if not kind or p["target"][0]["reference"].startswith(f"{kind}/"))
    return answer(_searchset(request, found, len(found)))


@writing
async def provenance(request: Request) -> Response:
    """GET Provenance/[id]."""
    asked = who(request)
    return answer(await run_in_threadpool(compartment.one_provenance, asked.x, asked.viewer, request.path_params["id"]))


@writing
async def audits(request: Request) -> Response:
    """GET AuditEvent?patient=, entity=, agent=, date=."""
    said = _said(request, {"patient", "entity", "agent", "date", "_count", "page"}, many={"date"})
    since, until = _span(request.query_params.getlist("date"))
    page = said.get("page", "")
    asked = Looked(
        said.get("patient", "").rpartition("/")[2], said.get("entity", "").rpartition("/")[2], said.get("agent", ""), since, until,
        int(page) if page.isdecimal() and len(page) < 15 else None, count_of(said, 50, 500),
    )  # fmt: skip
    w = who(request)
    found, before = await run_in_threadpool(compartment.accesses, w.x, asked, w.viewer)
    made = _searchset(request, found, None)
    if before is not None:
        query = [(k, v) for k, v in request.query_params.multi_items() if k != "page"]
        made["link"].append(
            {"relation": "next", "url": f"{base(request)}/AuditEvent?{urlencode([*query, ('page', str(before))])}"}
        )
    return answer(made)


@writing
async def audit(request: Request) -> Response:
    """GET AuditEvent/[id]."""
    asked, number = who(request), request.path_params["id"]
    if not number.isdecimal() or len(number) > 15:
        raise NotFound("RE-002")
    return answer(await run_in_threadpool(compartment.one_access, asked.x, asked.viewer, int(number)))


@in_any_form
async def binary(request: Request) -> Response:
    """GET Binary/[id]: an original, by the SHA-256 of its bytes; as it came, or in JSON where that is asked for."""
    asked, id_ = who(request), OriginalId(request.path_params["id"])
    raw, kind = await run_in_threadpool(compartment.file, asked.x, id_, asked.viewer)
    kind = kind or "application/octet-stream"
    if any(t in request.headers.get("accept", "") for t in (MEDIA, "application/json")):
        return answer({"resourceType": "Binary", "id": id_, "contentType": kind, "data": base64.b64encode(raw).decode()})
    safe = {"content-disposition": "attachment", "content-security-policy": "sandbox; default-src 'none'"}
    return Response(raw, media_type=kind if kind.isascii() else "application/octet-stream", headers=safe)


# questions and answers


def _said(request: Request, known: set[str], many: Iterable[str] = ()) -> dict[str, str]:
    """Give the parameters of the address. Raises Refusal FH-051 for one that is not known or said twice."""
    said: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in _OWN:
            continue
        if name not in known or (name in said and name not in many):
            raise Refusal("FH-051", name="of the address")
        said[name] = value
    return said


def count_of(said: dict[str, str], usual: int, most: int) -> int:
    """Give the number of results on a page. Raises Refusal FH-051."""
    told = said.get("_count", str(usual))
    if not told.isdecimal() or len(told) > 9 or int(told) < 1:
        raise Refusal("FH-051", name="_count")
    return min(int(told), most)


def instant(told: str, name: str = "_since") -> datetime | None:
    """Read an instant; None when nothing is said. Raises Refusal FH-051."""
    if not told:
        return None
    try:
        found = datetime.fromisoformat(told.replace(" ", "+"))
    except ValueError:
        raise Refusal("FH-051", name=name) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _span(told: list[str]) -> tuple[datetime | None, datetime | None]:
    """Read date=ge2026-01-01&date=lt2026-02-01: from when and until when. A day is a whole day, UTC."""
    since: datetime | None = None
    until: datetime | None = None
    for one in told:
        prefix, rest = (one[:2], one[2:]) if one[:2].isalpha() else ("eq", one)
        start = instant(rest, "date")
        if start is None or prefix not in {"eq", "ge", "gt", "le", "lt", "sa", "eb"}:
            raise Refusal("FH-051", name="date")
        end = datetime.combine(date.fromisoformat(rest), time.max, UTC) if len(rest) == 10 else start
        if prefix in {"eq", "ge"}:
            since = start
        if prefix in {"gt", "sa"}:
            since = end + timedelta(microseconds=1)
        if prefix in {"eq", "le"}:
            until = end
        if prefix in {"lt", "eb"}:
            until = start - timedelta(microseconds=1)
    return since, until


def _sourced(resource: FhirJson, partner: str, received: datetime) -> FhirJson:
    meta = resource.get("meta", {}) | {"source": f"urn:x-vado:partner:{partner}", "lastUpdated": received.isoformat()}
    return {**resource, "meta": meta}


def _match(at: str, resource: FhirJson) -> FhirJson:
    url = f"{at}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": "match"}}


def _bundle(entries: list[FhirJson], total: int | None, links: list[dict[str, str]]) -> FhirJson:
    made: FhirJson = {"resourceType": "Bundle", "type": "searchset", "link": links}
    return made | ({"total": total} if total is not None else {}) | ({"entry": entries} if entries else {})


def _searchset(request: Request, found: Iterable[FhirJson], total: int | None) -> FhirJson:
    at = base(request)
    return _bundle([_match(at, r) for r in found], total, [{"relation": "self", "url": str(request.url)}])
