"""The counter of source facts against hand-counted sources, and against bundles from which something was taken away."""

import copy

import pytest

from oracle import cda, hl7
from oracle.found import dangling, found

_MESSAGE = "\r".join(
    [
        "MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5",
        "PID|1||77^^^H~88^^^J||Gil^Ana||19800102|F",  # two numbers, a name, a birth date, a sex: 5
        "OBX|1|NM|718-7^Hb^LN||13.5|g/dL|||||F|||20260101",  # a value, a unit, a time: 3
        "AL1|1||P^Penicillin^L||rash",  # an allergy, a reaction: 2
    ]
)
_PATIENT = {
    "resourceType": "Patient", "id": "p", "identifier": [{"value": "77"}, {"value": "88"}],
    "name": [{"family": "Gil", "given": ["Ana"]}], "birthDate": "1980-01-02", "gender": "female",
}  # fmt: skip
_OBSERVATION = {
    "resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/p"}, "code": {"coding": [{"code": "718-7"}]},
    "valueQuantity": {"value": 13.5, "unit": "g/dL"}, "effectiveDateTime": "2026-01-01",
}  # fmt: skip
_ALLERGY = {
    "resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"},
    "code": {"coding": [{"code": "P", "display": "Penicillin"}]}, "reaction": [{"manifestation": [{"text": "rash"}]}],
}  # fmt: skip
_BUNDLE = [_PATIENT, _OBSERVATION, _ALLERGY]


def _missing(resources: list[dict]) -> list[str]:
    facts = hl7.facts(_MESSAGE)
    return sorted(f.kind for f, there in zip(facts, found(facts, resources), strict=True) if not there)


def test_a_message_counted_by_hand() -> None:
    assert len(hl7.facts(_MESSAGE)) == 10


def test_a_whole_bundle_lacks_nothing() -> None:
    assert _missing(_BUNDLE) == []


@pytest.mark.parametrize(
    "resource, path, lost",
    [
        (0, ("identifier", 1), ["identifier"]),
        (0, ("name",), ["name"]),
        (0, ("birthDate",), ["birth"]),
        (0, ("gender",), ["sex"]),
        (1, ("valueQuantity", "value"), ["result"]),
        (1, ("valueQuantity", "unit"), ["unit"]),
        (1, ("effectiveDateTime",), ["result time"]),
        (1, ("code",), ["result", "result time", "unit"]),
        (2, ("reaction",), ["reaction"]),
    ],
)
def test_what_is_taken_away_is_missed(resource: int, path: tuple, lost: list[str]) -> None:
    bundle = copy.deepcopy(_BUNDLE)
    at = bundle[resource]
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    assert _missing(bundle) == lost


def test_a_fact_in_the_wrong_kind_of_resource_is_missed() -> None:
    assert _missing([_PATIENT, _OBSERVATION, {**_ALLERGY, "resourceType": "Condition"}]) == ["allergy", "reaction"]


def test_a_value_of_another_result_is_missed() -> None:
    other = {**_OBSERVATION, "id": "o2", "code": {"coding": [{"code": "999-9"}]}}
    assert _missing([_PATIENT, {**_OBSERVATION, "valueQuantity": {"value": 9, "unit": "g/dL"}}, other, _ALLERGY]) == ["result"]


def test_a_reference_that_leads_nowhere() -> None:
    assert dangling(_BUNDLE) == []
    assert dangling([_OBSERVATION]) == ["Patient/p"]


_DOCUMENT = b"""<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<recordTarget><patientRole><id root="1.2" extension="77"/><patient><name><given>Ana</given><family>Gil</family></name>
<administrativeGenderCode code="F"/><birthTime value="19800102"/></patient></patientRole></recordTarget>
<section><title>Results</title><observation><code code="718-7"/><effectiveTime value="20260101"/>
<value xsi:type="PQ" value="13.5" unit="g/dL"/></observation></section></ClinicalDocument>"""


def test_a_document_counted_by_hand() -> None:
    kinds = sorted(f.kind for f in cda.facts(_DOCUMENT))
    assert kinds == ["birth", "identifier", "name", "observation", "section", "sex", "time"]


def test_a_value_taken_from_a_document_is_missed() -> None:
    section = {"resourceType": "Composition", "id": "c", "section": [{"title": "Results"}]}
    facts = cda.facts(_DOCUMENT)
    assert all(found(facts, [_PATIENT, _OBSERVATION, section]))
    changed = {**_OBSERVATION, "valueQuantity": {"value": 31.5, "unit": "g/dL"}}
    assert [f.kind for f, t in zip(facts, found(facts, [_PATIENT, changed, section]), strict=True) if not t] == ["observation"]
