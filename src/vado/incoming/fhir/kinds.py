"""Which resource types a record takes, and where each names its person. FHIR R4, resource list and Patient compartment."""

# ruff: noqa: SIM905 - lists of quoted names are hard to read
LEFT = frozenset(
    "Bundle MessageHeader OperationOutcome Parameters CapabilityStatement StructureDefinition ValueSet CodeSystem ConceptMap "
    "SearchParameter OperationDefinition ImplementationGuide NamingSystem Subscription CompartmentDefinition GraphDefinition "
    "StructureMap TestScript TestReport TerminologyCapabilities MessageDefinition ExampleScenario".split()
)
ABOUT = ("subject", "patient", "beneficiary", "individual", "for", "source", "who")
WITH_IDENTIFIERS = frozenset(
    "Patient Practitioner PractitionerRole Organization Location RelatedPerson Encounter Condition Observation Procedure "
    "AllergyIntolerance MedicationRequest MedicationStatement MedicationAdministration MedicationDispense Medication "
    "Immunization DiagnosticReport DocumentReference ServiceRequest Specimen CarePlan CareTeam Goal Device Coverage Claim "
    "ExplanationOfBenefit Appointment EpisodeOfCare FamilyMemberHistory Flag ImagingStudy Media Task List Communication "
    "CommunicationRequest DeviceRequest DeviceUseStatement ClinicalImpression RiskAssessment NutritionOrder Schedule Slot "
    "HealthcareService Endpoint Consent Account ChargeItem DetectedIssue Substance SupplyDelivery SupplyRequest".split()
)
