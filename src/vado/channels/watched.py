"""A watched folder: a file is taken when it has stopped growing, and moved away only when it is durable.

Whoever may write into the folder is not trusted: links, devices and names are looked at before a byte is read, by handles
of the folder, so that nothing outside it is ever opened, moved or deleted.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from vado.channels.names import plain_name, unfinished
from vado.channels.said import PullWay, read_way
from vado.channels.steady import Steady, check_marker, marker_of
from vado.errors import NotTaken, SettingsError, Unreachable
from vado.model.original import PartnerId

_REASON = ".why.txt"
_LONGEST = 250  # bytes of a file's name


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFolder(PullWay):
    """How one partner comes in by a folder: a [[channel]] of its profile."""

    kind: ClassVar[str] = "folder"
    path: Path
    """The folder, absolute or of the place. Only what lies in it is looked at, not what lies in folders in it."""
    every: float = 2.0
    """Seconds between two looks. A look that fails is tried again after 5, 15, 60, 300, then every 900 seconds."""
    steady: float = 5.0
    """Seconds in which size and time of a file must not have changed before it is taken."""
    marker: str = ""
    """Name of a second file by which the partner says that the first is whole: "{name}.done", "{stem}.ok". "": none is needed."""
    after: str = "move"
    """What becomes of a file that is durable: "move" to done, or "delete"."""
    done: str = "done"
    """Folder in the folder for what was taken in."""
    failed: str = "failed"
    """Folder in the folder for what never can be; a text beside it says why."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.after not in ("move", "delete"):
            raise ValueError("after is move or delete")
        check_marker(self.marker)
        for folder in (self.done, self.failed):
            if plain_name(folder) != folder or not folder:
                raise ValueError("done and failed are names of folders in the folder")


def read(partner: PartnerId, table: Mapping[str, Any], place: Path) -> WatchedFolder:
    """Read one [[channel]]. Raises SettingsError CO-001, CO-002."""
    way = read_way(WatchedFolder, partner, table, place)
    if place.resolve() == way.path.resolve() or (place / "data").resolve() in (way.path.resolve(), *way.path.resolve().parents):
        raise SettingsError("CO-002", path=f"{partner}.toml", fault="channel: path is the place itself or its data")
    return way


def source(way: WatchedFolder, _: Path) -> "FolderSource":
    """Give what is looked at."""
    return FolderSource(way)


Seen = tuple[int, int, int]  # inode, bytes, time of the last change: as long as they stay, nobody writes


class FolderSource:
    """What lies in the folder."""

    def __init__(self, way: WatchedFolder) -> None:
        self._way = way
        self._steady = Steady(way.steady, way.marker)
        self.waiting = 0

    @contextmanager
    def look(self) -> Iterator[Iterator["FolderItem"]]:
        """Give the files that are whole, by name. Raises Unreachable CH-008."""
        try:
            self._way.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._way.path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as fault:
            raise Unreachable("CH-008", fault=type(fault).__name__) from fault
        try:
            yield self._ripe(handle)
        finally:
            os.close(handle)

    def _ripe(self, handle: int) -> Iterator["FolderItem"]:
        found = self._found(handle)
        looks = {name: look for name, (_, look) in found.items()}
        self.waiting = len(found) - len(self._steady.markers(looks))
        for name in self._steady.ripe(looks):
            self.waiting -= 1
            yield FolderItem(self._way, handle, name, *found[name])

    def _found(self, handle: int) -> dict[str, tuple[int, Seen]]:
        """Look at everything that may be taken: name -> (mode, how it looks)."""
        found: dict[str, tuple[int, Seen]] = {}
        for name in os.listdir(handle):
            if unfinished(name):
                continue
            with suppress(FileNotFoundError):  # the sender has taken it back
                s = os.stat(name, dir_fd=handle, follow_symlinks=False)
                if not stat.S_ISDIR(s.st_mode):
                    found[name] = (s.st_mode, _looks(s))
        return found


def _looks(s: os.stat_result) -> Seen:
    return (s.st_ino, s.st_size, s.st_mtime_ns)


class FolderItem:
    """One file of the folder; all is done by the handle of the folder it was seen in."""

    exact = True

    def __init__(self, way: WatchedFolder, handle: int, name: str, mode: int, looks: Seen) -> None:
        self._way, self._handle, self._name, self._mode, self._looks = way, handle, name, mode, looks
        self.name, self.size = plain_name(name), looks[1]

    def open(self) -> BinaryIO:
        """Open it. Raises NotTaken CH-003 for a link or a device, Unreachable CH-008."""
        if not stat.S_ISREG(self._mode):
            raise NotTaken("CH-003", kind="link" if stat.S_ISLNK(self._mode) else "device")
        try:
            file = os.open(self._name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._handle)
        except OSError as fault:
            raise Unreachable("CH-008", fault=type(fault).__name__) from fault
        if _looks(os.fstat(file)) != self._looks:  # exchanged since we looked
            os.close(file)
            raise Unreachable("CH-001", fault="it changed while it was taken")
        return os.fdopen(file, "rb")

    def done(self) -> None:
        """Move or delete it, unless somebody has written into it since: then it is taken again. Raises Unreachable CH-009."""
        try:
            if _looks(os.stat(self._name, dir_fd=self._handle, follow_symlinks=False)) != self._looks:
                return
            self._away(self._way.done if self._way.after == "move" else "")
        except OSError as fault:
            raise Unreachable("CH-009", fault=type(fault).__name__) from fault

    def failed(self, fault: NotTaken) -> None:
        """Move it into the folder of what failed, and say why beside it. Raises Unreachable CH-009."""
        try:
            moved = self._away(self._way.failed)
            with self._into(self._way.failed) as folder:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                with os.fdopen(os.open(_free(folder, moved + _REASON), flags, 0o600, dir_fd=folder), "w") as reason:
                    reason.write(f"{fault}\n")
        except OSError as trouble:
            raise Unreachable("CH-009", fault=type(trouble).__name__) from trouble

    @contextmanager
    def _into(self, name: str) -> Iterator[int]:
        """Open a folder in the folder, made if it is missing; a link is none."""
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=self._handle)
        folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self._handle)
        try:
            yield folder
        finally:
            os.close(folder)

    def _away(self, folder_name: str) -> str:
        """Take it, and its marker, out of the folder; give the name it has now."""
        moved = self._name
        if not folder_name:
            os.unlink(self._name, dir_fd=self._handle)
        else:
            with self._into(folder_name) as folder:
                moved = _free(folder, self._name)
                os.rename(self._name, moved, src_dir_fd=self._handle, dst_dir_fd=folder)
                if (
                    _looks(os.stat(moved, dir_fd=folder, follow_symlinks=False)) != self._looks
                ):  # exchanged in the last moment: back
                    os.rename(moved, _free(self._handle, self._name), src_dir_fd=folder, dst_dir_fd=self._handle)
        if self._way.marker:
            with suppress(FileNotFoundError):
                os.unlink(marker_of(self._way.marker, self._name), dir_fd=self._handle)
        return moved  # not synced: a move that a crash undoes only means that the file is taken again


def _free(folder: int, name: str) -> str:
    """Give the name, numbered when the folder has one like it: nothing is ever overwritten."""
    numbered, n = _short(name), 1
    while True:
        try:
            os.stat(numbered, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return numbered
        n += 1
        numbered = _short(f"{n}-{name}")


def _short(name: str) -> str:
    """Cut a name at its beginning to what a file system takes; its end says what it is."""
    return os.fsdecode(os.fsencode(name)[-_LONGEST:])
