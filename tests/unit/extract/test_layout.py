"""A layout puts each value where it fits, or says why not; it never invents."""

from collections.abc import Mapping
from typing import Any

import pytest

from vado.extract.fill import Filling
from vado.extract.layout import choose, compile_layout
from vado.extract.person import meaning, person_layout
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile

PARTNER = PartnerProfile(PartnerId("lab"), "Lab", identifier_systems={"HC": "https://h.example/hc"})


def fill(map_: Mapping[str, Any], values: Mapping[str, Any], *, codes: bool = True, **more: Any) -> dict[str, Any]:
    filled = Filling(compile_layout({"title": "t", "map": map_, **more}), PARTNER, codes=codes).fill(values)
    assert not filled.bad
    return {m.name: {k: v for k, v in m.resource.items() if k != "resourceType"} for m in filled.made}


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"map": {"A": "Patient.nonsense"}}, "nonsense"),
        ({"map": {"A": "Bundle.type"}}, "Bundle.type"),
        ({"map": {"A": "Patient.name.family"}, "colour": 1}, "colour"),
        ({"map": {"A": "Observation.value"}}, "code"),
        ({"map": {"A": "Immunization.vaccineCode"}}, "status"),
        ({"map": {"A": "Patient.name.family"}, "dates": "ymm"}, "dates"),
        ({}, "map"),
    ],
)
def test_a_layout_that_cannot_work_is_refused_by_name(table: Mapping[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        compile_layout(table)


def test_the_layout_that_asks_for_most_is_chosen() -> None:
    few = compile_layout({"title": "few", "recognise": ["NHC"], "map": {"NHC": "Patient.identifier"}})
    more = compile_layout({"title": "more", "recognise": ["NHC", "Núm"], "map": {"NHC": "Patient.identifier"}})
    assert choose([few, more], ["nhc", " NUM: ", "x"]) is more
    assert choose([few, more], ["nhc"]) is few
    assert choose([few, more], ["num"]) is None


def test_names_addresses_and_numbers() -> None:
    map_ = {
        "A1": "Patient.name.family", "A2": "Patient.name.family", "N": "Patient.name.given", "N2": "Patient.name.given",
        "Old": "Patient.name#maiden.family", "Id": "Patient.identifier:HC", "Own": "Patient.identifier",
        "X": "Patient.identifier:ZZ",
        "T": "Patient.telecom:phone", "T2": "Patient.telecom.phone", "L": "Patient.address.line", "L2": "Patient.address.line",
    }  # fmt: skip
    values = {k: k.lower() for k in map_}
    patient = fill(map_, values, constant={"Patient.name#maiden.use": "maiden"})["Patient"]
    assert patient["name"] == [{"family": "a1 a2", "given": ["n", "n2"]}, {"family": "old", "use": "maiden"}]
    assert [(i["system"], i["value"]) for i in patient["identifier"]] == [
        ("https://h.example/hc", "id"), ("urn:x-vado:partner:lab", "own"), ("urn:x-vado:partner:lab:ZZ", "x"),
    ]  # fmt: skip
    assert patient["telecom"] == [{"system": "phone", "value": "t"}, {"system": "phone", "value": "t2"}]
    assert patient["address"] == [{"line": ["l", "l2"]}]


def test_values_keep_their_comparator_and_unit() -> None:
    map_ = {"Test": "Observation.code.text", "Value": "Observation.value", "Unit": "Observation.valueQuantity.unit"}
    assert fill(map_, {"Test": "CRP", "Value": "<5", "Unit": "mg/l"})["Observation"]["valueQuantity"] == {
        "value": 5, "comparator": "<", "unit": "mg/l",
    }  # fmt: skip
    words = fill(map_, {"Test": "Protein", "Value": "10-20", "Unit": "mg"})["Observation"]
    assert words["valueString"] == "10-20 mg" and "valueQuantity" not in words
    assert words["status"] == "unknown"
    nothing = fill(map_, {"Test": "Protein"})["Observation"]
    assert nothing["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert fill(map_, {"Value": "5"}) == {}  # a value of nothing


def test_a_unit_without_a_value_is_not_mapped() -> None:
    map_ = {"Test": "Observation.code.text", "Unit": "Observation.valueQuantity.unit"}
    filled = Filling(compile_layout({"title": "t", "map": map_}), PARTNER).fill({"Test": "CRP", "Unit": "mg/l"})
    assert filled.made[0].labels == ["Test"]


def test_a_constant_code_needs_a_value() -> None:
    more = {"constant": {"Observation#w.code.coding:http://loinc.org": "29463-7"}}
    map_ = {"Weight": "Observation#w.value", "Seen": "Observation#w.effectiveDateTime"}
    assert fill(map_, {"Seen": "01/02/2026"}, **more) == {}
    assert fill(map_, {"Seen": "01/02/2026", "Weight": "70"}, **more)["Observation#w"]["valueQuantity"] == {"value": 70}


def test_paper_gives_text_never_codings() -> None:
    map_ = {"Code": "Condition.code.coding:http://snomed.info/sct", "Status": "Condition.clinicalStatus"}
    said = fill(map_, {"Code": "73211009", "Status": "active"}, codes=False)["Condition"]
    assert said["code"] == {"text": "73211009"}
    assert said["clinicalStatus"]["coding"][0]["code"] == "active"  # not what it is about


def test_a_ticked_box_can_be_a_whole_concept_and_an_empty_one_says_nothing() -> None:
    map_ = {"Diabetes": "Condition.code"}
    code = {"Diabetes": {"Yes": {"system": "http://snomed.info/sct", "code": "73211009", "display": "Diabetes mellitus"}}}
    assert fill(map_, {"Diabetes": "yes"}, code=code)["Condition"]["code"] == {
        "coding": [{"system": "http://snomed.info/sct", "code": "73211009", "display": "Diabetes mellitus"}],
        "text": "Diabetes mellitus",
    }
    filled = Filling(compile_layout({"title": "t", "map": map_, "code": code}), PARTNER).fill({"Diabetes": "Off"})
    assert not filled.made and filled.ignored == {"Diabetes": "says nothing, by the code list"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Patient.gender", "M"),
        ("Patient.birthDate", "31/02/1990"),
        ("Patient.active", "perhaps"),
        ("Patient.multipleBirthInteger", "two"),
    ],
)
def test_what_does_not_fit_is_told_and_left(path: str, value: str) -> None:
    layout = compile_layout({"title": "t", "map": {"Name": "Patient.name.text", "X": path}})
    filled = Filling(layout, PARTNER).fill({"Name": "Ana", "X": value})
    assert set(filled.bad) == {"X"}
    assert filled.made[0].resource == {"resourceType": "Patient", "name": [{"text": "Ana"}]}


def test_an_unknown_code_system_is_told_and_the_code_kept_without_one() -> None:
    layout = compile_layout({"title": "t", "map": {"C": "Condition.code.coding:MINE", "T": "Condition.code.text"}})
    filled = Filling(layout, PARTNER).fill({"C": "X1", "T": "Gout"})
    assert filled.systems == {"MINE"}
    assert filled.made[0].resource["code"] == {"coding": [{"code": "X1"}], "text": "Gout"}


def test_headers_name_persons_only_when_they_are_plain() -> None:
    assert set(meaning(["NHS_NUMBER", "DATE_OF_BIRTH", "FAMILY_NAME", "GIVEN_NAME", "PRIMARY_CARE_CODE"])) == {
        "NHS_NUMBER", "DATE_OF_BIRTH", "FAMILY_NAME", "GIVEN_NAME",
    }  # fmt: skip
    assert meaning(["Apellidos", "Nombre", "F. Nac."])["Nombre"] == "Patient.name.given"
    assert meaning(["First Name", "Last Name", "Company", "Email"]) == {}  # customers, staff
    assert meaning(["id", "name", "description", "email", "phone"]) == {}
    assert meaning(["autonomia_id", "nombre"]) == {}


@pytest.mark.parametrize(
    ("values", "expected"),
    [(["M", "F"], ["male", "female"]), (["H", "M"], ["male", "female"]), (["M"], [None]), (["Mujer", "V"], ["female", "male"])],
)
def test_m_means_what_the_other_values_of_its_column_say(values: list[str], expected: list[str | None]) -> None:
    layout = person_layout({"Apellidos": ["x"], "F. Nac.": ["01/02/1960"], "Sexo": values})
    assert layout
    said = [Filling(layout, PARTNER).fill({"Apellidos": "x", "Sexo": v}).made[0].resource.get("gender") for v in values]
    assert said == expected
