"""What a place's own codes mean: units in UCUM, codes by the maps that a person accepted. Said beside what was sent, never instead of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz

from vado.errors import NotFound
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.fact import Fact, FhirJson
from vado.model.original import PartnerId
from vado.model.reading import Fidelity
from vado.model.term import Accepted, Concept, Unmapped
from vado.terms.units import UCUM, ucum

_CODED = {
    **dict.fromkeys(("Observation", "Condition", "Procedure", "AllergyIntolerance", "DiagnosticReport", "ServiceRequest", "Medication"), "code"),
    **dict.fromkeys(("MedicationStatement", "MedicationRequest", "MedicationDispense", "MedicationAdministration"), "medicationCodeableConcept"),
    "Immunization": "vaccineCode",
}  # fmt: skip # where each resource says what it is about
_MEASURED = frozenset((*_CODED, "Specimen"))
Same = Callable[[float, str], tuple[float, str] | None]  # a quantity in base units


def explain(facts: Iterable[Fact], maps: Mapping[str, Accepted]) -> tuple[Fact, ...]:
    """Add UCUM codes to units that leave no doubt, and the standard codes that a person accepted. `maps`: local -> row in force.

    What was sent stays first as it is. Facts read from a picture get no code: nobody has confirmed them yet.
    """
    return tuple(_explained(f, maps) for f in facts)


def _explained(fact: Fact, maps: Mapping[str, Accepted]) -> Fact:
    if fact.kind not in _MEASURED or (fact.evidence.fidelity is Fidelity.IMAGE and not fact.evidence.reviewed):
        return fact
    resource = _with_units(fact.resource)
    name = _CODED.get(fact.kind, "")
    concept = resource.get(name)
    accepted = maps.get(_local(concept)) if maps and isinstance(concept, dict) else None
    if accepted is None or not isinstance(concept, dict):
        return fact if resource is fact.resource else Fact(resource, fact.evidence, fact.patient)
    target = accepted.target
    coding: FhirJson = {"system": target.system, "code": target.code, "userSelected": False}
    if target.display:
        coding["display"] = target.display
    text = {} if concept.get("text") or concept.get("coding") else {"text": accepted.local}
    resource = {**resource, name: {**concept, **text, "coding": [*concept.get("coding", ()), coding]}}
    fidelity = Fidelity.CODED if accepted.equivalence == "equivalent" else fact.evidence.fidelity
    evidence = replace(
        fact.evidence, rule=f"{fact.evidence.rule}; map of {accepted.by}", fidelity=max(fidelity, fact.evidence.fidelity)
    )
    return Fact(resource, evidence, fact.patient)


def _with_units(value: Any) -> Any:
    """Copy only what changes: a Quantity with a number and a unit, and no system yet."""
    if isinstance(value, dict):
        if "unit" in value and "value" in value and "system" not in value and isinstance(value["unit"], str):
            code = ucum(value["unit"])
            return {**value, "system": UCUM, "code": code} if code else value
        made = {k: _with_units(v) for k, v in value.items() if isinstance(v, dict | list)}
        return {**value, **made} if any(made[k] is not value[k] for k in made) else value
    if isinstance(value, list):
        parts = [_with_units(v) for v in value]
        return parts if any(p is not v for p, v in zip(parts, value, strict=True)) else value
    return value


def local_of(fact: Fact) -> str:
    """Give the local code of a fact, or its text where there is no code; '' when a standard code is there, or none is asked for."""
    concept = fact.resource.get(_CODED.get(fact.kind, ""))
    return _local(concept) if isinstance(concept, dict) else ""


def _local(concept: Any) -> str:
    """The local code, or the text where there is no code; '' when a standard code is there."""
    codings = [c for c in concept.get("coding", ()) if isinstance(c, dict)]
    if any(_standard(str(c.get("system", ""))) for c in codings):
        return ""
    return str(next((c["code"] for c in codings if c.get("code")), concept.get("text", "")))


def _standard(system: str) -> bool:
    return system.startswith(("http://", "https://", "urn:oid:")) and "x-vado" not in system


def maps_of(tx: Transaction, partner: PartnerId) -> dict[str, Accepted]:
    """Give the rows in force of a partner's map, by the local code."""
    return {row.local: row for row in tx.accepted(partner) if not row.withdrawn}


def unmapped(x: Exchange, partner: PartnerId | None = None) -> list[Unmapped]:
    """List local codes and texts that no standard code stands beside, most frequent first."""
    count: Counter[tuple[str, str, str]] = Counter()
    texts: dict[tuple[str, str, str], str] = {}
    units: dict[tuple[str, str, str], Counter[str]] = {}
    for fact in _facts(x, partner):
        if not (local := local_of(fact)):
            continue
        concept = fact.resource[_CODED[fact.kind]]
        key = (fact.evidence.partner, fact.kind, local)
        count[key] += 1
        shown = next((c.get("display") for c in concept.get("coding", ()) if c.get("display")), "")
        texts.setdefault(key, concept.get("text") or shown or "")
        if unit := fact.resource.get("valueQuantity", {}).get("unit"):
            units.setdefault(key, Counter())[unit] += 1
    return [
        Unmapped(PartnerId(p), kind, local, texts[p, kind, local], next((u for u, _ in units.get((p, kind, local), Counter()).most_common(1)), ""), n)
        for (p, kind, local), n in sorted(count.items(), key=lambda e: (-e[1], e[0]))
    ]  # fmt: skip


def _facts(x: Exchange, partner: PartnerId | None) -> Iterator[Fact]:
    after = ""
    while True:
        with x.store.begin() as tx:
            rows = tx.rows(partner=partner, after=after, limit=200)
            found = [f for row in rows for f in tx.facts_from(row.original.partner, row.original.id)]
        if not rows:
            return
        yield from found
        after = rows[-1].original.cursor


def suggest(
    x: Exchange, partner: PartnerId, local: str, *, most: int = 5, same: Same | None = None
) -> list[tuple[Concept, float, str]]:
    """Rank standard concepts for a local code: from loaded code systems, and from what other partners code so; (concept, score 0-100, why).

    The score is how alike the words are, in any order, less a third where the units cannot be converted.
    """
    found = next((u for u in unmapped(x, partner) if u.local == local), None)
    if found is None:
        raise NotFound("TE-001", local=local)
    words = found.text or found.local
    ranked: dict[tuple[str, str], tuple[Concept, float, str]] = {}
    with x.store.begin() as tx:
        loaded = tx.concepts(words, limit=200)
    for concept in loaded:
        score = _score(words, concept.display)
        ranked[concept.system, concept.code] = (concept, round(score, 1), "loaded code system")
    for concept, unit in _coded_elsewhere(x, found.kind):
        score, why = _score(words, concept.display), "another partner codes it so"
        if same and found.unit and unit and not _alike(found.unit, unit, same):
            score, why = score * 2 / 3, f"{why}; but its unit is {unit}"
        known = ranked.get((concept.system, concept.code))
        if known is None or score > known[1]:
            ranked[concept.system, concept.code] = (concept, round(score, 1), why)
    return sorted(ranked.values(), key=lambda r: (-r[1], r[0].system, r[0].code))[:most]


def _score(one: str, other: str) -> float:
    """Half for the words that both have, half for those that only one has; 0 to 100."""
    a, b = one.casefold(), other.casefold()
    return (fuzz.token_set_ratio(a, b) + fuzz.token_sort_ratio(a, b)) / 2


def _alike(one: str, other: str, same: Same) -> bool:
    a, b = (same(1.0, ucum(u) or u) for u in (one, other))
    return a is None or b is None or a[1] == b[1]


def _coded_elsewhere(x: Exchange, kind: str) -> Iterator[tuple[Concept, str]]:
    seen: set[tuple[str, str]] = set()
    for fact in _facts(x, None):
        concept = fact.resource.get(_CODED.get(fact.kind, "")) if fact.kind == kind else None
        if not isinstance(concept, dict):
            continue
        for c in concept.get("coding", ()):
            shown = c.get("display") or concept.get("text")
            if _standard(str(c.get("system", ""))) and shown and (c["system"], c.get("code")) not in seen:
                seen.add((c["system"], str(c.get("code"))))
                yield Concept(c["system"], str(c.get("code")), shown), fact.resource.get("valueQuantity", {}).get("unit", "")


def accept(x: Exchange, row: Accepted) -> None:
    """Note what a local code means, by whom and when. It holds for what arrives from now on; old originals when they are read anew."""
    with x.store.begin() as tx:
        tx.accept(row)
        tx.audit(Audit(x.clock(), row.by, "withdraw-map" if row.withdrawn else "accept-map", row.partner))
