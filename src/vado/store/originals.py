"""The bytes of originals, content-addressed: one file per SHA-256, written once, never altered."""

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import orjson

from vado.errors import NotFound, StoreUnavailable
from vado.model.original import OriginalId, original_id

_PART = ".part"  # in its place: where in another original the bytes are
_BLOCK = 1 << 20
_TOGETHER = 64  # files that are open at once


class FolderOriginals:
    """Bytes in a folder of the local disk: aa/bb/<sha-256>."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sure: set[str] = set()  # folders whose names are on disk, as far as this process made sure of it
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> OriginalId:
        """Return when the bytes and their name are on disk (fsync). The same bytes again change nothing.

        Raises:
            StoreUnavailable: ST-001, the disk is full or read-only; nothing was kept.
        """
        return self.put_all((content,))[0]

    def put_all(self, contents: Iterable[bytes]) -> tuple[OriginalId, ...]:
        """Do so with many: all are written before the disk is waited for, which then has nearly everything to do at once.

        Raises:
            StoreUnavailable: ST-001, the disk is full or read-only; some may be kept.
        """
        names: list[OriginalId] = []
        rest = iter(contents)
        while some := list(islice(rest, _TOGETHER)):
            named = {original_id(content): content for content in some}
            paths = {self._path(name): content for name, content in named.items()}
            try:
                self._write([(lambda p=path: p, (content,)) for path, content in paths.items() if not path.exists()])
            except OSError as fault:
                raise StoreUnavailable("ST-001", private=fault) from fault
            names += map(original_id, some) if len(named) < len(some) else named
        return tuple(names)

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
            self._write([(lambda: self._path(OriginalId(digest.hexdigest())), blocks())])
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
            self._write([(lambda: beside, (orjson.dumps({"of": whole, "at": at, "size": size}),))])
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

    def _write(self, files: Iterable[tuple[Callable[[], Path], Iterable[bytes]]]) -> None:
        # A reader never sees half a file: write beside, sync, rename, sync the folder. The name is asked when all is written.
        begun: list[tuple[BinaryIO, Path, Callable[[], Path]]] = []
        try:
            for named, content in files:
                handle, beside = tempfile.mkstemp(dir=self._folder, prefix=".arriving-")
                begun.append((os.fdopen(handle, "wb"), Path(beside), named))
                for block in content:
                    begun[-1][0].write(block)
            for file, _, _ in begun:
                file.flush()
                os.fsync(file.fileno())
            changed: set[Path] = set()
            for _, beside, named in begun:
                path = named()
                path.parent.mkdir(parents=True, exist_ok=True)
                beside.chmod(0o440)
                beside.replace(path)
                changed.add(path.parent)
        except OSError:
            for _, beside, _ in begun:
                beside.unlink(missing_ok=True)
            raise
        finally:
            for file, _, _ in begun:
                file.close()
        self._sync_all(changed)

    def _sync_all(self, folders: Iterable[Path]) -> None:
        """Make the names in these folders sure, and those of the folders themselves where nobody has yet."""
        fresh = {f for f in folders if str(f) not in self._sure}
        parents = {f.parent for f in fresh}
        first = {self._folder} if any(str(p) not in self._sure for p in parents) else set[Path]()
        for folder in {*folders, *parents, *first}:
            _sync(folder)
        self._sure |= {str(f) for f in (*fresh, *parents)}


class MemoryOriginals:
    """Bytes in memory, for tests."""

    def __init__(self) -> None:
        self._kept: dict[OriginalId, bytes] = {}

    def put(self, content: bytes) -> OriginalId:
        """Keep the bytes under their hash."""
        name = original_id(content)
        self._kept[name] = content
        return name

    def put_all(self, contents: Iterable[bytes]) -> tuple[OriginalId, ...]:
        """Keep all of these."""
        return tuple(map(self.put, contents))

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
