"""Resources as they are; ids become ours, references are rebuilt, every element ends in the ledger."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from vado.incoming.fhir.kinds import ABOUT, LEFT, WITH_IDENTIFIERS
from vado.incoming.fhir.names import Index, Source, as_dict, as_list, asked, learn_types, name_all, split
from vado.model.fact import End, Entry, Evidence, Fact, Facts, FhirJson
from vado.model.original import stable_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Place, Reading, issue


def facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Take the resources as they are.

    Ids become stable ones of ours; a source id that counts beyond its Bundle stays as a business identifier.
    A reference to what is not here becomes a logical reference (Reference.identifier), with one IN-018 per kind.
    """
    sources = [Source(item) for item in reading.items]
    learn_types(sources)
    ledger: Counter[tuple[str, End, str]] = Counter()
    kept = [s for s in sources if s.kind and s.kind not in LEFT]
    for source in sources:
        if not source.kind:
            ledger[("Bundle.entry", End.IGNORED, "entry without a resource")] += leaves(source.entry) or 1
        elif source.kind in LEFT:
            ledger[(source.kind, End.IGNORED, "not about a person")] += leaves(source.resource)
    name_all(kept, reading, partner.id)
    index = Index(kept)
    said = _asserted(sources)
    lost: set[str] = set()
    made: dict[str, Fact] = {}
    for source in kept:
        for fact in _fact(source, index, reading, partner, said, lost, ledger):
            made.setdefault(fact.id, fact)
    told = tuple(_through_encounter(f, made) for f in made.values())
    issues: list[Issue] = [issue("IN-018", kind=kind) for kind in sorted(lost)]
    return Facts(told, tuple(issues), tuple(Entry(p, e, r, n) for (p, e, r), n in sorted(ledger.items()) if n))


def _fact(  # noqa: PLR0913 - one walk over a resource needs all of them
    s: Source, index: Index, reading: Reading, partner: PartnerProfile, said: datetime | None,
    lost: set[str], ledger: Counter[tuple[str, End, str]],
) -> list[Fact]:  # fmt: skip
    """The fact, and before it a stub of the person when only an identifier says who."""
    resource: FhirJson = {}
    for key, value in s.resource.items():
        count = leaves(value)
        clean = _rebuilt(value, s, index, partner, lost)
        if clean is None:
            ledger[(f"{s.kind}.{key}", End.IGNORED, "empty element")] += count or 1
            continue
        ledger[(f"{s.kind}.{key}", End.MAPPED, "as it is")] += count
        resource[key] = clean
    resource["id"] = s.id
    key = s.key(s.own_id)
    if key and s.kind in WITH_IDENTIFIERS and isinstance(resource.get("identifier", []), list):
        resource["identifier"] = [*resource.get("identifier", ()), own_number(key, s.kind, partner)]
    evidence = Evidence(
        partner.id, reading.original, (Place(reading.original, s.item.place.path),), reading.reader, f"{s.kind} as it is",
        fidelity_of(resource), asserted=_time(as_dict(resource.get("meta")).get("lastUpdated")) or said,
    )  # fmt: skip
    if s.kind == "Patient":
        return [Fact(resource, evidence, s.id)]
    stub = _stub(s, resource, partner)
    if stub:
        rule = "subject identifier -> Patient"
        return [Fact(stub, replace(evidence, rule=rule), stub["id"]), Fact(resource, evidence, stub["id"])]
    return [Fact(resource, evidence, subject_of(resource) or _elsewhere(s, partner))]


def own_number(key: tuple[str, ...], kind: str, partner: PartnerProfile) -> FhirJson:
    """The source's id as an identifier: of the partner, or of the server that told it."""
    if len(key) == 3:
        return {"system": "urn:ietf:rfc:3986", "value": f"{key[1]}/{kind}/{key[2]}"}
    return {"system": f"urn:x-vado:partner:{partner.id}:{kind}", "value": key[-1]}


def _stub(s: Source, resource: FhirJson, partner: PartnerProfile) -> FhirJson | None:
    """Make a Patient with nothing but the identifier that says whom the resource is about; point to it.

    Its id is not the one of a full Patient: a stub never takes the place of what is known of the person.
    """
    for name in ("subject", "patient", "beneficiary"):
        about = as_dict(resource.get(name))
        said = as_dict(as_dict(s.resource.get(name)).get("identifier")) or _asked_for(s.resource.get(name))
        system, value = said.get("system"), said.get("value")
        strings = isinstance(system, str) and isinstance(value, str) and system and value
        if not about or "reference" in about or not strings or about.get("type", "Patient") != "Patient":
            continue
        found = stable_id(partner.id, "Patient", "named by", str(system), str(value))
        about["reference"] = f"Patient/{found}"
        return {"resourceType": "Patient", "id": found, "identifier": [about["identifier"]]}
    return None


def _asked_for(about: Any) -> FhirJson:
    known = asked(str(as_dict(about).get("reference", "")))
    return {"system": known[1], "value": known[2]} if known and known[0] == "Patient" else {}


def _elsewhere(s: Source, partner: PartnerProfile) -> str | None:
    """The id that a Patient of another file of the same server has; None when the server is not known."""
    for name in ABOUT:
        base, tail = split(str(as_dict(s.resource.get(name)).get("reference", "")))
        kind, _, own_id = tail.partition("/")
        key = s.key(own_id, base) if kind == "Patient" else ()
        if key:
            return stable_id(partner.id, "Patient", *key)
    return None


def subject_of(resource: FhirJson) -> str | None:
    """Give the id of the Patient that it is about; None: it names none."""
    for name in ABOUT:
        kind, _, found = str(as_dict(resource.get(name)).get("reference", "")).partition("/")
        if kind == "Patient":
            return found
    return None


def _through_encounter(fact: Fact, made: dict[str, Fact]) -> Fact:
    """What names no patient but an encounter is about the patient of the encounter."""
    reference = as_dict(fact.resource.get("encounter")).get("reference", "")
    encounter = made.get(str(reference).partition("/")[2])
    if fact.patient or encounter is None or encounter.patient is None:
        return fact
    return Fact(fact.resource, fact.evidence, encounter.patient)


def _rebuilt(value: Any, s: Source, index: Index, partner: PartnerProfile, lost: set[str]) -> Any:
    """Copy with rebuilt references and without empty elements; None when nothing is left."""
    if isinstance(value, list):
        parts = [_rebuilt(v, s, index, partner, lost) for v in value]
        return parts if any(p is not None for p in parts) else None
    if not isinstance(value, dict):
        return None if value in (None, "") else value
    parts = {k: c for k, v in value.items() if (c := _rebuilt(v, s, index, partner, lost)) is not None}
    reference = parts.get("reference")
    if isinstance(reference, str) and not reference.startswith("#") and parts.keys() <= _REFERENCE:
        _point(parts, reference, s, index, partner, lost)
    return parts or None


_REFERENCE = {"reference", "type", "identifier", "display", "id", "extension", "_reference", "_display"}


def _point(  # noqa: PLR0913 - as above
    parts: FhirJson, reference: str, s: Source, index: Index, partner: PartnerProfile, lost: set[str]
) -> None:
    """Rebuild one Reference in place. FHIR R4 2.3.0.1: literal and logical references."""
    known = asked(reference)
    found = index.by_identifier(*known, s) if known else index.by_reference(reference.partition("/_history/")[0], s)
    if found:
        parts["reference"] = f"{found.kind}/{found.id}"
        return
    del parts["reference"]
    base, tail = split(reference)
    first = known[0] if known else tail.partition("/")[0] if "/" in tail else "?"
    kind = str(parts.get("type") or first)
    lost.add(kind if kind.isalpha() else "?")
    if "identifier" not in parts:
        parts["identifier"] = _logical(known, reference, kind, s.key(tail.partition("/")[2], base), partner)


def _logical(
    known: tuple[str, str, str] | None, reference: str, kind: str, key: tuple[str, ...], partner: PartnerProfile
) -> FhirJson:
    """Give the identifier by which a resource that is not here may be known."""
    if known:
        return {"system": known[1], "value": known[2]} if known[1] else {"value": known[2]}
    if key and kind.isalpha():
        return own_number(key, kind, partner)
    if reference.startswith(("urn:", "http:", "https:")):
        return {"system": "urn:ietf:rfc:3986", "value": reference.partition("/_history/")[0]}
    return {"value": reference}  # an id that only this Bundle knows


def fidelity_of(resource: FhirJson) -> Fidelity:
    """Say how much a machine can do with it: coded, or only structured."""
    for name in ("code", "medicationCodeableConcept", "vaccineCode", "type"):
        concept = resource.get(name)
        if isinstance(concept, dict):
            coded = any(isinstance(c, dict) and c.get("system") and c.get("code") for c in as_list(concept.get("coding")))
            return Fidelity.CODED if coded else Fidelity.STRUCTURED
    return Fidelity.STRUCTURED if "medicationReference" in resource else Fidelity.CODED


def _asserted(sources: list[Source]) -> datetime | None:
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


def leaves(value: Any) -> int:
    """Count populated leaf elements."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return int(value not in (None, ""))
