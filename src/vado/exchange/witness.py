"""Who reads is noted before anything is given out: many readers' audit events in one commit, and no answer before it is durable.

SQLite has one writer: a commit for every read would be all that it does. So reads queue; whatever has queued while one commit went
to the disk goes into the next, and single resources are looked up together as well.
"""

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Lock, Thread

from vado.exchange.ports import Audit, Store
from vado.model.query import Stored

_TOGETHER = 256  # readers in one commit


@dataclass(slots=True)
class _Reader:
    events: tuple[Audit, ...]
    ref: str  # what is read; '' when nothing is left to read
    done: Future[Stored | None] = field(default_factory=Future)


class Witness:
    """One thread that looks things up and notes who looked. Safe to ask from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: SimpleQueue[_Reader | None] = SimpleQueue()
        self._lock, self._thread = Lock(), None

    def note(self, events: Iterable[Audit]) -> Future[Stored | None]:
        """Give what is done when these events are durable; it raises StoreUnavailable when they are not kept."""
        return self._ask(_Reader(tuple(events), ""))

    def read(self, ref: str, event: Audit) -> Future[Stored | None]:
        """Give a resource as it stands (None: there is none) when the event is durable."""
        return self._ask(_Reader((event,), ref))

    def close(self) -> None:
        """Stop when all who asked are served."""
        with self._lock:
            if self._thread is not None:
                self._queue.put(None)
                self._thread.join()
                self._thread = None

    def _ask(self, reader: _Reader) -> Future[Stored | None]:
        self._queue.put(reader)
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = Thread(target=self._work, name="witness", daemon=True)
                    self._thread.start()
        return reader.done

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            some, goes_on = [first], True
            while len(some) < _TOGETHER and not self._queue.empty():
                reader = self._queue.get()
                if reader is None:
                    goes_on = False
                    break
                some.append(reader)
            self._serve(some)
            if not goes_on:
                return

    def _serve(self, readers: list[_Reader]) -> None:
        try:
            refs = {r.ref for r in readers if r.ref}
            found: dict[str, Stored] = {}
            if refs:
                with self._store.look() as tx:
                    found = {s.ref: s for s in tx.fhir.read(refs)}
            with self._store.begin() as tx:
                for reader in readers:
                    for event in reader.events:
                        tx.audit(event)
        except BaseException as fault:  # noqa: BLE001 - each who waits hears of it
            for reader in readers:
                reader.done.set_exception(fault)
            return
        for reader in readers:
            reader.done.set_result(found.get(reader.ref))
