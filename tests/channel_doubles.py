"""What tests of channels share: an intake that keeps arrivals in memory, and waiting for the servers of others."""

import socket
import subprocess
import time
from concurrent.futures import Future
from typing import BinaryIO

from vado.errors import StoreUnavailable
from vado.model.original import Arrival, PartnerId


class Kept:
    """What came in. With `down`, nothing can be kept."""

    def __init__(self) -> None:
        self.all: list[Arrival] = []
        self.streamed: list[tuple[str, int]] = []  # name, bytes
        self.receipts: list[tuple[str, str]] = []  # partner, delivery that it opened
        self.down = False

    def take(self, arrival: Arrival) -> "Future[None]":
        kept: Future[None] = Future()
        if self.down:
            kept.set_exception(StoreUnavailable("ST-001"))
        else:
            self.all.append(arrival)
            kept.set_result(None)
        return kept

    def take_stream(self, file: BinaryIO, *, partner: PartnerId, channel: str, name: str = "") -> None:
        if self.down:
            raise StoreUnavailable("ST-001")
        size = 0
        while block := file.read(1 << 16):
            size += len(block)
        self.streamed.append((name, size))

    def opened(self, partner: PartnerId, delivery: str) -> None:
        self.receipts.append((partner, delivery))

    @property
    def contents(self) -> list[bytes]:
        return [a.content for a in self.all]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, "the server has ended"
            time.sleep(0.05)
    raise AssertionError("the server does not answer")
