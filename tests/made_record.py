"""A made record for what goes out: five partners, contradictions, values from paper that wait and that do not, and awkward words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from vado.model.fact import Evidence, Fact
from vado.model.original import OriginalId, PartnerId, stable_id
from vado.model.partner import PartnerProfile
from vado.model.person import LinkEvent, LinkKind, MatchGrade, Person
from vado.model.reading import Fidelity, Place
from vado.model.record import Record, Viewer
from vado.record.assemble import assemble

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LOINC, SNOMED, ATC = "http://loinc.org", "http://snomed.info/sct", "http://www.whocc.no/atc"
PROFILE = PartnerProfile(PartnerId("council"), "Council social care team", languages=("es", "en"))
_CONDITION, _ALLERGY, _VERIFIED = (
    f"http://terminology.hl7.org/CodeSystem/{c}"
    for c in ("condition-clinical", "allergyintolerance-clinical", "condition-ver-status")
)


def fact(kind: str, key: str, partner: str = "hospital", /, **elements: Any) -> Fact:
    """One fact; `fidelity`, `confidence`, `days` (before NOW), `reader`, `reviewed` are its evidence, the rest its elements."""
    patient = stable_id(partner, "patient")
    fidelity, days = elements.pop("fidelity", Fidelity.CODED), elements.pop("days", 3)
    pixels = fidelity is Fidelity.IMAGE
    original = OriginalId(stable_id(partner, "original", key) * 2)
    evidence = Evidence(
        PartnerId(partner), original, (Place(original, "page 1" if pixels else f"{kind}[1]"),), elements.pop("reader", "scan/3" if pixels else "fhir/1"),
        "made", fidelity, elements.pop("confidence", 1.0), NOW - timedelta(days=days), elements.pop("reviewed", False),
    )  # fmt: skip
    id_ = patient if kind == "Patient" else stable_id(partner, kind, key)
    resource = {"resourceType": kind, "id": id_, **elements}
    if kind not in ("Patient", "Practitioner", "Organization"):
        resource["patient" if kind in ("AllergyIntolerance", "Immunization") else "subject"] = {"reference": f"Patient/{patient}"}
    return Fact(resource, evidence, patient if kind not in ("Practitioner", "Organization") else None)


def coded(system: str, code: str, words: str) -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def person(*patients: Fact) -> Person:
    """The person whom these patients are linked to."""
    links = tuple(LinkEvent(p.id, "x", LinkKind.LINK, MatchGrade.CERTAIN, 0.0, (), "rule", NOW) for p in patients)
    return Person(stable_id("person", "made"), patients, links)


def patients() -> tuple[Fact, ...]:
    """What three partners say of who it is."""
    name = [{"use": "official", "family": "Núñez Agüero", "given": ["María", "José"]}]
    number = {"type": coded("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record number"), "system": "https://hospital.example/nhc", "value": "H0042317"}  # fmt: skip
    return (
        fact("Patient", "p", "hospital", name=name, birthDate="1952-06-13", gender="female", identifier=[number],
             address=[{"line": ["C/ Mayor 12, 3.º B"], "postalCode": "28013", "city": "Madrid"}], telecom=[{"system": "phone", "value": "+34 600 000 000"}]),
        fact("Patient", "p", "gp-sur", name=[{"family": "Nuñez", "given": ["Maria José"]}], birthDate="1952-06-13", gender="female", days=40,
             identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}]),
        fact("Patient", "p", "old-clinic", name=[{"text": "Mª José Núñez"}], birthDate="1952-06", fidelity=Fidelity.IMAGE, confidence=0.93, days=2200),
    )  # fmt: skip


def facts() -> list[Fact]:
    """What they say about her."""
    active, still = {"coding": [{"system": _CONDITION, "code": "active"}]}, {"coding": [{"system": _ALLERGY, "code": "active"}]}
    resolved = {"coding": [{"system": _ALLERGY, "code": "resolved"}]}
    penicillin, bp = coded(SNOMED, "91936005", "Alergia a la penicilina"), coded(LOINC, "85354-9", "Tensión arterial")
    part = lambda code, words, n: {"code": coded(LOINC, code, words), "valueQuantity": {"value": n, "unit": "mmHg"}}  # noqa: E731
    return [
        fact("AllergyIntolerance", "a", code=penicillin, clinicalStatus=still, criticality="high", reaction=[{"manifestation": [{"text": "urticaria"}], "severity": "severe"}]),
        fact("AllergyIntolerance", "a", "gp-sur", code=penicillin, clinicalStatus=resolved, days=40),
        fact("AllergyIntolerance", "nuts", "old-clinic", code={"text": "frutos secos"}, clinicalStatus=still, fidelity=Fidelity.IMAGE, confidence=0.95, days=2200),
        fact("Condition", "asthma", code=coded(SNOMED, "195967001", "Asma"), clinicalStatus=active, onsetDateTime="2011-03"),
        fact("Condition", "asthma", "gp-sur", code=coded(SNOMED, "195967001", "Asma"), clinicalStatus=active, days=40),
        fact("Condition", "odd", "council", code={"text": "#panic(\"x\") *no* _es_ $x$ <b> \\u{41} 'movilidad reducida'"}, clinicalStatus=active, fidelity=Fidelity.FIELDS, days=12),
        fact("MedicationStatement", "salbutamol", medicationCodeableConcept=coded(ATC, "R03AC02", "Salbutamol 100 µg/dosis"), status="active",
             effectivePeriod={"start": "2019-05-04"}, dosage=[{"text": "2 inhalaciones si precisa"}]),
        fact("MedicationStatement", "enalapril", "pharmacy", medicationCodeableConcept={"text": "Enalapril 20 mg comprimidos"}, status="active", fidelity=Fidelity.STRUCTURED,
             dosage=[{"text": "1 comprimido cada 24 h, por la mañana, con el desayuno; no suspender sin consultar con su médico"}], effectiveDateTime="2026-10-01"),
        fact("Observation", "hba1c", "laboratory", code=coded(LOINC, "4548-4", "HbA1c"), status="final", effectiveDateTime="2026-10-21T08:12:00+02:00",
             valueQuantity={"value": 6.8, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}, interpretation=[{"text": "alto"}],
             referenceRange=[{"low": {"value": 4, "unit": "%"}, "high": {"value": 6, "unit": "%"}}]),
        fact("Observation", "crea", "laboratory", code=coded(LOINC, "2160-0", "Creatinina"), status="final", effectiveDateTime="2026-10-21T08:12:00+02:00",
             valueQuantity={"value": 0.9, "unit": "mg/dL"}, performer=[{"reference": f"Practitioner/{stable_id('laboratory', 'Practitioner', 'doc')}"}]),
        fact("Observation", "bp", category=[coded("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital signs")], code=bp, status="final",
             effectiveDateTime="2026-10-30", component=[part("8480-6", "sistólica", 142), part("8462-4", "diastólica", 86)]),
        fact("Immunization", "flu", "gp-sur", vaccineCode={"text": "Gripe 2026/27"}, status="completed", occurrenceDateTime="2026-10-14", days=40),
        fact("Procedure", "hip", "gp-sur", code={"text": "Artroplastia de cadera izquierda"}, status="completed", performedDateTime="2017", days=40),
        fact("DocumentReference", "letter", "old-clinic", status="current", type={"text": "Informe de alta"}, date="2020-11-01T00:00:00Z", fidelity=Fidelity.TEXT,
             content=[{"attachment": {"contentType": "text/plain", "title": "Informe"}}], days=2200),
        fact("Condition", "wrong", "gp-sur", code={"text": "Epilepsia"}, verificationStatus={"coding": [{"system": _VERIFIED, "code": "entered-in-error"}]}),
        fact("Practitioner", "doc", "laboratory", name=[{"family": "Ruiz"}]),
    ]  # fmt: skip


def waiting() -> list[Fact]:
    """What a machine read and is not sure of."""
    active = {"coding": [{"system": _CONDITION, "code": "active"}]}
    return [
        fact("MedicationStatement", "warf", "old-clinic", medicationCodeableConcept={"text": "Warfarina 5 mq"}, status="unknown", fidelity=Fidelity.IMAGE, confidence=0.61, days=2200),
        fact("Condition", "dm", "council", code={"text": "diabetes tipo 2 ?"}, clinicalStatus=active, fidelity=Fidelity.TEXT, confidence=0.7, reader="pdf_text/1", days=12),
    ]  # fmt: skip


def record() -> Record:
    """The record of all this."""
    told = facts()
    return assemble(person(*patients()), told, Viewer("test"), NOW, waiting())


def renamed(name: dict[str, Any], **more: Any) -> Record:
    """The record of somebody else, of whom only one partner says a name."""
    (first, *_) = patients()
    one = Fact(
        {k: v for k, v in first.resource.items() if k != "birthDate"} | {"name": [name]} | more, first.evidence, first.patient
    )
    return replace(assemble(person(one), [], Viewer("test"), NOW))
