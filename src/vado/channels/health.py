"""How each channel fares: what the server last saw, in a file that `vado channels` and others may read while it runs."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread

import orjson

from vado.model.codec import from_plain, to_plain
from vado.model.original import PartnerId

FILE = "channels.json"  # in the place's data folder
_SECONDS = 1.0  # between two looks whether anything has changed
_ALIVE = 30  # looks after which the file is written again all the same: so it can be seen that the server lives
SILENT = 90.0  # seconds without a word after which the server is taken for gone


@dataclass(frozen=True, slots=True)
class Health:
    """How one channel fares. All moments are aware, UTC; None: never."""

    partner: PartnerId
    kind: str
    name: str
    open: bool = False  # the server has it open
    heard: datetime | None = None  # when the server last wrote this
    succeeded: datetime | None = None  # last look, or last item of a channel that listens, that went well
    failed: datetime | None = None
    code: str = ""  # of the last failure
    in_a_row: int = 0  # failures since the last success
    again: datetime | None = None  # when it is tried again after a failure
    waiting: int = 0  # seen there and not taken in yet
    taken: int = 0  # items made durable since the start
    refused: int = 0  # items refused for good since the start

    def well(self, now: datetime) -> bool:
        """Say whether the channel is open, its server alive, and its last look went well."""
        alive = self.heard is not None and (now - self.heard).total_seconds() < SILENT
        return self.open and alive and not self.in_a_row


class Pulse:
    """Takes down how one channel fares; any thread may."""

    def __init__(self, partner: PartnerId, kind: str, name: str) -> None:
        self._lock, self._now = Lock(), Health(partner, kind, name)

    @property
    def health(self) -> Health:
        """How it fares."""
        return self._now

    def opened(self, is_open: bool = True) -> None:
        """Note that the channel is open, or closed."""
        with self._lock:
            self._now = replace(self._now, open=is_open)

    def well(self, *, taken: int = 0, waiting: int | None = None) -> None:
        """Note a look or an item that went well."""
        with self._lock:
            h = self._now
            left = h.waiting if waiting is None else waiting
            self._now = replace(
                h, succeeded=datetime.now(UTC), in_a_row=0, again=None, taken=h.taken + taken, waiting=left
            )  # fmt: skip

    def took(self, waiting: int) -> None:
        """Note one item taken in, in the middle of a look."""
        with self._lock:
            self._now = replace(self._now, taken=self._now.taken + 1, waiting=waiting)

    def ill(self, code: str, again: datetime | None = None) -> None:
        """Note a look or an item that failed."""
        with self._lock:
            h = self._now
            self._now = replace(h, failed=datetime.now(UTC), code=code, in_a_row=h.in_a_row + 1, again=again)

    def refused(self, code: str) -> None:
        """Note an item that is never taken in; the channel itself is well."""
        with self._lock:
            self._now = replace(self._now, refused=self._now.refused + 1, failed=datetime.now(UTC), code=code)


class Board:
    """Writes the pulses of all channels into one file, as long as it is open. Use it as a context."""

    def __init__(self, pulses: Iterable[Pulse], data: Path) -> None:
        self._pulses, self._path = tuple(pulses), data / FILE
        self._stop, self._written = Event(), ()
        self._thread = Thread(target=self._keep, name="vado-health", daemon=True)

    def __enter__(self) -> "Board":
        self._write()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._write()

    @property
    def health(self) -> tuple[Health, ...]:
        """How each channel fares."""
        return tuple(p.health for p in self._pulses)

    def _keep(self) -> None:
        looks = 0
        while not self._stop.wait(_SECONDS):
            looks += 1
            if self.health != self._written or looks % _ALIVE == 0:
                with suppress(OSError):  # a full disk must not stop the channels; they say so themselves
                    self._write()

    def _write(self) -> None:
        self._written = self.health
        heard = datetime.now(UTC)
        beside = self._path.with_suffix(".new")
        beside.write_bytes(orjson.dumps([to_plain(replace(h, heard=heard)) for h in self._written]))
        os.replace(beside, self._path)  # noqa: PTH105 - one call, all or nothing


def read_health(data: Path) -> tuple[Health, ...]:
    """Give what the server last wrote; () when it never ran with channels."""
    try:
        return tuple(from_plain(Health, h) for h in orjson.loads((data / FILE).read_bytes()))
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # none, or of another version
        return ()
