"""Bytes to grids of text: encoding, delimiter, header row."""

import csv
import io
from collections import Counter

from charset_normalizer import from_bytes

DELIMITERS = ";,\t|"
_SAMPLE = 60  # lines that show the delimiter
_LOOK = 12  # rows in which the header stands


def decode(content: bytes) -> tuple[str, str, int] | None:
    """Give (text, encoding, characters replaced); None: it is no text."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            text = content.decode(name, "replace")
            return text, name, text.count("\ufffd")
    if b"\0" in content[:4096]:
        return None
    try:
        return content.decode("utf-8"), "utf-8", 0
    except UnicodeDecodeError:
        pass
    best = from_bytes(content[:20_000], cp_isolation=["cp1252", "iso8859_15", "cp850", "mac_roman"]).best()
    name = best.encoding if best else "cp1252"
    if best and best.encoding not in {"cp1252", "cp850", "mac_roman", "iso8859_15"}:
        name = "cp1252"
    text = content.decode(name, "replace")
    odd = sum(1 for c in text[:4096] if ord(c) < 32 and c not in "\t\r\n\f")
    return None if odd > 8 else (text, name, text.count("\ufffd"))


def delimiter_of(text: str) -> str | None:
    """Give the delimiter that cuts most lines into the same number of columns, at least two; None: no table."""
    lines = [line for line in text[:200_000].splitlines()[: _SAMPLE + 1] if line.strip()][:_SAMPLE]
    best, best_score = None, 0.0
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        if not widths:
            continue
        width, rows = widths.most_common(1)[0]
        share = rows / sum(widths.values())
        if width >= 2 and rows >= 2 and share >= 0.75 and share * width > best_score:
            best, best_score = delimiter, share * width
    return best


def rows_of(text: str, delimiter: str) -> list[list[str]]:
    """Cut the text into rows; quotes that never close take the rest of their line only."""
    csv.field_size_limit(10_000_000)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in text.splitlines()]


def header_row(rows: list[list[str]]) -> int | None:
    """Find the header: the first row that is filled, has only distinct words, and is as wide as the rows below it."""
    width = Counter(_filled(r) for r in rows[: _SAMPLE + _LOOK] if _filled(r) > 1).most_common(1)
    if not width:
        return None
    for n, row in enumerate(rows[:_LOOK]):
        cells = [c.strip() for c in row if c.strip()]
        if len(cells) < max(2, 0.6 * width[0][0]) or len(set(cells)) < len(cells):
            continue
        if all(any(c.isalpha() for c in cell) and len(cell) <= 80 for cell in cells):
            return n
    return None


def _filled(row: list[str]) -> int:
    return sum(1 for c in row if c.strip())
