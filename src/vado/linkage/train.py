"""Weights from a place's own people, without labels: u from random pairs, m by expectation maximisation over pairs that share a key.

Fellegi and Sunter (1969); Winkler (1988) for the maximisation; Linacre et al. (2022, Splink) for leaving out, in each pass, the fields
that the blocking made agree. A field seen too rarely keeps its shipped weights.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from math import log2
from typing import Protocol

from vado.linkage.block import Keys, birth_and_initial, blocks, whole_name
from vado.linkage.compare import MISSING, compare
from vado.linkage.model import Model, shipped
from vado.model.person import Demographics


class Chance(Protocol):
    """A source of chance, as random.Random is one."""

    def randrange(self, stop: int, /) -> int: ...  # noqa: D102 - said above
    def sample(self, population: list[str], k: int) -> list[str]: ...  # noqa: D102


Vector = tuple[tuple[str, str], ...]  # (field, level) of every field
# Pairs of each pass, and the fields that its keys make agree: not estimated there. Not by home or telephone: these find families, not persons.
_PASSES: tuple[tuple[Keys, frozenset[str]], ...] = (
    (whole_name, frozenset(("family", "given"))),
    (birth_and_initial, frozenset(("birth_date",))),
)
_ENOUGH = 40.0  # expected matches that a field needs to be believed
_SEEN = 3.0  # expected matches that a level needs, where it is rare among others too
_ROUNDS = 40
_BLOCK = 200  # patients of one key of which pairs are made


def train(people: Sequence[Demographics], rng: Chance, origin: str = "trained", pairs: int = 400_000) -> Model:
    """Estimate a model: the same people and seed give the same one. `rng` chooses the random pairs; at most `pairs` are compared in each pass.

    Raises:
        ValueError: fewer than 100 people.
    """
    if len(people) < 100:
        raise ValueError("too few people")
    u = _random_levels(people, rng, pairs // 2)
    estimates: dict[str, list[dict[str, float]]] = defaultdict(list)
    for keys, made_equal in _PASSES:
        vectors = Counter(compare(people[a], people[b]) for a, b in _pairs(people, keys, rng, pairs))
        found = _maximise(vectors, u, made_equal)
        if "birth_date" not in found and "birth_date" not in made_equal:
            break  # hardly anybody is here twice: twins would pass for one
        for field, levels in found.items():
            estimates[field].append(levels)
    bits: dict[tuple[str, str], float] = {}
    for field, some in estimates.items():
        for level in {name for e in some for name in e}:
            m = [e[level] for e in some if level in e]
            bits[(field, level)] = round(max(-12.0, min(30.0, log2(sum(m) / len(m) / u[field].get(level, _FLOOR)))), 2)
    return Model({**shipped().bits, **_sane(bits)}, *_names(people), origin)


_FLOOR = 1e-6


def _random_levels(people: Sequence[Demographics], rng: Chance, most: int) -> dict[str, dict[str, float]]:
    """u: how often each level is seen in two patients drawn at random; rare levels get half a pair."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    n = min(most, len(people) * (len(people) - 1) // 2)
    for _ in range(n):
        a, b = rng.randrange(len(people)), rng.randrange(len(people))
        if a != b:
            for field, level in compare(people[a], people[b]):
                if level != MISSING:
                    counts[field][level] += 1
    known = {f: {level for g, level in shipped().bits if g == f} for f in counts}
    return {
        f: {level: (c[level] + 0.5) / (c.total() + 0.5 * len(known[f] | c.keys())) for level in known[f] | c.keys()}
        for f, c in counts.items()
    }


def _pairs(people: Sequence[Demographics], keys: Keys, rng: Chance, most: int) -> set[tuple[int, int]]:
    shared = blocks(people, keys)
    several = len({d.partner for d in people}) > 1  # then each partner has, as a rule, one patient a person
    found: set[tuple[int, int]] = set()
    for key in rng.sample(sorted(shared), len(shared)):
        found.update(
            p for p in combinations(shared[key][:_BLOCK], 2) if not several or people[p[0]].partner != people[p[1]].partner
        )
        if len(found) > most:
            break
    return found


def _maximise(vectors: Counter[Vector], u: dict[str, dict[str, float]], without: frozenset[str]) -> dict[str, dict[str, float]]:
    """Give m of every field but those left out; a field with too few expected matches is not given."""
    seen = [([(f, level) for f, level in v if level != MISSING and f in u and f not in without], n) for v, n in vectors.items()]
    start = {key: 2.0**b for key, b in shipped().bits.items()}
    m = {f: {level: u[f][level] * start.get((f, level), 1.0) for level in levels} for f, levels in u.items() if f not in without}
    m = {f: {level: x / sum(levels.values()) for level, x in levels.items()} for f, levels in m.items()}
    share, expected, sums = 0.2, dict[str, float](), dict[str, dict[str, float]]()
    for _ in range(_ROUNDS):
        matches, total = 0.0, 0
        sums = {f: dict.fromkeys(levels, 0.05) for f, levels in m.items()}
        expected = dict.fromkeys(m, 0.0)
        for vector, n in seen:
            odds = share / (1 - share)
            for f, level in vector:
                odds *= m[f].get(level, _FLOOR) / u[f].get(level, _FLOOR)
            chance = odds / (1 + odds)
            matches, total = matches + chance * n, total + n
            for f, level in vector:
                sums[f][level] = sums[f].get(level, 0.05) + chance * n
                expected[f] += chance * n
        if not total:
            return {}
        share = min(0.99, max(1e-6, matches / total))
        m = {f: {level: x / sum(levels.values()) for level, x in levels.items()} for f, levels in sums.items()}
    return {
        f: {level: x for level, x in levels.items() if sums[f][level] >= _SEEN or u[f].get(level, 0.0) > 0.01}
        for f, levels in m.items()
        if expected[f] >= _ENOUGH
    }


def _sane(bits: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """Agreement never counts against, and disagreement never for, that two patients are one."""
    return {
        (f, level): max(b, 0.0)
        if level in ("exact", "two", "national", "two-national")
        else min(b, 0.0)
        if level == "different"
        else b
        for (f, level), b in bits.items()
    }


def _names(people: Iterable[Demographics]) -> tuple[dict[str, float], float]:
    """Bits of names that several people bear, against the usual share of a name that agrees; and of all others."""
    bears: Counter[str] = Counter(name for d in people for name in {*d.given, *d.family})
    total = bears.total()
    usual = sum(n * n for n in bears.values()) / total / total if total else 1.0
    listed = {name: round(max(-6.0, min(3.0, log2(usual / (n / total)))), 2) for name, n in bears.items() if n >= 5}
    return listed, round(max(listed.values(), default=0.0), 2)
