"""Statements that are made once: SQLAlchemy writes their text, and from then on the driver gets nothing but values.

What every arrival asks of the database is asked so: to build a statement anew each time, and to wrap its rows, takes several times
as long as the database needs to answer it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, bindparam

from vado.store.sql.dialect import asking, compiled

SIZES = (1, 4, 16, 64, 256, 500)  # of a list that is asked about at once: few, so that each of their statements is soon there
T = TypeVar("T")
_Made = tuple[str, tuple[str, ...] | None, dict[str, Any]]


def parts(many: Iterable[T]) -> Iterator[list[T]]:
    """Cut what is asked about into lists that one statement takes, each value once: SQLite takes 32,766, PostgreSQL's driver 65,535."""
    distinct = iter(dict.fromkeys(many))
    while some := list(islice(distinct, SIZES[-1])):
        yield some


class Once:
    """One statement, its values named by bindparam. `build` makes it for a database."""

    def __init__(self, build: Callable[[Engine], Any]) -> None:
        self._build, self._made = build, dict[str, _Made]()

    def rows(self, db: Connection, **values: Any) -> Sequence[Any]:
        """Give all rows."""
        made = self._for(db)
        with asking(db) as cursor:
            return cursor.execute(made[0], _given(made, values)).fetchall()

    def one(self, db: Connection, **values: Any) -> Any:
        """Give the first column of the first row; None where there is no row."""
        found = self.rows(db, **values)
        return found[0][0] if found else None

    def do(self, db: Connection, **values: Any) -> int:
        """Give how many rows it changed."""
        made = self._for(db)
        with asking(db) as cursor:
            return cursor.execute(made[0], _given(made, values)).rowcount

    def do_each(self, db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Do it once with the values of each."""
        made = self._for(db)
        with asking(db) as cursor:
            cursor.executemany(made[0], [_given(made, row) for row in rows])

    def _for(self, db: Connection) -> _Made:
        engine = db.engine
        if (made := self._made.get(engine.dialect.name)) is None:
            made = self._made[engine.dialect.name] = compiled(engine, self._build(engine))
        return made


class Each:
    """One statement about a list of any length. `build` makes it of the list's values."""

    def __init__(self, build: Callable[[list[Any]], Any]) -> None:
        self._sized = {size: Once(lambda _, size=size: build([bindparam(name) for name in _NAMES[:size]])) for size in SIZES}

    def rows(self, db: Connection, many: Iterable[Any], **values: Any) -> Iterator[Any]:
        """Give the rows about all of these; about none there is nothing to ask."""
        for size, some in _sized(many):
            yield from self._sized[size].rows(db, **some, **values)

    def do(self, db: Connection, many: Iterable[Any]) -> int:
        """Give how many rows it changed."""
        return sum(self._sized[size].do(db, **some) for size, some in _sized(many))


_NAMES = [f"v{n}" for n in range(SIZES[-1])]


def _sized(many: Iterable[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Cut a list in parts of few sizes: the last value of a part fills it up."""
    for some in parts(many):
        size = next(n for n in SIZES if n >= len(some))
        yield size, dict(zip(_NAMES, some + some[-1:] * (size - len(some)), strict=False))


def _given(made: _Made, values: Mapping[str, Any]) -> Any:
    _, names, constants = made
    said = {**constants, **values} if constants else values
    return tuple([said[n] for n in names]) if names is not None else said
