"""A fact in the words of its source: title, detail, when. Nothing is translated or rounded."""

from collections.abc import Mapping
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
    codings = concept.get("coding", ())
    words = (concept.get("text"), *(c.get("display") for c in codings), *(c.get("code") for c in codings))
    return next((w for w in words if w), "")


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
    described = resource.get("description")
    more = (resource.get("title"), text(described) if isinstance(described, dict) else described, text(resource.get("class")))
    names = (n.get("name") for n in resource.get("deviceName", ()))
    categories = (text(c) for c in resource.get("category", ()))
    if resource["resourceType"] == "FamilyMemberHistory":  # never the person's own problem: the relative comes first
        had = (text(c.get("code")) for c in resource.get("condition", ()))
        told = ": ".join(w for w in (text(resource.get("relationship")), ", ".join(w for w in had if w)) if w)
    return next((w for w in (told, *more, *names, *categories) if w), resource["resourceType"])


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
    parts = [value(resource), *_components(resource), text(resource.get("dataAbsentReason")), *doses(resource)]
    parts += [text(m) for r in resource.get("reaction", ()) for m in r.get("manifestation", ())]
    parts += [r.get("severity", "") for r in resource.get("reaction", ())]
    parts += [text(i) for i in resource.get("interpretation", ())] if resource["resourceType"] == "Observation" else []
    parts += [text(resource.get("clinicalStatus")), text(resource.get("verificationStatus"))]
    parts += [resource.get("conclusion", ""), resource.get("status", "")]
    parts += ["not to be given"] if resource.get("doNotPerform") else []
    parts += [note.get("text", "") for note in resource.get("note", ())]
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
