"""Results, vital signs, social history as entries. Source: C-CDA R2.1 Result Organizer, Vital Signs Organizer, Social History Observation."""

from collections.abc import Callable, Mapping
from typing import Any

from vado.model.fact import FhirJson
from vado.model.record import Kind
from vado.outgoing.cda.entries import reference
from vado.outgoing.cda.paper import LOINC, SNOMED, XSI, Element, Paper, add, is_plain, pq, ts, uuid_of
from vado.record import words
from vado.record.outward import Told, parts_of

_STATUS = {"final": "completed", "amended": "completed", "corrected": "completed", "preliminary": "active", "registered": "active",
           "cancelled": "aborted", "partial": "active", "appended": "completed"}  # fmt: skip
_SAME = {"final", "registered", "cancelled"}  # what the code means when it is read again
_DONE = {"final", "amended", "corrected", "unknown"}
_ABSENT = {"masked": "MSK", "not-applicable": "NA", "asked-unknown": "ASKU", "temp-unknown": "NAV", "not-asked": "NASK", "unknown": "UNK",
           "unsupported": "OTH"}  # fmt: skip
PART = {Kind.RESULT: "result", Kind.VITAL: "vital", Kind.SOCIAL: "social"}


def organizer(paper: Paper, entry: Element, kind: Kind, report: FhirJson | None, fact: str) -> Element:
    """Begin what holds observations: a report, the vital signs of one moment, or nothing that says anything of its own."""
    element = add(entry, "organizer", classCode="CLUSTER" if kind is Kind.VITAL else "BATTERY", moodCode="EVN")
    paper.claim(element, f"{PART[kind]} organizer")
    add(element, "id", root=uuid_of(fact) if report else uuid_of("organizer", fact))
    if report:
        paper.concept(element, "code", report.get("code", {}))
        _status(paper, element, report)
        paper.span(element, report, "effective")
        if report.get("status") not in _SAME:
            paper.lost.add("status")
        return element
    if kind is Kind.VITAL:
        code = paper.own(element, "code", ("46680005", SNOMED, "Vital signs"))
        paper.own(code, "translation", ("74728-7", LOINC, "Vital signs"))
    else:
        add(element, "code", nullFlavor="NI")
    add(element, "statusCode", code="completed")
    return element


def observation(paper: Paper, parent: Element, o: FhirJson, told: Told, name: str) -> None:
    """Observation -> observation with its value; `name` tells apart the parts of one fact."""
    fact, part = told.fact.id, PART[told.kind]
    element = add(parent, "observation", classCode="OBS", moodCode="EVN")
    paper.claim(element, part)
    add(element, "id", root=uuid_of(name, fact) if name else uuid_of(fact))
    paper.concept(element, "code", o.get("code", {}))
    reference(element, fact)
    if told.kind is Kind.RESULT:
        _status(paper, element, o)
    else:
        add(element, "statusCode", code="completed")
    if o.get("status") not in _SAME:
        paper.lost.add("status")
    paper.span(element, o, "effective")
    value(paper, element, o)
    for flag in o.get("interpretation", ()):
        paper.concept(element, "interpretationCode", flag)
    if o.get("method"):
        paper.concept(element, "methodCode", o["method"])
    if o.get("bodySite"):
        paper.concept(element, "targetSiteCode", o["bodySite"])
    paper.comments(element, o)
    for limits in o.get("referenceRange", ()):
        _range(paper, element, limits)


def can_be_said(told: Told) -> bool:
    """Say whether an entry can say it: vital signs and social history have to be completed, and a vital sign needs a quantity."""
    if told.fact.kind != "Observation" or not (some := parts_of(told.fact.resource)):
        return False
    if told.kind is not Kind.RESULT and told.fact.resource.get("status") not in _DONE:
        return False
    return told.kind is not Kind.VITAL or all(
        is_plain(o.get("valueQuantity", {})) and "comparator" not in o["valueQuantity"] for o in some
    )


def _status(paper: Paper, element: Element, o: FhirJson) -> None:
    code = _STATUS.get(o.get("status", ""))
    add(element, "statusCode", **({"code": code} if code else {"nullFlavor": "UNK"}))


def value(paper: Paper, parent: Element, o: FhirJson) -> None:
    """Write value[x] with the type that fits; else its words."""
    name = next((k for k in o if k.startswith("value")), "")
    found = o.get(name)
    if name == "valueCodeableConcept" and isinstance(found, dict):
        paper.concept(parent, "value", found, xsi="CD")
    elif name == "valueQuantity" and isinstance(found, dict) and is_plain(found):
        _quantity(parent, found)
    elif name in _PLAIN:
        add(parent, "value", value=_PLAIN[name][1](found), **{_TYPE: _PLAIN[name][0]})
    elif name in _PAIRS and _both(found, *_PAIRS[name][1]):
        kind, ends = _PAIRS[name]
        element = add(parent, "value", **{_TYPE: kind})
        for end in ends:
            pq(element, end, o[name][end])
    elif name:
        add(parent, "value", words.value(o), **{_TYPE: "ST"})
        if name != "valueString":
            paper.lost.add(f"{name} (sent as text)")
    else:
        _absent(paper, parent, o)


_TYPE = f"{{{XSI}}}type"
_PLAIN: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "valueInteger": ("INT", str), "valueBoolean": ("BL", lambda yes: "true" if yes else "false"), "valueDateTime": ("TS", ts),
}  # fmt: skip
_PAIRS = {"valueRange": ("IVL_PQ", ("low", "high")), "valueRatio": ("RTO_PQ_PQ", ("numerator", "denominator"))}


def _absent(paper: Paper, parent: Element, o: FhirJson) -> None:
    code = next((c.get("code", "") for c in o.get("dataAbsentReason", {}).get("coding", ())), "")
    add(parent, "value", nullFlavor=_ABSENT.get(code, "NI"), **{_TYPE: "CD"})
    if "dataAbsentReason" in o and code not in _ABSENT:
        paper.lost.add("dataAbsentReason")


def _both(found: object, one: str, other: str) -> bool:
    return isinstance(found, dict) and all(is_plain(found.get(k, {})) and "comparator" not in found[k] for k in (one, other))


def _quantity(parent: Element, q: FhirJson) -> None:
    sign = q.get("comparator", "")
    if not sign:
        pq(parent, "value", q, **{_TYPE: "PQ"})
        return
    element = add(parent, "value", **{_TYPE: "IVL_PQ"})
    pq(element, "high" if sign[0] == "<" else "low", q, inclusive="true" if sign.endswith("=") else "false")


def _range(paper: Paper, parent: Element, told: FhirJson) -> None:
    ends = {k: told[k] for k in ("low", "high") if is_plain(told.get(k, {}))}
    if told.keys() - {"low", "high", "text"} or len(ends) < len({"low", "high"} & told.keys()):
        paper.lost.add("referenceRange")
    inner = add(add(parent, "referenceRange"), "observationRange")
    add(inner, "text", told.get("text") or " - ".join(words.value({"valueQuantity": q}) for q in ends.values()))
    if ends:
        element = add(inner, "value", **{_TYPE: "IVL_PQ"})
        for name, end in ends.items():
            pq(element, name, end)
