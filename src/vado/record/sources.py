"""Where a fact comes from, as FHIR Provenance; who looked or did, as AuditEvent (IHE BALP). Made when asked for, never stored."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from vado.model.fact import Fact, FhirJson
from vado.model.reading import Fidelity, Place

_EXTENSION = "urn:x-vado:extension"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ACTIONS = {  # what the trail calls it -> (subtype, AuditEvent.action)
    "read": ("read", "R"), "search": ("search-type", "E"), "export": ("operation", "R"), "create": ("create", "C"), "receive": ("create", "C"),
    "update": ("update", "U"), "delete": ("delete", "D"), "history": ("history-instance", "R"), "list-persons": ("search-type", "E"),
    "inbox": ("search-type", "E"),
}  # fmt: skip


def provenance_id(fact: Fact) -> str:
    """Name where this telling comes from: the fact and the beginning of the original's name, so that it can be found again."""
    return f"{fact.id}-{fact.evidence.original[:31]}"[:64]


def provenance(fact: Fact, received: datetime) -> FhirJson:
    """Say where a telling of a fact comes from: which original, which place in it, by which rule, how surely.

    Args:
        fact: the telling.
        received: when its original came; aware.

    Source: FHIR R4 Provenance.
    """
    e = fact.evidence
    made: FhirJson = {
        "resourceType": "Provenance",
        "id": provenance_id(fact),
        "extension": _how(e.rule, e.fidelity, e.confidence, e.reviewed),
        "target": [{"reference": f"{fact.kind}/{fact.id}"}],
        "recorded": received.isoformat(),
        "activity": _DONE[fact.removed],
        "agent": _agents(e.partner, e.reader),
        "entity": [
            {
                "role": "source",
                "what": {"reference": f"Binary/{e.original}", "type": "Binary"},
                **({"extension": [x for p in e.places for x in _place(p)]} if e.places else {}),
            }
        ],
    }
    return made | ({"occurredDateTime": e.asserted.isoformat()} if e.asserted else {})


@lru_cache(1_000)
def _agents(partner: str, reader: str) -> list[FhirJson]:
    """Say who told and who read it: the same of very many facts. Nobody changes what is given."""
    return [
        {"type": _coding(f"{_TERMS}/provenance-participant-type", "author"), "who": partner_of(partner)},
        {"type": _coding(f"{_TERMS}/provenance-participant-type", "assembler"), "who": {"display": f"Vado, {reader}"}},
    ]


def partner_of(partner: str) -> FhirJson:
    """Give a reference to a partner: known here by its name in the profiles."""
    return {"type": "Organization", "identifier": {"system": "urn:x-vado:partner", "value": partner}, "display": partner}


@lru_cache(1_000)
def _how(rule: str, fidelity: Fidelity, confidence: float, reviewed: bool) -> list[FhirJson]:
    return [
        {"url": f"{_EXTENSION}:rule", "valueString": rule},
        {"url": f"{_EXTENSION}:fidelity", "valueCode": fidelity.name.lower()},
        {"url": f"{_EXTENSION}:confidence", "valueDecimal": confidence},
        {"url": f"{_EXTENSION}:reviewed", "valueBoolean": reviewed},
    ]


def _place(place: Place) -> Iterable[FhirJson]:
    if place.path:
        yield {"url": f"{_EXTENSION}:place", "valueString": place.path}
    if b := place.box:
        yield {"url": f"{_EXTENSION}:box", "valueString": f"{b.left:.4f} {b.top:.4f} {b.right:.4f} {b.bottom:.4f}"}


def audit_event(  # noqa: PLR0913 - a line of the trail, and whom it is about
    number: int, at: datetime, who: str, action: str, *, subject: str, patient: str = ""
) -> FhirJson:
    """Give one line of the audit trail. It names ids only.

    Args:
        number: of the line.
        at: when; aware.
        who: the account, or 'partner:...' for a program of a partner.
        action: as the trail calls it.
        subject: 'Type/id' of what was looked at or done, or any other name of it; '': nothing in particular.
        patient: id of the Patient whose it is; '': nobody's, or not known.

    Source: FHIR R4 AuditEvent; IHE BALP, basic patterns for RESTful read, create, update, delete, query.
    """
    subtype, code = _ACTIONS.get(action, ("operation", "E"))
    entities: list[FhirJson] = []
    if patient:
        entities.append(
            {
                "what": {"reference": f"Patient/{patient}"},
                "type": {"system": f"{_TERMS}/audit-entity-type", "code": "1", "display": "Person"},
                "role": {"system": f"{_TERMS}/object-role", "code": "1", "display": "Patient"},
            }
        )
    if subject and subject != f"Patient/{patient}":
        known = "/" in subject and subject.partition("/")[0].isalpha() and subject[0].isupper()
        what: FhirJson = {"reference": subject} if known else {"identifier": {"system": "urn:x-vado:subject", "value": subject}}
        entities.append(
            {
                "what": what,
                "type": {"system": f"{_TERMS}/audit-entity-type", "code": "2", "display": "System Object"},
                "role": {"system": f"{_TERMS}/object-role", "code": "4", "display": "Domain Resource"},
            }
        )
    kind, _, partner = who.partition(":")
    agent: FhirJson = {
        "type": _coding(_DCM, "110153" if kind == "partner" else "110150")  # source; application
        if kind == "partner" or who == "vado"
        else _coding(f"{_TERMS}/extra-security-role-type", "humanuser"),
        "who": partner_of(partner)
        if kind == "partner"
        else {"identifier": {"system": "urn:x-vado:account", "value": who}, "display": who},
        "requestor": True,
    }
    return {
        "resourceType": "AuditEvent",
        "id": str(number),
        "type": {"system": f"{_TERMS}/audit-event-type", "code": "rest", "display": "RESTful Operation"},
        "subtype": [{"system": _INTERACTION, "code": subtype}],
        "action": code,
        "recorded": at.isoformat(),
        "outcome": "0",
        "agent": [agent],
        "source": {"observer": {"display": "Vado"}},
        **({"entity": entities} if entities else {}),
    }


def _coding(system: str, code: str) -> FhirJson:
    return {"coding": [{"system": system, "code": code}]}


_DONE = {gone: _coding(f"{_TERMS}/v3-DataOperation", "DELETE" if gone else "CREATE") for gone in (False, True)}
