"""What has been acknowledged and is not in the store yet: one file that only grows, synced before anybody is told 'received'.

So a sender never waits for the database, and what was acknowledged while the database was down is not lost.
A record is: 4 bytes length of its head, 8 bytes length of the content, 4 bytes CRC-32 of both, head (JSON), content.
A record that was cut off by a crash was never acknowledged: it is dropped.
"""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from struct import Struct
from threading import Lock
from typing import BinaryIO
from zlib import crc32

import orjson

from vado.errors import StoreUnavailable
from vado.model.original import Arrival, OriginalId, PartnerId

_FRAME = Struct(">IQI")
_FILE = "arrivals"
_DONE = "arrivals.done"  # how many bytes of it the store has
_FULL = 64 * 1024 * 1024  # bytes: emptied when all of it is in the store, and it has grown beyond this


class FileJournal:
    """Arrivals in a file of the local disk, in the order in which they were acknowledged."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._done_path = folder / _FILE, folder / _DONE
        self._lock = Lock()
        self._ends: list[int] = []  # of what `next` gave last
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = self._whole()
        os.ftruncate(self._file, self._size)
        self._done = min(self._noted(), self._size)
        folder_handle = os.open(folder, os.O_RDONLY)
        os.fsync(folder_handle)
        os.close(folder_handle)

    @property
    def behind(self) -> int:
        """How many bytes are acknowledged and not in the store yet."""
        return self._size - self._done

    def append(self, arrivals: Sequence[Arrival]) -> None:
        """Return when all of them are on disk (fsync).

        Raises:
            StoreUnavailable: ST-001, the disk is full or read-only; none of them was kept.
        """
        records = b"".join(map(_record, arrivals))
        with self._lock:
            try:
                _write(self._file, records)
                os.fdatasync(self._file)
            except OSError as fault:
                os.ftruncate(self._file, self._size)
                raise StoreUnavailable("ST-001", private=fault) from fault
            self._size += len(records)

    def next(self, most: int) -> tuple[Arrival, ...]:
        """Give the oldest arrivals that the store has not got, at most so many; () when it has them all."""
        found: list[Arrival] = []
        self._ends = []
        with self._path.open("rb") as file:
            for arrival, end in islice(_records(file, self._done, self._size), most):
                found.append(arrival)
                self._ends.append(end)
        return tuple(found)

    def forget(self, count: int) -> None:
        """Note that the store has the first `count` of what was given last.

        After a crash some may be given again: keeping twice changes nothing.
        """
        with self._lock:
            self._done = self._ends[count - 1] if count else self._done
            if self._done == self._size and self._size > _FULL:
                os.ftruncate(self._file, 0)
                os.fsync(self._file)
                self._size = self._done = 0
        self._done_path.write_text(str(self._done))

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _whole(self) -> int:
        """Say where the last whole record ends."""
        end = 0
        with self._path.open("rb") as file:
            for _, at in _records(file, 0, os.fstat(self._file).st_size):
                end = at
        return end

    def _noted(self) -> int:
        try:
            return int(self._done_path.read_text())
        except (FileNotFoundError, ValueError):
            return 0


def behind(folder: Path) -> int:
    """Say how many bytes of a journal the store has not got yet, whoever has it open; 0 when there is none."""
    try:
        size = (folder / _FILE).stat().st_size
        return max(0, size - int((folder / _DONE).read_text()))
    except FileNotFoundError:
        return (folder / _FILE).stat().st_size if (folder / _FILE).is_file() else 0
    except ValueError:  # it is being written
        return 0


def _record(arrival: Arrival) -> bytes:
    head = orjson.dumps(
        {
            "partner": arrival.partner, "channel": arrival.channel, "name": arrival.name, "parent": arrival.parent,
            "at": arrival.at.isoformat() if arrival.at else None,
        }
    )  # fmt: skip
    return _FRAME.pack(len(head), len(arrival.content), crc32(arrival.content, crc32(head))) + head + arrival.content


def _records(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[Arrival, int]]:
    """Give each whole record from byte `start`, and where it ends."""
    file.seek(start)
    while start + _FRAME.size <= stop:
        long, size, sum_ = _FRAME.unpack(file.read(_FRAME.size))
        end = start + _FRAME.size + long + size
        if end > stop:
            return
        head, content = file.read(long), file.read(size)
        if crc32(content, crc32(head)) != sum_:
            return
        said = orjson.loads(head)
        at = datetime.fromisoformat(said["at"]) if said["at"] else None
        parent = OriginalId(said["parent"]) if said["parent"] else None
        yield Arrival(PartnerId(said["partner"]), said["channel"], content, said["name"], parent, at), end
        start = end


def _write(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]
