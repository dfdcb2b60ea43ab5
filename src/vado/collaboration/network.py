"""Who works with whom: as people say, as the exchange shows, what holds it together, and what one more bridge would join.

Measures of shape come from networkx; what is ours is the comparison of said and seen, brokers by sector, and what counts people.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import nan

import networkx as nx
import numpy as np

Link = tuple[str, str]
Holdings = Mapping[frozenset[str], int]  # set of organisations that hold something on a person -> how many persons
ROLES = ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is said beside what is seen, over all pairs of organisations."""

    confirmed: frozenset[frozenset[str]]
    said_only: frozenset[frozenset[str]]  # outside the exchange, or talk
    seen_only: frozenset[frozenset[str]]  # hidden, or not noticed
    neither: int
    jaccard: float
    kappa: float  # Cohen 1960, Educ. Psychol. Meas. 20:37-46


def compared(organisations: Iterable[str], said: Iterable[Link], seen: Iterable[Link]) -> Comparison:
    """Compare ties without direction. NaN where there is nothing to compare."""
    n = len(set(organisations))
    pairs = n * (n - 1) // 2
    one, other = {frozenset(t) for t in said}, {frozenset(t) for t in seen}
    both, either = one & other, one | other
    if not pairs:
        return Comparison(frozenset(), frozenset(), frozenset(), 0, nan, nan)
    alike = (len(both) + pairs - len(either)) / pairs
    by_chance = (len(one) * len(other) + (pairs - len(one)) * (pairs - len(other))) / pairs**2
    kappa = (alike - by_chance) / (1 - by_chance) if by_chance < 1 else nan
    jaccard = len(both) / len(either) if either else nan
    return Comparison(frozenset(both), frozenset(one - other), frozenset(other - one), pairs - len(either), jaccard, kappa)


def confirmation(said: Iterable[Link]) -> float:
    """Give the share of ties that both ends tell of, among those that either tells of; NaN without any."""
    told = set(said)
    pairs = {frozenset(t) for t in told}
    return sum(all((a, b) in told for a, b in (tuple(p), tuple(p)[::-1])) for p in pairs) / len(pairs) if pairs else nan


def correlated(one: np.ndarray, other: np.ndarray, chance: np.random.Generator, draws: int = 2000) -> tuple[float, float]:
    """Correlate two square matrices over organisations, with p by permuting the organisations of one. Source: QAP, Krackhardt 1988."""
    n = len(one)
    off = ~np.eye(n, dtype=bool)
    if n < 3 or not np.ptp(one[off]) or not np.ptp(other[off]):
        return nan, nan
    seen = float(np.corrcoef(one[off], other[off])[0, 1])
    far = 0
    for _ in range(draws):
        order = chance.permutation(n)
        far += abs(float(np.corrcoef(one[np.ix_(order, order)][off], other[off])[0, 1])) >= abs(seen) - 1e-9
    return seen, (1 + far) / (draws + 1)


def centralisation(values: Mapping[str, float], most: float) -> float:
    """Say how far a network hangs on one: 0 all alike, 1 as a star. Source: Freeman 1979, Social Networks 1:215-239.

    Args:
        values: the centrality of each organisation.
        most: the sum of differences in a star of as many: (n-1)(n-2) for degrees, n-1 for betweenness that is normalised.
    """
    top = max(values.values(), default=0.0)
    return sum(top - v for v in values.values()) / most if most else nan


def degree_centralisation(graph: nx.Graph) -> float:
    """Give Freeman's centralisation of degrees; NaN for fewer than three organisations."""
    n = len(graph)
    return centralisation(dict(graph.degree()), (n - 1) * (n - 2)) if n > 2 else nan


def fragmentation(graph: nx.Graph) -> float:
    """Give the share of pairs that cannot reach each other. Source: Borgatti 2006, Comput. Math. Organ. Theory 12:21-34."""
    n = len(graph)
    if n < 2:
        return nan
    return 1 - sum(len(part) * (len(part) - 1) for part in nx.connected_components(graph)) / (n * (n - 1))


def brokers(graph: nx.DiGraph, sector: Mapping[str, str]) -> dict[str, Counter[str]]:
    """Count for each organisation how often it stands between two others that are not tied, by whose sectors these are.

    Source: Gould and Fernandez 1989, Sociological Methodology 19:89-126.
    """
    found: dict[str, Counter[str]] = {node: Counter() for node in graph}
    for middle in graph:
        for a in graph.predecessors(middle):
            for c in graph.successors(middle):
                if a != c and not graph.has_edge(a, c):
                    found[middle][_role(sector[a], sector[middle], sector[c])] += 1
    return found


def _role(a: str, b: str, c: str) -> str:
    if a == b == c:
        return "coordinator"
    if a == c:
        return "itinerant"
    if b == c:
        return "gatekeeper"
    return "representative" if a == b else "liaison"


@dataclass(frozen=True, slots=True)
class Joined:
    """How far the people of a place are joined up."""

    pairs: int  # of organisations that hold something on the same person, counted for each person
    joined: int  # of these, pairs that are linked
    whole: int  # people all of whose organisations are in one part
    people: int  # on whom two organisations or more hold something

    @property
    def share(self) -> float:
        """Give joined pairs over all pairs; NaN when nobody is held by two."""
        return self.joined / self.pairs if self.pairs else nan


def joined(holdings: Holdings, links: Iterable[Link], *, by_path: bool = True) -> Joined:
    """Count how many pairs and people are joined.

    Args:
        holdings: people counted by the set of organisations that hold something on them.
        links: ties between organisations, without direction.
        by_path: whether what was passed on may be passed on again; else only direct links count.
    """
    part = _parts(links)
    direct = {frozenset(t) for t in links} if not by_path else frozenset()
    pairs = linked = whole = people = 0
    for held, count in holdings.items():
        if len(held) < 2:
            continue
        of_them = len(held) * (len(held) - 1) // 2
        if by_path:
            sizes = Counter(part.get(o, o) for o in held)
            now = sum(s * (s - 1) // 2 for s in sizes.values())
            is_whole = len(sizes) == 1
        else:
            now = sum(frozenset(p) in direct for p in combinations(held, 2))
            is_whole = now == of_them
        people, pairs, linked, whole = people + count, pairs + of_them * count, linked + now * count, whole + is_whole * count
    return Joined(pairs, linked, whole, people)


def _parts(links: Iterable[Link]) -> dict[str, str]:
    """Name each linked organisation's part by one of its members."""
    graph = nx.Graph(list(links))
    return {o: min(part) for part in nx.connected_components(graph) for o in part}


@dataclass(frozen=True, slots=True)
class Bridge:
    """What one more link would do."""

    link: Link
    joined: int  # pairs that it would join, counted for each person
    whole: int  # people whose record it would make whole


def bridges(holdings: Holdings, links: Iterable[Link], organisations: Iterable[str], *, by_path: bool = True) -> list[Bridge]:
    """Reckon every link that is not there: what it would join, the most first.

    People are grouped by the set of organisations that hold something on them. A link joins two parts; what it gains is counted once
    for each pair of parts (by path), so that three hundred organisations and a million people take seconds.
    """
    links = [(min(t), max(t)) for t in links]
    there, names = set(links), sorted(set(organisations))
    absent = [pair for pair in combinations(names, 2) if pair not in there]
    gains, wholes = _gain_by_path(holdings, links) if by_path else _gain_direct(holdings, links)
    part = _parts(links) if by_path else {}
    found = []
    for a, b in absent:
        key = frozenset((part.get(a, a), part.get(b, b)))
        found.append(Bridge((a, b), gains.get(key, 0) if len(key) == 2 else 0, wholes.get(key, 0) if len(key) == 2 else 0))
    return sorted(found, key=lambda f: (-f.joined, -f.whole, f.link))


def _gain_by_path(holdings: Holdings, links: Iterable[Link]) -> tuple[dict[frozenset[str], int], dict[frozenset[str], int]]:
    part = _parts(links)
    merged: Counter[tuple[tuple[str, int], ...]] = Counter()
    for held, count in holdings.items():
        if len(held) > 1:
            merged[tuple(sorted(Counter(part.get(o, o) for o in held).items()))] += count
    gains: dict[frozenset[str], int] = defaultdict(int)
    wholes: dict[frozenset[str], int] = defaultdict(int)
    for sizes, count in merged.items():
        for (a, n), (b, m) in combinations(sizes, 2):
            key = frozenset((a, b))
            gains[key] += n * m * count
            wholes[key] += count if len(sizes) == 2 else 0
    return gains, wholes


def _gain_direct(holdings: Holdings, links: Iterable[Link]) -> tuple[dict[frozenset[str], int], dict[frozenset[str], int]]:
    there = {frozenset(t) for t in links}
    gains: dict[frozenset[str], int] = defaultdict(int)
    wholes: dict[frozenset[str], int] = defaultdict(int)
    for held, count in holdings.items():
        missing = [p for pair in combinations(held, 2) if (p := frozenset(pair)) not in there]
        for p in missing:
            gains[p] += count
        if len(missing) == 1:
            wholes[missing[0]] += count
    return gains, wholes


@dataclass(frozen=True, slots=True)
class Loss:
    """What breaks when one organisation leaves."""

    own: int  # joined pairs that it is one of
    transit: int  # joined pairs of others that are joined only through it


def leaver(holdings: Holdings, links: Iterable[Link], who: str) -> Loss:
    """Reckon what is lost when an organisation takes its links away: its own pairs, and those of others that go through it."""
    links = list(links)
    before, after = _parts(links), _parts(t for t in links if who not in t)
    own = transit = 0
    for held, count in holdings.items():
        for a, b in combinations(held, 2):
            if before.get(a, a) == before.get(b, b):
                if who in (a, b):
                    own += count
                elif after.get(a, a) != after.get(b, b):
                    transit += count
    return Loss(own, transit)


def best_bridges(holdings: Holdings, links: Iterable[Link], organisations: Iterable[str], count: int) -> list[Bridge]:
    """Choose so many links, each the best after those before it; of two, all pairs of those that gain or share a part are tried.

    What several bridges gain is not the sum of what each gains, nor does each gain less after another: the best first one need not be
    among the best two. For two the search is exhaustive over pairs of parts; for more, the rest is added one by one.
    """
    links, names = list(links), sorted(set(organisations))
    chosen: list[Bridge] = []
    if count >= 2 and (pair := _best_two(holdings, links, names)):
        chosen = pair
    while len(chosen) < count:
        ranked = bridges(holdings, [*links, *(b.link for b in chosen)], names)
        if not ranked or not ranked[0].joined:
            break
        chosen.append(ranked[0])
    return chosen


def _best_two(holdings: Holdings, links: list[Link], names: list[str]) -> list[Bridge]:
    """Try one link for each pair of parts (all links between two parts do the same), and after it the best second."""
    part = _parts(links)
    firsts: dict[frozenset[str], Bridge] = {}
    for b in bridges(holdings, links, names):
        key = frozenset(part.get(o, o) for o in b.link)
        if len(key) == 2:
            firsts.setdefault(key, b)
    best: tuple[int, int, list[Bridge]] = (0, 0, [])
    for first in firsts.values():
        second = next(iter(bridges(holdings, [*links, first.link], names)), None)
        if second is not None:
            gain = first.joined + second.joined, first.whole + second.whole
            if gain > best[:2]:
                best = (*gain, [first, second])
    return best[2]
