"""What people and programs of one partner opened of what others told, counted in the database from the audit trail."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, select, union, union_all

from vado.exchange.openings import BY_KEY, OF_ACCOUNTS, OF_KEYS, READERS
from vado.model.original import PartnerId
from vado.model.said import CITIZEN
from vado.store.sql import tables as t
from vado.store.sql.dialect import begins, told_in

_U, _A, _L = t.audit.c, t.fact.c, t.link.c
_HEX = 65  # letters of '/' and an original's id


def count_openings(db: Connection, reader: PartnerId, since: datetime) -> tuple[tuple[PartnerId, int], ...]:
    """Count persons by who told; see exchange.ports.flow."""
    looks = _last(db, reader, since.astimezone(UTC).isoformat())
    k = looks.c
    told = and_(_A.partner != reader, _A.partner != CITIZEN, _A.received <= k.at)
    columns = (_A.partner.label("source"), _L.person)
    record = select(*columns).join_from(looks, t.link, _L.person == k.subject)
    is_patient = (
        _A.kind.concat("") == "Patient"
    )  # no index on kinds: SQLite would go through all patients, not through what was opened
    record = record.join(t.fact, and_(_A.id == _L.patient, is_patient)).where(told)
    fact = select(*columns).join_from(looks, t.fact, _A.id == k.subject).join(t.link, _L.patient == _A.patient).where(told)
    length = func.length(k.subject)
    end = case((length > _HEX, length - _HEX), else_=0)  # PostgreSQL takes no piece of fewer letters than none
    of_it = and_(_A.partner == func.substr(k.subject, 1, end), _A.original == func.substr(k.subject, end + 2))
    whole = select(*columns).join_from(looks, t.fact, of_it).join(t.link, _L.patient == _A.patient)
    whole = whole.where(told, func.substr(k.subject, end + 1, 1) == "/")
    seen = union(record, fact, whole).subquery()
    rows = db.execute(select(seen.c.source, func.count()).group_by(seen.c.source))
    return tuple(sorted((PartnerId(source), n) for source, n in rows))


def looks_of(db: Connection, columns: tuple[Any, ...], reader: PartnerId | None = None, since: str = "") -> Any:
    """Give these columns of the audit of all looks of those who work for a partner, and of programs that come with its key; None: for any."""
    body, recent = t.account.c.body, _U.at >= since
    partner = told_in(db.engine, body, "partner")
    names = select(t.account.c.name).where(partner == reader if reader else partner != "")
    names = names.where(told_in(db.engine, body, "role").in_(READERS))
    by_key = _U.who == f"{BY_KEY}{reader}" if reader else begins(db.engine, _U.who, BY_KEY)
    signed = select(*columns).where(_U.who.in_(names), _U.action.in_(OF_ACCOUNTS), recent)
    return union_all(signed, select(*columns).where(by_key, _U.action.in_(OF_KEYS), recent)).subquery()


def _last(db: Connection, reader: PartnerId, since: str) -> Any:
    """Give what they opened, each once, with the last time: (subject, at)."""
    every = looks_of(db, (_U.subject, _U.at), reader, since)
    return select(every.c.subject, func.max(every.c.at).label("at")).group_by(every.c.subject).cte("looks")
