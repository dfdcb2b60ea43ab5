"""A small chart of one test in one unit: where its points, its line and the band of its range stand. Drawn by the template as SVG."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from vado.record.trends import Series

WIDTH, HEIGHT = 240, 64  # of the picture, in its own units
_EDGE = 5
_DOTS = 40  # values up to which each gets a dot; of more, those beyond the range and the last
_GRAIN = 2.0  # what lies nearer together than this cannot be told apart


@dataclass(frozen=True, slots=True)
class Dot:
    """One value."""

    x: float
    y: float
    out: bool
    unreviewed: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, and what is said to whoever does not see it."""

    unit: str
    line: str  # points of a polyline
    dots: tuple[Dot, ...]  # no two where they would cover each other, but for the last
    band: tuple[float, float] | None  # y and height of the range of the newest value
    count: int
    lowest: str
    highest: str
    first: str  # when the ends were, as told
    last: str

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """Give all dots but the last as paths of round ends, (class, path): a tenth of as many circles."""
        found: dict[str, str] = {}
        for d in (d for d in self.dots if not d.last):
            for kind in ("open", "hole") if d.unreviewed else ("out",) if d.out else ("seen",):
                found[kind] = f"{found.get(kind, '')}M{d.x:g} {d.y:g}h0"
        return tuple((kind, found[kind]) for kind in ("seen", "out", "open", "hole") if kind in found)


def chart(series: Series) -> Chart | None:
    """Draw a series; None where there is nothing to see: fewer than two days."""
    told = [(day, v.number, v) for v in series.values if v.number is not None and (day := _day(v.when))]
    if len({day for day, _, _ in told}) < 2:
        return None
    days, numbers = [d for d, _, _ in told], [n for _, n, _ in told]
    newest = told[-1][2]
    ends = [e for e in (newest.low, newest.high) if e is not None]
    low, high = min(*numbers, *ends), max(*numbers, *ends)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1
    low, high = low - room, high + room

    def x(day: int) -> float:
        return round(_EDGE + (day - days[0]) / (days[-1] - days[0]) * (WIDTH - 2 * _EDGE), 1)

    def y(number: float) -> float:
        return round(HEIGHT - (number - low) / (high - low) * HEIGHT, 1)

    at = [(x(day), y(number)) for day, number, _ in told]
    last = len(told) - 1
    dots = [Dot(*at[n], v.out, v.unreviewed, n == last) for n, (_, _, v) in enumerate(told) if last < _DOTS or n == last or v.out]
    band = None
    if ends:
        top = y(newest.high) if newest.high is not None else 0.0
        band = top, round((y(newest.low) if newest.low is not None else HEIGHT) - top, 1)
    return Chart(
        series.unit, " ".join(f"{a:g},{b:g}" for a, b in _thinned(at)), _apart(dots), band, len(told), f"{min(numbers):g}", f"{max(numbers):g}",
        told[0][2].when, newest.when,
    )  # fmt: skip


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out of a line, from left to right, what cannot be seen: of points in one column the lowest and the highest are enough."""
    columns = [list(some) for _, some in groupby(points, lambda p: p[0] // _GRAIN)]
    return [p for some in columns for p in some if p in (min(some, key=_height), max(some, key=_height), points[0], points[-1])]


def _height(point: tuple[float, float]) -> float:
    return point[1]


def _apart(dots: list[Dot]) -> tuple[Dot, ...]:
    """Leave out dots that stand, of the same kind, where another stands."""
    return tuple({(d.x // _GRAIN, d.y // _GRAIN, d.out, d.unreviewed, d.last): d for d in dots}.values())


def _day(when: str) -> int:
    """Give the day as a number, the first where only month or year is told; 0: it is no date."""
    try:
        return date.fromisoformat((when[:10] + "-01-01")[:10] if len(when) < 10 else when[:10]).toordinal()
    except ValueError:
        return 0
