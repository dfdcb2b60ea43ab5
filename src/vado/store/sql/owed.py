"""`tx.replies` in SQL."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, Select, select

from vado.model.codec import from_plain, to_plain
from vado.model.original import PartnerId
from vado.model.said import Owed
from vado.store.sql import tables as t
from vado.store.sql.dialect import upsert
from vado.store.sql.once import parts


class SqlReplies:
    """See exchange.ports.owed for what each method promises."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def put(self, owed: Owed) -> None:
        """Add it, or replace the one with its id."""
        row = {"patient": owed.patient, "partner": owed.to, "cursor": owed.cursor, "body": orjson.dumps(to_plain(owed)).decode()}
        new = upsert(self._db.engine, t.owed).values(id=owed.id, **row)
        self._db.execute(new.on_conflict_do_update(index_elements=["id"], set_=row))

    def get(self, owed: str) -> Owed | None:
        """Give one."""
        return next(self._told(select(t.owed.c.body).where(t.owed.c.id == owed)), None)

    def of(self, patients: Iterable[str]) -> tuple[Owed, ...]:
        """List all that these patients' accounts asked."""
        found = [o for some in parts(patients) for o in self._told(select(t.owed.c.body).where(t.owed.c.patient.in_(some)))]
        return tuple(sorted(found, key=lambda o: (o.made, o.id), reverse=True))

    def owed_by(self, partner: PartnerId | None, *, after: str = "", limit: int = 100) -> tuple[Owed, ...]:
        """List what this partner has to answer."""
        o = t.owed.c
        query = select(o.body).where(o.cursor > after).order_by(o.cursor).limit(limit)
        return tuple(self._told(query if partner is None else query.where(o.partner == partner)))

    def _told(self, query: Select[Any]) -> Iterator[Owed]:
        return (from_plain(Owed, orjson.loads(body)) for body in self._db.execute(query).scalars())
