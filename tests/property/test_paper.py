"""Laws of paper: reading is deterministic, broken bytes never crash it, every place leads back to its page."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vado.errors import UnreadableOriginal
from vado.extract.letter import Candidate, candidates
from vado.incoming.pdf_form import PdfFormReader
from vado.incoming.pdf_text import PdfTextReader
from vado.model.original import Original, OriginalId, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.model.reading import Item, Place
from vado.tools.image import frames

GOLDEN = Path(__file__).parents[1] / "golden" / "incoming"
LETTER = (GOLDEN / "pdf_text" / "english_letter" / "original.pdf").read_bytes()
FORM = (GOLDEN / "pdf_form" / "filled" / "original.pdf").read_bytes()
PNG = (GOLDEN / "scan" / "clean_page" / "original.png").read_bytes()
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
READERS = [(PdfTextReader(), LETTER), (PdfFormReader(), FORM)]


def original(content: bytes) -> Original:
    return Original(original_id(content), PartnerId("made"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("reader", "content"), READERS, ids=["letter", "form"])
def test_read_is_deterministic_and_places_are_on_the_page(reader: PdfTextReader, content: bytes) -> None:
    reading = reader.read(original(content), content, UNKNOWN)
    assert reading.items and reading == reader.read(original(content), content, UNKNOWN)
    assert len({i.place.path for i in reading.items}) == len(reading.items)
    for item in reading.items:
        box = item.place.box
        assert box and 0 <= box.left <= box.right <= 1 and 0 <= box.top <= box.bottom <= 1


@pytest.mark.parametrize(("reader", "content"), READERS, ids=["letter", "form"])
@QUICK
@given(st.data())
def test_broken_pdfs_only_say_so(reader: PdfTextReader, content: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(content) - 1))
    broken = content[:cut] if data.draw(st.booleans()) else content[:cut] + b"\x00\xff" + content[cut + 2 :]
    assert 0 <= reader.claims(original(broken), broken) <= 1
    with contextlib.suppress(UnreadableOriginal):
        reader.read(original(broken), broken, UNKNOWN)


@QUICK
@given(st.integers(0, len(PNG) - 1))
def test_broken_pictures_only_say_so(cut: int) -> None:
    with contextlib.suppress(UnreadableOriginal):
        list(frames(PNG[:cut]))


@QUICK
@given(st.lists(st.text(max_size=80), max_size=20))
def test_any_text_gives_statements_of_its_own_lines(lines: list[str]) -> None:
    items = [Item("line", t, Place(OriginalId("0" * 64), f"page 1 / line {n}")) for n, t in enumerate(["Diagnoses:", *lines])]
    assert all(
        set(c.items) <= set(items) and c.resource["code"]["text"] in source(c) for c in candidates(items) if "code" in c.resource
    )


def source(c: Candidate) -> str:
    return " ".join(i.value for i in c.items)


DENIALS = st.sampled_from(
    ["No ", "Sin ", "Niega ", "Nunca ", "Denies ", "No evidence of ", "Without ", "Se descarta ", "Rule out ", "No hay "]
)
NAMES = st.sampled_from(["asma", "diabetes mellitus tipo 2", "heart failure", "penicilina", "neumonía", "ictus", "ramipril 5 mg"])
HEADINGS = st.sampled_from(
    ["Diagnósticos", "Antecedentes personales", "Allergies", "Procedures", "Family history", "Tratamiento"]
)


@QUICK
@given(HEADINGS, DENIALS, st.lists(NAMES, min_size=1, max_size=4), st.booleans(), st.sampled_from([", ", " o ", " or ", ", ni "]))
def test_a_denied_sentence_never_gives_a_fact(heading: str, denial: str, names: list[str], apart: bool, between: str) -> None:
    told = denial + between.join(names) + "."
    lines = [f"{heading}:", f"- {told}"] if apart else [f"{heading}: {told}"]
    items = [Item("line", t, Place(OriginalId("0" * 64), f"page 1 / line {n}")) for n, t in enumerate(lines)]
    assert [c.resource for c in candidates(items)] == []
