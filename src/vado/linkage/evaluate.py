"""How well matching serves each group of people, measured on pairs whose truth a national number tells; the number itself is hidden."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from vado.linkage.block import blocks
from vado.linkage.compare import NATIONAL
from vado.linkage.decide import SURE, match
from vado.linkage.model import Model
from vado.model.person import Demographics, MatchGrade
from vado.model.share import wilson
from vado.terms.identifiers import valid

_BLOCK = 500
_AGES = ((0, 17), (18, 39), (40, 64), (65, 200))


@dataclass(frozen=True, slots=True)
class Served:
    """One group: pairs that are one person, how many of them are linked or asked about; links between two persons."""

    group: str
    pairs: int
    linked: int
    asked: int
    wrong: int

    @property
    def recall(self) -> float:
        """The share that is linked without asking."""
        return self.linked / self.pairs if self.pairs else 0.0

    @property
    def precision(self) -> float:
        """The share of links that are right."""
        return self.linked / (self.linked + self.wrong) if self.linked + self.wrong else 1.0

    def interval(self) -> tuple[float, float]:
        """Give the 95 % interval of recall."""
        return wilson(self.linked, self.pairs)


def evaluate(people: Sequence[Demographics], year: int, model: Model | None = None) -> list[Served]:
    """Give how each group is served, everybody first. `year`: of today, for ages.

    Only patients with a valid national number take part. Pairs of two partners count as one person when the number is equal.
    """
    known = [(d, number) for d in people if (number := _number(d))]
    hidden = [replace(d, identifiers=tuple(i for i in d.identifiers if i.system not in NATIONAL)) for d, _ in known]
    by_number: dict[str, list[int]] = defaultdict(list)
    for n, (_, number) in enumerate(known):
        by_number[number].append(n)
    true = {p for some in by_number.values() for p in combinations(some, 2) if known[p[0]][0].partner != known[p[1]][0].partner}
    pairs = sorted(true | _blocked(hidden))
    one_person = {p: known[p[0]][1] == known[p[1]][1] for p in pairs}
    judged = ((hidden[a], hidden[b], one_person[a, b]) for a, b in pairs if (a, b) in true or not one_person[a, b])
    return served(judged, year, model)


def served(pairs: Iterable[tuple[Demographics, Demographics, bool]], year: int, model: Model | None = None) -> list[Served]:
    """Give how each group is served, everybody first, of pairs of whom it is known whether they are one person."""
    count: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one, other, same in pairs:
        found = match(one, [other], model)
        grade = found[0].grade if found else None
        for group in _groups(one, other, year):
            sums = count[group]
            sums[0] += same
            sums[1] += same and grade in SURE
            sums[2] += same and grade is MatchGrade.POSSIBLE
            sums[3] += not same and grade in SURE
    told = [Served(group, *sums) for group, sums in count.items()]
    return sorted(told, key=lambda s: (s.group != "everybody", s.group))


def _number(d: Demographics) -> str:
    return next((f"{i.system}|{i.value}" for i in d.identifiers if i.system in NATIONAL and valid(i.system, i.value)), "")


def _blocked(people: Sequence[Demographics]) -> set[tuple[int, int]]:
    return {p for some in blocks(people).values() if len(some) <= _BLOCK for p in combinations(some, 2)}


def _groups(a: Demographics, b: Demographics, year: int) -> Iterable[str]:
    yield "everybody"
    yield f"sex: {a.gender or b.gender or 'not said'}"
    born = a.birth_date[:4] or b.birth_date[:4]
    if born.isdigit():
        yield next((f"age: {low} to {high}" for low, high in _AGES if low <= year - int(born) <= high), "age: other")
    yield "surnames: two" if min(len(a.family), len(b.family)) > 1 else "surnames: one, at least on one side"
    missing = [name for name in ("birth_date", "gender", "phones", "postal_codes") if not (getattr(a, name) and getattr(b, name))]
    yield f"missing fields: {min(len(missing), 3)}{' or more' if len(missing) > 2 else ''}"
