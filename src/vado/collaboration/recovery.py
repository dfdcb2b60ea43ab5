"""What can be found out of hidden figures from those that are shown: what an attacker would try, so that `disclosure` can be ahead of it."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

_PRIME = 2_147_483_647  # sums are reckoned in remainders of it: exact, and never too large
Matrix = NDArray[np.int64]
C = TypeVar("C", bound=Hashable)


@dataclass(frozen=True)
class Published:
    """Groups of respondents, shown or hidden, over the smallest sets that any of them tells apart.

    Whoever reads the figures knows which groups there are, that hidden ones are not empty, and that respondents are not fewer than none.
    """

    groups: Matrix  # (groups, atoms): 1 where the group holds the atom; atoms from the largest down
    sizes: Matrix  # respondents of each atom, at least 1
    least: int
    loose: set[frozenset[int]] = field(
        default_factory=set
    )  # sets of atoms whose count is known to be open: it stays so as more is hidden

    @classmethod
    def of(cls, sets: Sequence[frozenset[C]], counts: Mapping[C, int], least: int) -> "Published":
        """Bring cells that are always together into one atom."""
        within: dict[C, list[int]] = {}
        for n, cells in enumerate(sets):
            for cell in cells:
                within.setdefault(cell, []).append(n)
        atoms: dict[tuple[int, ...], int] = {}
        for cell, where in within.items():
            atoms[tuple(where)] = atoms.get(tuple(where), 0) + counts[cell]
        order = sorted(atoms, key=lambda where: (-atoms[where], where))
        groups = np.zeros((len(sets), len(order)), np.int64)
        for n, where in enumerate(order):
            groups[list(where), n] = 1
        return cls(groups, np.array([atoms[w] for w in order], np.int64), least)

    def tellers(self, hidden: Collection[int]) -> list[set[int]]:
        """List sets of shown groups that together tell of fewer than `least` respondents, or the very count of a hidden group. None: safe."""
        shown = [n for n in range(len(self.groups)) if n not in hidden]
        return self._by_sums(shown) or self._by_bounds(shown, sorted(hidden))

    def _by_sums(self, shown: list[int]) -> list[set[int]]:
        """Find the sums of shown groups, with any factors, that are a set of fewer than `least` respondents.

        Atoms come from the largest down, so that after elimination the rows that begin at a small atom hold small ones only, and every
        small set is a sum of as many of them as it has such beginnings.
        """
        rows, beginnings = _eliminated(self.groups[shown], len(self.sizes))
        small = [(row, int(self.sizes[at])) for row, at in zip(rows, beginnings, strict=True) if self.sizes[at] < self.least]
        for terms in range(1, self.least):
            if found := [_terms(total, shown, len(self.sizes)) for total in self._small_sets(small, terms)]:
                return found
        return []

    def _small_sets(self, small: list[tuple[Matrix, int]], terms: int, start: int = 0, size: int = 0) -> Iterator[Matrix]:
        """Give sums of so many rows that are sets of few respondents."""
        atoms = len(self.sizes)
        for n in range(start, len(small)):
            row, weight = small[n]
            if size + weight >= self.least:
                continue
            if terms == 1:
                part = row[:atoms]
                if part.max() <= 1 and int(part @ self.sizes) < self.least:
                    yield row
            else:
                rest = [((row + other) % _PRIME, w) for other, w in small[n + 1 :]]
                yield from self._small_sets(rest, terms - 1, 0, size + weight)

    def _by_bounds(self, shown: list[int], hidden: list[int]) -> list[set[int]]:
        """Find a hidden count, or one of few respondents, that can be no other whole number than it is; what is shown says which."""
        few = map(int, np.flatnonzero(self.sizes < self.least))
        targets = [self.groups[n] for n in hidden] + [np.eye(1, len(self.sizes), n, dtype=np.int64)[0] for n in few]
        for target in targets:
            if _atoms(target) in self.loose:
                continue
            told_by: set[int] = set()
            for way in (-1.0, 1.0):
                point, weighty = self._extreme(target * way, shown, hidden)
                told_by |= {shown[n] for n in weighty}
                for other in targets:
                    if abs(float(other @ point) - float(other @ self.sizes)) > 1 - 1e-6:
                        self.loose.add(_atoms(other))
                if _atoms(target) in self.loose:
                    break
            else:
                return [told_by or {n for n in shown if self.groups[n] @ target}]
        return []

    def _extreme(
        self, cost: NDArray[np.float64], shown: list[int], hidden: list[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Give counts of atoms that cost least of all that fit what is shown, and which shown figures hold it there.

        No count goes further than least + its own: bounded, and far enough to see that it is open.
        """
        fits = linprog(
            cost, -self.groups[hidden] if hidden else None, -np.ones(len(hidden)) if hidden else None,
            self.groups[shown] if shown else None, self.groups[shown] @ self.sizes if shown else None,
            [(0, int(s) + self.least) for s in self.sizes],
        )  # fmt: skip
        return fits.x, np.flatnonzero(np.abs(fits.eqlin.marginals) > 1e-9) if shown else np.zeros(0, np.intp)


def _eliminated(groups: Matrix, atoms: int) -> tuple[list[Matrix], list[int]]:
    """Bring groups to reduced echelon form, each row followed by the factors of the groups it is a sum of. Source: Gauss and Jordan."""
    work = np.hstack([groups, np.eye(len(groups), dtype=np.int64)])
    done, beginnings = 0, list[int]()
    for at in range(atoms):
        candidates = np.flatnonzero(work[done:, at])
        if not len(candidates):
            continue
        work[[done, done + candidates[0]]] = work[[done + candidates[0], done]]
        work[done] = work[done] * pow(int(work[done, at]), -1, _PRIME) % _PRIME
        others = np.flatnonzero(work[:, at])
        others = others[others != done]
        work[others] = (work[others] - work[others, at][:, None] * work[done]) % _PRIME
        beginnings.append(at)
        done += 1
    return list(work[:done]), beginnings


def _terms(row: Matrix, shown: list[int], atoms: int) -> set[int]:
    return {shown[n] for n in np.flatnonzero(row[atoms:])}


def _atoms(target: Matrix) -> frozenset[int]:
    return frozenset(map(int, np.flatnonzero(target)))
