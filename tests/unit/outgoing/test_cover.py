"""The cover sheet: printed, damaged, read back; a code that is not ours is none; the file of sheets keeps them."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

from vado.model.cover import Cover, channel_of, code_of, cover_in
from vado.model.original import PartnerId
from vado.outgoing.cover.write import write
from vado.place.damage import faxed, photographed, scanned
from vado.store.covers import FileCovers
from vado.tools import image, pdf

COVER = Cover("ABCDEFGHIJKLMNOPQRSTUVWXY2", PartnerId("clinic"), "f" * 32, datetime(2026, 11, 1, tzinfo=UTC), "cli:ana")
SHEET = write(COVER, partner_name="Clinic", language="es")


def drawn() -> np.ndarray:
    with pdf.pages_of(SHEET) as document:
        return cv2.cvtColor(pdf.draw(document, 1, dpi=150, longest=1800), cv2.COLOR_RGB2GRAY)


@pytest.mark.parametrize("damage", ["none", "scan", "photo", "fax", "upside down"])
def test_a_damaged_sheet_is_read_back(damage: str) -> None:
    page = drawn()
    if damage == "scan":
        page, _ = scanned(page, Random(1), degrees=3)
    elif damage == "photo":
        page, _ = photographed(page, Random(1))
    elif damage == "fax":
        page, _ = faxed(page, Random(1), fine=True)
    elif damage == "upside down":
        page = np.ascontiguousarray(page[::-1, ::-1])
    assert [cover_in(text) for text in image.codes(np.stack([page] * 3, axis=2))] == [COVER.code]


def test_the_sheet_says_nothing_about_the_person() -> None:
    with pdf.pages_of(SHEET) as document:
        text = " ".join(line.text for line in pdf.page_lines(document, 1))
    assert COVER.person not in text and "Clinic" in text and len(SHEET) < 100_000


def test_sheets_are_kept_and_others_are_not_known(tmp_path: Path) -> None:
    covers = FileCovers(tmp_path / "covers.jsonl")
    assert covers.get(COVER.code) is None
    covers.add(COVER)
    assert covers.get(COVER.code) == COVER and covers.get("A" * 26) is None and covers.get("") is None


def test_other_codes_are_no_cover_sheets() -> None:
    assert cover_in("https://example.org") == cover_in("VADO1:short") == ""
    assert code_of(channel_of(COVER.code)) == COVER.code and code_of("folder") == ""
