"""AL1, IAM, DG1, PR1, IN1, FT1, PRB, GOL, RF1, PRD, TXA, SCH: what else messages tell. HL7 v2-to-FHIR, segment maps."""

from datetime import datetime, timedelta

from vado.incoming.hl7v2 import orders
from vado.incoming.hl7v2.grammar import Group
from vado.incoming.hl7v2.mapping import segment_map
from vado.incoming.hl7v2.message import Message, Segment
from vado.incoming.hl7v2.names import concept, location, professional
from vado.incoming.hl7v2.observations import as_text, attached, note, observe
from vado.incoming.hl7v2.patient import participants
from vado.incoming.hl7v2.values import TAKES, address, first, moment, name, number, part, plain, telecom, whole
from vado.model.fact import FhirJson

_SEVERITY = {"SV": "severe", "MO": "moderate", "MI": "mild"}  # table 0128
_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_APPOINTMENT = {
    "BOOKED": "booked", "CANCELLED": "cancelled", "CANCELED": "cancelled", "COMPLETE": "fulfilled", "PENDING": "pending",
    "NOSHOW": "noshow", "WAITLIST": "waitlist", "STARTED": "arrived", "DELETED": "entered-in-error", "BLOCKED": "proposed",
    "OVERBOOK": "booked", "DC": "cancelled", "CONFIRMED": "booked", "SCHEDULED": "booked", "ARRIVED": "arrived",
}  # fmt: skip # table 0278
_BY_EVENT = {
    "S12": "booked",
    "S13": "booked",
    "S14": "booked",
    "S15": "cancelled",
    "S16": "cancelled",
    "S17": "entered-in-error",
    "S26": "noshow",
}
_DOCUMENT = {
    "AU": "final", "DI": "preliminary", "DO": "final", "IN": "preliminary", "IP": "preliminary", "LA": "final", "PA": "preliminary",
}  # fmt: skip # TXA-17, table 0271


def allergy(s: Segment, m: Message) -> None:
    """AL1, IAM -> AllergyIntolerance. AL1[AllergyIntolerance], IAM[AllergyIntolerance]."""
    made = segment_map(f"{s.name}[AllergyIntolerance]").apply(s, m)
    if "code" not in made or not m.patient:
        s.left.clear()
        return
    resource: FhirJson = {"resourceType": "AllergyIntolerance", **made}
    if s.name == "IAM" and s.raw(6):
        s.left[6] = ()
    if s.name == "IAM" and first(s, 6).upper() == "D":  # IAM-6: delete
        status = {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "code": "entered-in-error"}
        resource["verificationStatus"] = {"coding": [status]}
        resource.pop("clinicalStatus", None)
    else:
        resource.setdefault("clinicalStatus", {"coding": [{"system": _CLINICAL, "code": "active"}]})
    if not resource.get("category", True):
        del resource["category"]
    severity = _SEVERITY.get(first(s, 4).upper())
    if severity:
        s.left[4] = ()
        if "reaction" in resource:
            resource["reaction"][0]["severity"] = severity
        else:  # a severity without any reaction is how bad it may get
            resource["criticality"] = {"severe": "high", "mild": "low"}.get(severity, "unable-to-assess")
    m.add(resource, ("allergy", m.patient, first(s, 3) or first(s, 3, 2)), s, rule=f"{s.name} -> AllergyIntolerance")


def diagnosis(dg1: Segment, m: Message) -> None:
    """DG1 -> Condition, named in the encounter with its use. DG1[Condition], DG1[Encounter]."""
    reference = orders.diagnosis(dg1, m)
    if reference and m.encounter and first(dg1, 21).upper() != "D":
        listed: FhirJson = {"condition": {"reference": reference}}
        if dg1.raw(6) and (use := concept(dg1.parts(6), m, "0052")):
            listed["use"] = use
        rank = number(first(dg1, 15))
        if isinstance(rank, int) and rank > 0:
            dg1.left[15] = ()
            listed["rank"] = rank
        m.add_to(m.encounter, "diagnosis", listed)


def procedure(pr1: Segment, group: Group | None, m: Message) -> None:
    """PR1 -> Procedure. PR1[Procedure]."""
    made = segment_map("PR1[Procedure]").apply(pr1, m)
    said = whole(pr1, 4)
    if said and made.get("code", {}).get("text", "") in ("", first(pr1, 3)):
        made["code"] = {**made.get("code", {}), "text": said}
    if "code" not in made or not m.patient:
        pr1.left.clear()
        return
    resource: FhirJson = {"resourceType": "Procedure", "status": "completed" if m.kind in {"BAR", "DFT"} else "unknown", **made}
    if pr1.raw(16) and (more := concept(pr1.parts(16), m)):
        resource["code"] = {**resource["code"], "coding": [*resource["code"].get("coding", ()), *more.get("coding", ())]}
    if at := moment(first(pr1, 5), m.zone, m.partner.timezone):  # PR1-5 -> performedDateTime
        pr1.left[5] = ()
        resource["performedDateTime"] = at
    for _, who in participants(group, m, houses=True) if group else ():
        resource.setdefault("performer", []).append({"actor": who})
    if m.encounter:
        resource["encounter"] = {"reference": m.encounter}
    m.add(resource, ("pr1", m.patient, first(pr1, 3) or said, first(pr1, 5)), pr1, rule="PR1 -> Procedure")


def coverage(in1: Segment, group: Group, m: Message) -> None:
    """IN1, IN2 -> Coverage, with its payer and its subscriber. IN1[Coverage]."""
    made = segment_map("IN1[Coverage]").apply(in1, m)
    plan = first(in1, 2, 2) or first(in1, 2)
    if not m.patient or not (made.get("payor") or plan or in1.raw(3)):
        in1.left.clear()
        return
    payer = _payer(in1, plan, made, m)
    resource: FhirJson = {"resourceType": "Coverage", "status": "active", **made, "payor": payer}
    if in1.raw(3):
        in1.left.setdefault(3, ())
    kinds = []
    for field, kind in ((8, "group"), (35, "plan")):
        if told := first(in1, field):
            in1.left[field] = ()
            named = first(in1, 9) if field == 8 else ""
            type_ = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/coverage-class", "code": kind}]}
            kinds.append({"type": type_, "value": told, **({"name": named} if named else {})})
            if named:
                in1.left[9] = ()
    if kinds:
        resource["class"] = kinds
    if plan and "type" not in resource:
        resource["type"] = {"text": plan}
    order_ = number(first(in1, 22))
    if isinstance(order_, int) and order_ > 0:
        in1.left[22] = ()
        resource["order"] = order_
    if subscriber := _subscriber(in1, m):
        resource["subscriber"] = subscriber
    key = ("in1", m.patient, payer[0].get("display", ""), first(in1, 36), plan)
    m.add(resource, key, in1, rule="IN1 -> Coverage")


def _payer(in1: Segment, plan: str, made: FhirJson, m: Message) -> list[FhirJson]:
    payer = made.get("payor", [])
    if not payer:
        named = plan or first(in1, 3)
        reference = m.add(
            {"resourceType": "Organization", "name": named}, ("payer", named), in1, 3, rule="IN1 -> Organization", own=False
        )
        payer = [{"reference": reference, "display": named}]
    for kind, found in segment_map("IN1[Organization]").apply(in1, m).items():
        for x in found:
            m.add_to(payer[0]["reference"], kind, x)
    if (number_ := first(in1, 3)) and in1.raw(4):
        m.add_to(payer[0]["reference"], "identifier", {"system": f"urn:x-vado:partner:{m.partner.id}:payer", "value": number_})
    return payer


def _subscriber(in1: Segment, m: Message) -> FhirJson | None:
    """IN1-16 to -19, -43: whose insurance it is; the patient, or a RelatedPerson. IN1[Coverage]."""
    told = name(in1.raw(16).partition("~")[0].split("^"), m) if in1.raw(16) else None
    if told is None:
        return None
    in1.left |= {n: () for n in (16, 17, 18, 19, 43) if in1.raw(n)}
    if first(in1, 17).upper() in {"SEL", "18", "S", "01", "SELF"}:
        return {"reference": f"Patient/{m.patient}"}
    resource: FhirJson = {"resourceType": "RelatedPerson", "name": [told], "relationship": [{"text": "subscriber"}]}
    if role := concept(in1.raw(17).split("^"), m, "0063") if in1.raw(17) else None:
        resource["relationship"] = [role]
    if born := moment(first(in1, 18), m.zone, m.partner.timezone):
        resource["birthDate"] = born[:10]
    if home := address(in1.raw(19).partition("~")[0].split("^"), m) if in1.raw(19) else None:
        resource["address"] = [home]
    key = (m.patient or "", "subscriber", told.get("family", ""), *told.get("given", ()))
    return {"reference": m.add(resource, key, in1, 16, rule="IN1 -> RelatedPerson")}


def charge(ft1: Segment, m: Message) -> None:
    """FT1 -> ChargeItem; its diagnoses and procedure as such."""
    made = segment_map("FT1[ChargeItem]").apply(ft1, m)
    if "code" not in made or not m.patient:
        ft1.left.clear()
        return
    kind = first(ft1, 6).upper()
    ft1.left |= {n: () for n in (4, 6) if ft1.raw(n)}
    if "occurrenceDateTime" not in made and (at := moment(first(ft1, 4), m.zone, m.partner.timezone)):
        made["occurrenceDateTime"] = at
    status = {"CG": "billable", "CD": "not-billable", "PY": "billed", "AJ": "billable"}.get(kind, "unknown")
    resource: FhirJson = {
        "resourceType": "ChargeItem",
        "status": status,
        **made,
        "subject": {"reference": f"Patient/{m.patient}"},
    }
    if ft1.raw(25) and (code := concept(ft1.parts(25), m)):
        resource["note"] = [{"text": f"procedure: {code.get('text') or code['coding'][0]['code']}"}]
    if m.encounter:
        resource["context"] = {"reference": m.encounter}
    m.add(
        resource,
        ("ft1", first(ft1, 2) or m.control, first(ft1, 7), ft1.path if not first(ft1, 2) else ""),
        ft1,
        rule="FT1 -> ChargeItem",
    )
    for repetition in ft1.raw(19).split("~"):  # FT1-19: diagnoses
        if repetition and (code := concept(repetition.split("^"), m)):
            category = {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "encounter-diagnosis"}
            condition: FhirJson = {"resourceType": "Condition", "category": [{"coding": [category]}], "code": code}
            if m.encounter:
                condition["encounter"] = {"reference": m.encounter}
            m.add(condition, ("dg1", m.patient, part(repetition.split("^"), 1), ""), ft1, 19, rule="FT1 -> Condition")


def problem(group: Group, m: Message) -> None:
    """PRB -> Condition on the problem list."""
    for prb in group.all("PRB"):
        made = segment_map("PRB[Condition]").apply(prb, m)
        if "code" not in made or not m.patient:
            prb.left.clear()
            continue
        prb.left |= {n: () for n in (1, 2) if prb.raw(n)}
        category = {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item"}
        resource: FhirJson = {"resourceType": "Condition", "category": [{"coding": [category]}], **made}
        if first(prb, 1).upper() == "DE":
            status = {"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "entered-in-error"}
            resource["verificationStatus"] = {"coding": [status]}
        if done := moment(first(prb, 9), m.zone, m.partner.timezone):
            prb.left[9] = ()
            resource["abatementDateTime"] = done
            resource["clinicalStatus"] = {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "resolved"}]
            }
        if said := [note(n, m) for n in group.all("NTE") if whole(n, 3)]:
            resource["note"] = said
        m.add(resource, ("prb", m.patient, first(prb, 4) or first(prb, 3) or first(prb, 3, 2)), prb, rule="PRB -> Condition")


def goal(group: Group, m: Message) -> None:
    """GOL -> Goal."""
    for gol in group.all("GOL"):
        made = segment_map("GOL[Goal]").apply(gol, m)
        if "description" not in made or not m.patient:
            gol.left.clear()
            continue
        gol.left |= {n: () for n in (1, 2) if gol.raw(n)}
        status = "entered-in-error" if first(gol, 1).upper() == "DE" else "active"
        subject = {"reference": f"Patient/{m.patient}"}
        if "startDate" not in made and (start := moment(first(gol, 2), m.zone, m.partner.timezone)):
            made["startDate"] = start[:10]
        resource: FhirJson = {"resourceType": "Goal", "lifecycleStatus": status, **made, "subject": subject}
        m.add(resource, ("gol", m.patient, first(gol, 4) or first(gol, 3)), gol, rule="GOL -> Goal")


def referral(rf1: Segment, root: Group, m: Message) -> None:
    """RF1, PRD -> ServiceRequest: from whom, to whom, why."""
    status = {"A": "active", "P": "draft", "R": "revoked", "E": "completed"}.get(first(rf1, 1).upper()[:1], "active")
    made = segment_map("RF1[ServiceRequest]").apply(rf1, m)
    rf1.left |= {1: ()} if rf1.raw(1) else {}
    resource: FhirJson = {"resourceType": "ServiceRequest", "status": status, "intent": "order", **made}
    if until := moment(first(rf1, 8), m.zone, m.partner.timezone):
        rf1.left[8] = ()
        resource["occurrencePeriod"] = {"end": until}
    for g in root.groups("PRD"):
        prd = g.all("PRD")[0]
        if (who := provider(prd, m)) is None:
            continue
        role = first(prd, 1).upper()
        if role == "RP" and "requester" not in resource:
            resource["requester"] = who
        elif role in {"RT", "IR"}:
            resource.setdefault("performer", []).append(who)
    if said := [note(n, m) for n in root.all("NTE") if whole(n, 3)]:
        resource["note"] = said
    if m.patient:
        m.add(resource, ("rf1", first(rf1, 6) or first(rf1, 11) or m.control), rf1, rule="RF1 -> ServiceRequest")


def provider(prd: Segment, m: Message) -> FhirJson | None:
    """PRD -> Reference to a Practitioner."""
    told = name(prd.raw(2).partition("~")[0].split("^"), m) if prd.raw(2) else None
    if told is None:
        return None
    role = segment_map("PRD[PractitionerRole]").apply(prd, m)
    prd.left |= {n: () for n in (2, 3) if prd.raw(n)}
    resource: FhirJson = {"resourceType": "Practitioner", "name": [told]}
    if role.get("identifier"):
        resource["identifier"] = role["identifier"]
    for field, kind, convert in ((3, "address", address), (5, "telecom", telecom)):
        if found := [x for r in prd.raw(field).split("~") if r and (x := convert(r.split("^"), m))]:
            resource[kind] = found
    display = " ".join([*told.get("prefix", ()), *told.get("given", ()), *([told["family"]] if "family" in told else ())])
    number_ = resource["identifier"][0]["value"] if "identifier" in resource else ""
    key = ("prd", number_ or display)
    return {"reference": m.add(resource, key, prd, 2, rule="PRD -> Practitioner", own=False), "display": display}


def document(txa: Segment, root: Group, m: Message) -> None:
    """TXA and its OBX -> DocumentReference; text stays here, files are originals of their own. TXA[DocumentReference]."""
    made = segment_map("TXA[DocumentReference]").apply(txa, m)
    parts = [*root.all("OBX"), *(x for g in root.groups("OBX") for x in g.all("OBX"))]
    texts, content = [], []
    for x in parts:
        if first(x, 2).upper() in {"TX", "FT", "ST", ""} and (told := whole(x, 5)):
            x.left |= {n: () for n in (1, 2, 3, 4, 11, 14) if x.raw(n)}
            texts.append(told)
        elif found := attached(x):
            content.append(found)
        elif m.patient:
            observe(next(g for g in root.groups("OBX") if x in g.children), None, m)
    if texts:
        content.insert(0, as_text(texts))
    availability, progress = first(txa, 19).upper(), first(txa, 17).upper()
    txa.left |= {n: () for n in (3, 17, 19) if txa.raw(n)}
    gone = availability in {"CA", "OB"} or m.event == "T11"
    resource: FhirJson = {"resourceType": "DocumentReference", "status": "entered-in-error" if gone else "current", **made}
    resource["content"] = [{"attachment": a} for a in content or [{"title": first(txa, 2, 2) or first(txa, 2) or "document"}]]
    if "date" not in resource and (at := moment(first(txa, 4), m.zone, m.partner.timezone)) and "T" in at:
        txa.left[4] = ()
        resource["date"] = at
    elif (day := moment(first(txa, 4) or first(txa, 6), m.zone, m.partner.timezone)) and "date" not in resource:
        txa.left |= {n: () for n in (4, 6) if txa.raw(n)}
        resource.setdefault("context", {})["period"] = {"start": day}
    if progress in _DOCUMENT:
        resource["docStatus"] = _DOCUMENT[progress]
    if "authenticator" not in resource and txa.raw(22) and (who := professional(txa.parts(22), m, txa, 22)):  # TXA-22: PPN
        resource["authenticator"] = who
    if m.encounter:
        resource.setdefault("context", {})["encounter"] = [{"reference": m.encounter}]
    numbered = plain(txa.raw(12))
    m.add(resource, ("txa", numbered) if numbered else ("txa", m.control, txa.path), txa, rule="TXA -> DocumentReference")


def appointment(sch: Segment, root: Group, m: Message) -> None:
    """SCH, AIS, AIG, AIL, AIP -> Appointment. SCH[Appointment], AIS[Appointment] ..."""
    made = segment_map("SCH[Appointment]").apply(sch, m)
    written = first(sch, 25).upper()
    if written:
        sch.left[25] = ()
    status = _APPOINTMENT.get(written) or _BY_EVENT.get(m.event, "proposed")
    resource: FhirJson = {"resourceType": "Appointment", "status": status, **made}
    participants_: list[FhirJson] = resource.pop("participant", [])
    if m.patient:
        participants_.insert(0, {"actor": {"reference": f"Patient/{m.patient}"}, "status": "accepted"})
    timing = sch.raw(11).partition("~")[0].split("^")
    start, end = (moment(part(timing, n), m.zone, m.partner.timezone) for n in (4, 5))
    if start or end:
        sch.left[11] = tuple(n for n, x in enumerate(timing, 1) if x and n not in {1, 3, 4, 5, 6})
    tq1 = next((s for g in root.groups("TQ1") for s in g.all("TQ1")), None)
    if tq1:
        start, end = start or _at(tq1, 7, m), end or _at(tq1, 8, m)
    for g in root.deep("AIS", "AIG", "AIL", "AIP"):
        for s in g.all("AIS", "AIG", "AIL", "AIP"):
            own_start = _resource(s, g, m, resource, participants_)
            start = start or own_start
    minutes = _minutes(sch, 9, 10)
    if minutes:
        resource["minutesDuration"] = minutes
    _when(resource, start, end, minutes)
    if said := [n for x in root.all("NTE") if (n := whole(x, 3))]:
        resource["comment"] = "\n".join([*said, *([resource["comment"]] if "comment" in resource else ())])
    resource["participant"] = participants_ or [{"actor": {"display": "?"}, "status": "needs-action"}]
    key = ("sch", first(sch, 1) or first(sch, 2)) if first(sch, 1) or first(sch, 2) else ("sch", m.control)
    m.add(resource, key, sch, rule="SCH -> Appointment")


def _when(resource: FhirJson, start: str | None, end: str | None, minutes: int) -> None:
    """Both ends are instants, or none is told as such: what is known of the day goes to the description. FHIR app-2, app-3."""
    if start and "T" in start and not end and minutes:
        end = (datetime.fromisoformat(start) + timedelta(minutes=minutes)).isoformat()
    if start and end and "T" in start and "T" in end:
        resource |= {"start": start, "end": end}
    elif start:
        resource["requestedPeriod"] = [{"start": start, **({"end": end} if end else {})}]
    if resource["status"] not in {"proposed", "cancelled", "waitlist"} and "start" not in resource:
        resource["status"] = "cancelled" if resource["status"] in {"cancelled", "noshow"} else "proposed"


def _minutes(s: Segment, field: int, units: int) -> int:
    value, unit_ = number(first(s, field)), (first(s, units) or first(s, units, 2)).upper()
    if value is None or value <= 0:
        return 0
    s.left |= {n: () for n in (field, units) if s.raw(n)}
    return int(value * {"S": 1 / 60, "SEC": 1 / 60, "H": 60, "HR": 60, "HOURS": 60, "D": 1440}.get(unit_, 1)) or 1


def _at(s: Segment, field: int, m: Message) -> str | None:
    found = moment(first(s, field), m.zone, m.partner.timezone)
    if found:
        s.left[field] = ()
    return found


def _resource(s: Segment, group: Group, m: Message, resource: FhirJson, participants_: list[FhirJson]) -> str | None:
    """AIS, AIG, AIL, AIP: a service, or somebody or something that takes part; its start. AIS[Appointment], AIP[Appointment] ..."""
    s.left |= {n: () for n in (1, 2) if s.raw(n)}
    field = {"AIS": 4, "AIG": 8, "AIL": 6, "AIP": 6}[s.name]
    start = _at(s, field, m)
    minutes = _minutes(s, *{"AIS": (7, 8), "AIG": (11, 12), "AIL": (9, 10), "AIP": (9, 10)}[s.name])
    if minutes and "minutesDuration" not in resource and s.name == "AIS":
        resource["minutesDuration"] = minutes
    who: FhirJson | None = None
    if s.name == "AIS":
        if service := concept(s.parts(3), m):
            resource.setdefault("serviceType", []).append(service)
    elif s.name == "AIP":
        who = professional(s.raw(3).partition("~")[0].split("^"), m, s, 3)
    elif s.name == "AIL":
        who = location(s.raw(3).partition("~")[0].split("^"), m, s, 3)
    elif told := first(s, 3, 2) or first(s, 3) or first(s, 4, 2):
        who = {"display": told}
    if who:
        s.left[3] = tuple(
            n
            for n, x in enumerate(s.raw(3).partition("~")[0].split("^"), 1)
            if x and n not in (TAKES["professional" if s.name == "AIP" else "location"] or ())
        )
        one: FhirJson = {"actor": who, "status": "accepted"}
        kind = concept(s.parts(4), m) if s.name != "AIS" and s.raw(4) else None
        if kind:
            one["type"] = [kind]
        if start and s.name != "AIS":
            one["period"] = {"start": start}
        participants_.append(one)
    if said := [n for x in group.all("NTE") if (n := whole(x, 3))]:
        resource["comment"] = "\n".join([*([resource["comment"]] if "comment" in resource else ()), *said])
    return start
