"""Costs and benefits as lines, and what they come to: for each organisation, each year, and all together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan

from vado.model.funding import Line, Side

Coalition = frozenset[str]
RATE = 0.035  # a year; HM Treasury, Green Book
BIAS = {1: 0.0, 2: 0.05, 3: 0.10, 4: 0.15, 5: 0.25, 6: 0.40}  # by confidence grade: benefits less, costs more


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


def by_year(lines: Iterable[Line], rate: float = RATE, bias: Mapping[int, float] = BIAS) -> dict[str, dict[int, float]]:
    """Give what each organisation nets in each year, as of today; years without a line are left out."""
    found: dict[str, dict[int, float]] = {}
    for line in sorted(lines, key=lambda f: (f.organisation, f.year)):
        years = found.setdefault(line.organisation, {})
        years[line.year] = years.get(line.year, 0.0) + worth(line, rate, bias)
    return found


def payback(lines: Iterable[Line], rate: float = RATE, bias: Mapping[int, float] = BIAS) -> int | None:
    """Give the first year from which on what came in covers what went out; None: it never does.

    For one organisation hand in its lines alone. Later years may cost again: the last crossing counts.
    """
    each: dict[int, float] = {}
    for line in lines:
        each[line.year] = each.get(line.year, 0.0) + worth(line, rate, bias)
    balance, since = 0.0, None
    for year in sorted(each):
        balance += each[year]
        since = (year if since is None else since) if balance >= -1e-9 else None
    return since


@dataclass(frozen=True, slots=True)
class Ratios:
    """Benefits over costs; NaN without costs. All as of today, and made careful by grade."""

    fiscal: float  # only benefits that can be cashed
    public: float  # all benefits
    cost: float
    cashable: float
    other: float  # benefits that are no money in anybody's budget: shown apart


def ratios(lines: Iterable[Line], rate: float = RATE, bias: Mapping[int, float] = BIAS) -> Ratios:
    """Give benefit-cost ratios, in the words of HM Treasury's guidance for partnerships (2014): to public budgets, and to everybody."""
    cost = cashable = other = 0.0
    for line in lines:
        value = worth(line, rate, bias)
        if line.side is Side.COST:
            cost -= value
        elif line.cashable:
            cashable += value
        else:
            other += value
    return Ratios(cashable / cost if cost else nan, (cashable + other) / cost if cost else nan, cost, cashable, other)


def borne(lines: Iterable[Line], rate: float = RATE, bias: Mapping[int, float] = BIAS) -> dict[str, tuple[float, float]]:
    """Give each organisation's share of all costs and of all benefits, 0 to 1; NaN where there are none."""
    sums: dict[str, list[float]] = {}
    for line in lines:
        sums.setdefault(line.organisation, [0.0, 0.0])[line.side is Side.BENEFIT] += abs(worth(line, rate, bias))
    cost, benefit = (sum(s[n] for s in sums.values()) for n in (0, 1))
    return {o: (c / cost if cost else nan, b / benefit if benefit else nan) for o, (c, b) in sums.items()}
