"""Evidence as a FHIR Provenance: who told a fact, when, in which original and where in it, read by what and how surely.

There is one maker: what a reader of the FHIR server gets and what a partner is sent is the same resource under the same id.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from vado.model.fact import Fact, FhirJson
from vado.model.reading import Place
from vado.model.said import Voice, voice_of
from vado.record.head import trusted

FIDELITY = "urn:x-vado:fidelity"  # code system: image text fields structured coded; unreviewed
_EXTENSION = "urn:x-vado:extension"
_PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"


def provenance_id(fact: Fact) -> str:
    """Name where this telling comes from: the fact and the beginning of the original's name, so that it can be found again."""
    return f"{fact.id}-{fact.evidence.original[:31]}"[:64]


def provenance(fact: Fact, recorded: datetime, *, here: bool) -> FhirJson:
    """Say where a telling of a fact comes from.

    Args:
        fact: the telling.
        recorded: when its original came, or when this was said; aware.
        here: who gets this can ask this server for the original; else it is named only.

    Source: FHIR R4 Provenance.
    """
    e = fact.evidence
    tags = [e.fidelity.name.lower(), *(() if trusted(fact) else ("unreviewed",))]
    original: FhirJson = {"type": "Binary", "identifier": {"system": "urn:x-vado:original", "value": str(e.original)}}
    places = [x for p in e.places for x in _place(p)]
    made: FhirJson = {
        "resourceType": "Provenance",
        "id": provenance_id(fact),
        "meta": {"tag": [{"system": FIDELITY, "code": code} for code in tags]},
        "extension": [
            {"url": f"{_EXTENSION}:rule", "valueString": e.rule},
            {"url": f"{_EXTENSION}:confidence", "valueDecimal": e.confidence},
        ],
        "target": [{"reference": f"{fact.kind}/{fact.id}"}],
        "recorded": recorded.isoformat(),
        "activity": _coding(_OPERATION, "DELETE" if fact.removed else "CREATE"),
        "agent": _agents(e.partner, e.reader, e.reviewed, *_speaks(fact)),
        "entity": [
            {
                "role": "source",
                "what": ({"reference": f"Binary/{e.original}"} if here else {}) | original,
                **({"extension": places} if places else {}),
            }
        ],
    }
    return made | ({"occurredDateTime": e.asserted.isoformat()} if e.asserted else {})


def partner_of(partner: str) -> FhirJson:
    """Give a reference to a partner: known here by its name in the profiles."""
    return {"type": "Organization", "identifier": {"system": "urn:x-vado:partner", "value": partner}, "display": partner}


@lru_cache(1_000)
def _agents(partner: str, reader: str, reviewed: bool, voice: str = "", patient: str = "") -> list[FhirJson]:
    """Say who told, who read it and who compared: the same of very many facts. Nobody changes what is given."""
    told: FhirJson = {"type": _coding(_PARTICIPANT, "author"), "who": partner_of(partner)}
    if voice:
        told |= _said(voice, patient)
    read = {"type": _coding(_PARTICIPANT, "assembler"), "who": {"display": f"Vado, {reader}"}}
    compared = {"type": _coding(_PARTICIPANT, "verifier"), "who": {"display": "a person, who compared it with the original"}}
    return [told, read, *([compared] if reviewed else [])]


def _speaks(fact: Fact) -> tuple[str, str]:
    voice = voice_of(fact)
    return (voice.value, fact.patient or "") if voice else ("", "")


def _said(voice: str, patient: str) -> FhirJson:
    """Say that the person speaks, or a carer for them: no organisation, and no professional."""
    person: FhirJson = {"reference": f"Patient/{patient}"} if patient else {"type": "Patient"}
    if voice == Voice.PERSON:
        return {"who": person | {"display": "the person themselves"}}
    return {"who": {"type": "RelatedPerson", "display": "a carer, for the person"}, "onBehalfOf": person}


def _place(place: Place) -> Iterator[FhirJson]:
    if place.path:
        yield {"url": f"{_EXTENSION}:place", "valueString": place.path}
    if b := place.box:
        yield {"url": f"{_EXTENSION}:box", "valueString": f"{b.left:.4f} {b.top:.4f} {b.right:.4f} {b.bottom:.4f}"}


def _coding(system: str, code: str) -> FhirJson:
    return {"coding": [{"system": system, "code": code}]}
