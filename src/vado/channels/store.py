"""Object storage, and whatever else fsspec opens: s3://bucket/prefix, abfs://, gs://, file://. New objects are taken in.

What was taken is remembered here by its tag, or by time and size, after it is durable; so Vado needs no right but to read.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import fsspec
import orjson
from fsspec.registry import known_implementations

from vado.channels.names import plain_name, unfinished
from vado.channels.remembered import Remembered
from vado.channels.said import PullWay, Way, read_way, secret
from vado.channels.steady import Steady
from vado.errors import NotTaken, Unreachable, VadoError
from vado.model.original import PartnerId

_TAGS = ("ETag", "etag", "md5", "content_md5", "checksum", "version_id")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "created")


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """What is said of a storage, for both directions."""

    url: str
    """What is looked at or written to: "s3://bucket/prefix", "abfs://container/prefix", "file:///srv/share"."""
    credentials: Path | None = None
    """JSON file with what fsspec wants to know to sign in, {"key": "...", "secret": "..."} for s3; readable for Vado alone."""
    endpoint: str = ""
    """Address of an S3 server that is not Amazon's."""

    def check_url(self) -> None:
        """Refuse what is no address, or more than one. Raises ValueError."""
        protocol, _, rest = self.url.partition("://")
        if not rest or "::" in self.url or protocol not in known_implementations:
            raise ValueError(f"url is no address that can be opened: {protocol}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreIn(Bucket, PullWay):
    """How one partner comes in by a storage: a [[channel]] of its profile."""

    kind: ClassVar[str] = "store"
    deep: bool = False
    """Look also into folders in it (longer prefixes)."""
    steady: float = 5.0
    """Seconds in which size and tag of an object must not have changed before it is taken; 0 where objects appear whole (s3)."""
    after: str = "keep"
    """What becomes of an object that is durable: "keep", or "delete"."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        self.check_url()
        if self.after not in ("keep", "delete"):
            raise ValueError("after is keep or delete")


def read(partner: PartnerId, table: Mapping[str, Any], place: Path) -> StoreIn:
    """Read one [[channel]]. Raises SettingsError CO-001, CO-002."""
    return read_way(StoreIn, partner, table, place)


def source(way: StoreIn, data: Path) -> "StoreSource":
    """Give what is looked at. Raises VadoError CH-007, CH-010."""
    return StoreSource(way, *opened(way), Remembered(data, way.partner, way.name))


def opened(way: Bucket) -> tuple[Any, str]:
    """Give the file system of fsspec, and the path in it.

    Raises:
        VadoError: CH-007, the credentials cannot be read; CH-010, a package is missing.
    """
    protocol = way.url.partition("://")[0]
    options: dict[str, Any] = {"use_listings_cache": False} if protocol not in ("file", "memory") else {}
    if way.credentials:
        try:
            options |= orjson.loads(secret("credentials", way.credentials))
        except (orjson.JSONDecodeError, TypeError) as fault:
            raise VadoError("CH-007", key="credentials", fault="it is no JSON object") from fault
    if way.endpoint:
        options["client_kwargs"] = {**options.get("client_kwargs", {}), "endpoint_url": way.endpoint}
    try:
        system, path = fsspec.core.url_to_fs(way.url, **options)
    except (ImportError, OSError) as fault:  # a library of the system may be missing as well
        needs = "pip install 'vado[s3]'" if protocol == "s3" else str(known_implementations[protocol].get("err", protocol))
        raise VadoError("CH-010", protocol=protocol, needs=needs) from fault
    return system, path.rstrip("/")


@contextmanager
def asking() -> Iterator[None]:
    """Tell a fault of a storage by its code: each has exceptions of its own, and their text may name an object."""
    try:
        yield
    except VadoError:
        raise
    except (FileNotFoundError, PermissionError, NotADirectoryError) as fault:
        raise Unreachable("CH-008", fault=type(fault).__name__) from fault
    except Exception as fault:
        raise Unreachable("CH-001", fault=type(fault).__name__) from fault


class StoreSource:
    """The objects under one address."""

    def __init__(self, way: StoreIn, system: Any, path: str, taken: Remembered) -> None:
        self._way, self._system, self._path, self._taken = way, system, path, taken
        self._steady = Steady(way.steady)
        self.waiting = 0

    @contextmanager
    def look(self) -> Iterator[Iterator["StoreItem"]]:
        """Give the objects that were not taken yet, by name. Raises Unreachable CH-001, CH-008."""
        with asking():
            self._system.invalidate_cache()
            if not self._system.exists(self._path):
                found: dict[str, Any] = {}  # an empty prefix does not exist
            else:
                found = self._system.find(self._path, maxdepth=None if self._way.deep else 1, detail=True)
        yield self._ripe({n: i for n, i in found.items() if not unfinished(n.rpartition("/")[2])})

    def _ripe(self, found: Mapping[str, Mapping[str, Any]]) -> Iterator["StoreItem"]:
        versions = {name: version_of(about) for name, about in found.items()}
        self._taken.keep_only(versions)
        left = {name: version for name, version in versions.items() if not self._taken.knows(name, version)}
        self.waiting = len(left)
        for name in self._steady.ripe(left):
            self.waiting -= 1
            yield StoreItem(self._way, self._system, name, found[name], self._taken)


def version_of(about: Mapping[str, Any]) -> str:
    """Say which version of an object this is: its tag, else its time and size."""
    tag = next((str(about[k]) for k in _TAGS if about.get(k)), "")
    at = next((about[k] for k in _TIMES if about.get(k)), "")
    return tag or f"{at.timestamp() if isinstance(at, datetime) else at}/{about.get('size')}"


class StoreItem:
    """One object."""

    def __init__(self, way: StoreIn, system: Any, path: str, about: Mapping[str, Any], taken: Remembered) -> None:
        self._way, self._system, self._path, self._taken = way, system, path, taken
        self._version, self._is_link = version_of(about), bool(about.get("islink"))
        self.name, self.size, self.exact = plain_name(path), about.get("size") or 0, about.get("size") is not None

    def open(self) -> BinaryIO:
        """Open it. Raises NotTaken CH-003; Unreachable CH-001, CH-008."""
        if self._is_link:
            raise NotTaken("CH-003", kind="link")
        with asking():
            return _Told(self._system.open(self._path, "rb"))  # pyright: ignore[reportReturnType] - it reads and closes as one does

    def done(self) -> None:
        """Remember or delete it, unless there is another version since. Raises Unreachable CH-009."""
        if self._way.after == "keep":
            self._taken.add(self._path, self._version)
            return
        try:
            with asking():
                self._system.invalidate_cache()
                if version_of(self._system.info(self._path)) == self._version:
                    self._system.rm_file(self._path)
        except Unreachable as fault:
            raise Unreachable("CH-009", fault=str(fault.slots.get("fault", fault.code))) from fault

    def failed(self, fault: NotTaken) -> None:
        """Remember it: this version is never taken."""
        self._taken.add(self._path, self._version)


class _Told:
    """An object that is read, whose faults are told by their code."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        with asking():
            return self._file.read(size)

    def __enter__(self) -> "_Told":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOut(Bucket, Way):
    """A storage of a partner that Vado writes to: a [[channel]] with way = "out"."""

    kind: ClassVar[str] = "store"

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        self.check_url()
