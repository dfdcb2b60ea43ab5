"""Whether people answer alike, and where they do not: inside an organisation, or between organisations."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as snedecor

from vado.collaboration.measures.scores import LEVELS

Metric = Literal["nominal", "ordinal", "interval", "ratio"]
Matrix = NDArray[np.float64]


def dissent(answers: Sequence[int]) -> float:
    """Say how far apart the answers of one item are: 0 all alike, 1 one half at each end. NaN without answers.

    Population variance over its maximum, (levels-1)^2/4 = 4 on 1..5. Source: Lindell and Brandt 1999, Appl. Psych. Measurement 23:127-135.
    """
    return float(np.var(answers) / ((LEVELS - 1) ** 2 / 4)) if len(answers) else nan


def within_group(answers: Sequence[int]) -> float:
    """Say how alike one group answered one item (r_wg): 1 fully; under 0 is more spread than chance, and is not cut off. NaN under two.

    1 - s^2 / ((levels^2-1)/12), sample variance. Source: James, Demaree and Wolf 1984, J. Applied Psychology 69:85-98.
    """
    return float(1 - np.var(answers, ddof=1) / ((LEVELS**2 - 1) / 12)) if len(answers) > 1 else nan


def cronbach(rows: Matrix) -> float:
    """Give how well the items (columns) of a scale hang together. NaN for fewer than two items or rows. Source: Cronbach 1951."""
    n, k = rows.shape
    if n < 2 or k < 2:
        return nan
    return float(k / (k - 1) * (1 - rows.var(axis=0, ddof=1).sum() / rows.sum(axis=1).var(ddof=1)))


def cronbach_interval(alpha: float, n: int, items: int, level: float = 0.95) -> tuple[float, float]:
    """Give the interval of Cronbach's alpha. Source: Feldt 1965, Psychometrika 30:357-370."""
    tail = (1 - level) / 2
    degrees = (n - 1), (n - 1) * (items - 1)
    return 1 - (1 - alpha) * float(snedecor.ppf(1 - tail, *degrees)), 1 - (1 - alpha) * float(snedecor.ppf(tail, *degrees))


@dataclass(frozen=True, slots=True)
class Intraclass:
    """The six intraclass correlations of Shrout and Fleiss 1979, Psychological Bulletin 86:420-428."""

    one_single: float  # ICC(1,1)
    two_single: float  # ICC(2,1)
    three_single: float  # ICC(3,1)
    one_mean: float  # ICC(1,k)
    two_mean: float  # ICC(2,k)
    three_mean: float  # ICC(3,k)


def intraclass(rows: Matrix) -> Intraclass:
    """Give them for targets (rows) rated by the same judges (columns), without missing values."""
    n, k = rows.shape
    grand = rows.mean()
    between = k * ((rows.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    judges = n * ((rows.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    within = ((rows - rows.mean(axis=1, keepdims=True)) ** 2).sum() / (n * (k - 1))
    error = (within * n * (k - 1) - judges * (k - 1)) / ((n - 1) * (k - 1))
    return Intraclass(
        (between - within) / (between + (k - 1) * within),
        (between - error) / (between + (k - 1) * error + k * (judges - error) / n),
        (between - error) / (between + (k - 1) * error),
        (between - within) / between,
        (between - error) / (between + (judges - error) / n),
        (between - error) / between,
    )


def between_share(groups: Sequence[Sequence[float]]) -> float:
    """Give the share of all spread that lies between organisations (eta squared): 1 all, 0 none. NaN where nobody differs."""
    values = np.concatenate([np.asarray(g, float) for g in groups])
    total = ((values - values.mean()) ** 2).sum()
    apart = sum(len(g) * (np.mean(g) - values.mean()) ** 2 for g in groups if len(g))
    return float(apart / total) if total else nan


def organisations_alike(groups: Sequence[Sequence[float]]) -> float:
    """Give ICC(1) of one-way groups: how far answers are told by the organisation. NaN where it cannot be said.

    Groups of different sizes count with k0 (Bartko 1966): (N - sum n^2 / N) / (groups - 1).
    """
    groups = [g for g in groups if len(g)]
    values = np.concatenate([np.asarray(g, float) for g in groups])
    n, m = len(values), len(groups)
    if m < 2 or n <= m:
        return nan
    between = sum(len(g) * (np.mean(g) - values.mean()) ** 2 for g in groups) / (m - 1)
    within = sum(((np.asarray(g) - np.mean(g)) ** 2).sum() for g in groups) / (n - m)
    size = (n - sum(len(g) ** 2 for g in groups) / n) / (m - 1)
    whole = between + (size - 1) * within
    return float((between - within) / whole) if whole else nan


def krippendorff(units: Sequence[Sequence[float]], metric: Metric = "ordinal") -> float:
    """Say whether raters rate units alike (alpha): 1 fully, 0 as by chance. NaN when nothing can be compared.

    Args:
        units: for each unit the values that its raters gave; raters who gave none are left out.
        metric: what a difference of two values is worth.

    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section D (any metric, missing data).
    """
    paired = [list(u) for u in units if len(u) > 1]
    values = sorted({v for u in paired for v in u})
    at = {v: n for n, v in enumerate(values)}
    together = np.zeros((len(values), len(values)))
    for unit in paired:
        counts = np.bincount([at[v] for v in unit], minlength=len(values)).astype(float)
        together += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    totals, n = together.sum(axis=1), together.sum()
    apart = _distances(np.asarray(values, float), totals, metric)
    expected = (np.outer(totals, totals) * apart).sum() / (n - 1) if n > 1 else 0.0
    return float(1 - (together * apart).sum() / expected) if expected else nan


def _distances(values: Matrix, totals: Matrix, metric: Metric) -> Matrix:
    one, other = values[:, None], values[None, :]
    if metric == "nominal":
        return (one != other).astype(float)
    if metric == "interval":
        return (one - other) ** 2
    if metric == "ratio":
        return np.divide(one - other, one + other, out=np.zeros((len(values),) * 2), where=(one + other) != 0) ** 2
    middle = np.cumsum(totals) - totals / 2  # of each value's rank: values between two count whole, these two by half
    return (middle[:, None] - middle[None, :]) ** 2
