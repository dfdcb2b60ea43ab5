"""What is said beside what is seen, and what holds a network together: what networkx does not have."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan

import networkx as nx
import numpy as np

Link = tuple[str, str]
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
