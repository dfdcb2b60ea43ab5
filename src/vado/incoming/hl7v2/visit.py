"""PV1, PV2: the encounter. HL7 v2-to-FHIR, PV1[Encounter], PV2[Encounter]."""

from vado.incoming.hl7v2.grammar import Group
from vado.incoming.hl7v2.mapping import segment_map
from vado.incoming.hl7v2.message import Message, Segment
from vado.incoming.hl7v2.names import V2
from vado.incoming.hl7v2.patient import participants
from vado.incoming.hl7v2.values import first
from vado.model.fact import FhirJson
from vado.terms.maps import table_system

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_CLASS = {
    "E": "EMER", "I": "IMP", "O": "AMB", "P": "PRENC", "R": "AMB", "V": "VR", "H": "HH",
    "EMER": "EMER", "IMP": "IMP", "AMB": "AMB", "ACUTE": "ACUTE", "SS": "SS", "OBSENC": "OBSENC", "NONAC": "NONAC", "FLD": "FLD",
}  # fmt: skip # table 0004, and the codes of 2.9
_BY_EVENT = {
    "A01": "in-progress", "A02": "in-progress", "A03": "finished", "A04": "in-progress", "A05": "planned", "A06": "in-progress",
    "A07": "in-progress", "A09": "in-progress", "A10": "in-progress", "A11": "cancelled", "A12": "in-progress", "A13": "in-progress",
    "A14": "planned", "A15": "in-progress", "A16": "in-progress", "A17": "in-progress", "A21": "onleave", "A22": "in-progress",
    "A23": "entered-in-error", "A25": "in-progress", "A26": "in-progress", "A27": "cancelled", "A32": "in-progress",
    "A33": "in-progress", "A38": "cancelled", "A52": "in-progress", "A53": "onleave", "A54": "in-progress", "A55": "in-progress",
}  # fmt: skip # what the event says of the visit; chapter 3.3
_ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


def encounter(pv1: Segment, group: Group, m: Message) -> str | None:
    """Keep the Encounter; give its reference. A01, A03 and A08 with one visit number are versions of one."""
    removes: list[str] = []
    resource = segment_map("PV1[Encounter]").apply(pv1, m, removes)
    if not m.patient or not any(f.strip("^~& ") for f in pv1.fields[2:]):
        return None
    pv2 = group.first("PV2")
    for name, value in (segment_map("PV2[Encounter]").apply(pv2, m, removes) if pv2 else {}).items():
        if isinstance(value, list):
            resource.setdefault(name, []).extend(value)
        else:
            resource.setdefault(name, value)
    span = resource.get("period", {})
    resource = {"resourceType": "Encounter", "status": _status(m, "end" in span), "class": _class(pv1), **resource}
    for code, who in participants(group, m):
        kind = (
            {"coding": [{"system": _PARTICIPATION, "code": code}]} if code.isupper() and len(code) <= 5 else {"text": code or "?"}
        )
        resource.setdefault("participant", []).append({"type": [kind], "individual": who})
    visit = resource.get("identifier", ())
    start = span.get("start")
    key = ("visit", visit[0].get("system", ""), visit[0]["value"]) if visit else ("visit", m.patient, start or m.control)
    reference = m.add(resource, key, pv1, rule="PV1 -> Encounter")
    if m.event == "A13" and "period" not in resource:  # cancel discharge: it has no end any more
        removes.append("period")
    if removes and (fact := m.facts.get(reference.partition("/")[2])):
        m.remove(fact, removes)
    return reference


def _class(pv1: Segment) -> FhirJson:
    """PV1-2 -> Encounter.class. PatientClass[EncounterClass]."""
    kind = first(pv1, 2)
    if kind:
        pv1.left[2] = ()
    if code := _CLASS.get(kind.upper()):
        return {"system": ACT, "code": code}
    if table_system("0004", kind):
        return {"system": V2 + "0004", "code": kind}
    return {"display": kind} if kind else _ABSENT


def _status(m: Message, ended: bool) -> str:
    """MSH-9.2, PV1-45 -> Encounter.status. Event[EncounterStatus]."""
    if m.kind == "ADT" and m.event in _BY_EVENT:
        return "finished" if ended and _BY_EVENT[m.event] == "in-progress" and m.event != "A13" else _BY_EVENT[m.event]
    return "finished" if ended else "unknown"  # an update (A08) does not say; what was told before stays
