"""Hold a partner: what it sends is kept and acknowledged as ever, and nothing of it is read until an operator releases it.

A release reads what waits, in the order in which it came, and only then ends the hold: what arrives meanwhile waits behind it, so a
merge is never overtaken. A release that is stopped in the middle leaves the hold in force, and can be asked for again.
"""

from collections.abc import Iterator
from itertools import islice

from vado.errors import VadoError
from vado.exchange.ports import Audit, Exchange, Row
from vado.exchange.receive import TOGETHER, work
from vado.exchange.rows import Which, chosen
from vado.model.original import PartnerId, State
from vado.model.record import Viewer
from vado.model.traffic import Hold


def hold(x: Exchange, partner: PartnerId, reason: str, viewer: Viewer) -> None:
    """Let nothing of this partner be read from now on.

    Raises:
        VadoError: OP-003, it is held already. OP-004, no reason is given.
    """
    if not reason.strip():
        raise VadoError("OP-004")
    with x.store.begin() as tx:
        if not tx.traffic.hold(Hold(partner, reason.strip(), viewer.name, x.clock())):
            raise VadoError("OP-003", partner=partner)
        tx.audit(Audit(x.clock(), viewer.name, "hold-partner", _subject(partner)))


def release(x: Exchange, partner: PartnerId, viewer: Viewer) -> Iterator[Row]:
    """Read what waits of this partner, then end its hold; give each row as it is settled.

    Raises:
        VadoError: OP-005, it is not held.
    """
    with x.store.begin() as tx:
        if all(h.partner != partner for h in tx.traffic.holds()):
            raise VadoError("OP-005", partner=partner)
        tx.audit(Audit(x.clock(), viewer.name, "release-partner", _subject(partner)))
    held = True
    while held:
        yield from _read(x, partner)
        with x.store.begin() as tx:
            held = bool(tx.rows(state=State.KEPT, partner=partner, limit=1))
            if not held:
                tx.traffic.release(partner, viewer.name, x.clock())
    yield from _read(x, partner)  # what another process kept at the very moment


def holds(x: Exchange, *, past: bool = False) -> tuple[Hold, ...]:
    """List who is held, with why, by whom and since when; with `past` all that ever were."""
    with x.store.begin() as tx:
        return tx.traffic.holds(past=past)


def waiting(x: Exchange, partner: PartnerId) -> int:
    """Count what of a partner is kept and not read."""
    with x.store.begin() as tx:
        return sum(s.count for s in tx.traffic.standings() if s.partner == partner and s.state is State.KEPT)


def _read(x: Exchange, partner: PartnerId) -> Iterator[Row]:
    rows = chosen(x, Which(partner=partner, states=frozenset((State.KEPT,))))
    while some := list(islice(rows, TOGETHER)):
        yield from work(x, [row.original for row in some], releasing=partner)


def _subject(partner: PartnerId) -> str:
    return f"hold:{partner}"  # not 'partner:', where the circuit breaker looks
