"""The audit trail in SQL: a chain of hashes that stays one chain whoever writes at the same time.

What a transaction notes is kept until its end, and chained and written as its last act, one transaction at a time: SQLite has one
writer anyway; PostgreSQL takes a lock of its own that is let go by the commit. So no row is ever there without its hash, and
nobody waits for anybody but during the last moment.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, create_engine, func, select

from vado.exchange.ports.trail import Audit, Sealed, sealed
from vado.store.sql import asked as q
from vado.store.sql import tables as t
from vado.store.sql.dialect import put
from vado.store.sql.once import parts

_LOCK = 0x5661_646F_0001  # of PostgreSQL, for all who write to this database's trail
_ROW = ("at", "who", "action", "subject", "hash")


class Heads:
    """Tells the newest committed row of a trail, whatever the transaction that asks had seen when it began."""

    def __init__(self, engine: Engine) -> None:
        self._other = None
        if engine.dialect.name == "postgresql":  # whoever writes holds the lock, so one connection is enough
            self._other = create_engine(engine.url, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0, pool_pre_ping=True)

    @contextmanager
    def of(self, connection: Connection) -> Iterator[Connection]:
        """Wait until nobody else writes to the trail; give the connection to read its head with."""
        if self._other is None:
            yield connection
            return
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        with self._other.connect() as fresh:
            yield fresh

    def close(self) -> None:
        """Let go of connections."""
        if self._other is not None:
            self._other.dispose()


class SqlTrail:
    """See exchange.ports.trail for what each method promises."""

    def __init__(self, connection: Connection, heads: Heads) -> None:
        self._db, self._heads = connection, heads
        self._new: list[Audit] = []

    def note(self, event: Audit) -> None:
        """Write to the trail when the transaction ends."""
        self._new.append(event)

    def seal(self) -> None:
        """Chain what was noted. The last act of a transaction."""
        if not self._new:
            return
        with self._heads.of(self._db) as fresh:
            before = q.LAST_AUDIT.one(fresh) or ""
        rows: list[tuple[str, ...]] = []
        for event in self._new:
            before = sealed(before, event)
            rows.append((event.at.isoformat(), event.who, event.action, event.subject, before))
        self._new = []
        put(self._db, t.audit, _ROW, rows)

    def newest(self, subject: str, limit: int) -> tuple[Audit, ...]:
        """List what was noted, in this transaction too, newest first."""
        mine = tuple(a for a in reversed(self._new) if subject in ("", a.subject))[:limit]
        if subject:
            before = map(_sealed, q.AUDITS.rows(self._db, subject=subject, most=limit - len(mine)))
        else:
            before = self._rows(select(t.audit).order_by(t.audit.c.seq.desc()).limit(limit - len(mine)))
        return (*mine, *(s.event for s in before))

    def head(self) -> Sealed | None:
        """Give the newest row."""
        found = self._rows(select(t.audit).order_by(t.audit.c.seq.desc()).limit(1))
        return found[0] if found else None

    def rows(self, after: int = 0, limit: int = 1000) -> tuple[Sealed, ...]:
        """List rows in their order."""
        return self._rows(select(t.audit).where(t.audit.c.seq > after).order_by(t.audit.c.seq).limit(limit))

    def at(self, seq: int) -> Sealed | None:
        """Give one row."""
        found = self._rows(select(t.audit).where(t.audit.c.seq == seq))
        return found[0] if found else None

    def about(self, subjects: Iterable[str], *, limit: int = 1000) -> tuple[Audit, ...]:
        """List what was done to or seen of any of these, newest first."""
        found: list[Sealed] = []
        for some in parts(subjects):
            mine = select(t.audit).where(t.audit.c.subject.in_(some))
            found += self._rows(mine.order_by(t.audit.c.seq.desc()).limit(limit))
        return tuple(s.event for s in sorted(found, key=lambda s: s.seq, reverse=True)[:limit])

    def _rows(self, query: Select[Any]) -> tuple[Sealed, ...]:
        return tuple(_sealed(r) for r in self._db.execute(query))


def _sealed(r: Any) -> Sealed:
    seq, at, who, action, subject, hash_ = r
    return Sealed(seq, Audit(datetime.fromisoformat(at), who, action, subject), hash_)
