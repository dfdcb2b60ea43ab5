"""Unpack within limits. Names inside are kept as names, never used as paths."""

import gzip
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import IO

from vado.errors import UnreadableOriginal
from vado.model.fact import End, Entry, Facts
from vado.model.original import Arrival, Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Item, Place, Reading, issue
from vado.tools.package import kind

FILES = 10_000
BYTES = 200_000_000  # unpacked, in all: children travel and live in memory
_CHUNK = 1 << 20
_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)")  # what file managers leave behind
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError,
    RuntimeError, UnicodeDecodeError,
)  # fmt: skip
_MEDIA = {b"PK": "application/zip", b"\x1f\x8b": "application/gzip"}


class ArchiveReader:
    """Zip, gz and tar archives; office documents are zips too, but not archives."""

    name = "archive"
    version = "2"

    def claims(self, original: Original, content: bytes) -> float:
        """Say how surely this is an archive."""
        if content.startswith(b"PK"):
            return 0.8 if kind(content) == "zip" else 0.0
        return 0.8 if content.startswith(b"\x1f\x8b") or content[257:262] == b"ustar" else 0.0

    def read(self, original: Original, content: bytes, _: PartnerProfile) -> Reading:
        """Give one item per file inside; the files are its children.

        Raises:
            UnreadableOriginal: IN-001 nothing inside, IN-007 damaged, IN-015 beyond the limits, IN-016 locked.
        """
        try:
            inside = list(_inside(content, original.name))
        except _BROKEN as fault:
            raise UnreadableOriginal("IN-007", fault="the archive is not whole") from fault
        files = [(name, data) for name, data in inside if data is not None]
        if not inside or not files:
            raise UnreadableOriginal("IN-007", fault="no file inside is whole") if inside else UnreadableOriginal("IN-001")
        items, children = [], []
        for n, (name, data) in enumerate(files, 1):
            junk = bool(_JUNK.search(name)) or not data
            items.append(Item("left" if junk else "file", f"{len(data)} bytes", Place(original.id, f"file {n}")))
            if not junk:
                children.append(Arrival(original.partner, original.channel, data, name, original.id))
        lost = len(inside) - len(files)
        issues = (issue("IN-602", Place(original.id, "document"), count=lost),) if lost else ()
        media = _MEDIA.get(content[:2], "application/x-tar")
        return Reading(
            original.id, f"{self.name}/{self.version}", media, Fidelity.IMAGE, tuple(items), issues, tuple(children)
        )  # fmt: skip

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """A container says nothing itself: its files are originals of their own."""
        files = sum(item.label == "file" for item in reading.items)
        left = len(reading.items) - files
        lost = sum(int(dict(i.slots)["count"]) for i in reading.issues if i.code == "IN-602")
        entries = (
            Entry("file", End.MAPPED, "an original of its own", files),
            Entry("file", End.IGNORED, "empty, or left by a file manager", left),
            Entry("file", End.NOT_UNDERSTOOD, "", lost),
        )
        return Facts(ledger=tuple(e for e in entries if e.count))

    def picture(self, content: bytes, page: int) -> bytes | None:
        """An archive has no pages."""
        return None


def _inside(content: bytes, name: str) -> Iterator[tuple[str, bytes | None]]:
    """Give (name, content) of every file within the limits; None for one that is damaged or locked."""
    left = BYTES
    for n, (inner, data) in enumerate(_files(content, name)):
        left -= len(data or b"")
        if n >= FILES or left < 0:
            raise UnreadableOriginal("IN-015", limit=FILES)
        yield inner, data


def _files(content: bytes, name: str) -> Iterator[tuple[str, bytes | None]]:
    if content.startswith(b"PK"):
        yield from _zipped(content)
        return
    if content.startswith(b"\x1f\x8b"):
        with gzip.open(BytesIO(content)) as file:
            content = _bounded(file)
        if content[257:262] != b"ustar":
            yield name.removesuffix(".gz"), content
            return
    with tarfile.open(fileobj=BytesIO(content)) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file:
                yield member.name, _bounded(file)


def _zipped(content: bytes) -> Iterator[tuple[str, bytes | None]]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entries = [e for e in archive.infolist() if not e.is_dir()]
        locked = sum(e.flag_bits & 1 for e in entries)  # APPNOTE.TXT 4.4.4, bit 0: encrypted
        if locked and locked == len(entries):
            raise UnreadableOriginal("IN-016")
        if len(entries) > FILES:
            raise UnreadableOriginal("IN-015", limit=FILES)
        for entry in entries:
            try:
                with archive.open(entry) as file:
                    yield entry.filename, _bounded(file)
            except _BROKEN:  # the others may be whole
                yield entry.filename, None


def _bounded(file: IO[bytes] | gzip.GzipFile) -> bytes:
    """Read as long as it stays within the limit: what a header declares is not believed."""
    parts: list[bytes] = []
    size = 0
    while part := file.read(_CHUNK):
        size += len(part)
        if size > BYTES:
            raise UnreadableOriginal("IN-015", limit=FILES)
        parts.append(part)
    return b"".join(parts)
