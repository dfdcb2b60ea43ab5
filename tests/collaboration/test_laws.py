"""What must hold whatever the numbers: names do not matter, more links never part people, what is shared out is what there is."""

from itertools import combinations
from math import isclose, isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vado.collaboration import money, network
from vado.collaboration.measures import agreement, gaps, scores, voices

NAMES = "ABCDEF"
PAIRS = list(combinations(NAMES, 2))
HOLDINGS = st.dictionaries(
    st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=4), st.integers(1, 5), min_size=1, max_size=8
)
LINKS = st.lists(st.sampled_from(PAIRS), max_size=7, unique=True)
ORDER = st.permutations(NAMES)
POINTS = st.lists(st.integers(0, 4).map(lambda n: 25.0 * n), min_size=2, max_size=6)
GROUPS = st.dictionaries(st.sampled_from(NAMES), st.lists(st.integers(1, 5), min_size=1, max_size=5), min_size=2)
PLAYERS = "CGHV"
GAMES = st.tuples(*[st.integers(-20, 60)] * 15).map(
    lambda v: dict(zip([frozenset(c) for size in range(5) for c in combinations(PLAYERS, size)], (0, *v), strict=True))
)
LINES = st.lists(
    st.builds(
        lambda who, side, year, amount, needs: money.Line(who, side, year, amount, amount, amount, requires=tuple(needs)),
        st.sampled_from(PLAYERS), st.sampled_from(money.Side), st.integers(0, 3), st.integers(0, 90), st.frozensets(st.sampled_from(PLAYERS)),
    ), min_size=1, max_size=8,
)  # fmt: skip
quick = settings(max_examples=60, deadline=None)


def same(found: float, wanted: float) -> bool:
    return isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9) or (isnan(found) and isnan(wanted))


class TestNamesDoNotMatter:
    @quick
    @given(HOLDINGS, LINKS, ORDER)
    def test_of_networks(self, holdings: dict, links: list, order: list[str]) -> None:
        new = dict(zip(NAMES, order, strict=True))
        held, tied = {frozenset(new[o] for o in h): n for h, n in holdings.items()}, [(new[b], new[a]) for a, b in links]
        assert network.joined(holdings, links) == network.joined(held, tied)
        one, other = network.bridges(holdings, links, NAMES), network.bridges(held, tied, NAMES)
        assert {(frozenset(new[o] for o in b.link), b.joined, b.whole) for b in one} == {
            (frozenset(b.link), b.joined, b.whole) for b in other
        }
        assert {new[who]: loss for who, loss in network.leavers(holdings, links, NAMES).items()} == network.leavers(
            held, tied, NAMES
        )
        two, again = network.best_bridges(holdings, links, NAMES, 2), network.best_bridges(held, tied, NAMES, 2)
        assert sum(b.joined for b in two) == sum(b.joined for b in again) and sum(b.whole for b in two) == sum(
            b.whole for b in again
        )

    @pytest.mark.parametrize("count", range(4))
    def test_between_nobody_there_is_no_bridge(self, count: int) -> None:
        for holdings, links in (({}, []), ({frozenset("AB"): 3}, []), ({frozenset("AB"): 3}, [("A", "B")])):
            assert network.best_bridges(holdings, links, [], count) == network.best_bridges(holdings, links, ["C"], count) == []

    @quick
    @given(GROUPS, ORDER, st.randoms(use_true_random=False))
    def test_of_organisations_and_of_those_who_answer(self, groups: dict[str, list[int]], order: list[str], random) -> None:
        turned = {o: random.sample(groups[o], len(groups[o])) for o in order if o in groups}
        for measure in (agreement.between_share, agreement.organisations_alike):
            assert same(measure(list(groups.values())), measure(list(turned.values())))
        one, other = scores.of_organisations(groups), scores.of_organisations(turned)
        assert same(one[0], other[0]) and same(one[1], other[1])
        assert same(agreement.krippendorff(list(groups.values())), agreement.krippendorff(list(turned.values())))

    @quick
    @given(POINTS, POINTS, st.randoms(use_true_random=False))
    def test_of_two_groups(self, one: list[float], other: list[float], random) -> None:
        chance = np.random.default_rng(1)
        found, turned = gaps.gap(one, other, chance), gaps.gap(random.sample(other, len(other)), one, chance)
        assert same(found.p, turned.p) and same(found.difference, -turned.difference) and same(found.effect, turned.effect)

    @quick
    @given(GAMES, st.permutations(PLAYERS))
    def test_of_players(self, game: dict, order: list[str]) -> None:
        new = dict(zip(PLAYERS, order, strict=True))
        back = {b: a for a, b in new.items()}
        one = money.shapley(lambda who: float(game[frozenset(who)]), PLAYERS)
        other = money.shapley(lambda who: float(game[frozenset(back[w] for w in who)]), PLAYERS)
        assert all(same(one[who], other[new[who]]) for who in PLAYERS)


class TestNetworks:
    @quick
    @given(HOLDINGS, LINKS, st.sampled_from(PAIRS), st.booleans())
    def test_one_more_link_parts_nobody(self, holdings: dict, links: list, more: tuple[str, str], by_path: bool) -> None:
        for measure in (network.joined, network.joined_one_way):
            before, after = (measure(holdings, ties, by_path=by_path) for ties in (links, [*links, more]))
            assert after.joined >= before.joined and after.whole >= before.whole and after.pairs == before.pairs

    @quick
    @given(HOLDINGS, LINKS)
    def test_all_links_join_all_and_paths_join_no_less_than_links(self, holdings: dict, links: list) -> None:
        every = network.joined(holdings, PAIRS, by_path=False)
        assert every.joined == every.pairs and every.whole == every.people
        by_path, direct = network.joined(holdings, links), network.joined(holdings, links, by_path=False)
        assert by_path.joined >= direct.joined and by_path.whole >= direct.whole

    @quick
    @given(HOLDINGS, LINKS)
    def test_links_both_ways_are_links(self, holdings: dict, links: list) -> None:
        plain, both = network.joined(holdings, links), network.joined_one_way(holdings, [*links, *(t[::-1] for t in links)])
        assert (both.joined, both.pairs, both.whole) == (2 * plain.joined, 2 * plain.pairs, plain.whole)


class TestSharing:
    @quick
    @given(GAMES)
    def test_all_is_shared_out(self, game: dict) -> None:
        for rule in (money.shapley, money.nucleolus):
            assert abs(sum(rule(lambda who: float(game[frozenset(who)]), PLAYERS).values()) - game[frozenset(PLAYERS)]) < 1e-6

    @quick
    @given(GAMES)
    def test_those_who_add_alike_get_alike(self, game: dict) -> None:
        swap = {"C": "G", "G": "C"}
        even = lambda who: float(game[frozenset(who)] + game[frozenset(swap.get(w, w) for w in who)])  # noqa: E731
        for rule in (money.shapley, money.nucleolus):
            share = rule(even, PLAYERS)
            assert abs(share["C"] - share["G"]) < 1e-6

    @quick
    @given(GAMES, st.integers(-20, 20))
    def test_who_adds_only_its_own_gets_its_own(self, game: dict, own: int) -> None:
        share = money.shapley(lambda who: float(game[frozenset(who) - {"V"}] + own * ("V" in who)), PLAYERS)
        assert same(share["V"], own)

    @quick
    @given(GAMES, GAMES)
    def test_two_games_played_together(self, one: dict, other: dict) -> None:
        parts = [money.shapley(lambda who, g=g: float(g[frozenset(who)]), PLAYERS) for g in (one, other)]
        both = money.shapley(lambda who: float(one[frozenset(who)] + other[frozenset(who)]), PLAYERS)
        assert all(same(both[who], parts[0][who] + parts[1][who]) for who in PLAYERS)

    @quick
    @given(LINES)
    def test_transfers_come_to_nothing_and_nobody_is_worse_off_than_alone(self, lines: list[money.Line]) -> None:
        game, own = money.may_opt_out(money.all_in(lines, 0), PLAYERS), dict.fromkeys(PLAYERS, 0.0) | money.net(lines, 0)
        share = money.shapley(game, PLAYERS)
        assert abs(sum(share.values()) - game(frozenset(PLAYERS))) < 1e-9
        if abs(game(frozenset(PLAYERS)) - sum(own.values())) < 1e-9:  # all take part: what moves is neither made nor lost
            assert abs(sum(money.transfers(share, own).values())) < 1e-9
        values = [game(frozenset(c)) for size in range(5) for c in combinations(PLAYERS, size)]
        assert min(values) == 0 and all(share[who] >= game(frozenset(who)) - 1e-9 for who in PLAYERS if superadditive(game))


def superadditive(game: money.Game) -> bool:
    every = [frozenset(c) for size in range(5) for c in combinations(PLAYERS, size)]
    return all(game(a | b) >= game(a) + game(b) - 1e-9 for a in every for b in every if not a & b)


class TestAnswers:
    @quick
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0.01, 0.5))
    def test_what_stands_among_more_rate_stands(self, p: list[float], rate: float) -> None:
        strict, loose = gaps.found(p, rate / 2), gaps.found(p, rate)
        assert all(b for a, b in zip(strict, loose, strict=True) if a)
        assert all(p[n] <= p[m] for n, a in enumerate(loose) for m, b in enumerate(loose) if a and not b)

    @quick
    @given(st.integers(1, 50), st.data())
    def test_a_rate_lies_in_its_interval(self, asked: int, data: st.DataObject) -> None:
        answered = data.draw(st.integers(0, asked))
        found = voices.heard(answered, asked)
        assert -1e-9 <= found.low <= answered / asked + 1e-9 and answered / asked - 1e-9 <= found.high <= 1 + 1e-9
