"""The demonstration as anybody gets it: `vado demo` in a process of its own."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from served import command, running

_PEOPLE = "30"


@contextmanager
def demonstration(folders: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an invented place of one's own; give its address, 'http://127.0.0.1:1234'."""
    place = folders.mktemp("town") / "demo"
    shutil.copytree(_made(folders), place)
    with running("demo", "--people", _PEOPLE, "--folder", str(place), "--port", "0") as address:
        yield address


def _made(folders: pytest.TempPathFactory) -> Path:
    """Make the place once for all who run these tests side by side; who comes while it is made waits for it."""
    base = folders.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = shared / "made-town"
    with (shared / "made-town.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            begun = shared / "begun-town"
            shutil.rmtree(begun, ignore_errors=True)
            command("demo", "--people", _PEOPLE, "--folder", str(begun), "--no-serve")
            begun.rename(made)
    return made
