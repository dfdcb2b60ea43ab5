"""Medicines and vaccines as entries. Source: C-CDA R2.1 Medication Activity, Immunization Activity."""

from fractions import Fraction

from vado.model.fact import FhirJson
from vado.outgoing.cda.entries import reference
from vado.outgoing.cda.paper import XSI, Element, Paper, add, figures, is_plain, pq, ts, uuid_of
from vado.record import words
from vado.record.outward import Told
from vado.record.words import Index

_TYPE = f"{{{XSI}}}type"
_STATEMENT = {
    "active": "active",
    "completed": "completed",
    "stopped": "aborted",
    "on-hold": "suspended",
    "not-taken": "completed",
}
_REQUEST = {"active": "active", "completed": "completed", "stopped": "aborted", "on-hold": "suspended", "cancelled": "cancelled"}
_MOOD = {"order": "RQO", "proposal": "PRP", "plan": "INT"}
_HOURS = {"h": 1, "d": 24, "wk": 168}
_DOSE = {"text", "timing", "route", "site", "doseAndRate", "sequence"}


def medication(paper: Paper, entry: Element, told: Told, index: Index) -> bool:
    """MedicationStatement, MedicationRequest -> Medication Activity: as it is (EVN), or as it is wanted."""
    m = told.fact.resource
    is_statement = told.fact.kind == "MedicationStatement"
    if not is_statement and told.fact.kind != "MedicationRequest":
        return False
    status, denied = m.get("status", ""), m.get("status") == "not-taken" or m.get("doNotPerform") is True
    if status in {"entered-in-error", "intended", "draft"} or "no-medication-info" in str(m.get("medicationCodeableConcept", "")):
        return False
    code = (_STATEMENT if is_statement else _REQUEST).get(status)
    if code is None and status != "unknown":
        paper.lost.add("status")
    mood = "EVN" if is_statement else _MOOD.get(m.get("intent", ""), "INT")
    if not is_statement and m.get("intent") not in _MOOD:
        paper.lost.add("intent")
    element = add(entry, "substanceAdministration", classCode="SBADM", moodCode=mood, negationInd="true" if denied else "")
    paper.claim(element, "medication")
    add(element, "id", root=uuid_of(told.fact.id))
    reference(element, told.fact.id)
    add(element, "statusCode", **({"code": code} if code else {"nullFlavor": "UNK"}))
    doses = m.get("dosage") or m.get("dosageInstruction") or []
    dose: FhirJson = doses[0] if doses else {}
    if len(doses) > 1:
        paper.lost.add("dosage (only the first as values)")
    bounds = dose.get("timing", {}).get("repeat", {}).get("boundsPeriod")
    paper.span(element, m if is_statement else {"effectivePeriod": bounds or {}}, "effective", low=True, xsi="IVL_TS")
    _dose(paper, element, dose)
    _product(paper, element, "product", words.concept(m, index))
    when, who = ("dateAsserted", "informationSource") if is_statement else ("authoredOn", "requester")
    paper.author(element, m.get(when), m.get(who))
    paper.comments(element, m)
    return True


def _dose(paper: Paper, element: Element, dose: FhirJson) -> None:
    """The first dosage: how often, by which route, where, how much; what is said in words stays in the narrative."""
    if dose.keys() - _DOSE or dose.get("text"):
        paper.lost.add(
            "dosage (words only in the narrative)" if dose.get("text") else "dosage (more than how often and how much)"
        )
    _timing(paper, element, dose.get("timing", {}))
    for name, kind in (("route", "routeCode"), ("site", "approachSiteCode")):
        if dose.get(name):
            paper.concept(element, kind, dose[name])
    amounts = dose.get("doseAndRate", [])
    amount = amounts[0].get("doseQuantity") if amounts else None
    if amount and is_plain(amount) and "comparator" not in amount:
        pq(element, "doseQuantity", amount)
    if len(amounts) > 1 or any(a.keys() - {"doseQuantity", "type"} for a in amounts) or (amount and not is_plain(amount)):
        paper.lost.add("dosage (how much)")


def _timing(paper: Paper, element: Element, timing: FhirJson) -> None:
    repeat = timing.get("repeat", {})
    every = _every(repeat)
    if every:
        time = add(element, "effectiveTime", operator="A", **{_TYPE: "PIVL_TS"})
        add(time, "period", value=every[0], unit=every[1])
    if (
        timing.keys() - {"repeat"}
        or repeat.keys() - {"frequency", "period", "periodUnit", "boundsPeriod"}
        or (repeat.get("period") and not every)
    ):
        paper.lost.add("dosage (timing)")


def _every(repeat: FhirJson) -> tuple[str, str] | None:
    """Give period and unit between two doses, when that is a plain number: twice a day is every 12 h."""
    period, unit, times = repeat.get("period"), repeat.get("periodUnit", ""), repeat.get("frequency", 1)
    if not figures(period) or not isinstance(times, int) or times < 1 or unit not in {"s", "min", "h", "d", "wk", "mo", "a"}:
        return None
    if times == 1:
        return figures(period), unit
    hours = Fraction(figures(period)) * _HOURS.get(unit, 0) / times
    return (str(hours.numerator), "h") if hours and hours.denominator == 1 else None


def _product(paper: Paper, element: Element, part: str, what: FhirJson) -> Element:
    product = add(add(element, "consumable"), "manufacturedProduct", classCode="MANU")
    paper.claim(product, part)
    paper.concept(add(product, "manufacturedMaterial"), "code", what)
    return product


def immunization(paper: Paper, entry: Element, told: Told, index: Index) -> bool:
    """Immunization -> Immunization Activity; one that was not given is denied."""
    i = told.fact.resource
    if told.fact.kind != "Immunization" or i.get("status") not in {"completed", "not-done"}:
        return False
    denied = i["status"] == "not-done"
    element = add(entry, "substanceAdministration", classCode="SBADM", moodCode="EVN", negationInd="true" if denied else "false")
    paper.claim(element, "immunization")
    add(element, "id", root=uuid_of(told.fact.id))
    if paper.profile == "eu":
        paper.own(element, "code", ("IMMUNIZ", "2.16.840.1.113883.5.4"))
    reference(element, told.fact.id)
    add(element, "statusCode", code="completed")
    at = ts(i.get("occurrenceDateTime"))
    add(element, "effectiveTime", **({"value": at} if at else {"nullFlavor": "UNK"}))
    for name, kind in (("route", "routeCode"), ("site", "approachSiteCode")):
        if i.get(name):
            paper.concept(element, kind, i[name])
    if is_plain(i.get("doseQuantity", {})):
        pq(element, "doseQuantity", i["doseQuantity"])
    elif "doseQuantity" in i:
        paper.lost.add("doseQuantity")
    _lot_and_maker(paper, _product(paper, element, "vaccine", i.get("vaccineCode", {})), i)
    paper.comments(element, i)
    return True


def _lot_and_maker(paper: Paper, product: Element, i: FhirJson) -> None:
    if lot := i.get("lotNumber"):
        add(product[-1], "lotNumberText", lot)
    if maker := i.get("manufacturer", {}).get("display", ""):
        add(add(product, "manufacturerOrganization"), "name", maker)
    elif i.get("manufacturer"):
        paper.lost.add("manufacturer")
    if i.get("occurrenceString", "unknown") != "unknown":
        paper.lost.add("occurrenceString")
