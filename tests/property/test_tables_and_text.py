"""Laws of tables, text, mail and archives: deterministic, never a crash, every item leads back to where it stood."""

import contextlib
import csv
import gzip
import io
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from vado.errors import UnreadableOriginal
from vado.exchange.ports import Reader
from vado.extract.characters import decode
from vado.extract.dates import moment
from vado.extract.numbers import number
from vado.incoming.archive import ArchiveReader
from vado.incoming.mail import MailReader
from vado.incoming.table import TableReader
from vado.incoming.text import TextReader
from vado.model.fact import tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile
from vado.tools.fhir_gate import check

GOLDEN = Path(__file__).parents[1] / "golden" / "incoming"
LAB = tomllib.loads((GOLDEN / "table" / "spanish_lab" / "partner.toml").read_text())
PARTNER = PartnerProfile(PartnerId("made"), "Made", timezone="Europe/Madrid", tables=tuple(LAB["table"]))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
CASES: list[tuple[Reader, bytes]] = [
    (TableReader(), (GOLDEN / "table" / "spanish_lab" / "original.csv").read_bytes()),
    (TableReader(), (GOLDEN / "table" / "workbook" / "original.xlsx").read_bytes()),
    (TextReader(), (GOLDEN / "text" / "discharge_letter" / "original.docx").read_bytes()),
    (TextReader(), "Nombre: Ana\nApellidos: Núñez\nAlergias: ninguna\n".encode()),
    (MailReader(), (GOLDEN / "mail" / "report" / "original.eml").read_bytes()),
    (ArchiveReader(), (GOLDEN / "archive" / "zip" / "original.zip").read_bytes()),
    (ArchiveReader(), gzip.compress(b"hello", mtime=0)),
]
IDS = ["csv", "xlsx", "docx", "txt", "eml", "zip", "gz"]
CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)


def original(content: bytes) -> Original:
    return Original(original_id(content), PartnerId("made"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("reader", "content"), CASES, ids=IDS)
def test_reading_and_facts_are_deterministic_and_places_are_distinct(reader: Reader, content: bytes) -> None:
    reading = reader.read(original(content), content, PARTNER)
    assert reading == reader.read(original(content), content, PARTNER)
    assert reader.facts(reading, PARTNER) == reader.facts(reading, PARTNER)
    assert len({i.place.path for i in reading.items}) == len(reading.items)


@pytest.mark.parametrize(("reader", "content"), CASES, ids=IDS)
@QUICK
@given(st.data())
def test_broken_bytes_only_say_so(reader: Reader, content: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(content) - 1))
    junk = data.draw(st.binary(max_size=4))
    broken = content[:cut] + junk if data.draw(st.booleans()) else content[:cut] + junk + content[cut + len(junk) :]
    for other, _ in CASES:
        assert 0 <= other.claims(original(broken), broken) <= 1
    with contextlib.suppress(UnreadableOriginal):
        facts = reader.facts(reader.read(original(broken), broken, PARTNER), PARTNER)
        assert not [f for f in check(facts.facts) if f]


@QUICK
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=8), st.sampled_from(";,\t|"))
def test_every_row_leads_back_to_its_cells(rows: list[list[str]], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    content = out.getvalue().encode()
    reader = TableReader()
    assume(reader.claims(original(content), content) > 0)
    reading = reader.read(original(content), content, PARTNER)
    for item in reading.items:
        cells = orjson.loads(item.value)
        n = int(item.place.path.removeprefix("row ")) - 1
        assert [c.strip() for c in cells] == [c.strip() for c in [["a", "b", "c"], *rows][n]] or delimiter not in content.decode()


@QUICK
@given(st.lists(st.tuples(*[st.one_of(CELL, st.sampled_from(["1", "H", "M", "13,5", "<5", "01/02/2026"]))] * 12), max_size=6))
@example([("1", "", "", "", "", "", "a  b", "", "1", "", "", "")])
@example([("1", "", "", "", "", "", "a\u2003\u00a0b", "x", "1", "", "", "")])
def test_any_rows_give_valid_facts_and_a_whole_ledger(rows: list[tuple[str, ...]]) -> None:
    head = ["NHC", "DNI", "Apellidos", "Nombre", "F. Nac.", "Sexo", "Cod", "Prueba", "Valor", "Unidad", "Fecha", "Notas"]
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows([head, *rows])
    content = b"sep=;\n" + out.getvalue().encode()
    reading = TableReader().read(original(content), content, PARTNER)
    facts = TableReader().facts(reading, PARTNER)
    assert not [f for f in check(facts.facts) if f]
    assert len({f.id for f in facts.facts}) == len(facts.facts)
    filled = sum(bool(c.strip()) for item in reading.items for c in orjson.loads(item.value))
    assert sum(tally(facts.ledger).values()) == filled


@QUICK
@given(st.binary(max_size=200))
def test_any_bytes_decode(content: bytes) -> None:
    assert decode(content).replaced >= 0


@QUICK
@given(st.text(max_size=20), st.sampled_from(["dmy", "mdy", "ymd"]), st.sampled_from(["", ",", "."]))
def test_any_text_is_a_date_or_a_number_or_neither(text: str, order: str, decimal: str) -> None:
    moment(text, order, "Europe/Madrid", 1930)
    number(text, decimal)
