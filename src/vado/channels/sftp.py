"""A partner's SFTP server that Vado fetches from: whole files, moved or deleted there only when they are durable here."""

import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import paramiko

from vado.channels.names import leads_out, plain_name, unfinished
from vado.channels.remembered import Remembered
from vado.channels.said import PullWay, read_way
from vado.channels.ssh import Ssh, signed_in, speaking
from vado.channels.steady import Steady, check_marker, marker_of
from vado.errors import NotTaken, Unreachable
from vado.model.original import PartnerId

_MOST = 100_000  # names of one folder that are looked at
_AHEAD = 64  # blocks asked for before the first has come

Looks = tuple[int | None, int | None]  # bytes, time of the last change


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpIn(Ssh, PullWay):
    """How one partner comes in by an SFTP server: a [[channel]] of its profile."""

    kind: ClassVar[str] = "sftp"
    folder: str = "."
    """Folder of the server. Only what lies in it is looked at."""
    steady: float = 60.0
    """Seconds in which size and time of a file must not have changed before it is taken."""
    marker: str = ""
    """Name of a second file by which the partner says that the first is whole: "{name}.done", "{stem}.ok". "": none is needed."""
    after: str = "move"
    """What becomes of a file that is durable: "move" to done, "delete", or "keep" where Vado may only read."""
    done: str = "done"
    """Folder in the folder for what was taken in; made if it is missing."""
    failed: str = "failed"
    """Folder in the folder for what never can be."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        self.check_access()
        check_marker(self.marker)
        if self.after not in ("move", "delete", "keep"):
            raise ValueError("after is move, delete or keep")
        if any(leads_out(folder) for folder in (self.done, self.failed)):
            raise ValueError("done and failed are names of folders in the folder")


def read(partner: PartnerId, table: Mapping[str, Any], place: Path) -> SftpIn:
    """Read one [[channel]]. Raises SettingsError CO-001, CO-002."""
    return read_way(SftpIn, partner, table, place)


def source(way: SftpIn, data: Path) -> "SftpSource":
    """Give what is looked at."""
    return SftpSource(way, Remembered(data, way.partner, way.name))


class SftpSource:
    """What lies in the folder of the server."""

    def __init__(self, way: SftpIn, taken: Remembered) -> None:
        self._way, self._taken = way, taken
        self._steady = Steady(way.steady, way.marker)
        self.waiting = 0

    @contextmanager
    def look(self) -> Iterator[Iterator["SftpItem"]]:
        """Sign in, and give the files that are whole, by name. Raises Unreachable CH-001, CH-005, CH-006, CH-008."""
        with signed_in(self._way) as client:
            yield self._ripe(client)

    def _ripe(self, client: paramiko.SFTPClient) -> Iterator["SftpItem"]:
        with speaking():
            try:
                listed = islice(client.listdir_iter(self._way.folder), _MOST)
                found = {a.filename: a for a in listed if not unfinished(a.filename) and not stat.S_ISDIR(a.st_mode or 0)}
            except (FileNotFoundError, PermissionError) as fault:
                raise Unreachable("CH-008", fault=type(fault).__name__) from fault
        looks: dict[str, Looks] = {name: (a.st_size, a.st_mtime) for name, a in found.items()}
        self._taken.keep_only(looks)
        left = {name: look for name, look in looks.items() if not self._taken.knows(name, repr(look))}
        self.waiting = len(left) - len(self._steady.markers(left))
        for name in self._steady.ripe(left):
            self.waiting -= 1
            yield SftpItem(self._way, client, found[name], self._taken)


class SftpItem:
    """One file of the server."""

    def __init__(self, way: SftpIn, client: paramiko.SFTPClient, told: paramiko.SFTPAttributes, taken: Remembered) -> None:
        self._way, self._client, self._taken = way, client, taken
        self._name, self._mode, self._looks = told.filename, told.st_mode or 0, (told.st_size, told.st_mtime)
        self.name, self.size, self.exact = plain_name(told.filename), told.st_size or 0, told.st_size is not None

    def open(self) -> BinaryIO:
        """Open it. Raises NotTaken CH-003, CH-011; Unreachable CH-001, CH-008."""
        if leads_out(self._name):
            raise NotTaken("CH-011")
        if self._mode and not stat.S_ISREG(self._mode):
            raise NotTaken("CH-003", kind="link" if stat.S_ISLNK(self._mode) else "device")
        with speaking():
            try:
                file = self._client.open(self._path(self._name), "rb")
            except (FileNotFoundError, PermissionError) as fault:
                raise Unreachable("CH-008", fault=type(fault).__name__) from fault
            if self.exact:
                file.prefetch(self.size, _AHEAD)
        return _Told(file)  # pyright: ignore[reportReturnType] - it reads and closes as one does

    def done(self) -> None:
        """Move, delete or remember it, unless somebody has written into it since. Raises Unreachable CH-009."""
        with self._allowed():
            told = self._client.lstat(self._path(self._name))
            if (told.st_size, told.st_mtime) != self._looks:
                return
            if self._way.after == "keep":
                self._taken.add(self._name, repr(self._looks))
            else:
                self._away(self._way.done if self._way.after == "move" else "")

    def failed(self, fault: NotTaken) -> None:
        """Move it into the folder of what failed; where nothing may be moved, or its name leads out, it is remembered."""
        with self._allowed():
            if self._way.after == "keep" or leads_out(self._name):
                self._taken.add(self._name, repr(self._looks))
            else:
                self._away(self._way.failed)

    @contextmanager
    def _allowed(self) -> Iterator[None]:
        try:
            with speaking():
                yield
        except Unreachable as fault:
            raise Unreachable("CH-009", fault=str(fault.slots.get("fault", fault.code))) from fault

    def _away(self, folder: str) -> None:
        here = self._path(self._name)
        if folder:
            with suppress(OSError):  # it is there already
                self._client.mkdir(self._path(folder))
            self._client.rename(here, self._free(folder))
        else:
            self._client.remove(here)
        if self._way.marker:
            with suppress(FileNotFoundError):
                self._client.remove(self._path(marker_of(self._way.marker, self._name)))

    def _free(self, folder: str) -> str:
        """Give the path there, numbered when there is one like it: nothing is overwritten."""
        path, n = self._path(f"{folder}/{self._name}"), 1
        while True:
            try:
                self._client.lstat(path)
            except FileNotFoundError:
                return path
            n += 1
            path = self._path(f"{folder}/{n}-{self._name}")

    def _path(self, name: str) -> str:
        return f"{self._way.folder.rstrip('/')}/{name}"


class _Told:
    """A file of the server, whose faults are told by their code."""

    def __init__(self, file: paramiko.SFTPFile) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        with speaking():
            return self._file.read(size)

    def __enter__(self) -> "_Told":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, EOFError, paramiko.SSHException):
            self._file.close()
