"""Pages of a PDF or a picture as lines: embedded text where it can be trusted, letters read from pixels elsewhere."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pypdfium2 as pdfium

from vado.model.reading import Box
from vado.tools import image, ocr, pdf

SECONDS = 20.0  # for one file, between pages: even a slow page that has to be turned then ends within 60, on a busy machine too
OCR_PAGES = 50
_READ_SIDE = 1800  # px
_DPI = 200


@dataclass(frozen=True, slots=True)
class SeenLine:
    """One line of one page. `read` says that it was read from pixels."""

    text: str
    box: Box
    confidence: float = 1.0
    read: bool = False


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What was seen on one page (1-based). None `lines`: the page was not looked at, for want of time."""

    number: int
    lines: tuple[SeenLine, ...] | None
    degrees: int = 0
    confidence: float = 1.0


Clock = Callable[[], float]


def pdf_pages(content: bytes, *, seconds: float = SECONDS, clock: Clock = time.monotonic) -> list[SeenPage]:
    """See the pages of a PDF in order, within this time; the rest have None for lines.

    Raises:
        UnreadableOriginal: locked or damaged.
    """
    until, read = clock() + seconds, 0
    pages: list[SeenPage] = []
    with pdf.pages_of(content) as document:
        for number in range(1, len(document) + 1):
            if number > pdf.MAX_PAGES or clock() > until:
                pages.append(SeenPage(number, None))
                continue
            lines = pdf.page_lines(document, number)
            if pdf.usable(lines):
                pages.append(SeenPage(number, tuple(SeenLine(x.text, x.box) for x in lines)))
            elif not lines and not _inked(document, number):
                pages.append(SeenPage(number, ()))
            elif read >= OCR_PAGES or clock() > until - 6:
                pages.append(SeenPage(number, None))
            else:
                read += 1
                pages.append(_read(number, image.Flat(pdf.draw(document, number, dpi=_DPI, longest=_READ_SIDE))))
    return pages


def _inked(document: pdfium.PdfDocument, number: int) -> bool:
    """Say whether anything is drawn on this page."""
    return float(pdf.draw(document, number, dpi=30, longest=400).std()) > 1.0


def picture_pages(content: bytes, *, seconds: float = SECONDS, clock: Clock = time.monotonic) -> list[SeenPage]:
    """Read the frames of a picture in order, within this time; the rest have None for lines.

    Raises:
        UnreadableOriginal: damaged or far too large.
    """
    until, total = clock() + seconds, image.frame_count(content)
    pages: list[SeenPage] = []
    for number, pixels in enumerate(image.frames(content), 1):
        if number > OCR_PAGES or clock() > until - 6:
            break
        pages.append(_read(number, image.flatten(pixels)))
    return pages + [SeenPage(n, None) for n in range(len(pages) + 1, min(total, 100_000) + 1)]


def _read(number: int, flat: image.Flat) -> SeenPage:
    page = ocr.read_page(flat.pixels)
    lines = tuple(SeenLine(x.text, flat.box(x.box), x.confidence, read=True) for x in page.lines)
    return SeenPage(number, lines, page.degrees, page.confidence)


def first_usable(content: bytes, *, look_at: int = 5) -> bool | None:
    """Say whether one of the first pages has text that can be trusted; None: it cannot be opened."""
    try:
        with pdf.pages_of(content) as document:
            count = len(document)
            numbers: Iterable[int] = dict.fromkeys([*range(1, min(count, look_at) + 1), (count + 1) // 2, count])
            return any(pdf.usable(pdf.page_lines(document, n)) for n in numbers)
    except Exception:  # claims must not raise; read() says what is wrong
        return None


def picture(content: bytes, page: int) -> bytes | None:
    """Draw one page (1-based) of a PDF at 110 dpi, or a frame of a picture, as PNG; None: no such page."""
    if page < 1:
        return None
    if pdf.is_pdf(content):
        with pdf.pages_of(content) as document:
            return image.to_png(pdf.draw(document, page, dpi=110, longest=1600)) if page <= len(document) else None
    for number, pixels in enumerate(image.frames(content), 1):
        if number == page:
            return image.to_png(pixels)
    return None
