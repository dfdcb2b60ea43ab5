"""A wrong optional element is left out and said; what changes the meaning of the rest is never left out."""

from typing import Any

import pytest

from vado.exchange.sift import sift
from vado.model.fact import Evidence, Fact, Facts
from vado.model.original import OriginalId, PartnerId
from vado.model.reading import Fidelity, Place
from vado.tools.fhir_gate import check

EVIDENCE = Evidence(PartnerId("h"), OriginalId("0" * 64), (Place(OriginalId("0" * 64), "x"),), "fhir/2", "r", Fidelity.CODED)


def sifted(resource: dict[str, Any]) -> tuple[list[dict[str, Any]], list[tuple[str, dict[str, str]]]]:
    facts, issues = sift(check, Facts((Fact({"id": "a", **resource}, EVIDENCE, None),)))
    return [f.resource for f in facts.facts], [(i.code, dict(i.slots)) for i in issues]


def test_a_wrong_optional_element_is_left_out_and_said() -> None:
    kept, said = sifted(
        {"resourceType": "Patient", "name": [{"family": "Gil"}], "address": [{"city": "Leon", "use": "castle"}], "shoeSize": 42}
    )
    assert kept == [{"id": "a", "resourceType": "Patient", "name": [{"family": "Gil"}], "address": [{"city": "Leon"}]}]
    assert {s["path"] for c, s in said if c == "IN-020"} == {"Patient.address[0].use", "Patient.?"}


def test_one_where_a_list_belongs() -> None:
    kept, _ = sifted({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "category": {"text": "lab"}})
    assert kept[0]["category"] == [{"text": "lab"}]


@pytest.mark.parametrize(
    "wrong",
    [
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "subject": {"display": "x"},
            "doNotPerform": "yes",
        },
        {"resourceType": "Observation", "status": "sort of", "code": {"text": "x"}},
        {"resourceType": "Condition", "subject": {"display": "x"}, "verificationStatus": "refuted-ish"},
        {"resourceType": "Observation", "status": "final"},
    ],
)
def test_what_changes_the_meaning_refuses_the_whole(wrong: dict[str, Any]) -> None:
    kept, said = sifted(wrong)
    assert kept == []
    assert [c for c, _ in said if c == "IN-006"]
