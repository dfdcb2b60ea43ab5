"""RXA, RXO, RXE, RXD, RXG, RXR, RXC, TQ1: vaccines and medicines.

HL7 v2-to-FHIR, RXA[Immunization], RXO[MedicationRequest], RXR[MedicationRequest], TQ1[MedicationRequest], ORC[Immunization].
"""

from vado.incoming.hl7v2.grammar import Group
from vado.incoming.hl7v2.mapping import segment_map
from vado.incoming.hl7v2.message import Message, Segment
from vado.incoming.hl7v2.names import concept, quantity, unit
from vado.incoming.hl7v2.observations import note
from vado.incoming.hl7v2.orders import join
from vado.incoming.hl7v2.values import first, moment, number, whole
from vado.model.fact import FhirJson

_STATUS = {
    "CA": "cancelled",
    "OC": "cancelled",
    "DC": "stopped",
    "OD": "stopped",
    "HD": "on-hold",
    "OH": "on-hold",
    "DE": "entered-in-error",
}


def immunization(rxa: Segment, group: Group, m: Message) -> str | None:
    """RXA, RXR, OBX -> Immunization. RXA[Immunization]."""
    made = segment_map("RXA[Immunization]").apply(rxa, m)
    if "vaccineCode" not in made or not m.patient:
        rxa.left.clear()
        return None
    done, action = first(rxa, 20).upper() or "CP", first(rxa, 21).upper()
    rxa.left |= {n: () for n in (20, 21) if rxa.raw(n)}
    status = "entered-in-error" if action == "D" else "not-done" if done in {"RE", "NA"} else "completed"
    if "statusReason" in made and status != "not-done":
        made.setdefault("reasonCode", []).append(made.pop("statusReason"))
    resource: FhirJson = {"resourceType": "Immunization", "status": status, **made}
    resource.setdefault("occurrenceDateTime", None)
    if resource["occurrenceDateTime"] is None:
        del resource["occurrenceDateTime"]
        resource["occurrenceString"] = "unknown"
    _dose(rxa, m, resource)
    orc = group.first("ORC")
    if orc:
        for name, value in segment_map("ORC[Immunization]").apply(orc, m).items():
            resource[name] = (
                [*resource[name], *value] if name in resource and isinstance(value, list) else resource.get(name, value)
            )
        orc.left[1] = ()
    if rxr := group.first("RXR"):
        resource |= segment_map("RXR[Immunization]").apply(rxr, m)
    if m.encounter:
        resource["encounter"] = {"reference": m.encounter}
    filler = first(orc, 3) if orc else ""
    key = ("rxa", filler, first(rxa, 5)) if filler and filler != "9999" else ("rxa", m.patient, first(rxa, 5), first(rxa, 3))
    return m.add(resource, key, rxa, rule="RXA -> Immunization")


def _dose(rxa: Segment, m: Message, resource: FhirJson) -> None:
    """RXA-6, -7 -> doseQuantity; 999 says not known. CDC guide 2.5.1; CWE[Quantity]."""
    value = number(first(rxa, 6))
    if rxa.raw(6):
        rxa.left[6] = ()
    if value is not None and value not in {999, 0}:
        resource["doseQuantity"] = {"value": value, **(unit(rxa.parts(7), m) if rxa.raw(7) else {})}
    elif rxa.raw(7):
        rxa.left[7] = ()


def administered(rxa: Segment, group: Group, m: Message) -> str | None:
    """RXA of a RAS message -> MedicationAdministration."""
    made = segment_map("RXA[MedicationAdministration]").apply(rxa, m)
    if "medicationCodeableConcept" not in made or not m.patient:
        return None
    start, end = (moment(first(rxa, n), m.zone, m.partner.timezone) for n in (3, 4))
    rxa.left |= {n: () for n in (3, 4, 6, 7, 20, 21) if rxa.raw(n)}
    done = first(rxa, 20).upper()
    status = (
        "entered-in-error"
        if first(rxa, 21).upper() == "D"
        else {"RE": "not-done", "NA": "not-done", "PA": "stopped"}.get(done, "completed")
    )
    resource: FhirJson = {"resourceType": "MedicationAdministration", "status": status, **made}
    if start and end and end != start:
        resource["effectivePeriod"] = {"start": start, "end": end}
    else:
        resource["effectiveDateTime"] = start or (m.said.isoformat() if m.said else "")
    if not resource.get("effectiveDateTime", "x"):
        return None
    dosage: FhirJson = {}
    value = number(first(rxa, 6))
    if value is not None and value != 999:
        dosage["dose"] = {"value": value, **(unit(rxa.parts(7), m) if rxa.raw(7) else {})}
    if rxr := group.first("RXR"):
        made_rxr = segment_map("RXR[Dosage]").apply(rxr, m)
        dosage |= {k: v for k, v in made_rxr.items() if k in {"route", "site", "method"}}
    if dosage.keys() & {"dose"}:
        resource["dosage"] = dosage
    orc = group.first("ORC")
    if orc:
        resource |= {k: v for k, v in segment_map("ORC[Immunization]").apply(orc, m).items() if k == "identifier"}
    if m.encounter:
        resource["context"] = {"reference": m.encounter}
    number_ = (first(orc, 3) or first(orc, 2)) if orc else ""
    return m.add(
        resource, ("rxa given", number_ or m.control, first(rxa, 5), first(rxa, 3)), rxa, rule="RXA -> MedicationAdministration"
    )


def medicines(group: Group, m: Message) -> None:
    """Tell an ORC group of a pharmacy: what was asked for (RXO), encoded (RXE), handed over (RXD, RXG), given (RXA)."""
    asked: str | None = None
    for name in ("RXO", "RXE", "RXD", "RXG", "RXA"):
        for holder in (group, *group.groups(name)):
            for s in holder.all(name):
                if name == "RXA":
                    administered(s, holder if holder.first("RXR") else group, m)
                elif name in {"RXD", "RXG"}:
                    _dispense(s, holder, group, asked, m)
                else:
                    asked = _request(s, holder, group, asked, m)


def _request(s: Segment, holder: Group, group: Group, asked: str | None, m: Message) -> str | None:
    """RXO, RXE -> MedicationRequest; what the pharmacy encoded (RXE) is based on what was asked for (RXO)."""
    made = segment_map(f"{s.name}[MedicationRequest]").apply(s, m)
    if "medicationCodeableConcept" not in made or not m.patient:
        s.left.clear()
        return None
    orc = group.first("ORC")
    if orc:
        for name, value in segment_map("ORC[MedicationRequest]").apply(orc, m).items():
            join(made, name, value)
        orc.left |= {n: () for n in (1, 5) if orc.raw(n)}
    control = first(orc, 1).upper() if orc else ""
    status = _STATUS.get(control) or {"CM": "completed", "DC": "stopped", "CA": "cancelled", "HD": "on-hold"}.get(
        first(orc, 5).upper() if orc else "", "active"
    )
    first_asked = s.name == "RXO" and any(True for _ in group.below("RXE"))
    intent = "original-order" if first_asked else "order"
    resource: FhirJson = {"resourceType": "MedicationRequest", "status": status, "intent": intent, **made}
    if asked:
        resource["basedOn"] = [{"reference": asked}]
    dosage = resource.setdefault("dosageInstruction", [{}])[0]
    field = 1 if s.name == "RXO" else 2
    _amounts(s, field, m, dosage)
    if s.name == "RXE" and (said := whole(s, 1).replace("^", " ").replace("&", " ").strip()):  # quantity and timing of 2.3
        dosage.setdefault("text", " ".join(said.split()))
    _timing(holder, group, m, resource)
    _supply(s, m, resource)
    if not dosage:
        del resource["dosageInstruction"]
    form = {"RXO": 5, "RXE": 6}[s.name]
    strength = {"RXO": (18, 19), "RXE": (25, 26)}[s.name]
    parts = [x for g in (holder, *([group] if group is not holder else ())) for x in g.all("RXC")]
    _product(s, form, strength, parts, m, resource)
    if said := [note(n, m) for g in (holder, *([group] if group is not holder else ())) for n in g.all("NTE") if whole(n, 3)]:
        resource.setdefault("note", []).extend(said)
    if m.encounter:
        resource["encounter"] = {"reference": m.encounter}
    key = (s.name, _number(orc) or m.control, first(s, field) or first(s, field, 2))
    return m.add(resource, key, s, rule=f"{s.name} -> MedicationRequest")


def _number(orc: Segment | None) -> str:
    return (first(orc, 2) or first(orc, 3)) if orc else ""


def _amounts(s: Segment, field: int, m: Message, dosage: FhirJson) -> None:
    """RXO-2..4, RXE-3..5: give amount, minimum to maximum, and its unit. RXO[MedicationRequest]."""
    low, high = number(first(s, field + 1)), number(first(s, field + 2))
    unit_ = unit(s.parts(field + 3), m) if s.raw(field + 3) else {}
    s.left |= {n: () for n in (field + 1, field + 2) if s.raw(n)}
    if low is not None and high is not None and high != low:
        dosage["doseAndRate"] = [{"doseRange": {"low": {"value": low, **unit_}, "high": {"value": high, **unit_}}}]
    elif low is not None:
        dosage["doseAndRate"] = [{"doseQuantity": {"value": low, **unit_}}]
    rate = {1: (21, 22), 2: (23, 24)}[field]
    value = number(first(s, rate[0]))
    if value is not None:
        s.left[rate[0]] = ()
        unit_ = unit(s.parts(rate[1]), m) if s.raw(rate[1]) else {}
        dosage.setdefault("doseAndRate", [{}])[0]["rateQuantity"] = {"value": value, **unit_}


def _timing(holder: Group, group: Group, m: Message, resource: FhirJson) -> None:
    """TQ1, RXR -> the dosage instruction. TQ1[MedicationRequest], RXR[MedicationRequest]."""
    dosage = resource["dosageInstruction"][0]
    for g in (holder, *([group] if group is not holder else ())):
        for timed in g.groups("TQ1"):
            for s in timed.all("TQ1"):
                made = segment_map("TQ1[MedicationRequest]").apply(s, m)
                for name, value in made.pop("dosageInstruction", [{}])[0].items():
                    dosage.setdefault(name, value)
                for name, value in made.items():
                    resource.setdefault(name, value)
        if rxr := g.first("RXR"):
            for name, value in segment_map("RXR[Dosage]").apply(rxr, m).items():
                dosage.setdefault(name, value)


def _supply(s: Segment, m: Message, resource: FhirJson) -> None:
    """RXO-11, -12, RXE-10, -11: how much is to be handed over."""
    field = {"RXO": 11, "RXE": 10}[s.name]
    value = number(first(s, field))
    if value is not None:
        s.left[field] = ()
        amount = {"value": value, **(unit(s.parts(field + 1), m) if s.raw(field + 1) else {})}
        resource.setdefault("dispenseRequest", {})["quantity"] = amount
    if s.name == "RXE" and s.raw(19) and (most := quantity(s.raw(19).split("^"), m)):  # RXE-19: total daily dose
        s.left[19] = ()
        day = {"value": 1, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
        resource["dosageInstruction"][0]["maxDosePerPeriod"] = {"numerator": most, "denominator": day}


def _product(s: Segment, form: int, strength: tuple[int, int], parts: list[Segment], m: Message, resource: FhirJson) -> None:
    """Dosage form, strength and components (RXC) -> a contained Medication with the same code. RXO[MedicationRequest], Medication.doseForm."""
    shape = concept(s.raw(form).partition("~")[0].split("^"), m) if s.raw(form) else None
    value = number(first(s, strength[0]))
    ingredients = [i for rxc in parts if (i := _ingredient(rxc, m))]
    if shape is None and value is None and not ingredients:
        return
    product: FhirJson = {"resourceType": "Medication", "id": "product", "code": resource["medicationCodeableConcept"]}
    if shape:
        s.left[form] = ()
        product["form"] = shape
    if value is not None:
        s.left[strength[0]] = ()
        numerator = {"value": value, **(unit(s.parts(strength[1]), m) if s.raw(strength[1]) else {})}
        product["amount"] = {"numerator": numerator, "denominator": {"value": 1}}
    if ingredients:
        product["ingredient"] = ingredients
    resource["contained"] = [product]
    resource["supportingInformation"] = [{"reference": "#product"}]


def _ingredient(rxc: Segment, m: Message) -> FhirJson | None:
    """RXC -> Medication.ingredient: what it is and how much."""
    code = concept(rxc.parts(2), m)
    if code is None:
        return None
    rxc.left |= {1: ()} if rxc.raw(1) else {}
    made: FhirJson = {"itemCodeableConcept": code}
    if (value := number(first(rxc, 3))) is not None:
        rxc.left[3] = ()
        amount = {"value": value, **(unit(rxc.parts(4), m) if rxc.raw(4) else {})}
        made["strength"] = {"numerator": amount, "denominator": {"value": 1}}
    return {**made, "isActive": True} if first(rxc, 1).upper() == "A" else made


def _dispense(s: Segment, holder: Group, group: Group, asked: str | None, m: Message) -> None:
    """RXD, RXG -> MedicationDispense."""
    made = segment_map("RXD[MedicationDispense]").apply(s, m) if s.name == "RXD" else {}
    if s.name == "RXG" and (code := concept(s.parts(4), m)):
        made["medicationCodeableConcept"] = code
    if "medicationCodeableConcept" not in made or not m.patient:
        s.left.clear()
        return
    resource: FhirJson = {"resourceType": "MedicationDispense", "status": "completed", **made}
    field = 4 if s.name == "RXD" else 5
    value = number(first(s, field))
    if value is not None:
        s.left[field] = ()
        where = 5 if s.name == "RXD" else 7
        resource["quantity"] = {"value": value, **(unit(s.parts(where), m) if s.raw(where) else {})}
    orc = group.first("ORC")
    if orc:
        found = segment_map("ORC[Immunization]").apply(orc, m)
        resource.setdefault("identifier", []).extend(found.get("identifier", ()))
        orc.left[1] = ()
        if not resource["identifier"]:
            del resource["identifier"]
    if rxr := holder.first("RXR") or group.first("RXR"):
        dosage = {k: v for k, v in segment_map("RXR[Dosage]").apply(rxr, m).items()}
        if dosage:
            resource["dosageInstruction"] = [dosage]
    if asked:
        resource["authorizingPrescription"] = [{"reference": asked}]
    if m.encounter:
        resource["context"] = {"reference": m.encounter}
    key = (s.name, first(s, 7) or _number(orc) or m.control, first(s, 2 if s.name == "RXD" else 4), first(s, 3))
    m.add(resource, key, s, rule=f"{s.name} -> MedicationDispense")
