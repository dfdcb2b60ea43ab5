"""All that differs between SQLite and PostgreSQL."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, cast, create_engine, event, func, select
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


class Alone:
    """One at a time, on whatever server of a database.

    What differs is who else there is: beside one SQLite file other processes' writers wait anyway. On PostgreSQL the lock belongs to a
    connection of its own: a transaction that took it itself would go on seeing what stood there before it waited.
    """

    def __init__(self, engine: Engine) -> None:
        self._lock, self._other = Lock(), None
        if engine.dialect.name == "postgresql":  # whoever asks holds the lock of this process, so one connection is enough
            self._other = create_engine(engine.url, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0, pool_pre_ping=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for one's turn; it is over when this is left, or the connection is lost."""
        with self._lock:
            if self._other is None:
                yield
                return
            with self._other.connect() as connection:
                connection.execute(select(func.pg_advisory_lock(_ALONE)))
                try:
                    yield
                finally:
                    connection.execute(select(func.pg_advisory_unlock(_ALONE)))

    def close(self) -> None:
        """Let go of connections."""
        if self._other is not None:
            self._other.dispose()


_ALONE = 7_311_010  # among PostgreSQL's advisory locks
LONGEST = 5.0  # seconds that a question may take
_READERS = 8  # connections that read at once


def reading(engine: Engine) -> Engine:
    """Give an engine for transactions that only read, beside the writer."""
    if engine.dialect.name == "sqlite":
        made = create_engine(engine.url, pool_size=_READERS, max_overflow=0, connect_args=_KEPT)
        return _sqlite(made, "BEGIN DEFERRED", "query_only=ON", kilobytes=8_192)
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


def tells_what_wrote(engine: Engine) -> bool:
    """Say whether a row bears the number of the transaction that wrote it, and lies where it came: PostgreSQL's xmin and ctid."""
    return engine.dialect.name == "postgresql"


def upsert(engine: Engine, table: Table) -> Any:
    """Start an INSERT ... ON CONFLICT for this database."""
    return (sqlite if engine.dialect.name == "sqlite" else postgresql).insert(table)


def told_in(engine: Engine, column: Any, name: str) -> Any:
    """Give a text of a column's JSON by its name; NULL where it is not said."""
    if engine.dialect.name == "sqlite":
        return func.json_extract(column, f"$.{name}")
    return cast(column, postgresql.JSONB)[name].astext


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
    """Insert rows by a few statements that were made once, many rows in each.

    The driver lets go of Python's lock at every step: with a step a row, a busy event loop would come between all of them.
    """
    done = 0
    while done < len(rows):
        size = next(n for n in _ROWS if n <= len(rows) - done)
        sql, names, places = _insert(connection.engine, table, columns, size)
        values = [value for row in rows[done : done + size] for value in row]
        with asking(connection) as cursor:
            cursor.execute(sql, tuple(values[n] for n in places) if places is not None else dict(zip(names, values, strict=True)))
        done += size


_ROWS = (64, 32, 16, 8, 4, 2, 1)  # of one statement


_Insert = tuple[str, list[str], tuple[int, ...] | None]
_MADE: dict[tuple[str, Table, tuple[str, ...], int], _Insert] = {}  # by the database's kind: a store opened anew finds them made


def _insert(engine: Engine, table: Table, columns: tuple[str, ...], size: int) -> _Insert:
    """Give (statement, names of its values as rows give them, their order in the statement or None where they go by name)."""
    key = (engine.dialect.name, table, columns, size)
    if key not in _MADE:
        _MADE[key] = _made_insert(engine, table, columns, size)
    return _MADE[key]


def _made_insert(engine: Engine, table: Table, columns: tuple[str, ...], size: int) -> _Insert:
    names = [f"{name}_{n}" for n in range(size) for name in columns]
    rows = [{name: bindparam(f"{name}_{n}") for name in columns} for n in range(size)]
    sql, order, _ = compiled(engine, table.insert().inline().values(rows))
    return sql, names, tuple(map(names.index, order)) if order is not None else None


def _sqlite(engine: Engine, begin: str = "BEGIN IMMEDIATE", *more: str, kilobytes: int = 65_536) -> Engine:
    # The driver must not open transactions by itself: we begin IMMEDIATE, so that a writer waits
    # instead of failing in the middle. synchronous=FULL: what is committed survives a power cut. The writer keeps 64 MB of pages:
    # matching one patient touches hundreds of them, all over the file. Readers, of which there are several, leave that to the
    # system, which keeps each page once; no file is mapped, for each connection's map would count as memory of its own.
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=30000",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is deleted is overwritten: else a draft would go on lying beside its code
            f"cache_size=-{kilobytes}",
            *more,
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        with asking(connection) as cursor:
            cursor.execute(begin)

    return engine
