"""Networks once more: person by person and path by path, where ours groups people and multiplies matrices."""

from itertools import combinations, permutations
from math import comb, isclose, isnan

import networkx as nx
import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from vado.collaboration import network

NAMES = "ABCDEF"
PAIRS = list(combinations(NAMES, 2))
HOLDINGS = st.dictionaries(
    st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=4), st.integers(1, 5), min_size=1, max_size=8
)
LINKS = st.lists(st.sampled_from(PAIRS), max_size=7, unique=True)
ARROWS = st.lists(st.sampled_from(list(permutations(NAMES, 2))), max_size=10, unique=True)
quick = settings(max_examples=60, deadline=None)


def same(found: float, wanted: float) -> bool:
    return isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9) or (isnan(found) and isnan(wanted))


def of(links: list, kind: type = nx.Graph) -> nx.Graph:
    graph = kind(list(links))
    graph.add_nodes_from(NAMES)
    return graph


def counted(holdings: dict, links: list, by_path: bool, kind: type = nx.Graph) -> tuple[int, int, int, int]:
    """Person by person: pairs, joined, whole, people."""
    graph, ways = of(links, kind), combinations if kind is nx.Graph else permutations
    goes = nx.has_path if by_path else lambda g, a, b: g.has_edge(a, b)
    people = [held for held, count in holdings.items() for _ in range(count) if len(held) > 1]
    each = [[goes(graph, a, b) for a, b in ways(sorted(held), 2)] for held in people]
    return sum(map(len, each)), sum(map(sum, each)), sum(map(all, each)), len(people)


class TestSaidAndSeen:
    @quick
    @given(LINKS, LINKS)
    def test_cell_by_cell(self, said: list, seen: list) -> None:
        table = np.array(
            [[sum((p in said) == bool(i) and (p in seen) == bool(j) for p in PAIRS) for j in (0, 1)] for i in (0, 1)]
        )
        found = network.compared(NAMES, said, [t[::-1] for t in seen])
        assert (found.neither, len(found.seen_only), len(found.said_only), len(found.confirmed)) == tuple(table.ravel())
        n = table.sum()
        luck = float((table.sum(axis=0) * table.sum(axis=1)).sum()) / n**2
        assert same(found.kappa, (np.trace(table) / n - luck) / (1 - luck) if luck < 1 else float("nan"))
        assert same(found.jaccard, table[1, 1] / (n - table[0, 0]) if n > table[0, 0] else float("nan"))

    @quick
    @given(ARROWS)
    def test_confirmation_is_half_of_reciprocity_told_otherwise(self, told: list) -> None:
        assume(told)
        r = nx.overall_reciprocity(nx.DiGraph(told))  # told twice / all told; ours is pairs of both over pairs of either
        assert same(network.confirmation(told), r / (2 - r))

    @settings(max_examples=8, deadline=None)
    @given(st.integers(0, 10**6))
    def test_correlation_over_all_orders(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        one, other = rng.integers(0, 4, (5, 5)).astype(float), rng.integers(0, 4, (5, 5)).astype(float)
        off = ~np.eye(5, dtype=bool)
        assume(np.ptp(one[off]) and np.ptp(other[off]))
        turned = [abs(float(stats.pearsonr(one[np.ix_(o, o)][off], other[off])[0])) for o in map(list, permutations(range(5)))]
        seen, p = network.correlated(one, other, rng, 4000)
        wanted = float(np.mean(np.array(turned) >= abs(seen) - 1e-9))
        assert same(abs(seen), turned[0]) and abs(p - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / 4000) + 1e-3


class TestShape:
    @quick
    @given(LINKS)
    def test_fragmentation_and_centralisation_pair_by_pair(self, links: list) -> None:
        graph = of(links)
        assert same(network.fragmentation(graph), float(np.mean([not nx.has_path(graph, a, b) for a, b in PAIRS])))
        degree = dict(graph.degree())
        assert same(
            network.degree_centralisation(graph),
            sum(max(degree.values()) - d for d in degree.values()) / ((len(NAMES) - 1) * (len(NAMES) - 2)),
        )

    @quick
    @given(ARROWS, st.lists(st.sampled_from("xyz"), min_size=6, max_size=6))
    def test_brokers_by_the_table_of_gould_and_fernandez(self, arrows: list, sectors: list[str]) -> None:
        graph, sector = of(arrows, nx.DiGraph), dict(zip(NAMES, sectors, strict=True))
        found = network.brokers(graph, sector)
        wanted = {name: dict.fromkeys(network.ROLES, 0) for name in NAMES}
        for a, b, c in permutations(NAMES, 3):
            if graph.has_edge(a, b) and graph.has_edge(b, c) and not graph.has_edge(a, c):
                alike = (sector[a] == sector[b], sector[b] == sector[c], sector[a] == sector[c])
                role = {
                    (True, True, True): 0,
                    (False, False, True): 1,
                    (False, True, False): 2,
                    (True, False, False): 3,
                    (False, False, False): 4,
                }[alike]
                wanted[b][network.ROLES[role]] += 1
        assert all(found[n][r] == wanted[n][r] for n in NAMES for r in network.ROLES)


class TestPeople:
    @quick
    @given(HOLDINGS, LINKS, st.booleans())
    def test_joined_person_by_person(self, holdings: dict, links: list, by_path: bool) -> None:
        found = network.joined(holdings, links, by_path=by_path)
        assert (found.pairs, found.joined, found.whole, found.people) == counted(holdings, links, by_path)

    @quick
    @given(HOLDINGS, LINKS, st.booleans())
    def test_every_bridge_by_building_it(self, holdings: dict, links: list, by_path: bool) -> None:
        before, told = counted(holdings, links, by_path), network.bridges(holdings, links, NAMES, by_path=by_path)
        assert len(told) == comb(len(NAMES), 2) - len(links)
        for b in told:
            after = counted(holdings, [*links, b.link], by_path)
            assert (b.joined, b.whole) == (after[1] - before[1], after[2] - before[2])
            whom = network.who_gains(holdings, links, b.link, by_path=by_path)
            assert sum(n for _, n in whom) == b.joined
        assert [(b.joined, b.whole) for b in told] == sorted([(b.joined, b.whole) for b in told], reverse=True)

    @quick
    @given(HOLDINGS, LINKS)
    def test_every_leaver_by_leaving(self, holdings: dict, links: list) -> None:
        for who, loss in network.leavers(holdings, links, NAMES).items():
            graph, left = of(links), of([t for t in links if who not in t])
            lost = [
                (who in (a, b), n)
                for held, n in holdings.items()
                for a, b in combinations(sorted(held), 2)
                if nx.has_path(graph, a, b) and not nx.has_path(left, a, b)
            ]
            assert (loss.own, loss.transit) == (sum(n for own, n in lost if own), sum(n for own, n in lost if not own))
            assert sum(n for _, n in network.who_loses(holdings, links, who)) == loss.own + loss.transit
            assert network.leaver(holdings, links, who) == loss

    @settings(max_examples=80, deadline=None)
    @given(HOLDINGS, st.lists(st.sampled_from(PAIRS), max_size=4, unique=True))
    def test_best_two_of_all_pairs(self, holdings: dict, links: list) -> None:
        before = counted(holdings, links, True)
        every = [counted(holdings, [*links, *two], True)[1:3] for two in combinations([p for p in PAIRS if p not in links], 2)]
        chosen = network.best_bridges(holdings, links, NAMES, 2)
        found = counted(holdings, [*links, *(b.link for b in chosen)], True)[1:3]
        assert found == max(every)
        assert found == (before[1] + sum(b.joined for b in chosen), before[2] + sum(b.whole for b in chosen))


class TestOneWay:
    @quick
    @given(HOLDINGS, ARROWS, st.booleans())
    def test_joined_person_by_person(self, holdings: dict, arrows: list, by_path: bool) -> None:
        found = network.joined_one_way(holdings, arrows, by_path=by_path)
        assert (found.pairs, found.joined, found.whole, found.people) == counted(holdings, arrows, by_path, nx.DiGraph)

    @quick
    @given(HOLDINGS, ARROWS, st.booleans())
    def test_every_arrow_by_drawing_it(self, holdings: dict, arrows: list, by_path: bool) -> None:
        before, told = counted(holdings, arrows, by_path, nx.DiGraph), network.arrows(holdings, arrows, NAMES, by_path=by_path)
        assert len(told) == 30 - len(arrows)
        for b in told:
            after = counted(holdings, [*arrows, b.link], by_path, nx.DiGraph)
            assert (b.joined, b.whole) == (after[1] - before[1], after[2] - before[2])
