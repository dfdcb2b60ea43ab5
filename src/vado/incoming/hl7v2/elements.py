"""Converters of single odd fields: what no datatype map covers. Each cites its field."""

from vado.incoming.hl7v2.message import Message, Segment
from vado.incoming.hl7v2.names import (
    CONVERTERS,
    REFERENCES,
    V2,
    concept,
    entity,
    identifier,
    own_system,
)  # fmt: skip
from vado.incoming.hl7v2.values import TAKES, TYPE_SYSTEM, moment, name, number, part, sub, text
from vado.model.fact import FhirJson

_SSN = "http://hl7.org/fhir/sid/us-ssn"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_CATEGORIES = {"LAB": "laboratory", "EXAM": "exam", "RAD": "imaging", "VS": "vital-signs", "RSLT": "laboratory", "SURV": "survey"}


def family(c: list[str], m: Message) -> str | None:
    """PID-6: the mother's family name."""
    return part(c, 1) or None


def licence(c: list[str], m: Message) -> FhirJson | None:
    """DLN, PLN: a licence number and who gave it. PID-20, PRA-6."""
    value, state = part(c, 1), part(c, 2)
    if not value:
        return None
    made: FhirJson = {"type": {"coding": [{"system": TYPE_SYSTEM, "code": "DL" if len(c) < 4 else "LN"}]}}
    made |= {"system": own_system(m, f"licence:{state}" if state else "licence"), "value": value}
    until = moment(part(c, 3), m.zone, m.partner.timezone)
    return {**made, "period": {"end": until}} if until else made


def social(c: list[str], m: Message) -> FhirJson | None:
    """NK1-37, GT1-12, PID-19: a social security number; of which country nobody says, so it is the partner's unless it is American."""
    value = part(c, 1)
    if not value:
        return None
    digits = value.replace("-", "")
    american = len(digits) == 9 and digits.isdigit() and (len(value) == 9 or (len(value) == 11 and value[3] == value[6] == "-"))
    system = m.partner.identifier_systems.get("SS") or (_SSN if american else own_system(m, "SS"))
    return {"type": {"coding": [{"system": TYPE_SYSTEM, "code": "SS"}]}, "system": system, "value": value}


def discharged(c: list[str], m: Message) -> FhirJson | None:
    """DLD: where the person went. PV1-37."""
    told = part(c, 1)
    return {"display": " ".join(x for x in (told, part(c, 2)) if x)} if told else None


def days(c: list[str], m: Message) -> FhirJson | None:
    """NM of days -> Duration. PV2-11."""
    value = number(part(c, 1))
    return {"value": value, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"} if value is not None else None


def person(c: list[str], m: Message) -> FhirJson | None:
    """XPN of who reported it -> a Reference by name. IAM-14."""
    told = name(c, m)
    if told is None:
        return None
    return {
        "display": " ".join([*told.get("prefix", ()), *told.get("given", ()), *([told["family"]] if "family" in told else ())])
    }


def code_status(c: list[str], m: Message) -> FhirJson | None:
    """IAM-17, table 0438 -> clinical status of an allergy."""
    code = {"A": "active", "C": "active", "S": "active", "P": "active", "D": "inactive", "I": "inactive", "E": "inactive"}.get(
        part(c, 1).upper()[:1]
    )
    return {"coding": [{"system": _CLINICAL, "code": code}]} if code else None


def coded_identifier(c: list[str], m: Message) -> FhirJson | None:
    """CWE -> Identifier. IN1-2; CWE[Identifier]."""
    value, named = part(c, 1), part(c, 3)
    if not value:
        return None
    made: FhirJson = {"system": m.partner.code_systems.get(named) or own_system(m, named or "plan"), "value": value}
    return {**made, "type": {"text": part(c, 2)}} if part(c, 2) else made


def organization_number(c: list[str], m: Message) -> FhirJson | None:
    """CX of an insured group's employer -> Reference by identifier. IN1-10."""
    made = identifier(c, m)
    return {"identifier": made} if made else None


def source(c: list[str], m: Message) -> FhirJson | None:
    """SPS.1: what the specimen is. OBR-15; SPS[Specimen]."""
    return concept(c[0].split("&"), m, "0070") if c[0] else None


def source_site(c: list[str], m: Message) -> FhirJson | None:
    """SPS.4: where it was taken. OBR-15; SPS[Specimen]."""
    return concept(c[3].split("&"), m, "0163") if len(c) > 3 and c[3] else None


def said(c: list[str], m: Message) -> str:
    """Give a CWE as words: its original text, its name, or its code."""
    return next((x for x in (part(c, 9), part(c, 2), part(c, 5), part(c, 1)) if x), "")


def coded_note(c: list[str], m: Message) -> FhirJson | None:
    """CWE -> Annotation. OBR-39, RXA-9; CWE[Annotation]."""
    told = said(c, m)
    return {"text": told} if told else None


def coded_text(c: list[str], m: Message) -> str | None:
    """CWE -> its words. RXO-7, RXE-7."""
    return said(c, m) or None


def care_site(c: list[str], m: Message, s: Segment, field: int) -> FhirJson | None:
    """LA2: where a vaccine was given. RXA-11; point of care, facility, address."""
    told = [x for x in (part(c, 1), part(c, 2), part(c, 3), part(c, 4)) if x]
    if not told:
        return None
    resource: FhirJson = {"resourceType": "Location", "name": " ".join(told)}
    line, rest = (
        part(c, 9),
        {k: x for n, k in ((11, "city"), (12, "state"), (13, "postalCode"), (14, "country")) if (x := part(c, n))},
    )
    if line or rest:
        resource["address"] = {**({"line": [line]} if line else {}), **rest}
    return {"reference": m.add(resource, ("la2", *told), s, field, rule="LA2 -> Location", own=False), "display": " ".join(told)}


def prescription(c: list[str], m: Message) -> FhirJson | None:
    """ST: the pharmacy's own number of a prescription. RXE-15, RXD-7."""
    value = part(c, 1)
    return {"system": own_system(m, "prescription"), "value": value} if value else None


def code_identifier(c: list[str], m: Message) -> FhirJson | None:
    """ST, CX: the number of a transaction. FT1-2."""
    value = part(c, 1)
    return {"system": own_system(m, "transaction"), "value": value} if value else None


def entity_target(c: list[str], m: Message) -> FhirJson | None:
    """EI of the parent document -> Reference by identifier. TXA-13."""
    made = entity(c, m)
    return {"identifier": made} if made else None


def file_name(c: list[str], m: Message) -> FhirJson | None:
    """ST: the sender's name of the file. TXA-16; ST[Identifier]."""
    value = text(c, m)
    return {"system": own_system(m, "document-file"), "value": value} if value else None


def name_of_xcn(c: list[str], m: Message) -> FhirJson | None:
    """XCN of somebody who is no professional -> HumanName. XCN[RelatedPerson]."""
    return name(c[1:] or [""], m)


def amount(c: list[str], m: Message) -> FhirJson | None:
    """NM -> Quantity without a unit. FT1-10."""
    value = number(part(c, 1))
    return {"value": value} if value is not None else None


def money(c: list[str], m: Message) -> FhirJson | None:
    """CP -> Money; its currency when one of three letters is said. FT1-11, chapter 2A.13."""
    value, currency = number(sub(c, 1, 1)), sub(c, 1, 2).upper()
    if value is None:
        return None
    return {"value": value, **({"currency": currency} if len(currency) == 3 and currency.isalpha() else {})}


def specialty(c: list[str], m: Message) -> FhirJson | None:
    """SPD -> CodeableConcept. PRA-5."""
    return {"text": part(c, 1)} if part(c, 1) else None


def quantity_priority(c: list[str], m: Message) -> str | None:
    """TQ.6: the priority of an order. OBR-27, ORC-7; TQ[ServiceRequest]."""
    return {"S": "stat", "A": "asap", "R": "routine", "P": "routine", "C": "asap", "T": "urgent"}.get(part(c, 6).upper()[:1])


def category(c: list[str], m: Message) -> FhirJson | None:
    """OBX-29, table 0936 -> Observation.category."""
    written = part(c, 1).upper()
    if not written:
        return None
    known = _CATEGORIES.get(written)
    return {"coding": [{"system": _CATEGORY, "code": known} if known else {"system": V2 + "0936", "code": written}]}


CONVERTERS |= {
    f.__name__: f
    for f in (
        family, licence, social, discharged, days, person, code_status, coded_identifier, organization_number, source, source_site,
        coded_note, coded_text, prescription, code_identifier, entity_target, file_name, name_of_xcn, amount, money, specialty,
        quantity_priority, category,
    )
}  # fmt: skip
REFERENCES["care_site"] = care_site
TAKES |= {
    "family": frozenset((1, 2, 7)), "licence": frozenset((1, 2, 3)), "social": frozenset((1,)), "discharged": frozenset((1, 2)),
    "days": frozenset((1,)), "person": frozenset((1, 2, 3, 5)), "code_status": frozenset((1, 2, 3)),
    "coded_identifier": frozenset((1, 2, 3)), "organization_number": frozenset((1, 4, 5)), "source": frozenset((1,)),
    "source_site": frozenset((4,)), "coded_note": frozenset((1, 2, 3, 5, 9)), "coded_text": frozenset((1, 2, 3, 5, 9)),
    "prescription": frozenset((1,)), "code_identifier": frozenset((1,)), "entity_target": frozenset((1, 2, 3, 4)), "file_name": None,
    "name_of_xcn": frozenset((2, 3, 4, 5, 6)), "amount": frozenset((1,)), "money": frozenset((1,)), "specialty": frozenset((1,)),
    "quantity_priority": frozenset((6,)), "category": frozenset((1,)), "care_site": frozenset((1, 2, 3, 4, 9, 11, 12, 13, 14)),
}  # fmt: skip
