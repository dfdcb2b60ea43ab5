"""All that differs between SQLite and PostgreSQL."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from operator import itemgetter
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

_KEPT = {"cached_statements": 512}  # that SQLite need not parse again


def open_engine(url: str) -> Engine:
    """Connect to 'sqlite:///path' or 'postgresql://...'; a transaction sees only what was committed before it."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return _sqlite(create_engine(parts, connect_args=_KEPT))
    return create_engine(parts.set(drivername="postgresql+psycopg"), isolation_level="REPEATABLE READ", pool_pre_ping=True)


class Turns:
    """One at a time, in the order of asking.

    SQLite has one writer, and lets those who wait ask again and again instead of queueing: a thread that writes without a pause
    would keep every other of its process waiting until they give up.
    """

    def __init__(self) -> None:
        self._lock, self._queue = Lock(), deque[Lock]()

    def __enter__(self) -> None:
        """Wait for my turn."""
        mine = Lock()
        mine.acquire()
        with self._lock:
            self._queue.append(mine)
            if len(self._queue) == 1:
                return
        mine.acquire()

    def __exit__(self, *_: object) -> None:
        """Let the next in."""
        with self._lock:
            self._queue.popleft()
            if self._queue:
                self._queue[0].release()


def turns(engine: Engine) -> AbstractContextManager[None]:
    """Give what a transaction waits for before it begins: its turn on SQLite, nothing on PostgreSQL."""
    return Turns() if engine.dialect.name == "sqlite" else nullcontext()


LONGEST = 5.0  # seconds that a question may take
_READERS = 8  # connections that read at once


def reading(engine: Engine) -> Engine:
    """Give an engine for transactions that only read, beside the writer."""
    if engine.dialect.name == "sqlite":
        return _sqlite(
            create_engine(engine.url, pool_size=_READERS, max_overflow=0, connect_args=_KEPT),
            "BEGIN DEFERRED",
            ("query_only=ON", "mmap_size=268435456"),
        )
    read = create_engine(engine.url, isolation_level="REPEATABLE READ", pool_pre_ping=True, pool_size=_READERS)

    @event.listens_for(read, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {int(LONGEST * 1000)}")

    return read


@contextmanager
def patient(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction that only reads; a question that takes too long is broken off."""
    with engine.begin() as connection:
        driver: Any = connection.connection.dbapi_connection
        if engine.dialect.name == "sqlite":
            until = monotonic() + LONGEST
            driver.set_progress_handler(lambda: monotonic() > until, 100_000)
        yield connection


def is_too_long(fault: OperationalError) -> bool:
    """Say whether a question was broken off because it took too long."""
    return "interrupted" in str(fault.orig) or type(fault.orig).__name__ == "QueryCanceled"


def upsert(engine: Engine, table: Table) -> Any:
    """Start an INSERT ... ON CONFLICT for this database."""
    return (sqlite if engine.dialect.name == "sqlite" else postgresql).insert(table)


def begins(engine: Engine, column: Any, text: str) -> Any:
    """Say that a column begins so, letter by letter, in a way that its index helps."""
    if engine.dialect.name == "sqlite":
        return (column >= text) & (column < text + "\U0010ffff")
    return column.startswith(text, autoescape=True)


def compiled(engine: Engine, statement: Any) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
    """Give a statement as the driver takes it: (text, names of its values in their order or None where they go by name, constants)."""
    made = statement.compile(engine, compile_kwargs={"render_postcompile": True})
    return (
        str(made),
        tuple(made.positiontup) if made.positional else None,
        {k: v for k, v in made.params.items() if v is not None},
    )


@contextmanager
def asking(connection: Connection) -> Iterator[Any]:
    """Give the driver's own cursor, where SQLAlchemy's work around it would take longer than the database."""
    driver: Any = connection.engine.dialect.dbapi
    try:
        yield connection.connection.cursor()
    except driver.OperationalError as fault:
        raise OperationalError(None, None, fault) from fault


def rows_of(connection: Connection, sql: str, values: Any) -> Sequence[Any]:
    """Ask the driver itself."""
    with asking(connection) as cursor:
        return cursor.execute(sql, values).fetchall()


def put(connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows by one statement that was made once, their values (two or more) given as they are."""
    sql, names = _insert(connection.engine, table, columns)
    in_order = itemgetter(*map(columns.index, names)) if names is not None else None  # as they stand in the table
    given = map(in_order, rows) if in_order else (dict(zip(columns, row, strict=True)) for row in rows)
    with asking(connection) as cursor:
        cursor.executemany(sql, list(given))


@lru_cache
def _insert(engine: Engine, table: Table, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...] | None]:
    return compiled(engine, table.insert().inline().values({name: bindparam(name) for name in columns}))[:2]


def _sqlite(engine: Engine, begin: str = "BEGIN IMMEDIATE", more: tuple[str, ...] = ()) -> Engine:
    # The driver must not open transactions by itself: we begin IMMEDIATE, so that a writer waits
    # instead of failing in the middle. synchronous=FULL: what is committed survives a power cut. 64 MB of pages are kept:
    # matching one patient touches hundreds of them, all over the file.
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=30000",
            "foreign_keys=ON",
            "cache_size=-65536",
            *more,
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
