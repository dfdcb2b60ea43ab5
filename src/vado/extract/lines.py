"""Lines of a page in the order in which a person reads them."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from vado.model.reading import Box


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
    """Give lines from top to bottom, each row from left to right; two columns of prose one after the other.

    A form, whose rows hold short cells, keeps its rows.
    """
    rows = sorted(lines, key=lambda x: (x.box.top, x.box.left))
    gutter = _gutter(rows)
    if gutter is None:
        return _by_rows(rows)
    ordered: list[L] = []
    band: list[L] = []
    for line in rows:
        if line.box.left < gutter - 0.02 and line.box.right > gutter + 0.02:  # crosses the gutter: a heading
            ordered += _by_columns(band, gutter)
            ordered.append(line)
            band = []
        else:
            band.append(line)
    return ordered + _by_columns(band, gutter)


def _by_columns(band: list[L], gutter: float) -> list[L]:
    left = [x for x in band if (x.box.left + x.box.right) / 2 < gutter]
    right = [x for x in band if (x.box.left + x.box.right) / 2 >= gutter]
    return _by_rows(left) + _by_rows(right)


def _by_rows(lines: list[L]) -> list[L]:
    rows: list[list[L]] = []
    for line in sorted(lines, key=lambda x: ((x.box.top + x.box.bottom) / 2, x.box.left)):
        if rows and same_row(rows[-1][0].box, line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda x: x.box.left)]


def same_row(a: Box, b: Box) -> bool:
    """Say whether two boxes stand on one row: they share more than half of the lower one's height."""
    return min(a.bottom, b.bottom) - max(a.top, b.top) > 0.5 * min(a.bottom - a.top, b.bottom - b.top)


def _gutter(lines: list[L]) -> float | None:
    """Find the x of an empty strip between two columns of prose; None: there are not two columns."""
    if len(lines) < 16:
        return None
    for x in (n / 100 for n in range(35, 66)):
        left = [k for k in lines if k.box.right <= x + 0.02]
        right = [k for k in lines if k.box.left >= x - 0.02]
        crossing = len(lines) - len(left) - len(right)
        if min(len(left), len(right)) >= 8 and crossing <= 0.15 * len(lines) and _prose(left) and _prose(right):
            return x
    return None


def _prose(lines: list[L]) -> bool:
    full = sum(len(line.text) >= 25 for line in lines)
    return full >= 0.6 * len(lines)
