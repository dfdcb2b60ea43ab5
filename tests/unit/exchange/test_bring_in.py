"""Answers that come in as files: taken once, refused with reasons, and never told."""

import io
from dataclasses import replace
from datetime import date
from random import Random

import openpyxl
import orjson
import pytest

from filled_sheet import chosen, filled, sent
from plain import plain_exchange
from vado.collaboration.keys import BLOCK
from vado.collaboration.sheet import paper_key
from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import codes
from vado.exchange.collaboration import forms
from vado.exchange.collaboration.bring_in import bring_in, settle
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.model.survey import Answer, Group, Invitation, Organisation, Roster, Round, Tie, Who
from vado.tools import answer_sheet
from vado.wiring.room import LimitedRoom

ANA = Viewer("ana", role=Role.MANAGER)
HOSPITAL, GP = Organisation("hospital", "Hospital"), Organisation("gp", "GP North")
ROUND = Round("r1", "Spring", "ford|1", date(2026, 3, 1), None, (HOSPITAL, GP), (Group("carers", "Carers"),))


@pytest.fixture
def x() -> Exchange:
    x = plain_exchange()
    with x.store.begin() as tx:
        tx.collaboration.put(ROUND)
    return x


def answers(x: Exchange) -> tuple[Answer, ...]:
    with x.store.begin() as tx:
        return tx.collaboration.answers("r1")


CSV = b"voice;role;pur1;pur2;instance\r\nhospital;manager;4;dk;1\r\nnobody;manager;4;1;2\r\ncarers;citizen;;9;3\r\ncarers;citizen;;2;4\r\n"


def test_a_table_is_taken_row_by_row_and_once(x: Exchange) -> None:
    told = bring_in(x, "r1", CSV, ANA)
    assert (told.taken, told.refused, [i.code for i in told.issues]) == (2, 2, ["SV-001", "SV-002"])
    assert sorted((a.voice, a.means) for a in answers(x)) == [("carers", "csv"), ("hospital", "csv")]
    again = bring_in(x, "r1", CSV.replace(b"nobody", b"gp"), ANA)
    assert (again.taken, again.again, again.refused) == (1, 2, 1), "a corrected file adds what is new alone"
    assert len(answers(x)) == 3


def test_a_workbook_and_windows_text(x: Exchange) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet
    for row in (["role", "voice", "PUR-pur1", "missing", "KEY"], ["manager", "gp", 5, "Vecinos", "uuid:1234567890-1234567890"]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    assert bring_in(x, "r1", out.getvalue(), ANA).taken == 1
    assert bring_in(x, "r1", "rol,voz,pur1,missing\nciudadana,carers,2,Jóvenes\n".encode("cp1252"), ANA).taken == 1
    assert {(a.means, a.missing) for a in answers(x)} == {("odk", "Vecinos"), ("csv", "Jóvenes")}


def test_responses_of_fhir(x: Exchange) -> None:
    def one(n: int, level: str) -> dict:
        items = {"role": "manager", "voice": "gp", "pur1": level}
        item = [{"linkId": k, "answer": [{"valueCoding": {"code": v}}]} for k, v in items.items()]
        return {
            "resourceType": "QuestionnaireResponse",
            "id": f"aaaaaaaa-bbbb-cccc-{n:04}",
            "author": {"display": "Zoe"},
            "item": item,
        }

    lines = b"\n".join(orjson.dumps(one(n, "3")) for n in range(3))
    told = bring_in(x, "r1", lines, ANA)
    assert (told.taken, [i.code for i in told.issues]) == (3, ["SV-013"])
    assert bring_in(x, "r1", orjson.dumps(one(0, "3")), ANA).again == 1
    assert "Zoe" not in repr(answers(x))


TIES = (
    b"ties-own,ties-other,ties-often,ties-direction,ties-what,ties-means,ties-keeps_word,ties-wish,PARENT_KEY\n"
    b"hospital,gp,3,send,results letters,fields,4,Discharge summaries,u1\nhospital,Food bank,1,both,talk,talk,,,u1\n"
    b"gp,hospital,7,send,,,,,u2\nnobody,gp,1,,,,,,u3\n"
)


def test_whom_organisations_work_with(x: Exchange) -> None:
    told = bring_in(x, "r1", TIES, ANA)
    assert (told.taken, told.rosters, told.refused) == (0, 1, 2)
    assert [(i.code, dict(i.slots)["row"]) for i in told.issues] == [("SV-002", "4"), ("SV-001", "5")]
    bring_in(x, "r1", TIES.replace(b",7,", b",4,"), ANA)
    with x.store.begin() as tx:
        gp, hospital = tx.collaboration.all(Roster, "r1")
    assert gp.ties == (Tie("hospital", 4, "send"),)
    assert hospital.ties == (
        Tie("gp", 3, "send", ("results", "letters"), ("fields",), keeps_word=4, wish="Discharge summaries"),
        Tie("Food bank", 1, "both", ("talk",), ("talk",)),
    )  # fmt: skip


def test_whom_an_organisation_works_with_over_fhir(x: Exchange) -> None:
    def said(link: str, *codes: str) -> dict:
        return {"linkId": link, "answer": [{"valueCoding": {"code": c}} for c in codes]}

    tie = {
        "linkId": "roster",
        "item": [said("roster.other", "gp"), said("roster.often", "2"), said("roster.what", "letters", "talk")],
    }
    one = {
        "resourceType": "QuestionnaireResponse",
        "item": [said("role", "manager"), said("voice", "hospital"), {"linkId": "roster-part", "item": [tie, tie]}],
    }
    told = bring_in(x, "r1", orjson.dumps(one), ANA)
    assert (told.rosters, told.refused, told.issues) == (1, 0, ())
    with x.store.begin() as tx:
        assert tx.collaboration.all(Roster, "r1")[0].ties == (Tie("gp", 2, "both", ("letters", "talk")),) * 2


@pytest.mark.parametrize(("content", "code"), [
    (b"", "SV-012"), (b"hello", "SV-012"), (b"a,b\n1,2\n", "SV-011"), (b'{"resourceType": "Patient"}', "SV-012"),
    (b"{", "SV-012"), (b"PK\x03\x04" + b"\0" * 90, "SV-012"), (b"\0\1\2,\0" * 50, "SV-012"),
])  # fmt: skip
def test_what_is_no_file_of_answers(x: Exchange, content: bytes, code: str) -> None:
    with pytest.raises(VadoError) as told:
        bring_in(x, "r1", content, ANA)
    assert told.value.code == code and not answers(x)


def test_who_may(x: Exchange) -> None:
    with pytest.raises(NotPermitted):
        bring_in(x, "r1", CSV, Viewer("zoe", role=Role.PRACTITIONER))
    with pytest.raises(NotFound):
        bring_in(x, "r2", CSV, ANA)
    bring_in(x, "r1", CSV, ANA)
    with x.store.begin() as tx:
        assert [(a.action, a.subject) for a in tx.audits()][:1] == [("bring-answers", "r1")]


def test_a_hostile_file_is_read_in_a_child_and_ends_there(x: Exchange) -> None:
    bomb = b"{" * 30_000_000
    room = LimitedRoom(children=1, seconds=20, megabytes=500)
    try:
        assert room.answers(CSV, {}) is not None
        with pytest.raises(VadoError):
            bring_in(_with(x, room), "r1", bomb, ANA)
        assert room.answers(CSV, {}) is not None, "and the next file is read"
    finally:
        room.close()


def _with(x: Exchange, room: LimitedRoom) -> Exchange:
    from dataclasses import replace

    return replace(x, room=room)


def scan(x: Exchange, who: Who, language: str, way: str, seed: int, *, voice: str = "hospital", code: str = "", spoil=None):
    chance = Random(seed)
    content = forms.blank(x, "r1", ANA, who=who, language=language, voice=voice, code=code)
    instrument, _ = forms.asked_in(x, "r1", ANA)
    values = forms.papers_of(instrument)[paper_key(who, language)]
    truth = chosen(values, chance)
    pages = filled(content, values, truth, chance)
    if spoil:
        spoil(pages, values, truth)
    return truth, sent(pages, way, chance)


def said(answer: Answer) -> dict[str, str]:
    scores = {k: str(v) if v else "dk" for k, v in answer.scores.items()}
    return scores | {f"{k}_importance": str(v) for k, v in answer.importance.items()} | {BLOCK + b: "1" for b in answer.blocks}


@pytest.mark.parametrize(("who", "language", "way"), [
    (Who.CITIZEN, "es", "scan"), (Who.CITIZEN, "en", "pdf"), (Who.MANAGER, "en", "photo"), (Who.PRACTITIONER, "es", "fax"),
])  # fmt: skip
def test_a_paper_form_comes_back(x: Exchange, who: Who, language: str, way: str) -> None:
    truth, content = scan(x, who, language, way, 2)
    told = bring_in(x, "r1", content, ANA)
    for sheet in told.waiting:  # a person looks at what is doubtful
        told = settle(x, "r1", sheet, {d.label: truth.get(d.label, "") for d in sheet.doubts}, ANA)
    (answer,) = answers(x)
    assert told.taken == 1 and said(answer) == truth
    assert (answer.voice, answer.who, answer.means) == ("hospital", who, "paper")
    assert bring_in(x, "r1", content, ANA).again == 1


def test_doubtful_boxes_wait_for_a_person_with_their_picture(x: Exchange) -> None:
    def spoil(pages, values, truth) -> None:
        fields = answer_sheet.form_of(values).fields
        for f in fields:
            rows, columns = pages[f.page - 1].shape
            box = pages[f.page - 1][
                round(f.box.top * rows) : round(f.box.bottom * rows), round(f.box.left * columns) : round(f.box.right * columns)
            ]
            if f.label == "pur1" and f.option in ("1", "2"):
                box[12:-12, 12:-12] = 0  # two boxes of one row
            if f.label == "missing":
                box[30:60, 30:200] = 0

    truth, content = scan(x, Who.CITIZEN, "en", "scan", 5, spoil=spoil)
    told = bring_in(x, "r1", content, ANA)
    (sheet,) = told.waiting
    doubts = {d.label: d for d in sheet.doubts}
    assert told.taken == 0 and not answers(x) and doubts.keys() == {"pur1", "missing"}
    assert doubts["pur1"].options == ("1", "2", "3", "4", "5", "dk") and doubts["pur1"].crop.startswith(b"\x89PNG")
    assert settle(x, "r1", sheet, {"pur1": "2", "missing": "Young people", "tru1": "5"}, ANA).taken == 1
    (answer,) = answers(x)
    assert (answer.scores["pur1"], answer.missing) == (2, "Young people")
    assert said(answer) | {"pur1": ""} == truth | {"pur1": ""}, "only what was doubtful can be changed"
    assert settle(x, "r1", sheet, {"pur1": "3"}, ANA).again == 1


def test_without_its_code_the_form_is_read_and_the_voice_is_asked(x: Exchange) -> None:
    def spoil(pages, values, truth) -> None:
        for page in pages:
            page[: page.shape[0] // 7, page.shape[1] * 3 // 4 :] = 255

    truth, content = scan(x, Who.MANAGER, "es", "scan", 3, spoil=spoil)
    (sheet,) = bring_in(x, "r1", content, ANA).waiting
    assert sheet.answer.voice == "" and sheet.answer.who is Who.MANAGER
    assert settle(x, "r1", sheet, {}, ANA).issues[0].code == "SV-001" and not answers(x)
    assert settle(x, "r1", sheet, {"voice": "gp"}, ANA).taken == 1
    assert said(answers(x)[0]) == truth
    with x.store.begin() as tx:
        tx.collaboration.put(replace(ROUND, closes=date(2025, 12, 31)))
    with pytest.raises(VadoError, match="SV-069"):
        settle(x, "r1", sheet, {"voice": "hospital"}, ANA)


def test_an_invitation_on_paper_is_good_once(x: Exchange) -> None:
    code = codes.drawn()
    with x.store.begin() as tx:
        tx.collaboration.invite([Invitation(codes.kept_as(code), "r1", "gp", Who.MANAGER)])
    truth, content = scan(x, Who.MANAGER, "en", "scan", 7, voice="gp", code=code)
    assert bring_in(x, "r1", content, ANA).taken == 1
    _, other = scan(x, Who.MANAGER, "en", "scan", 8, voice="gp", code=code)
    told = bring_in(x, "r1", other, ANA)
    assert (told.taken, told.refused, told.issues[-1].code) == (0, 1, "SV-022")
    assert code not in repr(answers(x)) and len(answers(x)) == 1


def test_several_forms_in_one_scan_and_a_page_of_something_else(x: Exchange) -> None:
    import numpy as np

    def pages(seed: int):
        kept = []
        truth, _ = scan(x, Who.CITIZEN, "en", "as it is", seed, voice="carers", spoil=lambda p, v, t: kept.extend(p))
        return truth, kept

    (one, first), (two, second) = pages(1), pages(2)
    letter = np.full(first[0].shape, 255, np.uint8)
    letter[300:320, 200:1200] = 0
    told = bring_in(x, "r1", sent([*first, letter, second[0]], "scan", Random(1)), ANA)
    assert told.taken == 2 and [i.code for i in told.issues if i.code != "SV-023"] == ["SV-020", "SV-021"]
    whole = next(a for a in answers(x) if "lea1" in a.scores or "LEA" in a.importance)
    assert said(whole) == one
    assert said(next(a for a in answers(x) if a is not whole)).items() <= two.items()


def test_a_form_that_nobody_filled_in_is_no_answer(x: Exchange) -> None:
    content = forms.blank(x, "r1", ANA, who=Who.CITIZEN, language="en", voice="carers")
    told = bring_in(x, "r1", content, ANA)
    assert (told.taken, told.waiting, [i.code for i in told.issues]) == (0, (), ["SV-024"]) and not answers(x)


def test_a_form_of_another_round_is_refused(x: Exchange) -> None:
    with x.store.begin() as tx:
        tx.collaboration.put(Round("r2", "Autumn", "ford|1", date(2026, 9, 1), None, (HOSPITAL, GP), ()))
    _, content = scan(x, Who.MANAGER, "en", "scan", 4)
    told = bring_in(x, "r2", content, ANA)
    assert told.taken == 0 and {i.code for i in told.issues} >= {"SV-008"}
