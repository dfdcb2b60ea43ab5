"""What an operator watches: how much stands where, how long it waits, what fails, and whether that is more than usual."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from vado.exchange import breaker
from vado.exchange.ports import Exchange, Row, Settled
from vado.model.original import PartnerId, State
from vado.model.traffic import PAST, Alert, Hold, Outcome, Standing, alerts, hour_of
from vado.tools.log import Level, say

_WAIT = (State.KEPT, State.WAITING, State.HELD)  # states in which something is to be done


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is watched; no patient's value."""

    standings: tuple[Standing, ...]
    oldest: Mapping[State, timedelta]  # how long the oldest original in this state waits
    behind: int  # bytes acknowledged that the store has not got yet
    doubts: int  # that wait for a person
    desk: int  # values from paper that wait for a person
    failures: Mapping[str, int]  # held originals by the code of their first issue
    retried: int  # originals that will be read again by themselves
    given_up: int  # originals that were tried too often
    holds: tuple[Hold, ...]
    tripped: tuple[PartnerId, ...]  # partners whose circuit breaker of linking is open
    alerts: tuple[Alert, ...]


def figures(x: Exchange) -> Figures:
    """Count everything that is watched."""
    now = x.clock()
    with x.store.begin() as tx:
        t = tx.traffic
        since = {state: oldest for state in _WAIT if (oldest := t.oldest(state))}
        return Figures(
            t.standings(), {state: max(now - at, timedelta()) for state, at in since.items()}, x.behind(), t.open_doubts(),
            len(tx.to_review()), t.failures(), t.tries(over=False), t.tries(over=True), t.holds(),
            tuple(p for p in sorted(x.profiles) if breaker.is_open(tx, p)), alerts(t.outcomes(hour_of(now - PAST)), now),
        )  # fmt: skip


def alerts_now(x: Exchange) -> tuple[Alert, ...]:
    """Say where more fails than is usual there."""
    now = x.clock()
    with x.store.begin() as tx:
        return alerts(tx.traffic.outcomes(hour_of(now - PAST)), now)


def outcome(settled: Settled, at: datetime) -> Outcome:
    """Count one first reading."""
    o = settled.original
    code = settled.issues[0].code if settled.state is State.HELD and settled.issues else ""
    return Outcome(o.partner, o.channel, hour_of(at), code, 1)


def say_read(row: Row) -> None:
    """Note in the log where an original stands after it was read."""
    o, code = row.original, row.issues[0].code if row.issues else ""
    level = Level.WARNING if row.state is State.HELD else Level.INFO
    say(
        "vado.read", "read", level, code=code, partner=o.partner, channel=o.channel, original=o.id, state=row.state.value,
        format=row.reader, facts=row.facts, issues=len(row.issues), bytes=o.size,
    )  # fmt: skip
