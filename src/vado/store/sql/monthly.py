"""What is counted by month now and then, counted in the database; see model/flow.py: Monthly."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, distinct, func, or_, select

from vado.exchange.monthly import BY_CITIZENS, DECIDED, MOST_HOURS, middle
from vado.exchange.openings import OF_ACCOUNTS
from vado.model.flow import Monthly
from vado.model.query import VISIBLE
from vado.model.said import CITIZEN
from vado.store.sql import shelf_tables as s
from vado.store.sql import tables as t
from vado.store.sql.dialect import begins, told_in
from vado.store.sql.openings import looks_of
from vado.terms.searching import dated

_A, _L, _U = t.fact.c, t.link.c, t.audit.c
_DAY, _HOUR = 86_400_000_000, 3_600_000  # of resource.number, microseconds; of find_date, milliseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LETTERS = 7  # of 'YYYY-MM'


def count_months(db: Connection) -> Monthly:
    """Count; see exchange.ports.flow."""
    month = func.substr(_U.at, 1, _LETTERS).label("month")
    looks = looks_of(db, (month,))
    decided = select(month, func.count()).where(or_(*(begins(db.engine, _U.action, word) for word in DECIDED)))
    return Monthly(
        _persons(db), _lags(db), _pairs(db, decided.group_by(month)),
        _pairs(db, select(looks.c.month, func.count()).group_by(looks.c.month)), _citizens(db),
    )  # fmt: skip


def _pairs(db: Connection, query: Any) -> tuple[tuple[str, int], ...]:
    rows: Any = db.execute(query)
    return tuple(sorted((month, n) for month, n in rows))


def _persons(db: Connection) -> tuple[tuple[str, int, int], ...]:
    """Count persons by the month in which the first and the second partner began to tell of them."""
    first = func.min(func.substr(_A.received, 1, _LETTERS)).label("month")
    told = select(_L.person, _A.partner, first).join_from(t.link, t.fact, _A.id == _L.patient)
    told = told.where(_A.kind == "Patient", _A.partner != CITIZEN).group_by(_L.person, _A.partner).subquery()
    nth = func.row_number().over(partition_by=told.c.person, order_by=(told.c.month, told.c.partner)).label("nth")
    each = select(told.c.month, nth).subquery()
    one, two = (func.sum(case((each.c.nth == n, 1), else_=0)) for n in (1, 2))
    rows = db.execute(select(each.c.month, one, two).where(each.c.nth <= 2).group_by(each.c.month))
    return tuple(sorted((month, int(a), int(b)) for month, a, b in rows))


def _lags(db: Connection) -> tuple[tuple[str, float, int], ...]:
    r, d = s.resource.c, s.find_date.c
    day, hours = r.number // _DAY, (r.number // 1000 - d.high) // _HOUR
    wanted = d.parameter.in_(sorted({date for _, date in dated()}))
    query = select(day, hours, func.count()).join_from(s.find_date, s.resource, r.number == d.number)
    query = query.where(wanted, r.state == VISIBLE, r.number // 1000 >= d.high, hours <= MOST_HOURS).group_by(day, hours)
    by: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for of, late, n in db.execute(query):
        by[(_EPOCH + timedelta(days=int(of))).isoformat()[:_LETTERS]].append((int(late), n))
    return tuple((month, *middle(some)) for month, some in sorted(by.items()))


def _citizens(db: Connection) -> tuple[tuple[str, int], ...]:
    month = func.substr(_U.at, 1, _LETTERS)
    query = select(month, func.count(distinct(_U.who))).join_from(t.account, t.audit, _U.who == t.account.c.id)
    query = query.where(told_in(db.engine, t.account.c.body, "role").in_(BY_CITIZENS), _U.action.in_(OF_ACCOUNTS))
    return _pairs(db, query.group_by(month))
