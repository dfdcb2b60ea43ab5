"""Whether something changed between two rounds, or only who answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt

import numpy as np

from vado.collaboration.measures.scores import of_organisations

_EXACT = 20  # linked people up to whom every sign is tried
_DRAWS = 9_999


@dataclass(frozen=True, slots=True)
class Change:
    """A change of means, in points, with its test."""

    change: float
    p: float
    exact: bool
    n: int  # linked people, or respondents of both rounds


def unlinked(before: Mapping[str, Sequence[float]], after: Mapping[str, Sequence[float]], chance: np.random.Generator) -> Change:
    """Compare two rounds whose answers cannot be linked: round labels are shared out anew within each organisation.

    Only organisations that answered both times count. The statistic is the change of the mean over organisations.
    """
    both = [o for o in before if o in after and len(before[o]) and len(after[o])]
    seen = of_organisations({o: after[o] for o in both})[0] - of_organisations({o: before[o] for o in both})[0]
    drawn = np.zeros(_DRAWS)
    for o in both:
        pooled, m = np.concatenate([np.asarray(before[o], float), np.asarray(after[o], float)]), len(before[o])
        shuffled = chance.permuted(np.broadcast_to(pooled, (_DRAWS, len(pooled))), axis=1)
        drawn += (shuffled[:, m:].mean(axis=1) - shuffled[:, :m].mean(axis=1)) / len(both)
    p = (1 + int((np.abs(drawn) >= abs(seen) - 1e-9).sum())) / (_DRAWS + 1) if both else float("nan")
    return Change(float(seen), p, False, sum(len(before[o]) + len(after[o]) for o in both))


def linked(differences: Sequence[float], chance: np.random.Generator) -> Change:
    """Compare two rounds person by person: the sign of each difference is as likely either way, when nothing changed."""
    d = np.asarray(differences, float)
    seen = abs(d.mean())
    if len(d) <= _EXACT:
        means = np.array(list(product((1, -1), repeat=len(d)))) @ d / len(d)
        return Change(float(d.mean()), float(np.mean(np.abs(means) >= seen - 1e-9)), True, len(d))
    signs = chance.choice((-1.0, 1.0), size=(_DRAWS, len(d)))
    p = (1 + int((np.abs(signs @ d / len(d)) >= seen - 1e-9).sum())) / (_DRAWS + 1)
    return Change(float(d.mean()), p, False, len(d))


def detectable(spread: float, reliability: float) -> float:
    """Give the change of one person, in points, that is more than the noise of asking (95 %). Source: Jacobson and Truax 1991."""
    return 1.96 * sqrt(2) * spread * sqrt(1 - reliability)


def stayers(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[float, float]:
    """Split a change of means in what changed in those who answered both times, and what comes from who answers now. Both in points."""
    same = before.keys() & after.keys()
    total = float(np.mean(list(after.values())) - np.mean(list(before.values())))
    in_them = float(np.mean([after[w] - before[w] for w in same])) if same else 0.0
    return in_them, total - in_them
