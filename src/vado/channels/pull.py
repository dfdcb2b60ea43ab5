"""Ways by which Vado fetches: look, take each item in, and only when it is durable move, delete or mark it there.

A stop between the two leaves the item where it was: it is taken again, and the same bytes of the same partner change nothing.
"""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from threading import Event, Thread
from typing import BinaryIO, Protocol

from vado.channels.circle import Opened
from vado.channels.health import Pulse
from vado.channels.said import PullWay
from vado.errors import NotTaken, StoreUnavailable, Unreachable, VadoError
from vado.model.original import Arrival, PartnerId
from vado.tools.log import Level, say

WAITS = (5.0, 15.0, 60.0, 300.0, 900.0)  # seconds after the first, second ... look that failed
STREAMED = 2_000_000  # bytes: a larger item goes straight to the originals, in flat memory
_DURABLE = 600.0  # seconds until something is durable; the disk is broken after that
_LEAST = 0.05  # seconds between two looks, whatever is said
_STOPPING = 10.0  # seconds a stop waits for an item that is on its way


class Into(Protocol):
    """Where arrivals go: the intake."""

    def take(self, arrival: Arrival) -> "Future[None]":
        """Give what comes true when the arrival is durable."""
        ...

    def take_stream(self, file: BinaryIO, *, partner: PartnerId, channel: str, name: str = "") -> None:
        """Return when a big file is durable; it is never whole in memory."""
        ...

    def opened(self, partner: PartnerId, delivery: str) -> None:
        """Note that this partner opened what we sent it."""
        ...


class Item(Protocol):
    """One thing that lies at a partner's."""

    exact: bool  # exactly `size` bytes are expected: fewer or more mean that it changed, or the line broke

    @property
    def name(self) -> str:
        """What the sender calls it, made plain; '' when it has no name."""
        ...

    @property
    def size(self) -> int:
        """Bytes, as far as is known before it is fetched."""
        ...

    def open(self) -> BinaryIO:
        """Fetch it. Raises NotTaken: it can never be taken in; Unreachable: not now; Opened: it is a receipt and nothing else."""
        ...

    def done(self) -> None:
        """Move, delete or mark it there: it is durable here. Raises Unreachable CH-009."""
        ...

    def failed(self, fault: NotTaken) -> None:
        """Put it aside there, with the reason: it is never taken in."""
        ...


class Source(Protocol):
    """What is looked at."""

    waiting: int  # seen at the last look and not ripe yet, or not reached

    def look(self) -> AbstractContextManager[Iterator[Item]]:
        """Connect, and give what is ripe; the connection is let go at the end. Raises Unreachable."""
        ...


class Puller:
    """One channel that is looked at again and again, in a thread of its own. Use it as a context."""

    def __init__(self, way: PullWay, source: Source, into: Into) -> None:
        self._way, self._source, self._into = way, source, into
        self.pulse = Pulse(way.partner, way.kind, way.name)
        self._stop = Event()
        self._thread = Thread(target=self._run, name=f"vado-{way.kind}-{way.partner}", daemon=True)

    def __enter__(self) -> "Puller":
        self.pulse.opened()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop after the item that is on its way. One that hangs is left: what is not durable is still at the partner's."""
        self._stop.set()
        self._thread.join(_STOPPING)
        self.pulse.opened(False)

    def _run(self) -> None:
        while not self._stop.is_set():
            fault = self.round()
            row = self.pulse.health.in_a_row
            seconds = WAITS[min(row, len(WAITS) - 1)] if fault else max(self._way.every, _LEAST)
            if fault:
                self._say("a look failed, it is tried again later", fault)
                self.pulse.ill(fault, datetime.now(UTC) + timedelta(seconds=seconds))
            self._stop.wait(seconds)

    def round(self) -> str:
        """Look once, and take in what is ripe; give the code of what stopped it, '' when nothing did."""
        try:
            with self._source.look() as items:
                trouble = self._take_all(items)
        except VadoError as fault:
            return fault.code
        except OSError as fault:
            return Unreachable("CH-001", fault=type(fault).__name__).code
        except Exception as fault:  # noqa: BLE001 - one channel's fault must not stop the others; its text may hold a name
            self._say("a look failed by a fault of ours", "CH-013", Level.ERROR, type(fault).__name__)
            return "CH-013"
        if not trouble:
            self.pulse.well(waiting=self._source.waiting)
        return trouble

    def _say(self, event: str, code: str, level: Level = Level.WARNING, fault: str = "") -> None:
        say("vado.channels", event, level, code=code, partner=self._way.partner, channel=self._way.name, fault=fault)

    def _take_all(self, items: Iterator[Item]) -> str:
        """Take one item after the other; one that fails does not stop those behind it. Give the first fault's code."""
        trouble = ""
        for item in items:
            if self._stop.is_set():
                break
            try:
                self._take(item)
                self.pulse.took(self._source.waiting)
                item.done()
            except Opened as receipt:
                self._into.opened(self._way.partner, receipt.delivery)
                item.done()
            except NotTaken as fault:
                self.pulse.refused(fault.code)
                self._say("an item was refused", fault.code)
                item.failed(fault)
            except StoreUnavailable:
                raise  # nothing can be kept now, so nothing more is fetched
            except VadoError as fault:
                trouble = trouble or fault.code
        return trouble

    def _take(self, item: Item) -> None:
        most = self._way.megabytes * 1_000_000
        if item.size > most:
            raise NotTaken("CH-002", megabytes=self._way.megabytes)
        with item.open() as file:
            first = file.read(STREAMED + 1)
            if not first:
                raise NotTaken("CH-012")
            if len(first) <= STREAMED:
                if item.exact and len(first) != item.size:
                    raise changed()
                arrival = Arrival(self._way.partner, self._way.kind, first, item.name, at=datetime.now(UTC))
                self._into.take(arrival).result(_DURABLE)
                return
            bounded = Bounded(first, file, item.size if item.exact else most, exact=item.exact)
            self._into.take_stream(bounded, partner=self._way.partner, channel=self._way.kind, name=item.name)  # pyright: ignore[reportArgumentType] - only read is asked


def changed() -> Unreachable:
    """Give the fault of an item that was not what it was said to be: it is taken at the next look."""
    return Unreachable("CH-001", fault="it changed while it was taken")


class Bounded:
    """Reads a file whose beginning was read already, and never more, nor where it matters less, than was said."""

    def __init__(self, first: bytes, rest: BinaryIO, most: int, *, exact: bool) -> None:
        self._first, self._rest, self._left, self._exact = BytesIO(first), rest, most, exact

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes. Raises Unreachable when there are not as many as there should be."""
        block = self._first.read(size) or self._rest.read(size)
        self._left -= len(block)
        if self._left < 0 or (not block and self._exact and self._left):
            raise changed()
        return block
