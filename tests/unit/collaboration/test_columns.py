"""Tables of answers as people and programs make them: taken whole, or refused with every reason and without any value."""

from datetime import date

import pytest

from vado.collaboration.columns import rows_of, template
from vado.collaboration.instrument import shipped
from vado.collaboration.told import Reader
from vado.model.survey import Group, Organisation, Round, Who

ROUND = Round(
    "r1", "Spring", "ford|1", date(2026, 3, 1), None, (Organisation("hospital", "Hospital"),), (Group("carers", "Carers"),)
)
FORD = shipped()


def read(*rows: str):
    found = rows_of([r.split(",") for r in rows], Reader(FORD, ROUND, "csv", "2026-03-05"))
    assert found is not None
    return found


def test_a_row_of_the_template() -> None:
    rows, said = read(
        "instance,voice,role,day,pur1,tru1,PUR_importance,blocks,missing",
        "1,hospital,manager,2026-03-02,4,dk,3,pur1 rul1,Neighbours",
    )
    answer = rows[0].answer
    assert answer and not said
    assert (answer.scores, answer.importance, answer.blocks) == ({"pur1": 4, "tru1": 0}, {"PUR": 3}, ("pur1", "rul1"))
    assert (answer.voice, answer.who, answer.day, answer.missing) == ("hospital", Who.MANAGER, "2026-03-02", "Neighbours")


def test_the_template_has_a_column_for_everything() -> None:
    headings = template(FORD, ROUND)[0]
    assert set(headings) >= {*FORD.items, *(f"{d.id}_importance" for d in FORD.dimensions), "voice", "role", "blocks", "missing"}
    rows, said = rows_of([headings, ["r1", "1", "hospital", "manager", "", "3"]], Reader(FORD, ROUND, "csv", "2026-03-05")) or (
        [],
        [],
    )
    assert rows[0].answer and rows[0].answer.scores == {"pur1": 3} and not said


def test_an_odk_export() -> None:
    rows, said = read(
        "SubmissionDate,round,instrument,role,voice,PUR-pur1,PUR-PUR_importance,CIT-citC4,blocks,missing,meta-instanceID,KEY,SubmitterName,DeviceID,ReviewState",
        "2026-03-04T21:22:23.456Z,r1,ford|1,citizen,carers,5,2,3,pur1,,uuid:7f0f5a30-5c26-4f5f-9d6b-7b51,uuid:7f0f5a30-5c26-4f5f-9d6b-7b51,Zoe Canary,x1,",
    )
    assert rows[0].answer and rows[0].answer.scores == {"pur1": 5, "citC4": 3} and rows[0].answer.day == "2026-03-04"
    assert [i.code for i in said] == ["SV-013"] and "Canary" not in repr(said) + repr(rows)


def test_kobo_splits_what_may_be_several() -> None:
    rows, _ = read("role,voice,PUR/pur1,blocks,blocks/pur1,blocks/tru1,_uuid", "manager,hospital,2,pur1,1,0,u1")
    assert rows[0].answer and rows[0].answer.blocks == ("pur1",)


@pytest.mark.parametrize("cell", ["A4", "AO04", "4", "4.0", "Mostly", "en gran parte"])
def test_a_limesurvey_export(cell: str) -> None:
    rows, said = read(
        "id,submitdate,lastpage,startlanguage,role,voice,PUR[pur1],PUR[pur2]",
        f"7,2026-03-04 10:11:12,9,es,profesional,Hospital,{cell},N/A",
    )
    assert rows[0].answer and rows[0].answer.scores == {"pur1": 4} and not said


def test_every_reason_is_told_and_no_value() -> None:
    rows, _ = read(
        "role,voice,pur1,powM4,blocks,day",
        "citizen,secretname,9,3,pur1 pur2 pur3 tru1,31/03/2026",
        "king,carers,1,,,",
        "manager,hospital,3,,,",
    )
    assert [i.code for i in rows[0].issues] == ["SV-001", "SV-002", "SV-003", "SV-007", "SV-009"]
    assert all(dict(i.slots)["row"] == "2" for i in rows[0].issues) and dict(rows[0].issues[1].slots)["column"] == "pur1"
    assert [i.code for i in rows[1].issues] == ["SV-004"] and rows[2].answer
    assert "secretname" not in repr(rows) and "king" not in repr(rows)


def test_half_filled_is_kept_and_empty_is_said() -> None:
    rows, _ = read("role,voice,pur1,pur2", "manager,hospital,,1", "manager,hospital,,", ",,,")
    assert rows[0].answer and rows[0].answer.scores == {"pur2": 1}
    assert [i.code for i in rows[1].issues] == ["SV-005"] and len(rows) == 2


def test_unknown_columns_are_named_by_their_letter() -> None:
    rows, said = read("role,voice,pur1,Maria Lopez", "manager,hospital,1,x")
    assert rows[0].answer and [dict(i.slots) for i in said] == [{"column": "D"}]


def test_a_table_of_something_else_is_none() -> None:
    assert rows_of([["name", "born"], ["x", "y"]], Reader(FORD, ROUND, "csv", "2026-03-05")) is None


def test_ids_are_the_same_for_the_same_submission_alone() -> None:
    head = "role,voice,pur1,instance"
    uuid = "uuid:7f0f5a30-5c26-4f5f-9d6b"
    rows, _ = read(
        head,
        f"manager,hospital,1,{uuid}",
        f"manager,hospital,2,{uuid}",
        "manager,hospital,1,1",
        "manager,hospital,2,1",
        "manager,hospital,1,",
        "manager,hospital,1,",
    )
    ids = [r.answer.id for r in rows if r.answer]
    assert ids[0] == ids[1], "edited since: still the same submission"
    assert len(set(ids[2:])) == 4, "short ids count with what was answered; two who answer alike are two"
