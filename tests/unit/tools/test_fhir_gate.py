"""Valid resources pass the gate; every planted fault is found."""

from typing import Any

import pytest

from vado.model.fact import Evidence, Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.reading import Fidelity, Place
from vado.tools.fhir_gate import check, faults

CODE = {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hb"}
PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "a", "gender": "female", "birthDate": "1980-02-29"}
VALUE: dict[str, Any] = {
    "resourceType": "Observation", "id": "b", "status": "final", "code": CODE, "subject": {"reference": "Patient/a"},
    "effectiveDateTime": "2024-02-29T10:00:00Z", "valueQuantity": {"value": 13.5, "unit": "g/dL"},
}  # fmt: skip


def fact(resource: dict[str, Any], fidelity: Fidelity = Fidelity.CODED, *, reviewed: bool = False) -> Fact:
    original = OriginalId("0" * 64)
    evidence = Evidence(PartnerId("p"), original, (Place(original, "x"),), "t/1", "t", fidelity, reviewed=reviewed)
    return Fact(resource, evidence, "a")


@pytest.mark.parametrize("resource", [PATIENT, VALUE])
def test_valid_passes(resource: dict[str, Any]) -> None:
    assert faults(resource) == []


@pytest.mark.parametrize(
    ("resource", "change"),
    [
        (PATIENT, {"resourceType": "Person2"}),
        (PATIENT, {"gender": "f"}),
        (PATIENT, {"birthDate": "1981-02-29"}),
        (PATIENT, {"birthDate": "29/02/1980"}),
        (PATIENT, {"shoeSize": 41}),
        (PATIENT, {"name": "Roe"}),
        (PATIENT, {"active": "true"}),
        (PATIENT, {"generalPractitioner": [{"reference": "#gone"}]}),
        (PATIENT, {"contained": [{"resourceType": "Organization", "id": "o", "active": "yes"}]}),
        (VALUE, {"status": "done"}),
        (VALUE, {"status": None}),
        (VALUE, {"code": None}),
        (VALUE, {"valueString": "two values"}),
        (VALUE, {"effectiveDateTime": "2024-04-31"}),
        (VALUE, {"effectiveDateTime": "2024-02-29T10:00:00"}),
        (VALUE, {"valueQuantity": {"value": "13.5"}}),
        (VALUE, {"valueQuantity": {}}),
    ],
)
def test_planted_faults_are_found(resource: dict[str, Any], change: dict[str, Any]) -> None:
    assert faults({k: v for k, v in {**resource, **change}.items() if v is not None})


def test_no_fault_tells_a_value() -> None:
    assert "SECRET" not in str(faults({**PATIENT, "gender": "SECRET", "birthDate": "SECRET"}))


def test_lost_references() -> None:
    assert check([fact(PATIENT), fact(VALUE)]) == [[], []]
    (found,) = check([fact(VALUE)])
    assert found == [("Observation.subject.reference", "a reference to a resource that is not there")]


def test_codes_read_from_paper_need_a_person() -> None:
    _, found = check([fact(PATIENT), fact(VALUE, Fidelity.IMAGE)])
    assert [path for path, _ in found] == ["Observation.code"]
    assert check([fact(PATIENT), fact(VALUE, Fidelity.IMAGE, reviewed=True)]) == [[], []]
    text_only = {**VALUE, "code": {"text": "Hb"}}
    assert check([fact(PATIENT), fact(text_only, Fidelity.IMAGE)]) == [[], []]
