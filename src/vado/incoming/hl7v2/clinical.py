"""AL1, IAM, DG1, PR1, IN1, RXA, RXE, TXA, SCH: what else messages tell. HL7 v2-to-FHIR, segment maps."""

from vado.incoming.hl7v2.book import Book
from vado.incoming.hl7v2.results import as_text, attached
from vado.incoming.hl7v2.segment import Segment
from vado.incoming.hl7v2.values import concept, concepts, identifiers, number, professionals, quantity, unit
from vado.model.fact import FhirJson

_ALLERGY = {"DA": "medication", "FA": "food", "EA": "environment", "PA": "environment", "AA": "environment", "MA": "medication"}
_SEVERITY = {"SV": "severe", "MO": "moderate", "MI": "mild"}  # table 0128
_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_APPOINTMENT = {
    "BOOKED": "booked", "CANCELLED": "cancelled", "CANCELED": "cancelled", "COMPLETE": "fulfilled", "PENDING": "pending",
    "NOSHOW": "noshow", "WAITLIST": "waitlist", "STARTED": "arrived", "DELETED": "entered-in-error", "BLOCKED": "proposed",
}  # fmt: skip
_BY_EVENT = {"S12": "booked", "S13": "booked", "S14": "booked", "S15": "cancelled", "S17": "entered-in-error", "S26": "noshow"}
_DOCUMENT = {
    "AU": "final",
    "DI": "preliminary",
    "DO": "final",
    "IN": "preliminary",
    "IP": "preliminary",
    "LA": "final",
    "PA": "preliminary",
}


def allergy(s: Segment, book: Book) -> None:
    """AL1, IAM -> AllergyIntolerance. AL1[AllergyIntolerance], IAM[AllergyIntolerance]."""
    code = concept(s, 3, book)
    if code is None:
        return
    resource: FhirJson = {"resourceType": "AllergyIntolerance", "code": code}
    action = s.text(6).upper() if s.name == "IAM" else ""
    if action == "D":  # IAM-6: delete
        resource["verificationStatus"] = _verification("entered-in-error")
    else:
        resource["clinicalStatus"] = {"coding": [{"system": _CLINICAL, "code": "active"}]}
    if category := _ALLERGY.get(s.text(2).upper()):  # AL1-2 -> category; table 0127
        resource["category"] = [category]
    severity, reactions = _SEVERITY.get(s.text(4).upper()), [r for n in s.repetitions(5) if (r := s.part(n, 2) or s.part(n, 1))]
    if reactions:  # AL1-5 -> reaction.manifestation
        reaction: FhirJson = {"manifestation": [{"text": r} for r in reactions]}
        if severity:
            reaction["severity"] = severity
        resource["reaction"] = [reaction]
    elif severity == "severe":
        resource["criticality"] = "high"
    if since := book.time(s.text(6) if s.name == "AL1" else s.text(11)):
        resource["onsetDateTime"] = since
    book.add(resource, ("allergy", book.patient or "", s.text(3) or s.text(3, 2)), s, rule=f"{s.name} -> AllergyIntolerance")


def _verification(code: str) -> FhirJson:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "code": code}]}


def diagnosis(dg1: Segment, encounter: str | None, book: Book) -> None:
    """DG1 -> Condition of the encounter. DG1[Condition]."""
    code = concept(dg1, 3, book) or ({"text": dg1.text(4)} if dg1.text(4) else None)
    if code is None:
        return
    if dg1.text(4) and "text" not in code:
        code = {**code, "text": dg1.text(4)}
    category = {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "encounter-diagnosis"}
    resource: FhirJson = {"resourceType": "Condition", "category": [{"coding": [category]}], "code": code}
    if when := book.time(dg1.text(5)):  # DG1-5 -> onsetDateTime
        resource["onsetDateTime"] = when
    if recorded := book.time(dg1.text(19)):
        resource["recordedDate"] = recorded
    if doctors := list(professionals(dg1, 16, book)):
        resource["asserter"] = doctors[0]
    if dg1.text(21).upper() == "D":  # DG1-21: delete
        status = {"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "entered-in-error"}
        resource["verificationStatus"] = {"coding": [status]}
    if encounter:
        resource["encounter"] = {"reference": encounter}
    book.add(
        resource,
        ("dg1", book.patient or "", dg1.text(3) or dg1.text(3, 2) or dg1.text(4), dg1.text(5)[:8]),
        dg1,
        rule="DG1 -> Condition",
    )


def procedure(pr1: Segment, encounter: str | None, book: Book) -> None:
    """PR1 -> Procedure. PR1[Procedure]."""
    code = concept(pr1, 3, book) or ({"text": pr1.text(4)} if pr1.text(4) else None)
    if code is None:
        return
    resource: FhirJson = {"resourceType": "Procedure", "status": "unknown", "code": code}
    if when := book.time(pr1.text(5)):
        resource["performedDateTime"] = when
    if doctors := [*professionals(pr1, 11, book), *professionals(pr1, 8, book)]:
        resource["performer"] = [{"actor": d} for d in doctors]
    if encounter:
        resource["encounter"] = {"reference": encounter}
    book.add(resource, ("pr1", book.patient or "", pr1.text(3) or pr1.text(4), pr1.text(5)), pr1, rule="PR1 -> Procedure")


def coverage(in1: Segment, book: Book) -> None:
    """IN1 -> Coverage, with its payer. IN1[Coverage]."""
    payer, plan = in1.text(4), in1.text(2, 2) or in1.text(2)
    if not book.patient or not (payer or in1.text(3) or plan):
        return
    name = payer or plan or in1.text(3)
    payor = book.add(
        {"resourceType": "Organization", "name": name}, ("payer", name), (in1, 4), rule="IN1 -> Organization", own=False
    )
    resource: FhirJson = {"resourceType": "Coverage", "status": "active", "payor": [{"reference": payor, "display": name}]}
    if number_ := in1.text(36) or in1.text(49):
        resource["subscriberId"] = number_
    if plan:
        resource["type"] = {"text": plan}
    period = {k: v for k, v in (("start", book.time(in1.text(12))), ("end", book.time(in1.text(13)))) if v}
    if period:
        resource["period"] = period
    if group := in1.text(8):
        kind = {"system": "http://terminology.hl7.org/CodeSystem/coverage-class", "code": "group"}
        resource["class"] = [{"type": {"coding": [kind]}, "value": group}]
    book.add(resource, ("in1", book.patient, name, in1.text(36), plan), in1, rule="IN1 -> Coverage")


def immunization(rxa: Segment, rxr: Segment | None, orc: Segment | None, book: Book) -> None:
    """RXA, RXR -> Immunization. RXA[Immunization]."""
    code = concept(rxa, 5, book)
    when = book.time(rxa.text(3))
    if code is None:
        return
    done = rxa.text(20).upper() or "CP"
    status = "entered-in-error" if rxa.text(21).upper() == "D" else "not-done" if done in {"RE", "NA"} else "completed"
    resource: FhirJson = {"resourceType": "Immunization", "status": status, "vaccineCode": code}
    resource |= {"occurrenceDateTime": when} if when else {"occurrenceString": "unknown"}
    dose = number(rxa.text(6))
    if dose is not None and dose not in {999, 0}:  # 999: not known; CDC guide 2.5.1
        resource["doseQuantity"] = {"value": dose, **unit(rxa, 7, book)}
    if lot := rxa.text(15):
        resource["lotNumber"] = lot
    if expires := book.time(rxa.text(16)):
        resource["expirationDate"] = expires[:10]
    if maker := rxa.text(17, 2) or rxa.text(17):
        resource["manufacturer"] = {"display": maker}
    if doctors := list(professionals(rxa, 10, book)):
        resource["performer"] = [{"actor": d} for d in doctors]
    if status == "not-done" and (reason := concept(rxa, 18, book)):
        resource["statusReason"] = reason
    for name, field in (("route", 1), ("site", 2)):
        if rxr and (told := concept(rxr, field, book)):
            resource[name] = told
    number_ = orc.text(3) if orc else ""
    key = ("rxa", number_) if number_ else ("rxa", book.patient or "", rxa.text(5), rxa.text(3))
    book.add(resource, key, rxa, rule="RXA -> Immunization")


def medication(s: Segment, rxr: Segment | None, orc: Segment | None, book: Book) -> None:
    """RXE, RXO, RXD -> MedicationRequest or MedicationDispense. RXE[MedicationRequest], RXD[MedicationDispense]."""
    field = {"RXE": 2, "RXO": 1, "RXD": 2}[s.name]
    code = concept(s, field, book)
    if code is None or not book.patient:
        return
    number_ = (orc.text(2) or orc.text(3)) if orc else s.text(7) if s.name == "RXD" else ""
    key = (s.name, number_ or book.control, s.text(field) or s.text(field, 2))
    if s.name == "RXD":
        dispense: FhirJson = {"resourceType": "MedicationDispense", "status": "completed", "medicationCodeableConcept": code}
        if when := book.time(s.text(3)):
            dispense["whenHandedOver"] = when
        if amount := quantity(s, 4, 5, book):
            dispense["quantity"] = amount
        book.add(dispense, key, s, rule="RXD -> MedicationDispense")
        return
    control = orc.text(1).upper() if orc else ""
    status = {"CA": "cancelled", "DC": "stopped", "HD": "on-hold", "OC": "cancelled"}.get(control, "active")
    resource: FhirJson = {
        "resourceType": "MedicationRequest",
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": code,
    }
    dosage: FhirJson = {}
    if amount := quantity(s, field + 1, field + 3, book):
        dosage["doseAndRate"] = [{"doseQuantity": amount}]
    if rxr and (route := concept(rxr, 1, book)):
        dosage["route"] = route
    said = s.whole(7) if s.name in {"RXE", "RXO"} else ""
    if said:
        dosage["text"] = said
    if dosage:
        resource["dosageInstruction"] = [dosage]
    if orc:
        if when := book.time(orc.text(9)):
            resource["authoredOn"] = when
        if doctors := list(professionals(orc, 12, book)):
            resource["requester"] = doctors[0]
    book.add(resource, key, s, rule=f"{s.name} -> MedicationRequest")


def document(txa: Segment, parts: list[Segment], encounter: str | None, book: Book) -> None:
    """TXA and its OBX -> DocumentReference; text stays here, files are originals of their own. TXA[DocumentReference]."""
    availability = txa.text(19).upper()
    status = "entered-in-error" if availability in {"CA", "OB"} or book.event in {"T11"} else "current"
    texts = [t for x in parts if x.text(2) in {"TX", "FT", "ST"} and (t := x.whole(5))]
    content: list[FhirJson] = [a for x in parts if (a := attached(x))]
    if texts:
        content.insert(0, as_text(texts))
    resource: FhirJson = {"resourceType": "DocumentReference", "status": status}
    resource["content"] = [{"attachment": a} for a in content or [{"title": txa.text(2) or "document"}]]
    if progress := _DOCUMENT.get(txa.text(17).upper()):  # TXA-17 -> docStatus; table 0271
        resource["docStatus"] = progress
    if kind := concept(txa, 2, book, "http://terminology.hl7.org/CodeSystem/v2-0270"):
        resource["type"] = kind
    when = book.time(txa.text(6)) or book.time(txa.text(4))
    if when and "T" in when:
        resource["date"] = when
    if numbers := identifiers(txa, 12, book, main=True):
        resource["identifier"] = numbers
    if authors := [*professionals(txa, 9, book), *professionals(txa, 5, book)]:
        resource["author"] = authors
    if encounter:
        resource["context"] = {"encounter": [{"reference": encounter}]}
    key = ("txa", txa.whole(12)) if txa.text(12) else ("txa", book.control, txa.path)
    book.add(resource, key, txa, rule="TXA -> DocumentReference")


def appointment(sch: Segment, others: list[Segment], book: Book) -> None:
    """SCH, AIS, AIG, AIL, AIP -> Appointment. SCH[Appointment]."""
    status = _APPOINTMENT.get(sch.text(25).upper()) or _BY_EVENT.get(book.event, "proposed")
    resource: FhirJson = {"resourceType": "Appointment", "status": status}
    numbers = identifiers(sch, 1, book, main=True) + identifiers(sch, 2, book, main=True)
    if numbers:
        resource["identifier"] = numbers
    start, end = book.time(sch.text(11, 4)), book.time(sch.text(11, 5))
    for s in others:
        if s.name == "AIS":
            start = start or book.time(s.text(4))
            if service := concepts(s, 3, book):
                resource.setdefault("serviceType", []).extend(service)
    if start and end and "T" in start and "T" in end:
        resource |= {"start": start, "end": end}
    elif start:
        resource["description"] = f"{start[:16]}"
    if reason := concept(sch, 7, book) or concept(sch, 6, book):
        resource["reasonCode"] = [reason]
    if kind := concept(sch, 8, book):
        resource["appointmentType"] = kind
    participants: list[FhirJson] = []
    if book.patient:
        participants.append({"actor": {"reference": f"Patient/{book.patient}"}, "status": "accepted"})
    for s in others:
        if s.name == "AIP":
            participants += [{"actor": d, "status": "accepted"} for d in professionals(s, 3, book)]
        elif s.name == "AIL" and (name := s.text(3) or s.text(3, 4)):
            participants.append({"actor": {"display": name}, "status": "accepted"})
    resource["participant"] = participants or [{"actor": {"display": "?"}, "status": "needs-action"}]
    key = ("sch", sch.text(1) or sch.text(2)) if sch.text(1) or sch.text(2) else ("sch", book.control)
    book.add(resource, key, sch, rule="SCH -> Appointment")
