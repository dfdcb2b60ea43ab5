"""Archives: what is inside comes out, within limits; office documents are not archives."""

import gzip
import tarfile
import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pytest

from vado.errors import UnreadableOriginal
from vado.incoming.archive import ArchiveReader
from vado.incoming.archive import read as archive
from vado.model.fact import tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.model.reading import Reading

READER = ArchiveReader()


def zipped(*files: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", how) as package:
        for name, data in files:
            package.writestr(name, data)
    return out.getvalue()


def read(content: bytes, name: str = "") -> Reading:
    original = Original(original_id(content), PartnerId("p"), "test", "", datetime(2026, 1, 1, tzinfo=UTC), name=name)
    assert READER.claims(original, content) == 0.8
    return READER.read(original, content, UNKNOWN)


def test_files_come_out_and_what_a_mac_leaves_does_not() -> None:
    reading = read(
        zipped(("a/b.csv", b"1"), ("__MACOSX/a/._b.csv", b"x"), (".DS_Store", b"x"), ("../../etc/passwd", b"2"), ("e", b""))
    )
    assert [(c.name, c.content) for c in reading.children] == [("a/b.csv", b"1"), ("../../etc/passwd", b"2")]
    assert sum(tally(READER.facts(reading, UNKNOWN).ledger).values()) == 5


def test_gz_tar_and_tgz() -> None:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo("a.txt")
        entry.size = 5
        tar.addfile(entry, BytesIO(b"hello"))
    assert [(c.name, c.content) for c in read(gzip.compress(b"hello"), "x.csv.gz").children] == [("x.csv", b"hello")]
    for content in (out.getvalue(), gzip.compress(out.getvalue())):
        assert [(c.name, c.content) for c in read(content).children] == [("a.txt", b"hello")]


@pytest.mark.parametrize("inner", [("[Content_Types].xml", b""), ("mimetype", b"application/epub+zip"), ("xl/workbook.xml", b"")])
def test_office_documents_are_no_archives_but_a_zip_of_them_is(inner: tuple[str, bytes]) -> None:
    document = zipped(inner, ("word/document.xml", b"<a/>") if inner[0].startswith("[") else ("x", b""), how=zipfile.ZIP_STORED)
    original = Original(original_id(document), PartnerId("p"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    assert READER.claims(original, document) == 0.0
    assert [c.content for c in read(zipped(("letters/word/x.docx", document), how=zipfile.ZIP_STORED)).children] == [document]


def test_one_damaged_file_does_not_take_the_others_with_it() -> None:
    content = bytearray(zipped(("a", b"hello" * 1000), ("b", b"fine")))
    content[40] ^= 0xFF
    reading = read(bytes(content))
    assert [c.name for c in reading.children] == ["b"]
    assert [i.code for i in reading.issues] == ["IN-602"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped(), "IN-001"),
        (zipped(("a", b"hello" * 1000))[:60], "IN-007"),
        (gzip.compress(b"hello" * 1000)[:20], "IN-007"),
        (zipped(*((str(n), b"") for n in range(10_001))), "IN-015"),
    ],
    ids=["empty", "cut", "cut gz", "many"],
)
def test_what_cannot_be_unpacked_says_why(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableOriginal, match=code):
        read(content)


def test_bombs_are_stopped_while_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "BYTES", 2_000_000)
    zeros = b"\0" * 1_500_000
    for content in (zipped(("a", zeros * 2)), zipped(("a", zeros), ("b", zeros)), gzip.compress(zeros * 2)):
        with pytest.raises(UnreadableOriginal, match="IN-015"):
            read(content)


def test_a_locked_zip_says_so() -> None:
    content = bytearray(zipped(("a", b"hello")))
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableOriginal, match="IN-016"):
        read(bytes(content))
