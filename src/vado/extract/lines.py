"""Lines of a page in the order in which a person reads them."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from vado.model.reading import Box

_COLUMN_LINES = 6  # a column of prose has at least so many lines
_LETTERS = 18  # and most of them are so long: a cell of a form or table is shorter
_CROSSING = 0.4  # of the lines may run across a gutter: title, summary, headings
_DEEPEST = 4  # cuts within cuts


class Boxed(Protocol):
    """Anything that stands somewhere on a page."""

    @property
    def text(self) -> str:
        """What it says."""
        ...

    @property
    def box(self) -> Box:
        """Where it stands."""
        ...


L = TypeVar("L", bound=Boxed)


def in_reading_order(lines: Iterable[L]) -> list[L]:
    """Give lines from top to bottom, each row from left to right; columns of prose one after the other.

    A form or a table, whose rows hold short cells, keeps its rows.
    Source: recursive XY cut (Nagy and Seth 1984), cut only where both sides are prose.
    """
    return _cut(sorted(lines, key=lambda x: (x.box.top, x.box.left)), 0)


def _cut(lines: list[L], depth: int) -> list[L]:
    gutter = _gutter(lines) if depth < _DEEPEST else None
    if gutter is None:
        return _by_rows(lines)
    ordered: list[L] = []
    band: list[L] = []
    for line in lines:
        if line.box.left < gutter - 0.01 and line.box.right > gutter + 0.01:  # crosses the gutter: a heading
            ordered += _by_columns(band, gutter, depth)
            ordered.append(line)
            band = []
        else:
            band.append(line)
    return ordered + _by_columns(band, gutter, depth)


def _by_columns(band: list[L], gutter: float, depth: int) -> list[L]:
    left = [x for x in band if (x.box.left + x.box.right) / 2 < gutter]
    right = [x for x in band if (x.box.left + x.box.right) / 2 >= gutter]
    return _cut(left, depth + 1) + _cut(right, depth + 1)


def _by_rows(lines: list[L]) -> list[L]:
    return [line for row in rows_of(lines) for line in row]


def rows_of(lines: Iterable[L]) -> list[list[L]]:
    """Give rows from top to bottom, each from left to right."""
    rows: list[list[L]] = []
    for line in sorted(lines, key=lambda x: ((x.box.top + x.box.bottom) / 2, x.box.left)):
        if rows and same_row(rows[-1][0].box, line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda x: x.box.left) for row in rows]


def same_row(a: Box, b: Box) -> bool:
    """Say whether two boxes stand on one row: they share more than half of the lower one's height."""
    return min(a.bottom, b.bottom) - max(a.top, b.top) > 0.5 * min(a.bottom - a.top, b.bottom - b.top)


def _gutter(lines: Sequence[L]) -> float | None:
    """Find the x of an empty strip with prose on both sides; None: there are no columns.

    A column begins where several lines begin; the strip crossed by the fewest lines wins, then the leftmost.
    """
    if len(lines) < 2 * _COLUMN_LINES:
        return None
    best: tuple[int, float] | None = None
    for x in sorted({round(line.box.left, 2) for line in lines}):
        left = [k for k in lines if k.box.right <= x]
        right = [k for k in lines if k.box.left >= x - 0.01]
        crossing = len(lines) - len(left) - len(right)
        if crossing > _CROSSING * len(lines) or (best and crossing >= best[0]):
            continue
        if _prose(left) and _prose(right) and _side_by_side(left, right):
            best = (crossing, x - 0.005)
    return best[1] if best else None


def _prose(lines: Sequence[Boxed]) -> bool:
    """Say whether these are lines of running text, not cells: long, of several words, one under the other."""
    if len(lines) < _COLUMN_LINES:
        return False
    full = sum(len(line.text) >= _LETTERS and line.text.count(" ") >= 2 for line in lines)
    return full >= 0.6 * len(lines)


def _side_by_side(left: Sequence[Boxed], right: Sequence[Boxed]) -> bool:
    """Say whether two columns share at least half of the shorter one's height."""
    tops = [min(x.box.top for x in side) for side in (left, right)]
    bottoms = [max(x.box.bottom for x in side) for side in (left, right)]
    return min(bottoms) - max(tops) >= 0.5 * min(b - t for b, t in zip(bottoms, tops, strict=True))
