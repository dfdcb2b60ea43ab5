"""What people and programs of one partner opened of what another told, counted in the database from the audit trail."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, literal_column, select, union, union_all

from vado.exchange.openings import BY_KEY, OF_ACCOUNTS, OF_KEYS, READERS
from vado.model.original import PartnerId
from vado.model.said import CITIZEN
from vado.store.sql import tables as t
from vado.store.sql.dialect import begins, told_in

_U, _A, _L = t.audit.c, t.fact.c, t.link.c
_HEX = 65  # letters of '/' and an original's id


def count_openings(db: Connection, since: datetime) -> tuple[tuple[PartnerId, PartnerId, int], ...]:
    """Count persons by who told and who opened; see exchange.ports.flow."""
    looks = _looks(db, since.astimezone(UTC).isoformat())
    k = looks.c
    told = and_(_A.partner != k.reader, _A.partner != CITIZEN, _A.received <= k.at)
    columns = (_A.partner.label("source"), k.reader, _L.person)
    record = select(*columns).join_from(looks, t.link, _L.person == k.subject)
    record = record.join(t.fact, and_(_A.id == _L.patient, _A.kind == "Patient")).where(told)
    fact = select(*columns).join_from(looks, t.fact, _A.id == k.subject).join(t.link, _L.patient == _A.patient).where(told)
    length = func.length(k.subject)
    end = case((length > _HEX, length - _HEX), else_=0)  # PostgreSQL takes no piece of fewer letters than none
    of_it = and_(_A.partner == func.substr(k.subject, 1, end), _A.original == func.substr(k.subject, end + 2))
    whole = select(*columns).join_from(looks, t.fact, of_it).join(t.link, _L.patient == _A.patient)
    whole = whole.where(told, func.substr(k.subject, end + 1, 1) == "/")
    seen = union(record, fact, whole).subquery()
    pair = (seen.c.source, seen.c.reader)
    rows = db.execute(select(*pair, func.count()).group_by(*pair))
    return tuple(sorted((PartnerId(source), PartnerId(reader), n) for source, reader, n in rows))


def _looks(db: Connection, since: str) -> Any:
    """Give who opened what, each once, with the last time: (reader, subject, at)."""
    body = t.account.c.body
    reader = told_in(db.engine, body, "partner").label("reader")
    ours = told_in(db.engine, body, "role").in_(READERS)
    signed = select(reader, _U.subject, _U.at).join_from(t.account, t.audit, _U.who == t.account.c.name)
    signed = signed.where(ours, reader != "", _U.action.in_(OF_ACCOUNTS), _U.at >= since)
    keyed = select(func.substr(_U.who, len(BY_KEY) + 1).label("reader"), _U.subject, _U.at)
    keyed = keyed.where(begins(db.engine, _U.who, BY_KEY), _U.action.in_(OF_KEYS), _U.at >= since)
    every = union_all(signed, keyed).subquery()
    last = func.max(every.c.at).label("at")
    return select(every.c.reader, every.c.subject, last).group_by(literal_column("1"), literal_column("2")).cte("looks")
