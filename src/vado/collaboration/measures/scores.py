"""Scores of answers: from 1 to 5 on a page to 0 to 100, for a respondent, an organisation, the whole; each with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, nan

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Scores = NDArray[np.float64]
LEVELS = 5  # points of the scale, 1 not at all ... 5 fully
_FEW = 5  # organisations under which only respondents are drawn anew


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval."""

    value: float
    low: float  # 95 %; NaN: there is none
    high: float
    n: int  # respondents behind it
    these_only: bool = False  # too few organisations to speak of any others


def scaled(answer: float) -> float:
    """Give an answer of 1 to 5 as 0 to 100."""
    return 25.0 * (answer - 1)


def of_respondent(answers: Sequence[int | None]) -> float:
    """Give the mean, 0 to 100, of one dimension's items; NaN when fewer than half are answered (None: not answered, or "can't say").

    Source: the half rule of scale scoring (Fairclough and Cella 1996, J. Natl Cancer Inst. 88:222-7).
    """
    said = [scaled(a) for a in answers if a is not None]
    return float(np.mean(said)) if said and len(said) >= ceil(len(answers) / 2) else nan


def of_organisations(scores: Mapping[str, Sequence[float]]) -> tuple[float, float]:
    """Give the mean of organisations, each weighing the same, and the mean of all respondents; NaN where nobody answered."""
    means = [float(np.mean(s)) for s in scores.values() if len(s)]
    pooled = [one for s in scores.values() for one in s]
    return (float(np.mean(means)), float(np.mean(pooled))) if means else (nan, nan)


def interval_of(scores: Sequence[float], level: float = 0.95) -> Estimate:
    """Give the mean of one small group with Student's interval, not cut to 0..100. NaN bounds for fewer than two scores."""
    values = np.asarray(scores, float)
    n = len(values)
    if n < 2:
        return Estimate(float(values[0]) if n else nan, nan, nan, n)
    mean, half = float(values.mean()), float(student.ppf((1 + level) / 2, n - 1) * values.std(ddof=1) / np.sqrt(n))
    return Estimate(mean, mean - half, mean + half, n)


def bootstrapped(groups: Sequence[Scores], chance: np.random.Generator, draws: int = 2000) -> list[Estimate]:
    """Give the mean over organisations of each column with the interval of a two-stage bootstrap: organisations, then their respondents.

    Args:
        groups: one array (respondents, columns) for each organisation; NaN where a respondent has no score.
        chance: seeded by whoever asks, so that the same answers give the same interval.
        draws: how often organisations and respondents are drawn anew.

    With fewer than five organisations only respondents are drawn, and the figure speaks of these organisations only.
    Source: Davison and Hinkley 1997, Bootstrap Methods, 3.8 (hierarchical data); percentile interval.
    """
    groups = [g for g in groups if len(g)]
    if not groups:
        return []
    n, few = sum(map(len, groups)), len(groups) < _FEW
    every = np.arange(len(groups))[:, None]
    chosen = np.broadcast_to(every, (len(groups), draws)) if few else chance.integers(len(groups), size=(len(groups), draws))
    means = np.empty((*chosen.shape, groups[0].shape[1]))  # organisation as chosen, draw, column
    for g, group in enumerate(groups):
        where = np.nonzero(chosen == g)
        means[where] = _drawn_means(group, chance, len(where[0]))  # one chosen twice has its respondents drawn twice
    drawn, middle = _known_mean(means), _known_mean(np.stack([_known_mean(g) for g in groups]))
    bounds, said = np.full((2, len(middle)), nan), ~np.isnan(middle)
    bounds[:, said] = np.nanpercentile(drawn[:, said], [2.5, 97.5], axis=0)
    return [Estimate(float(m), float(a), float(b), n, few) for m, a, b in zip(middle, *bounds, strict=True)]


def _known_mean(values: Scores) -> Scores:
    """Give the mean over the first axis of what is not NaN; NaN where nothing is known."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    return np.where(count, np.where(known, values, 0).sum(axis=0) / np.maximum(count, 1), nan)


def _drawn_means(group: Scores, chance: np.random.Generator, draws: int) -> Scores:
    """Draw a group's respondents anew `draws` times and give each draw's means (draws, columns), as counts times scores."""
    n = len(group)
    counts = chance.multinomial(n, np.full(n, 1 / n), size=draws).astype(float)
    known = ~np.isnan(group)
    with np.errstate(invalid="ignore"):
        return (counts @ np.where(known, group, 0)) / np.where((seen := counts @ known) > 0, seen, nan)
