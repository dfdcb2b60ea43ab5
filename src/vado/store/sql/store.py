"""Open a database, bring its tables up to date, give transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql import column, table

from vado.errors import StoreUnavailable, VadoError
from vado.store.sql.dialect import Alone, is_too_long, open_engine, patient, reading, turns
from vado.store.sql.trail import Heads
from vado.store.sql.transaction import SqlTransaction

HEAD = "0020"  # the newest file in migrations/versions; a test holds the two together


class SqlStore:
    """SQLite (WAL) or PostgreSQL, one code."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self._turns = turns(self._engine)
        self._heads = Heads(self._engine)
        self._alone = Alone(self._engine)
        self._looks = reading(self._engine)
        with _answering():
            _bring_up_to_date(self._engine)

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """Open a transaction; leaving it normally commits, an exception rolls back.

        Raises:
            StoreUnavailable: ST-001, the database did not answer; nothing of this transaction was kept.
        """
        with self._turns, _answering(), self._engine.begin() as connection:
            tx = SqlTransaction(connection, self._heads)
            yield tx
            tx.flow.seal()
            tx.trail.seal()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others who would be alone waiting, those of other servers too. Raises StoreUnavailable ST-001."""
        with _answering(), self._alone.held():
            yield

    @contextmanager
    def look(self) -> Iterator[SqlTransaction]:
        """Open a transaction that only reads; many at once, beside one that writes.

        Raises:
            StoreUnavailable: ST-001, the database did not answer. VadoError: FH-010, one statement took longer than LONGEST seconds.
        """
        with _answering(), patient(self._looks) as connection:
            yield SqlTransaction(connection, self._heads)

    def close(self) -> None:
        """Let go of all connections."""
        self._looks.dispose()
        self._engine.dispose()
        self._heads.close()
        self._alone.close()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except OperationalError as fault:
        if is_too_long(fault):
            raise VadoError("FH-010") from None
        raise StoreUnavailable("ST-001", private=fault) from None


def _bring_up_to_date(engine: Engine) -> None:
    with engine.begin() as connection:
        if inspect(connection).has_table("alembic_version"):
            version = connection.execute(select(column("version_num")).select_from(table("alembic_version"))).scalar_one_or_none()
            if version == HEAD:
                return
        from alembic import command  # takes half a second: only when there is something to migrate
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
