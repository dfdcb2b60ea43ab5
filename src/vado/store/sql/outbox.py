"""What goes out, in tables: `tx.outbox` on SQLite and PostgreSQL."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Select, delete, func, insert, select, update

from vado.exchange.flow import flow_of
from vado.exchange.ports.outbox import Tally
from vado.model.codec import from_plain, to_plain
from vado.model.delivery import OPEN, Change, Delivery, DeliveryState, Hold, finished
from vado.model.original import PartnerId
from vado.store.sql import tables as t
from vado.store.sql.dialect import upsert
from vado.store.sql.flow import SqlFlow

_MANY = 500  # values in one IN (...)
_WAITING = DeliveryState.WAITING.value
_D = t.delivery.c


class SqlOutbox:
    """See exchange.ports.outbox.Outbox for what each method promises."""

    def __init__(self, connection: Connection, flow: SqlFlow) -> None:
        self._db, self._flow = connection, flow

    # changes

    def changed(self, patients: Iterable[str], *, left: str = "") -> None:
        """Note that what is known of these patients changed."""
        if rows := [{"patient": p, "left": left} for p in dict.fromkeys(patients)]:
            self._db.execute(insert(t.change), rows)

    def changes(self, limit: int = 100) -> tuple[Change, ...]:
        """The oldest that nobody has dealt with."""
        rows = self._db.execute(select(t.change).order_by(t.change.c.seq).limit(limit))
        return tuple(Change(r.seq, r.patient, r.left) for r in rows)

    def forget(self, changes: Iterable[Change]) -> bool:
        """Note that these have been dealt with."""
        numbers = [c.seq for c in changes]
        gone = sum(self._db.execute(delete(t.change).where(t.change.c.seq.in_(some))).rowcount for some in _some(numbers))
        return gone == len(numbers)

    # deliveries

    def add(self, delivery: Delivery) -> None:
        """Append a delivery, and stand in line for each of its persons."""
        new = insert(t.delivery).values(**_columns(delivery), claim="").returning(_D.seq)
        seq = self._db.execute(new).scalar_one()
        self._flow.change(Counter(), Counter({flow_of(delivery): 1}))
        if delivery.state is DeliveryState.WAITING:
            self._stand(delivery, seq)

    def get(self, delivery: str) -> Delivery | None:
        """Give one delivery."""
        return next(iter(self._found(select(_D.body).where(_D.id == delivery))), None)

    def last(self, partner: PartnerId, wish: str, person: str) -> Delivery | None:
        """The newest of this wish and person that is not cancelled."""
        mine = _of(partner, wish, person).where(_D.state != DeliveryState.CANCELLED.value)
        return next(iter(self._found(mine.order_by(_D.seq.desc()).limit(1))), None)

    def still_open(self, partner: PartnerId, wish: str, person: str) -> tuple[Delivery, ...]:
        """Those waiting, failed or held that nobody is sending just now, oldest first."""
        mine = _of(partner, wish, person).where(_D.state.in_([s.value for s in OPEN]), _D.claim == "")
        return self._found(mine.order_by(_D.seq))

    def being_sent(self, partner: PartnerId, wish: str, person: str) -> tuple[Delivery, ...]:
        """Those that somebody has claimed, oldest first."""
        mine = _of(partner, wish, person).where(_D.state == _WAITING, _D.claim != "")
        return self._found(mine.order_by(_D.seq))

    def told(self, person: str) -> tuple[Delivery, ...]:
        """The newest to each wish that was sent, or may have arrived."""
        newest = select(func.max(_D.seq)).where(_D.person == person, _D.attempts > 0).group_by(_D.partner, _D.wish)
        return self._found(select(_D.body).where(_D.seq.in_(newest)).order_by(_D.partner, _D.wish))

    def claim(self, partner: PartnerId, wishes: Iterable[str], *, now: datetime, until: datetime, token: str) -> Delivery | None:
        """Take the oldest that may be sent now: only who sees it as it was takes it."""
        mine, earlier = t.lane.alias(), t.lane.alias()
        behind = (
            select(mine.c.seq)
            .join(earlier, (earlier.c.partner == mine.c.partner) & (earlier.c.wish == mine.c.wish) & (earlier.c.person == mine.c.person))
            .where(mine.c.seq == _D.seq, earlier.c.seq < mine.c.seq)
        )  # fmt: skip
        held = select(t.destination_hold.c.partner).where(
            t.destination_hold.c.partner == _D.partner, t.destination_hold.c.wish.in_(["", _D.wish])
        )
        left = select(t.change.c.seq).where(t.change.c.left == _D.person, t.change.c.left != "")
        ready = (
            select(_D.seq, _D.claim, _D.body)
            .where(_D.state == _WAITING, _D.partner == partner, _D.wish.in_(sorted(set(wishes))), _D.due <= now.isoformat())
            .where(~behind.exists(), ~held.exists(), ~left.exists())
            .order_by(_D.seq)
            .limit(1)
            .with_for_update(of=t.delivery, skip_locked=True)
        )
        row = self._db.execute(ready).first()
        if row is None:
            return None
        found = from_plain(Delivery, orjson.loads(row.body))
        taken = replace(found, attempts=found.attempts + 1, due=until)
        as_it_was = (_D.seq == row.seq, _D.claim == row.claim, _D.state == _WAITING)
        changed = self._db.execute(update(t.delivery).where(*as_it_was).values(**_columns(taken), claim=token))
        return taken if changed.rowcount == 1 else None

    def finish(self, delivery: Delivery, token: str) -> bool:
        """Write what came of a delivery that this token claimed."""
        now = self.get(delivery.id)
        return now is not None and self._write(finished(delivery, now), now.state, "", _D.claim == token)

    def change(self, delivery: Delivery, before: DeliveryState, *, claimed: bool = False) -> bool:
        """Write a delivery anew if it is in this state still and nobody, or somebody, is sending it."""
        if claimed:
            return self._write(delivery, before, _D.claim, _D.claim != "", _D.state == before.value)
        return self._write(delivery, before, "", _D.claim == "", _D.state == before.value)

    def _write(self, delivery: Delivery, before: DeliveryState, claim: Any, *as_it_was: Any) -> bool:
        written = update(t.delivery).where(_D.id == delivery.id, *as_it_was).values(**_columns(delivery), claim=claim)
        seq = self._db.execute(written.returning(_D.seq)).scalar_one_or_none()
        if seq is None:
            return False
        self._flow.change(*(Counter({flow_of(replace(delivery, state=s)): 1}) for s in (before, delivery.state)))
        self._db.execute(delete(t.lane).where(t.lane.c.seq == seq))
        if delivery.state is DeliveryState.WAITING:
            self._stand(delivery, seq)
        return True

    def _stand(self, d: Delivery, seq: int) -> None:
        self._db.execute(insert(t.lane), [{"partner": d.partner, "wish": d.wish, "person": p, "seq": seq} for p in d.lanes])

    def deliveries(  # noqa: PLR0913 - filters
        self, *, partner: str = "", wish: str = "", state: DeliveryState | None = None, person: str = "", after: str = "", limit: int = 100
    ) -> tuple[Delivery, ...]:  # fmt: skip
        """Newest first; `after` is the id of the last one seen."""
        query = select(_D.body).order_by(_D.seq.desc()).limit(limit)
        asked = ((_D.partner, partner), (_D.wish, wish), (_D.state, state.value if state else ""), (_D.person, person))
        for column, value in asked:
            query = query.where(column == value) if value else query
        if after:
            query = query.where(_D.seq < select(_D.seq).where(_D.id == after).scalar_subquery())
        return self._found(query)

    def tally(self) -> tuple[Tally, ...]:
        """Count per partner, wish and state."""
        group = (_D.partner, _D.wish, _D.state)
        rows = self._db.execute(select(*group, func.count()).group_by(*group).order_by(*group))
        return tuple((PartnerId(p), w, DeliveryState(s), n) for p, w, s, n in rows)

    def is_crowded(self, most: int) -> bool:
        """Say whether more than so many places in line are taken; no more than these are counted."""
        return len(self._db.execute(select(t.lane.c.seq).limit(most + 1)).all()) > most

    def mark_opened(self, delivery: str, at: datetime) -> bool:
        """Note when it was first opened."""
        found = self.get(delivery)
        if found is None or found.state is not DeliveryState.SENT:
            return False
        return self._write(replace(found, opened=found.opened or at), found.state, _D.claim, _D.state == DeliveryState.SENT.value)

    def _found(self, query: Select[Any]) -> tuple[Delivery, ...]:
        return tuple(from_plain(Delivery, orjson.loads(body)) for body in self._db.execute(query).scalars())

    # holds

    def hold(self, hold: Hold) -> None:
        """Let nothing go there."""
        said = {"why": hold.why, "by": hold.by, "at": hold.at.isoformat()}
        new = upsert(self._db.engine, t.destination_hold).values(partner=hold.partner, wish=hold.wish, **said)
        self._db.execute(new.on_conflict_do_update(index_elements=["partner", "wish"], set_=said))

    def release(self, partner: PartnerId, wish: str) -> bool:
        """Let it go again."""
        gone = delete(t.destination_hold).where(t.destination_hold.c.partner == partner, t.destination_hold.c.wish == wish)
        return self._db.execute(gone).rowcount == 1

    def holds(self) -> tuple[Hold, ...]:
        """What is held now, by partner and wish."""
        rows = self._db.execute(select(t.destination_hold).order_by(t.destination_hold.c.partner, t.destination_hold.c.wish))
        return tuple(Hold(PartnerId(r.partner), r.wish, r.why, r.by, datetime.fromisoformat(r.at)) for r in rows)


def _of(partner: PartnerId, wish: str, person: str) -> Select[Any]:
    return select(_D.body).where(_D.partner == partner, _D.wish == wish, _D.person == person)


def _columns(d: Delivery) -> dict[str, Any]:
    return {
        "id": d.id, "partner": d.partner, "wish": d.wish, "person": d.person, "state": d.state.value, "attempts": d.attempts,
        "due": d.due.isoformat() if d.due else "", "body": orjson.dumps(to_plain(d)).decode(),
    }  # fmt: skip


def _some(values: Sequence[int]) -> Iterator[Sequence[int]]:
    for n in range(0, len(values), _MANY):
        yield values[n : n + _MANY]
