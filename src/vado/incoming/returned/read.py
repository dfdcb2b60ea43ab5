"""A file of answers: a table (CSV, XLSX, ODS), JSON, or a scan of the paper form. What it means is said elsewhere."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from vado.errors import UnreadableOriginal
from vado.model.returned import Grid, Returned
from vado.tools import answer_sheet, image, pdf, spreadsheet

_DELIMITERS = ";,\t|"
_ROWS = 100_000
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read(content: bytes, papers: Mapping[str, Mapping[str, Any]]) -> Returned:
    """See what is in a file; nothing of all it could be gives an empty Returned.

    Args:
        content: the file.
        papers: forms that a scan may hold, see tools/answer_sheet.py.

    Raises:
        UnreadableOriginal: it is locked, damaged or far too large.
    """
    if pdf.is_pdf(content) or image.media_type(content):
        return Returned(leaves=answer_sheet.read(content, papers))
    if content.startswith(_BOOKS):
        return Returned(tuple(_grid(name, rows) for name, rows in spreadsheet.sheets(content)))
    text = _text(content)
    if text.lstrip()[:1] in ("{", "["):
        return Returned(json=text)
    rows = _rows(text)
    return Returned((_grid("", rows),)) if rows else Returned()


def _grid(name: str, rows: Sequence[Sequence[object]]) -> Grid:
    return Grid(name, tuple(tuple(str(cell).strip() for cell in row) for row in rows[:_ROWS]))


def _text(content: bytes) -> str:
    """Decode as what Excel and servers write: UTF-8 or UTF-16 with their marks, else UTF-8, else Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _rows(text: str) -> list[list[str]]:
    if "\0" in text:
        return []
    head = "\n".join(text.splitlines()[:20])
    delimiter = max(_DELIMITERS, key=head.count)
    if not head.count(delimiter):
        return []
    csv.field_size_limit(1_000_000)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as fault:
        raise UnreadableOriginal("IN-007", fault="a table with a quote that never closes") from fault
