"""Pages of a PDF or a picture as lines: embedded text where it can be trusted, letters read from pixels elsewhere."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pypdfium2 as pdfium

from vado.model.cover import cover_in
from vado.model.form import Form
from vado.model.reading import Box
from vado.tools import align, image, ocr, pdf
from vado.tools.filled import Sheet, Written
from vado.tools.limited import beat

SECONDS = 1800.0  # for one file; each page says that it is done, so that a long scan is not taken for one that hangs
OCR_PAGES = 500
_READ_SIDE = 2400  # px
_DPI = 200
_KNOWN = 0.85  # share of a form's pieces whose print its page shows at least; less is another version
_SOME = 20  # letters of embedded text that are worth a word when they are passed over
_FAINT = 0.5  # mean confidence of a page under which its print is not machine print, or hardly to be seen


@dataclass(frozen=True, slots=True)
class SeenLine:
    """One line of one page. `read` says that it was read from pixels.

    `level` is where it would stand on the page flat, upright and straight; of two sheets in one picture the second lies below.
    """

    text: str
    box: Box
    confidence: float = 1.0
    read: bool = False
    level: Box | None = None  # None: as `box`


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What was seen on one page (1-based). None `lines`: the page was not looked at, for want of time."""

    number: int
    lines: tuple[SeenLine, ...] | None
    degrees: int = 0
    confidence: float = 1.0
    said: tuple[str, ...] = ()  # codes of issues that this page has
    form: str = ""  # name of the known form that this is a page of
    form_page: int = 0  # 1-based
    boxes: tuple[Written, ...] = ()  # what its boxes hold; places are those of the picture


Clock = Callable[[], float]


def pdf_pages(
    content: bytes, *, seconds: float = SECONDS, clock: Clock = time.monotonic, forms: Sequence[Form] = ()
) -> list[SeenPage]:
    """See the pages of a PDF in order, within this time; the rest have None for lines. Pages of `forms` are read box by box.

    Raises:
        UnreadableOriginal: locked or damaged.
    """
    until, read = clock() + seconds, 0
    pages: list[SeenPage] = []
    with pdf.pages_of(content) as document:
        for number in range(1, len(document) + 1):
            if number > pdf.MAX_PAGES or clock() > until or read >= OCR_PAGES:
                pages.append(SeenPage(number, None))
                continue
            page = _pdf_page(document, number, forms)
            read += any(line.read for line in page.lines or ())
            pages.append(page)
            beat(number, len(document))
    if pages and pdf.acts_by_itself(content):
        pages[0] = replace(pages[0], said=(*pages[0].said, "IN-536"))
    return pages


def _pdf_page(document: pdfium.PdfDocument, number: int, forms: Sequence[Form]) -> SeenPage:
    """See one page: its text where that makes sense, else its picture."""
    lines = pdf.page_lines(document, number)
    if pdf.usable(lines) and pdf.sensible(lines):
        return SeenPage(number, tuple(SeenLine(x.text, x.box) for x in lines))
    if not lines and not _inked(document, number):
        return SeenPage(number, ())
    if pdf.largest_picture(document, number) > image.MAX_MEGAPIXELS * 1_000_000:
        return SeenPage(number, (), said=("IN-523",))
    page = _read(number, pdf.draw(document, number, dpi=_DPI, longest=_READ_SIDE), forms)
    passed_over = sum(len(line.text) for line in lines) >= _SOME and page.lines
    return replace(page, said=(*page.said, "IN-522")) if passed_over else page


def _inked(document: pdfium.PdfDocument, number: int) -> bool:
    """Say whether anything is drawn on this page."""
    return float(pdf.draw(document, number, dpi=30, longest=400).std()) > 1.0


def picture_pages(
    content: bytes, *, seconds: float = SECONDS, clock: Clock = time.monotonic, forms: Sequence[Form] = ()
) -> list[SeenPage]:
    """Read the frames of a picture in order, within this time; the rest have None for lines. Pages of `forms` are read box by box.

    Raises:
        UnreadableOriginal: damaged or far too large.
    """
    until, total = clock() + seconds, image.frame_count(content)
    pages: list[SeenPage] = []
    for number, pixels in enumerate(image.frames(content), 1):
        if number > OCR_PAGES or clock() > until:
            break
        pages.append(_read(number, pixels, forms))
        beat(number, total)
    return pages + [SeenPage(n, None) for n in range(len(pages) + 1, min(total, 100_000) + 1)]


def _read(number: int, pixels: image.Pixels, forms: Sequence[Form]) -> SeenPage:
    """Read the sheets of one picture: their lines, and the boxes of a sheet that is a page of a known form."""
    if image.is_black(pixels):
        return SeenPage(number, (), said=("IN-520",))
    seen = [(flat, ocr.read_page(image.despeckled(flat.pixels))) for flat in image.sheets(pixels)]
    lines = tuple(line for n, (flat, page) in enumerate(seen) for line in _lines(flat, page, n))
    letters = sum(len(line.text) for line in lines)
    confidence = sum(len(line.text) * line.confidence for line in lines) / letters if letters else 0.0
    said = ("IN-521",) if lines and confidence < _FAINT else ()
    page = SeenPage(number, lines, seen[0][1].degrees, confidence, said)
    for flat, _ in seen if forms else ():
        page = _with_form(page, flat, forms)
    return page


def _with_form(page: SeenPage, flat: image.Flat, forms: Sequence[Form]) -> SeenPage:
    """Add what the boxes hold, when this sheet is a page of one of these forms."""
    fit = align.find(flat.pixels, forms)
    if fit is None:
        return page
    laid = align.lay(flat.pixels, fit)
    if laid.seen < _KNOWN:
        return replace(page, said=(*page.said, "IN-534"))
    fields = [f for f in fit.form.fields if f.page == fit.page]
    rows, columns = flat.pixels.shape[:2]
    written = Sheet(laid, fields, fit.form.pages[fit.page - 1].printed).read()
    boxes = tuple(replace(w, box=flat.box(fit.box(w.box, rows, columns))) for w in written)
    strange = ("IN-533",) if align.strange_ink(laid, [f.box for f in fields]) else ()
    said = tuple(dict.fromkeys((*page.said, *strange)))
    return replace(page, form=fit.form.name, form_page=fit.page, boxes=(*page.boxes, *boxes), said=said)


def _lines(flat: image.Flat, page: ocr.Page, sheet: int) -> Iterator[SeenLine]:
    for x in page.lines:
        level = replace(x.level, top=x.level.top + 2 * sheet, bottom=x.level.bottom + 2 * sheet)
        yield SeenLine(x.text, flat.box(x.box), x.confidence, read=True, level=level)


def covers(content: bytes) -> list[str]:
    """Give, for each page of a PDF or picture in order, the code of the cover sheet that it is; "" for any other page.

    Raises:
        UnreadableOriginal: locked, damaged or far too large.
    """
    found: list[str] = []
    if not pdf.is_pdf(content):
        for number, pixels in enumerate(image.frames(content), 1):
            if number > OCR_PAGES:
                break
            found.append(_cover(pixels))
        return found
    with pdf.pages_of(content) as document:
        for number in range(1, min(len(document), OCR_PAGES) + 1):
            bomb = pdf.largest_picture(document, number) > image.MAX_MEGAPIXELS * 1_000_000
            found.append("" if bomb else _cover(pdf.draw(document, number, dpi=110, longest=1600)))
    return found


def _cover(pixels: image.Pixels) -> str:
    return next((code for text in image.codes(pixels) if (code := cover_in(text))), "")


def part(content: bytes, first: int, last: int) -> bytes:
    """Give pages `first` to `last` (1-based) as a file of their own, of the same kind."""
    return pdf.part(content, first, last) if pdf.is_pdf(content) else image.part(content, first, last)


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
        with pdf.pages_of(content, forms=True) as document:
            return image.to_png(pdf.draw(document, page, dpi=110, longest=1600)) if page <= len(document) else None
    for number, pixels in enumerate(image.frames(content), 1):
        if number == page:
            return image.to_png(pixels)
    return None
