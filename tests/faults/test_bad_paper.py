"""Paper as it should not be: kept, said what was seen, read within limits, and still to be looked at as a picture."""

import io
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from plain import arrival, plain_exchange
from vado.exchange import receive as story
from vado.exchange.ports import Exchange
from vado.model.original import State
from vado.wiring.room import LimitedRoom

SECONDS, MEGABYTES = 60, 1000
LINES = ("Clinic letter", "Patient name: Rosa Gil Sanz", "Date of birth: 03/04/1961", "Diagnoses", "- Asthma", "Signed: Dr Soler")


def drawn(*, size: tuple[float, float] = A4) -> Canvas:
    canvas = Canvas(io.BytesIO(), pagesize=size, invariant=1)
    for n, line in enumerate(LINES):
        canvas.drawString(60, 780 - 20 * n, line)
    return canvas


def bytes_of(canvas: Canvas) -> bytes:
    return canvas.getpdfdata()


def changed(act: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(bytes_of(drawn()))) as pdf:
        act(pdf)
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="while(true){}")


def embedded_program(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["../../run.exe"] = b"MZ" + bytes(3000)


def huge_page(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].MediaBox = pikepdf.Array([0, 0, 5_000_000, 5_000_000])


def picture_of(pdf: pikepdf.Pdf, data: bytes, **said: object) -> None:
    """The page is nothing but a picture, as a scan is."""
    stream = pikepdf.Stream(pdf, data)
    for key, value in {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image, **said}.items():
        stream[f"/{key}"] = value
    page = pdf.pages[0]
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=pdf.make_indirect(stream)))
    page.Contents = pikepdf.Stream(pdf, b"q 500 0 0 700 40 40 cm /P Do Q")


def flate_bomb(pdf: pikepdf.Pdf) -> None:
    grey = {"Width": 40_000, "Height": 40_000, "ColorSpace": pikepdf.Name.DeviceGray, "BitsPerComponent": 8}
    picture_of(
        pdf, zlib.compress(zlib.compress(bytes(200_000_000), 9), 9), Filter=pikepdf.Array([pikepdf.Name.FlateDecode] * 2), **grey
    )


def jbig2_bomb(pdf: pikepdf.Pdf) -> None:
    page = (
        b"\x00\x00\x00\x00\x30\x00\x01\x00\x00\x00\x13" + (60_000).to_bytes(4, "big") * 2 + bytes(8) + b"\x00\x00\x00"
    )  # a page of 60,000 x 60,000 and nothing on it
    grey = {"Width": 60_000, "Height": 60_000, "ColorSpace": pikepdf.Name.DeviceGray, "BitsPerComponent": 1}
    picture_of(pdf, page, Filter=pikepdf.Name.JBIG2Decode, **grey)


def drawing_without_end(pdf: pikepdf.Pdf) -> None:
    form = pikepdf.Stream(pdf, b"/F Do /F Do")
    form["/Type"], form["/Subtype"], form["/BBox"] = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 600, 800])
    inner = pdf.make_indirect(form)
    inner.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
    pdf.pages[0].Resources.XObject = pikepdf.Dictionary(F=inner)
    pdf.pages[0].contents_add(b"/F Do")


def long_drawing(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"0 0 m 500 500 l S\n" * 100_000)


def pages_in_a_ring(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)
    pdf.Root.Pages.Count = 2


def grid(grey: int = 255) -> np.ndarray:
    return np.full((1754, 1240), grey, np.uint8)


def png(pixels: np.ndarray) -> bytes:
    box = io.BytesIO()
    Image.fromarray(pixels).save(box, "PNG")
    return box.getvalue()


def written() -> np.ndarray:
    page = grid()
    for n, line in enumerate(LINES):
        cv2.putText(page, line, (100, 200 + 60 * n), cv2.FONT_HERSHEY_DUPLEX, 1.2, (0,), 2, cv2.LINE_AA)
    return page


def scrawl() -> np.ndarray:
    """Lines such as a hand makes: waves and loops of changing height, no letter of print among them."""
    page, chance = grid(), np.random.default_rng(3)
    for row in range(14):
        steps = np.linspace(0, 60, 900)
        height = 14 * np.sin(steps + chance.uniform(0, 6)) * chance.uniform(0.4, 1.6, 900).cumsum() / np.arange(1, 901)
        xs = 120 + steps * 15 + 9 * np.sin(2.1 * steps)
        points = np.stack([xs, 200 + 90 * row + height + 6 * np.sin(5.3 * steps)], axis=1).astype(np.int32)
        cv2.polylines(page, [points], isClosed=False, color=(30,), thickness=3, lineType=cv2.LINE_AA)
    return page


def letters_without_meaning(pdf: pikepdf.Pdf) -> None:
    """A font whose letters are mapped to private characters: what is copied out of the file makes no sense."""
    lines = b"".join(b"<%04X> <%04X>\n" % (n, 0xE000 + n) for n in range(32, 127))
    cmap = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange\n95 beginbfchar\n"
    cmap += lines.replace(b"<00", b"<") + b"endbfchar endcmap end"
    for font in pdf.pages[0].Resources.Font.values():
        font.ToUnicode = pdf.make_indirect(pikepdf.Stream(pdf, cmap))


HELD, READ = {State.HELD}, {State.READ, State.WAITING}
CASES: dict[str, tuple[Callable[[], bytes], set[State], set[str]]] = {
    # what, how it ends, one of these is said
    "a script that runs when it is opened": (lambda: changed(script), READ, {"IN-536"}),
    "a program inside": (lambda: changed(embedded_program), READ, set()),
    "a page of a mile": (lambda: changed(huge_page), READ, set()),
    "a picture that unpacks to gigabytes": (lambda: changed(flate_bomb), READ | HELD, {"IN-523", "IN-502", "IN-004"}),
    "a JBIG2 page of 60,000 x 60,000": (lambda: changed(jbig2_bomb), READ | HELD, {"IN-523", "IN-502", "IN-004"}),
    "a drawing that draws itself": (lambda: changed(drawing_without_end), READ | HELD, set()),
    "a hundred thousand lines": (lambda: changed(long_drawing), READ | HELD, set()),
    "pages in a ring": (lambda: changed(pages_in_a_ring), READ | HELD, set()),
    "letters without meaning": (lambda: changed(letters_without_meaning), READ, {"IN-522"}),
    "a black page": (lambda: png(grid(4)), READ, {"IN-520"}),
    "a blank page": (lambda: png(grid()), READ, {"IN-502"}),
    "upside down": (lambda: png(np.ascontiguousarray(np.rot90(written(), 2))), READ, {"IN-505"}),
    "a hand nobody can read": (lambda: png(scrawl()), READ, {"IN-521", "IN-507", "IN-502"}),
}


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    room = LimitedRoom(children=1, seconds=SECONDS, megabytes=MEGABYTES)
    yield replace(plain_exchange(), room=room)
    room.close()


@pytest.mark.parametrize("kind", CASES)
def test_bad_paper(exchange: Exchange, kind: str) -> None:
    make, states, said = CASES[kind]
    content, began = make(), time.monotonic()
    row, *inside = story.receive(exchange, [arrival(content, "letter.pdf")])
    assert time.monotonic() - began < SECONDS + 10
    codes = {i.code for i in row.issues}
    assert row.state in states, (row.state, [str(i) for i in row.issues])
    assert not said or codes & said, [str(i) for i in row.issues]
    assert row.state is not State.HELD or codes, "held without a reason"
    assert exchange.originals.get(row.original.id) == content
    assert row.state is State.HELD or exchange.room.picture(row.original, content, 1), "nobody can look at the page"
    if kind == "a program inside":
        assert [(r.state, [i.code for i in r.issues]) for r in inside] == [(State.HELD, ["IN-002"])]
    if kind == "letters without meaning":
        with exchange.store.begin() as tx:
            reading = tx.reading(row.original.partner, row.original.id)
        assert reading and any("Rosa Gil Sanz" in item.value for item in reading.items), "the page was not read from its picture"
