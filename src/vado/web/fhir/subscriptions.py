"""Subscription (R4, R5 backport): made, read, changed and ended by the partner whose it is; $status."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.channels.rest_hook import allowed
from vado.errors import Refusal
from vado.exchange.interact.wanted import parsed
from vado.exchange.notify import TOPIC, status
from vado.exchange.ports import Audit
from vado.model.fact import FhirJson
from vado.model.notice import Standing, Subscription
from vado.record.permit import scoped
from vado.tools.fhir_gate import faults
from vado.web.fhir.answers import answer, base
from vado.web.fhir.asking import instant
from vado.web.fhir.taken import Sender, body, sender, writing

_PROFILES = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
_PAYLOADS = ("empty", "id-only", "full-resource")
_HEADER = re.compile(r"[A-Za-z0-9\-]{1,64}: ?[\x20-\x7e]{0,2000}")
_NOT_SENT = {"host", "content-length", "content-type", "transfer-encoding", "connection"}
_MOST = 50  # of one partner
_SHORTEST_BEAT = 60  # seconds


@writing
async def create(request: Request) -> Response:
    """POST Subscription."""
    s = sender(request)
    wish = _wish(await _resource(request, s), s, base(request), uuid4().hex, s.x.clock())
    await run_in_threadpool(_keep, s, wish, "create")
    shown = answer(_shown(wish), 201)
    shown.headers["location"] = f"{base(request)}/Subscription/{wish.id}"
    return shown


@writing
async def change(request: Request) -> Response:
    """PUT Subscription/[id]: in force anew, with a handshake; or off."""
    s, id_ = sender(request), request.path_params["id"]
    before = await run_in_threadpool(_mine, s, id_)
    told = await _resource(request, s)
    wish = replace(_wish(told, s, base(request), id_, s.x.clock()), said=before.said)
    wish = replace(wish, standing=Standing.OFF) if told.get("status") == "off" else wish
    await run_in_threadpool(_keep, s, wish, "update")
    return answer(_shown(wish))


@writing
async def read(request: Request) -> Response:
    """GET Subscription/[id]."""
    return answer(_shown(await run_in_threadpool(_mine, sender(request), request.path_params["id"])))


@writing
async def search(request: Request) -> Response:
    """GET Subscription: the partner's own."""
    s = sender(request)

    def mine() -> list[Subscription]:
        with s.x.store.begin() as tx:
            return [w for w in tx.notices.subscriptions() if w.partner == s.key.partner]

    found = await run_in_threadpool(mine)
    entries = [
        {"fullUrl": f"{base(request)}/Subscription/{w.id}", "resource": _shown(w), "search": {"mode": "match"}} for w in found
    ]
    made: FhirJson = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    return answer(made | ({"entry": entries} if entries else {}))


@writing
async def delete(request: Request) -> Response:
    """DELETE Subscription/[id]."""
    s, id_ = sender(request), request.path_params["id"]

    def drop() -> None:
        _mine(s, id_)
        with s.x.store.begin() as tx:
            tx.notices.unsubscribe(id_)
            tx.audit(Audit(s.x.clock(), s.name, "delete", id_))

    await run_in_threadpool(drop)
    return Response(None, 204)


@writing
async def how_it_stands(request: Request) -> Response:
    """GET Subscription/[id]/$status."""
    wish = await run_in_threadpool(_mine, sender(request), request.path_params["id"])
    resource = status(wish, "query-status", wish.said)
    entry = {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000002", "resource": resource, "search": {"mode": "match"}}
    return answer({"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [entry]})


async def _resource(request: Request, s: Sender) -> FhirJson:
    told: Any = parsed(await body(request, 100_000, s.key.seconds))
    if not isinstance(told, dict) or told.get("resourceType") != "Subscription":
        raise Refusal("FH-035", fault="the body is not a resource of this type")
    if wrong := faults({"id": "new", **told}):
        raise Refusal("FH-034", faults=tuple(wrong[:20]))
    return told


def _wish(told: FhirJson, s: Sender, here: str, id_: str, now: Any) -> Subscription:
    """Read what is wished. Raises Refusal FH-049 or FH-051."""
    channel = told["channel"]
    if channel.get("type") != "rest-hook" or channel.get("payload", "application/fhir+json") != "application/fhir+json":
        raise Refusal("FH-051", name="channel")
    endpoint = str(channel.get("endpoint", ""))
    if not allowed(endpoint, s.destinations):
        raise Refusal("FH-049", faults=(("Subscription.channel.endpoint", "not in the partner's profile"),))
    headers = tuple(str(h) for h in channel.get("header", ()))
    if len(headers) > 10 or any(not _HEADER.fullmatch(h) or h.partition(":")[0].casefold() in _NOT_SENT for h in headers):
        raise Refusal("FH-051", name="channel.header")
    kinds, patients = _criteria(told)
    payload = _said(channel.get("_payload", {}), "backport-payload-content", "id-only")
    if payload not in _PAYLOADS or _PAYLOADS.index(payload) > _PAYLOADS.index(s.key.payload):
        raise Refusal("FH-051", name="backport-payload-content")
    beat = _said(channel, "backport-heartbeat-period", 0)
    if not isinstance(beat, int) or beat < 0:
        raise Refusal("FH-051", name="backport-heartbeat-period")
    end = instant(str(told.get("end", "")), "end")
    if end and end <= now:
        raise Refusal("FH-051", name="end")
    if s.scopes and not all(scoped(s.scopes, kind, "r") for kind in kinds or ("*",)):
        raise Refusal("FH-054", faults=(("Subscription.criteria", "not in its scopes"),))
    return Subscription(
        id_, s.key.partner, kinds, patients, here, endpoint, headers, payload, max(beat, _SHORTEST_BEAT) if beat else 0, end
    )  # fmt: skip


def _criteria(told: FhirJson) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the types and patients that are meant: of R4's criteria, or of the backport's topic and filters."""
    criteria = [str(told.get("criteria", ""))]
    if criteria[0] == TOPIC:
        extended = told.get("_criteria", {}).get("extension", ())
        criteria = [
            str(e.get("valueString", "")) for e in extended if str(e.get("url", "")).endswith("/backport-filter-criteria")
        ]
    found = [_filter(one) for one in criteria]
    if len({patients for _, patients in found}) > 1:  # one wish is about the same patients throughout
        raise Refusal("FH-051", name="criteria")
    return tuple(sorted({kind for kind, _ in found})), found[0][1] if found else ()


def _filter(one: str) -> tuple[str, tuple[str, ...]]:
    """Read 'Type?patient=id': the type, and the patients that are meant."""
    kind, _, query = one.partition("?")
    patients: set[str] = set()
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in {"patient", "subject", "_id"} or (name == "_id" and kind != "Patient") or not value:
            raise Refusal("FH-051", name="criteria")
        patients |= {v.rpartition("/")[2] for v in value.split(",")}
    if not re.fullmatch(r"[A-Z][A-Za-z]{1,63}", kind):
        raise Refusal("FH-051", name="criteria")
    return kind, tuple(sorted(patients))


def _said(holder: Any, name: str, otherwise: Any) -> Any:
    """Give the value of an extension of the backport."""
    for e in holder.get("extension", ()) if isinstance(holder, dict) else ():
        if e.get("url") == f"{_PROFILES}/{name}":
            return next((v for k, v in e.items() if k.startswith("value")), otherwise)
    return otherwise


def _keep(s: Sender, wish: Subscription, action: str) -> None:
    with s.x.store.begin() as tx:
        if action == "create" and sum(w.partner == s.key.partner for w in tx.notices.subscriptions()) >= _MOST:
            raise Refusal("FH-036", fault=f"more than {_MOST} subscriptions")
        tx.notices.subscribe(wish)
        tx.audit(Audit(s.x.clock(), s.name, action, wish.id))


def _mine(s: Sender, id_: str) -> Subscription:
    with s.x.store.begin() as tx:
        wish = tx.notices.subscription(id_)
    if wish is None or wish.partner != s.key.partner:
        raise Refusal("FH-037")
    return wish


def _shown(w: Subscription) -> FhirJson:
    """Give the resource; the headers stay here, for they may hold a secret."""
    filters = [f"{k}?{'_id' if k == 'Patient' else 'patient'}={','.join(w.patients)}" if w.patients else k for k in w.kinds]
    made: FhirJson = {
        "resourceType": "Subscription",
        "id": w.id,
        "meta": {"profile": [f"{_PROFILES}/backport-subscription"]},
        "status": w.standing.value,
        "reason": "changes of the record",
        "criteria": TOPIC,
        "_criteria": {"extension": [{"url": f"{_PROFILES}/backport-filter-criteria", "valueString": f} for f in filters]},
        "channel": {
            "type": "rest-hook",
            "endpoint": w.endpoint,
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{_PROFILES}/backport-payload-content", "valueCode": w.payload}]},
        },
    }
    if w.heartbeat:
        made["channel"]["extension"] = [{"url": f"{_PROFILES}/backport-heartbeat-period", "valueUnsignedInt": w.heartbeat}]
    if w.end:
        made["end"] = w.end.isoformat()
    return made | ({"error": w.error} if w.error else {})
