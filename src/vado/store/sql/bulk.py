"""Bulk export: rows in the order of their ids, their JSON never parsed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select

from vado.model.codec import from_plain, to_plain
from vado.model.export import ALL, Export, Only
from vado.model.original import OriginalId, PartnerId
from vado.store.sql import tables as t
from vado.store.sql.dialect import upsert
from vado.store.sql.once import parts


class SqlBulk:
    """See exchange.ports.bulk.Bulk."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def kinds(self) -> tuple[str, ...]:
        """FHIR types of which there is a fact, in order; each step leaps to the next in the index."""
        found, kind = [], ""
        while (
            kind := self._db.execute(
                select(t.fact.c.kind).where(t.fact.c.kind > kind).order_by(t.fact.c.kind).limit(1)
            ).scalar_one_or_none()
            or ""
        ):
            found.append(kind)
        return tuple(found)

    def lines(
        self, kind: str, *, after: str = "", limit: int = 5000, only: Only = ALL
    ) -> tuple[tuple[str, bytes | None], ...]:  # fmt: skip
        """Facts of a type by id."""
        f = t.fact.c
        query = (
            select(f.id, f.resource, f.received, f.confidence, f.evidence.contains('"removes"'))
            .where(f.kind == kind, f.id > after)
            .order_by(f.id)
            .limit(limit)
        )
        if only.patients is not None:
            query = query.where(f.patient.in_(only.patients))
        elif only.about_patients:
            query = query.where(f.patient.is_not(None))
        rows = [tuple(r) for r in self._db.execute(query)]
        if len(rows) == limit and rows[0][0] != rows[-1][0]:
            last = rows[-1][0]  # some of its tellings may stand on the next page
            while rows[-1][0] == last:
                rows.pop()
        elif len(rows) == limit:
            rows = [tuple(r) for r in self._db.execute(query.limit(None).where(f.id == rows[0][0]))]
        return tuple(_given(rows, only.since.astimezone(UTC).isoformat() if only.since else ""))

    def received(self, facts: Iterable[str]) -> Mapping[tuple[PartnerId, OriginalId], datetime]:
        """Say when each original came that tells one of these facts."""
        f, found = t.fact.c, {}
        for some in parts(facts):
            for r in self._db.execute(select(f.partner, f.original, f.received).distinct().where(f.id.in_(some))):
                found[PartnerId(r.partner), OriginalId(r.original)] = r.received
        return {key: datetime.fromisoformat(at) for key, at in found.items()}

    def keep_export(self, export: Export) -> None:
        """Note where an export stands."""
        row = {"begun": export.begun.isoformat(), "body": orjson.dumps(to_plain(export)).decode()}
        noted = upsert(self._db.engine, t.export).values(id=export.id, **row)
        self._db.execute(noted.on_conflict_do_update(index_elements=["id"], set_=row))

    def export(self, id_: str) -> Export | None:
        """Give one export."""
        return next(iter(self._exports(select(t.export.c.body).where(t.export.c.id == id_))), None)

    def exports(self) -> tuple[Export, ...]:
        """All exports, oldest first."""
        return tuple(self._exports(select(t.export.c.body).order_by(t.export.c.begun, t.export.c.id)))

    def forget_export(self, id_: str) -> None:
        """Drop one."""
        self._db.execute(delete(t.export).where(t.export.c.id == id_))

    def _exports(self, query: Any) -> Iterator[Export]:
        for body in self._db.execute(query).scalars():
            yield from_plain(Export, orjson.loads(body))


def _given(rows: Iterable[tuple[Any, ...]], since: str) -> Iterator[tuple[str, bytes | None]]:
    for id_, some in groupby(rows, itemgetter(0)):
        first, *more = some
        if since and all(r[2] <= since for r in (first, *more)):
            yield id_, b""
        elif more or first[3] < 1 or first[4]:
            yield id_, None
        else:
            yield id_, first[1].encode()
