"""Load on a server: HTTP and MLLP clients on one event loop in C (uvloop), thin enough not to be what is measured.

Two ways of asking. `flat out`: each client asks as soon as it is answered; that gives the most answers a second, and times that are
mostly waiting in line. `paced`: questions leave at fixed times whether or not the last one was answered yet, and time is counted from
when a question was due; that gives what a user waits for at that rate.
"""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")
Ask = Callable[[Random], bytes]  # gives the bytes of one request


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it."""

    rate: float  # answers a second
    p50: float  # ms
    p99: float  # ms
    cpu: float  # ms of the server's processor an answer
    share: float  # of one core that the clients took
    size: int = 0  # bytes of the last answer


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do it on a loop in C."""
    return uvloop.run(work)


def get(address: Callable[[Random], str]) -> Ask:
    """Ask for an address."""
    return lambda chance: b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % address(chance).replace("|", "%7C").encode()


def post(address: str, body: Callable[[Random], bytes], key: str) -> Ask:
    """Send a body."""
    head = f"POST {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/fhir+json\r\n"

    def asked(chance: Random) -> bytes:
        content = body(chance)
        return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content

    return asked


def _http_end(held: bytes | bytearray) -> int:
    """Give where the first answer ends; 0: not all of it is there."""
    head = held.find(b"\r\n\r\n")
    if head < 0:
        return 0
    told = bytes(held[:head]).lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    end = head + 4 + int(told or 0)
    return end if len(held) >= end else 0


def _mllp_end(held: bytes | bytearray) -> int:
    return held.find(b"\x1c\r") + 2 if b"\x1c\r" in held else 0


@dataclass(frozen=True, slots=True)
class Way:
    """How the end and the success of an answer are known."""

    end: Callable[[bytes | bytearray], int]
    well: tuple[bytes, ...]  # one of these is near the beginning


HTTP = Way(_http_end, (b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 404"))
MLLP = Way(_mllp_end, (b"MSA|AA",))


class Client(asyncio.Protocol):
    """One connection: one question at a time."""

    def __init__(self, way: Way) -> None:
        self._way, self._held = way, bytearray()
        self._answered: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._out: Any = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        if self._answered and not self._answered.done():
            self._answered.set_exception(exc or EOFError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Tell who waits when the answer is whole."""
        self._held += data
        end = self._way.end(self._held)
        if end and self._answered:
            head = bytes(self._held[:400])
            answered, self._answered = self._answered, None
            del self._held[:end]
            if any(w in head for w in self._way.well):
                answered.set_result(end)
            else:
                answered.set_exception(AssertionError(head))

    def ask(self, question: bytes) -> "asyncio.Future[int]":
        """Send a question; give what comes true, with the size of the answer, when it is there."""
        self._answered = asyncio.get_running_loop().create_future()
        self._out.write(question)
        return self._answered

    def close(self) -> None:
        """Hang up."""
        self._out.close()


async def connect(port: int, way: Way = HTTP) -> Client:
    """Connect, when the server is there."""
    for _ in range(600):
        try:
            _, client = await asyncio.get_running_loop().create_connection(lambda: Client(way), "127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            return client
    raise TimeoutError("the server did not start")


async def load(
    port: int, ask: Ask, *, clients: int, seconds: float, pid: int = 0, pace: float = 0.0, way: Way = HTTP, warm: float = 1.0
) -> Load:
    """Put load on a server. `pace`: questions a second of all clients together; 0: flat out."""
    some = [await connect(port, way) for _ in range(clients)]
    times: list[float] = []
    size = 0

    async def asking(n: int, client: Client, until: float, kept: list[float]) -> None:
        nonlocal size
        chance = Random(n + round(until))
        due = time.perf_counter() + (n / pace if pace else 0)
        while (due if pace else time.perf_counter()) < until:
            if pace and (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            began = due if pace else time.perf_counter()
            size = await client.ask(ask(chance))
            kept.append(time.perf_counter() - began)
            due += clients / pace if pace else 0

    async def all_asking(for_: float, kept: list[float]) -> float:
        began = time.perf_counter()
        await asyncio.gather(*(asking(n, c, began + for_, kept) for n, c in enumerate(some)))
        return time.perf_counter() - began

    if warm:
        await all_asking(warm, [])
    own, used = time.process_time(), processor(pid)
    took = await all_asking(seconds, times)
    own, used = (time.process_time() - own) / took, (processor(pid) - used) / len(times) * 1000
    for client in some:
        client.close()
    times.sort()
    return Load(len(times) / took, times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000, used, own, size)


def processor(pid: int) -> float:
    """Give the seconds of processor that a process has used; 0 where the system does not say."""
    stat = Path(f"/proc/{pid}/stat")
    return sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK") if stat.exists() else 0.0


def memory(pid: int) -> float:
    """Give the most memory that a process ever held, in MB; 0 where the system does not say."""
    status = Path(f"/proc/{pid}/status")
    told = status.read_text().partition("VmHWM:")[2].split() if status.exists() else []
    return int(told[0]) / 1024 if told else 0.0
