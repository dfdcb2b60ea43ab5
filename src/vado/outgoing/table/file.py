"""Rows to a file: CSV (RFC 4180) or XLSX (ECMA-376). The same rows always give the same bytes."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from vado.outgoing.table.cells import neutral

Cell = str | int | float
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIGURES = 15  # that a number of a spreadsheet holds
_CORE = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/'
    'metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Vado</dc:creator></cp:coreProperties>'
)  # in place of openpyxl's own, which tells the time of writing


def csv_file(rows: Sequence[Sequence[str]], delimiter: str, encoding: str) -> tuple[bytes, list[int]]:
    """Give the bytes, and the numbers of the rows that have characters which the encoding lacks: those became question marks."""
    box = StringIO(newline="")
    csv.writer(box, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n").writerows(rows)
    lacking = [n for n, row in enumerate(rows) if not _holds("".join(row), encoding)]
    return box.getvalue().encode(encoding, "replace"), lacking


def for_spreadsheets(rows: Sequence[Sequence[Cell]], delimiter: str = ",") -> bytes:
    """Give a CSV that spreadsheets open with its accents: text is never a formula, numbers have a point and no exponent below 1e12."""
    told = [[neutral(c) if isinstance(c, str) else f"{c:.12g}" for c in row] for row in rows]
    return csv_file(told, delimiter, "utf-8-sig")[0]


def xlsx_file(rows: Sequence[Sequence[Cell]], title: str) -> bytes:
    """Give a workbook of one sheet. Text is written as text with the quote prefix, so that nothing in it is ever a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31] or "Sheet1")
    for n, row in enumerate(rows):
        sheet.append([_cell(sheet, value, bold=n == 0) for value in row])
    raw = BytesIO()
    book.save(raw)
    return _timeless(raw)


def _cell(sheet: Any, value: Cell, *, bold: bool) -> Any:
    if not isinstance(value, str) and len(str(value).strip("-").replace(".", "")) > _FIGURES:
        value = str(value)  # a spreadsheet would round it
    cell = WriteOnlyCell(sheet, value=None if value == "" else value)
    if isinstance(value, str) and value:
        cell.data_type = "s"
        cell.quotePrefix = True  # pyright: ignore[reportAttributeAccessIssue] - a style attribute that the stubs leave out
    if bold:
        cell.font = Font(bold=True)
    return cell


def _timeless(raw: BytesIO) -> bytes:
    """Write the package anew without the time of writing."""
    out = BytesIO()
    with ZipFile(raw) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = _CORE.encode() if name == "docProps/core.xml" else old.read(name)
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            new.writestr(entry, content)
    return out.getvalue()


def _holds(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
