"""ORC, OBR, OBX, NTE, TQ1, SPM: orders, reports, observations, specimens.

HL7 v2-to-FHIR, ORC[ServiceRequest], OBR[ServiceRequest], OBR[DiagnosticReport], OBR[Specimen], OBX[Observation], SPM[Specimen].
"""

from vado.incoming.hl7v2.grammar import Group
from vado.incoming.hl7v2.mapping import segment_map
from vado.incoming.hl7v2.message import Message, Segment
from vado.incoming.hl7v2.names import concept, location, organization
from vado.incoming.hl7v2.observations import Order, as_text, note, observe
from vado.incoming.hl7v2.patient import participants
from vado.incoming.hl7v2.values import address, first, period, telecom, whole
from vado.model.fact import FhirJson

_REPORT = {
    "F": "final", "C": "corrected", "P": "preliminary", "R": "preliminary", "A": "partial", "I": "registered", "O": "registered",
    "S": "registered", "X": "cancelled", "M": "corrected", "N": "unknown", "Y": "unknown", "Z": "unknown", "E": "entered-in-error",
}  # fmt: skip # OBR-25, table 0123
_CONTROL = {
    "CA": "revoked", "OC": "revoked", "CR": "revoked", "DC": "revoked", "OD": "revoked", "DR": "revoked", "CM": "completed",
    "RE": "completed", "HD": "on-hold", "OH": "on-hold", "HR": "on-hold", "NW": "active", "OK": "active", "SC": "active", "SN": "active",
    "RP": "revoked", "RU": "active", "XO": "active", "XX": "active", "PA": "active", "CH": "active", "RL": "active", "RF": "active",
    "UA": "revoked", "OE": "active", "OR": "active", "NA": "active", "RO": "active", "XR": "active", "ER": "entered-in-error",
    "DE": "entered-in-error",
}  # fmt: skip # ORC-1, table 0119
_ORDER = {
    "A": "completed", "CA": "revoked", "CM": "completed", "DC": "revoked", "ER": "entered-in-error", "HD": "on-hold", "IP": "active",
    "RP": "revoked", "SC": "active",
}  # fmt: skip # ORC-5, table 0038
_REPORTING = frozenset(("ORU", "OUL", "ORF"))
_ORDERING = frozenset(("ORM", "OMG", "OML", "OMI", "OMB", "OMD", "OMN", "OMS", "OMP", "ORR", "ORL", "ORG", "REF"))


def order(group: Group, m: Message, specimen_: str | None = None) -> None:
    """Tell an ORC/OBR group: the request, its specimens, its results, its report."""
    o = Order(group, m)
    if specimen_:
        o.specimens.append(specimen_)
    elif o.obr and (found := _specimen_of_order(o, m)):
        o.specimens.append(found)
    for g in group.groups("SPM"):
        o.looked_at = specimen(g, o, m)
        o.specimens.append(o.looked_at)
        for inner in g.groups("OBX"):
            observe(inner, o, m)
        o.looked_at = None
    if spm := group.first("SPM"):
        o.specimens.append(specimen(group, o, m, spm))
    for g in group.groups("OBX"):
        observe(g, o, m)
    asked = _request(group, o, m)
    if o.obr is None:
        return
    if o.lines:
        o.documents.insert(0, {**as_text(o.lines), "title": first(o.obr, 4, 2) or first(o.obr, 4) or "report"})
    told = o.observations or o.documents
    if m.kind in _REPORTING or (told and (m.kind not in _ORDERING or m.kind == "REF")):  # what hangs on an order is no report
        _report(group, o, asked, m)


# OBR, ORC


def _request(group: Group, o: Order, m: Message) -> str | None:
    """ORC, OBR -> ServiceRequest, where somebody asks for something. ORC[ServiceRequest], OBR[ServiceRequest]."""
    obr, orc = o.obr, o.orc
    made = segment_map("ORC[ServiceRequest]").apply(orc, m) if orc else {}
    for name, value in segment_map("OBR[ServiceRequest]").apply(obr, m).items() if obr else ():
        join(made, name, value)
    for diet in group.all("ODS", "ODT"):  # what is ordered, when it is no service
        if "code" not in made and (code := concept(diet.parts(3), m)):
            made["code"] = code
    for timed in group.groups("TQ1"):
        for s in timed.all("TQ1"):
            for name, value in segment_map("TQ1[ServiceRequest]").apply(s, m).items():
                join(made, name, value)
    if m.patient is None or ("code" not in made and "identifier" not in made):
        return None
    if "occurrenceTiming" in made:
        made.pop("occurrenceDateTime", None)
    if "quantityQuantity" in made and made["quantityQuantity"]["value"] == 1 and len(made["quantityQuantity"]) == 1:
        del made["quantityQuantity"]
    resource: FhirJson = {
        "resourceType": "ServiceRequest",
        "status": _request_status(orc, o, m),
        "intent": _intent(obr) if obr else "order",
        **made,
    }
    if o.specimens:
        resource["specimen"] = [{"reference": r} for r in dict.fromkeys(o.specimens)]
    _where_from(orc, resource, m)
    if obr and obr.raw(17):  # OBR-17 -> how to call back who asked
        _reach(resource, "telecom", [x for r in obr.raw(17).split("~") if r and (x := telecom(r.split("^"), m))], obr, 17, m)
    if said := [note(n, m) for n in group.all("NTE") if whole(n, 3)]:
        resource.setdefault("note", []).extend(said)
    if obr and "occurrenceTiming" not in resource and o.time and m.kind not in _REPORTING:
        resource["occurrenceDateTime"] = o.time  # OBR-7, since no report will tell it
        obr.left[7] = ()
    for dg1 in group.all("DG1"):
        if reason := diagnosis(dg1, m):
            resource.setdefault("reasonReference", []).append({"reference": reason})
    if supporting := [{"reference": r} for r in o.observations] if m.kind in _ORDERING else []:
        resource["supportingInfo"] = supporting
    if m.encounter:
        resource["encounter"] = {"reference": m.encounter}
    where = orc or obr
    return m.add(resource, ("order", *o.key, o.service), where, rule="ORC, OBR -> ServiceRequest") if where else None


def diagnosis(dg1: Segment, m: Message) -> str | None:
    """DG1 -> Condition; give its reference. DG1[Condition]."""
    made = segment_map("DG1[Condition]").apply(dg1, m)
    said = whole(dg1, 4)
    if said and made.get("code", {}).get("text", "") in ("", first(dg1, 3)):
        made["code"] = {**made.get("code", {}), "text": said}
    if "code" not in made or not m.patient:
        dg1.left.clear()
        return None
    category = {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "encounter-diagnosis"}
    resource: FhirJson = {"resourceType": "Condition", "category": [{"coding": [category]}], **made}
    if m.encounter:
        resource["encounter"] = {"reference": m.encounter}
    key = ("dg1", m.patient, first(dg1, 3) or first(dg1, 3, 2) or said, first(dg1, 5)[:8])
    return m.add(resource, key, dg1, rule="DG1 -> Condition")


def join(made: FhirJson, name: str, value: object) -> None:
    """Lists grow without repeats, the first single value stays. Numbers told in both ORC and OBR count once."""
    if isinstance(value, list):
        known = made.setdefault(name, [])
        known += [v for v in value if not any(_same(v, k) for k in known)]
    else:
        made.setdefault(name, value)


def _same(one: FhirJson, other: FhirJson) -> bool:
    return one == other or ("value" in one and one["value"] == other.get("value") and one.get("type") == other.get("type"))


def _request_status(orc: Segment | None, o: Order, m: Message) -> str:
    """ORC-5, else ORC-1, else what the message is. OrderStatus, OrderControlCode[ServiceRequest.status]."""
    if orc:
        orc.left |= {n: () for n in (1, 5) if orc.raw(n)}
        if found := _ORDER.get(first(orc, 5).upper()) or _CONTROL.get(first(orc, 1).upper()):
            return found
    if m.kind in _ORDERING:
        return "active"
    return "completed" if o.obr and first(o.obr, 25).upper() in {"F", "C"} else "unknown"


def _intent(obr: Segment) -> str:
    """OBR-11. OBR[ServiceRequest]."""
    if obr.raw(11):
        obr.left[11] = ()
    return "reflex-order" if first(obr, 11).upper() == "G" else "order"


def _where_from(orc: Segment | None, resource: FhirJson, m: Message) -> None:
    """ORC-21 to -24: the ordering facility and its addresses; ORC-13: where it was entered; ORC-16: why. ORC[ServiceRequest]."""
    if orc is None:
        return
    if orc.raw(21) and (facility := organization(orc.parts(21), m, orc, 21)):
        reference = facility["reference"]
        for field, name, convert in ((22, "address", address), (23, "telecom", telecom)):
            for r in orc.take(field).split("~"):
                if r and (x := convert(r.split("^"), m)):
                    m.add_to(reference, name, x)
        doctor = resource.get("requester", {}).get("reference")
        if doctor:
            role: FhirJson = {"resourceType": "PractitionerRole", "practitioner": resource["requester"], "organization": facility}
            m.add(role, ("role", "ORC", doctor, reference), orc, 21, rule="ORC -> PractitionerRole", own=False)
        else:
            resource["requester"] = facility
    for field, name, convert in ((24, "address", address), (14, "telecom", telecom)):
        _reach(resource, name, [x for r in orc.raw(field).split("~") if r and (x := convert(r.split("^"), m))], orc, field, m)
    if orc.raw(16) and (why := concept(orc.parts(16), m)):
        resource.setdefault("reasonCode", []).append(why)
    if orc.raw(13) and (place := location(orc.parts(13), m, orc, 13)):
        resource.setdefault("locationReference", []).append(place)


def _reach(resource: FhirJson, name: str, found: list[FhirJson], s: Segment, field: int, m: Message) -> None:
    """Note an address or a number of the practitioner who asked."""
    doctor = resource.get("requester", {}).get("reference", "")
    if doctor.startswith("Practitioner/"):
        for x in found:
            m.add_to(doctor, name, x)
            s.left[field] = ()


def _report(group: Group, o: Order, asked: str | None, m: Message) -> None:
    """OBR -> DiagnosticReport, with the observations that belong to it. OBR[DiagnosticReport]."""
    obr = o.obr
    if obr is None:
        return
    made = segment_map("OBR[DiagnosticReport]").apply(obr, m)
    if "code" not in made:
        return
    if o.orc:
        for name, value in segment_map("ORC[DiagnosticReport]").apply(o.orc, m).items():
            join(made, name, value)
    status = first(obr, 25).upper()
    if status in _REPORT:
        obr.left[25] = ()
    resource: FhirJson = {"resourceType": "DiagnosticReport", "status": _REPORT.get(status, "unknown"), **made}
    if o.observations:
        resource["result"] = [{"reference": r} for r in dict.fromkeys(o.observations)]
    if o.specimens:
        resource["specimen"] = [{"reference": r} for r in dict.fromkeys(o.specimens)]
    for _, who in participants(group, m, houses=True):
        resource.setdefault("performer", []).append(who)
    if o.documents:
        resource["presentedForm"] = o.documents
    if m.encounter:
        resource["encounter"] = {"reference": m.encounter}
    if asked:
        resource["basedOn"] = [{"reference": asked}]
    if notes := [*[t for n in group.all("NTE") if (t := whole(n, 3))], *o.remarks]:
        resource["conclusion"] = "\n".join(notes)
    m.add(resource, ("obr", *o.key, o.service), obr, rule="OBR -> DiagnosticReport")


# Specimens


def specimen(group: Group, o: Order | None, m: Message, spm: Segment | None = None) -> str:
    """SPM -> Specimen; give its reference. SPM[Specimen]."""
    spm = spm or group.all("SPM")[0]
    resource: FhirJson = {"resourceType": "Specimen", **segment_map("SPM[Specimen]").apply(spm, m)}
    if span := period(spm.raw(17).split("^"), m):  # SPM-17 -> collected
        spm.left[17] = ()
        collection = resource.setdefault("collection", {})
        if "end" in span:
            collection["collectedPeriod"] = span
        else:
            collection["collectedDateTime"] = span["start"]
    if said := [note(n, m) for n in group.all("NTE") if whole(n, 3)] if group.shape.openers == ("SPM",) else []:
        resource.setdefault("note", []).extend(said)
    key = ("spm", *(o.key if o else (m.control,)), spm.raw(2), first(spm, 4), "" if spm.raw(2) else spm.path)
    return m.add(resource, key, spm, rule="SPM -> Specimen")


def _specimen_of_order(o: Order, m: Message) -> str | None:
    """OBR-9 to -15, before there was SPM -> Specimen. OBR[Specimen]."""
    obr = o.obr
    if obr is None or not any(obr.raw(n) for n in (9, 10, 13, 14, 15)):
        return None
    made = segment_map("OBR[Specimen]").apply(obr, m)
    if not obr.raw(15) and not obr.raw(14):  # a collector or a volume alone is no specimen of its own
        return None
    return m.add({"resourceType": "Specimen", **made}, ("obr specimen", *o.key, o.service), obr, 15, rule="OBR -> Specimen")
