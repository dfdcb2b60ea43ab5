"""Whether two groups see one thing differently, and whether that could be chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, sqrt

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_EXACT = 20_000  # ways to share out the labels up to which all are tried
_DRAWS = 9_999
SHOWN, RATE = 15.0, 0.10  # points of 100 from which a difference counts; share of false alarms on a page


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference of means, in points of 0..100, with its test."""

    difference: float  # of the first group's mean and the second's
    p: float  # of as much or more by chance alone, two-sided
    effect: float  # Hedges' g: the difference in standard deviations, unbiased for small groups; NaN where nobody differs
    exact: bool  # all ways were tried; else 9,999 draws
    ways: int


def gap(one: Sequence[float], other: Sequence[float], chance: np.random.Generator) -> Gap:
    """Compare two groups by permutation of their labels. Both need at least one value.

    Source: Ernst 2004, Statistical Science 19:676-685; p = (b+1)/(N+1) for draws, Phipson and Smyth 2010.
    """
    a, b = np.asarray(one, float), np.asarray(other, float)
    pooled, m = np.concatenate([a, b]), len(a)
    seen, ways = abs(a.mean() - b.mean()), comb(len(pooled), len(a))
    if ways <= _EXACT:
        sums = np.array([pooled[list(chosen)].sum() for chosen in combinations(range(len(pooled)), m)])
        p = float(np.mean(_as_far(_difference(sums, pooled, m), seen)))
        return Gap(float(a.mean() - b.mean()), p, hedges(a, b), True, ways)
    drawn = chance.permuted(np.broadcast_to(pooled, (_DRAWS, len(pooled))), axis=1)[:, :m].sum(axis=1)
    p = (1 + int(_as_far(_difference(drawn, pooled, m), seen).sum())) / (_DRAWS + 1)
    return Gap(float(a.mean() - b.mean()), p, hedges(a, b), False, _DRAWS)


def stratified_gap(strata: Sequence[tuple[Sequence[float], Sequence[float]]], chance: np.random.Generator) -> Gap:
    """Compare two roles whose people work in the same organisations: labels are shared out anew inside each organisation only.

    The difference is of all people of the one role and all of the other; an organisation with one of the roles stays as it is.
    """
    ones = np.concatenate([np.asarray(a, float) for a, _ in strata])
    others = np.concatenate([np.asarray(b, float) for _, b in strata])
    seen, total = abs(ones.mean() - others.mean()), ones.sum() + others.sum()
    sums = np.zeros(_DRAWS)
    for a, b in strata:
        pooled = np.concatenate([np.asarray(a, float), np.asarray(b, float)])
        shuffled = chance.permuted(np.broadcast_to(pooled, (_DRAWS, len(pooled))), axis=1)
        sums += shuffled[:, : len(a)].sum(axis=1)
    drawn = np.abs(sums / len(ones) - (total - sums) / len(others))
    p = (1 + int(_as_far(drawn, seen).sum())) / (_DRAWS + 1)
    return Gap(float(ones.mean() - others.mean()), p, hedges(ones, others), False, _DRAWS)


def hedges(one: Values, other: Values) -> float:
    """Give Hedges' g, corrected for small groups by 1 - 3/(4 df - 1). NaN where it cannot be said. Source: Hedges 1981, J. Educ. Stat. 6:107-128."""
    degrees = len(one) + len(other) - 2
    if degrees < 2 or len(one) < 2 or len(other) < 2:
        return float("nan")
    spread = sqrt(((len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / degrees)
    return float(abs(one.mean() - other.mean()) / spread * (1 - 3 / (4 * degrees - 1))) if spread else float("nan")


def found(p_values: Sequence[float], rate: float = RATE) -> list[bool]:
    """Say which of a page's tests stand when at most this share of those that do may be chance.

    Source: Benjamini and Hochberg 1995, J. R. Statist. Soc. B 57:289-300.
    """
    order = sorted(range(len(p_values)), key=lambda n: p_values[n])
    last = max((rank for rank, n in enumerate(order, 1) if p_values[n] <= rate * rank / len(order)), default=0)
    standing = set(order[:last])
    return [n in standing for n in range(len(p_values))]


def verdict(one: Gap, stands: bool) -> str:
    """Say 'gap', or 'not shown to differ': never that two groups agree, which no such test shows."""
    return "gap" if stands and abs(one.difference) >= SHOWN else "not shown to differ"


def _difference(sums: Values, pooled: Values, m: int) -> Values:
    return np.abs(sums / m - (pooled.sum() - sums) / (len(pooled) - m))


_as_far: Callable[[Values, float], NDArray[np.bool_]] = lambda drawn, seen: drawn >= seen - 1e-9  # noqa: E731 - equal is as far: floats may differ
