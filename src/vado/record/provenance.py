"""Evidence as a FHIR Provenance: who told a fact, when, in which original and where in it, read by what and how surely."""

from datetime import datetime

from vado.model.fact import Fact, FhirJson
from vado.model.original import stable_id
from vado.record.head import trusted

FIDELITY = "urn:x-vado:fidelity"  # code system: image text fields structured coded
_PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_SURENESS = "urn:x-vado:confidence"  # extension: decimal in [0, 1], the chance that the value was read right
_PLACE = "urn:x-vado:place"  # extension: string, where in the original


def provenance(fact: Fact, recorded: datetime) -> FhirJson:
    """Give the Provenance of one fact.

    Args:
        fact: what it is about.
        recorded: when this was said; used where the source did not say when it asserted the fact.
    """
    e = fact.evidence
    partner = {"identifier": {"system": "urn:x-vado:partner", "value": str(e.partner)}, "display": str(e.partner)}
    agents = [{"type": _coded(_PARTICIPANT, "author"), "who": partner}]
    agents += [{"type": _coded(_PARTICIPANT, "assembler"), "who": {"display": f"Vado, reader {e.reader}"}}]
    agents += (
        [{"type": _coded(_PARTICIPANT, "verifier"), "who": {"display": "a person, who compared it with the original"}}]
        if e.reviewed
        else []
    )
    original = {"identifier": {"system": "urn:x-vado:original", "value": str(e.original)}}
    found: FhirJson = {
        "resourceType": "Provenance",
        "id": stable_id("provenance", fact.id, str(e.original), e.reader),
        "meta": {"tag": [{"system": FIDELITY, "code": e.fidelity.name.lower()}]},
        "target": [{"reference": f"{fact.kind}/{fact.id}"}],
        "recorded": (e.asserted or recorded).isoformat(),
        "activity": _coded(_OPERATION, "CREATE"),
        "agent": agents,
        "entity": [{"role": "source", "what": original, "extension": [{"url": _PLACE, "valueString": p.path} for p in e.places]}],
        "extension": [{"url": _SURENESS, "valueDecimal": e.confidence}],
    }
    if not trusted(fact):
        found["meta"]["tag"].append({"system": FIDELITY, "code": "unreviewed"})
    return found


def _coded(system: str, code: str) -> FhirJson:
    return {"coding": [{"system": system, "code": code}]}
