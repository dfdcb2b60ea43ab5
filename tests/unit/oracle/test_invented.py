"""What the source does not show is listed, and nothing else."""

import pytest

from oracle.invented import invented

_SOURCE = "MSH|^~\\&|A\rPID|1||77^^^H||Gil^Ana||19800102\rOBX|1|NM|718-7^Hb^LN||13.50|g/dL|||||F|||20260101233000-0500\r"


def _observation(**more: object) -> dict[str, object]:
    return {
        "resourceType": "Observation", "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "valueQuantity": {"value": 13.5}, "effectiveDateTime": "2026-01-02T04:30:00Z", **more,
    }  # fmt: skip


def test_what_the_source_shows_is_not_listed() -> None:
    patient = {"resourceType": "Patient", "name": [{"family": "Gil", "given": ["Ana"]}], "identifier": [{"value": "77"}]}
    assert invented(_SOURCE, [patient, _observation()]) == []


@pytest.mark.parametrize(
    "more, kind",
    [
        ({"valueQuantity": {"value": 15.3}}, "number"),
        ({"code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]}}, "code"),
        ({"effectiveDateTime": "2026-03-09"}, "day"),
        ({"identifier": [{"value": "99"}]}, "identifier"),
        ({"name": [{"family": "Pino"}]}, "name"),
    ],
)
def test_what_the_source_does_not_show_is_listed(more: dict[str, object], kind: str) -> None:
    assert [i.kind for i in invented(_SOURCE, [_observation(**more)])] == [kind]


def test_codes_of_fhirs_own_vocabularies_are_translations() -> None:
    own = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
    assert invented(_SOURCE, [_observation(category=[{"coding": [own]}])]) == []
