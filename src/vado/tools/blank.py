"""A blank form -> its profile: how its pages are recognised, and which boxes it has with their labels and kinds.

Boxes come from the form fields of a PDF where it has any; else from the lines it draws and the signs it prints; of a picture
alone, from its pixels.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pypdfium2 as pdfium

from vado.errors import SettingsError
from vado.model.form import FieldKind, Form, FormField, Printed
from vado.model.person import plain_letters
from vado.model.reading import Box
from vado.tools import image, ocr, pdf
from vado.tools.align import describe
from vado.tools.boxes import SIDE, Rule, Spot, spots
from vado.tools.image import Pixels
from vado.tools.limited import beat
from vado.tools.pdf_fields import Field, fields

MAX_PAGES = 40
_DPI = 200
_FAR = 0.25  # of the page's width: a question and the boxes that answer it
_SIGNING = 0.045  # of its height: free room above a line for a signature
_APART = 0.08  # and between an option and the next box of the same question
_OBJECTS = 20_000  # drawn things of a page that are looked at
_DATE = re.compile(r"\b(?:date|fecha|dob|d\.o\.b|born|birthdate|nacimiento|f\.? ?nac)\b|\b(?:dd|mm)\s?[/-]\s?(?:mm|dd)\b")
_NO_DATE = re.compile(r"\b(?:place|lugar|update|mandate)\b")
_NUMBER = re.compile(
    r"\b(?:age|edad|weight|peso|height|talla|phone|telephone|telefono|fax|zip|nhs|quantity|cantidad|importe|amount)\b"
)
_SIGNED = re.compile(r"\b(?:signature|signed|firma|firmado|signatura)\b")
_MEANT = re.compile(r"[a-z]{3,}")
_STATES = {"", "yes", "on", "off", "true", "1", "0", "si", "x"}
_RULES = re.compile(r"_{3,}|\.{5,}|…{2,}")
_TICK = re.compile(r"\[ {0,3}\]|\( {1,3}\)|[☐□❏❑❒▢◻○◯⃝\uf06f\uf071\uf072\uf0a3\uf0a8]")
_ROOM = 0.015  # of the page's height: a line of writing


@dataclass(frozen=True, slots=True)
class Learned:
    """A form profile, the pictures of its blank pages, and where its boxes came from."""

    form: Form
    pictures: tuple[Pixels, ...]
    source: str  # 'fields', 'drawing' or 'picture'


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One blank page as it was looked at."""

    pixels: Pixels
    printed: tuple[Printed, ...]
    rules: tuple[Rule, ...] = ()
    signs: tuple[Spot, ...] = ()  # places that the text itself shows: ____ and [ ]


def learn(content: bytes, name: str) -> Learned:
    """Make the profile of a form from one empty sample: a PDF, or a scan of it.

    Raises:
        UnreadableOriginal: IN-007 damaged, IN-016 locked, IN-506 too large.
        SettingsError: CO-011 too many pages, CO-012 nothing to learn from.
    """
    if pdf.is_pdf(content):
        sheets = _pdf_sheets(content)
        widgets = fields(content)
        if any(w.value for w in widgets if w.kind in ("text", "signature")):
            raise SettingsError("CO-012", fault="it is filled in, and what is written in it would be kept as the form's own")
    elif image.media_type(content):
        pictures = _frames(content)
        sheets, widgets = [_pictured(image.flatten(pictures[n - 1]).pixels) for n in _told(len(pictures))], ()
    else:
        raise SettingsError("CO-012", fault="it is neither a PDF nor a picture")
    found = _from_widgets(widgets, sheets)
    source = "fields" if found else "drawing" if pdf.is_pdf(content) and any(s.rules for s in sheets) else "picture"
    for n, sheet in enumerate(sheets, 1) if not found else ():
        found += _from_spots([*sheet.signs, *_clear(spots(sheet.pixels, sheet.rules, sheet.printed), sheet.signs)], sheet, n)
    pages = tuple(describe(s.pixels, s.printed) for s in sheets)
    if all(len(p.points) < 6 * 60 for p in pages):
        raise SettingsError("CO-012", fault="too little is printed on it to know it again")
    return Learned(Form(name, _title(sheets), pages, tuple(unique(found))), tuple(s.pixels for s in sheets), source)


def _told(pages: int) -> Iterator[int]:
    """Give the number of each page, and say how far it is."""
    for number in range(1, pages + 1):
        yield number
        beat(number, pages)


def _frames(content: bytes) -> list[Pixels]:
    count = image.frame_count(content)
    if count > MAX_PAGES:
        raise SettingsError("CO-011", pages=count, most=MAX_PAGES)
    return list(image.frames(content))


def _pdf_sheets(content: bytes) -> list[_Sheet]:
    with pdf.pages_of(content) as document:
        if len(document) > MAX_PAGES:
            raise SettingsError("CO-011", pages=len(document), most=MAX_PAGES)
        return [_pdf_sheet(document, n) for n in _told(len(document))]


def _pdf_sheet(document: pdfium.PdfDocument, number: int) -> _Sheet:
    pixels = pdf.draw(document, number, dpi=_DPI, longest=SIDE)
    if not pdf.usable(pdf.page_lines(document, number)):
        return _pictured(pixels)
    printed, signs = _words(pdf.letters(document, number))
    return _Sheet(pixels, tuple(printed), tuple(_rules(document, number)), tuple(signs))


def _pictured(pixels: Pixels) -> _Sheet:
    letters = [letter for x in ocr.read_page(pixels).lines for letter in _spread(x.text, x.box)]
    printed, signs = _words(letters)
    return _Sheet(pixels, tuple(printed), (), tuple(s for s in signs if s.shape == "line"))


def _spread(text: str, box: Box) -> list[tuple[str, Box]]:
    """Give each letter of a line its place, as if all were equally wide; ends with a line end."""
    wide = (box.right - box.left) / max(1, len(text))
    made = [(c, Box(box.left + n * wide, box.top, box.left + (n + 1) * wide, box.bottom)) for n, c in enumerate(text)]
    return [*made, ("\n", Box(box.right, box.top, box.right, box.bottom))]


def _words(letters: Sequence[tuple[str, Box]]) -> tuple[list[Printed], list[Spot]]:
    """Part the letters of a page into print and places to fill, so that each label stands for itself."""
    text = "".join(c for c, _ in letters)
    signs: list[Spot] = []
    places: set[int] = set()
    for shape, pattern in (("line", _RULES), ("square", _TICK)):
        for match in pattern.finditer(text):
            places.update(range(*match.span()))
            boxes = [box for c, box in letters[match.start() : match.end()] if not c.isspace()]
            if boxes:
                signs.append(Spot(_room(_union(boxes)) if shape == "line" else _union(boxes), shape))
    printed: list[Printed] = []
    run: list[tuple[str, Box]] = []
    for n, (c, box) in enumerate([*letters, ("\n", Box(0, 0, 0, 0))]):
        if n in places or c in "\r\n" or (run and not c.isspace() and _far(run, box)):
            words = " ".join("".join(x for x, _ in run).split())
            if words:
                printed.append(Printed(words, _union([b for x, b in run if not x.isspace()])))
            run = []
        if n not in places and c not in "\r\n" and (run or not c.isspace()):
            run.append((c, box))
    return printed, signs


def _far(run: Sequence[tuple[str, Box]], box: Box) -> bool:
    """Say whether a letter stands away from those before it: on another row, or behind a gap wider than words have."""
    last = next(b for c, b in reversed(run) if not c.isspace())
    high = max(last.bottom - last.top, box.bottom - box.top, 0.008)
    return abs((last.top + last.bottom) - (box.top + box.bottom)) > 1.6 * high or not -high < box.left - last.right < 1.8 * high


def _union(boxes: Sequence[Box]) -> Box:
    sides = [(b.left, b.top, b.right, b.bottom) for b in boxes]
    left, top, right, bottom = (f(v) for f, v in zip((min, min, max, max), zip(*sides, strict=True), strict=True))
    return Box(left, top, right, bottom)


def _room(line: Box) -> Box:
    """The place above a line of signs, high enough for a line of writing."""
    return Box(line.left, max(0.0, min(line.top, line.bottom - _ROOM)), line.right, line.bottom)


def _clear(found: Iterable[Spot], signs: Sequence[Spot]) -> list[Spot]:
    """What signs show already is not found a second time."""
    return [f for f in found if not any(_overlap(f.box, s.box) > 0.3 for s in signs)]


def _overlap(a: Box, b: Box) -> float:
    w, h = min(a.right, b.right) - max(a.left, b.left), min(a.bottom, b.bottom) - max(a.top, b.top)
    smaller = min((a.right - a.left) * (a.bottom - a.top), (b.right - b.left) * (b.bottom - b.top))
    return w * h / smaller if w > 0 and h > 0 and smaller > 0 else 0.0


def _rules(document: pdfium.PdfDocument, number: int) -> list[Rule]:
    """Give the strokes across and down that a page draws: thin shapes, and the sides of rectangles."""
    page = document[number - 1]
    left, bottom, right, top = page.get_cropbox()  # pyright: ignore[reportGeneralTypeIssues]
    width, height = (right - left) or 1.0, (top - bottom) or 1.0
    found: list[Rule] = []
    try:
        things: Any = page.get_objects(filter=(pdfium.raw.FPDF_PAGEOBJ_PATH,), max_depth=6)
        for n, thing in enumerate(things):
            if n > _OBJECTS:
                break
            x0, y0, x1, y1 = thing.get_bounds()
            box = Box((x0 - left) / width, (top - y1) / height, (x1 - left) / width, (top - y0) / height)
            found += _sides(pdf.upright(box, page.get_rotation()), 3 / max(width, height))
    except (pdfium.PdfiumError, ValueError):
        return found
    return found


def _sides(box: Box, thin: float) -> list[Rule]:
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    if right - left > 0.97 and bottom - top > 0.9:
        return []  # the ground of the page
    if bottom - top <= thin or right - left <= thin:
        return [(left, top, right, bottom)]
    if right - left < 0.045 and bottom - top < 0.035:
        return [(left, top, right, bottom)]  # a small shape: perhaps a box to tick
    return [(left, top, right, top), (left, bottom, right, bottom), (left, top, left, bottom), (right, top, right, bottom)]


def _from_widgets(widgets: Sequence[Field], sheets: Sequence[_Sheet]) -> list[FormField]:
    found: list[FormField] = []
    for w in widgets:
        for n, spot in enumerate(w.spots):
            if spot.box is None or not 1 <= spot.page <= len(sheets) or spot.box.right <= spot.box.left:
                continue
            if spot.box.bottom <= spot.box.top:
                continue
            printed = sheets[spot.page - 1].printed
            told = w.label or w.name
            if w.kind == "button":
                beside = _right_of(spot.box, printed)
                meaning = spot.state if plain_letters(spot.state) not in _STATES else ""
                option = (meaning if _MEANT.search(plain_letters(meaning)) else "") or (
                    beside if len(w.spots) > 1 else spot.state
                )
                found.append(FormField(told, FieldKind.CHECK, spot.page, spot.box, option or spot.state or "Yes"))
            elif n == 0:
                label = told if w.label or _speaks(w.name) else _label_of(spot.box, printed) or told
                found.append(_as_widget(w, label, spot.page, spot.box))
    return found


def _as_widget(w: Field, label: str, page: int, box: Box) -> FormField:
    kind = FieldKind.SIGNATURE if w.kind == "signature" else FieldKind(w.form) if w.form else _kind(label)
    if w.cells > 1 and kind is not FieldKind.DATE:
        kind = FieldKind.COMB
    return FormField(label, kind, page, box, cells=w.cells if w.cells > 1 else 0, lines=w.lines)


def _speaks(name: str) -> bool:
    """A name that says something: 'surname', not 'form1[0].f1_1[0]'."""
    last = re.sub(r"\[\d+\]", "", name).rsplit(".", 1)[-1]
    return bool(_MEANT.search(plain_letters(last))) and not re.match(
        r"(?:text|field|check ?box|undefined|untitled)", last.lower()
    )


def _kind(label: str) -> FieldKind:
    plain = plain_letters(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", label))
    if _SIGNED.search(plain) and not _DATE.search(plain):
        return FieldKind.SIGNATURE
    if _DATE.search(plain) and not _NO_DATE.search(plain):
        return FieldKind.DATE
    return FieldKind.NUMBER if _NUMBER.search(plain) else FieldKind.TEXT


def _from_spots(found: Sequence[Spot], sheet: _Sheet, page: int) -> list[FormField]:
    made: list[FormField] = []
    squares = [s for s in found if s.shape == "square"]
    for spot in found:
        if spot.shape == "square":
            continue
        label, box = _label_of(spot.box, sheet.printed) or _column_of(spot.box, made), spot.box
        if not label and spot.shape == "line" and (over := _far_above(spot.box, sheet.printed)):
            label, box = _clean(over.text), replace(spot.box, top=min(spot.box.top, over.box.bottom))
        if not label:
            continue
        kind = _kind(label)
        if spot.shape == "comb" and kind is not FieldKind.DATE:
            kind = FieldKind.COMB
        lines = spot.shape == "cell" and box.bottom - box.top > 0.045
        made.append(FormField(label, kind, page, box, cells=spot.cells, lines=lines))
    return _dates(made) + _ticks(squares, sheet.printed, page)


def _dates(made: Sequence[FormField]) -> list[FormField]:
    """Day, month and year in cells of their own are one date."""
    joined: list[FormField] = []
    for f in made:
        last = joined[-1] if joined else None
        if last and f.kind is last.kind is FieldKind.DATE and f.label == last.label and _next_to(last.box, f.box):
            joined[-1] = replace(last, box=_union([last.box, f.box]), cells=0)
        else:
            joined.append(f)
    return joined


def _next_to(a: Box, b: Box) -> bool:
    return abs(a.top - b.top) < 0.006 and abs(a.bottom - b.bottom) < 0.006 and -0.005 < b.left - a.right < 0.02


def _far_above(box: Box, printed: Sequence[Printed]) -> Printed | None:
    """The words over the free room above a line: where one signs."""
    near = [p for p in printed if 0 < box.top - p.box.bottom < _SIGNING and abs(p.box.left - box.left) < 0.03]
    return max(near, key=lambda p: p.box.bottom, default=None)


def _column_of(box: Box, above: Sequence[FormField]) -> str:
    """The label of the cell right above that is as wide: the head of a column."""
    near = (
        f.label for f in reversed(above)
        if abs(f.box.left - box.left) < 0.006 and abs(f.box.right - box.right) < 0.006 and -0.004 < box.top - f.box.bottom < 0.008
    )  # fmt: skip
    return next(near, "")


def _ticks(squares: Sequence[Spot], printed: Sequence[Printed], page: int) -> list[FormField]:
    """Squares of one row that a question stands before are one choice; one alone is a yes to what stands beside it."""
    made = []
    for row in _rows(squares, printed):
        options = [_right_of(s.box, printed, row[n + 1].box.left if n + 1 < len(row) else 1.0) for n, s in enumerate(row)]
        question = _left_of(row[0].box, printed, _FAR)
        for s, option in zip(row, options, strict=True):
            if question and (len(row) > 1 or not option):
                made.append(FormField(question, FieldKind.CHECK, page, s.box, option or "Yes"))
            elif option:
                made.append(FormField(option, FieldKind.CHECK, page, s.box, "Yes"))
    return made


def _rows(squares: Sequence[Spot], printed: Sequence[Printed]) -> list[list[Spot]]:
    """Squares that stand on one row, each not far behind the words of the one before; more words there are another question."""
    rows: list[list[Spot]] = []
    for s in sorted(squares, key=lambda s: (round(s.box.top, 2), s.box.left)):
        last = rows[-1][-1].box if rows else None
        words = [p.box.right for p in printed if last and _same_row(p.box, last) and last.right - 0.005 < p.box.left < s.box.left]
        reach = max(words, default=last.right if last else 0.0)
        if (
            last
            and len(words) < 2
            and abs(last.top - s.box.top) < 0.006
            and last.left < s.box.left
            and s.box.left - reach < _APART
        ):
            rows[-1].append(s)
        else:
            rows.append([s])
    return rows


def _label_of(box: Box, printed: Sequence[Printed]) -> str:
    """What stands before a place on its row, else right above it or within its upper edge; '' for nothing."""
    return _left_of(box, printed) or _above(box, printed) or _right_of(box, printed)


def _left_of(box: Box, printed: Sequence[Printed], reach: float = 0.12) -> str:
    near = [p for p in printed if _same_row(p.box, box) and -0.01 < box.left - p.box.right < reach and p.box.left < box.left]
    return _clean(max(near, key=lambda p: p.box.right).text) if near else ""


def _right_of(box: Box, printed: Sequence[Printed], until: float = 1.0) -> str:
    near = [p for p in printed if _same_row(p.box, box) and -0.005 < p.box.left - box.right < 0.06 and p.box.left < until]
    return _clean(min(near, key=lambda p: p.box.left).text) if near else ""


def _above(box: Box, printed: Sequence[Printed]) -> str:
    near = [
        p for p in printed
        if -0.008 < box.top - p.box.bottom < 0.02 and min(p.box.right, box.right) - max(p.box.left, box.left) > 0
        and p.box.left < box.left + 0.6 * (box.right - box.left)
    ]  # fmt: skip
    return _clean(max(near, key=lambda p: (round(p.box.bottom, 2), -abs(p.box.left - box.left))).text) if near else ""


def _same_row(a: Box, b: Box) -> bool:
    middle = (a.top + a.bottom) / 2
    return b.top - 0.003 <= middle <= b.bottom + 0.004 or a.top <= (b.top + b.bottom) / 2 <= a.bottom


def _clean(text: str) -> str:
    """A label without signs at its ends: 'Surname:' -> 'Surname'."""
    plain = " ".join(text.split()).strip(" :.*_-–•[]☐□❏❑")
    plain = plain.strip("()") if plain.count("(") != plain.count(")") else plain
    return plain[:80].strip() if any(c.isalnum() for c in plain) else ""


def unique(found: Sequence[FormField]) -> list[FormField]:
    """Labels that come again are counted ('Date', 'Date 2'); boxes to tick of one label are one choice with different options."""
    made: list[FormField] = []
    seen: set[tuple[str, str]] = set()
    for f in found:
        label, n = f.label, 1
        key = (label, f.option if f.kind is FieldKind.CHECK else "")
        while key in seen or (f.kind is not FieldKind.CHECK and any(label == x for x, _ in seen)):
            n += 1
            label = f"{f.label} {n}"
            key = (label, key[1])
        seen.add(key)
        made.append(replace(f, label=label))
    return made


def _title(sheets: Sequence[_Sheet]) -> str:
    """The tallest line in the upper third of the first page."""
    top = [p for p in sheets[0].printed if p.box.top < 0.33 and sum(c.isalpha() for c in p.text) > 3]
    return _clean(max(top, key=lambda p: round(p.box.bottom - p.box.top, 3)).text) if top else ""


def with_boxes(pixels: Pixels, form: Form, page: int) -> bytes:
    """Draw the boxes with their labels on a blank page, for a person to check; PNG."""
    drawn = pixels.copy()
    rows, columns = drawn.shape[:2]
    colours = {FieldKind.CHECK: (0, 130, 0), FieldKind.DATE: (180, 0, 160), FieldKind.SIGNATURE: (190, 90, 0)}
    for f in form.fields:
        if f.page == page:
            colour = colours.get(f.kind, (0, 60, 200))
            a, b = (
                (round(f.box.left * columns), round(f.box.top * rows)),
                (round(f.box.right * columns), round(f.box.bottom * rows)),
            )
            cv2.rectangle(drawn, a, b, colour, 2)
            said = plain_letters(f"{f.label}={f.option}" if f.option else f.label)[
                :40
            ]  # the drawing's font has plain letters only
            cv2.putText(drawn, said, (a[0], max(10, a[1] - 3)), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
    return image.to_png(np.asarray(drawn, dtype=np.uint8))
