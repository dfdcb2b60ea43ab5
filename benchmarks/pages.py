"""Pages whose print is known: real PDFs with text drawn and damaged, real scans with a checked text, invented letters and lists."""

import json
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random

import cv2
import numpy as np
from PIL import Image
from pypdfium2 import PdfiumError
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from vado.errors import VadoError
from vado.extract.lines import same_row
from vado.model.reading import Box
from vado.place.clinic import TESTS
from vado.place.damage import Grid, faxed, photographed, scanned
from vado.place.sheets import letter, phone_photo, scan_png
from vado.place.town import Copy, invent
from vado.tools import image, pdf, pdf_fields
from vado.tools.image import Pixels

CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
DAMAGES = ("clean", "scan", "fax", "photo")
_SAME = str.maketrans({
    "’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "\ufffe": "-", "\x02": "-", "\u00ad": "",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """A line of print that stands on the page; None: where it stands is not known."""

    text: str
    box: Box | None


@dataclass(frozen=True, slots=True)
class Known:
    """One page to be read, and what is printed on it, in reading order of its rows."""

    name: str
    document: str  # pages of one document are never on both sides of a fit
    group: str  # 'real pdf', 'real scan', 'invented'
    damage: str
    pixels: Pixels
    rows: tuple[Truth, ...]


def plain(text: str) -> str:
    """Give the letters and marks that count: no spaces, one kind of quotation mark and dash, no decoration."""
    flat = unicodedata.normalize("NFKC", text.translate(_SAME))
    return "".join(c for c in flat if not c.isspace() and c not in "•·●_▪■□◦|")


def known_pages(*, invented: int = 12, each: int = 1) -> Iterator[Known]:
    """Give pages: `invented` documents a language, the first `each` pages of a real PDF; every drawn page is damaged in turn.

    The same call gives the same pages.
    """
    yield from _invented(invented)
    if CORPUS.is_dir():
        yield from _real_pdfs(each)
        yield from _real_scans()


def _invented(count: int) -> Iterator[Known]:
    chance = Random("pages")
    copies = [c for c in invent(160, 11).copies if c.partner in ("gp-norte", "hospital") and len(c.truths) > 2]
    for spanish in (True, False):
        for n, copy in enumerate([c for c in copies if c.citizen.spanish is spanish][:count]):
            name = f"invented/{'es' if spanish else 'en'}-{n}"
            lines = letter(copy, spanish=spanish)
            rows = tuple(Truth(line, None) for line in lines if line.strip())
            draw = (scan_png, phone_photo)[n % 2]
            yield Known(f"{name}-letter", name, "invented", ("scan", "photo")[n % 2], _opened(draw(lines, chance)), rows)
            drawn = _list(copy, spanish, chance)
            yield from _damaged(name, "invented", drawn, 1, DAMAGES[n % 4 :] + DAMAGES[: n % 4], chance, at_most=2)


def _list(copy: Copy, spanish: bool, chance: Random) -> bytes:
    """Print a report full of numbers in one of three faces: who, results with unit and range, medicines with dose and date."""
    c, box = copy.citizen, BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    face, size = chance.choice(("Helvetica", "Times-Roman", "Courier")), chance.choice((9, 10, 11, 12))
    canvas.setFont(face, size)
    words = (
        ("Resultados", "Nacimiento", "Historia", "Tomar", "desde") if spanish else ("Results", "Born", "Record", "Take", "since")
    )
    rows = [
        [words[0], copy.number],
        [f"{c.given} {c.surname}"],
        [f"{words[1]}: {c.birth:%d/%m/%Y}", "", f"{words[2]}: {copy.number}"],
        [c.street],
    ]
    rows += [
        [
            t.es if spanish else t.en,
            "",
            f"{chance.uniform(t.low, t.high):.1f}".replace(".", "," if spanish else "."),
            t.unit,
            f"{t.low:g} - {t.high:g}",
        ]
        for t in chance.sample(TESTS, len(TESTS))
    ]
    for t in copy.truths:
        if t.strength:
            rows.append([t.thing.es if spanish else t.thing.en, t.strength, f"{words[4]} {t.date}"])
            rows.append([f"{words[3]} {t.how}"])
    for n, row in enumerate(rows):
        for k, cell in enumerate(row):
            canvas.drawString(50 + 120 * k, 790 - 2 * size * n, cell)
    canvas.save()
    return box.getvalue()


def _real_pdfs(each: int) -> Iterator[Known]:
    chance = Random("real")
    files = [p for p in sorted((CORPUS / "pdf").rglob("*.pdf")) if "arabic" not in p.parts[-2]]
    for n, path in enumerate(files):
        document = str(path.relative_to(CORPUS))
        yield from _damaged(
            document, "real pdf", path.read_bytes(), each, (DAMAGES[n % 4], DAMAGES[(n + 1) % 4]), chance, at_most=1
        )


def _damaged(
    document: str, group: str, content: bytes, each: int, ways: tuple[str, ...], chance: Random, *, at_most: int
) -> Iterator[Known]:
    try:
        with pdf.pages_of(content) as opened:
            for number in range(1, min(each, len(opened)) + 1):
                lines = pdf.page_lines(opened, number)
                if not pdf.usable(lines) or len(lines) < 8 or pdf_fields.fields(content) or not _latin(lines):
                    continue
                page = cv2.cvtColor(pdf.draw(opened, number, dpi=200, longest=2400), cv2.COLOR_RGB2GRAY)
                for way in ways[:at_most]:
                    pixels, matrix = damage(page, way, chance)
                    rows = _rows([Truth(x.text, _moved(x.box, matrix)) for x in lines])
                    yield Known(f"{document}#{number}-{way}", document, group, way, pixels, rows)
    except (VadoError, PdfiumError):  # locked or broken ones are of no use here
        return


def _latin(lines: list[pdf.TextLine]) -> bool:
    letters = [c for line in lines for c in line.text if c.isalpha()]
    return sum(c < "\u0250" for c in letters) > 0.95 * len(letters)


def damage(page: Grid, way: str, chance: Random) -> tuple[Pixels, np.ndarray]:
    """Give the damaged page as RGB, and where its points went, in fractions."""
    ways = {"scan": scanned, "fax": faxed, "photo": photographed}
    grid, matrix = ways[way](page, chance) if way in ways else (page, np.eye(3))
    if way == "fax":  # every engine is given square pixels
        grid = cv2.resize(grid, (grid.shape[1], round(grid.shape[0] * 204 / 98)), interpolation=cv2.INTER_LINEAR)
    return np.stack([grid] * 3, axis=2), matrix


def _moved(box: Box, matrix: np.ndarray) -> Box:
    corners = np.array([[[x, y] for x in (box.left, box.right) for y in (box.top, box.bottom)]], dtype=np.float64)
    there = cv2.perspectiveTransform(corners, matrix)[0]
    return Box(*map(float, (*there.min(axis=0), *there.max(axis=0))))


def _rows(lines: list[Truth]) -> tuple[Truth, ...]:
    """Join what stands on one row, left to right."""
    rows: list[list[Truth]] = []
    for line in sorted(lines, key=lambda x: (x.box.top + x.box.bottom, x.box.left) if x.box else (0, 0)):
        if rows and same_row(rows[-1][0].box, line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    joined = []
    for row in rows:
        row.sort(key=lambda x: x.box.left)
        boxes = [x.box for x in row]
        around = Box(
            min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
        )
        joined.append(Truth(" ".join(x.text for x in row), around))
    return tuple(joined)


def _real_scans() -> Iterator[Known]:
    lines = (CORPUS / "scans/ocrmypdf/linn.txt").read_text("utf-8").splitlines()
    linn = tuple(Truth(line, None) for line in lines if line.strip())
    for name in ("linn.png", "linn.pdf", "skew.pdf", "ccitt.pdf", "jbig2.pdf", "rotated_skew.pdf"):
        yield Known(name, "linn", "real scan", "as it is", _first_page(CORPUS / "scans/ocrmypdf" / name), linn)
    fixtures = CORPUS / "scans/textractor/tests/fixtures"
    for path in sorted((fixtures / "saved_api_responses").glob("*.json")):
        name = path.name.removeprefix("test_detect_no_duplicate_words_").removesuffix(".json")
        source = (
            CORPUS / "scans/textractor/tpipelinegeofinder/tests/data/patient_intake_form_sample.jpg"
            if "intake" in name
            else fixtures / name
        )
        if source.is_file():
            yield Known(name, name, "real scan", "as it is", _first_page(source), _silver(path))


def _silver(path: Path) -> tuple[Truth, ...]:
    """Lines that another engine saw, all of them at over 98 % by its own account; checked by eye to be nearly right."""
    lines = []
    for block in json.loads(path.read_text("utf-8"))["Blocks"]:
        if block["BlockType"] == "LINE" and block.get("Page", 1) == 1:
            b = block["Geometry"]["BoundingBox"]
            box = Box(b["Left"], b["Top"], b["Left"] + b["Width"], b["Top"] + b["Height"])
            lines.append(Truth(block["Text"], box))
    return _rows(lines)


def _first_page(path: Path) -> Pixels:
    content = path.read_bytes()
    if pdf.is_pdf(content):
        with pdf.pages_of(content) as opened:
            return pdf.draw(opened, 1, dpi=200, longest=2400)
    return next(image.frames(content))


def _opened(content: bytes) -> Pixels:
    return np.asarray(Image.open(BytesIO(content)).convert("RGB"))
