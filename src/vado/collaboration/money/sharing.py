"""Rules to share what all gain together, and whether everybody would stay."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy.optimize import linprog

from vado.collaboration.money.lines import BIAS, RATE, Coalition, worth
from vado.model.funding import Line

Game = Callable[[Coalition], float]  # what a coalition is worth by itself


def all_in(lines: Iterable[Line], rate: float = RATE, bias: Mapping[int, float] = BIAS) -> Game:
    """Value a coalition as the sum of the lines that need nobody else."""
    known = [(line.needs, worth(line, rate, bias)) for line in lines]
    return lambda who: sum(value for needs, value in known if needs <= who)


def may_opt_out(game: Game, players: Sequence[str]) -> Game:
    """Value a coalition as the best that any part of it can do, or nothing: taking part is voluntary."""
    values: dict[Coalition, float] = {frozenset(): 0.0}
    for size in range(1, len(players) + 1):
        for chosen in combinations(players, size):
            who = frozenset(chosen)
            values[who] = max(game(who), *(values[who - {one}] for one in who), 0.0)
    return lambda who: values[frozenset(who)]


def dividends(game: Game, players: Sequence[str]) -> dict[Coalition, float]:
    """Give what each coalition adds that no smaller one of it does (Harsanyi 1963, the Moebius transform), only those that are not 0."""
    n, order = len(players), list(players)
    values = np.array([game(frozenset(order[i] for i in range(n) if mask >> i & 1)) for mask in range(1 << n)])
    for i in range(n):
        step = 1 << i
        view = values.reshape(-1, 2, step)
        view[:, 1, :] -= view[:, 0, :]
    return {
        frozenset(order[i] for i in range(n) if mask >> i & 1): float(v)
        for mask, v in enumerate(values)
        if mask and abs(v) > 1e-12
    }


def shapley(game: Game, players: Sequence[str]) -> dict[str, float]:
    """Share what all are worth together by what each adds over all orders of coming in. Exact; up to twelve players are quick.

    Each dividend is split equally among its coalition. Source: Shapley 1953; Harsanyi 1963.
    """
    share = dict.fromkeys(players, 0.0)
    for who, dividend in dividends(game, players).items():
        for one in who:
            share[one] += dividend / len(who)
    return share


def shapley_sampled(
    game: Game, players: Sequence[str], chance: np.random.Generator, draws: int = 2000
) -> dict[str, tuple[float, float]]:
    """Estimate the same for many players from random orders: (share, standard error). Source: Castro, Gomez and Tejada 2009."""
    added: dict[str, list[float]] = {one: [] for one in players}
    for _ in range(draws):
        before, who = 0.0, set[str]()
        for n in map(int, chance.permutation(len(players))):
            who.add(players[n])
            after = game(frozenset(who))
            added[players[n]].append(after - before)
            before = after
    return {one: (float(np.mean(a)), float(np.std(a, ddof=1) / np.sqrt(draws))) for one, a in added.items()}


def in_core(game: Game, players: Sequence[str], share: Mapping[str, float]) -> list[tuple[Coalition, float]]:
    """List the coalitions that would do better by themselves, and by how much; none: everybody stays (the core; Gillies 1959)."""
    short = []
    for size in range(1, len(players) + 1):
        for who in combinations(players, size):
            missing = game(frozenset(who)) - sum(share[one] for one in who)
            if missing > 1e-9:
                short.append((frozenset(who), missing))
    return short


def shared(total: float, by: Mapping[str, float]) -> dict[str, float]:
    """Share a total in proportion: by cost, by benefit, or equally when all weights are the same. All 0: equally."""
    whole = sum(by.values())
    return {one: total * (weight / whole if whole else 1 / len(by)) for one, weight in by.items()}


def transfers(share: Mapping[str, float], own: Mapping[str, float]) -> dict[str, float]:
    """Give what each receives (plus) or hands over (minus) so that it ends with its share; together they are 0."""
    return {one: share[one] - own.get(one, 0.0) for one in share}


def compensation(own: Mapping[str, float]) -> tuple[float, bool]:
    """Give the least that must move so that nobody loses, and whether those who gain can pay it (Kaldor and Hicks)."""
    return sum(max(0.0, -v) for v in own.values()), sum(own.values()) > 0


def nucleolus(game: Game, players: Sequence[str]) -> dict[str, float]:
    """Share so that the most dissatisfied coalition is as well off as can be, then the next. Source: Schmeidler 1969, by linear programs.

    Kopelowitz's scheme: in each round the coalitions that cannot do better are held where they are.
    """
    n, order = len(players), list(players)
    every = [frozenset(c) for size in range(1, n) for c in combinations(order, size)]
    held: dict[Coalition, float] = {}
    share = np.zeros(n)
    while len(held) < len(every):
        free = [c for c in every if c not in held]
        rows = [[-float(o in c) for o in order] + [-1.0] for c in free]
        equal = [[float(o in c) for o in order] + [0.0] for c in (*held, frozenset(order))]
        targets = [*(game(c) - e for c, e in held.items()), game(frozenset(order))]
        best = linprog([0.0] * n + [1.0], rows, [-game(c) for c in free], equal, targets, [(None, None)] * (n + 1))
        share, worst = best.x[:n], best.x[n]
        tight = [c for c, dual in zip(free, best.ineqlin.marginals, strict=True) if dual < -1e-9]
        held.update(dict.fromkeys(tight or free, float(worst)))
    return {o: float(v) for o, v in zip(order, share, strict=True)}
