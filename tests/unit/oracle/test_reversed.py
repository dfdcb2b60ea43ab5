"""The counter of negation and status sees a reversal, and does not cry at a right translation."""

import pytest

from oracle.reversed import negations, statuses

_OBX = "MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5\rPID|1||77\rOBX|1|NM|718-7^Hb^LN||13|g/dL|||||{}\r"


def _observation(status: str) -> dict[str, object]:
    return {"resourceType": "Observation", "id": "o", "status": status, "code": {"coding": [{"code": "718-7"}]}}


def _document(value: str, negated: str = "true") -> bytes:
    return f"""<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
    <observation negationInd="{negated}"><code code="ASSERTION"/><value xsi:type="CD" code="{value}"/></observation>
    </ClinicalDocument>""".encode()


def _condition(code: str, **more: object) -> dict[str, object]:
    return {"resourceType": "Condition", "id": "c", "code": {"coding": [{"code": code}]}, **more}


_REFUTED = {"verificationStatus": {"coding": [{"code": "refuted"}]}}


@pytest.mark.parametrize("sent, made, end", [("F", "final", "kept"), ("W", "final", "reversed"), ("X", "final", "reversed")])
def test_status(sent: str, made: str, end: str) -> None:
    assert [d.end for d in statuses(_OBX.format(sent), [_observation(made)])] == [end]


def test_status_is_not_judged_beside_another_obx_of_the_same_code() -> None:
    message = _OBX.format("F") + "OBX|2|NM|718-7^Hb^LN||14|g/dL|||||I\r"
    assert statuses(message, [_observation("registered")]) == []


@pytest.mark.parametrize(
    "made, end",
    [([_condition("73211009")], "reversed"), ([_condition("73211009", **_REFUTED)], "kept"), ([], "lost")],
)
def test_negated_diabetes(made: list[dict[str, object]], end: str) -> None:
    assert [d.end for d in negations(_document("73211009"), made)] == [end]


def test_no_known_problem_is_no_reversal() -> None:
    assert [d.end for d in negations(_document("55607006"), [_condition("160245001")])] == ["kept"]
    assert [d.end for d in negations(_document("55607006"), [_condition("55607006")])] == ["reversed"]


def test_a_plain_statement_is_not_asked() -> None:
    assert negations(_document("73211009", "false"), [_condition("73211009")]) == []
