"""Two languages: English msgids, Spanish from locale/es.po; dates as tools/written.py writes them."""

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from vado.tools.written import day_of, hours, written

__all__ = ["KINDS", "LANGUAGES", "PLAIN", "catalog", "day_of", "hours", "translations", "written"]
LANGUAGES = ("en", "es")
KINDS = {  # FHIR R4 resource types in plain words, for facts whose source gives them no title
    "Patient": "Who the person is", "RelatedPerson": "Relative or contact", "Practitioner": "Professional",
    "PractitionerRole": "Professional's role", "Organization": "Organisation", "Location": "Location",
    "Encounter": "Contact with care",
    "EpisodeOfCare": "Episode of care", "DocumentReference": "Document", "Composition": "Summary document",
    "Observation": "Observation",
    "DiagnosticReport": "Report", "Specimen": "Sample", "Condition": "Problem", "AllergyIntolerance": "Allergy",
    "Immunization": "Vaccination", "Procedure": "Procedure", "ServiceRequest": "Request", "Appointment": "Appointment",
    "CarePlan": "Care plan", "CareTeam": "Care team", "Goal": "Goal", "Device": "Device", "DeviceUseStatement": "Device in use",
    "Medication": "Medicine", "MedicationStatement": "Medicine taken", "MedicationRequest": "Prescription",
    "MedicationDispense": "Medicine handed over", "MedicationAdministration": "Medicine given", "Coverage": "Cover",
    "FamilyMemberHistory": "Family history", "Provenance": "Provenance", "Consent": "Consent", "Flag": "Alert",
}  # fmt: skip
PLAIN = {  # codes of ours as people say them
    "question": "A question why somebody looked", "dispute": "Something is not right", "correction": "A correction",
    "agreed": "Agreed: it will be corrected", "not agreed": "Not agreed", "answered": "Answered",
    "open": "not used yet", "used": "used", "revoked": "taken back", "over": "too old",
    "read": "read it", "found": "saw the name in a list", "assemble": "put it together", "export": "was sent it",
    "download": "took it away as a file", "contribute": "added something", "break-glass": "opened it in an emergency",
    "foresee": "looked at what a decision would change", "read-asked": "looked at what was asked",
    "read-accesses": "looked at who had looked", "read-consents": "looked at what was decided", "consent-hide": "hid something",
    "consent-share": "let an organisation read it", "consent-opt-out": "let nothing go between organisations",
    "consent-withdrawn": "took a decision back", "relate-proxy": "let somebody act", "end-proxy": "ended that somebody acts",
    "relate-declared": "wrote down a care relation", "open-original": "opened a document for a reason",
    "read-state": "looked at the state of a document",
    "allergies": "Allergies", "medications": "Medicines", "problems": "Health problems", "results": "Test results",
    "vital signs": "Measurements", "immunizations": "Vaccinations", "procedures": "Treatments and operations",
    "encounters": "Visits and stays", "plans": "Plans and requests", "social history": "Life and habits", "devices": "Devices",
    "documents": "Letters and documents", "other": "Other things", "what matters to the person": "What matters to me",
    "invite": "made a letter of invitation", "read-original": "read a document",
}  # fmt: skip


@cache
def translations(language: str) -> NullTranslations:
    """Give the translations of a language; English needs none."""
    if language == "en":
        return NullTranslations()
    binary = BytesIO()
    write_mo(binary, catalog(language))
    binary.seek(0)
    return Translations(binary)


def catalog(language: str) -> Any:
    """Read the .po file of a language."""
    with (files("vado.web") / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)
