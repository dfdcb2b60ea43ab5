"""From a query to one statement. Every value is a parameter of the statement, every table is entered by an index.

Where one criterion is known to fit few resources, these are taken and the others asked of each; else the resources of the type are
walked by number until the page is full. Which it is, a bounded count of each criterion says.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, exists, func, literal, or_, select, true, union_all

from vado.model.query import (
    VISIBLE,
    Chain,
    Changed,
    Criterion,
    Has,
    Named,
    Order,
    Present,
    Query,
    Reference,
    Span,
    Test,
    Text,
    Token,
)  # fmt: skip
from vado.record.entries import plain_text
from vado.store.sql import tables as t
from vado.store.sql.dialect import begins

FEW = 5_000  # resources that are taken and asked one by one
_R = t.resource.c
_TABLE = {
    "token": t.find_token,
    "reference": t.find_reference,
    "string": t.find_string,
    "date": t.find_date,
    "quantity": t.find_quantity,
}
_KEY = {"token": "code", "reference": "target", "string": "value", "date": "low", "quantity": "low"}


class Search:
    """One query on one connection."""

    def __init__(self, db: Connection, query: Query, state: int = VISIBLE) -> None:
        self._db, self._query, self._state = db, query, state
        self._asked = Conditions(db.engine)
        self._few = self._fewest()

    def page(self, columns: Iterable[Any], after: int, until: int, limit: int) -> Select[Any]:
        """Ask for those that fit, by number."""
        within = self._fitting(select(*columns)).where(_R.number > after, _R.number <= until)
        return within.order_by(_R.number).limit(limit)

    def ordered(self, until: int, limit: int) -> Select[Any]:
        """Ask for the numbers of those that fit, in the query's order."""
        found = self._fitting(select(_R.number)).where(_R.number <= until)
        for key in self._query.order:
            value = _value(key)
            found = found.order_by(value.is_(None), value.desc() if key.down else value)
        return found.order_by(_R.number).limit(limit)

    def count(self, until: int, most: int) -> Select[Any]:
        """Ask how many fit."""
        found = self._fitting(select(_R.number)).where(_R.number <= until)
        return select(func.count()).select_from((found.limit(most) if most else found).subquery())

    def _fitting(self, found: Select[Any]) -> Select[Any]:
        return found.where(_R.state == self._state, *self._conditions(t.resource))

    def _conditions(self, of: Any) -> list[Any]:
        rest = [self._asked.fits(c, of) for c in self._query.fits if c is not self._few]
        if self._few is None:
            return [of.c.kind == self._query.kind, *rest]
        return [of.c.number.in_(self._numbers(self._few)), *rest]  # a parameter belongs to one type: `kind` need not be asked

    def _fewest(self) -> Criterion | None:
        """Choose the criterion that the fewest resources fit; None: all are fit by many."""
        found = [(self._size(c), n, c) for n, c in enumerate(self._query.fits) if _can_lead(c)]
        size, _, few = min(found, default=(FEW + 1, 0, None), key=lambda one: one[:2])
        return few if size <= FEW else None

    def _size(self, criterion: Criterion) -> int:
        some = self._numbers(criterion).subquery()
        some = select(some.c[0]).limit(FEW + 1).subquery()
        return self._db.execute(select(func.count()).select_from(some)).scalar_one()

    def _numbers(self, criterion: Criterion) -> Any:
        """Ask for the numbers of the resources that a criterion is fit by."""
        each = [self._numbers_of(test) for test in criterion.any]
        return each[0] if len(each) == 1 else union_all(*each)

    def _numbers_of(self, test: Test) -> Select[Any]:
        if isinstance(test, Named):
            return select(_R.number).where(_R.ref.in_(test.refs), _R.kind == self._query.kind)
        if isinstance(test, Changed):
            return select(_R.number).where(_R.kind == test.kind, *_compared(_R.changed, test.tests))
        if isinstance(test, Chain | Has):
            other, f = t.resource.alias(), t.find_reference.c
            fitting = select(other.c.ref if isinstance(test, Chain) else other.c.number)
            inner = Search(self._db, Query(test.kind, test.fits))
            fitting = fitting.where(other.c.state == VISIBLE, *inner._conditions(other))  # noqa: SLF001 - of its own kind
            if isinstance(test, Chain):
                return select(f.number).where(f.parameter == test.parameter, f.target.in_(fitting))
            targets = select(f.target).where(f.parameter == test.parameter, f.number.in_(fitting))
            return select(_R.number).where(_R.ref.in_(targets))
        table = _table(test)
        return select(table.c.number).where(self._asked.row(test, table))


class Conditions:
    """What is asked of one resource."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fits(self, criterion: Criterion, of: Any) -> Any:
        """Say that a resource fits a criterion."""
        holds = or_(*(self._holds(test, of) for test in criterion.any))
        return ~holds if criterion.never else holds

    def _holds(self, test: Test, of: Any) -> Any:
        if isinstance(test, Named):
            return of.c.ref.in_(test.refs)
        if isinstance(test, Changed):
            return and_(*_compared(of.c.changed, test.tests))
        if isinstance(test, Chain | Has):
            return self._is_joined(test, of)
        table = _table(test).alias()
        return exists().where(table.c.number == of.c.number, self.row(test, table)).correlate(of)

    def _is_joined(self, test: Chain | Has, of: Any) -> Any:
        f, other = t.find_reference.alias(), t.resource.alias()
        if isinstance(test, Chain):
            mine = (f.c.number == of.c.number, f.c.parameter == test.parameter, other.c.ref == f.c.target)
        else:
            mine = (f.c.target == of.c.ref, f.c.parameter == test.parameter, other.c.number == f.c.number)
        fits = (self.fits(c, other) for c in test.fits)
        return exists().where(*mine, other.c.kind == test.kind, other.c.state == VISIBLE, *fits).correlate(of)

    def row(self, test: Token | Text | Reference | Span | Present, table: Any) -> Any:
        """Say that a row of the index is what a test asks for."""
        c = table.c
        own = c.parameter == test.parameter
        if isinstance(test, Token):
            code = c.code == test.code if test.code is not None else true()
            return and_(own, code, c.system == test.system if test.system is not None else true())
        if isinstance(test, Text):
            return and_(own, self._says(test, c))
        if isinstance(test, Reference):
            return and_(own, c.target.in_(_same_person(test) if test.persons else test.targets))
        if isinstance(test, Span):
            unit = c.unit == test.unit if test.of == "quantity" else true()
            return and_(own, unit, *(_compare(c[end], op, value) for end, op, value in test.tests))
        return own

    def _says(self, test: Text, c: Any) -> Any:
        if test.how == "exact":
            return and_(c.value == plain_text(test.value), c.said == test.value)
        if test.how == "contains":
            return c.value.contains(test.value, autoescape=True)
        return begins(self._engine, c.value, test.value)


def _value(key: Order) -> Any:
    """Ask for what one resource is ordered by."""
    if key.of in {"id", "changed"}:
        return _R.ref if key.of == "id" else _R.changed
    table = _TABLE[key.of].alias()
    column = table.c[_KEY[key.of]]
    own = select(func.max(column) if key.down else func.min(column)).where(
        table.c.number == _R.number, table.c.parameter == key.parameter
    )
    if key.of == "string":
        own = own.where(table.c.said != "")
    if key.of == "quantity":
        own = own.where(table.c.unit == "")
    return own.correlate(t.resource).scalar_subquery()


def _same_person(test: Reference) -> Any:
    """Ask for these and the patients who are the same person as one of them."""
    here, there = t.link.alias(), t.link.alias()
    named = [ref.removeprefix("Patient/") for ref in test.targets]
    same = select("Patient/" + there.c.patient).where(there.c.person == here.c.person, here.c.patient.in_(named))
    return union_all(*(select(literal(ref)) for ref in test.targets), same)


def _can_lead(criterion: Criterion) -> bool:
    """Say whether an index leads from a criterion to its resources."""
    return not criterion.never and all(
        not isinstance(test, Present)
        and not (isinstance(test, Token) and test.code is None)
        and not (isinstance(test, Text) and test.how == "contains")
        for test in criterion.any
    )


def _table(test: Token | Text | Reference | Span | Present) -> Any:
    if isinstance(test, Token):
        return t.find_token
    if isinstance(test, Text):
        return t.find_string
    return t.find_reference if isinstance(test, Reference) else _TABLE[test.of]


def _compared(column: Any, tests: Iterable[tuple[str, float]]) -> Iterable[Any]:
    return [_compare(column, op, value) for op, value in tests]


def _compare(column: Any, op: str, value: float) -> Any:
    return {"<": column < value, "<=": column <= value, ">": column > value, ">=": column >= value}[op]
