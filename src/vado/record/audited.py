"""Who looked or did, as AuditEvent (IHE BALP). Made from the trail when asked for, never stored."""

from datetime import datetime

from vado.model.fact import FhirJson
from vado.record.provenance import partner_of

_TERMS = "http://terminology.hl7.org/CodeSystem"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ACTIONS = {  # what the trail calls it -> (subtype, AuditEvent.action)
    "read": ("read", "R"), "search": ("search-type", "E"), "export": ("operation", "R"), "create": ("create", "C"), "receive": ("create", "C"),
    "update": ("update", "U"), "delete": ("delete", "D"), "history": ("history-instance", "R"), "list-persons": ("search-type", "E"),
    "inbox": ("search-type", "E"),
}  # fmt: skip


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
