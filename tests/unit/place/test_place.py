"""The invented place is the same every time, its numbers are right, and its score can tell good from bad."""

import filecmp
import json
from pathlib import Path
from random import Random

import pytest

from vado.place.people import dni_number, nhs_number, people
from vado.place.score import score
from vado.place.town import invent, truth, write_inbox
from vado.terms.identifiers import ES_DNI, NHS_NUMBER, valid


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_inbox(invent(12, 7), tmp_path / name / "inbox")
    files = sorted(str(p.relative_to(tmp_path / "one")) for p in (tmp_path / "one").rglob("*") if p.is_file())
    same, differ, missing = filecmp.cmpfiles(tmp_path / "one", tmp_path / "other", files, shallow=False)
    assert (differ, missing) == ([], [])
    assert len(same) > 20


def test_another_seed_gives_another_place() -> None:
    assert invent(12, 7) != invent(12, 8)


@pytest.mark.parametrize("n", [1, 2, 77, 100_000])
def test_numbers_have_right_check_digits(n: int) -> None:
    assert valid(NHS_NUMBER, nhs_number(n))
    assert valid(ES_DNI, dni_number(n))


def test_there_are_twins_moves_and_marriages() -> None:
    town = people(5000, Random(3))
    assert any(c.twin for c in town)
    assert any(c.old_family for c in town)
    assert any(c.old_street for c in town)
    assert len({c.nhs for c in town}) == 5000
    assert len({c.dni for c in town}) == 5000


def one_record(person: str = "r1", value: float = 5.5) -> tuple:
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "H1"}]}
    observation = {
        "resourceType": "Observation", "subject": {"reference": "Patient/p"}, "code": {"coding": [{"code": "2823-3"}]}, "valueQuantity": {"value": value, "unit": "mmol/L"}, "effectiveDateTime": "2026-01-02"
    }  # fmt: skip
    return person, [(patient, "hospital")], [(observation, "hospital", "CODED")]


TRUTH = {
    "patients": [
        {"person": "a", "partner": "hospital", "number": "H1", "nhs": "", "dni": "", "name": "Ana Gil", "birth": "1970-01-01"},
        {"person": "b", "partner": "hospital", "number": "H2", "nhs": "", "dni": "", "name": "Bea Gil", "birth": "1971-01-01"},
    ],
    "facts": [
        {"person": "a", "kind": "Observation", "codes": ["2823-3"], "texts": ["Potassium"], "date": "2026-01-02", "value": "5.5", "unit": "mmol/L", "strength": "", "partners": ["hospital"]}
    ],
}  # fmt: skip


def test_a_right_fact_scores_and_a_wrong_value_does_not() -> None:
    good, bad = score(TRUTH, [one_record()]), score(TRUTH, [one_record(value=55)])
    assert (good.tellings["hospital"], good.rungs["CODED"]) == ([1, 1], [1, 1])
    assert (bad.tellings["hospital"], bad.rungs["CODED"]) == ([0, 1], [0, 1])
    assert bad.misses


def test_a_false_link_is_counted() -> None:
    person, patients, facts = one_record()
    other = {"resourceType": "Patient", "id": "q", "identifier": [{"value": "H2"}]}
    mixed = score(TRUTH, [(person, [*patients, (other, "hospital")], facts)])
    assert (mixed.linked, mixed.linked_rightly, mixed.mixed) == (1, 0, 1)


def test_a_fact_of_another_in_a_mixed_record_is_not_true() -> None:
    person, patients, facts = one_record()
    other = {"resourceType": "Patient", "id": "q", "identifier": [{"value": "H2"}]}
    facts[0][0]["subject"] = {"reference": "Patient/q"}
    assert score(TRUTH, [(person, [*patients, (other, "hospital")], facts)]).rungs["CODED"] == [0, 1]


def test_what_is_taken_back_is_not_true() -> None:
    person, patients, facts = one_record()
    facts[0][0]["status"] = "entered-in-error"
    assert score(TRUTH, [(person, patients, facts)]).rungs["CODED"] == [0, 1]


def test_truth_is_plain_json() -> None:
    assert json.loads(json.dumps(truth(invent(5, 1))))["patients"]
