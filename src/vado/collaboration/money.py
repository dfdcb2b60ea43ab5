"""Who gains and who pays: the net position of each organisation, and rules to share what all of them gain together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from vado.model.funding import Line as Line
from vado.model.funding import Side as Side

Coalition = frozenset[str]
Game = Callable[[Coalition], float]  # what a coalition is worth by itself
RATE = 0.035  # a year; HM Treasury, Green Book
BIAS = {1: 0.0, 2: 0.05, 3: 0.10, 4: 0.15, 5: 0.25, 6: 0.40}  # by confidence grade: benefits less, costs more
_EXACT = 12  # organisations up to whom all coalitions are counted


def worth(line: Line, rate: float = RATE, bias: Mapping[int, float] = BIAS, amount: float | None = None) -> float:
    """Give what a line adds to its organisation today: benefits plus, costs minus, both made careful by grade, discounted by year."""
    value, careful = line.mode if amount is None else amount, bias[line.grade]
    value = value * (1 - careful) if line.side is Side.BENEFIT else -value * (1 + careful)
    return value / (1 + rate) ** line.year


def net(lines: Iterable[Line], rate: float = RATE, bias: Mapping[int, float] = BIAS) -> dict[str, float]:
    """Give the net position of each organisation, all taking part."""
    found: dict[str, float] = {}
    for line in lines:
        found[line.organisation] = found.get(line.organisation, 0.0) + worth(line, rate, bias)
    return found


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


@dataclass(frozen=True, slots=True)
class Chances:
    """What many draws say."""

    organisations: tuple[str, ...]
    nets: NDArray[np.float64]  # (draws, organisations)

    def spread(self, one: str) -> tuple[float, float, float]:
        """Give the net position of one that is exceeded by 90, 50 and 10 of 100 draws."""
        return tuple(np.percentile(self.nets[:, self.organisations.index(one)], [10, 50, 90]))  # type: ignore[return-value]

    def loses(self, one: str) -> float:
        """Give the chance that one ends below nothing."""
        return float(np.mean(self.nets[:, self.organisations.index(one)] < 0))

    def total_loses(self) -> float:
        """Give the chance that all together end below nothing."""
        return float(np.mean(self.nets.sum(axis=1) < 0))


def simulate(  # noqa: PLR0913 - each is a choice of whoever asks
    lines: Sequence[Line], chance: np.random.Generator, draws: int = 10_000, *, pert: bool = False,
    rate: float = RATE, bias: Mapping[int, float] = BIAS,
) -> Chances:  # fmt: skip
    """Draw every line from its triangle (or PERT) of low, mode and high, each by itself."""
    names = tuple(sorted({line.organisation for line in lines}))
    nets = np.zeros((draws, len(names)))
    for line in lines:
        amount = drawn(line, chance, draws, pert=pert)
        nets[:, names.index(line.organisation)] += amount * worth(line, rate, bias, 1.0)
    return Chances(names, nets)


def drawn(line: Line, chance: np.random.Generator, draws: int, *, pert: bool = False) -> NDArray[np.float64]:
    """Draw amounts of a line. PERT: a beta with mean (low + 4 mode + high) / 6 (Malcolm et al. 1959)."""
    if line.high <= line.low:
        return np.full(draws, line.mode)
    if not pert:
        return chance.triangular(line.low, line.mode, line.high, draws)
    reach = line.high - line.low
    alpha, beta = 1 + 4 * (line.mode - line.low) / reach, 1 + 4 * (line.high - line.mode) / reach
    return line.low + reach * chance.beta(alpha, beta, draws)
