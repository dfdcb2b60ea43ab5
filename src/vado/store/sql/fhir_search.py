"""From a query to one statement. Every value is a parameter of the statement, every table is entered by an index.

Where one criterion is known to fit few resources, these are taken and the others asked of each; else the resources of the type are
walked by number until the page is full. Which it is, a bounded count of each criterion says. Building a statement costs more than
most of them take to run: so values are taken out of a query first, and the statement of each shape is built once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, bindparam, exists, func, or_, select, true, union_all
from sqlalchemy import Text as Text_

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
from vado.store.sql import shelf_tables as t
from vado.store.sql import tables
from vado.store.sql.dialect import compiled, rows_of
from vado.store.sql.fhir_dated import Dated, together

FEW = 5_000  # resources that are taken and asked one by one
_VERY_FEW = 20  # no other criterion is counted to find one that still fewer fit
_R = t.resource.c
_TABLE = {
    "token": t.find_token,
    "reference": t.find_reference,
    "string": t.find_string,
    "date": t.find_date,
    "quantity": t.find_quantity,
}
_RANK = {Named: 0, Reference: 0, Dated: 1, Chain: 1, Has: 1, Text: 2, Token: 2, Span: 3, Changed: 3}
_KEY = {"token": "code", "reference": "target", "string": "value", "date": "low", "quantity": "low"}
STORED = (_R.ref, _R.number, _R.version, _R.changed, _R.state, _R.body, _R.patient)
Row = Token | Text | Reference | Span | Present | Dated  # what one row of an index can say
_PAGE, _ORDERED, _COUNT, _COUNT_ALL = "page", "ordered", "count", "count all"


class Search:
    """One query on one connection."""

    def __init__(self, db: Connection, query: Query) -> None:
        self._db = db
        fits, first = self._planned(query.fits)
        self._query = replace(query, fits=fits, first=first)

    def page(self, after: int, until: int, limit: int) -> Sequence[Any]:
        """Give rows of STORED of those that fit, by number."""
        return self._asked(_PAGE, self._query, {"after": after, "until": until, "limit": limit, "state": VISIBLE})

    def ordered(self, until: int, limit: int) -> Sequence[Any]:
        """Give the numbers of those that fit, in the query's order."""
        return self._asked(_ORDERED, self._query, {"until": until, "limit": limit, "state": VISIBLE})

    def count(self, until: int, most: int, state: int = VISIBLE) -> int:
        """Count those that fit."""
        given = {"until": until, "state": state} | ({"limit": most} if most else {})
        return self._asked(_COUNT if most else _COUNT_ALL, self._query, given)[0][0]

    def _planned(self, fits: tuple[Criterion, ...]) -> tuple[tuple[Criterion, ...], int]:
        """Choose of each level the criterion that the fewest resources fit; -1: all are fit by many.

        What usually few fit is counted first, and the others only as far as they might be fit by fewer.
        """
        inner = tuple(self._inside(c) for c in together(fits))
        first, least = -1, FEW + 1
        for n in sorted(range(len(inner)), key=lambda n: _RANK.get(type(inner[n].any[0]), 1)):
            if (first < 0 or least > _VERY_FEW) and _can_lead(inner[n]) and (size := self._size(inner[n], least)) < least:
                first, least = n, size
        return inner, first

    def _inside(self, criterion: Criterion) -> Criterion:
        if not any(isinstance(test, Chain | Has) for test in criterion.any):
            return criterion
        return replace(criterion, any=tuple(self._entered(test) for test in criterion.any))

    def _entered(self, test: Test) -> Test:
        if isinstance(test, Chain | Has):
            fits, first = self._planned(test.fits)
            return replace(test, fits=fits, first=first)
        return test

    def _size(self, criterion: Criterion, most: int) -> int:
        return self._asked("size", criterion, {"limit": most})[0][0]

    def _asked(self, what: str, asked: Query | Criterion, given: dict[str, Any]) -> Sequence[Any]:
        values: list[Any] = []
        sql, names, constants = _statement(self._db.engine, what, _shape(asked, values))
        given = {**constants, **given, **{f"v{n}": value for n, value in enumerate(values)}}
        return rows_of(self._db, sql, tuple(given[n] for n in names) if names is not None else given)


@lru_cache(2_000)
def _statement(engine: Engine, what: str, asked: Query | Criterion) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
    """Build the statement of one shape; see dialect.compiled."""
    return compiled(engine, statement(engine, what, asked))


def statement(engine: Engine, what: str, asked: Query | Criterion) -> Any:
    """Make what is asked of the database: a page, all in order, how many, or how many fit one criterion."""
    asking = Asking(engine.dialect.name)
    if isinstance(asked, Criterion):
        return select(func.count()).select_from(
            select(asking.numbers(asked).subquery().c[0]).limit(bindparam("limit")).subquery()
        )
    fitting = (
        _R.state == bindparam("state"),
        _R.number <= bindparam("until"),
        *asking.all(asked.kind, asked.fits, asked.first, t.resource),
    )
    if what == _PAGE:
        return select(*STORED).where(*fitting, _R.number > bindparam("after")).order_by(_R.number).limit(bindparam("limit"))
    found = select(_R.number).where(*fitting)
    if what == _ORDERED:
        for key in asked.order:
            value = asking.order(key)
            found = found.order_by(value.is_(None), value.desc() if key.down else value)
        return found.order_by(_R.number).limit(bindparam("limit"))
    return select(func.count()).select_from((found.limit(bindparam("limit")) if what == _COUNT else found).subquery())


@dataclass(frozen=True, slots=True)
class Asking:
    """Makes conditions. Values are bind parameters: see _shape."""

    dialect: str

    def all(self, kind: str, fits: tuple[Criterion, ...], first: int, of: Any) -> list[Any]:
        """Say that a resource fits every criterion, entered by one of them."""
        rest = [self.fits(c, of) for n, c in enumerate(fits) if n != first]
        if first < 0:
            return [of.c.kind == kind, *rest]
        return [of.c.number.in_(self.numbers(fits[first])), *rest]  # a parameter belongs to one type: `kind` need not be asked

    def numbers(self, criterion: Criterion) -> Any:
        """Ask for the numbers of the resources that a criterion is fit by."""
        each = [self._numbers_of(test) for test in criterion.any]
        return each[0] if len(each) == 1 else union_all(*each)

    def _numbers_of(self, test: Test) -> Select[Any]:
        here = t.resource.alias()
        if isinstance(test, Named):
            return select(here.c.number).where(here.c.ref.in_(_binds(test.refs)))
        if isinstance(test, Changed):
            return select(here.c.number).where(here.c.kind == test.kind, *_compared(here.c.changed, test.tests))
        if isinstance(test, Chain | Has):
            other, f = t.resource.alias(), t.find_reference.alias()
            fitting = select(other.c.ref if isinstance(test, Chain) else other.c.number)
            fitting = fitting.where(other.c.state == VISIBLE, *self.all(test.kind, test.fits, test.first, other))
            if isinstance(test, Chain):
                return select(f.c.number).where(f.c.parameter == _bind(test.parameter), f.c.target.in_(fitting))
            targets = select(f.c.target).where(f.c.parameter == _bind(test.parameter), f.c.number.in_(fitting))
            return select(here.c.number).where(here.c.ref.in_(targets))
        table = _table(test).alias()
        return select(table.c.number).where(self._row(test, table))

    def fits(self, criterion: Criterion, of: Any) -> Any:
        """Say that a resource fits a criterion."""
        holds = or_(*(self._holds(test, of) for test in criterion.any))
        return ~holds if criterion.never else holds

    def _holds(self, test: Test, of: Any) -> Any:
        if isinstance(test, Named):
            return of.c.ref.in_(_binds(test.refs))
        if isinstance(test, Changed):
            return and_(*_compared(of.c.changed, test.tests))
        if isinstance(test, Chain | Has):
            return self._is_joined(test, of)
        table = _table(test).alias()
        return exists().where(table.c.number == of.c.number, self._row(test, table)).correlate(of)

    def _is_joined(self, test: Chain | Has, of: Any) -> Any:
        f, other = t.find_reference.alias(), t.resource.alias()
        if isinstance(test, Chain):
            mine = (f.c.number == of.c.number, f.c.parameter == _bind(test.parameter), other.c.ref == f.c.target)
        else:
            mine = (f.c.target == of.c.ref, f.c.parameter == _bind(test.parameter), other.c.number == f.c.number)
        fits = (self.fits(c, other) for c in test.fits)
        return exists().where(*mine, other.c.kind == test.kind, other.c.state == VISIBLE, *fits).correlate(of)

    def _row(self, test: Row, table: Any) -> Any:
        """Say that a row of the index is what a test asks for."""
        c = table.c
        own = c.parameter == _bind(test.parameter)
        if isinstance(test, Token | Dated):
            code = c.code == _bind(test.code) if test.code is not None else true()
            when = [_compare(c[end], op, _bind(value)) for end, op, value in test.tests] if isinstance(test, Dated) else []
            return and_(own, code, c.system == _bind(test.system) if test.system is not None else true(), *when)
        if isinstance(test, Text):
            return and_(own, self._says(test, c))
        if isinstance(test, Reference):
            return and_(own, c.target.in_(_same_person(test) if test.persons else _binds(test.targets)))
        if isinstance(test, Span):
            unit = c.unit == _bind(test.unit) if test.of == "quantity" else true()
            return and_(own, unit, *(_compare(c[end], op, _bind(value)) for end, op, value in test.tests))
        return own

    def _says(self, test: Text, c: Any) -> Any:
        value = _bind(test.value, Text_)
        if test.how == "exact":
            return and_(c.value == _bind(test.plain), c.said == value)
        if test.how == "contains":
            return (func.instr if self.dialect == "sqlite" else func.strpos)(c.value, value) > 0
        return and_(c.value >= value, c.value < value.concat("\U0010ffff"))  # letter by letter, in a way that the index helps

    def order(self, key: Order) -> Any:
        """Ask for what one resource is ordered by."""
        if key.of in {"id", "changed"}:
            return _R.ref if key.of == "id" else _R.changed
        table = _TABLE[key.of].alias()
        column = table.c[_KEY[key.of]]
        own = select(func.max(column) if key.down else func.min(column))
        own = own.where(table.c.number == _R.number, table.c.parameter == _bind(key.parameter))
        if key.of == "string":
            own = own.where(table.c.said != "")
        if key.of == "quantity":
            own = own.where(table.c.unit == "")
        return own.correlate(t.resource).scalar_subquery()


# the shape of a query: values are taken out, and bind parameters v0, v1 ... stand in their place

_VALUES = {
    Token: ("parameter", "code", "system"), Dated: ("parameter", "code", "system"), Text: ("parameter", "value", "plain"),
    Reference: ("parameter",), Span: ("parameter", "unit"), Present: ("parameter",), Named: (), Changed: (), Chain: ("parameter",),
    Has: ("parameter",), Order: ("parameter",),
}  # fmt: skip


def _bind(slot: Any, type_: Any = None) -> Any:
    return bindparam(slot, type_=type_)


def _binds(slots: Iterable[Any]) -> list[Any]:
    return [_bind(slot) for slot in slots]


def _shape(asked: Any, values: list[Any]) -> Any:
    """Give a query or criterion with the names of its values; put the values into the list."""
    if isinstance(asked, Query):
        fits, order = tuple(_shape(c, values) for c in asked.fits), tuple(_shape(o, values) for o in asked.order)
        return replace(asked, fits=fits, order=order)
    if isinstance(asked, Criterion):
        return Criterion(tuple(_shape(test, values) for test in asked.any), asked.never)
    taken = {name: _slot(getattr(asked, name), values) for name in _VALUES[type(asked)]}
    if isinstance(asked, Span | Changed | Dated):
        taken["tests"] = tuple((*said, _slot(value, values)) for *said, value in asked.tests)
    elif isinstance(asked, Reference):
        taken["targets"] = tuple(_slot(target, values) for target in asked.targets)
        if asked.persons:
            taken["targets"] += tuple(_slot(target.removeprefix("Patient/"), values) for target in asked.targets)
    elif isinstance(asked, Named):
        taken["refs"] = tuple(_slot(ref, values) for ref in asked.refs)
    elif isinstance(asked, Chain | Has):
        taken["fits"] = tuple(_shape(c, values) for c in asked.fits)
    return replace(asked, **taken)


def _slot(value: Any, values: list[Any]) -> Any:
    if value is None:
        return None
    values.append(value)
    return f"v{len(values) - 1}"


def _same_person(test: Reference) -> Any:
    """Ask for these and the patients who are the same person as one of them. Its targets are the refs, then the ids."""
    here, there = tables.link.alias(), tables.link.alias()
    refs, ids = test.targets[: len(test.targets) // 2], test.targets[len(test.targets) // 2 :]
    same = select("Patient/" + there.c.patient).where(there.c.person == here.c.person, here.c.patient.in_(_binds(ids)))
    return union_all(*(select(_bind(ref, Text_)) for ref in refs), same)


def _can_lead(criterion: Criterion) -> bool:
    """Say whether an index leads from a criterion to its resources."""
    return not criterion.never and all(
        not isinstance(test, Present)
        and not (isinstance(test, Token) and test.code is None)
        and not (isinstance(test, Text) and test.how == "contains")
        for test in criterion.any
    )


def _table(test: Row) -> Any:
    if isinstance(test, Dated):
        return t.find_dated
    if isinstance(test, Token):
        return t.find_token
    if isinstance(test, Text):
        return t.find_string
    return t.find_reference if isinstance(test, Reference) else _TABLE[test.of]


def _compared(column: Any, tests: Iterable[Any]) -> list[Any]:
    return [_compare(column, op, _bind(value)) for op, value in tests]


def _compare(column: Any, op: str, value: Any) -> Any:
    return {"<": column < value, "<=": column <= value, ">": column > value, ">=": column >= value}[op]
