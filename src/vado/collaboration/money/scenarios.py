"""Agreements about money that exist elsewhere, reckoned on one's own numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from vado.collaboration.money.lines import RATE


@dataclass(frozen=True, slots=True)
class Pool:
    """What became of a fund that several paid into."""

    balance: float  # spent less paid in: plus is overspent
    borne: dict[str, float]  # what each pays more, or gets back (minus)
    uncovered: float  # overspent beyond everybody's cap: stays with whoever holds the fund until something else is agreed


def pooled(paid: Mapping[str, float], spent: float, agreed: Mapping[str, float] | None = None, cap: float | None = None) -> Pool:
    """Split what a pooled fund is over or under.

    Args:
        paid: what each paid in.
        spent: what was spent.
        agreed: weights of an agreed split; None: by what each paid in.
        cap: most that one pays more, as a share of what it paid in; None: no cap. What is over a cap moves to nobody else.
    """
    weights = paid if agreed is None else agreed
    balance, whole = spent - sum(paid.values()), sum(weights.values())
    borne = {o: balance * (weights.get(o, 0.0) / whole if whole else 1 / len(paid)) for o in paid}
    if cap is not None:
        borne = {o: min(part, cap * paid[o]) for o, part in borne.items()}
    return Pool(balance, borne, balance - sum(borne.values()))


@dataclass(frozen=True, slots=True)
class Savings:
    """A year of shared savings."""

    saving: float  # baseline less spent; under 0: it cost more
    passes: bool  # the least rate that counts was reached
    provider: float  # what those who made the saving get
    payer: float  # what stays with whoever pays; a loss is the payer's (one-sided)


def shared_savings(baseline: float, spent: float, least: float, share: float, cap: float | None = None) -> Savings:
    """Share a saving from its first penny, once it is large enough not to be chance.

    Args:
        baseline: what would have been spent, above 0.
        spent: what was.
        least: minimum saving rate, as a share of the baseline.
        share: of the saving, for those who made it.
        cap: most they get, as a share of the baseline; None: no cap.
    """
    saving = baseline - spent
    passes = saving > 0 and saving >= least * baseline - 1e-9
    provider = min(share * saving, saving if cap is None else cap * baseline) if passes else 0.0
    return Savings(saving, passes, provider, saving - provider)


@dataclass(frozen=True, slots=True)
class Bond:
    """A social impact bond: an investor pays first, a payer pays for what came of it."""

    paid: dict[int, float]  # by year, what the payer pays the investor
    investor: float  # net, as of today
    payer: float  # what outcomes save the payer less what it pays for them, as of today


def bond(  # noqa: PLR0913 - an agreement has as many terms
    invested: float, outcomes: Mapping[int, float], price: float, saved: float, cap: float, rate: float = RATE,
) -> Bond:  # fmt: skip
    """Reckon a bond.

    Args:
        invested: by the investor in year 0.
        outcomes: reached in each year.
        price: paid for one.
        saved: by the payer with one.
        cap: most that is paid in all; outcomes beyond it are free.
        rate: of discount, a year.
    """
    paid, left = dict[int, float](), cap
    for year in sorted(outcomes):
        paid[year] = min(price * outcomes[year], left)
        left -= paid[year]
    today = {year: (1 + rate) ** -year for year in outcomes}
    given = sum(paid[y] * today[y] for y in paid)
    return Bond(paid, given - invested, sum(saved * n * today[y] for y, n in outcomes.items()) - given)
