"""Fresh databases: SQLite and PostgreSQL."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest


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
