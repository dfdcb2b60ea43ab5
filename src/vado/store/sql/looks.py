"""`tx.looks` in SQL."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from vado.store.order import Told, changed_since
from vado.store.sql import tables as t


class SqlLooks:
    """See exchange.ports.looks for what each method promises."""

    def __init__(self, connection: Connection, told: Callable[[Iterable[Any]], Iterator[Told]]) -> None:
        self._db, self._told = connection, told

    def times(self, who: str, subject: str, *, limit: int) -> tuple[datetime, ...]:
        """List when somebody read this."""
        a = t.audit.c
        mine = select(a.at).where(a.who == who, a.action == "read", a.subject == subject)
        return tuple(map(datetime.fromisoformat, self._db.execute(mine.order_by(a.seq.desc()).limit(limit)).scalars()))

    def last(self, who: str, *, limit: int, actions: Sequence[str] = ("read",)) -> tuple[tuple[str, datetime], ...]:
        """List what somebody read, or did so, each once."""
        a = t.audit.c
        mine = select(func.max(a.seq)).where(a.who == who, a.action.in_(actions)).group_by(a.subject)
        newest = select(a.subject, a.at).where(a.seq.in_(mine)).order_by(a.seq.desc()).limit(limit)
        return tuple((r.subject, datetime.fromisoformat(r.at)) for r in self._db.execute(newest))

    def told_since(self, patients: Iterable[str], since: datetime) -> frozenset[str]:
        """List facts told since, or told otherwise."""
        f, ours = t.fact.c, sorted(set(patients))
        told = select(f.id).where(f.patient.in_(ours), f.received > since.astimezone(UTC).isoformat())
        rows = self._db.execute(select(f.resource, f.evidence, f.patient, f.received).where(f.patient.in_(ours), f.id.in_(told)))
        return changed_since(self._told(rows), since)
