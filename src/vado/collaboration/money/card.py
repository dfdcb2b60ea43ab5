"""The card of a proposal: what its lines come to, who gains and who loses, how the gain could be shared, and how sure all of it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations

import numpy as np

from vado.collaboration.money import chance, lines, sharing
from vado.collaboration.money.chance import Chances, Swing
from vado.collaboration.money.lines import Coalition, Ratios
from vado.model.funding import Line, Proposal, Side

EXACT = 12  # organisations up to whom every coalition is looked at
LAST = 8  # organisations up to whom the nucleolus is reckoned: its linear programs grow with all coalitions
DRAWS, SEED = 10_000, 1
_NEAR = 1e-6  # below this it is rounding
RULES = ("none", "equal", "cost", "benefit", "shapley", "nucleolus")


@dataclass(frozen=True, slots=True)
class Position:
    """Where one organisation stands, as of today."""

    organisation: str
    name: str
    net: float
    cost: float  # share of all costs, 0 to 1; NaN where there are none
    benefit: float  # share of all benefits
    payback: int | None  # first year from which on it has back what it paid; None: never


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to share what all gain."""

    name: str  # of RULES
    share: dict[str, float]
    transfer: dict[str, float]  # received (plus) or handed over (minus); together they are 0
    short: tuple[tuple[Coalition, float], ...] | None  # who would do better by themselves, and by how much; None: not looked at

    @property
    def stays(self) -> bool | None:
        """Say whether everybody would stay (the share is in the core); None: not looked at."""
        return None if self.short is None else not self.short

    @property
    def refuse(self) -> tuple[Coalition, ...]:
        """Give the smallest groups that would do better by themselves; what holds of a part is not said of the whole again."""
        found: list[Coalition] = []
        for who, _ in sorted(self.short or (), key=lambda s: (len(s[0]), sorted(s[0]))):
            if not any(part < who for part in found):
                found.append(who)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Sharing:
    """All rules side by side, and what they share."""

    worth: float  # what the best group of organisations gains; with everybody in it, the total
    best: Coalition  # who is in that group
    everybody: bool  # whether that is everybody
    voluntary: bool  # whether staying out was counted with; no: too many organisations
    rules: tuple[Rule, ...]

    def rule(self, name: str) -> Rule | None:
        """Give one of them; None: it was not reckoned."""
        return next((r for r in self.rules if r.name == name), None)


@dataclass(frozen=True, slots=True)
class Card:
    """A proposal reckoned through. Everything is as of today and made careful by grade."""

    positions: tuple[Position, ...]  # who gains most first
    years: tuple[int, ...]
    by_year: dict[str, dict[int, float]]
    total: float
    ratios: Ratios
    payback: int | None  # of all together
    compensation: float  # the least that must move so that nobody loses
    payable: bool  # by those who gain

    @property
    def winners(self) -> tuple[Position, ...]:
        """Give who ends above nothing."""
        return tuple(p for p in self.positions if p.net > _NEAR)

    @property
    def losers(self) -> tuple[Position, ...]:
        """Give who ends below nothing, the most first."""
        return tuple(p for p in reversed(self.positions) if p.net < -_NEAR)

    @property
    def together(self) -> tuple[tuple[int, float], ...]:
        """Give all organisations together, by year, added up to and with it."""
        each = [sum(of.get(year, 0.0) for of in self.by_year.values()) for year in self.years]
        return tuple(zip(self.years, accumulate(each), strict=True))


@dataclass(frozen=True, slots=True)
class Odds:
    """What 10,000 draws between low and high say."""

    chances: Chances
    fan: tuple[tuple[int, float, float, float], ...]  # year, and all together up to it: exceeded by 90, 50, 10 of 100 draws
    swings: tuple[Swing, ...]  # widest first
    ranges: bool  # whether any line has one; without, nothing is drawn that is not sure


def card(proposal: Proposal) -> Card:
    """Reckon a proposal through."""
    some, rate, bias = _everybody(proposal.lines), proposal.rate, proposal.bias
    nets, borne = lines.net(some, rate, bias), lines.borne(some, rate, bias)
    positions = [
        Position(o, proposal.named(o), net, *borne[o], lines.payback([f for f in some if f.organisation == o], rate, bias))
        for o, net in nets.items()
    ]
    least, payable = sharing.compensation(nets)
    return Card(
        tuple(sorted(positions, key=lambda p: (-p.net, p.name))), _years(some), lines.by_year(some, rate, bias), sum(nets.values()),
        lines.ratios(some, rate, bias), lines.payback(some, rate, bias), least, payable,
    )  # fmt: skip


def shares(proposal: Proposal) -> Sharing:
    """Reckon every rule."""
    return _shares(_everybody(proposal.lines), proposal.rate, proposal.careful)


def odds(proposal: Proposal) -> Odds:
    """Draw every line 10,000 times; the same proposal gives the same draws."""
    return _odds(_everybody(proposal.lines), proposal.rate, proposal.careful)


@lru_cache(64)
def _odds(some: tuple[Line, ...], rate: float, careful: tuple[float, ...]) -> Odds:
    bias = dict(enumerate(careful, 1))
    drawn = chance.simulate(some, np.random.default_rng(SEED), DRAWS, rate=rate, bias=bias)
    fan = tuple((year, *map(float, np.percentile(drawn.balances[:, n], [10, 50, 90]))) for n, year in enumerate(drawn.years))
    swings = tuple(s for s in chance.tornado(some, rate, bias) if s.width > _NEAR)
    return Odds(drawn, fan, swings, any(f.high > f.low for f in some))  # type: ignore[arg-type] - three numbers after the year


@lru_cache(64)
def _shares(some: tuple[Line, ...], rate: float, careful: tuple[float, ...]) -> Sharing:
    bias = dict(enumerate(careful, 1))
    players = tuple(sorted({o for f in some for o in f.needs}))
    open_ = sharing.all_in(some, rate, bias)
    if len(players) > EXACT:
        return _all_in(some, rate, bias, players)
    game = sharing.may_opt_out(open_, players)
    worth = game(frozenset(players))
    best = _best(open_, players, worth)
    own = lines.net([f for f in some if f.needs <= best], rate, bias)
    rules = {"none": {o: own.get(o, 0.0) for o in players}, **_proportional(some, rate, bias, best, worth)}
    rules["shapley"] = sharing.shapley(game, players)
    if len(players) <= LAST:
        rules["nucleolus"] = sharing.nucleolus(game, players) if len(players) > 1 else {players[0]: worth} if players else {}
    made = tuple(
        _rule(name, _for(share, players), own, tuple(sharing.in_core(game, players, _for(share, players))))
        for name, share in rules.items()
    )
    return Sharing(worth, best, len(best) == len(players), True, made)


def _all_in(some: tuple[Line, ...], rate: float, bias: dict[int, float], players: tuple[str, ...]) -> Sharing:
    """Share among many: nobody may stay out, so Shapley splits each line equally among those it needs, and who would leave is not looked at."""
    own = _for(lines.net(some, rate, bias), players)
    shapley = dict.fromkeys(players, 0.0)
    for f in some:
        for o in f.needs:
            shapley[o] += lines.worth(f, rate, bias) / len(f.needs)
    total = sum(own.values())
    rules = {"none": own, **_proportional(some, rate, bias, frozenset(players), total), "shapley": shapley}
    made = tuple(_rule(name, _for(share, players), own, None) for name, share in rules.items())
    return Sharing(total, frozenset(players), True, False, made)


def _rule(name: str, share: dict[str, float], own: dict[str, float], short: tuple[tuple[Coalition, float], ...] | None) -> Rule:
    return Rule(name, share, sharing.transfers(share, own), short and tuple(s for s in short if s[1] > _NEAR))


def _for(share: dict[str, float], players: Iterable[str]) -> dict[str, float]:
    return {o: share.get(o, 0.0) for o in players}


def _proportional(
    some: Iterable[Line], rate: float, bias: dict[int, float], who: Coalition, worth: float
) -> dict[str, dict[str, float]]:  # fmt: skip
    """Share equally, by what each pays, by what each gets; whoever stays out has nothing."""
    paid, got = dict.fromkeys(sorted(who), 0.0), dict.fromkeys(sorted(who), 0.0)
    for f in some:
        if f.needs <= who:
            (paid if f.side is Side.COST else got)[f.organisation] += abs(lines.worth(f, rate, bias))
    if not who:
        return {"equal": {}, "cost": {}, "benefit": {}}
    weights = {"equal": dict.fromkeys(paid, 1.0), "cost": paid, "benefit": got}
    return {name: sharing.shared(worth, by) for name, by in weights.items()}


def _best(game: sharing.Game, players: tuple[str, ...], worth: float) -> Coalition:
    """Give the largest group that gains as much as any; nobody where nothing gains."""
    for size in range(len(players), -1, -1):
        for who in combinations(players, size):
            if game(frozenset(who)) >= worth - _NEAR:
                return frozenset(who)
    return frozenset()


def _everybody(some: tuple[Line, ...]) -> tuple[Line, ...]:
    """Give whoever is needed and has no line of its own one of nothing, so that it is counted everywhere."""
    missing = sorted({o for f in some for o in f.needs} - {f.organisation for f in some})
    return (*some, *(Line(o, Side.COST, min(f.year for f in some), 0, 0, 0) for o in missing))


def _years(some: Iterable[Line]) -> tuple[int, ...]:
    found = {f.year for f in some}
    return tuple(range(min(found), max(found) + 1)) if found else ()
