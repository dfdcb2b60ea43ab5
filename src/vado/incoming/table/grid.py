"""Text to a grid of cells: delimiter, rows."""

import csv
import io
import re
from collections import Counter
from typing import Literal

DELIMITERS = ";,\t|"
_SAMPLE = 60  # lines that show the delimiter
_LINES_IN_CELL = 200  # a cell with more lines than this was opened by a stray quote
_SAID = re.compile("\ufeff?sep=([;,\t|])\r?\n", re.IGNORECASE)  # Excel's own first line


def delimiter_of(text: str) -> str | None:
    """Give the delimiter that cuts most lines into the same number of columns, at least two; None: no table, or prose."""
    if match := _SAID.match(text):
        return match[1]
    lines = [line for line in text[:200_000].splitlines()[: _SAMPLE + 1] if line.strip()][:_SAMPLE]
    best, best_score = None, 0.0
    for delimiter in DELIMITERS:
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):  # the second for a quote that never closes
            rows = _inner(_cut(lines, delimiter, quoting))
            width, same = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
            score = same / len(rows) * width if rows else 0.0
            enough = width >= 2 and same >= 2 and same >= 0.75 * len(rows)
            if enough and score > best_score and not _prose(rows, width, delimiter):
                best, best_score = delimiter, score
    return best


def _cut(lines: list[str], delimiter: str, quoting: Literal[0, 3]) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter, quoting=quoting) if row]
    except csv.Error:
        return []


def _inner(rows: list[list[str]]) -> list[list[str]]:
    """Leave titles above and notes below out: rows of one cell."""
    wide = [n for n, row in enumerate(rows) if sum(1 for cell in row if cell.strip()) > 1]
    return rows[wide[0] : wide[-1] + 1] if len(wide) > 1 else rows  # one such row shows nothing yet


def _prose(rows: list[list[str]], width: int, delimiter: str) -> bool:
    """Sentences and addresses have commas too: pieces that are long, end in full stops or begin with a blank, in few columns."""
    if delimiter in "\t|" or width > 4:
        return False
    cells = [cell for row in rows for cell in row]
    ends = sum(row[-1].rstrip().endswith((".", ":", "!", "?")) for row in rows)
    blank = sum(cell.startswith(" ") for row in rows for cell in row[1:])
    labels = sum(": " in row[0] for row in rows)
    long = sum(len(cell) for cell in cells) / len(cells)
    return max(ends, labels) > 0.4 * len(rows) or blank > 0.6 * (len(cells) - len(rows)) or long > 60


def rows_of(text: str, delimiter: str) -> tuple[list[list[str]], bool]:
    """Cut the text into rows; say whether its quotes could be trusted (a quote that never closes would swallow rows)."""
    csv.field_size_limit(10_000_000)
    text = _SAID.sub("", text, count=1)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True))
        if not any(cell.count("\n") > _LINES_IN_CELL for row in rows for cell in row):
            return rows, True
    except csv.Error:
        pass
    return [line.split(delimiter) for line in text.splitlines()], False
