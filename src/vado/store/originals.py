"""The bytes of originals, content-addressed: one file per SHA-256, written once, never altered."""

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import orjson

from vado.errors import NotFound, StoreUnavailable
from vado.model.original import OriginalId, original_id

_PART = ".part"  # in its place: where in another original the bytes are
_BLOCK = 1 << 20


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
            self._write(lambda: path, (content,))
        except OSError as fault:
            raise StoreUnavailable("ST-001", private=fault) from fault
        return name

    def get(self, original: OriginalId) -> bytes:
        """Give the bytes. Raises NotFound RE-003, or StoreUnavailable ST-002 when they are not what they were."""
        try:
            content = self._path(original).read_bytes()
        except FileNotFoundError:
            content = self._part(original)
        if original_id(content) != original:
            raise StoreUnavailable("ST-002")
        return content

    def verify(self) -> Iterator[tuple[OriginalId, bool]]:
        """Re-hash everything kept: (id, bytes still have this hash), in the order of ids."""
        for path in sorted(self._folder.glob("??/??/*")):
            name = OriginalId(path.name.removesuffix(_PART))
            if path.suffix == _PART:
                yield name, original_id(self._part(name)) == name
                continue
            with path.open("rb") as file:
                yield name, hashlib.file_digest(file, "sha256").hexdigest() == name

    def put_stream(self, file: BinaryIO) -> tuple[OriginalId, int]:
        """Return name and size when the bytes and their name are on disk; they are hashed while they are written.

        Raises:
            StoreUnavailable: ST-001, the disk is full or read-only; nothing was kept.
        """
        digest, size = hashlib.sha256(), 0

        def blocks() -> Iterator[bytes]:
            nonlocal size
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
                yield block

        try:
            self._write(lambda: self._path(OriginalId(digest.hexdigest())), blocks())
        except OSError as fault:
            raise StoreUnavailable("ST-001", private=fault) from fault
        return OriginalId(digest.hexdigest()), size

    def put_part(self, whole: OriginalId, at: int, size: int) -> OriginalId:
        """Give a name to `size` bytes of what is kept, from byte `at`: a line of JSON says where they are."""
        name = original_id(self._range(whole, at, size))
        path = self._path(name)
        beside = path.with_name(name + _PART)
        if path.exists() or beside.exists():
            return name
        try:
            self._write(lambda: beside, (orjson.dumps({"of": whole, "at": at, "size": size}),))
        except OSError as fault:
            raise StoreUnavailable("ST-001", private=fault) from fault
        return name

    def open(self, original: OriginalId) -> BinaryIO:
        """Open what is kept for reading. Raises NotFound RE-003."""
        try:
            return self._path(original).open("rb")
        except FileNotFoundError:
            return io.BytesIO(self._part(original))

    def _part(self, name: OriginalId) -> bytes:
        try:
            said = orjson.loads(self._path(name).with_name(name + _PART).read_bytes())
            return self._range(said["of"], said["at"], said["size"])
        except FileNotFoundError as fault:
            raise NotFound("RE-003") from fault

    def _range(self, whole: OriginalId, at: int, size: int) -> bytes:
        with self._path(whole).open("rb") as file:
            file.seek(at)
            return file.read(size)

    def _path(self, name: OriginalId) -> Path:
        return self._folder / name[:2] / name[2:4] / name

    def _write(self, named: Callable[[], Path], content: Iterable[bytes]) -> None:
        # A reader never sees half a file: write beside, sync, rename, sync the folder. The name is asked when all is written.
        handle, beside = tempfile.mkstemp(dir=self._folder, prefix=".arriving-")
        try:
            with os.fdopen(handle, "wb") as file:
                for block in content:
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            path = named()
            path.parent.mkdir(parents=True, exist_ok=True)
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

    def put_stream(self, file: BinaryIO) -> tuple[OriginalId, int]:
        """Keep all bytes of the file."""
        content = file.read()
        return self.put(content), len(content)

    def put_part(self, whole: OriginalId, at: int, size: int) -> OriginalId:
        """Keep these bytes a second time."""
        return self.put(self._kept[whole][at : at + size])

    def open(self, original: OriginalId) -> BinaryIO:
        """Open what was put for reading. Raises NotFound RE-003."""
        return io.BytesIO(self.get(original))

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
