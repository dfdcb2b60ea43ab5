"""What a person may correct, and what falls with a misread word."""

import pytest

from vado.record.correct import correctable, corrected

VALUE = {
    "resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/p"},
    "code": {"text": "Glucosa", "coding": [{"system": "http://loinc.org", "code": "2345-7"}]},
    "valueQuantity": {"value": 13.5, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"},
}  # fmt: skip


def test_only_what_was_read_may_be_corrected() -> None:
    assert correctable(VALUE) == (("code.text", "Glucosa"), ("valueQuantity.value", "13.5"), ("valueQuantity.unit", "mg/dL"))
    for path in ("id", "status", "subject.reference", "nothing", "code.coding[0].code"):
        with pytest.raises(ValueError, match=path.partition("[")[0]):
            corrected(VALUE, {path: "x"})


def test_a_code_that_came_of_a_misread_word_goes_with_it() -> None:
    assert corrected(VALUE, {"code.text": "Glicina"})["code"] == {"text": "Glicina"}
    assert corrected(VALUE, {"code.text": "Glucosa"}) == VALUE
    assert corrected(VALUE, {"valueQuantity.unit": "mmol/L"})["valueQuantity"] == {"value": 13.5, "unit": "mmol/L"}


@pytest.mark.parametrize(("said", "number"), [("135", 135), ("1,35", 1.35), ("13.50", 13.5), (" 7 ", 7)])
def test_a_number_stays_a_number(said: str, number: float) -> None:
    assert corrected(VALUE, {"valueQuantity.value": said})["valueQuantity"]["value"] == number
    assert VALUE["valueQuantity"]["value"] == 13.5, "what was read stays as it was"


@pytest.mark.parametrize("said", ["high", "NaN", "Infinity", "1.2.3"])
def test_what_is_no_number_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="number"):
        corrected(VALUE, {"valueQuantity.value": said})


def test_an_emptied_element_goes() -> None:
    assert "valueQuantity" not in corrected(VALUE, {"valueQuantity.value": "", "valueQuantity.unit": ""})
    patient = {"resourceType": "Patient", "id": "p", "name": [{"given": ["Ana", "x"], "family": "Gil"}]}
    assert corrected(patient, {"name[0].given[1]": ""})["name"] == [{"given": ["Ana"], "family": "Gil"}]
