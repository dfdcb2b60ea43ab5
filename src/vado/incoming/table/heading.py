"""The rows of a sheet that name its columns: one row; two, where a band above spans several columns; a row of units beneath.

| NHC | Glucosa |        | Sodio |        |
|     | Valor   | Unidad | Valor | Unidad |      -> NHC, Glucosa / Valor, Glucosa / Unidad, Sodio / Valor, Sodio / Unidad
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vado.terms.units import ucum

Rows = Sequence[Sequence[str | int | float]]
_SAMPLE = 60  # rows that show how wide the sheet is
_LOOK = 12  # rows in which the heading stands
_BELOW = 40  # rows that show what a column holds
_LONG = 80  # characters; longer is no name of a column


@dataclass(frozen=True, slots=True)
class Heading:
    """The first row of a heading, how many rows it takes, and the name of each column."""

    top: int
    size: int
    labels: tuple[str, ...]

    @property
    def below(self) -> int:
        """The first row of data."""
        return self.top + self.size

    def holds(self, n: int) -> bool:
        """Say whether row n is part of it."""
        return self.top <= n < self.below


def headings_at(rows: Rows, n: int) -> Iterator[Heading]:
    """Give every way in which a heading can begin at row n; the plainest first."""
    plain = [str(c).strip() for c in rows[n]]
    yield Heading(n, 1, _distinct(plain))
    yield from _with_units(rows, n, 1, plain)
    if (merged := _merged(rows, n)) is not None:
        yield Heading(n, 2, _distinct(merged))
        yield from _with_units(rows, n, 2, merged)


def likely(rows: Rows) -> Heading | None:
    """Give what looks most like the heading; None: no row does."""
    n = _header_row(rows)
    for k in range(min(len(rows), _LOOK)) if n is None else (n - 1, n):
        if k >= 0 and _merged(rows, k) is not None:
            return list(headings_at(rows, k))[-1]
    return None if n is None else list(headings_at(rows, n))[-1]


def _header_row(rows: Rows) -> int | None:
    """Find the first row that is filled, has only distinct words, and is as wide as the rows below it."""
    width = Counter(_count(r) for r in rows[: _SAMPLE + _LOOK] if _count(r) > 1).most_common(1)
    if not width:
        return None
    for n, row in enumerate(rows[:_LOOK]):
        cells = [str(c).strip() for c in row if filled(c)]
        if len(cells) >= max(2, 0.6 * width[0][0]) and len(set(cells)) == len(cells) and all(map(_worded, cells)):
            return n
    return None


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Name every column; one without a name by its number, the second of one name by it and its number."""
    labels: list[str] = []
    for n, name in enumerate(names, 1):
        labels.append(f"column {n}" if not name else name if name not in labels else f"{name} (column {n})")
    return tuple(labels)


def _merged(rows: Rows, n: int) -> list[str] | None:
    """Join the band at row n with the names beneath it; None when these two are not a heading of two rows.

    The lower row is one of names, not of data, when all of it are words, none comes again in its column, and it stands over numbers.
    """
    if n + 2 >= len(rows):
        return None
    width = max(len(rows[n]), len(rows[n + 1]))
    band, low = ([str(c).strip() for c in row] + [""] * (width - len(row)) for row in rows[n : n + 2])
    gaps = any(x and not b for b, x in zip(band, low, strict=True))
    named = [x for x in low if x]
    doubtful = len(set(named)) < len(named) or any(b and not x for b, x in zip(band, low, strict=True))
    if (
        sum(map(bool, band)) < 2
        or len(named) < 2
        or not gaps
        or not doubtful
        or not all(map(_worded, (*filter(None, band), *named)))
    ):
        return None
    below = rows[n + 2 : n + 2 + _BELOW]
    columns = [[str(r[c]).strip() for r in below if c < len(r) and filled(r[c])] for c in range(width)]
    if any(x and x in column for x, column in zip(low, columns, strict=True)) or not any(
        x and _numeric(column) for x, column in zip(low, columns, strict=True)
    ):
        return None
    over, names = "", []
    for b, x in zip(band, low, strict=True):
        over = b or (over if x else "")
        names.append(over if not x else x if named.count(x) == 1 or not over else f"{over} / {x}")
    return names


def _with_units(rows: Rows, n: int, size: int, names: Sequence[str]) -> Iterator[Heading]:
    """A row beneath that holds only units, at least two, each over numbers, belongs to the heading: 'Glucosa (mg/dL)'."""
    at = n + size
    if at + 1 >= len(rows):
        return
    units = {c: str(x).strip() for c, x in enumerate(rows[at]) if filled(x)}
    below = rows[at + 1 : at + 1 + _BELOW]
    if len(units) >= 2 and all(
        c < len(names) and names[c] and ucum(u) and _numeric([str(r[c]).strip() for r in below if c < len(r) and filled(r[c])])
        for c, u in units.items()
    ):
        yield Heading(n, size + 1, _distinct([f"{name} ({units[c]})" if c in units else name for c, name in enumerate(names)]))


def _worded(cell: str) -> bool:
    return any(c.isalpha() for c in cell) and len(cell) <= _LONG


_FIGURES = re.compile(r"[<>=~]*\s*[-+]?\d[\d.,/:\s-]*")


def _numeric(column: Sequence[str]) -> bool:
    return bool(column) and sum(bool(_FIGURES.fullmatch(v)) for v in column) > 0.7 * len(column)


def _count(row: Sequence[str | int | float]) -> int:
    return sum(map(filled, row))


def filled(cell: object) -> bool:
    """Say whether a cell holds anything."""
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None
