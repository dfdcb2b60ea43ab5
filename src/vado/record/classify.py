"""Which part of the record a fact belongs to."""

from vado.model.fact import Fact, FhirJson
from vado.model.record import Kind
from vado.model.said import voice_of
from vado.terms.home import STORY

_BY_TYPE = {
    "AllergyIntolerance": Kind.ALLERGY, "Condition": Kind.PROBLEM, "Immunization": Kind.IMMUNIZATION,
    **dict.fromkeys(
        ("MedicationStatement", "MedicationRequest", "MedicationDispense", "MedicationAdministration"), Kind.MEDICATION
    ),
    "Observation": Kind.RESULT, "DiagnosticReport": Kind.RESULT, "Procedure": Kind.PROCEDURE,
    **dict.fromkeys(("Encounter", "Appointment"), Kind.ENCOUNTER),
    **dict.fromkeys(("CarePlan", "CareTeam", "Goal", "ServiceRequest"), Kind.PLAN),
    **dict.fromkeys(("Device", "DeviceUseStatement"), Kind.DEVICE),
    **dict.fromkeys(("DocumentReference", "Composition", "Media", "Binary"), Kind.DOCUMENT),
}  # fmt: skip
_BY_CATEGORY = {"vital-signs": Kind.VITAL, "social-history": Kind.SOCIAL}
_REFERRED = {
    "Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "Medication", "Specimen", "RelatedPerson",
    "Provenance", "HealthcareService", "Endpoint", "Substance",
}  # fmt: skip


def classify(fact: Fact) -> Kind | None:
    """Give the part of the record; None for what lines refer to (practitioners, places, medicines, ...)."""
    if fact.kind in _REFERRED:
        return None
    if fact.kind == "Communication" and voice_of(fact):
        return None  # what the person says against a fact stands beside that fact
    if fact.kind == "Observation" and any(c.get("code") == STORY[0] for c in fact.resource.get("code", {}).get("coding", ())):
        return Kind.STORY
    if fact.kind == "Observation":
        return next((k for c in _category_codes(fact.resource) if (k := _BY_CATEGORY.get(c))), Kind.RESULT)
    return _BY_TYPE.get(fact.kind, Kind.OTHER)


def _category_codes(resource: FhirJson) -> list[str]:
    return [c.get("code", "") for category in resource.get("category", ()) for c in category.get("coding", ())]
