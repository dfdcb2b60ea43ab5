"""Perception gaps: what one group sees differently from another, and whether that could be chance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np

from vado.collaboration.measures.gaps import SHOWN, Gap, found, gap, hedges
from vado.collaboration.permuted import DRAWS, by_chance
from vado.collaboration.published import Decision
from vado.collaboration.respondents import CITIZENS, ROLES, STAFF, Mask, Numbers, Respondents, of
from vado.collaboration.shown import HIDDEN, NOBODY, Figure, Shown, figure

REST = "rest"  # everybody of the other organisations
GAP, NOT_SHOWN = "gap", "not shown to differ"  # never "agree": no such test shows that
_EXACT = 20_000  # ways to share out the labels up to which all are tried


@dataclass(frozen=True, slots=True)
class Tested:
    """What a difference is worth. It is said only of a difference that is shown."""

    p: float
    effect: float  # Hedges' g; NaN where nobody differs
    exact: bool
    verdict: str  # GAP or NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Between:
    """One comparison of two groups on one dimension or question."""

    pair: tuple[str, str]  # groups; the second may be `REST`
    about: str  # dimension or item
    first: Figure  # mean of the first group
    second: Figure
    difference: Figure
    test: Tested | None


def gaps(sheet: Respondents, decision: Decision, chance: np.random.Generator) -> tuple[tuple[Between, ...], tuple[Between, ...]]:
    """Compare roles, each organisation with the rest, citizens with staff: on dimensions, and roles and citizens on questions too.

    All that is shown is judged together, at most 10 % of what is called a gap being chance (Benjamini and Hochberg).
    """
    names = [d.id for d in sheet.instrument.dimensions]
    raw, of_item = np.full_like(sheet.raw, np.nan), list[str]()
    for d, columns in enumerate(sheet.of_dimension):
        raw[:, columns] = np.where(sheet.complete[:, [d]], (sheet.raw[:, columns] - 1) * 25, np.nan)
        of_item += [names[d]] * (columns.stop - columns.start)
    values, n = np.hstack([sheet.scores, raw]), len(names)
    ids = [*names, *(i.id for i in sheet.items)]
    shut = {(g, k) for k, d in enumerate(names) for g in sheet.groups if (g, d) in decision.scores}
    shut |= {(g, n + k) for k, d in enumerate(of_item) for g in sheet.groups if (g, d) in decision.questions}
    every, dims, items = range(len(ids)), range(n), range(n, len(ids))
    wanted = [((ROLES[0], ROLES[1]), every), ((CITIZENS, STAFF), dims), *(((r, CITIZENS), items) for r in ROLES)]
    rest = [((of(o.id), REST), dims) for o in sheet.round.organisations]
    compared = [b for pair, columns in wanted for b in _compared(sheet, [pair], values, ids, columns, shut, chance)]
    compared += _compared(sheet, [pair for pair, _ in rest], values, ids, dims, shut, chance)
    judged = _judged(compared)
    return tuple(b for b in judged if b.about in names), tuple(b for b in judged if b.about not in names)


def _compared(  # noqa: PLR0913 - what is compared, and what of it is hidden
    sheet: Respondents, pairs: Sequence[tuple[str, str]], values: Numbers, ids: list[str], columns: range, shut: set[tuple[str, int]],
    chance: np.random.Generator,
) -> list[Between]:  # fmt: skip
    """Compare pairs of groups that are parts of the same people, on some columns."""
    sides = [(sheet.groups[a], sheet.groups[STAFF] & ~sheet.groups[a] if b == REST else sheet.groups[b]) for a, b in pairs]
    shown = [
        (p, n) for p, (a, b) in enumerate(pairs) for n in columns
        if not {(a, n), (STAFF if b == REST else b, n)} & shut and all(not np.isnan(values[m, n]).all() for m in sides[p])
    ]  # fmt: skip
    tested = _tested(sheet, pairs, sides, values, shown, chance)
    return [_between(pair, ids[n], sides[p], values[:, n], tested.get((p, n))) for p, pair in enumerate(pairs) for n in columns]


def _between(pair: tuple[str, str], about: str, sides: tuple[Mask, Mask], values: Numbers, tested: Gap | None) -> Between:
    a, b = (v[~np.isnan(v)] for v in (values[sides[0]], values[sides[1]]))
    if tested is None:
        no = HIDDEN if len(a) and len(b) else NOBODY
        return Between(pair, about, no, no, no, None)
    first, second = (figure(float(v.mean()), len(v), "pooled") for v in (a, b))
    test = Tested(round(tested.p, 4), round(tested.effect, 2), tested.exact, NOT_SHOWN)
    return Between(pair, about, first, second, figure(tested.difference, len(a) + len(b), "gap"), test)


def _tested(  # noqa: PLR0913 - as above
    sheet: Respondents, pairs: Sequence[tuple[str, str]], sides: Sequence[tuple[Mask, Mask]], values: Numbers,
    shown: list[tuple[int, int]], chance: np.random.Generator,
) -> dict[tuple[int, int], Gap]:  # fmt: skip
    """Test what is shown. Two roles of the same organisations: labels are shared out within each. Few people: all ways are tried."""
    both = sides[0][0] | sides[0][1] if sides else np.zeros(0, bool)
    stratified = all(set(pair) <= set(ROLES) for pair in pairs)
    strata = [(sheet.organisation == o)[both] for o in np.unique(sheet.organisation[both])] if stratified else [both[both]]
    done: dict[tuple[int, int], Gap] = {}
    many: list[tuple[int, int]] = []
    for p, n in shown:
        a, b = (v[~np.isnan(v)] for v in (values[side, n] for side in sides[p]))
        if len(strata) == 1 and comb(len(a) + len(b), len(a)) <= _EXACT:
            done[p, n] = gap(a.tolist(), b.tolist(), chance)
        else:
            many.append((p, n))
            done[p, n] = Gap(float(a.mean() - b.mean()), np.nan, hedges(a, b), False, DRAWS)
    if many:
        rows, columns = sorted({p for p, _ in many}), sorted({n for _, n in many})
        found_ = by_chance(values[both][:, columns], [sides[p][0][both] for p in rows], strata, chance)
        done |= {(p, n): replace(done[p, n], p=float(found_[rows.index(p), columns.index(n)])) for p, n in many}
    return done


def _judged(all_: list[Between]) -> list[Between]:
    """Say which differences are gaps, over all that the page shows."""
    tested = [n for n, b in enumerate(all_) if b.test]
    stand = found([t.p for b in all_ if (t := b.test)])
    judged = list(all_)
    for n, stands in zip(tested, stand, strict=True):
        b = all_[n]
        if stands and b.test and isinstance(b.difference, Shown) and abs(b.difference.value) >= SHOWN:
            judged[n] = replace(b, test=replace(b.test, verdict=GAP))
    return judged
