"""The demonstration as anybody gets it: `vado demo` in a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def demonstration(folder: Path, people: int = 30) -> Iterator[str]:
    """Make and serve an invented place; give its address, 'http://127.0.0.1:1234'."""
    words = ["demo", "--people", str(people), "--folder", str(folder), "--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from vado.cli.main import main; main()", *words],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
    )  # fmt: skip
    try:
        assert process.stdout
        address = next(found[0].rstrip("/") for line in process.stdout if (found := re.search(r"http://127\S+?/", line)))
        _wait_for(int(address.rpartition(":")[2]))
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
