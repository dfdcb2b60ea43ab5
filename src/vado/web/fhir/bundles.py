"""Bundles put together from the stored bytes of resources; only what is to be shortened is read."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from vado.exchange.shelve import instant
from vado.model.fact import FhirJson
from vado.model.query import GONE, Stored
from vado.terms.searching import required, summary
from vado.web.fhir.answers import outcome

_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_NOTES = "urn:uuid:00000000-0000-4000-8000-000000000001"


def searchset(  # noqa: PLR0913 - the parts of a Bundle
    base: str,
    found: Iterable[tuple[Stored, bytes]],
    included: Iterable[tuple[Stored, bytes]],
    *,
    links: dict[str, str],
    total: int | None,
    notes: Sequence[FhirJson] = (),
) -> bytes:
    """Make a Bundle of what was found and what came along, with an OperationOutcome where something is to be told."""
    entries = [_entry(base, s, body, b"match") for s, body in found]
    entries += [_entry(base, s, body, b"include") for s, body in included]
    if notes:
        entries.append(orjson.dumps({"fullUrl": _NOTES, "resource": outcome(*notes), "search": {"mode": "outcome"}}))
    head: FhirJson = {"resourceType": "Bundle", "type": "searchset"} | ({} if total is None else {"total": total})
    return _bundle(head, links, entries)


def history(base: str, versions: Iterable[Stored], links: dict[str, str]) -> bytes:
    """Make a Bundle of versions, newest first."""
    return _bundle({"resourceType": "Bundle", "type": "history"}, links, [_version(base, s) for s in versions])


def shortened(stored: Stored, summary_: str, elements: Sequence[str]) -> bytes:
    """Give the resource's bytes, or only some elements of it, marked as such."""
    if not summary_ and not elements:
        return stored.body
    resource: dict[str, Any] = orjson.loads(stored.body)
    if summary_ == "data":
        kept = {k: v for k, v in resource.items() if k != "text"}
    else:
        wanted = {"text"} if summary_ == "text" else {*elements} or {*summary(stored.kind)}
        wanted |= {"resourceType", "id", "meta", *required(stored.kind)}
        kept = {k: v for k, v in resource.items() if _is_wanted(k.lstrip("_"), wanted)}
    meta = kept["meta"]
    return orjson.dumps(kept | {"meta": meta | {"tag": [*meta.get("tag", ()), _SUBSETTED]}})


def _is_wanted(name: str, wanted: set[str]) -> bool:
    """Say whether an element is wanted; 'value' is also valueQuantity."""
    return name in wanted or any(name.startswith(w) and name[len(w) :][:1].isupper() for w in wanted)


def _entry(base: str, stored: Stored, body: bytes, mode: bytes) -> bytes:
    return b'{"fullUrl":"%s/%s","resource":%s,"search":{"mode":"%s"}}' % (base.encode(), stored.ref.encode(), body, mode)


def _version(base: str, s: Stored) -> bytes:
    method, status = ("DELETE", "204") if s.state == GONE else ("PUT", "201" if s.version == 1 else "200")
    asked = orjson.dumps({"method": method, "url": s.ref})
    response = orjson.dumps({"status": status, "etag": f'W/"{s.version}"', "lastModified": instant(s.changed)})
    resource = b'"resource":%s,' % s.body if s.body else b""
    return b'{"fullUrl":"%s/%s",%s"request":%s,"response":%s}' % (base.encode(), s.ref.encode(), resource, asked, response)


def _bundle(head: FhirJson, links: dict[str, str], entries: list[bytes]) -> bytes:
    head |= {"link": [{"relation": relation, "url": url} for relation, url in links.items()]} if links else {}
    return orjson.dumps(head)[:-1] + (b',"entry":[%s]}' % b",".join(entries) if entries else b"}")
