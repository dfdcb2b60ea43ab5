"""The door of channels that stay open: acknowledge when it is on disk, then read in the order of acknowledging.

Two threads. The one makes durable whatever waits, all of it with one sync, and tells those who wait. The other takes
it from the journal into the store, and reads it. So how long a sender waits does not depend on what reading takes, and
order is kept: what a partner sent first is read first, and a merge is never overtaken.
"""

import queue
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import BinaryIO

from vado.errors import NotFound, StoreUnavailable
from vado.exchange.deliveries import mark_opened
from vado.exchange.ports import Exchange, Journal
from vado.exchange.receive import carry_on, keep, keep_stream, resume
from vado.model.original import Arrival, PartnerId
from vado.tools.log import Level, say

_TOGETHER = 256  # arrivals made durable with one sync
_READ = 64  # arrivals taken from the journal at once
_REST = 0.2  # seconds between looks into a journal that gave nothing
_WAITS = (1.0, 2.0, 5.0, 15.0)  # seconds after the first, second ... time that the store did not answer


@dataclass(frozen=True, slots=True)
class _Wanted:
    arrival: Arrival
    kept: "Future[None]"


class Intake:
    """Takes arrivals from many channels at once. Use it as a context: leaving it finishes what was acknowledged.

    Args:
        x: the exchange; only the reading thread uses it.
        journal: where arrivals wait until the store has them.
        most_behind: bytes in the journal above which nothing more is acknowledged: senders have to wait.
    """

    def __init__(self, x: Exchange, journal: Journal, *, most_behind: int = 1_000_000_000) -> None:
        self._x, self._journal, self._most_behind = x, journal, most_behind
        self._waiting: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        self._news, self._stop, self._left = Event(), Event(), Event()
        self._left.set()  # an earlier stop may have left something unread
        self._threads = [Thread(target=f, name=f"vado-{f.__name__}", daemon=True) for f in (self._keep, self._read)]

    def __enter__(self) -> "Intake":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Make durable what waits; what is not read yet is read after the next start."""
        self._waiting.put(None)
        self._threads[0].join()
        self._stop.set()
        self._news.set()
        self._threads[1].join()

    def take(self, arrival: Arrival) -> "Future[None]":
        """Give what comes true when the arrival is durable; it fails with StoreUnavailable when it was not kept."""
        kept: Future[None] = Future()
        self._waiting.put(_Wanted(arrival, kept))
        return kept

    def take_stream(self, file: BinaryIO, *, partner: PartnerId, channel: str, name: str = "") -> None:
        """Return when a big file is durable and the store knows it. It may be read before small ones that still wait.

        Raises:
            StoreUnavailable: it was not kept.
        """
        _, is_new = keep_stream(self._x, file, partner=partner, channel=channel, name=name)
        if is_new:
            self._left.set()
            self._news.set()

    def opened(self, partner: PartnerId, delivery: str) -> None:
        """Note that a partner opened what we sent it; a receipt of something else is passed over."""
        with suppress(NotFound):
            mark_opened(self._x, delivery, f"partner:{partner}", partner)

    def _keep(self) -> None:
        going = True
        while going:
            batch = [self._waiting.get()]
            while len(batch) < _TOGETHER and not self._waiting.empty():
                batch.append(self._waiting.get())
            going = None not in batch
            if wanted := [w for w in batch if w]:
                self._make_durable(wanted)

    def _make_durable(self, wanted: list[_Wanted]) -> None:
        try:
            if self._journal.behind > self._most_behind:
                raise StoreUnavailable("ST-003")
            self._journal.append([w.arrival for w in wanted])
        except StoreUnavailable as fault:
            for w in wanted:
                w.kept.set_exception(fault)
            return
        for w in wanted:
            w.kept.set_result(None)
        self._news.set()

    def _read(self) -> None:
        """Take from the journal until it is empty, again and again; a store that does not answer is asked again later."""
        failed = 0
        while not self._stop.is_set():
            self._news.clear()
            try:
                if self._left.is_set():
                    self._finish()
                while not self._stop.is_set() and self._take_in():
                    failed = 0
            except StoreUnavailable as fault:
                say("vado.intake", "what was acknowledged waits for the store", Level.ERROR, code=fault.code)
                self._stop.wait(_WAITS[min(failed, len(_WAITS) - 1)])
                failed += 1
                self._left.set()  # some may be in the store and not read
                continue
            except Exception as fault:  # noqa: BLE001 - a fault of ours in one original must not stop the others; its text may hold a patient's value
                say("vado.intake", "these originals stay unread until the next start", Level.ERROR, fault=type(fault).__name__)
                continue
            self._news.wait(_REST)

    def _finish(self) -> None:
        """Read what an earlier stop left, and what was too big for the journal."""
        self._left.clear()
        try:
            if any(self._stop.is_set() for _ in resume(self._x)):
                self._left.set()
        except StoreUnavailable:
            self._left.set()
            raise

    def _take_in(self) -> int:
        """Keep the oldest arrivals and read them; give their number."""
        batch = self._journal.next(_READ)
        kept = keep(self._x, batch)
        self._journal.forget(len(batch))  # whatever reading does: they are in the store now, as work to do
        for _ in carry_on(self._x, [original for original, is_new in kept if is_new]):
            pass
        return len(batch)
