"""The direction of travel: series over time, each with its own word. They are never put together to one figure, and there is no finish."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan, nan
from statistics import fmean

from vado.collaboration.measures.direction import direction
from vado.collaboration.measures.scores import of_respondent
from vado.model.flow import Flow
from vado.model.reading import Fidelity
from vado.model.survey import CANNOT_SAY, Answer, Instrument, Round, Who

MONTHS = 24  # shown at most


@dataclass(frozen=True, slots=True)
class Series:
    """One thing over time."""

    id: str
    points: tuple[tuple[str, float], ...]  # when ('2026-03', or a round's id), value; oldest first

    @property
    def word(self) -> str:
        """Say 'towards', 'away', 'steady' (no trend could be shown) or 'too early'."""
        return direction([v for _, v in self.points])


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


def rungs_by_month(values: Iterable[tuple[Flow, int]], months: Sequence[str]) -> Mapping[Fidelity, tuple[int, ...]]:
    """Give values by rung and month."""
    values = tuple(values)
    return {r: tuple(sum(n for f, n in values if f.fidelity == r and f.day == m) for m in months) for r in Fidelity}


def scored(rounds: Sequence[tuple[Round, Sequence[Answer]]], instrument: Instrument) -> tuple[Scored, ...]:
    """Give each dimension over rounds that asked the same: the mean of organisations, each weighing the same, 0 to 100.

    Only organisations of which at least the round's least number answered count, so that the mean tells of no smaller group; citizens
    are a voice of their own and not in it.
    """
    found = []
    for d in instrument.dimensions:
        common = [i.id for i in d.items if not i.extra]
        told = [(r.id, *_mean(r, answers, common)) for r, answers in rounds]
        points = tuple((id_, value) for id_, value, _ in told if not isnan(value))
        found.append(
            Scored(
                d.id, Series(d.id, points), tuple(n for _, value, n in told if not isnan(value)),
                tuple(id_ for id_, value, _ in told if isnan(value)),
            )
        )  # fmt: skip
    return tuple(found)


def _mean(round_: Round, answers: Iterable[Answer], items: Sequence[str]) -> tuple[float, int]:
    by: dict[str, list[float]] = {}
    for a in answers:
        if a.who is not Who.CITIZEN:
            score = of_respondent([None if (s := a.scores.get(i, CANNOT_SAY)) == CANNOT_SAY else s for i in items])
            if not isnan(score):
                by.setdefault(a.voice, []).append(score)
    enough = [scores for scores in by.values() if len(scores) >= max(3, round_.least)]
    return (round(fmean(map(fmean, enough)), 1), sum(map(len, enough))) if enough else (nan, 0)
