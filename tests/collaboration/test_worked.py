"""Every measure gives the numbers that its source printed, or that were worked by hand."""

from math import isclose, isnan

import networkx as nx
import numpy as np
import pytest
from scipy.stats import spearmanr

from vado.collaboration import disclosure, money, network
from vado.collaboration.measures import agreement, direction, gaps, priorities, rounds, scores, voices


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def near(found: float, wanted: float, digits: int = 3) -> bool:
    return isclose(found, wanted, abs_tol=0.5 * 10**-digits * 1.0001)


class TestScores:
    def test_organisations_weigh_the_same(self) -> None:
        assert scores.of_organisations({"A": [80] * 4, "B": [40, 60]}) == (65.0, 70.0)

    def test_student_interval(self) -> None:
        e = scores.interval_of([50, 75, 75, 100])
        assert (e.value, e.n) == (75, 4) and near(e.low, 42.52, 2) and near(e.high, 107.48, 2)
        assert near(float(np.std([50, 75, 75, 100], ddof=1)), 20.412)

    def test_half_rule(self) -> None:
        assert isnan(scores.of_respondent([5, None, None])) and scores.of_respondent([5, 3, None]) == 75

    def test_bootstrap_says_when_it_speaks_of_these_only(self) -> None:
        groups = [np.array([[50.0], [75.0], [100.0]]), np.array([[25.0], [50.0]])]
        (few,) = scores.bootstrapped(groups, chance())
        assert few.these_only and few.value == 56.25 and few.low <= few.value <= few.high
        (many,) = scores.bootstrapped(groups * 3, chance())
        assert not many.these_only and many.value == 56.25


class TestAgreement:
    def test_cronbach(self) -> None:
        rows = np.array([[1, 2, 1], [2, 2, 3], [3, 4, 4], [4, 4, 4]], float)
        assert near(agreement.cronbach(rows), 39 / 41, 6)

    def test_shrout_and_fleiss(self) -> None:
        rows = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
        i = agreement.intraclass(rows)
        found = [i.one_single, i.two_single, i.three_single, i.one_mean, i.two_mean, i.three_mean]
        assert [round(f, 2) for f in found] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
        assert near(agreement.cronbach(rows), 0.9093, 4) and isclose(i.three_mean, agreement.cronbach(rows))

    def test_dissent_and_within_group(self) -> None:
        assert agreement.dissent([1, 5, 1, 5]) == 1 and near(agreement.within_group([1, 5, 1, 5]), -1.667)
        assert near(agreement.dissent([4, 4, 4, 5, 3]), 0.1) and near(agreement.within_group([4, 4, 4, 5, 3]), 0.75)

    def test_where_it_sits(self) -> None:
        groups = [[4, 4, 5], [1, 2, 2]]
        assert near(agreement.between_share(groups), 0.889) and near(agreement.organisations_alike(groups), 0.912)

    @pytest.mark.parametrize(
        ("metric", "wanted"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
    )
    def test_krippendorff_2011(self, metric: agreement.Metric, wanted: float) -> None:
        coders = ["1 2 3 3 2 1 4 1 2 * * *", "1 2 3 3 2 2 4 1 2 5 * 3", "* 3 3 3 2 3 4 2 2 5 1 *", "1 2 3 3 2 4 4 1 2 5 1 *"]
        units = list(zip(*(c.split() for c in coders), strict=True))
        assert near(agreement.krippendorff([[int(v) for v in u if v != "*"] for u in units], metric), wanted)

    @pytest.mark.parametrize(("metric", "wanted"), [("nominal", 0.691), ("ordinal", 0.807), ("interval", 0.811)])
    def test_krippendorff_of_three_coders(self, metric: agreement.Metric, wanted: float) -> None:
        coders = ["* * * * * 3 4 1 2 1 1 3 3 * 3", "1 * 2 1 3 3 4 3 * * * * * * *", "* * 2 1 3 4 4 * 2 1 1 3 3 * 4"]
        units = list(zip(*(c.split() for c in coders), strict=True))
        assert near(agreement.krippendorff([[int(v) for v in u if v != "*"] for u in units], metric), wanted)


class TestGaps:
    def test_exact_permutation(self) -> None:
        found = gaps.gap([75, 100, 75, 75, 75], [50, 50, 25, 25, 50], chance())
        assert found.difference == 40 and found.exact and found.ways == 252
        assert near(found.p, 2 / 252, 9) and near(found.effect, 2.890)

    def test_benjamini_and_hochberg_1995(self) -> None:
        p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1]
        assert sum(gaps.found(p, 0.05)) == 4

    def test_never_agreement(self) -> None:
        assert gaps.verdict(gaps.gap([50, 50], [50, 50], chance()), False) == "not shown to differ"

    def test_drawn_is_near_exact(self) -> None:
        one, other = [60.0, 70, 80, 90, 75, 85, 65, 95], [50.0, 55, 65, 60, 70, 45, 62, 58, 61, 52, 49, 57]
        drawn = gaps.gap(one, other, chance())
        assert not drawn.exact and drawn.p < 0.01
        assert abs(gaps.stratified_gap([(one, other)], chance()).p - drawn.p) < 0.005


class TestPriorities:
    def test_talk_first(self) -> None:
        inside, between = [[1, 5, 1, 5]], [[1, 1], [5, 5]]
        assert priorities.talk_first(1, agreement.dissent([1, 5, 1, 5]), agreement.between_share(inside)) == 0.5
        assert priorities.talk_first(1, agreement.dissent([1, 1, 5, 5]), agreement.between_share(between)) == 1

    def test_pressure(self) -> None:
        found = priorities.block([2, 2, 2, 2, 2], 1, 0.4)
        assert found.is_block and near(found.pressure, 0.30, 9)
        assert not priorities.block([2] * 5, 1, 0.1).is_block and not priorities.block([2] * 5, 0.5, 0.4).is_block


class TestVoices:
    def test_wilson(self) -> None:
        found = voices.heard(8, 10)
        assert near(found.low, 0.490) and near(found.high, 0.943)

    def test_chao(self) -> None:
        assert voices.voices_in_all([1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7]) == 14

    def test_named_and_never_heard(self) -> None:
        assert voices.unheard({"night staff": 3, "carers": 5, "young people": 3}, ["carers"]) == ("night staff", "young people")


class TestRounds:
    @pytest.mark.parametrize(("differences", "p"), [([10, 5, 15, 10, 20], 2 / 32), ([1, 2, 3, 4, 5, 6], 2 / 64)])
    def test_signs(self, differences: list[float], p: float) -> None:
        found = rounds.linked(differences, chance())
        assert found.change == np.mean(differences) and found.exact and found.p == p

    def test_detectable_change(self) -> None:
        assert near(rounds.detectable(20, 0.84), 22.2, 1)

    def test_who_answers_now(self) -> None:
        assert rounds.stayers({"a": 50, "b": 50}, {"a": 60, "c": 90}) == (10, 15)


class TestDisclosure:
    @pytest.mark.parametrize(
        ("counts", "hide"),
        [
            ([12, 7, 3, 2], [0, 0, 1, 1]),
            ([12, 7, 3], [0, 1, 1]),
            ([12, 3, 1], [1, 1, 1]),
            ([12, 7], [0, 0]),
            ([12, 0, 7], [0, 0, 0]),
        ],
    )
    def test_the_remainder_rule(self, counts: list[int], hide: list[int]) -> None:
        assert disclosure.hidden(counts) == tuple(map(bool, hide))


KARATE = nx.Graph(nx.karate_club_graph().edges())  # without its weights
KITE = nx.krackhardt_kite_graph()


class TestNetwork:
    def test_said_and_seen(self) -> None:
        found = network.compared("ABCDE", ["AB", "AC", "BC", "CD"], ["AB", "BC", "CD", "DE"])  # type: ignore[list-item]
        assert found.jaccard == 3 / 5 and near(found.kappa, 0.5833, 4)
        assert found.said_only == {frozenset("AC")} and found.seen_only == {frozenset("DE")} and found.neither == 5

    def test_star_and_ring(self) -> None:
        assert network.degree_centralisation(nx.star_graph(6)) == 1 and network.degree_centralisation(nx.cycle_graph(6)) == 0

    def test_karate_club(self) -> None:
        assert (len(KARATE), KARATE.number_of_edges()) == (34, 78)
        assert near(nx.density(KARATE), 0.139037, 6) and near(nx.transitivity(KARATE), 0.255682, 6) and nx.diameter(KARATE) == 5
        assert near(float(np.sort(np.linalg.eigvalsh(nx.laplacian_matrix(KARATE).toarray()))[1]), 0.468525, 6)
        between = nx.betweenness_centrality(KARATE)
        assert [round(between[n], 6) for n in (0, 33, 32, 2)] == [0.437635, 0.304075, 0.145247, 0.143657]
        assert near(network.degree_centralisation(KARATE), 422 / 1056, 6)
        assert near(network.centralisation(between, len(KARATE) - 1), 0.4056, 4)
        assert list(nx.articulation_points(KARATE)) == [0] and [set(b) for b in nx.bridges(KARATE)] == [{0, 11}]
        constraint = nx.constraint(KARATE)
        assert near(constraint[0], 0.1554, 4) and near(constraint[33], 0.1564, 4)
        without = KARATE.subgraph(set(KARATE) - {0})
        assert sorted(map(len, nx.connected_components(without))) == [1, 5, 27] and near(
            network.fragmentation(without), 0.3163, 4
        )

    def test_kite(self) -> None:
        between, close = nx.betweenness_centrality(KITE), nx.closeness_centrality(KITE)
        assert near(nx.density(KITE), 0.4) and [round(between[n], 4) for n in (7, 5, 6, 8, 3)] == [
            0.3889,
            0.2315,
            0.2315,
            0.2222,
            0.1019,
        ]
        assert near(close[5], 0.643) and near(close[6], 0.643) and set(nx.articulation_points(KITE)) == {7, 8}
        assert {frozenset(b) for b in nx.bridges(KITE)} == {frozenset((7, 8)), frozenset((8, 9))}

    def test_brokers(self) -> None:
        g = nx.DiGraph([("a", "b"), ("b", "c")])
        roles = {("x", "x", "x"): "coordinator", ("x", "y", "x"): "itinerant", ("x", "y", "y"): "gatekeeper"}
        roles |= {("x", "x", "y"): "representative", ("x", "y", "z"): "liaison"}
        for sectors, role in roles.items():
            assert network.brokers(g, dict(zip("abc", sectors, strict=True)))["b"] == {role: 1}


PEOPLE = {frozenset(held): 1 for held in ("HG", "HGS", "GS", "SVM", "GM", "HS")}
LINKS = [("H", "G"), ("S", "V")]


class TestWhatIf:
    def test_as_it_is(self) -> None:
        found = network.joined(PEOPLE, LINKS)
        assert (found.joined, found.pairs, found.whole, found.people) == (3, 10, 1, 6)

    @pytest.mark.parametrize(
        ("link", "by_path", "direct"),
        [("GS", (7, 4), (5, 2)), ("HS", (7, 4), (5, 2)), ("HV", (7, 4), (3, 1)), ("GV", (7, 4), (3, 1)), ("MS", (5, 2), None), ("MV", (5, 2), None),
         ("GM", (4, 2), None), ("HM", (4, 2), None)],
    )  # fmt: skip
    def test_one_more(self, link: str, by_path: tuple[int, int], direct: tuple[int, int] | None) -> None:
        a, b = link
        for paths, wanted in ((True, by_path), (False, direct)):
            if wanted:
                before, after = (network.joined(PEOPLE, links, by_path=paths) for links in (LINKS, [*LINKS, (a, b)]))
                assert (after.joined, after.whole) == wanted
                (told,) = [f for f in network.bridges(PEOPLE, LINKS, "HGSVM", by_path=paths) if set(f.link) == {a, b}]
                assert (told.joined, told.whole) == (after.joined - before.joined, after.whole - before.whole)

    @pytest.mark.parametrize("end", "GHSV")
    def test_two_more_join_all(self, end: str) -> None:
        found = network.joined(PEOPLE, [*LINKS, ("G", "S"), (end, "M")])
        assert (found.share, found.whole) == (1, 6)

    def test_best_two(self) -> None:
        chosen = network.best_bridges(PEOPLE, LINKS, "HGSVM", 2)
        assert network.joined(PEOPLE, [*LINKS, *(b.link for b in chosen)]).whole == 6

    def test_fragmentation_falls(self) -> None:
        graph = nx.Graph(LINKS)
        graph.add_node("M")
        assert near(network.fragmentation(graph), 0.8)
        graph.add_edge("G", "S")
        assert near(network.fragmentation(graph), 0.4)

    def test_who_leaves(self) -> None:
        links = [*LINKS, ("G", "S")]
        g, h = network.leaver(PEOPLE, links, "G"), network.leaver(PEOPLE, links, "H")
        assert (g.own, g.transit, h.own, h.transit) == (4, 2, 4, 0)
        assert network.joined(PEOPLE, [t for t in links if "G" not in t]).joined == 1


class TestRanking:
    def test_of_two_that_gain_alike_the_one_that_takes_less_comes_first(self) -> None:
        effort = {("G", "S"): 4.0, ("S", "H"): 1.0, ("H", "S"): 2.0, ("G", "V"): 4.0}
        trust = {("G", "V"): 4.0, ("H", "V"): 1.0}
        ranked = network.bridges(PEOPLE, LINKS, "HGSVM", effort=effort, trust=trust)
        assert [b.link for b in ranked[:4]] == [
            ("H", "S"),
            ("G", "V"),
            ("G", "S"),
            ("H", "V"),
        ]  # 4 pairs for 1.5, 4 for 4 and trusted, 4 for 4
        assert (ranked[0].effort, ranked[0].for_effort) == (1.5, 4 / 1.5) and isnan(ranked[0].trust)
        assert [b.link for b in network.bridges(PEOPLE, LINKS, "HGSVM", trust=trust)[:2]] == [("G", "V"), ("H", "V")]

    def test_for_whom(self) -> None:
        assert network.who_gains(PEOPLE, LINKS, ("G", "S")) == [(("G", "S"), 2), (("H", "S"), 2)]
        assert network.who_gains(PEOPLE, LINKS, ("G", "S"), by_path=False) == [(("G", "S"), 2)]
        links = [*LINKS, ("G", "S")]
        assert network.who_loses(PEOPLE, links, "G") == [(("G", "H"), 2), (("G", "S"), 2), (("H", "S"), 2)]
        assert network.leavers(PEOPLE, links, "GHM") == {
            "G": network.Loss(4, 2),
            "H": network.Loss(4, 0),
            "M": network.Loss(0, 0),
        }


class TestOneWay:
    """H tells G, G tells S, V tells S; of the same six people (20 ordered pairs)."""

    ARROWS = [("H", "G"), ("G", "S"), ("V", "S")]

    def test_as_it_is(self) -> None:
        by_path, direct = (network.joined_one_way(PEOPLE, self.ARROWS, by_path=p) for p in (True, False))
        assert (by_path.joined, by_path.pairs, by_path.whole) == (7, 20, 0)  # H to G 2, G to S 2, H to S 2, V to S 1
        assert (direct.joined, direct.share) == (5, 5 / 20)

    def test_an_answer_to_h_closes_the_ring(self) -> None:
        best = network.arrows(PEOPLE, self.ARROWS, "HGSVM")[0]
        assert (best.link, best.joined, best.whole) == (("S", "H"), 6, 4)  # G to H 2, S to H 2, S to G 2: {HG}, {HGS}, {GS}, {HS}
        (asked,) = [b for b in network.arrows(PEOPLE, self.ARROWS, "HGSVM", by_path=False) if b.link == ("S", "H")]
        assert (asked.joined, asked.whole) == (2, 0)


class TestDirection:
    def test_trend(self) -> None:
        found = direction.trend([1, 2, 3, 4, 10])
        assert (
            found.slope == 1
            and found.score == 10
            and near(found.variance, 16.667)
            and near(found.z, 2.2045, 4)
            and near(found.p, 0.0275, 4)
        )
        assert near(direction.exact_p([1, 2, 3, 4, 10]), 2 / 120, 9)

    def test_limits(self) -> None:
        found = direction.chart([10, 12, 11, 13, 14])
        assert found.mean == 12 and near(found.high - 12, 3.99, 2) and not found.signals

    def test_words(self) -> None:
        assert direction.direction([1, 2, 3, 4, 5]) == "too early" and direction.direction([1, 2, 3, 4, 5, 6, 7, 8]) == "towards"
        assert direction.direction([1, 2, 3, 4, 5, 6, 7, 8], up_is_good=False) == "away"
        assert direction.direction([5, 6, 5, 6, 5, 6, 5, 6]) == "steady"


def line(
    who: str, side: str, year: int, amount: float, needs: str = "", low: float | None = None, high: float | None = None
) -> money.Line:
    return money.Line(
        who,
        money.Side(side),
        year,
        amount if low is None else low,
        amount,
        amount if high is None else high,
        requires=tuple(needs),
    )


PLAIN = [line("C", "cost", 0, 60), line("G", "cost", 0, 30), line("H", "cost", 0, 10)] + [
    line(who, "benefit", year, amount) for year in (1, 2) for who, amount in (("H", 70), ("C", 10), ("G", 10))
]
NEEDS = [line("C", "cost", 0, 60), line("G", "cost", 0, 30), line("H", "cost", 0, 10)] + [
    line("H", "benefit", 0, 90, "CH"), line("C", "benefit", 0, 20, "CH"), line("H", "benefit", 0, 50, "GH"), line("G", "benefit", 0, 20, "GH"),
]  # fmt: skip


class TestMoney:
    @pytest.mark.parametrize(
        ("rate", "wanted"), [(0, (130, -40, -10)), (0.10, (111.488, -42.645, -12.645)), (0.035, (122.979, -41.003, -11.003))]
    )
    def test_net(self, rate: float, wanted: tuple[float, ...]) -> None:
        found = money.net(PLAIN, rate)
        assert all(near(found[who], value) for who, value in zip("HCG", wanted, strict=True))

    def test_shapley_all_in_is_each_line_split_among_those_it_needs(self) -> None:
        found = money.shapley(money.all_in(NEEDS, 0), "HCG")
        assert {who: round(v, 9) for who, v in found.items()} == {"H": 80, "C": -5, "G": 5}

    def test_may_opt_out(self) -> None:
        game = money.may_opt_out(money.all_in(NEEDS, 0), "HCG")
        assert {"".join(sorted(s)): round(v, 9) for s, v in money.dividends(game, "HCG").items()} == {
            "CH": 40,
            "GH": 30,
            "CGH": 10,
        }
        found = money.shapley(game, "HCG")
        assert [round(found[who], 2) for who in "HCG"] == [38.33, 23.33, 18.33]
        moved = money.transfers(found, {"H": 130, "C": -40, "G": -10})
        assert [round(moved[who], 2) for who in "HCG"] == [-91.67, 63.33, 28.33] and abs(sum(moved.values())) < 1e-9
        assert money.in_core(game, "HCG", found) == []
        assert [set(c) for c, _ in money.in_core(game, "HCG", {"H": 130, "C": -40, "G": -10})] == [{"C"}, {"G"}, {"C", "G"}]

    @pytest.mark.parametrize(
        ("by", "wanted"), [((1, 1, 1), (26.67, 26.67, 26.67)), ((10, 60, 30), (8, 48, 24)), ((140, 20, 20), (62.22, 8.89, 8.89))]
    )
    def test_other_rules(self, by: tuple[float, ...], wanted: tuple[float, ...]) -> None:
        found = money.shared(80, dict(zip("HCG", by, strict=True)))
        assert [round(found[who], 2) for who in "HCG"] == list(wanted)
        assert money.in_core(money.may_opt_out(money.all_in(NEEDS, 0), "HCG"), "HCG", found) == []

    def test_when_two_are_worth_more(self) -> None:
        worth = {"": 0, "CH": 60, "GH": 30, "CGH": 80}
        game = lambda who: float(worth.get("".join(sorted(who)), 0))  # noqa: E731
        assert {"".join(sorted(s)): v for s, v in money.dividends(game, "HCG").items()} == {"CH": 60, "GH": 30, "CGH": -10}
        assert [round(money.shapley(game, "HCG")[who], 2) for who in "HCG"] == [41.67, 26.67, 11.67]
        assert money.in_core(game, "HCG", money.shapley(game, "HCG")) == []
        ((short, missing),) = money.in_core(game, "HCG", money.shared(80, dict.fromkeys("HCG", 1)))
        assert short == {"C", "H"} and near(missing, 6.667)

    def test_gloves(self) -> None:
        game = lambda who: float("l" in who and len(who) > 1)  # noqa: E731
        assert [round(v, 4) for v in money.shapley(game, ["l", "r", "s"]).values()] == [0.6667, 0.1667, 0.1667]

    def test_airport(self) -> None:
        costs = {"a": 8, "b": 11, "c": 13, "d": 18}
        game = lambda who: float(max((costs[w] for w in who), default=0))  # noqa: E731
        assert [round(v, 9) for v in money.shapley(game, list(costs)).values()] == [2, 3, 4, 9]
        sampled = money.shapley_sampled(game, list(costs), chance(), 4000)
        assert all(abs(sampled[w][0] - v) < 4 * sampled[w][1] + 1e-9 for w, v in zip(costs, (2, 3, 4, 9), strict=True))

    def test_nucleolus(self) -> None:
        game = lambda who: float("l" in who and len(who) > 1)  # noqa: E731
        assert [round(v, 6) for v in money.nucleolus(game, ["l", "r", "s"]).values()] == [1, 0, 0]

    def test_compensation(self) -> None:
        assert money.compensation({"H": 130, "C": -40, "G": -10}) == (50, True)

    def test_draws(self) -> None:
        tri = money.drawn(line("x", "benefit", 0, 50, low=0, high=100), chance(), 400_000)
        assert abs(tri.mean() - 50) < 0.1 and abs(tri.std() - 20.412) < 0.1
        assert abs(money.drawn(line("x", "benefit", 0, 20, low=10, high=60), chance(), 400_000, pert=True).mean() - 25) < 0.05

    def test_who_may_lose(self) -> None:
        lines = [f for f in PLAIN if (f.organisation, f.side) != ("G", money.Side.BENEFIT)]
        lines += [line("G", "benefit", year, 10, low=0, high=20) for year in (1, 2)]
        found = money.simulate(lines, chance(), 100_000, rate=0)
        assert abs(found.loses("G") - 23 / 24) < 0.003 and found.loses("C") == 1 and found.loses("H") == 0


SURE, GUESS = line("C", "benefit", 1, 50), money.Line("C", money.Side.BENEFIT, 1, 30, 30, 30, cashable=False)


class TestLines:
    def test_when_it_pays_back(self) -> None:
        assert money.payback(PLAIN, 0) == 2  # -100, -10, +80
        of = {who: money.payback([f for f in PLAIN if f.organisation == who], 0) for who in "HCG"}
        assert of == {"H": 1, "C": None, "G": None}
        assert money.payback([*PLAIN, line("C", "cost", 3, 100), line("C", "benefit", 4, 30)], 0) == 4  # 80 - 100 + 30

    def test_benefits_over_costs(self) -> None:
        found = money.ratios(PLAIN, 0.10)
        assert near(found.public, 1.56198, 5) and found.fiscal == found.public and found.other == 0  # 90/1.1 + 90/1.21 over 100
        mixed = money.ratios([line("C", "cost", 0, 40), SURE, GUESS], 0)
        assert (mixed.fiscal, mixed.public, mixed.other) == (1.25, 2, 30)

    def test_h_bears_a_tenth_and_takes_most(self) -> None:
        found = money.borne(PLAIN, 0)
        assert found["H"][0] == 0.1 and near(found["H"][1], 0.778)

    def test_each_year(self) -> None:
        assert money.by_year(PLAIN, 0)["C"] == {0: -60, 1: 10, 2: 10}


class TestScenarios:
    @pytest.mark.parametrize(
        ("spent", "agreed", "cap", "wanted", "left"),
        [
            (120, None, None, (2, 12, 6), 0), (90, None, None, (-1, -6, -3), 0), (120, (20, 50, 30), None, (4, 10, 6), 0),
            (120, None, 0.1, (1, 6, 3), 10), (120, (50, 30, 20), 0.15, (1.5, 6, 4), 8.5),
        ],
    )  # fmt: skip
    def test_pool(
        self, spent: float, agreed: tuple[float, ...] | None, cap: float | None, wanted: tuple[float, ...], left: float
    ) -> None:
        paid = dict(zip("HCG", (10, 60, 30), strict=True))
        found = money.pooled(paid, spent, dict(zip("HCG", agreed, strict=True)) if agreed else None, cap)
        assert found.balance == spent - 100 and near(found.uncovered, left, 9)
        assert all(near(found.borne[who], value, 9) for who, value in zip("HCG", wanted, strict=True))

    def test_shared_savings(self) -> None:
        found = money.shared_savings(1000, 920, 0.02, 0.5)
        assert (found.saving, found.passes, found.provider, found.payer) == (80, True, 40, 40)
        assert money.shared_savings(1000, 980, 0.02, 0.5).provider == 10 and not money.shared_savings(1000, 981, 0.02, 0.5).passes
        assert (
            money.shared_savings(1000, 1010, 0.02, 0.5).payer == -10
            and money.shared_savings(1000, 800, 0.02, 0.5, 0.08).provider == 80
        )

    def test_bond(self) -> None:
        found = money.bond(100, {1: 30, 2: 40}, 2, 3, 120, 0.0)
        assert (found.paid, found.investor, found.payer) == ({1: 60, 2: 60}, 20, 90)
        assert near(money.bond(100, {1: 30, 2: 40}, 2, 3, 120, 0.10).investor, 4.132)  # 60/1.1 + 60/1.21 - 100


class TestChance:
    LINES = [
        line("C", "cost", 0, 100, low=80, high=130),
        line("H", "benefit", 1, 120, low=60, high=140),
        line("G", "benefit", 2, 10),
    ]

    def test_tornado(self) -> None:
        swings = money.tornado(self.LINES, 0)
        assert [(s.line.organisation, s.low, s.high) for s in swings] == [("H", -30, 50), ("C", 50, 0), ("G", 30, 30)]
        assert [s.width for s in money.tornado(self.LINES, 0, of="C")] == [50]

    def test_amount_at_a_rank(self) -> None:
        tri = line("x", "benefit", 0, 25, low=0, high=100)
        assert [round(float(v), 9) for v in money.at_rank(tri, np.array([0, 0.25, 1]))] == [0, 25, 100]

    @pytest.mark.parametrize("pert", [False, True])
    def test_lines_that_go_together(self, pert: bool) -> None:
        two = [line(who, "benefit", 0, 50, low=0, high=100) for who in "ab"]
        found = money.simulate(two, chance(), 100_000, rate=0, alike=0.6, pert=pert)
        assert abs(float(spearmanr(found.nets).statistic) - 0.6) < 0.01
        assert abs(found.nets.sum(axis=1).var() / (2 * found.nets[:, 0].var()) - 1.6) < 0.03
        alone = money.simulate(two, chance(), 100_000, rate=0, pert=pert)
        assert abs(float(np.corrcoef(alone.nets.T)[0, 1])) < 0.01

    def test_chance_of_having_paid_back(self) -> None:
        found = money.simulate(
            [line("C", "cost", 0, 50), line("H", "benefit", 1, 50, low=0, high=100), line("H", "benefit", 2, 100)],
            chance(),
            50_000,
            rate=0,
        )
        back = found.paid_back()
        assert back[0] == 0 and back[2] == 1 and abs(back[1] - 0.5) < 0.01  # half of tri(0, 50, 100) is over 50
        low, middle, high = found.total()
        assert abs(middle - 100) < 1 and abs(high - 100 - (100 - low)) < 1.5 and abs(high - (150 - 100 * np.sqrt(0.05))) < 1
