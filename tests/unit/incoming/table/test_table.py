"""Tables: which bytes are one, what the rows say, and that nothing is silent."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import openpyxl
import orjson
import pytest

from vado.errors import UnreadableOriginal
from vado.incoming.table import TableReader
from vado.model.fact import End, Facts, tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN, PartnerProfile
from vado.model.reading import Fidelity, Reading
from vado.tools.fhir_gate import check

READER = TableReader()
LAB = {
    "title": "lab", "recognise": ["NHC", "Test"], "decimal": ",",
    "map": {
        "NHC": "Patient.identifier", "Test": "Observation.code.text", "Cod": "Observation.code.coding:http://loinc.org",
        "Value": "Observation.value", "Date": "Observation.effectiveDateTime", "Note": "ignore: internal",
    },
}  # fmt: skip
PARTNER = PartnerProfile(PartnerId("lab"), "Lab", timezone="Europe/Madrid", tables=(LAB,))


def original(content: bytes, name: str = "") -> Original:
    return Original(original_id(content), PartnerId("lab"), "test", "", datetime(2026, 1, 1, tzinfo=UTC), name=name)


def told(content: str | bytes, partner: PartnerProfile = PARTNER) -> tuple[Reading, Facts]:
    raw = content.encode() if isinstance(content, str) else content
    reading = READER.read(original(raw), raw, PARTNER)
    facts = READER.facts(reading, partner)
    assert not [f for f in check(facts.facts) if f]
    filled = sum(c not in ("", None) for item in reading.items for c in orjson.loads(item.value))
    assert sum(tally(facts.ledger).values()) == filled, "every filled cell has exactly one end"
    return reading, facts


def values(facts: Facts, kind: str = "Observation") -> list[Any]:
    return [f.resource.get("valueQuantity", f.resource) for f in facts.facts if f.kind == kind]


@pytest.mark.parametrize(
    "text",
    ["a,b\n1,2\n3,4\n", "a;b\n1,5;2\n3;4\n", "a\tb\n1\t2\n", "a|b\n1|2\n", 'a,b\n"x, y",2\n"z\nw",3\n', "sep=;\na;b\n1;2\n"],
    ids=["comma", "semicolon", "tab", "pipe", "quotes", "sep"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_tables_are_claimed_and_read(text: str, encoding: str) -> None:
    content = text.encode(encoding)
    assert READER.claims(original(content), content) == 0.5
    assert READER.claims(original(content, "x.csv"), content) == 0.8
    rows = [orjson.loads(i.value) for i in READER.read(original(content), content, PARTNER).items]
    assert rows[0] == ["a", "b"] and all(len(r) == 2 for r in rows)


@pytest.mark.parametrize(
    "content",
    [
        b"Dear Anna, I saw you today, and all was well.\nWe talked, as always, of the sea.\nYours, Bob\n",
        b"Name: Smith, John\nAddress: 1 High St, Leeds\nDOB: 01/02/1960, aged 60\n",
        b"1 High Street, Leeds\n2 Low Street, York\n3 Mid Street, Hull\n",
        b"MSH|^~\\&|A|B\rPID|1|2\r", b'{"a": 1,\n"b": 2,\n"c": 3}', b"<a>1,2\n3,4</a>", b"one column\nonly\n",
        b"\x00\x01\x02,\x03\n", b"",
        b"PK\x03\x04 not a workbook", b"\xd0\xcf\x11\xe0 not a workbook",
    ],
)  # fmt: skip
def test_prose_and_other_formats_are_not_claimed(content: bytes) -> None:
    assert READER.claims(original(content, "x.csv"), content) == 0.0


def test_no_table_is_unreadable() -> None:
    with pytest.raises(UnreadableOriginal, match="IN-401"):
        READER.read(original(b"words\n"), b"words\n", PARTNER)


def test_the_same_row_is_one_fact_and_different_results_of_one_key_survive() -> None:
    head = "NHC;Test;Cod;Value;Date\n"
    row, other = "1;Hb;718-7;13,5;01/02/2026\n", "1;Hb;718-7;12,9;01/02/2026\n"
    once, twice, both = (told(head + rows)[1] for rows in (row, row + row, row + other))
    assert [f.id for f in once.facts] == [f.id for f in twice.facts]
    assert [v["value"] for v in values(both)] == [13.5, 12.9]
    assert len({f.id for f in both.facts}) == 3
    assert {f.id for f in told(head + other + row)[1].facts} == {f.id for f in both.facts}, "order of rows does not matter"


def test_a_corrected_row_in_a_later_file_is_the_same_fact() -> None:
    head = "NHC;Test;Cod;Value;Date\n"
    first, later = told(head + "1;Hb;718-7;13,5;01/02/2026\n")[1], told(head + "9;Na;;140;\n1;Hb;718-7;15;01/02/2026\n")[1]
    assert {f.id for f in first.facts} <= {f.id for f in later.facts}


def test_a_standard_code_makes_a_coded_fact() -> None:
    _, facts = told("NHC;Test;Cod;Value\n1;Hb;718-7;13\n1;Na;;140\n")
    assert {f.resource["code"]["text"]: f.evidence.fidelity for f in facts.facts if f.kind == "Observation"} == {
        "Hb": Fidelity.CODED, "Na": Fidelity.FIELDS,
    }  # fmt: skip


def test_nobody_named_is_said() -> None:
    _, facts = told("NHC;Test;Value\n;Hb;13\n")
    assert "IN-011" in {i.code for i in facts.issues}
    assert [f.patient for f in facts.facts] == [None]


def test_faults_are_told_with_their_cell_and_the_row_is_kept() -> None:
    reading, facts = told("title\nNHC;Test;Value;Date\n1;Hb;13;32/01/2026\n1;Na\n1;K;4;;;extra\n" + "1;Ca;2;\n" * 5)
    assert [(i.code, i.place.path) for i in reading.issues if i.place] == [("IN-402", "row 4"), ("IN-402", "row 5")]
    assert [(i.code, i.place.path) for i in facts.issues if i.place] == [("IN-012", "row 3, column 4")]
    assert len(values(facts)) == 4


def test_many_faults_of_one_kind_are_told_once() -> None:
    _, facts = told("NHC;Test;Value;Date\n" + "".join(f"{n};Hb;13;32/01/2026\n" for n in range(100)))
    codes = [i.code for i in facts.issues]
    assert codes.count("IN-012") == 20
    assert [dict(i.slots) for i in facts.issues if i.code == "IN-405"] == [{"count": "80", "fault": "IN-012"}]


def test_a_column_whose_dates_contradict_the_profile_is_not_trusted() -> None:
    _, facts = told("NHC;Test;Value;Date\n1;Hb;13;01/02/2026\n2;Hb;13;12/31/2025\n3;Hb;13;31/12/2025\n")
    assert [f.resource.get("effectiveDateTime") for f in facts.facts if f.kind == "Observation"] == [None, None, "2025-12-31"]


def test_a_stray_quote_does_not_swallow_rows() -> None:
    _, facts = told("NHC;Test;Value\n" + '1;"Hb;13\n' + "".join(f"{n};Na;140\n" for n in range(2, 400)))
    assert len(facts.patients) == 399


def test_a_broken_layout_is_told_and_the_table_read_without_it() -> None:
    partner = PartnerProfile(PartnerId("lab"), "Lab", tables=({"map": {"NHC": "Patient.nonsense"}},))
    _, facts = told("NHC;Apellidos\n1;Ruiz\n", partner)
    assert facts.issues[0].code == "IN-407" and len(facts.patients) == 1


def test_without_a_profile_only_persons_are_taken() -> None:
    _, facts = told("NHS_NUMBER,DATE_OF_BIRTH,FAMILY_NAME,DIAGNOSIS\n9434765919,09/03/1941,Fairweather,Diabetes\n", UNKNOWN)
    assert [f.kind for f in facts.facts] == ["Patient"]
    assert ("DIAGNOSIS", End.NOT_UNDERSTOOD) in {(e.path, e.end) for e in facts.ledger}


def test_numbers_of_an_unknown_sender_name_nobody_elsewhere() -> None:
    one, other = (told(f"NHC,Apellidos\n1,{name}\n", UNKNOWN)[1].patients[0] for name in ("Ruiz", "Soler"))
    assert "system" not in one.resource["identifier"][0]
    assert one.id != other.id


def test_a_workbook_keeps_numbers_and_dates_as_typed() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Hoja 1"
    at = datetime(2026, 2, 1, 10, 30)  # noqa: DTZ001 - workbooks have no zones
    for row in (["NHC", "Test", "Value", "Date"], [1, "Hb", 1234.567, at], [2, "Na", "13,5", "x"]):
        book.active.append(row)
    book.create_sheet("Empty")
    file = BytesIO()
    book.save(file)
    content = file.getvalue()
    assert READER.claims(original(content), content) == 0.95
    reading, facts = told(content)
    assert [v["value"] for v in values(facts)] == [1234.567, 13.5]
    assert "2026-02-01T10:30:00+01:00" in {f.resource.get("effectiveDateTime") for f in facts.facts}
    assert [i.place.path for i in facts.issues if i.code == "IN-012" and i.place] == ["Hoja 1, row 3, column 4"]
    for cut in (len(content) // 2, len(content) - 30):
        with pytest.raises(UnreadableOriginal, match="IN-007"):
            READER.read(original(content[:cut]), content[:cut], PARTNER)
