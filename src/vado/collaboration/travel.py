"""The direction of travel: series over time, each with its own word. They are never put together to one figure, and there is no finish."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vado.collaboration.ecosystem import LEAST
from vado.collaboration.measures.direction import direction
from vado.collaboration.picture import SYSTEM, Picture
from vado.collaboration.shown import Shown
from vado.model.flow import Flow, Monthly
from vado.model.reading import Fidelity
from vado.model.survey import Round

MONTHS = 24  # shown at most


@dataclass(frozen=True, slots=True)
class Series:
    """One thing over time."""

    id: str
    points: tuple[tuple[str, float], ...]  # when ('2026-03', or a round's id), value; oldest first
    less: bool = False  # less is better

    @property
    def word(self) -> str:
        """Say 'towards', 'away', 'steady' (no trend could be shown) or 'too early'."""
        return direction([-v if self.less else v for _, v in self.points])


@dataclass(frozen=True, slots=True)
class Scored:
    """One dimension over rounds; a round in which too few answered has no point."""

    dimension: str
    series: Series
    behind: tuple[int, ...]  # respondents of each point
    hidden: tuple[str, ...]  # rounds that are not told of: too few


def whole_months(first: str, today: date) -> tuple[str, ...]:
    """Give the months from the first ('YYYY-MM') to the last that is over, oldest first, at most MONTHS."""
    found = []
    year, month = today.year, today.month
    while len(found) < MONTHS:
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        if f"{year:04}-{month:02}" < first:
            break
        found.append(f"{year:04}-{month:02}")
    return tuple(reversed(found))


def of_exchange(
    originals: Iterable[tuple[Flow, int]], values: Iterable[tuple[Flow, int]], sent: Iterable[tuple[Flow, int]], today: date
) -> tuple[Series, ...]:
    """Give what the exchange shows by month: live bridges, originals, deliveries sent, values, and how many of these have fields.

    A bridge is live in a month in which something came by it or was sent to it. A share has no point where nothing came.
    """
    originals, values, sent = tuple(originals), tuple(values), tuple(sent)
    first = min((f.day for f, _ in (*originals, *values, *sent)), default="")
    months = whole_months(first, today) if first else ()

    def by(flows: Iterable[tuple[Flow, int]]) -> list[int]:
        return [sum(n for f, n in flows if f.day == m) for m in months]

    live = [len({f.partner for f, n in (*originals, *sent) if n and f.day == m}) for m in months]
    all_, good = by(values), by([(f, n) for f, n in values if f.fidelity >= Fidelity.FIELDS])
    shares = [(m, round(100 * g / n)) for m, g, n in zip(months, good, all_, strict=True) if n]
    made = {"live": live, "originals": by(originals), "sent": by(sent), "values": all_}
    return (
        *(Series(id_, tuple(zip(months, map(float, said), strict=True))) for id_, said in made.items()),
        Series("fields", tuple((m, float(s)) for m, s in shares)),
    )  # fmt: skip


def of_people(kept: Monthly, values: Series, months: Sequence[str]) -> tuple[Series, ...]:
    """Give what was counted of people by month: joined, how late things come, what people had to decide, and who looks.

    Args:
        kept: as it was counted last.
        values: single values by month, as `of_exchange` gives them.
        months: those that are told.
    """
    first, second = {m: n for m, n, _ in kept.persons}, {m: n for m, _, n in kept.persons}
    known, two, shares = 0, 0, list[tuple[str, float]]()
    for month in sorted({*first, *months}):
        known, two = known + first.get(month, 0), two + second.get(month, 0)
        if month in months and known >= LEAST:
            shares.append((month, float(round(100 * two / known))))
    told, decided = dict(values.points), dict(kept.reviewed)
    burden = [(m, round(100 * decided.get(m, 0) / told[m], 1)) for m in months if told.get(m)]
    looks, citizens = dict(kept.looks), dict(kept.citizens)
    return (
        Series("joined", tuple(shares)),
        Series("hours", tuple((m, h) for m, h, n in kept.lags if m in months and n >= LEAST), less=True),
        Series("review", tuple(burden), less=True),
        Series("looks", tuple((m, float(looks.get(m, 0))) for m in months)),
        Series("citizens", tuple((m, float(citizens[m])) for m in months if citizens.get(m, 0) >= LEAST)),
    )


def rungs_by_month(values: Iterable[tuple[Flow, int]], months: Sequence[str]) -> Mapping[Fidelity, tuple[int, ...]]:
    """Give values by rung and month."""
    values = tuple(values)
    return {r: tuple(sum(n for f, n in values if f.fidelity == r and f.day == m) for m in months) for r in Fidelity}


def scored(rounds: Sequence[tuple[Round, Picture]]) -> tuple[Scored, ...]:
    """Give each dimension over rounds that asked the same: the score of the whole as each round's own page shows it, 0 to 100.

    What is hidden there has no point here: a second way of reckoning the same would tell what the first hides.
    """
    found = []
    for n, dimension in enumerate(rounds[0][1].dimensions if rounds else ()):
        told = [(r.id, p.scores[SYSTEM][n]) for r, p in rounds]
        shown = [(id_, f) for id_, f in told if isinstance(f, Shown)]
        series = Series(dimension, tuple((id_, f.value) for id_, f in shown))
        found.append(
            Scored(dimension, series, tuple(f.n for _, f in shown), tuple(id_ for id_, f in told if not isinstance(f, Shown)))
        )
    return tuple(found)
