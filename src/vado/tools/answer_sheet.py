"""The paper form of a questionnaire: laid out, and read again from a scan. We printed it, so each box's place is known, not found.

A page is laid on its form as other paper forms are (tools/align.py), and its boxes are looked at alone (tools/filled.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import orjson

from vado.model.form import FieldKind, Form, FormField
from vado.model.reading import Box
from vado.model.returned import Leaf, Mark
from vado.tools import align, image, pdf
from vado.tools.filled import Sheet
from vado.tools.limited import beat
from vado.tools.qr import qr_svg
from vado.tools.typeset import measured
from vado.tools.typeset import pdf as laid_out

PAGES = 12  # of a form at most
MOST = 400  # pages of a scan
_WIDE, _HIGH = 210.0, 297.0  # mm
_HEAD = Box(0, 0, 1, 46 / _HIGH)  # differs from copy to copy: voice, round, code
_DPI = 200
_SIDE = 2400  # px
_KNOWN = 0.8  # share of a form's pieces whose print its page shows at least
# share of a box that is newly dark. Measured on 4,000 empty boxes after scan, fax and photo: at most 0.0073; a pale pencil's cross, set
# down beside its box, has 0.03 and more
_TOUCHED, _MARKED = 0.01, 0.05  # between the two a person decides
_AROUND = 0.008  # of the page's width: how much of the surroundings a person is shown


def printed(values: Mapping[str, Any], codes: Sequence[str], when: datetime) -> bytes:
    """Give a copy of the form as PDF.

    Args:
        values: as collaboration/sheet.py makes them, with round and voice.
        codes: what the QR code of each page says.
        when: the moment that the PDF says it was made.
    """
    return laid_out(_template(), {**values, "qrs": [qr_svg(code) for code in codes]}, when)[0]


def pages_of(values: Mapping[str, Any]) -> int:
    """Say how many pages a form has."""
    return int(_measured(_frozen(values))["pages"])


def form_of(values: Mapping[str, Any]) -> Form:
    """Give the profile of a form from its layout."""
    return _form(_frozen(values))


def read(content: bytes, papers: Mapping[str, Mapping[str, Any]]) -> tuple[Leaf, ...]:
    """Read the pages of a scan.

    Args:
        content: a PDF or a picture.
        papers: the values of the forms that it may hold, by key; one is laid out when a page needs it.

    Raises:
        UnreadableOriginal: locked, damaged or far too large.
    """
    leaves: list[Leaf] = []
    for number, pixels in enumerate(_pictures(content), 1):
        if number > MOST:
            break
        for flat in image.sheets(pixels):
            leaves.append(_leaf(number, flat.pixels, papers))
        beat(number, MOST)
    return tuple(leaves)


def _pictures(content: bytes) -> Iterator[image.Pixels]:
    if not pdf.is_pdf(content):
        yield from image.frames(content)
        return
    with pdf.pages_of(content, forms=True) as document:
        for number in range(1, len(document) + 1):
            if pdf.largest_picture(document, number) <= image.MAX_MEGAPIXELS * 1_000_000:
                yield pdf.draw(document, number, dpi=_DPI, longest=_SIDE)


def _leaf(number: int, pixels: image.Pixels, papers: Mapping[str, Mapping[str, Any]]) -> Leaf:
    code = next((text for text in image.codes(pixels) if text.startswith("VADO1;")), "")
    told = code.split(";")
    key = f"{told[4]}/{told[5]}" if len(told) > 5 else ""
    forms = {k: form_of(values) for k, values in papers.items() if not key or k == key}
    fit = align.find(pixels, tuple(forms.values()))
    if fit is None:
        return Leaf(number, code=code)
    laid = align.lay(pixels, fit)
    if laid.seen < _KNOWN:
        return Leaf(number, code=code)
    fields = [f for f in fit.form.fields if f.page == fit.page]
    marks = tuple(_marks(Sheet(laid, fields), fields, laid))
    strange = bool(align.strange_ink(laid, [_HEAD, *(f.box for f in fields)]))
    found = next(k for k, form in forms.items() if form is fit.form)
    return Leaf(number, found, fit.page, code, strange, marks)


def _marks(sheet: Sheet, fields: Sequence[FormField], laid: align.Laid) -> Iterator[Mark]:
    """Give what each choice says: sure when one box is plainly marked and no other is touched."""
    choices: dict[str, list[tuple[FormField, float]]] = {}
    for field, share in sheet.shares():
        choices.setdefault(field.label, []).append((field, share))
    for label, boxes in choices.items():
        touched = [(f, share) for f, share in boxes if share >= _TOUCHED]
        if len(touched) == 1 and touched[0][1] >= _MARKED:
            yield Mark(label, touched[0][0].option, True)
        elif touched:  # a person sees all of the choice, not only what is marked
            yield Mark(label, "; ".join(f.option for f, _ in touched), False, _crop(laid, [f.box for f, _ in boxes]))
    for field in fields:
        if field.kind is FieldKind.SIGNATURE and Sheet(laid, [field]).read():
            yield Mark(field.label, "", False, _crop(laid, [field.box]))


def _crop(laid: align.Laid, boxes: Sequence[Box]) -> bytes:
    rows, columns = laid.pixels.shape[:2]
    box = Box(min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes))
    more = round(_AROUND * columns)
    top, bottom = max(0, round(box.top * rows) - more), round(box.bottom * rows) + more
    left, right = max(0, round(box.left * columns) - more), round(box.right * columns) + more
    return image.to_png(np.ascontiguousarray(laid.pixels[top:bottom, left:right]))


@lru_cache(maxsize=64)
def _form(frozen: bytes) -> Form:
    values = orjson.loads(frozen)
    told = _measured(frozen)
    with pdf.pages_of(laid_out(_template(), values, datetime(2026, 1, 1, tzinfo=UTC))[0]) as document:
        pages = tuple(
            align.describe(pdf.draw(document, n, dpi=_DPI, longest=_SIDE)) for n in range(1, min(len(document), PAGES) + 1)
        )
    return Form("answers", str(values["title"]), pages, tuple(_field(spot) for spot in told["spots"]))


def _field(spot: Mapping[str, Any]) -> FormField:
    left, top = spot["left"] / _WIDE, spot["top"] / _HIGH
    box = Box(left, top, left + spot["width"] / _WIDE, top + spot["height"] / _HIGH)
    kind = FieldKind.CHECK if spot["option"] else FieldKind.SIGNATURE  # of free text it is said that it is there, no more
    return FormField(spot["label"], kind, spot["page"], box, spot["option"])


@lru_cache(maxsize=64)
def _measured(frozen: bytes) -> dict[str, Any]:
    return measured(_template(), orjson.loads(frozen))


def _frozen(values: Mapping[str, Any]) -> bytes:
    return orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS)


@cache
def _template() -> str:
    return (files("vado.tools") / "answer_sheet.typ").read_text("utf-8")
