"""Answers of one round as tables of numbers: a row for each respondent, and who stands in which group."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vado.model.survey import CANNOT_SAY, Answer, Instrument, Item, Round, Who

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
EVERYBODY, STAFF, CITIZENS = "everybody", "staff", "citizen"
ROLES = (Who.PRACTITIONER.value, Who.MANAGER.value)
OTHERS = ""  # organisation of an answer whose voice the register does not know


def of(organisation: str) -> str:
    """Name the group of one organisation's people."""
    return f"organisation:{organisation}"


@dataclass(frozen=True)
class Respondents:
    """One round's answers. Rows are respondents in an order that says nothing."""

    round: Round
    instrument: Instrument
    answers: tuple[Answer, ...]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Give the questions that are scored: those that are no role's own."""
        return tuple(i for d in self.instrument.dimensions for i in d.items if not i.extra)

    @cached_property
    def of_dimension(self) -> tuple[slice, ...]:
        """Give the columns of each dimension's items."""
        ends = np.cumsum([sum(not i.extra for i in d.items) for d in self.instrument.dimensions]).tolist()
        return tuple(slice(a, b) for a, b in zip([0, *ends], ends, strict=False))

    @cached_property
    def asked(self) -> Mask:
        """Say who was asked which of the questions that are scored (respondents, items)."""
        of_who = {w.value: [not i.who or w in i.who for i in self.items] for w in Who}
        return np.array([of_who[a.who.value] for a in self.answers], bool).reshape(len(self.answers), len(self.items))

    @cached_property
    def everybody_asked(self) -> tuple[str, ...]:
        """Name of each question the group that what is told of everybody is of: `EVERYBODY`, or those of the roles that were asked it."""
        return tuple(EVERYBODY if not i.who or {*Who} <= {*i.who} else "+".join((EVERYBODY, *sorted(i.who))) for i in self.items)

    def narrower(self, dimension: int) -> dict[str, Mask]:
        """Give whom the groups of `everybody_asked` hold that are not everybody, for the questions of one dimension."""
        columns = range(*self.of_dimension[dimension].indices(len(self.items)))
        named = {self.everybody_asked[n]: self.asked[:, n] for n in columns}
        return {name: self.groups[EVERYBODY] & m for name, m in named.items() if name != EVERYBODY}

    @cached_property
    def raw(self) -> Numbers:
        """Answers (respondents, items), 1 to 5; NaN: not answered or "can't say"."""
        said = [[a.scores.get(i.id) or np.nan for i in self.items] for a in self.answers]
        given = np.array(said, float).reshape(len(self.answers), len(self.items))
        return np.where(self.asked, given, np.nan)

    @cached_property
    def scores(self) -> Numbers:
        """Score of each respondent on each dimension, 0 to 100; NaN: fewer than half of the questions answered that they were asked.

        Where fewer than `round.least` of a role answered a part only, they have none either: the score beside the questions, which count
        those who answered all, would tell of them.
        """
        said = [~np.isnan(self.raw[:, c]) for c in self.of_dimension]
        asked = [self.asked[:, c].sum(axis=1) for c in self.of_dimension]
        # the half rule of `measures.scores.of_respondent`
        enough = [s.any(axis=1) & (2 * s.sum(axis=1) >= n) for s, n in zip(said, asked, strict=True)]
        found = np.full((len(self.answers), len(said)), np.nan)
        for d, columns in enumerate(self.of_dimension):
            rows = enough[d]
            part = rows & ~self.complete[:, d]
            for role in (*ROLES, CITIZENS):
                few = part & (self.role == role)
                if few.sum() < max(3, self.round.least):
                    rows = rows & ~few
            if rows.any():
                found[rows, d] = 25 * (np.nanmean(self.raw[rows, columns], axis=1) - 1)
        return found

    @cached_property
    def complete(self) -> Mask:
        """Say who answered every question of each dimension that they were asked, and were asked any (respondents, dimensions)."""
        said = ~np.isnan(self.raw) | ~self.asked
        return np.stack([said[:, c].all(axis=1) & self.asked[:, c].any(axis=1) for c in self.of_dimension], axis=1)

    @cached_property
    def importance(self) -> Numbers:
        """How much each dimension weighs for each respondent, 1 to 3; NaN: not said."""
        said = [[a.importance.get(d.id) or np.nan for d in self.instrument.dimensions] for a in self.answers]
        return np.array(said, float).reshape(len(self.answers), len(self.of_dimension))

    @cached_property
    def cannot_say(self) -> Mask:
        """Say who answered "can't say" (respondents, items)."""
        return np.array([[a.scores.get(i.id) == CANNOT_SAY for i in self.items] for a in self.answers], bool).reshape(
            self.raw.shape
        )

    @cached_property
    def named(self) -> Mask:
        """Say who named which item as one that gets most in the way (respondents, items)."""
        return np.array([[i.id in a.blocks for i in self.items] for a in self.answers], bool).reshape(self.raw.shape)

    @cached_property
    def role(self) -> NDArray[np.str_]:
        """As what each respondent answered."""
        return np.array([a.who.value for a in self.answers], "U12")

    @cached_property
    def organisation(self) -> NDArray[np.str_]:
        """Of which organisation each respondent is; `OTHERS` for citizens and for whom the register does not know."""
        known = {o.id for o in self.round.organisations}
        staff = [a.voice if a.who is not Who.CITIZEN and a.voice in known else OTHERS for a in self.answers]
        return np.array(staff, f"U{max(map(len, staff), default=1) or 1}")

    @cached_property
    def groups(self) -> dict[str, Mask]:
        """Give whom each published group holds. So few citizens that they are hidden are not counted with everybody: they would hide the others."""
        citizens = self.role == CITIZENS
        few = self.complete[citizens].sum(axis=0).min(initial=len(self.answers)) < max(3, self.round.least)
        everybody = ~citizens if few else np.ones(len(self.answers), bool)
        found = {EVERYBODY: everybody, STAFF: ~citizens, CITIZENS: citizens}
        found |= {r: self.role == r for r in ROLES}
        return found | {of(o.id): (self.organisation == o.id) & ~citizens for o in self.round.organisations}

    def linked(self, other: "Respondents") -> Mask:
        """Say who has a score on each dimension in both rounds, by a code that no two answers of a round share: (n, dimensions)."""
        mine, theirs = ([a.code for a in r.answers] for r in (self, other))
        here, there = Counter(mine), Counter(theirs)
        where = {c: n for n, c in enumerate(theirs) if c and there[c] == 1}
        found, counted = np.zeros(self.scores.shape, bool), (self.groups[EVERYBODY], other.groups[EVERYBODY])
        if self.round.instrument == other.round.instrument:
            for n, code in enumerate(mine):
                if code in where and here[code] == 1 and counted[0][n] and counted[1][where[code]]:
                    found[n] = ~np.isnan(self.scores[n]) & ~np.isnan(other.scores[where[code]])
        return found


def respondents(round_: Round, instrument: Instrument, answers: Sequence[Answer]) -> Respondents:
    """Lay out the answers of a round."""
    return Respondents(round_, instrument, tuple(answers))
