"""A FHIR request that was kept: what it told, under the ids that the server gave when it took it."""

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from vado.errors import UnreadableOriginal
from vado.incoming.fhir.facts import fidelity_of, leaves, own_number, subject_of
from vado.incoming.fhir.kinds import LEFT, WITH_IDENTIFIERS
from vado.incoming.fhir.names import split
from vado.model.fact import ALL, End, Entry, Evidence, Fact, Facts, FhirJson
from vado.model.interaction import MEDIA, Decided, unwrap
from vado.model.original import Arrival, Original, original_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue

REQUEST = "request"  # label of the item that says what was decided
_SERVERS = ("versionId", "lastUpdated")  # of meta: the server says them, whatever the client sends
_CHANNEL = "inside"


def read(original: Original, content: bytes, reader: str) -> Reading:
    """Give what was decided, then one item for each resource that was told or taken back.

    Raises:
        UnreadableOriginal: IN-007, it is no request, or its body no JSON.
    """
    try:
        asked, decided = unwrap(content)
        plain: Any = orjson.loads(asked.content) if asked.content and asked.method != "PATCH" else {}
    except (ValueError, TypeError, KeyError):
        raise UnreadableOriginal("IN-007", fault="no FHIR request") from None
    head = {name: getattr(decided, name) for name in ("at", "names", "points", "removed")} | {
        "own": _own_ids(plain, asked.target)
    }
    items = [Item(REQUEST, orjson.dumps(head).decode(), Place(original.id, REQUEST))]
    children: list[Arrival] = []
    for place, name in decided.names.items():
        told = decided.made.get(place) or ({} if place in decided.removed else _at(plain, place))
        items.append(Item(name.partition("/")[0], orjson.dumps(told).decode(), Place(original.id, place)))
        children += [Arrival(original.partner, _CHANNEL, raw, "", original.id) for raw in files(told)]
    return Reading(original.id, reader, MEDIA, Fidelity.CODED, tuple(items), (), tuple(children))


def facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Take the resources as they are, under the names that were decided."""
    head, *items = reading.items
    said = orjson.loads(head.value)
    decided = Decided(said["at"], said["names"], said["points"], said["removed"])
    ledger: Counter[tuple[str, End, str]] = Counter()
    lost: set[str] = set()
    told = [f for item in items if (f := _fact(item, decided, reading, partner, ledger, lost, said["own"]))]
    about = {f.id: f.patient for f in told if f.kind == "Encounter"}
    told = [f if f.patient else replace(f, patient=_through(f, about)) for f in told]
    issues: list[Issue] = [issue("IN-018", kind=kind) for kind in sorted(lost)]
    return Facts(tuple(told), tuple(issues), tuple(Entry(p, e, r, n) for (p, e, r), n in sorted(ledger.items()) if n))


def files(resource: Any) -> Iterator[bytes]:
    """Give the files inside: data of attachments and of a Binary."""
    for holder in _holders(resource):
        yield _bytes_of(holder)


def _fact(  # noqa: PLR0913 - one walk over a resource needs all of them
    item: Item, decided: Decided, reading: Reading, partner: PartnerProfile, ledger: Counter[tuple[str, End, str]],
    lost: set[str], own: Mapping[str, str],
) -> Fact | None:  # fmt: skip
    place = item.place.path
    kind, _, id_ = decided.names[place].partition("/")
    evidence = Evidence(
        partner.id, reading.original, (item.place,), reading.reader, f"{kind} as it is", Fidelity.CODED,
        asserted=datetime.fromisoformat(decided.at),
    )  # fmt: skip
    if place in decided.removed:
        gone = replace(evidence, rule="taken back", removes=ALL)
        return Fact({"resourceType": kind, "id": id_}, gone, decided.removed[place] or None)
    told: FhirJson = orjson.loads(item.value)
    if kind == "Binary" or kind in LEFT:
        ledger[(kind, End.MAPPED, "kept as an original of its own")] += leaves(told)
        return None
    resource: FhirJson = {"resourceType": kind, "id": id_}
    for key, value in told.items():
        if key in ("resourceType", "id"):
            ledger[(f"{kind}.{key}", End.MAPPED, "as it is")] += 1
            continue
        clean = _rebuilt(_without_servers_words(key, value, kind, ledger), decided.points, lost)
        ledger[
            (
                f"{kind}.{key}",
                End.MAPPED if clean is not None else End.IGNORED,
                "as it is" if clean is not None else "empty element",
            )
        ] += leaves(value) or 1
        if clean is not None:
            resource[key] = clean
    named = own.get(place, id_)
    number = own_number(("id", named), kind, partner)
    if named != id_ and kind in WITH_IDENTIFIERS and number not in resource.get("identifier", ()):
        resource["identifier"] = [*resource.get("identifier", ()), number]
    patient = id_ if kind == "Patient" else subject_of(resource)
    return Fact(resource, replace(evidence, fidelity=fidelity_of(resource)), patient)


def _through(fact: Fact, about: Mapping[str, str | None]) -> str | None:
    """What names no patient but an encounter of the same request is about the patient of the encounter."""
    encounter = fact.resource.get("encounter")
    reference = encounter.get("reference", "") if isinstance(encounter, dict) else ""
    return about.get(str(reference).partition("/")[2])


def _without_servers_words(key: str, value: Any, kind: str, ledger: Counter[tuple[str, End, str]]) -> Any:
    if key != "meta" or not isinstance(value, dict):
        return value
    for name in _SERVERS:
        if name in value:
            ledger[(f"{kind}.meta.{name}", End.IGNORED, "the server says it")] += 1
    return {k: v for k, v in value.items() if k not in _SERVERS}


def _rebuilt(value: Any, points: Mapping[str, str], lost: set[str]) -> Any:
    """Copy with references as they were decided, without empty elements, and with files by their name; None: nothing is left."""
    if isinstance(value, list):
        parts = [_rebuilt(v, points, lost) for v in value]
        return parts if any(p is not None for p in parts) else None
    if not isinstance(value, dict):
        return None if value in (None, "") else value
    parts = {k: c for k, v in value.items() if (c := _rebuilt(v, points, lost)) is not None}
    if _holds_file(parts):
        raw = _bytes_of(parts)
        parts = {k: v for k, v in parts.items() if k != "data"} | {"url": f"Binary/{original_id(raw)}", "size": len(raw)}
        parts["hash"] = base64.b64encode(
            hashlib.sha1(raw, usedforsecurity=False).digest()
        ).decode()  # FHIR R4: Attachment.hash is SHA-1
    if isinstance(url := parts.get("url"), str) and url in points and "contentType" in parts:
        parts["url"] = points[url]
    if isinstance(reference := parts.get("reference"), str):
        _point(parts, reference, points, lost)
    return parts or None


def _point(parts: FhirJson, reference: str, points: Mapping[str, str], lost: set[str]) -> None:
    if reference in points:
        parts["reference"] = points[reference]
    elif reference.startswith(("http:", "https:", "urn:")):  # somebody else's: known by its address only
        kind = str(parts.get("type") or split(reference)[1].partition("/")[0])
        del parts["reference"]
        lost.add(kind if kind.isalpha() else "?")
        parts.setdefault("identifier", {"system": "urn:ietf:rfc:3986", "value": reference.partition("/_history/")[0]})


def _holders(value: Any) -> Iterator[FhirJson]:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            if _holds_file(one):
                yield one
            stack += [v for k, v in one.items() if k != "text"]


def _holds_file(value: FhirJson) -> bool:
    if not isinstance(value.get("data"), str) or not isinstance(value.get("contentType"), str):
        return False
    try:
        return bool(_bytes_of(value))
    except binascii.Error:
        return False


def _bytes_of(holder: FhirJson) -> bytes:
    return base64.b64decode(holder["data"], validate=False)


def _at(plain: Any, place: str) -> FhirJson:
    """Give the resource at a place of the body."""
    if not place.startswith("Bundle.entry["):
        return plain if isinstance(plain, dict) else {}
    entry = plain["entry"][int(place.removeprefix("Bundle.entry[").removesuffix("]"))]
    return entry.get("resource") or {}


def _own_ids(plain: Any, target: str) -> dict[str, str]:
    """Give the ids that the partner itself gave, by place: those it put something under."""
    if not isinstance(plain, dict):
        return {}
    if plain.get("resourceType") != "Bundle":
        kind, _, id_ = target.partition("/")
        return {kind: id_} if id_ and "?" not in target else {}
    found = {}
    for n, entry in enumerate(plain.get("entry") or ()):
        request = entry.get("request") if isinstance(entry, dict) else None
        url = str(request.get("url", "")) if isinstance(request, dict) and request.get("method") == "PUT" else ""
        if "/" in url and "?" not in url:
            found[f"Bundle.entry[{n}]"] = url.rpartition("/")[2]
    return found
