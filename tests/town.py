"""The demonstration as anybody gets it: `vado demo` in a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from served import running


@contextmanager
def demonstration(folder: Path, people: int = 30) -> Iterator[str]:
    """Make and serve an invented place; give its address, 'http://127.0.0.1:1234'."""
    with running("demo", "--people", str(people), "--folder", str(folder), "--port", "0") as address:
        yield address
