"""What an operator sees of what comes in: who is held, what is tried again, how much fails, and whether that is more than usual."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, lgamma

from vado.model.original import OriginalId, PartnerId, State

PAST = timedelta(days=28)  # what is usual of a partner is what it was in these days
RECENT = timedelta(hours=2)  # the hour that runs and the one before it are judged
FEWEST = 5  # failures below which nothing is said
RARE = 0.001  # chance below which so many failures are no accident
_FAILED, _READ = 1.0, 19.0  # what is taken for seen of a partner who has sent little: one in twenty fails


@dataclass(frozen=True, slots=True)
class Hold:
    """A partner whose originals are kept and acknowledged, and not read until it is released."""

    partner: PartnerId
    reason: str  # an operator's words
    by: str
    at: datetime  # aware, UTC
    released_by: str = ""  # "" while it is in force
    released: datetime | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """An original whose reading failed for a cause that may pass."""

    partner: PartnerId
    original: OriginalId
    count: int  # readings begun so far
    code: str  # of the last failure
    due: datetime | None  # when it is read again; aware, UTC; None: no more


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of first readings of one partner and channel in one hour."""

    partner: PartnerId
    channel: str
    hour: str  # '2026-11-27T22', UTC
    code: str  # why they could not be read; "" for those that were
    count: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many originals of one partner and format stand where."""

    partner: PartnerId
    format: str  # reader name, "" when none has read it
    state: State
    count: int


@dataclass(frozen=True, slots=True)
class Alert:
    """Of one partner and channel more fails than is usual."""

    partner: PartnerId
    channel: str
    failed: int  # in RECENT
    of: int
    usual: float  # share that failed in PAST, 0..1
    chance: float  # of so many failures or more, if nothing had changed


def hour_of(at: datetime) -> str:
    """Name the hour in which something is counted."""
    return at.isoformat()[:13]


def alerts(outcomes: Iterable[Outcome], now: datetime) -> tuple[Alert, ...]:
    """Say where more fails than usual: at least FEWEST, and so many by chance less often than RARE; by partner and channel.

    Args:
        outcomes: what was counted in PAST and since.
        now: aware, UTC.
    """
    since, begin = hour_of(now - RECENT + timedelta(hours=1)), hour_of(now - PAST)
    sums: dict[tuple[PartnerId, str], list[int]] = {}  # failed and all of now, failed and all of before
    for o in outcomes:
        if o.hour >= begin:
            four = sums.setdefault((o.partner, o.channel), [0, 0, 0, 0])
            at = 0 if o.hour >= since else 2
            four[at] += o.count if o.code else 0
            four[at + 1] += o.count
    found: list[Alert] = []
    for (partner, channel), (failed, of, failed_before, before) in sorted(sums.items()):
        chance = tail(failed, of, failed_before, before)
        if failed >= FEWEST and chance < RARE:
            found.append(Alert(partner, channel, failed, of, failed_before / before if before else 0.0, chance))
    return tuple(found)


def tail(failed: int, of: int, failed_before: int, before: int) -> float:
    """Give the chance that `failed` or more of `of` fail, when `failed_before` of `before` did: beta-binomial, so little is known of few.

    Source: Gelman et al., Bayesian Data Analysis, 3rd edition, 2.3 to 2.4 (posterior prediction of a binomial with a beta prior).
    """
    if failed <= 0:
        return 1.0
    a, b = failed_before + _FAILED, before - failed_before + _READ
    if failed > a / (a + b) * of:
        return min(1.0, _up(failed, of, a, b))
    return max(0.0, 1.0 - _up(of - failed + 1, of, b, a))  # more were to be expected: so few as not to fail are added up instead


def _up(k: int, of: int, a: float, b: float) -> float:
    """Add up the chances of k, k + 1 ... `of`; k lies beyond the mean, where each is smaller than the one before."""
    if k > of:
        return 0.0
    term = exp(_log_choose(of, k) + _log_beta(k + a, of - k + b) - _log_beta(a, b))
    total = term
    while k < of and term > total * 1e-15:
        term *= (of - k) * (k + a) / ((k + 1) * (of - k - 1 + b))
        total, k = total + term, k + 1
    return total


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
