"""What a place's own codes mean: units in UCUM, codes by the maps that a person accepted. Said beside what was sent, never instead of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vado.exchange.ports import Transaction
from vado.model.fact import Fact, FhirJson
from vado.model.original import PartnerId
from vado.model.reading import Fidelity
from vado.model.term import Accepted
from vado.terms.units import UCUM, ucum

_CODED = {
    **dict.fromkeys(("Observation", "Condition", "Procedure", "AllergyIntolerance", "DiagnosticReport", "ServiceRequest", "Medication"), "code"),
    **dict.fromkeys(("MedicationStatement", "MedicationRequest", "MedicationDispense", "MedicationAdministration"), "medicationCodeableConcept"),
    "Immunization": "vaccineCode",
}  # fmt: skip # where each resource says what it is about
_MEASURED = frozenset((*_CODED, "Specimen"))


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
    concept = coded_as(fact)
    return _local(concept) if concept is not None else ""


def coded_as(fact: Fact) -> FhirJson | None:
    """Give the CodeableConcept by which a fact says what it is about; None: it has none."""
    concept = fact.resource.get(_CODED.get(fact.kind, ""))
    return concept if isinstance(concept, dict) else None


def _local(concept: Any) -> str:
    """The local code, or the text where there is no code; '' when a standard code is there."""
    codings = [c for c in concept.get("coding", ()) if isinstance(c, dict)]
    if any(is_standard(str(c.get("system", ""))) for c in codings):
        return ""
    return str(next((c["code"] for c in codings if c.get("code")), concept.get("text", "")))


def is_standard(system: str) -> bool:
    """Say whether this names a code system that others know, not one of a partner's own."""
    return system.startswith(("http://", "https://", "urn:oid:")) and "x-vado" not in system


def maps_of(tx: Transaction, partner: PartnerId) -> dict[str, Accepted]:
    """Give the rows in force of a partner's map, by the local code."""
    return {row.local: row for row in tx.accepted(partner) if not row.withdrawn}
