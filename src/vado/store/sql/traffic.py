"""`tx.traffic` on a database."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, and_, delete, func, insert, select, update

from vado.model.codec import from_plain
from vado.model.original import OriginalId, PartnerId, State
from vado.model.person import Doubt
from vado.model.traffic import Hold, Outcome, Standing, Try
from vado.store.sql import asked as q
from vado.store.sql import tables as t
from vado.store.sql.dialect import upsert

_H, _T, _C, _O = t.hold.c, t.again.c, t.outcome.c, t.original.c


class SqlTraffic:
    """See exchange.ports.traffic for what each method promises."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def hold(self, hold: Hold) -> bool:
        """Put a hold in force; False: it is held already."""
        if self._db.execute(select(_H.seq).where(_H.partner == hold.partner, _H.released == "")).first():
            return False
        row = {"partner": hold.partner, "reason": hold.reason, "by": hold.by, "at": hold.at.isoformat()}
        self._db.execute(insert(t.hold).values(**row, released="", released_by=""))
        return True

    def release(self, partner: PartnerId, by: str, at: datetime) -> None:
        """End the hold of this partner."""
        mine = update(t.hold).where(_H.partner == partner, _H.released == "")
        self._db.execute(mine.values(released=at.isoformat(), released_by=by))

    def holds(self, *, past: bool = False) -> tuple[Hold, ...]:
        """The holds in force, or all that ever were."""
        rows = self._db.execute(select(t.hold).order_by(_H.seq)) if past else q.HOLDS.rows(self._db)
        return tuple(
            Hold(PartnerId(partner), reason, by, datetime.fromisoformat(at), released_by, _time(released))
            for _, partner, reason, by, at, released, released_by in rows
        )

    def try_again(self, one: Try) -> None:
        """Note when an original is read again."""
        said = {"count": one.count, "code": one.code, "due": one.due.isoformat() if one.due else ""}
        row = upsert(self._db.engine, t.again).values(partner=one.partner, original=one.original, **said)
        self._db.execute(row.on_conflict_do_update(index_elements=["partner", "original"], set_=said))

    def tried(self, partner: PartnerId, original: OriginalId) -> Try | None:
        """Give what was noted of an original."""
        row = self._db.execute(select(t.again).where(_T.partner == partner, _T.original == original)).first()
        return _try(row) if row else None

    def forget_tries(self, partner: PartnerId, original: OriginalId) -> None:
        """Nothing is tried again."""
        self._db.execute(delete(t.again).where(_T.partner == partner, _T.original == original))

    def due(self, now: datetime, limit: int = 100) -> tuple[Try, ...]:
        """What is to be read again by now."""
        query = select(t.again).where(_T.due != "", _T.due <= now.isoformat()).order_by(_T.due, _T.partner, _T.original)
        return tuple(map(_try, self._db.execute(query.limit(limit))))

    def tries(self, *, over: bool) -> int:
        """Count what will be tried again, or no more."""
        return self._db.execute(select(func.count()).where((_T.due == "") if over else (_T.due != ""))).scalar_one()

    def count(self, outcomes: Iterable[Outcome]) -> None:
        """Add to what became of first readings."""
        sums: Counter[tuple[str, ...]] = Counter()
        for o in outcomes:
            sums[(o.partner, o.channel, o.hour, o.code)] += o.count
        # in one order, so that two who count at once do not wait for each other
        rows = [
            {"partner": p, "channel": c, "hour": h, "code": code, "count": sums[p, c, h, code]} for p, c, h, code in sorted(sums)
        ]
        if rows:
            q.COUNT.do_each(self._db, rows)

    def outcomes(self, since: str = "") -> tuple[Outcome, ...]:
        """What became of first readings from this hour on."""
        query = select(_C.partner, _C.channel, _C.hour, _C.code, _C["count"]).where(_C.hour >= since)
        rows = self._db.execute(query.order_by(_C.partner, _C.channel, _C.hour, _C.code))
        return tuple(Outcome(PartnerId(partner), channel, hour, code, n) for partner, channel, hour, code, n in rows)

    def standings(self) -> tuple[Standing, ...]:
        """Count originals by partner, format and state."""
        three = (_O.partner, _O.reader, _O.state)
        rows = self._db.execute(select(*three, func.count()).group_by(*three).order_by(*three))
        return tuple(Standing(PartnerId(partner), reader, State(state), n) for partner, reader, state, n in rows)

    def oldest(self, state: State) -> datetime | None:
        """When the oldest original in this state was received."""
        query = select(_O.received).where(_O.state == state.value).order_by(_O.cursor).limit(1)
        return _time(self._db.execute(query).scalar() or "")

    def open_doubts(self) -> int:
        """Count the doubts that wait for a person."""
        return self._db.execute(select(func.count()).where(t.doubt.c.verdict == "")).scalar_one()

    def doubts_from(self, partner: PartnerId, original: OriginalId) -> tuple[Doubt, ...]:
        """The doubts that this original raised."""
        d = t.doubt.c
        mine = select(d.body, d.verdict, d.by).where(d.partner == partner, d.original == original).order_by(d.at, d.id)
        rows = self._db.execute(mine)
        return tuple(replace(from_plain(Doubt, orjson.loads(body)), verdict=verdict, by=by) for body, verdict, by in rows)

    def failures(self) -> dict[str, int]:
        """Count the originals that are held now, by the code of their first issue."""
        held = self._db.execute(select(_O.issues).where(and_(_O.state == State.HELD.value, _O.issues != "[]"))).scalars()
        return dict(sorted(Counter(orjson.loads(issues)[0]["code"] for issues in held).items()))


def _try(r: Any) -> Try:
    partner, original, count, code, due = r
    return Try(PartnerId(partner), OriginalId(original), count, code, _time(due))


def _time(said: str) -> datetime | None:
    return datetime.fromisoformat(said) if said else None
