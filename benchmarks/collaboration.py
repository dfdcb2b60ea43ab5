"""How quick the measures of a collaboration are, and what they find. `python -m benchmarks collaboration` writes docs/explanation/collaboration-speed.md."""

import time
from collections import Counter
from collections.abc import Callable
from itertools import combinations, permutations, product
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from tests.collaboration_places import FOUND

from vado.collaboration import disclosure, money, network
from vado.collaboration.measures import scores
from vado.collaboration.measures.voices import heard

_PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "collaboration-speed.md"
_HEAD = """# How quick the measures of a collaboration are, and what they find

`python -m benchmarks collaboration` writes this page. Seconds are the best of three (of one for the best two and for
links one way), one process, on a machine of two cores that others may use. A peer is the same
question answered plainly in the same run, on less where it would take hours; its answers are compared with ours, and the run stops where
they differ. Peers show that the figure is earned, not that somebody else is slow.

| what | seconds | wanted | beside a plain way |
|-|-:|-:|-|
"""
_FOUND = """
## What is found of a place that is known

Invented places with something planted, and places, groups or ties with nothing (tests/collaboration/test_simulation.py asserts it). Each row says
of how many; a share has its 95 % interval (Wilson). Gaps of a page are promised at most 10 % of alarms where nothing is. Blocks have no promised rate:
in these places chance alone gives 3.7 %.

| planted | places | found | where nothing was planted |
|-|-:|-:|-:|
"""


def collaboration() -> str:
    """Measure, write the page, and give it."""
    rows = [_bootstrap(), *_network(), _one_way(), _money(), _shapley(), _hidden()]
    text = _HEAD + "\n".join(rows) + "\n" + _FOUND + "\n".join(_recovered()) + "\n"
    _PAGE.write_text(text, "utf-8")
    return text


def _timed(work: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    best, found = float("inf"), None
    for _ in range(times):
        start = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - start)
    return best, found


def _row(what: str, seconds: float, wanted: str, peer: str) -> str:
    return f"| {what} | {seconds:.3f} | {wanted} | {peer} |"


def _bootstrap() -> str:
    """1,000 respondents of 25 organisations, 40 questions, one answer in twenty missing."""
    make = np.random.default_rng(1)
    groups = [make.integers(0, 5, (40, 40)) * 25.0 + make.normal(0, 5) for _ in range(25)]
    for g in groups:
        g[make.random(g.shape) < 0.05] = np.nan
    seconds, found = _timed(lambda: scores.bootstrapped(groups, np.random.default_rng(2)))
    draws = 100

    def plain() -> np.ndarray:
        rng = np.random.default_rng(3)
        drawn = []
        for _ in range(draws):
            chosen = [groups[n] for n in rng.integers(0, 25, 25)]
            drawn.append(np.mean([np.nanmean(g[rng.integers(0, len(g), len(g))], axis=0) for g in chosen], axis=0))
        return np.std(drawn, axis=0)

    peer, spread = _timed(plain, 1)
    widths = np.array([(e.high - e.low) / 3.92 for e in found])
    assert abs(np.median(widths / spread) - 1) < 0.1, "the plain loop sees another spread"
    return _row(
        "interval of 40 questions, 1,000 respondents in 25 organisations: 2,000 two-stage draws", seconds, "< 2",
        f"numpy in a plain loop: {peer * 2000 / draws / seconds:.1f} times as long ({draws} draws, taken to 2,000), same widths",
    )  # fmt: skip


def place(
    organisations: int, people: int, links: int, seed: int = 1
) -> tuple[dict[frozenset[str], int], list[network.Link], list[str]]:
    """Invent a place: people held by one to six organisations near each other, some of which hold very many."""
    rng = np.random.default_rng(seed)
    names = [f"o{n:03d}" for n in range(organisations)]
    weight = 1 / np.arange(1, organisations + 1) ** 0.7
    sizes = rng.choice([1, 2, 3, 4, 5, 6], people, p=[0.3, 0.3, 0.2, 0.1, 0.06, 0.04])
    drawn = rng.choice(organisations, (people, 6), p=weight / weight.sum())
    holdings: Counter[frozenset[str]] = Counter()
    for row, size in zip(drawn.tolist(), sizes.tolist(), strict=True):
        holdings[frozenset(names[n] for n in row[:size])] += 1
    ties = {tuple(sorted(rng.choice(names, 2, replace=False).tolist())) for _ in range(links)}
    return dict(holdings), sorted((a, b) for a, b in ties), names


def _network() -> list[str]:
    holdings, links, names = place(300, 1_000_000, 150)
    absent = len(names) * (len(names) - 1) // 2 - len(links)
    seconds, ranked = _timed(lambda: network.bridges(holdings, links, names))
    few, ties, some = place(12, 3_000, 6)
    ours, told = _timed(lambda: network.bridges(few, ties, some))
    peer, wanted = _timed(lambda: _built(few, ties, some), 1)
    assert {b.link: (b.joined, b.whole) for b in told} == wanted, "another gain when the link is built"
    rows = [
        _row(
            f"300 organisations, 1,000,000 people in {len(holdings):,} groups: what each of {absent:,} links would join and make whole",
            seconds,
            "< 30",
            f"each link built and every person looked up, 12 organisations and 3,000 people: {peer / ours:,.0f} times as long, same gains",
        )  # fmt: skip
    ]
    direct, _ = _timed(lambda: network.bridges(holdings, links, names, by_path=False))
    rows.append(_row("the same, direct links only", direct, "< 30", ""))
    best, chosen = _timed(lambda: network.best_bridges(holdings, links, names, 2), 1)
    ours, two = _timed(lambda: network.best_bridges(few, ties, some, 2))
    peer, most = _timed(lambda: _best_of_all(few, ties, some), 1)
    assert (sum(b.joined for b in two), sum(b.whole for b in two)) == most, "another best pair"
    rows.append(_row(
        f"the best two of them together ({chosen[0].joined + chosen[1].joined:,} pairs; the best one {ranked[0].joined:,})",
        best, "< 30", f"all pairs of links built, 12 organisations: {peer / ours:,.0f} times as long, same gain",
    ))  # fmt: skip
    leave, losses = _timed(lambda: network.leavers(holdings, links, names))
    parted = sum(loss.transit > 0 for loss in losses.values())
    rows.append(_row(f"what is lost when each of the 300 leaves ({parted} of them part others)", leave, "< 30", ""))
    return rows


def _built(holdings: dict, links: list, names: list) -> dict:
    """Count anew, person by person, with each link built: (pairs, whole people) more than without."""
    people = [sorted(held) for held, count in holdings.items() for _ in range(count) if len(held) > 1]

    def counted(ties: list) -> tuple[int, int]:
        part = {o: n for n, c in enumerate(nx.connected_components(nx.Graph(ties))) for o in c}
        joined = [[part.get(a, a) == part.get(b, b) for a, b in combinations(held, 2)] for held in people]
        return sum(map(sum, joined)), sum(map(all, joined))

    before = counted(links)
    absent = [p for p in combinations(names, 2) if p not in set(links)]
    return {p: tuple(a - b for a, b in zip(counted([*links, p]), before, strict=True)) for p in absent}


def _best_of_all(holdings: dict, links: list, names: list) -> tuple[int, int]:
    before = network.joined(holdings, links)
    absent = [p for p in combinations(names, 2) if p not in set(links)]
    every = (network.joined(holdings, [*links, *two]) for two in combinations(absent, 2))
    return max((j.joined - before.joined, j.whole - before.whole) for j in every)


def _one_way() -> str:
    holdings, links, names = place(300, 1_000_000, 150)
    seconds, ranked = _timed(lambda: network.arrows(holdings, links, names), 1)
    few, ties, some = place(8, 1_000, 5)
    before = network.joined_one_way(few, ties)
    for b in network.arrows(few, ties, some):
        after = network.joined_one_way(few, [*ties, b.link])
        assert (b.joined, b.whole) == (after.joined - before.joined, after.whole - before.whole), (
            "another gain when the arrow is drawn"
        )
    return _row(
        f"the same with direction: each of {len(ranked):,} links one way",
        seconds,
        "< 30",
        "each drawn, 8 organisations: same gains",
    )


def proposal(seed: int = 1) -> list[money.Line]:
    """Invent a proposal of 12 organisations: what each pays, and what two or three of them gain together."""
    rng = np.random.default_rng(seed)
    names = [f"o{n:02d}" for n in range(12)]
    lines = [money.Line(o, money.Side.COST, 0, a * 0.8, a, a * 1.5, grade=2) for o in names for a in [float(rng.integers(5, 60))]]
    for _ in range(48):
        a, needs = float(rng.integers(5, 40)), tuple(rng.choice(names, int(rng.integers(1, 4)), replace=False).tolist())
        lines.append(
            money.Line(
                str(rng.choice(names)), money.Side.BENEFIT, int(rng.integers(1, 5)), a * 0.4, a, a * 1.3, 3, requires=needs
            )
        )
    return lines


def _money() -> str:
    lines, players = proposal(), sorted({f.organisation for f in proposal()})

    def ours() -> tuple[money.Chances, dict[str, float]]:
        found = money.simulate(lines, np.random.default_rng(1))
        return found, money.shapley(money.may_opt_out(money.all_in(lines), players), players)

    seconds, (found, _) = _timed(ours)
    draws = 200

    def plain() -> list[float]:
        rng = np.random.default_rng(2)
        return [sum(money.worth(f, amount=rng.triangular(f.low, f.mode, f.high)) for f in lines) for _ in range(draws)]

    peer, totals = _timed(plain, 1)
    low, _, high = found.total()
    assert abs(np.mean(np.less(totals, low)) - 0.1) < 0.09 and abs(np.mean(np.greater(totals, high)) - 0.1) < 0.09, (
        "another spread"
    )
    return _row(
        f"12 organisations, {len(lines)} lines: 10,000 draws of all, and the exact Shapley shares of those who may opt out", seconds, "< 3",
        f"line by line: {peer * 10_000 / draws / seconds:.0f} times as long for the draws alone ({draws}, taken to 10,000), same spread",
    )  # fmt: skip


def _shapley() -> str:
    lines = [f for f in proposal(3) if f.organisation < "o08" and all(o < "o08" for o in f.needs)]
    players = sorted({f.organisation for f in lines})
    game = money.may_opt_out(money.all_in(lines), players)
    seconds, share = _timed(lambda: money.shapley(game, players))

    def plain() -> dict[str, float]:
        total, orders = dict.fromkeys(players, 0.0), list(permutations(players))
        for order in orders:
            for n, who in enumerate(order):
                total[who] += game(frozenset(order[: n + 1])) - game(frozenset(order[:n]))
        return {who: v / len(orders) for who, v in total.items()}

    peer, wanted = _timed(plain, 1)
    assert all(abs(share[who] - wanted[who]) < 1e-9 for who in players), "another share over all orders"
    return _row(
        f"Shapley shares of {len(players)} organisations",
        seconds,
        "",
        f"over all orders of coming in: {peer / seconds:,.0f} times as long, same shares",
    )


def _hidden() -> str:
    rng = np.random.default_rng(3)
    counts = {
        tuple(map(str, k)): int(n) for k, n in zip(product(range(12), range(4), range(3)), rng.poisson(8, 144), strict=True)
    }
    groups = disclosure.margins(counts)
    seconds, hide = _timed(lambda: disclosure.protected(groups, counts))
    few = sum(0 < sum(counts[c] for c in g) < disclosure.LEAST for g in groups.values())
    return _row(
        f"12 organisations x 4 roles x 3 groups with all margins, {len(groups)} figures: what is hidden ({few} are of fewer than 5, {len(hide) - few} more)",
        seconds, "", "",
    )  # fmt: skip


def _recovered() -> list[str]:
    return [
        f"| {r.planted} | {r.places} | {_share(r.found, r.places)} | {_share(r.alarms, r.chances)} |"
        for r in (look() for look in FOUND)
    ]


def _share(some: int, every: int) -> str:
    rate = heard(some, every)
    return f"{some} of {every:,}: {some / every:.1%} ({rate.low:.1%} to {rate.high:.1%})"
