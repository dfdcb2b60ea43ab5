"""Money once more: over all orders of coming in, in fractions, and by the distributions of scipy."""

from fractions import Fraction
from itertools import combinations, permutations
from math import isclose, isnan

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from vado.collaboration import money

NAMES = "CGHV"
AMOUNT = st.integers(0, 100)
quick = settings(max_examples=60, deadline=None)


def same(found: float, wanted: float) -> bool:
    return isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9) or (isnan(found) and isnan(wanted))


@st.composite
def some_line(draw: st.DrawFn) -> money.Line:
    low, mode, high = sorted(draw(st.tuples(AMOUNT, AMOUNT, AMOUNT)))
    return money.Line(
        draw(st.sampled_from(NAMES)), draw(st.sampled_from(money.Side)), draw(st.integers(0, 4)), low, mode, high,
        draw(st.integers(1, 6)), draw(st.booleans()), tuple(draw(st.frozensets(st.sampled_from(NAMES), max_size=3))),
    )  # fmt: skip


LINES = st.lists(some_line(), min_size=1, max_size=8)
RATE = st.sampled_from([0, Fraction(1, 10), Fraction(7, 200)])


def today(line: money.Line, rate: Fraction) -> Fraction:
    careful = Fraction(str(money.BIAS[line.grade]))
    value = line.mode * (1 - careful) if line.side is money.Side.BENEFIT else -line.mode * (1 + careful)
    return Fraction(value) / (1 + rate) ** line.year


class TestLines:
    @quick
    @given(LINES, RATE)
    def test_net_in_fractions(self, lines: list[money.Line], rate: Fraction) -> None:
        found, years = money.net(lines, float(rate)), money.by_year(lines, float(rate))
        assert set(found) == {f.organisation for f in lines}
        for who, value in found.items():
            mine = [f for f in lines if f.organisation == who]
            assert same(value, float(sum(today(f, rate) for f in mine)))
            assert all(same(v, float(sum(today(f, rate) for f in mine if f.year == year))) for year, v in years[who].items())
        assert same(sum(v for y in years.values() for v in y.values()), sum(found.values()))

    @quick
    @given(LINES, RATE)
    def test_payback_ratios_and_shares(self, lines: list[money.Line], rate: Fraction) -> None:
        until = {year: sum(today(f, rate) for f in lines if f.year <= year) for year in {f.year for f in lines}}
        back = [year for year in until if all(until[y] >= 0 for y in until if y >= year)]
        assert money.payback(lines, float(rate)) == min(back, default=None)
        cost = -sum(today(f, rate) for f in lines if f.side is money.Side.COST)
        every, cashed = (
            sum(today(f, rate) for f in lines if f.side is money.Side.BENEFIT and (f.cashable or all_)) for all_ in (True, False)
        )
        found = money.ratios(lines, float(rate))
        assert same(found.public, float(every / cost) if cost else float("nan")) and same(
            found.fiscal, float(cashed / cost) if cost else float("nan")
        )
        for who, (c, b) in money.borne(lines, float(rate)).items():
            mine = [today(f, rate) for f in lines if f.organisation == who]
            assert same(c, float(-sum(v for v in mine if v < 0) / cost) if cost else float("nan"))
            assert same(b, float(sum(v for v in mine if v > 0) / every) if every else float("nan"))


@st.composite
def games(draw: st.DrawFn) -> dict[frozenset, int]:
    return {frozenset(who): draw(st.integers(-20, 60)) for size in range(1, 5) for who in combinations(NAMES, size)} | {
        frozenset(): 0
    }


def every_order(game: dict[frozenset, int]) -> dict[str, float]:
    share = dict.fromkeys(NAMES, Fraction(0))
    orders = list(permutations(NAMES))
    for order in orders:
        for n, who in enumerate(order):
            share[who] += Fraction(game[frozenset(order[: n + 1])] - game[frozenset(order[:n])], len(orders))
    return {who: float(v) for who, v in share.items()}


class TestSharing:
    @quick
    @given(games())
    def test_shapley_over_all_orders(self, game: dict) -> None:
        found, wanted = money.shapley(lambda who: float(game[frozenset(who)]), NAMES), every_order(game)
        assert all(same(found[who], wanted[who]) for who in NAMES)

    @quick
    @given(games())
    def test_dividends_by_signs(self, game: dict) -> None:
        found = money.dividends(lambda who: float(game[frozenset(who)]), NAMES)
        for who in game:
            signed = sum(
                (-1) ** (len(who) - size) * game[frozenset(some)]
                for size in range(len(who) + 1)
                for some in combinations(sorted(who), size)
            )
            assert same(found.get(who, 0.0), signed)

    @quick
    @given(LINES)
    def test_may_opt_out_tries_every_part(self, lines: list[money.Line]) -> None:
        every = [frozenset(c) for size in range(5) for c in combinations(NAMES, size)]
        alone = {who: sum(today(f, Fraction(0)) for f in lines if set(f.requires) | {f.organisation} <= who) for who in every}
        game = money.may_opt_out(money.all_in(lines, 0), NAMES)
        assert all(same(game(who), float(max(alone[part] for part in every if part <= who))) for who in every)

    @quick
    @given(LINES)
    def test_all_in_splits_each_line_among_those_it_needs(self, lines: list[money.Line]) -> None:
        share = dict.fromkeys(NAMES, Fraction(0))
        for f in lines:
            for who in set(f.requires) | {f.organisation}:
                share[who] += today(f, Fraction(0)) / len(set(f.requires) | {f.organisation})
        found = money.shapley(money.all_in(lines, 0), NAMES)
        assert all(same(found[who], float(share[who])) for who in NAMES)

    @quick
    @given(games(), st.lists(st.integers(-10, 40), min_size=4, max_size=4))
    def test_core_coalition_by_coalition(self, game: dict, shares: list[int]) -> None:
        share = dict(zip(NAMES, map(float, shares), strict=True))
        found = dict(money.in_core(lambda who: float(game[frozenset(who)]), NAMES, share))
        assert found == {who: v - sum(share[o] for o in who) for who, v in game.items() if who and v > sum(share[o] for o in who)}

    @quick
    @given(st.lists(st.integers(1, 100), min_size=2, max_size=4), st.integers(1, 99))
    def test_nucleolus_is_the_rule_of_the_talmud(self, claims: list[int], percent: int) -> None:
        """Aumann and Maschler 1985, J. Econ. Theory 36:195-213: for an estate that is too small, half claims first, then half losses."""
        names, estate = NAMES[: len(claims)], sum(claims) * percent / 100
        game = lambda who: max(0.0, estate - sum(c for o, c in zip(names, claims, strict=True) if o not in who))  # noqa: E731
        found = money.nucleolus(game, names)
        assert all(abs(found[o] - v) < 1e-6 for o, v in zip(names, talmud(claims, estate), strict=True))

    @quick
    @given(st.lists(AMOUNT, min_size=4, max_size=4), st.lists(st.integers(-50, 50), min_size=4, max_size=4))
    def test_in_proportion(self, weights: list[int], own: list[int]) -> None:
        total, mine = sum(own), dict(zip(NAMES, map(float, own), strict=True))
        found = money.shared(total, dict(zip(NAMES, weights, strict=True)))
        assert all(
            same(found[o], float(Fraction(total * w, sum(weights)) if sum(weights) else Fraction(total, 4)))
            for o, w in zip(NAMES, weights, strict=True)
        )
        assert all(same(v, found[o] - mine[o]) for o, v in money.transfers(found, mine).items())
        assert money.compensation(mine) == (-sum(v for v in own if v < 0), total > 0)


def talmud(claims: list[int], estate: float) -> list[float]:
    """Give each equally until half of its claim; beyond half of all claims, let each lose equally until half of it."""
    halves, whole = [c / 2 for c in claims], sum(claims)
    if estate <= whole / 2:
        return level(halves, estate)
    return [c - loss for c, loss in zip(claims, level(halves, whole - estate), strict=True)]


def level(most: list[float], amount: float) -> list[float]:
    low, high = 0.0, max(most)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(min(m, middle) for m in most) < amount else (low, middle)
    return [min(m, high) for m in most]


class TestScenarios:
    @quick
    @given(st.lists(st.integers(1, 100), min_size=4, max_size=4), st.integers(0, 600), st.one_of(st.none(), st.integers(0, 100)))
    def test_pool_in_fractions(self, paid: list[int], spent: int, percent: int | None) -> None:
        found = money.pooled(dict(zip(NAMES, paid, strict=True)), spent, cap=None if percent is None else percent / 100)
        parts = [Fraction((spent - sum(paid)) * p, sum(paid)) for p in paid]
        parts = parts if percent is None else [min(part, Fraction(percent * p, 100)) for part, p in zip(parts, paid, strict=True)]
        assert all(same(found.borne[o], float(v)) for o, v in zip(NAMES, parts, strict=True))
        assert same(found.uncovered + sum(found.borne.values()), spent - sum(paid))

    @quick
    @given(st.dictionaries(st.integers(1, 5), st.integers(0, 50), min_size=1), st.integers(1, 5), st.integers(0, 200), RATE)
    def test_bond_outcome_by_outcome(self, outcomes: dict[int, int], price: int, cap: int, rate: Fraction) -> None:
        left, investor, payer = Fraction(cap), Fraction(-100), Fraction(0)
        for year in sorted(outcomes):
            for _ in range(outcomes[year]):
                one = min(Fraction(price), left)
                left, investor, payer = left - one, investor + one / (1 + rate) ** year, payer + (4 - one) / (1 + rate) ** year
        found = money.bond(100, outcomes, price, 4, cap, float(rate))
        assert same(found.investor, float(investor)) and same(found.payer, float(payer))


class TestChance:
    @settings(max_examples=10, deadline=None)
    @given(LINES, st.booleans(), st.integers(0, 99))
    def test_moments_as_scipy(self, lines: list[money.Line], pert: bool, seed: int) -> None:
        found = money.simulate(lines, np.random.default_rng(seed), 40_000, pert=pert)
        for n, who in enumerate(found.organisations):
            mine = [(f, money.worth(f, amount=1.0)) for f in lines if f.organisation == who]
            mean = sum(w * (law(f, pert).mean() if f.high > f.low else f.mode) for f, w in mine)
            spread = sum(w**2 * law(f, pert).var() for f, w in mine if f.high > f.low) ** 0.5
            assert abs(found.nets[:, n].mean() - mean) <= 5 * spread / 200 + 1e-9
            assert abs(found.nets[:, n].std() - spread) <= 0.03 * spread + 1e-9
        assert np.allclose(found.balances[:, -1], found.nets.sum(axis=1))

    @quick
    @given(some_line(), st.lists(st.floats(0.001, 0.999), min_size=1, max_size=5), st.booleans())
    def test_amount_at_a_rank_as_scipy(self, line: money.Line, ranks: list[float], pert: bool) -> None:
        assume(line.high > line.low)
        assert np.allclose(money.at_rank(line, np.array(ranks), pert=pert), law(line, pert).ppf(ranks), rtol=1e-9)

    @quick
    @given(LINES)
    def test_tornado_by_reckoning_the_whole_anew(self, lines: list[money.Line]) -> None:
        def total(at: int, amount: float) -> float:
            return sum(float(money.worth(f, amount=amount if n == at else None)) for n, f in enumerate(lines))

        wanted = sorted((abs(total(n, f.high) - total(n, f.low)) for n, f in enumerate(lines)), reverse=True)
        found = money.tornado(lines)
        assert all(same(s.width, w) for s, w in zip(found, wanted, strict=True))
        assert {(round(s.low, 6), round(s.high, 6)) for s in found} == {
            (round(total(n, f.low), 6), round(total(n, f.high), 6)) for n, f in enumerate(lines)
        }

    @pytest.mark.parametrize("players", [5])
    def test_sampled_shapley_beside_the_exact_one(self, players: int) -> None:
        rng, names = np.random.default_rng(4), "abcde"[:players]
        worths = {
            frozenset(c): float(v)
            for size in range(players + 1)
            for c in combinations(names, size)
            for v in [rng.uniform(0, 10) * size]
        }
        worths[frozenset()] = 0.0
        exact = money.shapley(lambda who: worths[frozenset(who)], names)
        for who, (share, error) in money.shapley_sampled(lambda who: worths[frozenset(who)], names, rng, 4000).items():
            assert abs(share - exact[who]) < 5 * error


def law(line: money.Line, pert: bool):
    reach = line.high - line.low
    if pert:
        return stats.beta(1 + 4 * (line.mode - line.low) / reach, 1 + 4 * (line.high - line.mode) / reach, line.low, reach)
    return stats.triang((line.mode - line.low) / reach, line.low, reach)
