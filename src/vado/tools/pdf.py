"""PDF: lines of text with their boxes, pictures of pages, form fields, attachments. Nothing in a PDF is ever run."""

import time
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
MAX_FIELDS = 20_000
MAX_ATTACHMENTS = 100
_MAX_ATTACHED_BYTES = 64_000_000
_LETTERS_A_PAGE = 200_000


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text as the file holds it."""

    text: str
    box: Box
    page: int  # 1-based


@dataclass(frozen=True, slots=True)
class Field:
    """One form field that can be filled. `value` "" is empty; a check box has the name of its state, 'Off' is empty."""

    name: str  # full name, parts joined by dots
    label: str  # what a person is told it is (/TU); "" if nothing
    value: str
    kind: str  # 'text', 'button', 'choice', 'signature'
    page: int  # 1-based; 0: stands on no page
    box: Box | None


def is_pdf(content: bytes) -> bool:
    """Say whether a PDF header stands in the first KiB (ISO 32000-1 annex H.3.4.1)."""
    return b"%PDF-" in content[:1024] and not content.startswith((b"PK\x03\x04", b"\x1f\x8b"))


@contextmanager
def pages_of(content: bytes) -> Iterator[pdfium.PdfDocument]:
    """Open for text and pictures.

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
        box = _upright(
            Box((x0 - left) / width, (top - y1) / height, (x1 - left) / width, (top - y0) / height), page.get_rotation()
        )
        if text and box.right > 0 and box.left < 1 and box.bottom > 0 and box.top < 1:  # what lies off the page is not printed
            lines.append(TextLine(text, box, number))
    return _joined(lines)


def _upright(box: Box, degrees: int) -> Box:
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
    """Draw one page (1-based), form fields filled, RGB, at this resolution but not longer than `longest` px."""
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
def _opened(content: bytes) -> Iterator[pikepdf.Pdf]:
    try:
        pdf = pikepdf.open(BytesIO(content), suppress_warnings=True)
    except pikepdf.PasswordError:
        raise UnreadableOriginal("IN-016") from None
    except Exception:  # qpdf, or what it makes of a broken file: RuntimeError, ValueError, RecursionError...
        raise UnreadableOriginal("IN-007", fault="PDF") from None
    with pdf:
        yield pdf


def fields(content: bytes, *, seconds: float = 20.0) -> tuple[Field, ...]:
    """Give every form field, in the order of the form, then of orphan widgets; () when there are none or they are broken.

    Source: ISO 32000-1, 12.7 (interactive forms) and 12.5.6.19 (widgets).
    """
    found: list[Field] = []
    until = time.monotonic() + seconds
    try:
        with _opened(content) as pdf:
            form = pdf.Root.get("/AcroForm")
            where = _widgets(pdf, until)
            seen: set[tuple[int, int]] = set()
            for node in (form.get("/Fields") or ()) if form is not None else ():
                found += _walk(node, (), {}, where, seen, 0)
                if len(found) > MAX_FIELDS or time.monotonic() > until:
                    return tuple(found[:MAX_FIELDS])
            for key, (node, _, _) in where.items():  # orphan widgets: on a page, in no form
                if key not in seen and "/T" in node:
                    found += _walk(node, (), {}, where, seen, 0)
    except UnreadableOriginal:
        return ()
    except Exception:  # any broken object: what was found until then stands
        return tuple(found)
    return tuple(found[:MAX_FIELDS])


_KINDS = {"/Tx": "text", "/Btn": "button", "/Ch": "choice", "/Sig": "signature"}
_INHERITED = ("/FT", "/V", "/TU", "/Ff")


def _walk(node: Any, names: tuple[str, ...], above: dict[str, Any], where: Any, seen: Any, depth: int) -> list[Field]:  # noqa: PLR0913 - one step of a recursion
    if depth > 20 or not isinstance(node, pikepdf.Dictionary) or node.objgen in seen and node.objgen != (0, 0):
        return []
    seen.add(node.objgen)
    names = (*names, str(node["/T"])) if "/T" in node else names
    known = above | {key: node[key] for key in _INHERITED if key in node}
    kids = list(node.get("/Kids") or ())
    parts = [kid for kid in kids if isinstance(kid, pikepdf.Dictionary) and "/T" in kid]
    if parts:
        return [field for kid in parts for field in _walk(kid, names, known, where, seen, depth + 1)]
    widgets = [kid for kid in kids if isinstance(kid, pikepdf.Dictionary)] or [node]
    seen.update(w.objgen for w in widgets)
    kind = _KINDS.get(str(known.get("/FT", "")), "")
    if not kind or kind == "button" and int(known.get("/Ff", 0)) & (1 << 16):  # a push button holds no value
        return []
    shown = next((w for w in widgets if str(w.get("/AS", "/Off")) != "/Off"), widgets[0])
    _, page, box = where.get(shown.objgen, (None, 0, None))
    return [Field(".".join(names), str(known.get("/TU", "")).strip(), _value(kind, known, widgets), kind, page, box)]


def _value(kind: str, known: dict[str, Any], widgets: list[Any]) -> str:
    value = known.get("/V")
    if kind == "signature":
        return "signed" if value is not None else ""
    if kind == "button":
        states = [str(w["/AS"]) for w in widgets if "/AS" in w]
        state = next((s for s in states if s != "/Off"), "") if states else str(value or "")
        return "" if state in ("/Off", "Off") else state.removeprefix("/")
    if isinstance(value, pikepdf.Array):
        return "; ".join(str(v) for v in value)
    if isinstance(value, pikepdf.Stream):
        return value.read_bytes()[:100_000].decode("utf-8", "replace").strip()
    return str(value).removeprefix("/").strip() if value is not None else ""


def _widgets(pdf: pikepdf.Pdf, until: float) -> dict[tuple[int, int], tuple[Any, int, Box | None]]:
    found: dict[tuple[int, int], tuple[Any, int, Box | None]] = {}
    for number, page in enumerate(pdf.pages, 1):
        if number > MAX_PAGES or time.monotonic() > until:
            break
        for note in page.obj.get("/Annots") or ():
            if isinstance(note, pikepdf.Dictionary) and note.get("/Subtype") == "/Widget" and note.objgen != (0, 0):
                found[note.objgen] = (note, number, _box(page, note))
    return found


def _box(page: Any, note: Any) -> Box | None:
    try:
        left, bottom, right, top = (float(v) for v in page.cropbox)
        x0, y0, x1, y1 = (float(v) for v in note["/Rect"])
        width, height = right - left, top - bottom
        x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        box = Box((x0 - left) / width, (top - y1) / height, (x1 - left) / width, (top - y0) / height)
        return _upright(box, int(page.obj.get("/Rotate", 0)) % 360)
    except (KeyError, ValueError, TypeError, ZeroDivisionError):
        return None


def attachments(content: bytes) -> tuple[list[tuple[str, bytes]], int]:
    """Give the files embedded in the document as (name, bytes), and how many more were left out for a limit."""
    files: list[tuple[str, bytes]] = []
    left_out, total = 0, 0
    try:
        with _opened(content) as pdf:
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


def part(content: bytes, first: int, last: int) -> bytes:
    """Give pages `first` to `last` (1-based) as a PDF of their own, the same each time.

    Raises:
        UnreadableOriginal: IN-007, IN-016.
    """
    out = BytesIO()
    with _opened(content) as whole, pikepdf.new() as made:
        made.pages.extend(whole.pages[first - 1 : last])
        made.save(out, deterministic_id=True)
    return out.getvalue()
