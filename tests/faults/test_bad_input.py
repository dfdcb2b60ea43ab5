"""Broken and hostile files: each ends as a kept original with a clear issue, in bounded time and memory; the rest is unaffected."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from test_kill import bundle

from plain import arrival, plain_exchange
from vado.exchange import receive as story
from vado.exchange.ports import Exchange, Row
from vado.model.original import State
from vado.wiring.room import LimitedRoom

SECONDS, MEGABYTES = 25, 1000


def locked_pdf() -> bytes:
    box, out = io.BytesIO(), io.BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    canvas.drawString(50, 700, "secret")
    canvas.save()
    with pikepdf.open(io.BytesIO(box.getvalue())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="u", owner="o", R=6))
    return out.getvalue()


def many_pages() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(10_000):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.save(out)
    return out.getvalue()


def zip_bomb() -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for n in range(30):
            archive.writestr(f"{n}.txt", b"0" * 20_000_000)
    return box.getvalue()


def locked_zip() -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("a.txt", "hello")
    raw = bytearray(box.getvalue())
    raw[6] |= 1  # the local header says: encrypted
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def image_bomb() -> bytes:
    box = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(box, "PNG")
    return box.getvalue()


BILLION = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">]><ClinicalDocument xmlns="urn:hl7-org:v3"><title>&f;&f;&f;&f;</title></ClinicalDocument>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY out SYSTEM "file:///etc/passwd">]>
<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&out;</title></ClinicalDocument>"""
HELD = {
    "empty": (lambda: b"", {"IN-001"}),
    "random bytes": (lambda: bytes(range(256)) * 40, {"IN-002"}),
    "program": (lambda: b"\x7fELF" + bytes(2000), {"IN-002"}),
    "locked PDF": (locked_pdf, {"IN-016"}),
    "cut PDF": (lambda: b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog", {"IN-007"}),
    "zip bomb": (zip_bomb, {"IN-015"}),
    "locked zip": (locked_zip, {"IN-016"}),
    "cut zip": (lambda: b"PK\x03\x04" + bytes(300), {"IN-007"}),
    "entity bomb": (lambda: BILLION, {"IN-201"}),
    "entity that reads a file": (lambda: OUTSIDE, {"IN-201"}),
    "image bomb": (image_bomb, {"IN-506", "IN-004"}),
    "HL7 without MSH": (lambda: b"PID|1||77^^^H^MR||Garcia^Ana\rPV1|1|I\r", {"IN-101"}),
    "JSON cut off": (lambda: bundle("X", "1")[:-40], {"IN-007"}),
    "JSON nested deep": (lambda: b'{"resourceType":"Bundle","x":' + b"[" * 100_000, {"IN-007"}),
    "cut workbook": (lambda: b"PK\x03\x04" + bytes(30) + b"xl/workbook.xml" + bytes(300), {"IN-007"}),
    "damaged picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(500), {"IN-007"}),
}
READ = {
    "10,000 pages": (many_pages, {"IN-501", "IN-502"}),
    "ragged rows": (
        lambda: b"Surname;First name;Date of birth\n" + b"Smith;Al;01/02/1970\n" * 8 + b"Jones;Bo;02/03/1980;extra;more\nX\n", {"IN-402"}
    ),
    "HL7 cut in the middle": (lambda: b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\rPID|1||77^^^H^MR||Gar", set()),
    "latin-1 without saying so": (
        lambda: "MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\rPID|1||7^^^H^MR||Núñez^Íñigo\r".encode("cp1252"), set()
    ),
    "wrong ending": (lambda: bundle("Y", "2"), set()),
}  # fmt: skip


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    from dataclasses import replace

    room = LimitedRoom(children=1, seconds=SECONDS, megabytes=MEGABYTES)
    yield replace(plain_exchange(), room=room)
    room.close()


def receive(x: Exchange, content: bytes, name: str) -> list[Row]:
    began = time.monotonic()
    rows = list(story.receive(x, [arrival(content, name)]))
    assert time.monotonic() - began < SECONDS + 10
    return rows


@pytest.mark.parametrize("kind", HELD)
def test_what_cannot_be_read_is_kept_and_says_why(exchange: Exchange, kind: str) -> None:
    make, codes = HELD[kind]
    content = make()
    (row, *_) = receive(exchange, content, "report.pdf")
    assert row.state is State.HELD
    assert {i.code for i in row.issues} & codes, [str(i) for i in row.issues]
    assert all(i.what and i.do for i in row.issues)
    assert exchange.originals.get(row.original.id) == content


@pytest.mark.parametrize("kind", READ)
def test_what_is_messy_is_read_as_far_as_it_goes(exchange: Exchange, kind: str) -> None:
    make, codes = READ[kind]
    (row, *_) = receive(exchange, make(), "thing.jpg")
    assert row.state in {State.READ, State.WAITING}, [str(i) for i in row.issues]
    assert codes <= {i.code for i in row.issues} or (codes and {i.code for i in row.issues} & codes)


def test_the_rest_of_the_inbox_is_unaffected(exchange: Exchange) -> None:
    good = [arrival(bundle(name, f"9{n}"), partner="good") for n, name in enumerate(("Vidal", "Soria", "Munt", "Egea"))]
    bad = [arrival(make(), partner="good") for make, _ in list(HELD.values())[:5]]
    mixed = [a for pair in zip(good, bad, strict=False) for a in pair]
    rows = [r for r in story.receive(exchange, mixed) if r.original.parent is None]
    assert sum(r.state is State.READ for r in rows) == len(good)


def test_a_reader_that_hangs_or_eats_memory_is_stopped(tmp_path: Path) -> None:
    from vado.tools.limited import LimitedChild, LimitReached

    (tmp_path / "hanging.py").write_text(
        "from vado.tools.limited import answer_frames\n"
        "import time\n"
        "def answer(frame):\n"
        "    if frame == b'hang': time.sleep(60)\n"
        "    if frame == b'eat': x = bytearray(900_000_000)\n"
        "    if frame == b'die': import os; os._exit(3)\n"
        "    return frame[::-1]\n"
        "answer_frames(answer)\n"
    )
    import os

    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = f"{tmp_path}:{before}"
    try:
        child = LimitedChild("hanging", seconds=1.5, megabytes=300)
        assert child.ask(b"abc") == b"cba"
        for frame, limit in ((b"hang", "seconds"), (b"eat", "megabytes"), (b"die", "ended")):
            with pytest.raises(LimitReached) as stopped:
                child.ask(frame)
            assert stopped.value.limit == limit
            assert child.ask(b"abc") == b"cba", "a fresh child answers the next request"
        child.close()
    finally:
        os.environ["PYTHONPATH"] = before
