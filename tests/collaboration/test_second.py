"""Every measure of answers once more, by other means: scipy where it has it, else the definition written out, in fractions or over all orders."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations, product
from math import isclose, isnan, sqrt
from statistics import fmean, median, pvariance, variance

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from vado.collaboration.measures import agreement, direction, gaps, priorities, rounds, scores, voices

ANSWER = st.integers(1, 5)
ANSWERS = st.lists(ANSWER, min_size=2, max_size=12)
POINTS = st.integers(0, 4).map(lambda n: 25.0 * n)
FINE = st.integers(0, 100).map(float)
quick = settings(max_examples=60, deadline=None)


def same(found: float, wanted: float) -> bool:
    return isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9) or (isnan(found) and isnan(wanted))


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def by_chance(p: float, wanted: float, draws: int = 9_999) -> bool:
    """Whether a sampled p is within five standard errors of the exact one."""
    return abs(p - wanted) <= 5 * sqrt(wanted * (1 - wanted) / draws) + 2 / draws


class TestScores:
    @quick
    @given(st.lists(st.one_of(st.none(), ANSWER), min_size=1, max_size=6))
    def test_of_respondent(self, answers: list[int | None]) -> None:
        said = [Fraction(a - 1, 4) * 100 for a in answers if a is not None]
        assert same(
            scores.of_respondent(answers),
            float(sum(said) / len(said)) if said and 2 * len(said) >= len(answers) else float("nan"),
        )

    @quick
    @given(st.dictionaries(st.sampled_from("ABCDE"), st.lists(POINTS, max_size=5), min_size=1))
    def test_of_organisations(self, of: dict[str, list[float]]) -> None:
        assume(any(of.values()))
        each = [sum(map(Fraction, s)) / len(s) for s in of.values() if s]
        one, pooled = scores.of_organisations(of)
        assert same(one, float(sum(each) / len(each))) and same(pooled, fmean(x for s in of.values() for x in s))

    @quick
    @given(st.lists(FINE, min_size=2, max_size=12), st.sampled_from([0.8, 0.95]))
    def test_interval(self, values: list[float], level: float) -> None:
        assume(len(set(values)) > 1)
        wanted = stats.ttest_1samp(values, 0).confidence_interval(level)
        found = scores.interval_of(values, level)
        assert same(found.low, wanted.low) and same(found.high, wanted.high)

    @pytest.mark.parametrize("organisations", [1, 3, 7])
    def test_bootstrap(self, organisations: int) -> None:
        """Draw in a plain loop: as many of its draws must lie beyond our bounds as should."""
        make, few = chance(organisations), organisations < 5
        groups = [make.uniform(0, 100) * 0.5 + make.uniform(0, 50, int(make.integers(6, 12))) for _ in range(organisations)]
        (found,) = scores.bootstrapped([g[:, None] for g in groups], chance(), 20_000)
        drawn, rng = [], chance(2)
        for _ in range(20_000):
            chosen = groups if few else [groups[n] for n in rng.integers(0, len(groups), len(groups))]
            drawn.append(fmean(float(g[rng.integers(0, len(g), len(g))].mean()) for g in chosen))
        assert (
            abs(np.mean(np.array(drawn) < found.low) - 0.025) < 0.006
            and abs(np.mean(np.array(drawn) > found.high) - 0.025) < 0.006
        )
        assert same(found.value, fmean(float(g.mean()) for g in groups)) and found.these_only == few

    def test_bootstrap_of_one_group_as_scipy(self) -> None:
        values = chance(5).uniform(0, 100, 9)
        (found,) = scores.bootstrapped([values[:, None]], chance(), 50_000)
        wanted = stats.bootstrap((values,), np.mean, n_resamples=50_000, method="percentile", rng=chance(3)).confidence_interval
        assert abs(found.low - wanted.low) < 0.6 and abs(found.high - wanted.high) < 0.6


def matrices(least: int = 2):
    return st.tuples(st.integers(2, 8), st.integers(2, 5)).flatmap(
        lambda s: st.lists(st.lists(st.integers(1, 9), min_size=s[1], max_size=s[1]), min_size=s[0], max_size=s[0])
    )


GROUPS = st.lists(st.lists(ANSWER, min_size=1, max_size=5), min_size=2, max_size=5)


class TestAgreement:
    @quick
    @given(ANSWERS)
    def test_of_one_item(self, answers: list[int]) -> None:
        assert same(agreement.dissent(answers), pvariance(map(Fraction, answers)) / 4)
        assert same(agreement.within_group(answers), 1 - variance(map(Fraction, answers)) / 2)

    @quick
    @given(matrices())
    def test_cronbach_by_covariances(self, rows: list[list[int]]) -> None:
        cov = np.cov(np.array(rows, float), rowvar=False)
        k, mean_var = len(cov), float(np.diag(cov).mean())
        between = float(cov[~np.eye(k, dtype=bool)].mean())
        assume(mean_var + (k - 1) * between > 1e-6)
        assert same(agreement.cronbach(np.array(rows, float)), k * between / (mean_var + (k - 1) * between))

    @quick
    @given(st.floats(0.1, 0.95), st.integers(5, 200), st.integers(2, 20))
    def test_cronbach_interval_by_the_beta_distribution(self, alpha: float, n: int, items: int) -> None:
        one, other = n - 1, (n - 1) * (items - 1)
        quantile = lambda q: (lambda x: other * x / (one * (1 - x)))(float(stats.beta.ppf(q, one / 2, other / 2)))  # noqa: E731
        low, high = agreement.cronbach_interval(alpha, n, items)
        assert (
            same(low, 1 - (1 - alpha) * quantile(0.975)) and same(high, 1 - (1 - alpha) * quantile(0.025)) and low < alpha < high
        )

    @quick
    @given(matrices())
    def test_intraclass_by_variances_of_their_own(self, rows: list[list[int]]) -> None:
        n, k = len(rows), len(rows[0])
        table = [[Fraction(v) for v in row] for row in rows]
        targets, judges = [sum(r) / k for r in table], [sum(c) / n for c in zip(*table, strict=True)]
        grand = sum(targets) / n
        bms, jms = k * variance(targets), n * variance(judges)
        wms = sum(variance(r) for r in table) / n
        rest = [table[i][j] - targets[i] - judges[j] + grand for i in range(n) for j in range(k)]
        ems = sum(r * r for r in rest) / ((n - 1) * (k - 1))
        assume(
            bms
            and bms + (k - 1) * wms
            and bms + (k - 1) * ems
            and bms + (jms - ems) / n
            and bms + (k - 1) * ems + k * (jms - ems) / n
        )
        found = agreement.intraclass(np.array(rows, float))
        assert same(found.one_single, float((bms - wms) / (bms + (k - 1) * wms))) and same(found.one_mean, float(1 - wms / bms))
        assert same(found.two_single, float((bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n)))
        assert same(found.two_mean, float((bms - ems) / (bms + (jms - ems) / n)))
        assert same(found.three_single, float((bms - ems) / (bms + (k - 1) * ems)))
        assert same(found.three_mean, agreement.cronbach(np.array(rows, float)))

    @quick
    @given(GROUPS)
    def test_between_organisations_by_scipys_f(self, groups: list[list[int]]) -> None:
        n, m = sum(map(len, groups)), len(groups)
        assume(n > m and any(len(set(g)) > 1 for g in groups))
        f = float(stats.f_oneway(*groups).statistic) if all(groups) else 0
        k0 = (n - sum(len(g) ** 2 for g in groups) / n) / (m - 1)
        assert same(agreement.between_share(groups), f * (m - 1) / (f * (m - 1) + n - m))
        assert same(agreement.organisations_alike(groups), (f - 1) / (f - 1 + k0))

    @quick
    @given(
        st.lists(st.lists(ANSWER, max_size=4), min_size=2, max_size=6),
        st.sampled_from(["nominal", "ordinal", "interval", "ratio"]),
    )
    def test_krippendorff_pair_by_pair(self, units: list[list[int]], metric: agreement.Metric) -> None:
        paired = [u for u in units if len(u) > 1]
        every = [v for u in paired for v in u]
        times, n = Counter(every), len(every)

        def apart(a: int, b: int) -> Fraction:
            if metric == "ordinal":
                low, high = sorted((a, b))
                return (
                    (Fraction(sum(times[v] for v in range(low, high + 1))) - Fraction(times[a] + times[b], 2)) ** 2
                    if a != b
                    else Fraction(0)
                )
            return {"nominal": Fraction(a != b), "interval": Fraction(a - b) ** 2, "ratio": Fraction(a - b, a + b) ** 2}[metric]

        seen = sum((sum(apart(a, b) for a, b in permutations(u, 2)) / (len(u) - 1) for u in paired), Fraction(0))
        by_luck = sum((apart(a, b) for a, b in permutations(every, 2)), Fraction(0))
        wanted = float(1 - seen / (by_luck / (n - 1))) if by_luck else float("nan")
        assert same(agreement.krippendorff(units, metric), wanted)


def exact_gap(one: list[float], other: list[float]) -> Fraction:
    pooled, m = [Fraction(v) for v in (*one, *other)], len(one)
    apart = lambda some: abs(sum(some) / m - (sum(pooled) - sum(some)) / (len(pooled) - m))  # noqa: E731
    every = [apart([pooled[n] for n in chosen]) for chosen in combinations(range(len(pooled)), m)]
    return Fraction(sum(d >= apart(pooled[:m]) for d in every), len(every))


class TestGaps:
    @quick
    @given(st.lists(POINTS, min_size=1, max_size=5), st.lists(POINTS, min_size=1, max_size=5))
    def test_exact_in_fractions(self, one: list[float], other: list[float]) -> None:
        found = gaps.gap(one, other, chance())
        assert found.exact and same(found.p, float(exact_gap(one, other))) and same(found.difference, fmean(one) - fmean(other))

    def test_exact_as_scipy(self) -> None:
        one, other = [61.0, 72, 85, 90], [40.0, 55, 58, 66, 71]
        far = lambda a, b, axis: np.abs(np.mean(a, axis=axis) - np.mean(b, axis=axis))  # noqa: E731
        wanted = stats.permutation_test((one, other), far, n_resamples=np.inf, alternative="greater", vectorized=True).pvalue
        assert same(gaps.gap(one, other, chance()).p, wanted)

    @settings(max_examples=12, deadline=None)
    @given(st.lists(POINTS, min_size=8, max_size=14), st.lists(POINTS, min_size=10, max_size=14), st.integers(0, 99))
    def test_drawn_beside_all_ways_counted(self, one: list[float], other: list[float], seed: int) -> None:
        found = gaps.gap(one, other, chance(seed))
        assert not found.exact and by_chance(found.p, counted([(one, other)]))

    @settings(max_examples=12, deadline=None)
    @given(
        st.lists(st.tuples(st.lists(POINTS, max_size=5), st.lists(POINTS, max_size=5)), min_size=1, max_size=4),
        st.integers(0, 99),
    )
    def test_within_organisations_beside_all_ways_counted(self, strata: list, seed: int) -> None:
        assume(any(a for a, _ in strata) and any(b for _, b in strata))
        found = gaps.stratified_gap(strata, chance(seed))
        assert by_chance(found.p, counted(strata))

    @pytest.mark.filterwarnings("ignore:Precision loss")
    @quick
    @given(st.lists(FINE, min_size=2, max_size=8), st.lists(FINE, min_size=2, max_size=8))
    def test_hedges_from_students_t(self, one: list[float], other: list[float]) -> None:
        assume(len(set(one)) > 1)
        degrees = len(one) + len(other) - 2
        t = float(stats.ttest_ind(one, other).statistic)
        wanted = abs(t) * sqrt(1 / len(one) + 1 / len(other)) * (1 - 3 / (4 * degrees - 1))
        assert same(gaps.hedges(np.array(one), np.array(other)), wanted)

    @quick
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.sampled_from([0.05, 0.1, 0.3]))
    def test_found_as_scipy(self, p: list[float], rate: float) -> None:
        adjusted = stats.false_discovery_control(p)
        assume(all(abs(a - rate) > 1e-9 for a in adjusted))
        assert gaps.found(p, rate) == [bool(a <= rate) for a in adjusted]


def counted(strata: list[tuple[list[float], list[float]]]) -> float:
    """Count all ways to share out labels within strata, by the sum of the first group: whole numbers, no draw."""
    ways: Counter[int] = Counter({0: 1})
    for a, b in strata:
        inside: Counter[tuple[int, int]] = Counter({(0, 0): 1})
        for v in (*a, *b):
            inside += Counter({(m + 1, s + int(v)): n for (m, s), n in inside.items() if m < len(a)})
        mine: Counter[int] = Counter()
        for (m, s), n in inside.items():
            if m == len(a):
                for so_far, k in ways.items():
                    mine[so_far + s] += n * k
        ways = mine
    m, n = (sum(len(g[i]) for g in strata) for i in (0, 1))
    total, seen = (sum(int(v) for a, b in strata for v in (*a, *b)), sum(int(v) for a, _ in strata for v in a))
    apart = lambda s: abs(Fraction(s, m) - Fraction(total - s, n))  # noqa: E731
    return sum(k for s, k in ways.items() if apart(s) >= apart(seen)) / sum(ways.values())


class TestPriorities:
    @quick
    @given(GROUPS, st.integers(3, 9))
    def test_talk_first(self, groups: list[list[int]], importance: int) -> None:
        every = [Fraction(a) for g in groups for a in g]
        assume(len(set(every)) > 1)
        mean = sum(every) / len(every)
        within = sum(sum((a - Fraction(sum(g), len(g))) ** 2 for a in g) for g in groups)
        whole = sum((a - mean) ** 2 for a in every)
        wanted = Fraction(importance, 9) * (whole / len(every) / 4) * (1 + (1 - within / whole)) / 2
        found = priorities.talk_first(importance / 9, agreement.dissent([int(a) for a in every]), agreement.between_share(groups))
        assert same(found, float(wanted))

    @quick
    @given(ANSWERS, st.floats(0, 1), st.floats(0, 1))
    def test_block(self, answers: list[int], importance: float, named: float) -> None:
        assume(len(set(answers)) > 1 and abs(importance - 2 / 3) > 1e-6 and abs(named - 0.2) > 1e-6)
        points = [25 * (a - 1) for a in answers]
        upper = stats.ttest_1samp(points, 0).confidence_interval(0.8).high
        found = priorities.block(answers, importance, named)
        assert same(found.upper, upper) and same(found.pressure, importance * (1 - fmean(points) / 100) * named)
        assert found.is_block == (sum(points) < 50 * len(points) and upper < 62.5 and importance > 2 / 3 and named > 0.2)


class TestVoices:
    @quick
    @given(st.integers(1, 60), st.data())
    def test_heard_as_scipy(self, asked: int, data: st.DataObject) -> None:
        answered = data.draw(st.integers(0, asked))
        wanted = stats.binomtest(answered, asked).proportion_ci(method="wilson")
        found = voices.heard(answered, asked)
        assert same(found.low, wanted.low) and same(found.high, wanted.high)

    @quick
    @given(
        st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9)),
        st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=1),
    )
    def test_coverage_and_representation(self, answers: dict[str, int], people: dict[str, int]) -> None:
        there = [g for g, n in answers.items() for _ in range(n)]
        assert same(voices.coverage(answers, people), len(set(there) & set(people)) / len(people))
        found = voices.representation(answers, people)
        assert set(found) == (set(people) if there else set())
        assert all(
            same(r, float(Fraction(there.count(g) * sum(people.values()), len(there) * people[g]))) for g, r in found.items()
        )

    @quick
    @given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9)), st.sets(st.sampled_from("abcdef")))
    def test_unheard(self, named: dict[str, int], heard: set[str]) -> None:
        found = voices.unheard(named, heard)
        assert set(found) == set(named) - heard and [named[v] for v in found] == sorted((named[v] for v in found), reverse=True)

    @quick
    @given(st.lists(st.integers(0, 5), max_size=20))
    def test_chao_by_pairs_of_those_named_once(self, times: list[int]) -> None:
        once = [n for n, t in enumerate(times) if t == 1]
        wanted = sum(t > 0 for t in times) + Fraction(len(list(combinations(once, 2))), 1 + sum(t == 2 for t in times))
        assert same(voices.voices_in_all(times), float(wanted))


class TestRounds:
    @quick
    @given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
    def test_signs_in_whole_numbers(self, differences: list[int]) -> None:
        every = [
            abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
            for signs in product((1, -1), repeat=len(differences))
        ]
        found = rounds.linked(differences, chance())
        assert found.exact and same(found.p, sum(e >= abs(sum(differences)) for e in every) / len(every))

    def test_signs_as_scipy(self) -> None:
        differences = [3.0, -1.5, 4.25, 2.5, 0.75, -0.5, 6.0]
        far = lambda d, axis: np.abs(np.mean(d, axis=axis))  # noqa: E731
        wanted = stats.permutation_test(
            (differences,), far, permutation_type="samples", n_resamples=np.inf, alternative="greater"
        ).pvalue
        assert same(rounds.linked(differences, chance()).p, wanted)

    @settings(max_examples=12, deadline=None)
    @given(st.lists(st.integers(-4, 6), min_size=21, max_size=30), st.integers(0, 99))
    def test_signs_of_many_beside_all_counted(self, differences: list[int], seed: int) -> None:
        sums: Counter[int] = Counter({0: 1})
        for d in differences:
            sums = Counter({s + d: n for s, n in sums.items()}) + Counter({s - d: n for s, n in sums.items()})
        wanted = sum(n for s, n in sums.items() if abs(s) >= abs(sum(differences))) / 2 ** len(differences)
        found = rounds.linked(differences, chance(seed))
        assert not found.exact and by_chance(found.p, wanted)

    @settings(max_examples=12, deadline=None)
    @given(
        st.dictionaries(st.sampled_from("AB"), st.tuples(*[st.lists(POINTS, min_size=1, max_size=4)] * 2), min_size=1),
        st.integers(0, 99),
    )
    def test_labels_beside_all_ways(self, of: dict[str, tuple[list[float], list[float]]], seed: int) -> None:
        def changes(before: list[float], after: list[float]) -> list[Fraction]:
            pooled, m = [Fraction(v) for v in (*before, *after)], len(before)
            first = [sum(pooled[n] for n in c) for c in combinations(range(len(pooled)), m)]
            return [(sum(pooled) - s) / (len(pooled) - m) - s / m for s in first]

        every = [abs(sum(way)) for way in product(*(changes(b, a) for b, a in of.values()))]
        seen = abs(sum(changes(b, a)[0] for b, a in of.values()))
        found = rounds.unlinked({o: b for o, (b, _) in of.items()}, {o: a for o, (_, a) in of.items()}, chance(seed))
        assert by_chance(found.p, sum(e >= seen for e in every) / len(every))
        assert same(found.change, fmean(fmean(a) - fmean(b) for b, a in of.values()))

    def test_detectable_change_is_rarely_noise(self) -> None:
        """Ask twice with that reliability and nothing changed: five of a hundred differ by more."""
        rng, spread, reliability = chance(8), 20.0, 0.84
        truth = rng.normal(0, spread * sqrt(reliability), 200_000)
        one, other = (truth + rng.normal(0, spread * sqrt(1 - reliability), 200_000) for _ in range(2))
        assert abs(np.mean(np.abs(one - other) > rounds.detectable(spread, reliability)) - 0.05) < 0.002

    @quick
    @given(*[st.dictionaries(st.sampled_from("abcd"), POINTS, min_size=1)] * 2)
    def test_stayers(self, before: dict[str, float], after: dict[str, float]) -> None:
        stayed, who = rounds.stayers(before, after)
        assert same(stayed + who, fmean(after.values()) - fmean(before.values()))
        both = [after[w] - before[w] for w in before if w in after]
        assert same(stayed, fmean(both) if both else 0)


class TestDirection:
    @quick
    @given(st.lists(st.integers(0, 9), min_size=3, max_size=12))
    def test_slope_as_scipy(self, values: list[int]) -> None:
        assert same(direction.trend(values).slope, stats.theilslopes(values).slope)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.integers(0, 4), min_size=3, max_size=6))
    def test_variance_over_all_orders(self, values: list[int]) -> None:
        every = [sum((b > a) - (b < a) for a, b in combinations(order, 2)) for order in permutations(values)]
        found = direction.trend(values)
        assert same(found.variance, pvariance(map(Fraction, every)))
        z = (found.score - np.sign(found.score)) / sqrt(found.variance) if found.variance else 0
        assert same(found.z, z) and same(found.p, 2 * float(stats.norm.sf(abs(z))))
        assert same(direction.exact_p(values), sum(abs(s) >= abs(found.score) for s in every) / len(every))

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.integers(0, 99), min_size=3, max_size=7, unique=True))
    def test_kendall_as_scipy(self, values: list[int]) -> None:
        wanted = stats.kendalltau(range(len(values)), values, method="exact")
        n = len(values)
        assert same(direction.exact_p(values), wanted.pvalue) and same(
            direction.trend(values).score, wanted.statistic * n * (n - 1) / 2
        )

    @quick
    @given(st.lists(st.integers(0, 9), min_size=6, max_size=15))
    def test_correction_written_out(self, values: list[int]) -> None:
        """Hamed and Rao 1998, eq. 15: autocorrelation of the ranks of what is left without the slope."""
        n = len(values)
        slope = median((values[j] - values[i]) / (j - i) for i, j in combinations(range(n), 2))
        left = [round(v - slope * t, 9) for t, v in enumerate(values)]
        ranks = [sum(a < v for a in left) + (left.count(v) + 1) / 2 for v in left]
        about = [r - fmean(ranks) for r in ranks]
        more = 0.0
        for lag in range(1, n - 1):
            r = sum(a * b for a, b in zip(about, about[lag:])) / sum(a * a for a in about) if any(about) else 0.0  # noqa: B905 - cut off by the lag
            assume(abs(abs(r) - 1.96 / sqrt(n)) > 1e-9)
            more += (n - lag) * (n - lag - 1) * (n - lag - 2) * r if abs(r) > 1.96 / sqrt(n) else 0.0
        wider = max(1.0, 1 + 2 * more / (n * (n - 1) * (n - 2)))
        assert same(direction.trend(values, correlated=True).variance, direction.trend(values).variance * wider)

    @quick
    @given(st.lists(st.integers(0, 9), min_size=2, max_size=20))
    def test_chart(self, values: list[int]) -> None:
        found = direction.chart(values)
        reach = (
            Fraction(266, 100) * sum(abs(Fraction(b - a)) for a, b in zip(values[1:], values, strict=False)) / (len(values) - 1)
        )
        middle = Fraction(sum(values), len(values))
        assert same(found.low, float(middle - reach)) and same(found.high, float(middle + reach))
        beyond = [n for n, v in enumerate(values) if abs(v - middle) > reach + Fraction(1, 10**9)]
        runs = [
            n
            for n in range(7, len(values))
            if all(v > middle for v in values[n - 7 : n + 1]) or all(v < middle for v in values[n - 7 : n + 1])
        ]
        on_limit = {n for n, v in enumerate(values) if abs(abs(v - middle) - reach) <= Fraction(1, 10**9)}
        assert set(found.signals) - on_limit == ({*beyond, *runs}) - on_limit
