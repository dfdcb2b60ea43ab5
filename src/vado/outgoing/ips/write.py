"""Write an International Patient Summary. Source: HL7 IPS Implementation Guide 1.1 (ISO 27269), FHIR R4."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from uuid import UUID

import orjson

from vado.model.fact import Fact, FhirJson
from vado.model.original import stable_id
from vado.model.outgoing import Outgoing
from vado.model.partner import PartnerProfile
from vado.model.record import Kind, Line, Record
from vado.model.said import Voice, voice_of
from vado.record.head import by_trust, trusted
from vado.terms.home import STORY

_SECTIONS = {  # IPS Composition: title, LOINC code and its name, the resource types that the section may hold
    Kind.PROBLEM: ("Problems", "11450-4", "Problem list - Reported", {"Condition"}),
    Kind.ALLERGY: ("Allergies", "48765-2", "Allergies and adverse reactions Document", {"AllergyIntolerance"}),
    Kind.MEDICATION: (
        "Medications", "10160-0", "History of Medication use Narrative", {"MedicationStatement", "MedicationRequest"},
    ),
    Kind.IMMUNIZATION: ("Immunizations", "11369-6", "History of Immunization Narrative", {"Immunization"}),
    Kind.RESULT: (
        "Results", "30954-2", "Relevant diagnostic tests/laboratory data Narrative", {"Observation", "DiagnosticReport"},
    ),
    Kind.PROCEDURE: ("Procedures", "47519-4", "History of Procedures Document", {"Procedure"}),
    Kind.DEVICE: ("Devices", "46264-8", "History of medical device use", {"DeviceUseStatement"}),
    Kind.VITAL: ("Vital signs", "8716-3", "Vital signs", {"Observation"}),
    Kind.SOCIAL: ("Social history", "29762-2", "Social history Narrative", {"Observation"}),
    Kind.PLAN: ("Plan of care", "18776-5", "Plan of care note", {"CarePlan"}),
    Kind.STORY: ("Patient story", *STORY, {"Observation"}),
}  # fmt: skip
_UNKNOWN = {  # IPS code system absent-unknown: nothing is known, which is not the same as nothing is there
    Kind.PROBLEM: ("Condition", "code", "no-problem-info", "No information about problems"),
    Kind.ALLERGY: ("AllergyIntolerance", "code", "no-allergy-info", "No information about allergies"),
    Kind.MEDICATION: (
        "MedicationStatement", "medicationCodeableConcept", "no-medication-info", "No information about medications",
    ),
}  # fmt: skip
_ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
_NO_DATE = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
_PAPER = "read from paper and not reviewed"
_NO_PLACE = "the summary has no section for it"
Section = tuple[FhirJson, list[FhirJson]]


def write(record: Record, profile: PartnerProfile | None = None) -> Outgoing:  # noqa: ARG001
    """Give the summary as JSON. What was read from paper and not reviewed stays out and is listed in `losses`."""
    patient = _patient(record)
    fullest = {f.id: f.resource for line in record.lines for f in (line.shown, *line.conflicts) if _carried(line, f)}
    around = {f.id: f.resource for f in record.others if f.kind != "Provenance" and trusted(f)}
    sections = [s for kind in _SECTIONS if (s := _section(kind, record, patient["id"]))]
    made = [r for _, unknown in sections for r in unknown]
    author = {
        "resourceType": "Device",
        "id": stable_id("vado", "ips-author"),
        "deviceName": [{"name": "Vado", "type": "user-friendly-name"}],
    }
    composition = _composition(record, patient["id"], author["id"], [s for s, _ in sections])
    resources = [composition, patient, author, *made, *fullest.values(), *_referred(fullest.values(), around)]
    patients = {f"Patient/{p.id}" for p in record.person.patients}
    urns = {f"{r['resourceType']}/{r['id']}": _urn(r["id"]) for r in resources}
    urns |= dict.fromkeys(patients, _urn(patient["id"]))
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": _urn(stable_id("ips", record.person.id, record.at.isoformat()))},
        "type": "document",
        "timestamp": record.at.isoformat(),
        "entry": [{"fullUrl": _urn(r["id"]), "resource": _rebuilt(r, urns)} for r in resources],
    }
    return Outgoing(orjson.dumps(bundle), "application/fhir+json", _losses(record))


def _composition(record: Record, patient: str, author: str, sections: list[FhirJson]) -> FhirJson:
    return {
        "resourceType": "Composition",
        "id": stable_id("ips-composition", record.person.id, record.at.isoformat()),
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "60591-5", "display": "Patient summary Document"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "date": record.at.isoformat(),
        "author": [{"reference": f"Device/{author}"}],
        "title": "International Patient Summary",
        "section": sections,
    }


def _section(kind: Kind, record: Record, patient: str) -> Section | None:
    """Give one section and what had to be made for it; None when it is empty and not required."""
    title, code, display, _ = _SECTIONS[kind]
    lines = [line for line in record.lines if line.kind is kind]
    told = [(line, f) for line in lines for f in (line.shown, *line.conflicts) if _carried(line, f)]
    made = []
    if not told:
        if kind not in _UNKNOWN:
            return None
        made = [_unknown(kind, patient)]
    entries = made or [f.resource for _, f in told]
    section = {
        "title": title,
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": display}]},
        "text": {"status": "generated", "div": _table(kind, [line for line, f in told if f is line.shown])},
        "entry": [{"reference": f"{r['resourceType']}/{r['id']}"} for r in entries],
    }
    return section, made


def _unknown(kind: Kind, patient: str) -> FhirJson:
    """Say that nothing is known, in the words of IPS."""
    resource_type, element, code, display = _UNKNOWN[kind]
    owner = "patient" if resource_type == "AllergyIntolerance" else "subject"
    resource: FhirJson = {
        "resourceType": resource_type,
        "id": stable_id("ips-unknown", patient, code),
        element: {"coding": [{"system": _ABSENT, "code": code, "display": display}]},
        owner: {"reference": f"Patient/{patient}"},
    }
    if resource_type == "MedicationStatement":
        return resource | {"status": "unknown", "_effectiveDateTime": _NO_DATE}
    system = "condition-clinical" if resource_type == "Condition" else "allergyintolerance-clinical"
    coding = {"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": "active"}
    return resource | {"clinicalStatus": {"coding": [coding]}}


def _table(kind: Kind, lines: list[Line]) -> str:
    """Give the section's narrative: one escaped row a line; contradictions are named."""
    if not lines:
        words = _UNKNOWN[kind][3] if kind in _UNKNOWN else "See the entries"
        return f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(words)}</p></div>'
    rows = "".join(
        f"<tr><td>{escape(line.title)}</td><td>{escape(line.detail)}</td><td>{escape(line.when)}</td>"
        f"<td>{'. '.join(_notes(line))}</td></tr>"
        for line in lines
    )
    head = "<tr><th>What</th><th>Detail</th><th>When</th><th>Note</th></tr>"
    return f'<div xmlns="http://www.w3.org/1999/xhtml"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _notes(line: Line) -> Iterable[str]:
    if line.conflicts:
        yield "Sources disagree"
    if voice := voice_of(line.shown):
        yield "Said by the person themselves" if voice is Voice.PERSON else "Said by a carer, for the person"


def _patient(record: Record) -> FhirJson:
    """Give the best told Patient with the numbers of all partners; an unknown birth date is said to be unknown."""
    ranked = by_trust(record.person)
    best = dict(ranked[0].resource)
    numbers = [i for f in ranked if trusted(f) or f is ranked[0] for i in f.resource.get("identifier", ())]
    best.pop("link", None)
    if numbers:
        best["identifier"] = [i for n, i in enumerate(numbers) if i not in numbers[:n]]
    if "birthDate" not in best:
        best["_birthDate"] = _NO_DATE
    return best


def _carried(line: Line, fact: Fact) -> bool:
    return line.kind in _SECTIONS and fact.kind in _SECTIONS[line.kind][3] and trusted(fact)


def _losses(record: Record) -> tuple[tuple[str, str], ...]:
    """Say what stayed out and why. What only repeats a line that is in the summary is no loss."""
    lost = [(line.shown.id, _PAPER) for line in record.waiting]
    for line in record.lines:
        repeated = () if _carried(line, line.shown) else line.same
        for fact in (line.shown, *line.conflicts, *repeated):
            if not _carried(line, fact) or fact in repeated:
                lost.append((fact.id, _NO_PLACE if trusted(fact) else _PAPER))
    return tuple(lost)


def _referred(resources: Iterable[FhirJson], around: Mapping[str, FhirJson]) -> list[FhirJson]:
    """Give what these refer to, and what that refers to, once each."""
    found: dict[str, FhirJson] = {}
    todo = list(resources)
    while todo:
        for name in _references(todo.pop()):
            target = name.rpartition("/")[2]
            if target in around and target not in found:
                found[target] = around[target]
                todo.append(around[target])
    return [found[i] for i in sorted(found)]


def _references(value: Any) -> Iterable[str]:
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _references(part)
    if isinstance(value, dict) and isinstance(value.get("reference"), str):
        yield value["reference"]


def _rebuilt(value: Any, urns: Mapping[str, str]) -> Any:
    """Copy with references inside this bundle; one that leads out of it keeps only its display."""
    if isinstance(value, list):
        return [_rebuilt(v, urns) for v in value]
    if not isinstance(value, dict):
        return value
    target = value.get("reference")
    rest = {k: _rebuilt(v, urns) for k, v in value.items() if k != "reference" or not isinstance(target, str)}
    if not isinstance(target, str):
        return rest
    if target in urns or target.startswith("#"):
        return {"reference": urns.get(target, target), **rest}
    return rest or {"display": "not in this summary"}


def _urn(fact: str) -> str:
    return UUID(hex=fact).urn
