"""The search index in tables: one row a resource, and one a value by which it is found."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, Table, bindparam, delete, func, insert, select, update

from vado.exchange.ports.fhir import Touched
from vado.model.query import VISIBLE, Change, Query, Stored
from vado.store.sql import shelf_tables as t
from vado.store.sql import tables
from vado.store.sql.dialect import compiled, put, rows_of
from vado.store.sql.fhir_dated import rows
from vado.store.sql.fhir_search import STORED, Search
from vado.store.sql.once import Each, Once, parts

T = TypeVar("T")
_R, _F = t.resource.c, t.resource_former.c
_FORMER = (_F.ref, _F.number, _F.version, _F.changed, _F.state, _F.body, _F.patient)
_FOUND_BY = (t.find_token, t.find_reference, t.find_string, t.find_date, t.find_quantity, t.find_dated)
_COLUMNS = {  # in the order of an entry
    t.find_token: ("parameter", "code", "system", "number"), t.find_reference: ("parameter", "target", "number"),
    t.find_string: ("parameter", "value", "said", "number"), t.find_date: ("parameter", "low", "high", "number"),
    t.find_quantity: ("parameter", "unit", "low", "high", "number"),
    t.find_dated: ("parameter", "code", "low", "high", "number", "system"),
}  # fmt: skip
_HISTORY = ("ref", "version", "number", "kind", "changed", "state", "body", "patient")
_NEWEST = Once(lambda _: select(func.max(_R.changed)))
_KNOWN = Each(lambda some: select(_R.ref, _R.number, _R.version, _R.state, _R.digest).where(_R.ref.in_(some)))
_BY_REF = Each(lambda some: select(*STORED).where(_R.ref.in_(some)))
_BY_NUMBER = Each(lambda some: select(*STORED).where(_R.number.in_(some)))
_PATIENTS = Each(lambda some: select(tables.link.c.person, tables.link.c.patient).where(tables.link.c.person.in_(some)))
_TO_FORMER = Each(
    lambda some: insert(t.resource_former).from_select(_HISTORY, select(*(_R[c] for c in _HISTORY)).where(_R.number.in_(some)))
)
_FOUND_NO_MORE = [Each(lambda some, table=table: delete(table).where(table.c.number.in_(some))) for table in _FOUND_BY]
_ANEW = Once(lambda _: update(t.resource).where(_R.number == bindparam("at")).values({c: bindparam(c) for c in _CHANGE}))
_CHANGE = ("patient", "version", "changed", "state", "digest", "body")
_LOCK = 7_311_009  # of the clock, among PostgreSQL's advisory locks


class SqlShelf:
    """See exchange.ports.fhir.Shelf."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self.touched = Touched()
        self._planned: Search | None = None
        self._for: Query | None = None

    # writing

    def clock(self, count: int, at: int) -> int:
        """Give the first of `count` numbers in a row, later than all before."""
        if self._db.engine.dialect.name == "sqlite":  # one writer at a time: what stands there is all there is
            return max(at, 1 + (_NEWEST.one(self._db) or 0))
        self._db.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        first = func.greatest(func.nextval("resource_clock"), at)
        return self._db.execute(select(func.setval("resource_clock", first + count - 1))).scalar_one() - count + 1

    def known(self, refs: Iterable[str]) -> Mapping[str, tuple[int, int, int, int]]:
        """Give (number, version, state, digest)."""
        return {ref: (number, version, state, digest) for ref, number, version, state, digest in _KNOWN.rows(self._db, refs)}

    def put(self, changes: Sequence[Change]) -> None:
        """Put new versions on the shelf."""
        new, old = [c for c in changes if not c.number], [c for c in changes if c.number]
        if old:
            numbers = [c.number for c in old]
            for statement in (_TO_FORMER, *_FOUND_NO_MORE):
                statement.do(self._db, numbers)
            _ANEW.do_each(self._db, [_columns(c) | {"at": c.number} for c in old])
        if new:
            rows = [_columns(c) | {"number": c.changed, "ref": c.ref, "kind": c.ref.partition("/")[0]} for c in new]
            put(self._db, t.resource, tuple(rows[0]), [tuple(row.values()) for row in rows])
        self._found_by(changes)

    def _found_by(self, changes: Sequence[Change]) -> None:
        made: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in _FOUND_BY}
        for c in changes:
            number, e = c.number or c.changed, c.entries
            made[t.find_token] += [(*entry, number) for entry in e.tokens]
            made[t.find_reference] += [(*entry, number) for entry in e.references]
            made[t.find_string] += [(*entry, number) for entry in e.strings]
            made[t.find_date] += [(*entry, number) for entry in e.dates]
            made[t.find_quantity] += [(*entry, number) for entry in e.quantities]
            made[t.find_dated] += rows(e, number)
        for table, some in made.items():
            if some:
                put(self._db, table, _COLUMNS[table], some)

    def patients_of(self, persons: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Give the patients linked to each of these persons now."""
        found: dict[str, list[str]] = {}
        for person, patient in sorted(_PATIENTS.rows(self._db, persons)):
            found.setdefault(person, []).append(patient)
        return {person: tuple(patients) for person, patients in found.items()}

    def every_fact(self, after: str = "", limit: int = 1000) -> tuple[str, ...]:
        """List facts, by id."""
        f, d = tables.fact.c, tables.decision.c
        told = select(f.kind, f.id).distinct().where(f.id > after).order_by(f.id).limit(limit)
        found = {(id_, kind) for kind, id_ in self._db.execute(told)}
        decided = select(d.fact, d.body).where(d.fact > after).order_by(d.fact).limit(limit)
        found |= {(id_, orjson.loads(body)["proposed"]["resource"]["resourceType"]) for id_, body in self._db.execute(decided)}
        return tuple(f"{kind}/{id_}" for id_, kind in sorted(found)[:limit])

    def is_due(self) -> bool:
        """Say whether a migration left the index to be filled."""
        return bool(self._once("due"))

    def done(self) -> None:
        """Note that all that was received before is on the shelf."""
        self._db.execute(delete(t.due).where(t.due.c.work == "fhir"))

    # reading

    def read(self, refs: Iterable[str]) -> tuple[Stored, ...]:
        """The current version of each of these, by ref."""
        return tuple(sorted(_stored(_BY_REF.rows(self._db, refs)), key=lambda s: s.ref))

    def version(self, ref: str, version: int) -> Stored | None:
        """One version."""
        now = select(*STORED).where(_R.ref == ref, _R.version == version)
        before = select(*_FORMER).where(_F.ref == ref, _F.version == version)
        return next(iter((*self._stored(now), *self._stored(before))), None)

    def history(self, of: str, *, before: int = 0, since: int = 0, limit: int = 50) -> tuple[Stored, ...]:
        """Versions, newest first."""
        found: list[Stored] = []
        for columns, c in ((STORED, _R), (_FORMER, _F)):
            mine = c.ref == of if "/" in of else c.kind == of
            query = select(*columns).where(mine, c.changed >= since).order_by(c.changed.desc()).limit(limit)
            found += self._stored(query.where(c.changed < before) if before else query)
        return tuple(sorted(found, key=lambda s: -s.changed))[:limit]

    def latest(self) -> int:
        """The number of the newest resource."""
        return self._once("latest")[0][0] or 0

    def find(self, query: Query, *, after: int = 0, until: int, limit: int) -> tuple[Stored, ...]:
        """Resources that fit, by number."""
        return tuple(_stored(self._search(query).page(after, until, limit)))

    def ordered(self, query: Query, *, until: int, limit: int) -> tuple[int, ...]:
        """Numbers of the resources that fit, in the query's order."""
        return tuple(number for (number,) in self._search(query).ordered(until, limit))

    def numbered(self, numbers: Sequence[int]) -> tuple[Stored, ...]:
        """The current version of each of these that can still be given out."""
        found = {s.number: s for s in _stored(_BY_NUMBER.rows(self._db, numbers)) if s.state == VISIBLE}
        return tuple(found[n] for n in numbers if n in found)

    def count(self, query: Query, *, until: int, most: int = 0, state: int = VISIBLE) -> int:
        """How many fit."""
        return self._search(query).count(until, most, state)

    def _search(self, query: Query) -> Search:
        """Give how a query is answered; its pages and its total are asked for one after the other."""
        if self._planned is None or self._for is not query:
            self._planned, self._for = Search(self._db, query), query
        return self._planned

    def referred(self, numbers: Iterable[int], parameters: Iterable[int]) -> tuple[str, ...]:
        """What these resources refer to."""
        f, wanted = t.find_reference.c, sorted(set(parameters))
        return tuple(sorted({
            target
            for some in parts(numbers)
            for target in self._db.execute(select(f.target).where(f.number.in_(some), f.parameter.in_(wanted))).scalars()
        }))  # fmt: skip

    def referring(self, refs: Iterable[str], parameter: int, *, limit: int) -> tuple[Stored, ...]:
        """Resources that refer to any of these."""
        f, found = t.find_reference.c, {}
        for some in parts(refs):
            numbers = select(f.number).where(f.parameter == parameter, f.target.in_(some))
            query = select(*STORED).where(_R.number.in_(numbers), _R.state == VISIBLE).order_by(_R.number).limit(limit)
            found |= {s.number: s for s in self._stored(query)}
        return tuple(found[n] for n in sorted(found))[:limit]

    def _once(self, what: str) -> Sequence[Any]:
        """Ask what every read and search asks; these statements are built once."""
        sql, names, constants = _asked_always(self._db.engine, what)
        return rows_of(self._db, sql, tuple(constants[n] for n in names) if names is not None else constants)

    def _stored(self, query: Any) -> Iterator[Stored]:
        return _stored(self._db.execute(query))


@lru_cache
def _asked_always(engine: Engine, what: str) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
    if what == "latest":
        return compiled(engine, select(func.max(_R.number)))
    return compiled(engine, select(t.due.c.work).where(t.due.c.work == "fhir"))


def _stored(rows: Iterable[Any]) -> Iterator[Stored]:
    for ref, number, version, changed, state, body, patient in rows:
        yield Stored(ref, number, version, changed, state, bytes(body), patient)


def _columns(c: Change) -> dict[str, Any]:
    return {name: getattr(c, name) for name in _CHANGE}
