"""Unpack within limits. Names inside are kept as names, never used as paths."""

import gzip
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
from vado.model.reading import Fidelity, Item, Place, Reading

FILES = 10_000
BYTES = 200_000_000  # unpacked, in all: children travel and live in memory
_CHUNK = 1 << 20
_CHANNEL = "inside"
_OFFICE = (b"word/", b"xl/", b"ppt/", b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis")


class ArchiveReader:
    """Zip, gz and tar archives; office documents are zips too, but not archives."""

    name = "archive"
    version = "1"

    def claims(self, original: Original, content: bytes) -> float:
        """Say how surely this is an archive."""
        if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return 0.0 if any(mark in content[:4000] or mark in content[-60_000:] for mark in _OFFICE) else 0.8
        return 0.8 if content.startswith(b"\x1f\x8b") or content[257:262] == b"ustar" else 0.0

    def read(self, original: Original, content: bytes) -> Reading:
        """Give one item per file inside; the files are its children.

        Raises:
            UnreadableOriginal: IN-007 damaged, IN-015 beyond the limits, IN-016 locked.
        """
        try:
            inside = list(_inside(content, original.name))
        except (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, ValueError) as fault:
            raise UnreadableOriginal("IN-007", fault="the archive is not whole") from fault
        items = tuple(Item("file", f"{len(data)} bytes", Place(original.id, f"file {n}")) for n, (_, data) in enumerate(inside, 1))
        children = tuple(Arrival(original.partner, _CHANNEL, data, name, original.id) for name, data in inside)
        media = "application/zip" if content.startswith(b"PK") else "application/gzip" if content.startswith(b"\x1f") else "application/x-tar"
        return Reading(original.id, f"{self.name}/{self.version}", media, Fidelity.IMAGE, items, (), children)

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """A container says nothing itself."""
        return Facts(ledger=(Entry("file", End.MAPPED, "an original of its own", len(reading.items)),) if reading.items else ())

    def picture(self, content: bytes, page: int) -> bytes | None:
        """An archive has no pages."""
        return None


def _inside(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    left = BYTES
    for n, (inner, data) in enumerate(_files(content, name)):
        left -= len(data)
        if n >= FILES or left < 0:
            raise UnreadableOriginal("IN-015", limit=FILES)
        yield inner, data


def _files(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            if any(e.flag_bits & 1 for e in entries):
                raise UnreadableOriginal("IN-016")
            if len(entries) > FILES:
                raise UnreadableOriginal("IN-015", limit=FILES)
            for entry in entries:
                with archive.open(entry) as file:
                    yield entry.filename, _bounded(file)
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


def _bounded(file: IO[bytes]) -> bytes:
    """Read as long as it stays within the limit: what a header declares is not believed."""
    parts: list[bytes] = []
    size = 0
    while part := file.read(_CHUNK):
        size += len(part)
        if size > BYTES:
            raise UnreadableOriginal("IN-015", limit=FILES)
        parts.append(part)
    return b"".join(parts)
