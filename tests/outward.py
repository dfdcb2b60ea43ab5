"""Invented facts of one person told by several partners, and the record they make: what writers are tried on."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from vado.model.fact import NAMES_PERSON, Evidence, Fact
from vado.model.original import PartnerId, stable_id
from vado.model.person import LinkEvent, LinkKind, MatchGrade, Person
from vado.model.reading import Fidelity, Place
from vado.model.record import Record, Viewer
from vado.record.assemble import assemble

AT = datetime(2026, 11, 27, 10, 30, tzinfo=UTC)
SCT, LOINC, UCUM = "http://snomed.info/sct", "http://loinc.org", "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem/"


def coded(system: str, code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def plain_code(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": HL7 + system, "code": code}]}


def quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def fact(
    resource: dict[str, Any], partner: str = "clinic", *, fidelity: Fidelity = Fidelity.CODED, reader: str = "fhir/1",
    reviewed: bool = False, confidence: float = 1.0, key: str = "",
) -> Fact:  # fmt: skip
    """A fact of this partner, about its own patient."""
    kind = resource["resourceType"]
    patient = stable_id(partner, "Patient", "1")
    id_ = patient if kind == "Patient" else stable_id(partner, kind, key or str(sorted(resource.items())))
    resource = {**resource, "id": id_}
    if owner := NAMES_PERSON.get(kind):
        resource[owner] = {"reference": f"Patient/{patient}"}
    evidence = Evidence(
        PartnerId(partner), stable_id(partner, "original"), (Place("0" * 64, "x"),), reader, "test", fidelity, confidence, AT, reviewed
    )  # fmt: skip
    return Fact(resource, evidence, patient)


def patient(partner: str, number: str, system: str, **more: Any) -> Fact:
    own = {"type": {"coding": [{"system": HL7 + "v2-0203", "code": "MR"}]}, "system": system, "value": number}
    return fact(
        {
            "resourceType": "Patient", "identifier": [own], "name": [{"family": "Núñez Peña", "given": ["María", "José"], "use": "official"}],
            "birthDate": "1961-02-28", "gender": "female", **more,
        },
        partner,
    )  # fmt: skip


def record(facts: Iterable[Fact], at: datetime = AT) -> Record:
    """Join them as Vado does."""
    facts = list(facts)
    people = tuple(f for f in facts if f.kind == "Patient")
    links = tuple(LinkEvent(p.id, "person", LinkKind.LINK, MatchGrade.CERTAIN, 20.0, (), "rule", AT) for p in people)
    person = Person(stable_id("person", people[0].id), people, links)
    return assemble(person, [f for f in facts if f.kind != "Patient"], Viewer("test"), at)


def told_by_others() -> list[Fact]:
    """What a clinic and a laboratory tell of a person of the hospital: each kind of fact, some of it awkward."""
    sodium = fact(
        {
            "resourceType": "Observation", "status": "final", "category": [plain_code("observation-category", "laboratory")],
            "code": coded(LOINC, "2951-2", "Sodium"), "valueQuantity": quantity(138.5, "mmol/L"), "effectiveDateTime": "2026-11-20T08:15:00+01:00",
            "interpretation": [plain_code("v3-ObservationInterpretation", "N")], "referenceRange": [{"low": quantity(135, "mmol/L"), "high": quantity(145, "mmol/L")}],
        },
        "laboratory",
    )  # fmt: skip
    troponin = fact(
        {
            "resourceType": "Observation", "status": "final", "category": [plain_code("observation-category", "laboratory")],
            "code": coded(LOINC, "89579-7", "Troponin I"), "valueQuantity": {**quantity(5, "ng/L"), "comparator": "<"},
            "effectiveDateTime": "2026-11-20T08:15:00+01:00", "note": [{"text": "Repeat in 3 h | if pain\nCall ward"}],
        },
        "laboratory",
    )  # fmt: skip
    culture = fact(
        {
            "resourceType": "Observation", "status": "preliminary", "category": [plain_code("observation-category", "laboratory")],
            "code": coded(LOINC, "630-4", "Urine culture"), "valueCodeableConcept": coded(SCT, "112283007", "Escherichia coli"),
            "effectiveDateTime": "2026-11-21",
        },
        "laboratory",
    )  # fmt: skip
    report = fact(
        {
            "resourceType": "DiagnosticReport", "status": "final", "code": coded(LOINC, "24323-8", "Metabolic panel"),
            "effectiveDateTime": "2026-11-20T08:15:00+01:00", "issued": "2026-11-20T11:00:00+01:00", "conclusion": "Within range.",
            "result": [{"reference": f"Observation/{sodium.id}"}, {"reference": f"Observation/{troponin.id}"}],
        },
        "laboratory",
    )  # fmt: skip
    pressure = fact(
        {
            "resourceType": "Observation", "status": "final", "category": [plain_code("observation-category", "vital-signs")],
            "code": coded(LOINC, "85354-9", "Blood pressure"), "effectiveDateTime": "2026-11-19T09:00:00Z",
            "component": [
                {"code": coded(LOINC, "8480-6", "Systolic blood pressure"), "valueQuantity": quantity(128, "mm[Hg]")},
                {"code": coded(LOINC, "8462-4", "Diastolic blood pressure"), "valueQuantity": quantity(82, "mm[Hg]")},
            ],
        }
    )  # fmt: skip
    weight = fact(
        {
            "resourceType": "Observation", "status": "final", "category": [plain_code("observation-category", "vital-signs")],
            "code": coded(LOINC, "29463-7", "Body weight"), "effectiveDateTime": "2026-11-19T09:00:00Z", "valueQuantity": quantity(71.4, "kg"),
        }
    )  # fmt: skip
    smoking = fact(
        {
            "resourceType": "Observation", "status": "final", "category": [plain_code("observation-category", "social-history")],
            "code": coded(LOINC, "72166-2", "Tobacco smoking status"), "effectiveDateTime": "2026-11-19",
            "valueCodeableConcept": coded(SCT, "8517006", "Former smoker"),
        }
    )  # fmt: skip
    active = {"clinicalStatus": plain_code("condition-clinical", "active")}
    return [
        sodium, troponin, culture, report, pressure, weight, smoking,
        fact(
            {
                "resourceType": "AllergyIntolerance", "code": coded(SCT, "91936005", "Penicillin allergy"), "category": ["medication"], "type": "allergy",
                "clinicalStatus": plain_code("allergyintolerance-clinical", "active"), "onsetDateTime": "2001-05",
                "reaction": [{"manifestation": [coded(SCT, "271807003", "Rash")], "severity": "severe"}],
            }
        ),
        fact(
            {
                "resourceType": "AllergyIntolerance", "code": {"text": "Kiwi & <latex>"}, "category": ["food"], "criticality": "low",
                "clinicalStatus": plain_code("allergyintolerance-clinical", "resolved"),
            }
        ),
        fact({"resourceType": "Condition", "code": coded(SCT, "44054006", "Type 2 diabetes"), **active, "onsetDateTime": "2015-03-02", "recordedDate": "2015-03-04"}),
        fact(
            {
                "resourceType": "Condition", "code": coded(SCT, "233604007", "Pneumonia"), "onsetDateTime": "2020-01-10", "abatementDateTime": "2020-02-01",
                "clinicalStatus": plain_code("condition-clinical", "resolved"),
            }
        ),
        fact(
            {
                "resourceType": "MedicationStatement", "status": "active", "medicationCodeableConcept": coded("http://www.whocc.no/atc", "A10BA02", "Metformin 850 mg"),
                "effectivePeriod": {"start": "2015-03-02"},
                "dosage": [{"doseAndRate": [{"doseQuantity": quantity(850, "mg")}], "timing": {"repeat": {"frequency": 1, "period": 12, "periodUnit": "h"}},
                            "route": coded(SCT, "26643006", "Oral")}],
            }
        ),
        fact(
            {
                "resourceType": "MedicationRequest", "status": "active", "intent": "order", "medicationCodeableConcept": {"text": "Ramipril 5 mg"},
                "authoredOn": "2026-10-01", "dosageInstruction": [{"text": "One in the morning"}],
            }
        ),
        fact(
            {
                "resourceType": "Immunization", "status": "completed", "vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "141", "Influenza, seasonal"),
                "occurrenceDateTime": "2026-10-15", "lotNumber": "L<1>",
            }
        ),
        fact({"resourceType": "Procedure", "status": "completed", "code": coded(SCT, "80146002", "Appendectomy"), "performedDateTime": "1984-07-01"}),
        fact({"resourceType": "Procedure", "status": "not-done", "code": coded(SCT, "73761001", "Colonoscopy"), "performedDateTime": "2024-05-05"}),
        fact({"resourceType": "CarePlan", "status": "active", "intent": "plan", "title": "Diabetes plan"}),
    ]  # fmt: skip


def of_paper() -> list[Fact]:
    """What a scan and a letter say: the first was confirmed by a person, the others were not."""
    return [
        fact({"resourceType": "Condition", "code": {"text": "Hypothyroidism"}}, "old-clinic", fidelity=Fidelity.IMAGE, reader="scan/3", reviewed=True),
        fact({"resourceType": "Condition", "code": {"text": "Migraine"}}, "old-clinic", fidelity=Fidelity.IMAGE, reader="scan/3"),
        fact({"resourceType": "Condition", "code": {"text": "Epilepsy"}}, "old-clinic", fidelity=Fidelity.TEXT, reader="pdf_text/2", confidence=0.97),
    ]  # fmt: skip


def of_hospital() -> list[Fact]:
    """The partner's own patient and facts: what is written to it names its number, and does not tell it these again."""
    return [
        patient("hospital", "H123", "https://hospital.example/nhc"),
        fact({"resourceType": "Condition", "code": coded(SCT, "195967001", "Asthma"), "clinicalStatus": plain_code("condition-clinical", "active")}, "hospital"),
    ]  # fmt: skip


def everyone() -> list[Fact]:
    nhs = {
        "identifier": [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"},
            {"system": "https://clinic.example/id", "value": "C-9"},
        ]
    }
    contact = {
        "telecom": [{"system": "phone", "value": "+34 600 111 222", "use": "mobile"}],
        "address": [{"line": ["Calle Mayor 1", "2º B"], "city": "Lugo", "postalCode": "27001"}],
    }
    return [
        *of_hospital(),
        patient("clinic", "C-9", "https://clinic.example/id", **nhs, **contact),
        *told_by_others(),
        *of_paper(),
    ]
