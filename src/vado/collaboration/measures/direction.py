"""Which way a series goes: towards, away, steady, or too early to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from math import erfc, nan, sqrt

import numpy as np
from scipy.stats import rankdata

EARLY = 6  # points under which nothing is said
_LIMIT = 2.66  # moving ranges from the mean to the limits of an XmR chart
_RUN = 8  # points on one side of the mean that are a signal


@dataclass(frozen=True, slots=True)
class Trend:
    """A monotone trend and its test."""

    slope: float  # a step, median of all pairs
    score: int  # Mann and Kendall's S
    variance: float
    z: float
    p: float  # two-sided, normal approximation; corrected when points follow each other


def trend(values: Sequence[float], *, correlated: bool = False) -> Trend:
    """Test a series for a trend. Fewer than three values: NaN throughout.

    Source: Theil 1950, Sen 1968 (slope); Mann 1945, Kendall 1975 (S, variance with ties); Hamed and Rao 1998, J. Hydrology 204:182-196
    (`correlated`: the variance is widened by the significant autocorrelation of the ranks).
    """
    n = len(values)
    if n < 3:
        return Trend(nan, 0, nan, nan, nan)
    score = sum(int(np.sign(later - earlier)) for earlier, later in combinations(values, 2))
    slope = float(np.median([(values[j] - values[i]) / (j - i) for i, j in combinations(range(n), 2)]))
    ties = [values.count(v) if isinstance(values, list) else list(values).count(v) for v in set(values)]
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    if correlated:
        variance *= _widening(np.asarray(values, float), slope)
    z = (score - np.sign(score)) / sqrt(variance) if variance else 0.0
    return Trend(slope, score, variance, float(z), erfc(abs(z) / sqrt(2)))


def exact_p(values: Sequence[float]) -> float:
    """Give the p of Mann and Kendall's S over all orders of the values: for up to eight of them, two-sided."""
    seen = abs(trend(values).score)
    scores = [abs(sum((b > a) - (b < a) for a, b in combinations(order, 2))) for order in permutations(values)]
    return sum(s >= seen for s in scores) / len(scores)


def _widening(values: np.ndarray, slope: float) -> float:
    n = len(values)
    ranks = rankdata(np.round(values - slope * np.arange(n), 9))  # alike is alike: a straight line leaves nothing
    ranks -= ranks.mean()
    whole = float(ranks @ ranks)
    extra = 0.0
    for lag in range(1, n - 1):
        r = float(ranks[:-lag] @ ranks[lag:]) / whole if whole else 0.0
        if abs(r) > 1.96 / sqrt(n):
            extra += (n - lag) * (n - lag - 1) * (n - lag - 2) * r
    return max(1 + 2 / (n * (n - 1) * (n - 2)) * extra, 1.0)


def direction(values: Sequence[float], *, up_is_good: bool = True, level: float = 0.05) -> str:
    """Say 'towards', 'away', 'steady' or 'too early': by Mann and Kendall's test, with the correction for series that remember."""
    if len(values) < EARLY:
        return "too early"
    found = trend(list(values), correlated=True)
    if not found.p < level:
        return "steady"
    return "towards" if (found.slope > 0) == up_is_good else "away"


@dataclass(frozen=True, slots=True)
class Chart:
    """An XmR chart: the usual, its limits, and which points are out of the usual. Source: Wheeler 1993, Understanding Variation."""

    mean: float
    low: float
    high: float
    signals: tuple[int, ...]  # places of points beyond the limits, or that end a run of eight on one side


def chart(values: Sequence[float]) -> Chart:
    """Make the chart of a series. Fewer than two values: no limits (NaN)."""
    if len(values) < 2:
        return Chart(float(np.mean(values)) if values else nan, nan, nan, ())
    mean = float(np.mean(values))
    reach = _LIMIT * float(np.mean([abs(b - a) for a, b in pairwise(values)]))
    beyond = {n for n, v in enumerate(values) if abs(v - mean) > reach}
    sides = [int(np.sign(v - mean)) for v in values]
    runs = {n for n in range(_RUN - 1, len(sides)) if abs(sum(sides[n - _RUN + 1 : n + 1])) == _RUN}
    return Chart(mean, mean - reach, mean + reach, tuple(sorted(beyond | runs)))
