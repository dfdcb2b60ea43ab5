"""Small numbers: which figures are hidden so that neither subtraction nor any other sum of what is shown finds them again.

One figure is one group of respondents: a cell of a table, a margin, a filter, the same group in another round. `protected` takes all that
are published together and says which are hidden. Whoever shows a mean with its n shows a sum as well, and sums add up as counts do: what
holds for counts holds for means of the same groups. (What all answered alike is told by the mean itself: `spread_shown`.)
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from vado.collaboration.recovery import Published

LEAST = 5  # respondents behind a figure that is shown
LEAST_WORDS = 10  # behind a text

K = TypeVar("K", bound=Hashable)
C = TypeVar("C", bound=Hashable)
Key = tuple[str | None, ...]  # one value for each dimension; None: all of them


def protected(
    groups: Mapping[K, frozenset[C]], counts: Mapping[C, int], least: int = LEAST, last: Collection[K] = ()
) -> frozenset[K]:
    """Name the groups whose figures are hidden, of all that are published together.

    Hidden are those of fewer than `least` respondents (nobody: shown as nobody), and as many others, the smallest first, as it takes that
    no sum or difference of shown figures tells of fewer than `least`, published or not, and that no hidden count can be reckoned out.

    Args:
        groups: each as the cells that it holds; cells are disjoint, the finest that any two groups differ by.
        counts: respondents of each cell. A cell is left out where nobody is.
        least: respondents behind a figure that is shown.
        last: groups to be hidden only when nothing else helps: totals, say.

    Take cells as answers: the same person's answer in two rounds is two, but one whose answer is counted on two days is one (`over_rounds`).
    Items that not all answered have groups of their own: ask once for each item.
    Source: Hundepool et al. 2012, Statistical Disclosure Control, 4 (complementary suppression); Fischetti and Salazar 2001 (attackers' bounds).
    """
    same: dict[frozenset[C], list[K]] = {}
    for key, cells in groups.items():
        same.setdefault(frozenset(c for c in cells if counts.get(c, 0) > 0), []).append(key)
    same.pop(frozenset(), None)
    sets = list(same)
    sizes = [sum(counts[c] for c in s) for s in sets]
    late = set(last)
    price = [(any(k in late for k in same[s]), size) for s, size in zip(sets, sizes, strict=True)]
    published = Published.of(sets, counts, least)
    hide = {n for n, size in enumerate(sizes) if size < least}
    while tellers := published.tellers(hide):
        for told_by in tellers:  # one sum that tells too much: it takes one of its terms away
            if not hide & told_by:
                hide.add(min(told_by, key=lambda n: (price[n], n)))
    return frozenset(key for n in hide for key in same[sets[n]])


def margins(cells: Iterable[Key]) -> dict[Key, frozenset[Key]]:
    """Give all groups of a table of any dimensions: its cells, every margin, and the total, by keys where None stands for all."""
    found: dict[Key, set[Key]] = {}
    for cell in cells:
        for key in product(*((value, None) for value in cell)):
            found.setdefault(key, set()).add(cell)
    return {key: frozenset(holds) for key, holds in found.items()}


def over_rounds(before: Mapping[Key, int], after: Mapping[Key, int]) -> tuple[dict[Key, frozenset[Key]], dict[Key, int]]:
    """Give groups and counts of one table shown twice, and all its margins; keys begin with "before" or "after".

    For figures that grow while a round is open, or of people linked between rounds: whoever is in both may have answered the same, and then
    the difference of two figures is of the one who came. As many as can be are taken to be in both. Rounds that are asked anew and are not
    linked need it not: nobody's answer is in both.
    """
    counts: dict[Key, int] = {}
    for cell in dict.fromkeys((*before, *after)):
        was, now = before.get(cell, 0), after.get(cell, 0)
        counts |= {(*cell, "both"): min(was, now), (*cell, "left"): was - min(was, now), (*cell, "came"): now - min(was, now)}
    groups: dict[Key, frozenset[Key]] = {}
    for key, cells in margins([*before, *after]).items():
        for when, change in (("before", "left"), ("after", "came")):
            groups[(when, *key)] = frozenset((*cell, part) for cell in cells for part in ("both", change))
    return groups, counts


@dataclass(frozen=True, slots=True)
class HiddenTable:
    """Which figures of a table and its margins are hidden."""

    cells: tuple[tuple[bool, ...], ...]
    rows: tuple[bool, ...]  # totals of rows
    columns: tuple[bool, ...]
    total: bool


def hidden_table(rows: Sequence[Sequence[int]], least: int = LEAST) -> HiddenTable:
    """Say which cells and margins of a table are hidden. Margins stay where cells can be hidden instead."""
    counts: dict[Key, int] = {(str(r), str(c)): n for r, row in enumerate(rows) for c, n in enumerate(row)}
    groups = margins(counts)
    hide = protected(groups, counts, least, last=[k for k in groups if None in k])
    tall, wide = range(len(rows)), range(len(rows[0]) if rows else 0)
    return HiddenTable(
        tuple(tuple((str(r), str(c)) in hide for c in wide) for r in tall),
        tuple((str(r), None) in hide for r in tall),
        tuple((None, str(c)) in hide for c in wide),
        (None, None) in hide,
    )


def hidden(counts: Sequence[int], least: int = LEAST) -> tuple[bool, ...]:
    """Say which cells of one row are hidden when the row's total is shown (`total_shown` says whether it may be).

    Cells under `least` are hidden (0 is no cell of anybody). What is hidden must hold `least` people together, more than one cell, and more
    people than cells, else the next smallest is hidden too: the total less what is shown would tell it.
    """
    hide = [0 < c < least for c in counts]
    while any(hide) and (
        (within := sum(c for c, h in zip(counts, hide, strict=True) if h)) < least or within == sum(hide) or sum(hide) < 2
    ):
        left = [(c, n) for n, c in enumerate(counts) if not hide[n] and c > 0]
        if not left:
            break
        hide[min(left)[1]] = True
    return tuple(hide)


def hidden_among(counts: Mapping[str, int], least: int = LEAST) -> frozenset[str]:
    """Name the cells of one row that are hidden."""
    names = list(counts)
    return frozenset(n for n, h in zip(names, hidden([counts[n] for n in names], least), strict=True) if h)


def total_shown(counts: Sequence[int], least: int = LEAST) -> bool:
    """Say whether a row's total may be shown: nobody, or enough people, not one in each of its cells (which the total would tell)."""
    return sum(counts) == 0 or (sum(counts) >= least and (sum(counts) > sum(c > 0 for c in counts) or max(counts) >= least))


def spread_shown(answers: Sequence[int], least: int = LEAST) -> bool:
    """Say whether it may be shown how a group's answers are spread: enough people, and not all alike, which would tell each one's answer.

    Args:
        answers: how many gave each of the answers there are.
        least: respondents behind a figure that is shown.
    """
    return sum(answers) >= least and sum(n > 0 for n in answers) > 1
