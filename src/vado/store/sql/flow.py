"""`tx.flow` on a database.

What changes is noted by appending, and added up by `fold` later: two who count the same at once never wait for each other, nor does
one of them fail (PostgreSQL refuses, in a transaction as strict as ours, to change a row that another has just changed).
"""

from collections import Counter
from dataclasses import astuple, fields, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, and_, case, delete, func, insert, select, union_all

from vado.exchange.flow import flows_of, grains
from vado.exchange.ports import Row, Settled, Transaction
from vado.model.codec import from_plain, to_plain
from vado.model.fact import Entry, Fact
from vado.model.flow import Flow, Grain, Heads, Monthly, Of
from vado.model.original import OriginalId, PartnerId, State
from vado.model.reading import Fidelity, Reading
from vado.model.review import WHOLE
from vado.store.sql import tables as t
from vado.store.sql.dialect import upsert
from vado.store.sql.monthly import count_months
from vado.store.sql.openings import count_openings

_KEYS = tuple(f.name for f in fields(Flow))
_F, _N = t.flow.c, t.flow_note.c
_O, _A, _L = t.original.c, t.fact.c, t.link.c
_BETWEEN = "\n"  # no partner's name holds it
_OF_FACT = and_(_O.partner == _A.partner, _O.id == _A.original)


class SqlFlow:
    """See exchange.ports.flow for what each method promises."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._noted: Counter[Flow] = Counter()

    def change(self, before: Counter[Flow], now: Counter[Flow]) -> None:
        """Note that what counted so counts otherwise now; it is written when the transaction ends, or is read."""
        self._noted.update(now)
        self._noted.subtract(before)

    def seal(self) -> None:
        """Write what was noted."""
        rows = [
            {**dict(zip(_KEYS, astuple(replace(flow, day=day)), strict=True)), "grain": int(grain), "n": n}
            for flow, n in self._noted.items() if n
            for grain, day in grains(flow)
        ]  # fmt: skip
        self._noted = Counter()
        if rows:
            self._db.execute(insert(t.flow_note), rows)

    def counted(
        self, of: Of, grain: Grain = Grain.ALL, *, since: str = "", partner: PartnerId | None = None
    ) -> tuple[tuple[Flow, int], ...]:
        """Give what was counted."""
        self.seal()

        def wanted(c: Any) -> Any:
            mine = (c.of == of.value, c.grain == int(grain), c.day >= since)
            return select(*(c[k] for k in _KEYS), c.n).where(*mine, *([c.partner == partner] if partner is not None else []))

        both = union_all(wanted(_F), wanted(_N)).subquery()
        keys = [both.c[k] for k in _KEYS]
        rows: Any = self._db.execute(select(*keys, func.sum(both.c.n)).group_by(*keys))
        found = ((Flow(Of(of_), PartnerId(p), *rest), int(n)) for of_, p, *rest, n in rows)
        return tuple(sorted((flow, n) for flow, n in found if n))

    def fold(self) -> int:
        """Add up what was noted one by one."""
        self.seal()
        notes = self._db.execute(select(t.flow_note)).all()
        sums: Counter[tuple[Any, ...]] = Counter()
        for r in notes:
            sums[(r.grain, *(getattr(r, k) for k in _KEYS))] += r.n
        names = ("grain", *_KEYS)
        for key in sorted(sums):
            row = upsert(self._db.engine, t.flow).values(**dict(zip(names, key, strict=True)), n=sums[key])
            if sums[key]:
                self._db.execute(row.on_conflict_do_update(index_elements=list(names), set_={"n": _F.n + sums[key]}))
        if notes:
            self._db.execute(delete(t.flow_note).where(_N.seq <= max(r.seq for r in notes)))
        return len(notes)

    def doubts(self) -> tuple[tuple[PartnerId, str, int], ...]:
        """Count doubts by partner and verdict."""
        two = (t.doubt.c.partner, t.doubt.c.verdict)
        rows = self._db.execute(select(*two, func.count()).group_by(*two))
        return tuple(sorted((PartnerId(partner), verdict, n) for partner, verdict, n in rows))

    def count_persons(self) -> tuple[tuple[PartnerId, int, int], ...]:
        """Count the persons each partner tells of, and those whom another tells of too."""
        told = select(_A.partner, _L.person).join_from(t.fact, t.link, _L.patient == _A.id).where(_A.kind == "Patient")
        told = told.distinct().subquery()
        each = select(told.c.person, func.count().label("partners")).group_by(told.c.person).subquery()
        joined = func.sum(case((each.c.partners > 1, 1), else_=0))
        query = select(told.c.partner, func.count(), joined).join_from(told, each, each.c.person == told.c.person)
        rows = self._db.execute(query.group_by(told.c.partner))
        return tuple(sorted((PartnerId(partner), n, int(more)) for partner, n, more in rows))

    def count_told(self) -> tuple[tuple[PartnerId, str, int, int], ...]:
        """Count the persons told about, by partner, format and fidelity."""
        keys = (_O.partner, _O.reader, _A.fidelity)
        query = select(*keys, func.count(_L.person.distinct())).join_from(t.fact, t.original, _OF_FACT)
        query = query.join(t.link, _L.patient == _A.patient).where(_A.kind.not_in(sorted((*WHOLE, "Patient"))))
        rows = self._db.execute(query.group_by(*keys))
        return tuple(sorted((PartnerId(partner), form, rung, n) for partner, form, rung, n in rows))

    def count_holdings(self) -> tuple[tuple[tuple[PartnerId, ...], int], ...]:
        """Count persons by all the partners that tell of them."""
        told = select(_A.partner, _L.person).join_from(t.fact, t.link, _L.patient == _A.id).where(_A.kind == "Patient")
        told = told.distinct().subquery()
        held = select(func.aggregate_strings(told.c.partner, _BETWEEN).label("held")).group_by(told.c.person).subquery()
        found: Counter[tuple[PartnerId, ...]] = Counter()
        for partners, n in self._db.execute(select(held.c.held, func.count()).group_by(held.c.held)):
            found[tuple(sorted(map(PartnerId, partners.split(_BETWEEN))))] += n  # a database gives them in any order
        return tuple(sorted(found.items()))

    def count_openings(self, reader: PartnerId, since: datetime) -> tuple[tuple[PartnerId, int], ...]:
        """Count persons by who told what this partner opened."""
        return count_openings(self._db, reader, since)

    def count_months(self) -> Monthly:
        """Count by month."""
        return count_months(self._db)

    def note_heads(self, heads: Heads) -> None:
        """Keep what was counted of persons."""
        said = {"body": orjson.dumps(to_plain(heads)).decode()}
        row = upsert(self._db.engine, t.heads).values(what="persons", **said)
        self._db.execute(row.on_conflict_do_update(index_elements=["what"], set_=said))

    def heads(self) -> Heads | None:
        """Give what was counted of persons last; what another version counted, and this one cannot read, is counted anew."""
        body = self._db.execute(select(t.heads.c.body)).scalar_one_or_none()
        try:
            return from_plain(Heads, orjson.loads(body)) if body else None
        except KeyError:
            return None


def so_far(tx: Transaction, partner: PartnerId, original: OriginalId) -> Counter[Flow]:
    """Give what this original adds to the counts as it stands."""
    row = tx.row(partner, original)
    if row is None:
        return Counter()
    reader = tx.read_by(partner, original) if row.reader else ""
    facts = tx.facts_from(partner, original) if row.facts else ()
    return flows_of(_settled(row, reader, facts, tx.ledger(partner, original) if reader else ()), row.state)


def standing(row: Row, state: State) -> Counter[Flow]:
    """Give where an original counts by its state alone, in this state."""
    return Counter({f: n for f, n in flows_of(_settled(row, row.reader), state).items() if f.of is Of.ORIGINALS})


def _settled(row: Row, reader: str, facts: tuple[Fact, ...] = (), ledger: tuple[Entry, ...] = ()) -> Settled:
    reading = Reading(row.original.id, reader, "", Fidelity.IMAGE, ()) if reader else None  # its name alone is counted
    return Settled(row.original, row.state, reading, facts, row.issues, ledger)
