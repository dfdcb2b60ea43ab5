"""Permutation tests of many columns at once: labels are shared out anew, and all means follow by one product of matrices."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Labels = NDArray[np.bool_]
DRAWS = 9_999
_AT_ONCE = 1_000  # draws


def by_chance(
    values: Numbers, labels: Sequence[Labels], strata: Sequence[Labels], chance: np.random.Generator, *, each: bool = False
) -> Numbers:
    """Give how probable as large a difference of means is by chance alone, two-sided: (labels, columns).

    Args:
        values: (people, columns); NaN where somebody has none. Whoever has none is shared out too, and counts nowhere.
        labels: for each comparison, who is in the first of the two groups.
        strata: whose labels are shared out among each other, disjoint; whoever is in none stays as they are.
        chance: seeded.
        each: the statistic is the mean over strata of their differences; else the difference of all of the one and all of the other.

    p = (b+1)/(N+1). Source: Ernst 2004, Statistical Science 19:676-685; Phipson and Smyth 2010.
    """
    known = (~np.isnan(values)).astype(np.float32)
    sums = np.where(known > 0, values, 0).astype(np.float32)
    parts = [np.flatnonzero(s) for s in strata]
    rest = np.flatnonzero(~np.any(strata, axis=0)) if len(strata) else np.arange(len(values))
    order = np.concatenate([*parts, rest])
    cuts = np.cumsum([0, *(len(p) for p in parts)])
    sums, known = sums[order], known[order]
    given = np.stack([np.asarray(one)[order] for one in labels])
    blocks = [slice(a, b) for a, b in zip(cuts[:-1], cuts[1:], strict=True)] if each else [slice(None)]
    seen = np.abs(_differences(given, sums, known, blocks))
    beyond, done = np.zeros_like(seen), 0
    while done < DRAWS:
        m = min(_AT_ONCE, DRAWS - done)
        places = np.broadcast_to(
            np.arange(len(order), dtype=np.uint16 if len(order) < 65_536 else np.uint32), (m, len(order))
        ).copy()
        for a, b in zip(cuts[:-1], cuts[1:], strict=True):
            places[:, a:b] = chance.permuted(places[:, a:b], axis=1)
        for n, one in enumerate(given):
            drawn = np.abs(_differences(one[places], sums, known, blocks))
            beyond[n] += (drawn >= seen[n] - 1e-3).sum(axis=0)
        done += m
    return (beyond + 1) / (DRAWS + 1)


def _differences(labels: Labels, sums: NDArray[np.float32], known: NDArray[np.float32], blocks: Sequence[slice]) -> Numbers:
    """Give mean of the labelled less mean of the others, (rows of labels, columns), averaged over blocks that have both."""
    found, n = np.zeros((len(labels), sums.shape[1])), np.zeros((len(labels), sums.shape[1]))
    for block in blocks:
        one = labels[:, block].astype(np.float32)
        total, count = one @ sums[block], one @ known[block]
        other, others = sums[block].sum(axis=0) - total, known[block].sum(axis=0) - count
        with np.errstate(invalid="ignore", divide="ignore"):
            difference = total / count - other / others
        good = np.isfinite(difference)
        found += np.where(good, difference, 0)
        n += good
    return found / np.maximum(n, 1)
