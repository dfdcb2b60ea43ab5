"""PDF: lines of text with their boxes, pictures of pages, attachments. Nothing in a PDF is ever run."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pikepdf
import pypdfium2 as pdfium

from vado.errors import UnreadableOriginal
from vado.model.reading import Box
from vado.tools.image import Pixels

MAX_PAGES = 2000
MAX_ATTACHMENTS = 100
_MAX_ATTACHED_BYTES = 64_000_000
_LETTERS_A_PAGE = 200_000


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text as the file holds it."""

    text: str
    box: Box
    page: int  # 1-based


def is_pdf(content: bytes) -> bool:
    """Say whether a PDF header stands in the first KiB (ISO 32000-1 annex H.3.4.1)."""
    return b"%PDF-" in content[:1024] and not content.startswith((b"PK\x03\x04", b"\x1f\x8b"))


@contextmanager
def pages_of(content: bytes, *, forms: bool = False) -> Iterator[pdfium.PdfDocument]:
    """Open for text and pictures; with `forms` what form fields hold is drawn too.

    Raises:
        UnreadableOriginal: IN-016 locked, IN-007 damaged.
    """
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as fault:
        locked = "password" in str(fault).lower() or "security" in str(fault).lower()
        raise (UnreadableOriginal("IN-016") if locked else UnreadableOriginal("IN-007", fault="PDF")) from None
    try:
        if len(document) == 0:
            raise UnreadableOriginal("IN-007", fault="PDF without pages")
        if forms:
            document.init_forms()
        yield document
    finally:
        document.close()


def page_lines(document: pdfium.PdfDocument, number: int) -> list[TextLine]:
    """Give the lines of one page (1-based) in the order of the file; [] when the page cannot be read."""
    try:
        page = document[number - 1]
        left, bottom, right, top = page.get_cropbox()  # pyright: ignore[reportGeneralTypeIssues]
        textpage = page.get_textpage()
        letters = textpage.get_text_range(0, min(textpage.count_chars(), _LETTERS_A_PAGE), errors="replace")
        rectangles = textpage.count_rects() if letters.strip() else 0
        pieces = [(textpage.get_rect(n)) for n in range(min(rectangles, 20_000))]
        raw = [(" ".join(textpage.get_text_bounded(*r, errors="replace").split()), r) for r in pieces]
    except (pdfium.PdfiumError, ValueError):
        return []
    width, height = (right - left) or 1.0, (top - bottom) or 1.0
    lines = []
    for text, (x0, y0, x1, y1) in raw:
        box = upright(
            Box((x0 - left) / width, (top - y1) / height, (x1 - left) / width, (top - y0) / height), page.get_rotation()
        )
        if text and box.right > 0 and box.left < 1 and box.bottom > 0 and box.top < 1:  # what lies off the page is not printed
            lines.append(TextLine(text, box, number))
    return _joined(lines)


def letters(document: pdfium.PdfDocument, number: int) -> list[tuple[str, Box]]:
    """Give each letter of one page (1-based) with its place, in the order of the file; [] when the page cannot be read."""
    try:
        page = document[number - 1]
        left, bottom, right, top = page.get_cropbox()  # pyright: ignore[reportGeneralTypeIssues]
        textpage, turned = page.get_textpage(), page.get_rotation()
        width, height = (right - left) or 1.0, (top - bottom) or 1.0
        found = []
        for n in range(min(textpage.count_chars(), _LETTERS_A_PAGE // 4)):
            x0, y0, x1, y1 = textpage.get_charbox(n)
            letter = chr(pdfium.raw.FPDFText_GetUnicode(textpage.raw, n))
            box = Box((x0 - left) / width, (top - y1) / height, (x1 - left) / width, (top - y0) / height)
            found.append((letter, upright(box, turned)))
        return found
    except (pdfium.PdfiumError, ValueError):
        return []


def upright(box: Box, degrees: int) -> Box:
    """Turn a box with its page (/Rotate, clockwise)."""
    if degrees == 90:
        box = Box(1 - box.bottom, box.left, 1 - box.top, box.right)
    elif degrees == 180:
        box = Box(1 - box.right, 1 - box.bottom, 1 - box.left, 1 - box.top)
    elif degrees == 270:
        box = Box(box.top, 1 - box.right, box.bottom, 1 - box.left)
    return Box(*(round(min(max(v, 0.0), 1.0), 3) for v in (box.left, box.top, box.right, box.bottom)))


def _joined(lines: list[TextLine]) -> list[TextLine]:
    """Join pieces that stand on one row next to each other (a change of font cuts a line in pieces)."""
    joined: list[TextLine] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before and _next_to(before.box, line.box):
            if line.text == before.text and line.box == before.box:
                continue  # bold made by printing twice
            a, b = before.box, line.box
            box = Box(min(a.left, b.left), min(a.top, b.top), max(a.right, b.right), max(a.bottom, b.bottom))
            gap = "" if b.left - a.right < 0.15 * (a.bottom - a.top) else " "
            joined[-1] = TextLine(before.text + gap + line.text, box, line.page)
        else:
            joined.append(line)
    return joined


def _next_to(a: Box, b: Box) -> bool:
    height = min(a.bottom - a.top, b.bottom - b.top)
    same_row = min(a.bottom, b.bottom) - max(a.top, b.top) > 0.5 * height
    return same_row and -0.3 * height < b.left - a.right < 0.9 * height


def usable(lines: list[TextLine]) -> bool:
    """Say whether embedded text can be trusted: there is some, and it is made of words, not of unmapped glyphs."""
    text = "".join(line.text for line in lines)
    if len(text) < 3:
        return False
    bad = sum(c == "\ufffd" or c == "\ufffe" or 0xE000 <= ord(c) <= 0xF8FF or ord(c) < 32 for c in text)
    good = sum(c.isalnum() for c in text)
    return bad <= 0.1 * len(text) and good >= 0.3 * len(text)


_FREQUENT = frozenset("aeinorst")  # 62 % of the letters of English, 67 % of Spanish; a shifted alphabet has some 30 to 40


def sensible(lines: list[TextLine]) -> bool:
    """Say whether embedded text reads like a language: a font without a true mapping gives letters, but not these.

    Too little text, or another script than Latin, is taken as it is.
    """
    letters = [c for line in lines for c in unicodedata.normalize("NFD", line.text).lower() if c.isalpha()]
    latin = [c for c in letters if c.isascii()]
    if len(latin) < 120 or len(latin) < 0.8 * len(letters):
        return True
    return sum(c in _FREQUENT for c in latin) >= 0.48 * len(latin)


def largest_picture(document: pdfium.PdfDocument, number: int) -> int:
    """Give the number of pixels of the largest picture of this page (1-based) as the file declares it, before it is decoded."""
    try:
        things: Any = document[number - 1].get_objects(filter=(pdfium.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3)
        return max((width * height for width, height in (thing.get_px_size() for thing in things)), default=0)
    except (pdfium.PdfiumError, ValueError):
        return 0


def has_picture(document: pdfium.PdfDocument, number: int, *, share: float = 0.0) -> bool:
    """Say whether this page (1-based) shows pictures that cover more than this share of it."""
    try:
        page = document[number - 1]
        area = (page.get_width() * page.get_height()) or 1.0
        for thing in page.get_objects(filter=(pdfium.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
            left, bottom, right, top = thing.get_bounds()
            if (right - left) * (top - bottom) > share * area:
                return True
    except (pdfium.PdfiumError, ValueError):
        return False
    return False


def draw(document: pdfium.PdfDocument, number: int, *, dpi: int, longest: int) -> Pixels:
    """Draw one page (1-based), RGB, at this resolution but not longer than `longest` px."""
    try:
        page = document[number - 1]
        side = max(page.get_width(), page.get_height(), 1.0)
        scale = min(dpi / 72, longest / side)
        return np.ascontiguousarray(
            page.render(
                scale=scale,  # pyright: ignore[reportArgumentType] - any positive number
                rev_byteorder=True,
                no_smoothtext=False,
            ).to_numpy()[:, :, :3]
        )
    except (pdfium.PdfiumError, ValueError):
        return np.full((16, 16, 3), 255, np.uint8)


@contextmanager
def opened(content: bytes) -> Iterator[pikepdf.Pdf]:
    """Open for what stands in its objects: fields, attachments.

    Raises:
        UnreadableOriginal: IN-016 locked, IN-007 damaged.
    """
    try:
        pdf = pikepdf.open(BytesIO(content), suppress_warnings=True)
    except pikepdf.PasswordError:
        raise UnreadableOriginal("IN-016") from None
    except Exception:  # qpdf, or what it makes of a broken file: RuntimeError, ValueError, RecursionError...
        raise UnreadableOriginal("IN-007", fault="PDF") from None
    with pdf:
        yield pdf


def attachments(content: bytes) -> tuple[list[tuple[str, bytes]], int]:
    """Give the files embedded in the document as (name, bytes), and how many more were left out for a limit."""
    files: list[tuple[str, bytes]] = []
    left_out, total = 0, 0
    try:
        with opened(content) as pdf:
            for name, spec in pdf.attachments.items():
                size = int(spec.obj["/EF"]["/F"].get("/Params", {}).get("/Size", 0))
                if len(files) >= MAX_ATTACHMENTS or total + size > _MAX_ATTACHED_BYTES:
                    left_out += 1
                    continue
                data = spec.get_file().read_bytes()
                total += len(data)
                files.append((str(name), data))
    except Exception:  # a broken name tree: what was found stands
        return files, left_out
    return files, left_out


def acts_by_itself(content: bytes) -> bool:
    """Say whether a program in it would do something when it is opened elsewhere: run a script, start a file, send a form.

    Source: ISO 32000-1, 12.6.4.16 (names of scripts), 12.6.3 (actions at opening). False for a file that cannot be opened.
    """
    try:
        with opened(content) as pdf:
            first = pdf.Root.get("/OpenAction")
            acts = isinstance(first, pikepdf.Dictionary) and str(first.get("/S")) not in ("/GoTo", "/None", "/Named")
            return acts or "/JavaScript" in pdf.Root.get("/Names", {})
    except (UnreadableOriginal, pikepdf.PdfError, TypeError, ValueError, AttributeError):
        return False


def part(content: bytes, first: int, last: int) -> bytes:
    """Give pages `first` to `last` (1-based) as a PDF of their own, the same each time.

    Raises:
        UnreadableOriginal: IN-007, IN-016.
    """
    out = BytesIO()
    with opened(content) as whole, pikepdf.new() as made:
        made.pages.extend(whole.pages[first - 1 : last])
        made.save(out, deterministic_id=True)
    return out.getvalue()
