"""Sheets of an XLSForm as an XLSX workbook."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

_WIDEST = 60  # letters


def write(sheets: Mapping[str, Sequence[Mapping[str, str]]], when: datetime) -> bytes:
    """Give the workbook; every cell is text, so that no name or version becomes a number, and no text a formula.

    Args:
        sheets: name -> rows, each heading -> cell; headings stand in the order in which they come first.
        when: the moment that the workbook says it was made.
    """
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type] - a new workbook has one sheet
    book.properties.created = book.properties.modified = when.replace(tzinfo=None)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        headings = list(dict.fromkeys(key for row in rows for key in row))
        for n, line in enumerate([dict(zip(headings, headings, strict=True)), *rows], 1):
            for m, key in enumerate(headings, 1):
                if text := line.get(key, ""):
                    cell = sheet.cell(n, m)
                    cell.value, cell.data_type = text, "s"
                    cell.font = Font(bold=n == 1)
        sheet.freeze_panes = "A2"
        for m, key in enumerate(headings, 1):
            widest = max(len(str(row.get(key, ""))) for row in [{key: key}, *rows])
            sheet.column_dimensions[get_column_letter(m)].width = min(_WIDEST, widest + 2)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
