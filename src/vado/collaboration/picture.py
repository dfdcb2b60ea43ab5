"""The picture of one round: everything that may be shown of its answers, and nothing else. Pages, tables, files and the terminal get this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vado.collaboration.measures.agreement import cronbach, cronbach_interval, krippendorff
from vado.collaboration.measures.scores import bootstrapped, interval_of
from vado.collaboration.picture_change import Changed, changes
from vado.collaboration.picture_gaps import Between, gaps
from vado.collaboration.picture_items import Question, importance, questions
from vado.collaboration.picture_voices import Voices, voices
from vado.collaboration.published import Decision, decided, units
from vado.collaboration.respondents import CITIZENS, EVERYBODY, ROLES, STAFF, Respondents, of
from vado.collaboration.shown import CANNOT, HIDDEN, Figure, Shown, behind, figure

SYSTEM = "system"  # mean over organisations, each weighing the same
_RELIABLE = 30  # respondents from whom on it is said how well questions hang together


@dataclass(frozen=True, slots=True)
class Picture:
    """What is shown of a round. Every number in it is a Figure, or belongs to one that is shown."""

    least: int
    dimensions: tuple[str, ...]
    scores: Mapping[str, tuple[Figure, ...]]  # voice -> one for each dimension: SYSTEM, STAFF, ROLES, CITIZENS, each organisation
    importance: tuple[Figure, ...]  # of each dimension, 0 to 1
    together: tuple[Figure, ...]  # Cronbach's alpha of each dimension
    ranking: Figure  # Krippendorff's alpha: whether all see the same things as low
    gaps: tuple[Between, ...]  # on dimensions
    item_gaps: tuple[Between, ...]
    questions: tuple[Question, ...]
    blocks_before: frozenset[str]  # items that were blocks in the round before
    voices: Voices
    changes: tuple[Changed, ...]  # since the round before; (): none, or it asked something else

    @property
    def hidden(self) -> int:
        """Count the scores that are hidden."""
        return sum(f is HIDDEN for some in self.scores.values() for f in some)


def picture(rounds: Sequence[Respondents], at: int, chance: np.random.Generator) -> Picture:
    """Draw the picture of one round, and what changed since the one before it.

    Args:
        rounds: the closed rounds of the place, in their order; what links two of them is decided on together. Of those that are more than
            two before or one after it nothing is needed.
        at: which of them.
        chance: seeded, so that the same answers give the same picture.
    """
    now, before = rounds[at], rounds[at - 1] if at else None
    decisions = dict(zip((r.round.id for r in rounds), decided(rounds), strict=True))
    mine = decisions[now.round.id]
    on_dimensions, on_items = gaps(now, mine, chance)
    earlier = questions(before, decisions[before.round.id]) if before and before.round.instrument == now.round.instrument else ()
    return Picture(
        mine.least, tuple(d.id for d in now.instrument.dimensions), _scores(now, mine, chance),
        tuple(importance(now, d, mine.least) for d in range(len(now.of_dimension))), _together(now, mine), _ranking(now, mine),
        on_dimensions, on_items, questions(now, mine), frozenset(q.item.id for q in earlier if q.is_block), voices(now, mine),
        changes(before, now, (decisions[before.round.id], mine), chance) if before else (),
    )  # fmt: skip


def _scores(sheet: Respondents, decision: Decision, chance: np.random.Generator) -> dict[str, tuple[Figure, ...]]:
    found = {SYSTEM: _system(sheet, decision, chance)}
    for voice in (STAFF, *ROLES, CITIZENS, *(of(o.id) for o in sheet.round.organisations)):
        found[voice] = tuple(_score(sheet, decision, voice, d) for d in range(len(sheet.of_dimension)))
    return found


def _score(sheet: Respondents, decision: Decision, voice: str, d: int) -> Figure:
    scores = sheet.scores[sheet.groups[voice], d]
    scores = scores[~np.isnan(scores)]

    def shown() -> Figure:
        estimate = interval_of(scores.tolist())
        return figure(estimate.value, len(scores), "t", interval=(estimate.low, estimate.high))

    return behind((voice, sheet.instrument.dimensions[d].id) in decision.scores, len(scores), shown)


def _system(sheet: Respondents, decision: Decision, chance: np.random.Generator) -> tuple[Figure, ...]:
    """Give the mean over organisations, those that are not shown counting together as one, with its interval."""
    found: dict[int, Figure] = {}
    alike: dict[tuple[str, ...], list[int]] = {}
    for d, dimension in enumerate(sheet.instrument.dimensions):
        if (STAFF, dimension.id) in decision.scores:
            found[d] = HIDDEN
        else:
            alike.setdefault(tuple(units(sheet, d, decision.scores)), []).append(d)
    for names, columns in alike.items():
        shown = {o: sheet.groups[of(o)] for o in names if o}
        rest = (
            {"": sheet.groups[STAFF] & ~np.any(list(shown.values()), axis=0) if shown else sheet.groups[STAFF]}
            if "" in names
            else {}
        )
        parts = [sheet.scores[m][:, columns] for m in (shown | rest).values()]
        for d, estimate in zip(columns, bootstrapped(parts, chance) if parts else [], strict=False):
            n = int((~np.isnan(sheet.scores[sheet.groups[STAFF], d])).sum())
            one = figure(estimate.value, n, "bootstrap", interval=(estimate.low, estimate.high))
            found[d] = replace(one, these_only=estimate.these_only) if isinstance(one, Shown) else one
    nobody = behind(False, 0, lambda: CANNOT)
    return tuple(found.get(d, nobody) for d in range(len(sheet.of_dimension)))


def _together(sheet: Respondents, decision: Decision) -> tuple[Figure, ...]:
    """Say how well the questions of each dimension hang together, when enough people answered to say so."""
    found: list[Figure] = []
    for d, dimension in enumerate(sheet.instrument.dimensions):
        columns = sheet.of_dimension[d]
        rows = sheet.raw[sheet.groups[EVERYBODY] & sheet.complete[:, d] & sheet.asked[:, columns].all(axis=1), columns]
        if {(g, dimension.id) for g in (EVERYBODY, *sheet.narrower(d))} & decision.questions:
            found.append(HIDDEN)
        elif len(rows) < max(_RELIABLE, decision.least) or rows.shape[1] < 2:
            found.append(CANNOT)
        else:
            alpha = cronbach(rows)
            found.append(figure(alpha, len(rows), "alpha", interval=cronbach_interval(alpha, *rows.shape), digits=2))
    return tuple(found)


def _ranking(sheet: Respondents, decision: Decision) -> Figure:
    """Say whether people see the same things as high and low, over the questions that are shown."""
    shown = [
        (d, n)
        for d, x in enumerate(sheet.instrument.dimensions)
        for n in range(*sheet.of_dimension[d].indices(len(sheet.items)))
        if (sheet.everybody_asked[n], x.id) not in decision.questions
    ]
    units_ = [sheet.raw[sheet.groups[EVERYBODY] & sheet.complete[:, d] & sheet.asked[:, n], n].tolist() for d, n in shown]
    units_ = [u for u in units_ if u]
    return (
        figure(krippendorff(units_), int(sheet.groups[EVERYBODY].sum()), "krippendorff", digits=2) if len(units_) > 1 else CANNOT
    )
