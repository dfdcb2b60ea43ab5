"""Much paper: a scan of 300 pages, text PDFs, fillable forms, cover sheets. `python -m benchmarks volume` writes docs/explanation/paper-volume.md.

Memory is the child process's own peak (VmHWM). Rates are of the whole way: claim, read, and say what it means.
"""

import io
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

import cv2
import numpy as np
from PIL import Image
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.pages import CORPUS
from vado.incoming.pdf_form import PdfFormReader
from vado.incoming.pdf_text import PdfTextReader
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.place.damage import Grid, fax_tiff, faxed, photographed, scanned
from vado.place.paper import council
from vado.place.sheets import letter_pdf
from vado.place.town import Copy, invent
from vado.tools import image, pdf
from vado.wiring.room import LimitedRoom

_ROOT = Path(__file__).parents[1]
_PAGE = _ROOT / "docs" / "explanation" / "paper-volume.md"
_PAGES = 300
_PASSES = 3


def volume() -> str:
    """Measure, write the page, and give it."""
    text = "\n\n".join(
        [
            "# Much paper, measured",
            "`python -m benchmarks volume` writes this page. Rates are those of one run on one machine: trust ratios, not last digits.",
            "## A long scan", long_scan(), "## Two cores", two_cores(),
            "## Text PDFs and fillable forms, on one core", rates(), "## Cover sheets", covers(),
        ]
    )  # fmt: skip
    _PAGE.write_text(text + "\n", "utf-8")
    return text


def _copies(count: int) -> list[Copy]:
    return [c for c in invent(160, 11).copies if c.partner in ("gp-norte", "hospital") and len(c.truths) > 2][:count]


def _original(content: bytes) -> Original:
    return Original(original_id(content), PartnerId("bench"), "bench", "", datetime(2026, 1, 1, tzinfo=UTC), size=len(content))


def _letters(count: int) -> list[Grid]:
    """Clean pages: letters of the invented place, drawn at 150 dots an inch."""
    drawn = []
    for n, copy in enumerate(_copies(count)):
        with pdf.pages_of(letter_pdf(copy, spanish=bool(n % 2))) as document:
            drawn.append(cv2.cvtColor(pdf.draw(document, 1, dpi=150, longest=1800), cv2.COLOR_RGB2GRAY))
    return drawn


def _scan_of(pages: int) -> bytes:
    """A PDF of scanned pages and nothing else."""
    box, chance, clean = io.BytesIO(), Random("long"), _letters(20)
    canvas = Canvas(box, pagesize=A4, invariant=1)
    for n in range(pages):
        grid, _ = scanned(clean[n % len(clean)], chance)
        jpeg = io.BytesIO()
        Image.fromarray(grid).save(jpeg, "JPEG", quality=60)
        canvas.drawImage(ImageReader(jpeg), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return box.getvalue()


def long_scan() -> str:
    """Read 300 scanned pages as `vado receive` does, and look at the child's memory and at what it says on the way."""
    content = _scan_of(_PAGES)
    room = LimitedRoom(children=1, seconds=120, megabytes=1000)
    told: list[tuple[int, int, float]] = []
    since = time.perf_counter()
    try:
        room.watch = lambda done, pages: told.append((done, pages, time.perf_counter() - since))
        (look,) = room.look_at_all([(_original(content), content, UNKNOWN)])
        peak = _peak(room.pids()[0])
    finally:
        room.close()
    took = time.perf_counter() - since
    if look.reading is None or [t[0] for t in told] != list(range(1, _PAGES + 1)):
        raise SystemExit("the long scan was not read to its end, or did not say each page")
    first = next(t for d, _, t in told if d == 1)
    unread = sum(int(dict(i.slots)["count"]) for i in look.reading.issues if i.code == "IN-501")
    return (
        f"{_PAGES} scanned pages ({len(content) / 1e6:.0f} MB) in one file: {took:.0f} s ({_PAGES / took:.1f} pages a second), {len(look.reading.items):,} lines, "
        f"{unread} pages unread, each page told as it was done (the first after {first:.1f} s). The reading process never took more than "
        f"**{peak / 1e6:.0f} MB** (wanted: < 600 MB)."
    )


def _peak(pid: int) -> int:
    """Give the most memory that a process ever had, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


_READ = """
import sys, time
from benchmarks.volume import _letters
from vado.tools import ocr
ocr._THREADS = int(sys.argv[1])
import numpy as np, cv2
pages = [cv2.cvtColor(p, cv2.COLOR_GRAY2RGB) for p in _letters(6)]
ocr.read_page(pages[0])
sys.stdin.readline()
t = time.perf_counter()
for p in pages: ocr.read_page(p)
print(time.perf_counter() - t, flush=True)
"""


def two_cores() -> str:
    """Read the same pages with one thread, with two threads, and by two processes of one thread each; turn and turn about."""
    ways = {"one thread": (1, 1), "two threads in one process": (2, 1), "two processes": (1, 2)}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_PASSES):
        for name, (threads, processes) in ways.items():
            running = [
                subprocess.Popen([sys.executable, "-c", _READ, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
                for _ in range(processes)
            ]  # fmt: skip
            time.sleep(12)  # all have made their engine and wait
            for p in running:
                p.stdin.write("go\n")  # type: ignore[union-attr]
                p.stdin.flush()  # type: ignore[union-attr]
            seconds = max(float(p.communicate()[0]) for p in running)
            rates[name].append(6 * processes / seconds)
    one = statistics.median(rates["one thread"])
    rows = [f"| {name} | {statistics.median(r):.2f} | {statistics.median(r) / one:.2f} |" for name, r in rates.items()]
    busy = os.getloadavg()[0]
    return "\n".join(
        [
            "One file is read by one process that looks at lines side by side in two threads; two files are read side by side by two processes.",
            f"Letters of the invented place, median of {_PASSES} turns, {os.cpu_count()} cores (load of the machine at the end: {busy:.1f}).",
            "", "| | pages a second | of one thread |", "|-|-:|-:|", *rows,
        ]
    )  # fmt: skip


def rates() -> str:
    """Read text PDFs and fillable forms again and again; the invented ones, and every real one that is read as such."""
    forms = [v for name, v in council(_copies(40)).items() if name.endswith(".pdf")]
    letters = [letter_pdf(c, spanish=bool(n % 2)) for n, c in enumerate(_copies(60))]
    real = [p.read_bytes() for p in sorted((CORPUS / "pdf").rglob("*.pdf"))]
    rows = []
    for name, reader, files in (
        ("invented letters as text PDF", PdfTextReader(), letters), ("real text PDFs", PdfTextReader(), real),
        ("invented fillable forms", PdfFormReader(), forms), ("real fillable forms", PdfFormReader(), real),
    ):  # fmt: skip
        least = 0.75 if reader.name == "pdf_text" else 0.9
        mine = [(f, o) for f in files if (o := _original(f)) and reader.claims(o, f) >= least]
        pages = sum(_page_count(f) for f, _ in mine)
        seconds = min(_timed(partial(_whole_way, reader, mine)) for _ in range(_PASSES))
        rows.append(f"| {name} | {len(mine)} | {pages} | {pages / seconds:,.0f} | {len(mine) / seconds:,.0f} |")
    return "\n".join(
        ["CPU seconds of claim, read and meaning, best of three. Wanted: 50 pages of text a second, 100 forms a second.", "",
         "| | files | pages | pages a second | files a second |", "|-|-:|-:|-:|-:|", *rows]
    )  # fmt: skip


def _whole_way(reader: PdfTextReader | PdfFormReader, files: list[tuple[bytes, Original]]) -> None:
    for content, original in files:
        reader.claims(original, content)
        reader.facts(reader.read(original, content, UNKNOWN), UNKNOWN)


def _page_count(content: bytes) -> int:
    with pdf.pages_of(content) as document:
        return len(document)


def _timed(act: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    act()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# --- cover sheets: the code is looked for on a page as it comes from a scanner, a fax, a phone ...


def _page_with(text: str, millimetres: float) -> Grid:
    """A page of A4 at 150 dots an inch with a code of this width, as cover sheets are printed, and a line of print."""
    box, side = io.BytesIO(), millimetres * mm
    canvas = Canvas(box, pagesize=A4, invariant=1)
    canvas.drawCentredString(A4[0] / 2, A4[1] * 0.8, "Put this sheet before the documents and scan them together.")
    drawing = Drawing(side, side)
    drawing.add(QrCodeWidget(text, barLevel="H", barWidth=side, barHeight=side, barBorder=4))
    renderPDF.draw(drawing, canvas, (A4[0] - side) / 2, (A4[1] - side) / 2)
    canvas.save()
    with pdf.pages_of(box.getvalue()) as document:
        return np.asarray(cv2.cvtColor(pdf.draw(document, 1, dpi=150, longest=1800), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _stained(page: Grid, chance: Random) -> Grid:
    """A cup stood on a corner of the code, and a line of pen goes through it."""
    rows, columns = page.shape
    x, y = columns // 2 + chance.randint(20, 60), rows // 2 + chance.randint(20, 60)  # px
    marked = page.copy()
    cv2.circle(marked, (x, y), 45, (120,), 6)
    cv2.line(marked, (columns // 2 - 90, rows // 2 + 60), (columns // 2 + 90, rows // 2 + 40 + chance.randint(0, 50)), (40,), 3)
    return marked


def _square(sent: Grid) -> Grid:
    """The fax as it is looked at: a fax's pixels are not square, its file says so."""
    frame = next(image.frames(fax_tiff([sent])))
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


DAMAGES: dict[str, Callable[[Grid, Random], Grid]] = {
    "scanned askew (5 degrees)": lambda p, c: scanned(p, c, degrees=5.0)[0],
    "upside down": lambda p, _: np.ascontiguousarray(np.rot90(p, 2)),
    "fax, fine": lambda p, c: _square(faxed(p, c, fine=True)[0]),
    "fax, 204 x 98": lambda p, c: _square(faxed(p, c)[0]),
    "photo with shadow": lambda p, c: photographed(p, c)[0],
    "out of focus": lambda p, c: cv2.GaussianBlur(scanned(p, c)[0], (0, 0), 2.0),  # type: ignore[dict-item]
    "75 dots an inch": lambda p, _: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),  # type: ignore[dict-item]
    "stained and written over": _stained,
}


def covers(each: int = 10) -> str:
    """Say how many codes are found, by damage and printed width."""
    sizes = (20, 25, 38, 50)
    out = [
        "Found of each "
        + str(each)
        + ", by the printed width of the code with its white border (a quarter wider than the code itself); Vado prints 50 mm.",
        "",
    ]
    out += ["| damage | " + " | ".join(f"{s} mm" for s in sizes) + " |", "|-|" + "-:|" * len(sizes)]
    for name, damage in DAMAGES.items():
        found = []
        for size in sizes:
            right = 0
            for n in range(each):
                text = "VADO1:" + "".join(Random(n).choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=26))
                grid = damage(_page_with(text, size), Random(f"{name}{size}{n}"))
                right += text in image.codes(cv2.cvtColor(np.asarray(grid, dtype=np.uint8), cv2.COLOR_GRAY2RGB))
            found.append(str(right))
        out.append(f"| {name} | {' | '.join(found)} |")
    return "\n".join(out)
