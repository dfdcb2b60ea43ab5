"""Fresh databases: SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from vado.exchange.ports import Store
from vado.store.memory import MemoryStore
from vado.store.sql.store import SqlStore


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{uuid4().hex}.sqlite"
    server = request.getfixturevalue("postgresql")

    def made() -> str:
        name = f"t{uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        head, _, query = server.partition("?")
        return f"{head.rpartition('/')[0]}/{name}?{query}"

    return made


@pytest.fixture
def stores(fresh_url: Callable[[], str]) -> Iterator[tuple[Store, Store]]:
    """Give the plain store, and one on a database."""
    other = SqlStore(fresh_url())
    yield MemoryStore(), other
    other.close()
