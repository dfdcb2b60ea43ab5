"""Sheets of XLSX, XLS, XLSB and ODS as text, by calamine."""

from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import python_calamine

from vado.errors import UnreadableOriginal

ROWS = 300_000  # a sheet longer than this is cut; the reader says so


Cell = str | int | float


def sheets(content: bytes) -> list[tuple[str, list[list[Cell]]]]:
    """Give (name, rows of cells) of every sheet: text or numbers as typed; dates are text in ISO 8601, "" is empty.

    Raises:
        UnreadableOriginal: IN-016 locked, IN-007 damaged.
    """
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(content))
        return [(name, _rows(book, name)) for name in book.sheet_names]
    except python_calamine.PasswordError as fault:
        raise UnreadableOriginal("IN-016") from fault
    except (python_calamine.CalamineError, OSError, ValueError) as fault:
        raise UnreadableOriginal("IN-007", fault="the workbook cannot be opened") from fault


def _rows(book: Any, name: str) -> list[list[Cell]]:
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=ROWS)
    return [[_cell(cell) for cell in row] for row in rows]


def _cell(cell: Any) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return int(cell) if abs(cell) < 1e15 and cell == int(cell) else cell
    if isinstance(cell, datetime):
        midnight = cell.time() == time(0) and cell.tzinfo is None
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).strip()
