"""What a letter states, and what it only denies, doubts or tells of others."""

import pytest

from vado.extract.fields import written_date
from vado.extract.letter import candidates
from vado.extract.paper import paper_facts
from vado.model.fact import End, Facts, tally
from vado.model.original import OriginalId, PartnerId
from vado.model.partner import PartnerProfile
from vado.model.reading import Box, Fidelity, Item, Place, Reading
from vado.terms.units import UCUM
from vado.tools.fhir_gate import check

ME = OriginalId("0" * 64)
PARTNER = PartnerProfile(PartnerId("made"), "Made", timezone="Europe/Madrid")
WHO = "Patient: Jane Smith  DOB: 12/03/1960  NHS No: 943 476 5919"


def said(*lines: str, fidelity: Fidelity = Fidelity.TEXT, sure: float = 1.0) -> Facts:
    items = tuple(Item("line", t, Place(ME, f"page 1 / line {n}"), sure) for n, t in enumerate(lines, 1))
    facts = paper_facts(Reading(ME, "pdf_text/1", "application/pdf", fidelity, items), PARTNER)
    assert not [fault for fault in check(facts.facts) if fault]
    assert sum(tally(facts.ledger).values()) == len(items)
    return facts


def texts(facts: Facts, kind: str) -> list[str]:
    key = "medicationCodeableConcept" if kind == "MedicationStatement" else "code"
    return [f.resource[key]["text"] for f in facts.facts if f.kind == kind]


def test_person_from_one_line() -> None:
    (patient,) = said(WHO).patients
    assert patient.resource["name"] == [{"text": "Jane Smith"}]
    assert patient.resource["birthDate"] == "1960-03-12"
    assert patient.resource["identifier"] == [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}]


def test_spanish_person_with_surnames_apart() -> None:
    (patient,) = said(
        "Nombre: Ana", "Apellidos: García López", "F. Nac.: 5 de mayo de 1971", "Sexo: Mujer", "NHC: 778812"
    ).patients
    assert patient.resource["name"] == [{"family": "García López", "given": ["Ana"]}]
    assert (patient.resource["birthDate"], patient.resource["gender"]) == ("1971-05-05", "female")
    assert patient.resource["identifier"][0]["system"] == "urn:x-vado:partner:made"


def test_regarding_line() -> None:
    (patient,) = said("Dear Doctor", "Re: Mrs Jane Smith (DOB 12/03/1960)").patients
    assert patient.resource["name"] == [{"text": "Jane Smith"}]


def test_value_in_the_cell_to_the_right() -> None:
    cells = [("Name", 0.1, 0.1), ("Jane Smith", 0.4, 0.1), ("Date of birth", 0.1, 0.2), ("12/03/1960", 0.4, 0.2)]
    items = tuple(
        Item("line", t, Place(ME, f"page 1 / line {n}", Box(x, y, x + 0.2, y + 0.02))) for n, (t, x, y) in enumerate(cells, 1)
    )
    facts = paper_facts(Reading(ME, "scan/1", "image/png", Fidelity.IMAGE, items), PARTNER)
    assert facts.patients[0].resource["birthDate"] == "1960-03-12"


def test_two_people_are_nobody() -> None:
    facts = said("Patient: Jane Smith", "DOB: 12/03/1960", "Patient: John Brown", "DOB: 01/01/1950")
    assert not facts.patients and "IN-504" in [i.code for i in facts.issues]


def test_number_with_wrong_check_digit_is_left_as_text() -> None:
    assert "identifier" not in said("Patient: Jane Smith  NHS No: 943 476 5918").patients[0].resource


def test_look_alikes_are_tried_only_for_ocr() -> None:
    line = "Patient: Jane Smith  NHS No: 943 476 59I9"
    assert "identifier" not in said(line).patients[0].resource
    facts = said(line, fidelity=Fidelity.IMAGE, sure=0.9)
    (number,) = facts.patients[0].resource["identifier"]
    assert number["value"] == "9434765919" and number["extension"][0]["valueString"] == "943 476 59I9"
    assert "IN-531" in [i.code for i in facts.issues] and facts.patients[0].evidence.confidence < 0.7


def test_sections() -> None:
    facts = said(
        WHO, "Diagnoses:", "1. Type 2 diabetes mellitus", "2. Possible angina", "- No evidence of retinopathy",
        "Medication:", "Metformin 500 mg twice daily", "Stop aspirin 75 mg", "Follow up in six weeks",
        "Allergies: Penicillin", "Family history:", "Breast cancer", "Plan:", "Asthma clinic",
    )  # fmt: skip
    assert texts(facts, "Condition") == ["Type 2 diabetes mellitus", "Possible angina"]
    assert "provisional" in str(
        next(f for f in facts.facts if "Possible" in str(f.resource.get("code"))).resource["verificationStatus"]
    )
    taken = {
        f.resource["medicationCodeableConcept"]["text"]: f.resource["status"]
        for f in facts.facts
        if f.kind == "MedicationStatement"
    }
    assert taken == {"Metformin 500 mg": "unknown", "aspirin 75 mg": "stopped"}
    (family,) = (f.resource for f in facts.facts if f.kind == "FamilyMemberHistory")
    assert family["condition"] == [{"code": {"text": "Breast cancer"}}]
    assert texts(facts, "AllergyIntolerance") == ["Penicillin"]


@pytest.mark.parametrize("line", ["Alergias: Sin alergias conocidas", "Allergies: No known drug allergies", "Allergies: NKDA"])
def test_no_known_allergies_is_said_as_printed(line: str) -> None:
    assert texts(said(WHO, line), "AllergyIntolerance") == [line.partition(": ")[2]]


def test_results_keep_value_unit_and_sign() -> None:
    facts = said(WHO, "Resultados:", "Glucosa 5,4 mmol/L", "CRP <5 mg/L", "Plaquetas 1.250 x10^9/L", "Vitals:", "TA 130/80 mmHg")
    values = {f.resource["code"]["text"]: f.resource for f in facts.facts if f.kind == "Observation"}
    assert values["Glucosa"]["valueQuantity"] == {"value": 5.4, "unit": "mmol/L", "system": UCUM, "code": "mmol/L"}
    assert values["CRP"]["valueQuantity"]["comparator"] == "<"
    assert "valueQuantity" not in values["Plaquetas"]
    assert [c["valueQuantity"]["value"] for c in values["TA"]["component"]] == [130, 80]


def test_without_a_person_statements_stay_text() -> None:
    facts = said("Diagnoses:", "Asthma")
    assert [f.kind for f in facts.facts] == ["DocumentReference"]
    assert tally(facts.ledger)[End.TEXT] == 2 and [i.code for i in facts.issues] == ["IN-011"]


def test_the_doctor_is_not_the_patient() -> None:
    assert not said("Doctor name: Mary Jones", "Name: ABC Ltd").patients


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("12/03/1960", "dmy", "1960-03-12"), ("12/03/1960", "mdy", "1960-12-03"), ("31/02/1960", "dmy", None),
        ("12/03/60", "dmy", None), ("1960-03-12", "dmy", "1960-03-12"), ("March 12, 1960", "dmy", "1960-03-12"),
        ("12-Mar-1960", "dmy", "1960-03-12"), ("13/13/1960", "dmy", None),
        ("doce de marzo de mil novecientos sesenta", "dmy", "1960-03-12"), ("treinta y uno de enero de dos mil tres", "dmy", "2003-01-31"),
        ("treinta y uno de febrero de dos mil tres", "dmy", None), ("uno de mayo de nunca", "dmy", None),
    ],
)  # fmt: skip
def test_written_dates(text: str, order: str, day: str | None) -> None:
    assert written_date(text, order) == day


def test_a_bare_m_is_no_sex_where_spanish_is_written() -> None:
    line = Item("line", "Paciente: Ana Gil  Fecha de nacimiento: 03/02/1970  Sexo: M", Place(ME, "page 1 / line 1"))
    reading = Reading(ME, "pdf_text/1", "application/pdf", Fidelity.TEXT, (line,))
    spanish = PartnerProfile(PartnerId("made"), "Made", languages=("es",))
    english = PartnerProfile(PartnerId("made"), "Made", languages=("en",))
    assert "gender" not in paper_facts(reading, spanish).patients[0].resource
    assert paper_facts(reading, english).patients[0].resource["gender"] == "male"


@pytest.mark.parametrize(
    ("label", "written", "kept"),
    [
        ("NASS", "28 12345678 40", [{"type": {"text": "NASS"}, "value": "281234567840"}]), ("CIPA", "nhc-1305469", []),
        ("CIPA", "1234567890", [{"type": {"text": "CIPA"}, "value": "1234567890"}]), ("CURP", "BOXW310820HNERXN08", []),
        ("CIP", "BBBBBBBBKF489571", [{"type": {"text": "CIP-SNS"}, "system": "urn:oid:2.16.724.4.40", "value": "BBBBBBBBKF489571"}]),
    ],
)  # fmt: skip
def test_numbers_of_spanish_persons(label: str, written: str, kept: list[object]) -> None:
    (patient,) = said("Paciente: Ana Gil", "Fecha de nacimiento: 03/02/1970", f"{label}: {written}").patients
    assert patient.resource.get("identifier", []) == kept


def test_an_age_is_no_birth_date() -> None:
    (patient,) = said("Nombre: Ana", "Apellidos: Gil Soto", "Edad: 72 años", "Varón de 72 años", "NHC: 778812").patients
    assert "birthDate" not in patient.resource


def test_a_bare_m_is_told_by_the_words_of_the_letter() -> None:
    lines = ("Paciente: Ana Gil", "Fecha de nacimiento: 03/02/1970  Sexo: M")
    partner = PartnerProfile(PartnerId("made"), "Made", languages=("es",))
    genders = []
    for more in ("Mujer de 54 años", "Varón de 54 años", "Mujer de 54 años. Varón de 3 años"):
        items = tuple(Item("line", t, Place(ME, f"line {n}")) for n, t in enumerate((*lines, more)))
        reading = Reading(ME, "text/2", "text/plain", Fidelity.TEXT, items)
        genders.append(paper_facts(reading, partner).patients[0].resource.get("gender"))
    assert genders == ["female", "male", None]


@pytest.mark.parametrize("name", ["D. José Vila Prieto", "D./Dña. José Vila Prieto", "Sr. José Vila Prieto", "José Vila Prieto."])
def test_titles_are_no_part_of_a_name(name: str) -> None:
    assert said(f"Paciente: {name}  F. Nac.: 03/02/1970").patients[0].resource["name"] == [{"text": "José Vila Prieto"}]


def test_what_ocr_read_is_never_coded() -> None:
    lines = (WHO, "Vitals: BP 120/80 mmHg, weight 70 kg", "Family history: mother has asthma", "Social history: ex-smoker")
    for fidelity, coded in ((Fidelity.TEXT, True), (Fidelity.IMAGE, False)):
        facts = said(*lines, fidelity=fidelity, sure=0.9)
        told = [f.resource for f in facts.facts if f.kind in ("Observation", "FamilyMemberHistory")]
        assert len(told) == 4
        things = [r.get("code") or r["relationship"] for r in told] + [r.get("valueQuantity", {}) for r in told]
        assert any("coding" in t or "system" in t for t in things) is coded


def test_a_wrapped_line_is_one_and_keeps_both_places() -> None:
    facts = said(WHO, "Diagnoses:", "1. Ischaemic cardiomyopathy with severe left", "ventricular dysfunction", "2. Gout")
    assert texts(facts, "Condition") == ["Ischaemic cardiomyopathy with severe left ventricular dysfunction", "Gout"]
    first = next(f for f in facts.facts if f.kind == "Condition")
    assert [p.path for p in first.evidence.places] == ["page 1 / line 3", "page 1 / line 4"]


def test_part_of_a_line_says_which_characters() -> None:
    facts = said(WHO, "Diagnoses: Asthma. Gout")
    paths = [f.evidence.places[0].path for f in facts.facts if f.kind == "Condition"]
    assert paths == ["page 1 / line 2 / characters 11-17", "page 1 / line 2 / characters 19-23"]


def test_letterhead() -> None:
    lines = (
        "St Example Hospital",
        "Discharge summary",
        "Date of discharge: 3rd March 2026",
        WHO,
        "Signed: Dr John Smith, Surgeon",
        "GMC: 1234567",
    )
    (document,) = (f.resource for f in said(*lines).facts if f.kind == "DocumentReference")
    assert document["type"] == {"text": "Discharge summary", "coding": [{"system": "http://loinc.org", "code": "18842-5"}]}
    assert document["custodian"] == {"display": "St Example Hospital"}
    assert document["content"][0]["attachment"]["creation"] == "2026-03-03"
    assert document["author"][0]["display"] == "Dr John Smith, Surgeon"
    assert document["author"][0]["identifier"]["value"] == "1234567"


def test_headings_and_denials_over_commas() -> None:
    facts = said(
        WHO, "Antecedentes personales: No fiebre, tos, disnea. HTA, asma. Padre con gota, ictus", "Alergias: NAMC", "Plan: asma"
    )
    assert texts(facts, "Condition") == ["HTA", "asma"]
    assert texts(facts, "AllergyIntolerance") == ["NAMC"]
    assert [f.resource["condition"][0]["code"]["text"] for f in facts.facts if f.kind == "FamilyMemberHistory"] == [
        "gota",
        "ictus",
    ]


def test_an_allergy_alone_under_its_heading_is_told_and_a_list_of_other_things_is_not() -> None:
    assert texts(said(WHO, "Allergies", "Penicillins", "Plan:", "Review"), "AllergyIntolerance") == ["Penicillins"]
    assert texts(said(WHO, "Allergies", "Asthma", "Gout", "Migraine"), "AllergyIntolerance") == []


@pytest.mark.parametrize(
    ("line", "medicine", "dose"),
    [
        ("furosemida 40 mg/24h", "furosemida 40 mg", "/24h"), ("Prasugrel: 10 mg/24 h", "Prasugrel: 10 mg", "/24 h"),
        ("Fentanilo 25 mcg/h parche cada 3 días", "Fentanilo 25 mcg/h", "parche cada 3 días"),
        ("Amoxicilina 250 mg/5 ml 5 ml cada 8 horas", "Amoxicilina 250 mg/5 ml", "5 ml cada 8 horas"),
        ("eplerenona 25 mg/24h, acenocumarol ajustado a INR", "eplerenona 25 mg", "/24h"),
    ],
)  # fmt: skip
def test_where_a_medicine_ends_and_its_dose_begins(line: str, medicine: str, dose: str) -> None:
    (fact,) = (f for f in said(WHO, "Tratamiento:", f"- {line}").facts if f.kind == "MedicationStatement")
    assert fact.resource["medicationCodeableConcept"]["text"] == medicine
    assert fact.resource["dosage"][0]["text"] == dose


def test_headings_with_more_words_behind() -> None:
    facts = said(WHO, "SIGNOS VITALES AL INGRESO:", "FC: 92 lpm", "MEDICACIÓN (según tarjeta):", "- AAS 100 mg c/24h")
    assert texts(facts, "Observation") == ["FC"] and texts(facts, "MedicationStatement") == ["AAS 100 mg"]


@pytest.mark.parametrize(("order", "day"), [("dmy", "2021-03-12"), ("mdy", "2021-12-03")])
def test_the_date_of_a_procedure_is_in_the_order_of_the_partner(order: str, day: str) -> None:
    items = [Item("line", "Procedures: Hip replacement 12/03/2021", Place(ME, "line 1"))]
    (found,) = candidates(items, order)
    assert found.resource["performedDateTime"] == day


@pytest.mark.parametrize(
    "text", ["Hip replacement 12/03/2021 left side", "Hip replacement 31/02/2021", "Hip replacement 1998 and 2004"]
)
def test_a_date_that_is_not_clear_stays_in_the_words(text: str) -> None:
    (found,) = candidates([Item("line", f"Procedures: {text}", Place(ME, "line 1"))])
    assert found.resource["code"]["text"] == text and "performedDateTime" not in found.resource
