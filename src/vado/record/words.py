"""A fact in the words of its source: title, detail, when. Nothing is translated or rounded."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vado.model.fact import FhirJson

Index = Mapping[str, FhirJson]  # 'Medication/<id>' -> resource

_WHEN = {
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued"),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod", "issued"),
    "Condition": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "AllergyIntolerance": ("onsetDateTime", "recordedDate"),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod", "dateAsserted"),
    "MedicationRequest": ("authoredOn",),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "MedicationAdministration": ("effectiveDateTime", "effectivePeriod"),
    "Immunization": ("occurrenceDateTime", "recorded"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "DeviceUseStatement": ("timingDateTime", "timingPeriod", "recordedOn"),
    "ServiceRequest": ("occurrenceDateTime", "occurrencePeriod", "authoredOn"),
}
_ELSE_WHEN = ("date", "period", "created", "start", "authored", "recordedDate", "startDate")
_QUIET = {"active", "final", "completed", "current", "finished", "confirmed"}  # a status that goes without saying


def text(concept: Any) -> str:
    """Give a CodeableConcept as written: its text, else a display, else a code; "" when it says nothing."""
    if not isinstance(concept, dict):
        return ""
    if told := concept.get("text"):
        return told
    codings = concept.get("coding", ())
    return next((w for name in ("display", "code") for c in codings if (w := c.get(name))), "")


def concept(resource: FhirJson, index: Index) -> FhirJson:
    """Give the CodeableConcept that says what this is about; a medicine told by reference is looked up."""
    for name in ("code", "medicationCodeableConcept", "vaccineCode", "type"):
        if resource.get(name):
            found = resource[name]
            return found[0] if isinstance(found, list) else found
    reference = resource.get("medicationReference") or resource.get("device") or {}
    target = reference.get("reference", "")
    inside = {f"#{c.get('id')}": c for c in resource.get("contained", ())}
    found = {**inside.get(target, {}), **index.get(target, {})}
    return found.get("code") or found.get("type") or ({"text": reference["display"]} if reference.get("display") else {})


def name_of(patient: FhirJson) -> str:
    """Give the name of a Patient as it is usually said; '?' when none is known."""
    names = patient.get("name") or [{}]
    first = next((n for n in names if n.get("use") in (None, "official", "usual")), names[0])
    said = " ".join([*first.get("given", ()), first.get("family", "")]).strip()
    return said or first.get("text") or "?"


def title(resource: FhirJson, index: Index) -> str:
    """Say what it is; the name of the resource type when the source gives no words."""
    told = text(concept(resource, index))
    if resource["resourceType"] == "FamilyMemberHistory":  # never the person's own problem: the relative comes first
        had = (text(c.get("code")) for c in resource.get("condition", ()))
        told = ": ".join(w for w in (text(resource.get("relationship")), ", ".join(w for w in had if w)) if w)
    if told:
        return told
    described = resource.get("description")
    more = (resource.get("title"), text(described) if isinstance(described, dict) else described, text(resource.get("class")))
    names = (n.get("name") for n in resource.get("deviceName", ()))
    categories = (text(c) for c in resource.get("category", ()))
    return next((w for w in (*more, *names, *categories) if w), resource["resourceType"])


def when(resource: FhirJson) -> str:
    """Give when it was, of the precision told; the start of a period; "" when not said."""
    for name in (*_WHEN.get(resource["resourceType"], ()), *_ELSE_WHEN):
        value = resource.get(name)
        if isinstance(value, dict):
            value = value.get("start") or value.get("end")
        if isinstance(value, str) and value[:4].isdigit():
            return value
    return ""


def detail(resource: FhirJson) -> str:
    """Say value, dose, reaction and any status that matters; "" when there is nothing to add."""
    parts = [value(resource)]
    for name, says in _ADDS.items():
        if name in resource:
            parts += says(resource)
    return "; ".join(dict.fromkeys(p for p in parts if p and p.casefold() not in _QUIET))


def doses(resource: FhirJson) -> list[str]:
    """Give each dosage: as written, else dose and timing."""
    told = resource.get("dosage") or resource.get("dosageInstruction") or ()
    return [d for one in ([told] if isinstance(told, dict) else told) if (d := _dose(one))]


def value(resource: FhirJson) -> str:
    """Give value[x] with its unit, as written; "" when there is none."""
    name = next((k for k in resource if k.startswith("value")), "")
    found: Any = resource.get(name)
    if name == "valueCodeableConcept":
        return text(found)
    if name in {"valueRange", "valueRatio"}:
        ends = [_quantity(q) for q in found.values() if isinstance(q, dict)]
        return (" - " if name == "valueRange" else " : ").join(ends)
    if isinstance(found, dict):
        return _quantity(found) or found.get("start", "")
    return "" if found is None else {True: "yes", False: "no"}.get(found, str(found)) if name == "valueBoolean" else str(found)


def _quantity(quantity: FhirJson) -> str:
    if "value" not in quantity:
        return ""
    unit = quantity.get("unit") or quantity.get("code") or ""
    return f"{quantity.get('comparator', '')}{quantity['value']} {unit}".strip()


def _components(resource: FhirJson) -> list[str]:
    return [f"{text(c.get('code'))} {value(c)}".strip() for c in resource.get("component", ())]


def _dose(dosage: FhirJson) -> str:
    if dosage.get("text"):
        return dosage["text"]
    amounts = [_quantity(r["doseQuantity"]) for r in dosage.get("doseAndRate", ()) if "doseQuantity" in r]
    amounts += [_quantity(dosage["dose"])] if isinstance(dosage.get("dose"), dict) else []
    return " ".join(w for w in (*amounts, text(dosage.get("route")), text(dosage.get("timing", {}).get("code"))) if w)


_ADDS: dict[str, Callable[[FhirJson], Iterable[str]]] = {  # what elements add to a value, in the order in which they are said
    "component": _components,
    "dataAbsentReason": lambda r: [text(r["dataAbsentReason"])],
    "dosage": doses,
    "dosageInstruction": lambda r: () if r.get("dosage") else doses(r),
    "reaction": lambda r: [
        *(text(m) for one in r["reaction"] for m in one.get("manifestation", ())), *(one.get("severity", "") for one in r["reaction"]),
    ],
    "interpretation": lambda r: [text(i) for i in r["interpretation"]] if r["resourceType"] == "Observation" else (),
    "clinicalStatus": lambda r: [text(r["clinicalStatus"])],
    "verificationStatus": lambda r: [text(r["verificationStatus"])],
    "conclusion": lambda r: [r["conclusion"]],
    "status": lambda r: [r["status"]],
    "doNotPerform": lambda r: ["not to be given"] if r["doNotPerform"] else (),
    "note": lambda r: [note.get("text", "") for note in r["note"]],
}  # fmt: skip
