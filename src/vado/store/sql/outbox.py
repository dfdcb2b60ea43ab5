"""What goes out, in tables: `tx.outbox` on SQLite and PostgreSQL."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from zlib import compress, decompress

import orjson
from sqlalchemy import Connection, Select, and_, bindparam, delete, func, insert, or_, select, update

from vado.exchange.ports.outbox import Tally
from vado.model.codec import from_plain, to_plain
from vado.model.delivery import OPEN, Change, Delivery, DeliveryState, Hold, Manifest, finished
from vado.model.original import PartnerId
from vado.store.sql import tables as t
from vado.store.sql.dialect import put, upsert
from vado.store.sql.once import Each, Once

_WAITING = DeliveryState.WAITING.value
_D = t.delivery.c
T = TypeVar("T")


class SqlOutbox:
    """See exchange.ports.outbox.Outbox for what each method promises."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._noted: set[tuple[str, str]] = set()  # in this transaction

    # changes

    def changed(self, patients: Iterable[str], *, left: str = "") -> None:
        """Note that what is known of these patients changed."""
        if rows := [(p, left) for p in dict.fromkeys(patients) if (p, left) not in self._noted]:
            put(self._db, t.change, ("patient", "left"), rows)
            self._noted.update(rows)

    def changes(self, limit: int = 100) -> tuple[Change, ...]:
        """The oldest that nobody has dealt with."""
        rows = self._db.execute(select(t.change).order_by(t.change.c.seq).limit(limit))
        return tuple(Change(r.seq, r.patient, r.left) for r in rows)

    def forget(self, changes: Iterable[Change]) -> bool:
        """Note that these have been dealt with."""
        numbers = [c.seq for c in changes]
        self._noted.clear()
        return _FORGET.do(self._db, numbers) == len(numbers)

    # deliveries

    def add(self, delivery: Delivery) -> None:
        """Append a delivery, and stand in line for each of its persons."""
        seq = _ADD.one(self._db, **_columns(delivery), claim="")
        if delivery.state is DeliveryState.WAITING:
            self._stand(delivery, seq)

    def get(self, delivery: str) -> Delivery | None:
        """Give one delivery."""
        return next(iter(_deliveries(_GET.rows(self._db, id=delivery))), None)

    def last(self, partner: PartnerId, wish: str, person: str) -> Delivery | None:
        """The newest of this wish and person that is not cancelled."""
        return next(iter(_deliveries(_LAST.rows(self._db, partner=partner, wish=wish, person=person))), None)

    def still_open(self, partner: PartnerId, wish: str, person: str) -> tuple[Delivery, ...]:
        """Those waiting, failed or held that nobody is sending just now, oldest first."""
        return _deliveries(_STILL_OPEN.rows(self._db, partner=partner, wish=wish, person=person))

    def being_sent(self, partner: PartnerId, wish: str, person: str) -> tuple[Delivery, ...]:
        """Those that somebody has claimed, oldest first."""
        return _deliveries(_BEING_SENT.rows(self._db, partner=partner, wish=wish, person=person))

    def told(self, person: str) -> tuple[Delivery, ...]:
        """The newest to each wish that was sent, or may have arrived."""
        newest = select(func.max(_D.seq)).where(_D.person == person, _D.attempts > 0).group_by(_D.partner, _D.wish)
        return self._found(select(_D.body).where(_D.seq.in_(newest)).order_by(_D.partner, _D.wish))

    def claim(self, partner: PartnerId, wishes: Iterable[str], *, now: datetime, until: datetime, token: str) -> Delivery | None:
        """Take the oldest that may be sent now: only who sees it as it was takes it."""
        found = min(_READY.rows(self._db, wishes, partner=partner, now=now.isoformat()), default=None)
        if found is None:
            return None
        seq, claim, body = found
        waiting = from_plain(Delivery, orjson.loads(body))
        taken = replace(waiting, attempts=waiting.attempts + 1, due=until)
        changed = _CLAIM.do(self._db, of=seq, before=claim, **_columns(taken), claim=token)
        return taken if changed == 1 else None

    def finish(self, delivery: Delivery, token: str) -> bool:
        """Write what came of a delivery that this token claimed."""
        now = self.get(delivery.id)
        if now is None:
            return False
        done = finished(delivery, now)
        return self._written(done, _FINISH.one(self._db, of=done.id, by=token, **_columns(done), claim=""))

    def change(self, delivery: Delivery, before: DeliveryState, *, claimed: bool = False) -> bool:
        """Write a delivery anew if it is in this state still and nobody, or somebody, is sending it."""
        if claimed:
            return self._write(delivery, _D.claim, _D.claim != "", _D.state == before.value)
        return self._write(delivery, "", _D.claim == "", _D.state == before.value)

    def _write(self, delivery: Delivery, claim: Any, *as_it_was: Any) -> bool:
        written = update(t.delivery).where(_D.id == delivery.id, *as_it_was).values(**_columns(delivery), claim=claim)
        return self._written(delivery, self._db.execute(written.returning(_D.seq)).scalar_one_or_none())

    def _written(self, delivery: Delivery, seq: int | None) -> bool:
        if seq is None:
            return False
        _LEAVE_LANE.do(self._db, seq=seq)
        if delivery.state is DeliveryState.WAITING:
            self._stand(delivery, seq)
        return True

    def _stand(self, d: Delivery, seq: int) -> None:
        if d.lanes:
            put(self._db, t.lane, ("partner", "wish", "person", "seq"), [(d.partner, d.wish, p, seq) for p in d.lanes])

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
        return self._write(replace(found, opened=found.opened or at), _D.claim, _D.state == DeliveryState.SENT.value)

    def _found(self, query: Select[Any]) -> tuple[Delivery, ...]:
        return _deliveries(self._db.execute(query))

    # what deliveries hold

    def note(self, delivery: str, manifests: Iterable[Manifest]) -> None:
        """Note which facts of whom a delivery holds."""
        if rows := [{"delivery": delivery, "person": m.person, "body": _packed(m)} for m in manifests]:
            self._db.execute(insert(t.manifest), rows)

    def manifests(self, delivery: str) -> tuple[Manifest, ...]:
        """What was noted of a delivery, by person."""
        rows = self._db.execute(select(t.manifest.c.body).where(t.manifest.c.delivery == delivery).order_by(t.manifest.c.person))
        return tuple(_unpacked(body) for body in rows.scalars())

    def holding(self, persons: Iterable[str]) -> tuple[tuple[Delivery, Manifest], ...]:
        """The deliveries that hold facts of one of these persons."""
        found: list[tuple[int, Delivery, Manifest]] = []
        for seq, body, held in _HOLDING.rows(self._db, persons):
            found.append((seq, from_plain(Delivery, orjson.loads(body)), _unpacked(held)))
        return tuple((d, m) for _, d, m in sorted(found, key=lambda one: (one[0], one[2].person)))

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


def _of(*more: Any) -> Select[Any]:
    mine = (_D.partner == bindparam("partner"), _D.wish == bindparam("wish"), _D.person == bindparam("person"))
    return select(_D.body).where(*mine, *more)


def _ready(wishes: list[Any]) -> Any:
    """The oldest that waits and is due, is not held, has nothing before it in any of its lanes, and nobody's patient has left."""
    mine, earlier, hold = t.lane.alias(), t.lane.alias(), t.destination_hold.c
    same = (earlier.c.partner == mine.c.partner, earlier.c.wish == mine.c.wish, earlier.c.person == mine.c.person)
    behind = select(mine.c.seq).join(earlier, and_(*same)).where(mine.c.seq == _D.seq, earlier.c.seq < mine.c.seq)
    held = select(hold.partner).where(hold.partner == _D.partner, hold.wish.in_(["", _D.wish]))
    left = select(t.change.c.seq).where(t.change.c.left == _D.person, t.change.c.left != "")
    due = (_D.state == _WAITING, _D.partner == bindparam("partner"), _D.wish.in_(wishes), _D.due <= bindparam("now"))
    ready = select(_D.seq, _D.claim, _D.body).where(*due, ~behind.exists(), ~held.exists(), ~left.exists())
    return ready.order_by(_D.seq).limit(1).with_for_update(of=t.delivery, skip_locked=True)


_ANEW = {c.name: bindparam(c.name) for c in _D if c.name != "seq"}
_FORGET = Each(lambda some: delete(t.change).where(t.change.c.seq.in_(some)))
_ADD = Once(lambda _: insert(t.delivery).values(_ANEW).returning(_D.seq))
_HOLDING = Each(
    lambda some: (
        select(_D.seq, _D.body, t.manifest.c.body)
        .join(t.manifest, t.manifest.c.delivery == _D.id)
        .where(t.manifest.c.person.in_(some))
    )
)
_GET = Once(lambda _: select(_D.body).where(_D.id == bindparam("id")))
_LAST = Once(lambda _: _of(_D.state != DeliveryState.CANCELLED.value).order_by(_D.seq.desc()).limit(1))
_STILL_OPEN = Once(lambda _: _of(or_(*(_D.state == s.value for s in OPEN)), _D.claim == "").order_by(_D.seq))
_BEING_SENT = Once(lambda _: _of(_D.state == _WAITING, _D.claim != "").order_by(_D.seq))
_READY = Each(_ready)
_AS_IT_WAS = (_D.seq == bindparam("of"), _D.claim == bindparam("before"), _D.state == _WAITING)
_CLAIM = Once(lambda _: update(t.delivery).where(*_AS_IT_WAS).values(_ANEW))
_MINE = (_D.id == bindparam("of"), _D.claim == bindparam("by"))
_FINISH = Once(lambda _: update(t.delivery).where(*_MINE).values(_ANEW).returning(_D.seq))
_LEAVE_LANE = Once(lambda _: delete(t.lane).where(t.lane.c.seq == bindparam("seq")))


def _deliveries(rows: Iterable[Any]) -> tuple[Delivery, ...]:
    return tuple(from_plain(Delivery, orjson.loads(body)) for (body,) in rows)


def _columns(d: Delivery) -> dict[str, Any]:
    return {
        "id": d.id, "partner": d.partner, "wish": d.wish, "person": d.person, "state": d.state.value, "attempts": d.attempts,
        "due": d.due.isoformat() if d.due else "", "body": orjson.dumps(to_plain(d)).decode(),
    }  # fmt: skip


def _packed(manifest: Manifest) -> bytes:
    return compress(orjson.dumps(to_plain(manifest)), 1)


def _unpacked(body: bytes) -> Manifest:
    return from_plain(Manifest, orjson.loads(decompress(body)))
