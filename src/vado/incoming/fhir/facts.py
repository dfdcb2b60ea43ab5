"""Resources as they are; ids become ours, references are rebuilt, every element ends in the ledger."""

from collections import Counter
from datetime import datetime
from typing import Any

import orjson

from vado.incoming.fhir.kinds import ABOUT, LEFT, WITH_IDENTIFIERS
from vado.model.fact import End, Entry, Evidence, Fact, Facts, FhirJson, patient_id
from vado.model.original import stable_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue


class _Source:
    """One resource as it came."""

    def __init__(self, item: Item) -> None:
        plain: dict[str, Any] = orjson.loads(item.value)
        self.item = item
        self.resource: FhirJson = plain.get("resource", plain) if "fullUrl" in plain else plain
        self.full_url = plain.get("fullUrl") if "fullUrl" in plain else None
        self.kind = str(self.resource.get("resourceType"))
        self.own_id = str(self.resource.get("id") or "")
        self.id = ""  # ours

    def names(self) -> list[str]:
        """Give every way in which others may point to it."""
        names = [self.full_url] if isinstance(self.full_url, str) else []
        if self.own_id:
            names += [f"{self.kind}/{self.own_id}", f"urn:uuid:{self.own_id}"]
        return names


def facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Take the resources as they are.

    Ids become stable ones of ours; the source's id stays as a business identifier where the type has one.
    A reference to what is not here becomes a logical reference (Reference.identifier), with one IN-018 per kind.
    """
    sources = [_Source(item) for item in reading.items]
    ledger: Counter[tuple[str, End, str]] = Counter()
    kept = [s for s in sources if s.kind not in LEFT]
    for source in sources:
        if source.kind in LEFT:
            ledger[(source.kind, End.IGNORED, "not about a person")] += _leaves(source.resource)
    _name_all(kept, reading, partner)
    index = {name: f"{s.kind}/{s.id}" for s in kept for name in s.names()}
    said = _asserted(sources)
    lost: set[str] = set()
    made: dict[str, Fact] = {}
    for source in kept:
        fact = _fact(source, index, reading, partner, said, lost, ledger)
        made.setdefault(fact.id, fact)
    told = tuple(_through_encounter(f, made) for f in made.values())
    issues: list[Issue] = [issue("IN-018", kind=kind) for kind in sorted(lost)]
    return Facts(told, tuple(issues), tuple(Entry(p, e, r, n) for (p, e, r), n in sorted(ledger.items()) if n))


def _name_all(sources: list[_Source], reading: Reading, partner: PartnerProfile) -> None:
    """Give each resource its id; two different resources never get the same."""
    seen: dict[str, bytes] = {}
    for s in sources:
        body = orjson.dumps(s.resource, option=orjson.OPT_SORT_KEYS)
        s.id = _name(s, reading, partner)
        if seen.setdefault(s.id, body) != body:
            s.id = stable_id(partner.id, s.kind, reading.original, s.item.place.path)


def _name(s: _Source, reading: Reading, partner: PartnerProfile) -> str:
    identifiers = [i for i in _list(s.resource.get("identifier")) if isinstance(i, dict)]
    full = [i for i in identifiers if isinstance(i.get("system"), str) and isinstance(i.get("value"), str)]
    path = f"id {s.own_id}" if s.own_id else s.item.place.path
    if s.kind == "Patient":
        own = "" if s.own_id else reading.original
        return patient_id(partner.id, full, own, path)
    if s.own_id:
        return stable_id(partner.id, s.kind, "id", s.own_id)
    if full:
        return stable_id(partner.id, s.kind, "identifier", full[0]["system"], full[0]["value"])
    return stable_id(partner.id, s.kind, reading.original, path)


def _fact(  # noqa: PLR0913 - one walk over a resource needs all of them
    s: _Source, index: dict[str, str], reading: Reading, partner: PartnerProfile, said: datetime | None,
    lost: set[str], ledger: Counter[tuple[str, End, str]],
) -> Fact:  # fmt: skip
    resource: FhirJson = {}
    for key, value in s.resource.items():
        leaves = _leaves(value)
        clean = _rebuilt(value, index, partner, lost)
        if clean is None:
            ledger[(f"{s.kind}.{key}", End.IGNORED, "empty element")] += leaves or 1
            continue
        ledger[(f"{s.kind}.{key}", End.MAPPED, "as it is")] += leaves
        resource[key] = clean
    resource["id"] = s.id
    if s.own_id and s.kind in WITH_IDENTIFIERS and isinstance(resource.get("identifier", []), list):
        own = {"system": f"urn:x-vado:partner:{partner.id}:{s.kind}", "value": s.own_id}
        resource["identifier"] = [*resource.get("identifier", ()), own]
    evidence = Evidence(
        partner.id, reading.original, (Place(reading.original, s.item.place.path),), reading.reader, f"{s.kind} as it is",
        _fidelity(resource), asserted=_time(_dict(resource.get("meta")).get("lastUpdated")) or said,
    )  # fmt: skip
    return Fact(resource, evidence, s.id if s.kind == "Patient" else _subject(resource))


def _subject(resource: FhirJson) -> str | None:
    for name in ABOUT:
        kind, _, found = str(_dict(resource.get(name)).get("reference", "")).partition("/")
        if kind == "Patient":
            return found
    return None


def _through_encounter(fact: Fact, made: dict[str, Fact]) -> Fact:
    """What names no patient but an encounter is about the patient of the encounter."""
    reference = _dict(fact.resource.get("encounter")).get("reference", "")
    encounter = made.get(str(reference).partition("/")[2])
    if fact.patient or encounter is None or encounter.patient is None:
        return fact
    return Fact(fact.resource, fact.evidence, encounter.patient)


def _rebuilt(value: Any, index: dict[str, str], partner: PartnerProfile, lost: set[str]) -> Any:
    """Copy with rebuilt references and without empty elements; None when nothing is left."""
    if isinstance(value, list):
        parts = [_rebuilt(v, index, partner, lost) for v in value]
        return parts if any(p is not None for p in parts) else None
    if not isinstance(value, dict):
        return None if value in (None, "") else value
    parts = {k: c for k, v in value.items() if (c := _rebuilt(v, index, partner, lost)) is not None}
    reference = parts.get("reference")
    if isinstance(reference, str) and not reference.startswith("#") and parts.keys() <= _REFERENCE:
        _point(parts, reference, index, partner, lost)
    return parts or None


_REFERENCE = {"reference", "type", "identifier", "display", "id", "extension", "_reference", "_display"}


def _point(parts: FhirJson, reference: str, index: dict[str, str], partner: PartnerProfile, lost: set[str]) -> None:
    """Rebuild one Reference in place. FHIR R4 2.3.0.1: literal and logical references; bundle resolution 2.36.4.1."""
    plain = reference.partition("/_history/")[0]
    tail = "/".join(plain.rsplit("/", 2)[-2:])
    found = index.get(plain) or index.get(tail)
    if found:
        parts["reference"] = found
        return
    del parts["reference"]
    kind = str(parts.get("type") or (tail.partition("/")[0] if "/" in tail else "?"))
    lost.add(kind if kind.isalpha() else "?")
    if "identifier" not in parts:
        local = plain == tail and kind.isalpha()
        system = f"urn:x-vado:partner:{partner.id}:{kind}" if local else "urn:ietf:rfc:3986"
        parts["identifier"] = {"system": system, "value": tail.partition("/")[2] if local else plain}


def _fidelity(resource: FhirJson) -> Fidelity:
    for name in ("code", "medicationCodeableConcept", "vaccineCode", "type"):
        concept = resource.get(name)
        if isinstance(concept, dict):
            coded = any(isinstance(c, dict) and c.get("system") and c.get("code") for c in _list(concept.get("coding")))
            return Fidelity.CODED if coded else Fidelity.STRUCTURED
    return Fidelity.CODED


def _asserted(sources: list[_Source]) -> datetime | None:
    """When the bundle was made: Bundle.timestamp, else Composition.date."""
    times = [_time(s.resource.get("timestamp")) for s in sources if s.kind == "Bundle"]
    times += [_time(s.resource.get("date")) for s in sources if s.kind == "Composition"]
    return next((t for t in times if t), None)


def _time(value: Any) -> datetime | None:
    """Read an instant with a zone; anything else says no moment."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) and len(value) > 10 else None
    except ValueError:
        return None
    return time if time and time.tzinfo else None


def _leaves(value: Any) -> int:
    """Count populated leaf elements."""
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    if isinstance(value, list):
        return sum(map(_leaves, value))
    return int(value not in (None, ""))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
