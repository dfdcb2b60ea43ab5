"""Text and DOCX: every line is there, in any usual encoding; hostile packages only say so."""

import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pytest

from vado.errors import UnreadableOriginal
from vado.incoming.text import TextReader
from vado.model.fact import tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.model.reading import Reading

READER = TextReader()
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
NOTE = "Nombre: Ana\nApellidos: Núñez Peña\n\nFecha de nacimiento: 01/02/1960\nAlergias: penicilina\n"


def docx(body: str, **parts: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        for name, text in parts.items():
            package.writestr(f"word/{name}.xml", f"<w:x {W}>{text}</w:x>")
    return out.getvalue()


def p(*runs: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t>{r}</w:t></w:r>" for r in runs) + "</w:p>"


def read(content: bytes, claim: float) -> Reading:
    original = Original(original_id(content), PartnerId("p"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    assert READER.claims(original, content) == claim
    return READER.read(original, content, UNKNOWN)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp850", "mac_roman"])
def test_a_note_in_any_usual_encoding(encoding: str) -> None:
    reading = read(NOTE.encode(encoding), 0.2)
    assert [(i.place.path, i.value) for i in reading.items] == [
        (f"line {n}", line) for n, line in enumerate(NOTE.splitlines(), 1) if line
    ]  # fmt: skip
    facts = READER.facts(reading, UNKNOWN)
    assert len(facts.patients) == 1
    assert sum(tally(facts.ledger).values()) == len(reading.items)


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02\x03" * 50, b"", b"{\\rtf1 x}", b"\x89PNG\r\n\x1a\n\0\0\0", b"PK\x03\x04zip", b"   \n"]
)
def test_what_is_no_text_is_not_claimed(content: bytes) -> None:
    original = Original(original_id(content), PartnerId("p"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    assert READER.claims(original, content) == 0.0


def test_a_docx_is_read_as_a_person_reads_it() -> None:
    table = f"<w:tbl><w:tr><w:tc>{p('Name')}</w:tc><w:tc>{p('Jo', 'an')}</w:tc></w:tr></w:tbl>"
    gone = "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>kept</w:t><w:tab/><w:t>words</w:t></w:r></w:p>"
    reading = read(docx(p("Dis", "charge") + table + gone, header1=p("Hospital"), footer1=p("Page")), 0.8)
    assert [(i.label, i.value, i.place.path) for i in reading.items] == [
        ("line", "Hospital", "header 1 / paragraph 1"),
        ("line", "Discharge", "paragraph 1"),
        ("line", "kept words", "paragraph 4"),
        ("Name", "Joan", "table 1, row 1"),
        ("line", "Page", "footer 1 / paragraph 1"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (docx(p("x"))[:200], "IN-007"),
        (docx("<w:p>"), "IN-007"),
        (docx(""), "IN-001"),
        (docx(" " * 60_000_000), "IN-015"),
        (docx(p("x")).replace(b"word/document.xml", b"word/docxxxxx.xml"), "IN-007"),
    ],
    ids=["cut", "broken", "empty", "bomb", "no document"],
)
def test_hostile_documents_only_say_so(content: bytes, code: str) -> None:
    original = Original(original_id(content), PartnerId("p"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(UnreadableOriginal, match=code):
        READER.read(original, content, UNKNOWN)


def test_entities_are_not_followed() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        dtd = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        package.writestr("word/document.xml", f"{dtd}<w:d {W}><w:p><w:t>a&x;b</w:t></w:p><w:p><w:t>c</w:t></w:p></w:d>")
    assert [i.value for i in read(out.getvalue(), 0.8).items] == ["a", "c"]
