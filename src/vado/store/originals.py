"""The bytes of originals, content-addressed: one file per SHA-256, written once, never altered."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vado.errors import NotFound, StoreUnavailable
from vado.model.original import OriginalId, original_id


class FolderOriginals:
    """Bytes in a folder of the local disk: aa/bb/<sha-256>."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> OriginalId:
        """Return when the bytes and their name are on disk (fsync). The same bytes again change nothing.

        Raises:
            StoreUnavailable: ST-001, the disk is full or read-only; nothing was kept.
        """
        name = original_id(content)
        path = self._path(name)
        if path.exists():
            return name
        try:
            self._write(path, content)
        except OSError as fault:
            raise StoreUnavailable("ST-001", private=fault) from fault
        return name

    def get(self, original: OriginalId) -> bytes:
        """Give the bytes. Raises NotFound RE-003, or StoreUnavailable ST-002 when they are not what they were."""
        try:
            content = self._path(original).read_bytes()
        except FileNotFoundError as fault:
            raise NotFound("RE-003") from fault
        if original_id(content) != original:
            raise StoreUnavailable("ST-002")
        return content

    def verify(self) -> Iterator[tuple[OriginalId, bool]]:
        """Re-hash everything kept: (id, bytes still have this hash), in the order of ids."""
        for path in sorted(self._folder.glob("??/??/*")):
            with path.open("rb") as file:
                yield OriginalId(path.name), hashlib.file_digest(file, "sha256").hexdigest() == path.name

    def _path(self, name: OriginalId) -> Path:
        return self._folder / name[:2] / name[2:4] / name

    def _write(self, path: Path, content: bytes) -> None:
        # A reader never sees half a file: write beside, sync, rename, sync the folder.
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=self._folder, prefix=".arriving-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).chmod(0o440)
            Path(beside).replace(path)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise
        for folder in (path.parent, path.parent.parent, self._folder):
            _sync(folder)


class MemoryOriginals:
    """Bytes in memory, for tests."""

    def __init__(self) -> None:
        self._kept: dict[OriginalId, bytes] = {}

    def put(self, content: bytes) -> OriginalId:
        """Keep the bytes under their hash."""
        name = original_id(content)
        self._kept[name] = content
        return name

    def get(self, original: OriginalId) -> bytes:
        """Give the bytes. Raises NotFound RE-003."""
        if original not in self._kept:
            raise NotFound("RE-003")
        return self._kept[original]

    def verify(self) -> Iterator[tuple[OriginalId, bool]]:
        """Re-hash everything kept."""
        for name, content in sorted(self._kept.items()):
            yield name, original_id(content) == name


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
