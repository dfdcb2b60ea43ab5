"""The FHIR R4 elements that a layout can fill: their types, which repeat, and which codes they take.

Source: FHIR R4 (4.0.1) resource and datatype definitions; required bindings as named there.
"""

from dataclasses import dataclass

_ELEMENTS = {
    "Patient": "identifier Identifier*, active boolean, name HumanName*, telecom ContactPoint*, gender code, birthDate date,"
    "deceasedBoolean boolean, deceasedDateTime dateTime, address Address*, maritalStatus CodeableConcept,"
    "multipleBirthBoolean boolean, multipleBirthInteger integer, contact Contact*, communication Communication*,"
    "generalPractitioner Reference*, managingOrganization Reference",
    "Observation": "identifier Identifier*, status code, category CodeableConcept*, code CodeableConcept,"
    "effectiveDateTime dateTime, issued instant, performer Reference*, value value, valueQuantity Quantity,"
    "valueString string, valueCodeableConcept CodeableConcept, valueBoolean boolean, valueInteger integer,"
    "valueDateTime dateTime, dataAbsentReason CodeableConcept, interpretation CodeableConcept*, note Annotation*,"
    "bodySite CodeableConcept, method CodeableConcept, referenceRange Range*",
    "Condition": "identifier Identifier*, clinicalStatus CodeableConcept, verificationStatus CodeableConcept,"
    "category CodeableConcept*, severity CodeableConcept, code CodeableConcept, bodySite CodeableConcept*,"
    "onsetDateTime dateTime, onsetString string, abatementDateTime dateTime, recordedDate dateTime, recorder Reference,"
    "asserter Reference, note Annotation*",
    "AllergyIntolerance": "identifier Identifier*, clinicalStatus CodeableConcept, verificationStatus CodeableConcept, type code,"
    "category code*, criticality code, code CodeableConcept, onsetDateTime dateTime, onsetString string,"
    "recordedDate dateTime, lastOccurrence dateTime, note Annotation*, reaction Reaction*",
    "MedicationStatement": "identifier Identifier*, status code, category CodeableConcept,"
    "medicationCodeableConcept CodeableConcept,"
    "effectiveDateTime dateTime, effectivePeriod Period, dateAsserted dateTime, reasonCode CodeableConcept*, note Annotation*,"
    "dosage Dosage*",
    "MedicationRequest": "identifier Identifier*, status code, intent code, category CodeableConcept*,"
    "medicationCodeableConcept CodeableConcept, authoredOn dateTime, requester Reference, reasonCode CodeableConcept*,"
    "note Annotation*, dosageInstruction Dosage*",
    "MedicationDispense": "identifier Identifier*, status code, medicationCodeableConcept CodeableConcept, quantity Quantity,"
    "daysSupply Quantity, whenPrepared dateTime, whenHandedOver dateTime, note Annotation*, dosageInstruction Dosage*",
    "Immunization": "identifier Identifier*, status code, vaccineCode CodeableConcept, occurrenceDateTime dateTime,"
    "occurrenceString string, primarySource boolean, lotNumber string, expirationDate date, site CodeableConcept,"
    "route CodeableConcept, doseQuantity Quantity, note Annotation*",
    "Procedure": "identifier Identifier*, status code, category CodeableConcept, code CodeableConcept,"
    "performedDateTime dateTime,"
    "performedPeriod Period, performedString string, reasonCode CodeableConcept*, bodySite CodeableConcept*,"
    "outcome CodeableConcept, note Annotation*",
    "Encounter": "identifier Identifier*, status code, class Coding, type CodeableConcept*, serviceType CodeableConcept,"
    "period Period, reasonCode CodeableConcept*",
    "DiagnosticReport": "identifier Identifier*, status code, category CodeableConcept*, code CodeableConcept,"
    "effectiveDateTime dateTime, issued instant, performer Reference*, conclusion string",
    "CarePlan": "identifier Identifier*, status code, intent code, category CodeableConcept*, title string, description string,"
    "period Period, note Annotation*",
    "Device": "identifier Identifier*, status code, type CodeableConcept, lotNumber string, serialNumber string,note Annotation*",
    "Identifier": "use code, type CodeableConcept, system string, value string, period Period, assigner Reference",
    "HumanName": "use code, text string, family string, given string*, prefix string*, suffix string*, period Period",
    "ContactPoint": "system code, value string, use code",
    "Address": "use code, type code, text string, line string*, city string, district string, state string, postalCode string,"
    "country string, period Period",
    "CodeableConcept": "coding Coding*, text string",
    "Coding": "system string, version string, code string, display string",
    "Quantity": "value decimal, comparator code, unit string, system string, code string",
    "Period": "start dateTime, end dateTime",
    "Annotation": "text string, time dateTime",
    "Reference": "display string, identifier Identifier",
    "Range": "low Quantity, high Quantity, text string",
    "Reaction": "substance CodeableConcept, manifestation CodeableConcept*, description string, onset dateTime, severity code",
    "Dosage": "text string, patientInstruction string, asNeededBoolean boolean, route CodeableConcept",
    "Contact": "relationship CodeableConcept*, name HumanName, telecom ContactPoint*, address Address, gender code",
    "Communication": "language CodeableConcept, preferred boolean",
}
_THO = "http://terminology.hl7.org/CodeSystem/"
_EVENT = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
_CODES = {
    "Patient.gender": "male female other unknown",
    "Contact.gender": "male female other unknown",
    "ContactPoint.system": "phone fax email pager url sms other",
    "ContactPoint.use": "home work temp old mobile",
    "HumanName.use": "usual official temp nickname anonymous old maiden",
    "Address.use": "home work temp old billing",
    "Address.type": "postal physical both",
    "Identifier.use": "usual official temp secondary old",
    "Quantity.comparator": "< <= >= >",
    "Observation.status": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "DiagnosticReport.status": "registered partial preliminary final amended corrected appended cancelled "
    "entered-in-error unknown",
    "MedicationStatement.status": "active completed entered-in-error intended stopped on-hold unknown not-taken",
    "MedicationRequest.status": "active on-hold cancelled completed entered-in-error stopped draft unknown",
    "MedicationRequest.intent": "proposal plan order original-order reflex-order filler-order instance-order option",
    "MedicationDispense.status": "preparation in-progress cancelled on-hold completed entered-in-error stopped declined unknown",
    "Immunization.status": "completed entered-in-error not-done",
    "Procedure.status": _EVENT,
    "Encounter.status": "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    "CarePlan.status": "draft active on-hold revoked completed entered-in-error unknown",
    "CarePlan.intent": "proposal plan order option",
    "Device.status": "active inactive entered-in-error unknown",
    "AllergyIntolerance.type": "allergy intolerance",
    "AllergyIntolerance.category": "food medication environment biologic",
    "AllergyIntolerance.criticality": "low high unable-to-assess",
    "Reaction.severity": "mild moderate severe",
    "Condition.clinicalStatus": "active recurrence relapse inactive remission resolved",
    "Condition.verificationStatus": "unconfirmed provisional differential confirmed refuted entered-in-error",
    "AllergyIntolerance.clinicalStatus": "active inactive resolved",
    "AllergyIntolerance.verificationStatus": "unconfirmed confirmed refuted entered-in-error",
}
_SYSTEMS = {  # concepts whose code system FHIR fixes (required binding)
    "Condition.clinicalStatus": f"{_THO}condition-clinical",
    "Condition.verificationStatus": f"{_THO}condition-ver-status",
    "AllergyIntolerance.clinicalStatus": f"{_THO}allergyintolerance-clinical",
    "AllergyIntolerance.verificationStatus": f"{_THO}allergyintolerance-verification",
}
ESSENTIAL = {  # what a resource of this kind is about: without it there is nothing to say
    "Patient": ("identifier", "name"),
    "Observation": ("code",),
    "Condition": ("code",),
    "AllergyIntolerance": ("code",),
    "MedicationStatement": ("medicationCodeableConcept",),
    "MedicationRequest": ("medicationCodeableConcept",),
    "MedicationDispense": ("medicationCodeableConcept",),
    "Immunization": ("vaccineCode",),
    "Procedure": ("code",),
    "Encounter": ("identifier", "period"),
    "DiagnosticReport": ("code",),
    "CarePlan": ("category", "title", "description"),
    "Device": ("type",),
}
MUST_SAY = {  # required elements for which FHIR has no code that means 'not said'
    "Immunization": ("status",),
    "MedicationRequest": ("intent",),
    "Encounter": ("class",),
    "CarePlan": ("intent",),
}


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type: its own type, whether it repeats, the codes it takes (none: any) and the system FHIR fixes."""

    type: str
    repeats: bool
    codes: frozenset[str] = frozenset()
    system: str = ""


def element(parent: str, name: str) -> Element | None:
    """Give the element of this resource or datatype; None: there is none that a layout can fill."""
    return _TABLE.get((parent, name))


def _table() -> dict[tuple[str, str], Element]:
    table: dict[tuple[str, str], Element] = {}
    for parent, listed in _ELEMENTS.items():
        for pair in listed.split(","):
            name, kind = pair.split()
            path = f"{parent}.{name}"
            codes = frozenset(_CODES.get(path, "").split())
            table[parent, name] = Element(kind.rstrip("*"), kind.endswith("*"), codes, _SYSTEMS.get(path, ""))
    return table


_TABLE = _table()
