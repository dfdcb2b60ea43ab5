"""Which figures of a place are published: decided once, over all its rounds, groups and questions together.

Pages, tables, files and the terminal ask this one decision. The groups of a round are everybody, the staff, each organisation, each role,
the citizens, and those whose code links two rounds. What is shown of one group is, with its n, a sum over its people; so sums over groups
must never tell of fewer than `least` of them (`disclosure`, `recovery`). A score of a dimension and the means of its questions are sums
over the same people, and whoever left a question out could be found between them. Hence:

- questions count those alone who answered all of their dimension that they were asked; where not everybody is asked one of them, what is
  told of everybody on it is of those who were, who are one more group of the dimension's questions (`Respondents.narrower`);
- of each group as many as `least` must have answered all of it, and no sum may tell of fewer of those;
- where both are shown, those who left a question out must be nobody, or `least` as well, in any sum: fewer have no score (`Respondents.scores`);
- a group that answered all alike is not shown, nor the difference of two groups that did: the mean itself would tell each one's answer.

The score of the whole is the mean over organisations that are shown, and the others together as one (`units`): it tells nothing new.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from vado.collaboration.recovery import Published
from vado.collaboration.respondents import CITIZENS, EVERYBODY, ROLES, STAFF, Mask, Respondents, of

Key = str
ASKED = (EVERYBODY, *ROLES, CITIZENS)  # groups of which questions are shown one by one


@dataclass(frozen=True, slots=True)
class Decision:
    """What of one round is hidden. `least` people are behind whatever is not."""

    least: int
    scores: frozenset[tuple[Key, str]]  # group, dimension
    questions: frozenset[tuple[Key, str]]  # group, dimension: of the means and spreads of its questions
    counts: frozenset[Key]  # groups, and cells "organisation/role" and citizens' groups, of which not even the number is said

    def rare(self, n: int, of_all: int) -> bool:
        """Say whether so many of all, or all the others, are too few to be counted."""
        return 0 < n < self.least or 0 < of_all - n < self.least


def decided(rounds: Sequence[Respondents]) -> tuple[Decision, ...]:
    """Decide on all rounds of a place together, each after the one before it. The only place where it is decided.

    Answers of two rounds are never the same answers, so that no sum goes over two rounds, but through those whose codes link them: they
    are a group of their own in both.
    """
    found: list[Decision] = []
    for n, one in enumerate(rounds):
        near = (*rounds[max(0, n - 1) : n], *rounds[n + 1 : n + 2])
        found.append(_of_round(one, {linked_with(other): one.linked(other) for other in near}))
    return tuple(found)


def units(sheet: Respondents, dimension: int, hidden: Collection[tuple[Key, str]]) -> dict[str, Mask]:
    """Give the organisations that are shown, and under "" all the others together: what the score of the whole is the mean of."""
    name = sheet.instrument.dimensions[dimension].id
    scored = ~np.isnan(sheet.scores[:, dimension])
    staff = sheet.groups[STAFF] & scored
    found = {o.id: sheet.groups[of(o.id)] & scored for o in sheet.round.organisations if (of(o.id), name) not in hidden}
    found = {o: m for o, m in found.items() if m.any()}
    rest = staff & ~np.any(list(found.values()), axis=0) if found else staff
    return found | ({"": rest} if rest.any() else {})


def linked_with(other: Respondents) -> Key:
    """Name the group of those who answered another round as well."""
    return f"linked:{other.round.id}"


def _of_round(sheet: Respondents, links: Mapping[Key, Mask]) -> Decision:
    least = max(3, sheet.round.least)
    scores: set[tuple[Key, str]] = set()
    questions: set[tuple[Key, str]] = set()
    for d, dimension in enumerate(sheet.instrument.dimensions):
        groups = sheet.groups | {name: m[:, d] for name, m in links.items()}
        all_, score = sheet.complete[:, d], sheet.scores[:, [d]]
        scored = ~np.isnan(score[:, 0])
        few = {
            g for g, m in groups.items() if 0 < (m & scored).sum() < least or 0 < (m & all_).sum() < least and (m & scored).any()
        }
        few |= {g for g, m in groups.items() if (m & scored).any() and not (m & all_).any()}
        hide = _settled(groups, [scored, all_], least, few, lambda m, s=score, k=scored: _alike(s[m & k]))
        asked = {g: groups[g] for g in ASKED} | sheet.narrower(d)
        answers = sheet.raw[:, sheet.of_dimension[d]]
        part = scored & ~all_
        begin = (hide & asked.keys()) | {g for g, m in asked.items() if 0 < (m & part).sum() < least}
        shut = _settled(asked, [all_, part], least, begin, lambda m, a=answers, k=all_: _alike(a[m & k]))
        scores |= {(g, dimension.id) for g in hide}
        questions |= {(g, dimension.id) for g in shut}
    return Decision(least, frozenset(scores), frozenset(questions), counts(sheet))


def _alike(values: np.ndarray) -> bool:
    """Say whether some column is the same in all rows."""
    return len(values) > 0 and bool((values == values[0]).all(axis=0).any())


def _settled(
    groups: Mapping[Key, Mask], counted: Sequence[Mask], least: int, begin: Collection[Key], alike: Callable[[Mask], bool]
) -> frozenset[Key]:
    """Give what is hidden when nothing more has to be: by sums of whoever is counted, and by those who answered all alike."""
    hide = set(begin) | {g for g, m in groups.items() if alike(m)}
    while True:
        before = len(hide)
        for who in counted:
            hide |= hidden({g: m & who for g, m in groups.items()}, least, hide)
        hide |= {
            a for a, b in permutations([g for g in groups if g not in hide], 2)
            if not (groups[a] & ~groups[b]).any() and alike(groups[b] & ~groups[a])
        }  # fmt: skip
        if len(hide) == before:
            return frozenset(hide)


def hidden(
    groups: Mapping[Key, Mask], least: int, begin: Collection[Key] = (), last: Collection[Key] = (EVERYBODY, STAFF)
) -> frozenset[Key]:
    """Name the groups that are hidden, those of `begin` among them: the smallest first, and those of `last` when nothing else helps.

    As `disclosure.protected`, which knows no groups that are hidden for another reason than being few.
    """
    kept = {g: m for g, m in groups.items() if m.any()}
    if not kept:
        return frozenset()
    places: dict[tuple[bool, ...], int] = {}
    rows = np.array(list(kept.values()), bool).reshape(len(kept), -1)
    for column in rows.T:  # people who are together in all groups are one cell
        places[tuple(column)] = places.get(tuple(column), 0) + 1
    cells = {n: size for n, (where, size) in enumerate(places.items()) if any(where)}
    sets = [frozenset(n for n, where in enumerate(places) if where[g]) for g in range(len(kept))]
    names, sizes = list(kept), [int(m.sum()) for m in kept.values()]
    hide = {n for n, g in enumerate(names) if g in begin or sizes[n] < least}
    same = [{m for m in range(len(sets)) if sets[m] == sets[n]} for n in range(len(sets))]
    hide = {m for n in hide for m in same[n]}
    published = Published.of(sets, cells, least)
    while tellers := published.tellers(hide):
        for told_by in tellers:
            if not hide & told_by:
                hide |= same[min(told_by, key=lambda n: (names[n] in last, sizes[n], n))]
    return frozenset(names[n] for n in hide)


def counts(sheet: Respondents) -> frozenset[Key]:
    """Name the groups, and the cells of the register, of which not even the number of answers is said."""
    return hidden(sheet.groups | cells(sheet), max(3, sheet.round.least), last=tuple(sheet.groups))


def cells(sheet: Respondents) -> dict[Key, Mask]:
    """Give the cells of the frame: each organisation's people of each role, and each citizens' group."""
    found = {f"{o.id}/{role}": sheet.groups[of(o.id)] & sheet.groups[role] for o in sheet.round.organisations for role in ROLES}
    voices = np.array([a.voice for a in sheet.answers], object)
    return found | {f"{g.id}/{CITIZENS}": sheet.groups[CITIZENS] & (voices == g.id) for g in sheet.round.groups}
