"""A filled form by the partner's profile: fields to facts, the form itself as a document of the same person."""

from dataclasses import replace

from vado.extract.forms import form_facts
from vado.model.fact import Facts, tally
from vado.model.original import OriginalId, PartnerId
from vado.model.partner import PartnerProfile
from vado.model.reading import Box, Fidelity, Item, Place, Reading
from vado.tools.fhir_gate import check

ORIGINAL = OriginalId("0" * 64)
FORM = {
    "title": "Referral", "recognise": ["Surname", "Penicillin"],
    "map": {
        "Surname": "Patient.name.family", "Born": "Patient.birthDate",
        "NHS": "Patient.identifier:https://fhir.nhs.uk/Id/nhs-number",
        "Penicillin": "AllergyIntolerance.code", "Other box": "AllergyIntolerance#other.code",
        "Code": "Condition.code.coding:http://snomed.info/sct",
    },
    "code": {
        "Penicillin": {"Yes": {"system": "http://snomed.info/sct", "code": "91936005", "text": "Allergy to penicillin"}},
        "Other box": {"Yes": "Other allergy"},
    },
}  # fmt: skip
PARTNER = PartnerProfile(PartnerId("clinic"), "Clinic", forms=(FORM,))


def item(label: str, value: str, n: int, confidence: float = 1.0) -> Item:
    return Item(label, value, Place(ORIGINAL, f"page 1 / {n}", Box(0.1, n / 20, 0.5, n / 20 + 0.02)), confidence)


FIELDS = (
    item("Surname", "Fairweather", 1), item("Born", "09/03/1941", 2), item("NHS", "943 476 5919", 3),
    item("Penicillin", "Yes", 4, 0.8),
    item("Other box", "Off", 5), item("Code", "73211009", 6), item("Unknown", "x", 7), item("print", "Referral form", 8),
)  # fmt: skip
READING = Reading(ORIGINAL, "pdf_form/1", "application/pdf", Fidelity.FIELDS, FIELDS)


def told(reading: Reading, partner: PartnerProfile = PARTNER) -> Facts:
    facts = form_facts(reading, partner)
    assert not [f for f in check(facts.facts) if f]
    assert sum(tally(facts.ledger).values()) == len(reading.items)
    return facts


def test_fields_become_facts_of_one_person() -> None:
    facts = told(READING)
    assert [f.kind for f in facts.facts] == ["Patient", "AllergyIntolerance", "Condition", "DocumentReference"]
    assert len({f.patient for f in facts.facts}) == 1
    allergy = facts.facts[1]
    assert allergy.resource["code"]["coding"][0]["code"] == "91936005"
    assert allergy.evidence.places == (FIELDS[3].place,) and allergy.evidence.confidence == 0.8


def test_a_form_read_by_ocr_is_never_coded() -> None:
    facts = told(replace(READING, fidelity=Fidelity.IMAGE))
    codes = {f.kind: f.resource["code"] for f in facts.facts if "code" in f.resource}
    assert codes == {"AllergyIntolerance": {"text": "Allergy to penicillin"}, "Condition": {"text": "73211009"}}
    assert {f.evidence.fidelity for f in facts.facts} == {Fidelity.IMAGE}


def test_without_a_layout_it_is_any_document() -> None:
    assert [f.kind for f in told(READING, PartnerProfile(PartnerId("clinic"), "Clinic")).facts] == ["DocumentReference"]


def test_a_broken_layout_is_told() -> None:
    broken = PartnerProfile(PartnerId("clinic"), "Clinic", forms=({"map": {"Surname": "Patient.nonsense"}},))
    assert told(READING, broken).issues[0].code == "IN-407"
