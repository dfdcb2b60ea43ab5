"""The audit trail, numbered by its key."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from vado.exchange.ports import Audit
from vado.store.sql import tables as t
from vado.store.sql.once import parts


class SqlAccesses:
    """See exchange.ports.accesses.Accesses."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def lines(
        self, *, subjects: Iterable[str] | None = None, since: datetime | None = None, until: datetime | None = None,
        before: int | None = None, limit: int = 100,
    ) -> tuple[tuple[int, Audit], ...]:  # fmt: skip
        """Give lines, the newest first."""
        a = t.audit.c
        query = select(t.audit).order_by(a.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(a.seq < before)
        if since is not None:
            query = query.where(a.at >= since.astimezone(UTC).isoformat())
        if until is not None:
            query = query.where(a.at <= until.astimezone(UTC).isoformat())
        if subjects is None:
            return tuple(self._told(query))
        found = [line for some in parts(subjects) for line in self._told(query.where(a.subject.in_(some)))]
        return tuple(sorted(found, key=lambda line: -line[0])[:limit])

    def line(self, number: int) -> Audit | None:
        """Give one line."""
        return next((a for _, a in self._told(select(t.audit).where(t.audit.c.seq == number))), None)

    def _told(self, query: object) -> Iterator[tuple[int, Audit]]:
        for r in self._db.execute(query):  # pyright: ignore[reportArgumentType, reportCallIssue]
            yield r.seq, Audit(datetime.fromisoformat(r.at), r.who, r.action, r.subject)
