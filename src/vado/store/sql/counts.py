"""Counts for `vado status` and `vado ladder`, by the database."""

from collections import defaultdict
from typing import Any

import orjson
from sqlalchemy import Connection, and_, func, select

from vado.exchange.ports import Count, Rung
from vado.model.original import PartnerId
from vado.model.review import WHOLE
from vado.store.sql import asked as q
from vado.store.sql import tables as t

Group = tuple[str, str]  # partner, reader


def count(db: Connection) -> tuple[Count, ...]:
    """Count originals, states, facts per fidelity, issues, ends, persons and open doubts."""
    states, fidelity, ends = _states(db), _fidelity(db), _ends(db)
    persons, doubts = _persons(db), _doubts(db)
    lines: list[Count] = []
    for group in sorted(states):
        sums, issues = ends[group]
        lines.append(
            Count(
                PartnerId(group[0]), group[1], sum(states[group].values()), dict(sorted(states[group].items())),
                dict(sorted(fidelity[group].items())), issues, dict(sorted(sums.items())),
                persons.get(group, 0), doubts.get(group, 0),
            )
        )  # fmt: skip
    return tuple(lines)


_O = t.original.c
_OF_FACT = and_(_O.partner == t.fact.c.partner, _O.id == t.fact.c.original)
_VALUE = and_(t.fact.c.patient.is_not(None), t.fact.c.kind.not_in(sorted((*WHOLE, "Patient"))))  # told of somebody


def rungs(db: Connection) -> tuple[Rung, ...]:
    """Count what is told of people, value by value, per partner, format, month received and fidelity."""
    columns = (_O.partner, _O.reader, func.substr(t.fact.c.received, 1, 7).label("month"), t.fact.c.fidelity)
    told = select(*columns).join_from(t.fact, t.original, _OF_FACT).where(_VALUE).subquery()
    query = select(*told.c, func.count().label("n")).group_by(*told.c)
    found = (Rung(PartnerId(r.partner), r.reader, r.month, r.fidelity, r.n) for r in db.execute(query))
    return tuple(sorted(found, key=_in_order))


def people_on(db: Connection, partner: str, reader: str, fidelity: int) -> int:
    """Count the persons told about in this format at this fidelity."""
    query = select(func.count(t.link.c.person.distinct())).join_from(t.fact, t.original, _OF_FACT)
    query = query.join(t.link, t.link.c.patient == t.fact.c.patient)
    return db.execute(query.where(_VALUE, _O.partner == partner, _O.reader == reader, t.fact.c.fidelity == fidelity)).scalar_one()


def _in_order(rung: Rung) -> tuple[str, str, str, int]:
    return rung.partner, rung.format, rung.month, rung.fidelity


def _states(db: Connection) -> dict[Group, dict[str, int]]:
    found: dict[Group, dict[str, int]] = defaultdict(dict)
    query = select(_O.partner, _O.reader, _O.state, func.count()).group_by(_O.partner, _O.reader, _O.state)
    for partner, reader, state, n in db.execute(query):
        found[(partner, reader)][state] = n
    return found


def _fidelity(db: Connection) -> dict[Group, dict[int, int]]:
    found: dict[Group, dict[int, int]] = defaultdict(dict)
    columns = (_O.partner, _O.reader, t.fact.c.fidelity)
    for partner, reader, rung, n in db.execute(
        select(*columns, func.count()).join_from(t.fact, t.original, _OF_FACT).group_by(*columns)
    ):
        found[(partner, reader)][rung] = n
    return found


def _ends(db: Connection) -> dict[Group, tuple[dict[str, int], int]]:
    found: dict[Group, tuple[dict[str, int], int]] = defaultdict(lambda: ({}, 0))
    for partner, reader, ends, issues in db.execute(select(_O.partner, _O.reader, _O.ends, _O.issues)):
        sums, n = found[(partner, reader)]
        for end, times in orjson.loads(ends).items():
            sums[end] = sums.get(end, 0) + times
        found[(partner, reader)] = (sums, n + len(orjson.loads(issues)))
    return found


def _persons(db: Connection) -> dict[Group, int]:
    query = (
        select(_O.partner, _O.reader, func.count(t.link.c.person.distinct()))
        .join_from(t.fact, t.original, _OF_FACT)
        .join(t.link, t.link.c.patient == t.fact.c.id)
        .where(t.fact.c.kind == "Patient")
        .group_by(_O.partner, _O.reader)
    )
    return {(partner, reader): n for partner, reader, n in db.execute(query)}


def _doubts(db: Connection) -> dict[Group, int]:
    mine = and_(_O.partner == t.doubt.c.partner, _O.id == t.doubt.c.original)
    query: Any = select(_O.partner, _O.reader, func.count()).join_from(t.doubt, t.original, mine)
    query = query.where(t.doubt.c.verdict == "").group_by(_O.partner, _O.reader)
    return {(r.partner, r.reader): r[-1] for r in db.execute(query)}


def count_feed(db: Connection, partner: PartnerId, day: str, arrived: int, joined: int) -> None:
    """Add to what is counted of one partner on one day."""
    q.COUNT_FEED.do(db, partner=partner, day=day, arrived=arrived, joined=joined)


def feed(db: Connection, partner: PartnerId) -> tuple[tuple[str, int, int], ...]:
    """Give (day, arrived, joined) of each day of a partner, oldest first."""
    return tuple((day, arrived, joined) for _, day, arrived, joined in q.FEED.rows(db, partner=partner))
