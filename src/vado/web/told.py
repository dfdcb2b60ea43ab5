"""What threads hand back to the event loop: whatever is done in one moment wakes it once, however many wait for it.

A thread that serves fifty readers with one commit would else wake the loop fifty times, and each of the two would wait for the other.
"""

import asyncio
from concurrent.futures import Future
from threading import Lock
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class _Handed:
    """What is handed to one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._lock = loop, Lock()
        self._done: list[tuple[Future[object], asyncio.Future[object]]] = []

    def add(self, done: "Future[object]", waits: "asyncio.Future[object]") -> None:
        """Hand it over; called by whichever thread has done it."""
        with self._lock:
            self._done.append((done, waits))
            if len(self._done) > 1:
                return  # the loop was told already, and takes all
        self._loop.call_soon_threadsafe(self._give)

    def _give(self) -> None:
        with self._lock:
            some, self._done = self._done, []
        for done, waits in some:
            if waits.done():
                continue  # who waited has gone away
            if fault := done.exception():
                waits.set_exception(fault)
            else:
                waits.set_result(done.result())


_handed: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Handed]" = WeakKeyDictionary()


async def told(future: "Future[T]") -> T:
    """Wait for what another thread does."""
    loop = asyncio.get_running_loop()
    handed = _handed.get(loop)
    if handed is None:
        handed = _handed[loop] = _Handed(loop)
    waits: asyncio.Future[T] = loop.create_future()
    future.add_done_callback(lambda done: handed.add(done, waits))  # type: ignore[arg-type]
    return await waits
