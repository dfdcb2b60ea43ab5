"""PV1, PV2: the encounter. HL7 v2-to-FHIR, PV1[Encounter]."""

from vado.incoming.hl7v2.book import Book
from vado.incoming.hl7v2.segment import Segment
from vado.incoming.hl7v2.values import concept, identifiers, professionals
from vado.model.fact import FhirJson

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLASS = {"E": "EMER", "I": "IMP", "O": "AMB", "P": "PRENC", "R": "AMB", "V": "VR", "H": "HH"}  # table 0004
_BY_EVENT = {
    "A01": "in-progress", "A02": "in-progress", "A03": "finished", "A04": "in-progress", "A05": "planned", "A06": "in-progress",
    "A07": "in-progress", "A11": "cancelled", "A13": "in-progress", "A14": "planned", "A15": "planned", "A16": "in-progress",
    "A21": "onleave", "A22": "in-progress", "A27": "cancelled", "A38": "cancelled", "A23": "entered-in-error",
}  # fmt: skip
_PARTICIPANTS = ((7, "ATND"), (8, "REF"), (9, "CON"), (17, "ADM"))
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"


def encounter(pv1: Segment, pv2: Segment | None, book: Book) -> str | None:
    """Keep the Encounter; give its reference. A01, A03 and A08 with one visit number are versions of one."""
    if not book.patient or not any(n > 1 for n in pv1.populated()):
        return None
    start, end = book.time(pv1.text(44)), book.time(pv1.text(45))
    resource: FhirJson = {"resourceType": "Encounter", "status": _status(book, end)}
    kind = pv1.text(2).upper()
    if code := _CLASS.get(kind):  # PV1-2 -> Encounter.class; table 0004
        resource["class"] = {"system": ACT, "code": code}
    elif kind:
        resource["class"] = {"system": "http://terminology.hl7.org/CodeSystem/v2-0004", "code": kind}
        if not kind.isalnum():
            resource["class"] = {"display": kind}
    else:
        url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
        resource["class"] = {"extension": [{"url": url, "valueCode": "unknown"}]}
    visit = identifiers(pv1, 19, book, main=True) + identifiers(pv1, 50, book)  # PV1-19, -50 -> Encounter.identifier
    if visit:
        resource["identifier"] = visit
    if start or end:  # PV1-44, -45 -> Encounter.period
        resource["period"] = {k: v for k, v in (("start", start), ("end", end)) if v}
    participants = [
        {"type": [{"coding": [{"system": _PARTICIPATION, "code": role}]}], "individual": reference}
        for field, role in _PARTICIPANTS
        for reference in professionals(pv1, field, book)
    ]
    if participants:
        resource["participant"] = participants
    _details(pv1, pv2, book, resource)
    key = ("visit", visit[0].get("system", ""), visit[0]["value"]) if visit else ("visit", book.patient, start or book.control)
    return book.add(resource, key, pv1, rule="PV1 -> Encounter")


def _status(book: Book, end: str | None) -> str:
    if book.kind == "ADT" and book.event in _BY_EVENT:
        return _BY_EVENT[book.event]
    return "finished" if end else "in-progress" if book.kind == "ADT" else "unknown"


def _details(pv1: Segment, pv2: Segment | None, book: Book, resource: FhirJson) -> None:
    places = [p for field, status in ((3, "active"), (6, "completed")) if (p := location(pv1, field, status, book))]
    if places:  # PV1-3, -6 -> Encounter.location
        resource["location"] = places
    if service := concept(pv1, 10, book, "http://terminology.hl7.org/CodeSystem/v2-0069"):  # PV1-10 -> serviceType
        resource["serviceType"] = service
    if kind := concept(pv1, 4, book, "http://terminology.hl7.org/CodeSystem/v2-0007"):  # PV1-4 -> Encounter.type
        resource["type"] = [kind]
    stay: FhirJson = {}
    for field, name, table in ((14, "admitSource", "0023"), (36, "dischargeDisposition", "0112"), (13, "reAdmission", "0092")):
        if told := concept(pv1, field, book, f"http://terminology.hl7.org/CodeSystem/v2-{table}"):
            stay[name] = told
    if pv1.text(37):  # PV1-37 -> hospitalization.destination
        stay["destination"] = {"display": pv1.text(37)}
    if stay:
        resource["hospitalization"] = stay
    if pv2 and (reason := concept(pv2, 3, book)):  # PV2-3 -> Encounter.reasonCode
        resource["reasonCode"] = [reason]


def location(s: Segment, field: int, status: str, book: Book) -> FhirJson | None:
    """PL -> a Location that is kept as a fact, and the Encounter's pointer to it. PL[Location]."""
    c = s.components(field)
    parts = [s.part(c, n) for n in (1, 2, 3)]
    facility = s.part(c, 4)
    if not any(parts) and not facility:
        return None
    name = " ".join(p for p in (*parts, s.part(c, 9), facility) if p)
    reference = book.add({"resourceType": "Location", "name": name}, ("pl", name), (s, field), rule="PL -> Location", own=False)
    return {"location": {"reference": reference, "display": name}, "status": status}
