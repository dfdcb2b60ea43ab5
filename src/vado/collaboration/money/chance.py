"""What lines may come to, when each is a range: many draws, who may lose, and which line matters most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

from vado.collaboration.money.lines import BIAS, RATE, worth
from vado.model.funding import Line

Draws = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chances:
    """What many draws say."""

    organisations: tuple[str, ...]
    nets: Draws  # (draws, organisations)
    years: tuple[int, ...] = ()
    balances: Draws = field(default_factory=lambda: np.zeros((0, 0)))  # (draws, years): all together, up to and with each year

    def spread(self, one: str) -> tuple[float, float, float]:
        """Give the net position under which one ends in 10, 50 and 90 of 100 draws."""
        return _spread(self.nets[:, self.organisations.index(one)])

    def total(self) -> tuple[float, float, float]:
        """Give the same for all together."""
        return _spread(self.nets.sum(axis=1))

    def loses(self, one: str) -> float:
        """Give the chance that one ends below nothing."""
        return float(np.mean(self.nets[:, self.organisations.index(one)] < 0))

    def total_loses(self) -> float:
        """Give the chance that all together end below nothing."""
        return float(np.mean(self.nets.sum(axis=1) < 0))

    def paid_back(self) -> dict[int, float]:
        """Give for each year the chance that by its end what came in covers what went out, all together."""
        return {year: float(np.mean(self.balances[:, n] >= -1e-9)) for n, year in enumerate(self.years)}


def _spread(values: Draws) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, [10, 50, 90])
    return float(low), float(middle), float(high)


def simulate(  # noqa: PLR0913 - each is a choice of whoever asks
    lines: Sequence[Line], chance: np.random.Generator, draws: int = 10_000, *, pert: bool = False,
    rate: float = RATE, bias: Mapping[int, float] = BIAS, alike: float | Draws = 0.0,
) -> Chances:  # fmt: skip
    """Draw every line from its triangle (or PERT) of low, mode and high.

    Args:
        lines: costs and benefits.
        chance: seeded by whoever asks.
        draws: how many.
        pert: draw from PERT instead of triangles.
        rate: of discount, a year.
        bias: by confidence grade.
        alike: rank correlation (Spearman) of any two lines, or a matrix of them in the order of `lines`; 0: each by itself.
    """
    names = tuple(sorted({line.organisation for line in lines}))
    years = tuple(sorted({line.year for line in lines}))
    nets, each = np.zeros((draws, len(names))), np.zeros((draws, len(years)))
    ranks = _ranks(len(lines), chance, draws, alike) if np.any(np.asarray(alike)) else None
    for n, line in enumerate(lines):
        amount = drawn(line, chance, draws, pert=pert) if ranks is None else at_rank(line, ranks[:, n], pert=pert)
        value = amount * worth(line, rate, bias, 1.0)
        nets[:, names.index(line.organisation)] += value
        each[:, years.index(line.year)] += value
    return Chances(names, nets, years, each.cumsum(axis=1))


def drawn(line: Line, chance: np.random.Generator, draws: int, *, pert: bool = False) -> Draws:
    """Draw amounts of a line. PERT: a beta with mean (low + 4 mode + high) / 6 (Malcolm et al. 1959)."""
    if line.high <= line.low:
        return np.full(draws, line.mode)
    if not pert:
        return chance.triangular(line.low, line.mode, line.high, draws)
    return line.low + (line.high - line.low) * chance.beta(*_pert(line), draws)


def at_rank(line: Line, ranks: Draws, *, pert: bool = False) -> Draws:
    """Give the amounts of a line below which it stays with these chances, 0 to 1."""
    reach = line.high - line.low
    if reach <= 0:
        return np.full(len(ranks), line.mode)
    if pert:
        return line.low + reach * beta.ppf(ranks, *_pert(line))
    bend = (line.mode - line.low) / reach
    up = np.sqrt(ranks * bend)
    return line.low + reach * np.where(ranks < bend, up, 1 - np.sqrt((1 - ranks) * (1 - bend)))


def _pert(line: Line) -> tuple[float, float]:
    reach = line.high - line.low
    return 1 + 4 * (line.mode - line.low) / reach, 1 + 4 * (line.high - line.mode) / reach


def _ranks(lines: int, chance: np.random.Generator, draws: int, alike: float | Draws) -> Draws:
    """Draw ranks that go together as asked: normal values whose Pearson correlation 2 sin(pi r / 6) gives Spearman's r.

    Correlations that no lines can have together are brought to the nearest that can (negative eigenvalues are 0).
    """
    asked = np.full((lines, lines), alike) if np.isscalar(alike) else np.asarray(alike, float)
    wanted = 2 * np.sin(np.pi * asked / 6)
    np.fill_diagonal(wanted, 1.0)
    values, vectors = np.linalg.eigh(wanted)
    root = vectors * np.sqrt(np.maximum(values, 0))
    root /= np.sqrt((root**2).sum(axis=1, keepdims=True))
    return norm.cdf(chance.standard_normal((draws, lines)) @ root.T)


@dataclass(frozen=True, slots=True)
class Swing:
    """How far one line moves the total, all others as likely."""

    line: Line
    low: float  # total when the line is at its low amount
    high: float  # at its high

    @property
    def width(self) -> float:
        """Give how far apart the two are."""
        return abs(self.high - self.low)


def tornado(lines: Sequence[Line], rate: float = RATE, bias: Mapping[int, float] = BIAS, of: str | None = None) -> list[Swing]:
    """List lines by how far each alone moves the total, or the net position `of` one organisation, widest first."""
    counted = [line for line in lines if of in (None, line.organisation)]
    middle = sum(worth(line, rate, bias) for line in counted)
    swings = []
    for line in counted:
        without = middle - worth(line, rate, bias)
        swings.append(Swing(line, without + worth(line, rate, bias, line.low), without + worth(line, rate, bias, line.high)))
    return sorted(swings, key=lambda s: -s.width)
