"""What could not be read for a cause that may pass is read again by itself, later and later, and not for ever.

A cause that may pass is the limit of time, a reading process that ended, or a fault of ours. The original is held meanwhile, with
its issue: nothing is silent. A try is counted before it begins, so one that takes the whole process down with it is counted as well.
What is noted of an original is forgotten only in the transaction that puts its reading in force.
"""

from datetime import datetime, timedelta

from vado.exchange.ports import Exchange, Settled, Transaction
from vado.model.original import Original, State
from vado.model.reading import issue
from vado.model.traffic import Try

PASSING = frozenset(("IN-003", "IN-005", "OP-002"))
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))  # after the first reading, ...
MOST = len(WAITS) + 1  # readings in all


def note(x: Exchange, tx: Transaction, settled: Settled) -> None:
    """Note what follows from a reading that has just been settled: to try it again, to try it no more, or that all is well."""
    o = settled.original
    code = settled.issues[0].code if settled.state is State.HELD and settled.issues else ""
    if code not in PASSING:
        tx.traffic.forget_tries(o.partner, o.id)
        return
    before = tx.traffic.tried(o.partner, o.id)
    count = before.count if before else 1
    tx.traffic.try_again(Try(o.partner, o.id, count, code, _next(count, x.clock())))
    if count >= MOST:
        tx.complain(o.partner, o.id, issue("OP-001", count=count))


def begin(x: Exchange, one: Try) -> Original | None:
    """Count a try before it begins, and give what is to be read; None: it has been read meanwhile, or its partner is held."""
    now = x.clock()
    with x.store.begin() as tx:
        row = tx.row(one.partner, one.original)
        if row is None or row.state is not State.HELD:
            tx.traffic.forget_tries(one.partner, one.original)
            return None
        if any(h.partner == one.partner for h in tx.traffic.holds()):
            tx.traffic.try_again(Try(one.partner, one.original, one.count, one.code, now + WAITS[0]))
            return None
        count = one.count + 1
        tx.traffic.try_again(Try(one.partner, one.original, count, one.code, _next(count, now)))
        return row.original


def _next(count: int, now: datetime) -> datetime | None:
    return now + WAITS[count - 1] if count < MOST else None
