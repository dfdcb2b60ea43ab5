"""Copies of the paper form as people fill them in: the printed pages, with crosses and ticks of a pen, on their way back."""

import io
from random import Random
from typing import Any

import cv2
import numpy as np
from PIL import Image

from vado.place import damage
from vado.tools import answer_sheet, pdf

Truth = dict[str, str]  # label -> option


def chosen(values: dict[str, Any], chance: Random, share: float = 0.9) -> Truth:
    """What somebody answers: one box of most choices, up to three that get in the way."""
    options: dict[str, list[str]] = {}
    for field in answer_sheet.form_of(values).fields:
        if field.option:
            options.setdefault(field.label, []).append(field.option)
    blocks = [label for label, some in options.items() if len(some) == 1]
    said = {label: chance.choice(some) for label, some in options.items() if len(some) > 1 and chance.random() < share}
    return said | dict.fromkeys(chance.sample(blocks, 3), "1")


def filled(content: bytes, values: dict[str, Any], truth: Truth, chance: Random, *, careless: bool = False) -> list[np.ndarray]:
    """Grey pages at 200 dots an inch, with what is answered marked by hand: crosses or ticks, thin or thick, never quite in place.

    Careless: thin and pale as of a pencil, and up to half a box away.
    """
    fields = answer_sheet.form_of(values).fields
    pages = []
    with pdf.pages_of(content) as document:
        for number in range(1, len(document) + 1):
            page = cv2.cvtColor(pdf.draw(document, number, dpi=200, longest=2400), cv2.COLOR_RGB2GRAY)
            for f in fields:
                if f.page == number and f.option and truth.get(f.label) == f.option:
                    _mark(page, f.box, chance, careless)
            pages.append(page)
    return pages


def _mark(page: np.ndarray, box: Any, chance: Random, careless: bool) -> None:
    rows, columns = page.shape
    left, top, right, bottom = box.left * columns, box.top * rows, box.right * columns, box.bottom * rows
    size, thick, dark = right - left, chance.choice((2, 3, 3, 4)), chance.randrange(10, 80)
    if careless:
        thick, dark = chance.choice((1, 2, 2)), chance.randrange(80, 150)
    away = (chance.gauss(0, 0.2), chance.gauss(0, 0.2)) if careless else (0.0, 0.0)

    def at(x: float, y: float) -> tuple[int, int]:
        def off() -> float:
            return chance.gauss(0, 0.07)

        return round(left + (x + away[0] + off()) * size), round(top + (y + away[1] + off()) * (bottom - top))

    style = chance.random()
    if style < 0.65:
        strokes = [[at(0.12, 0.12), at(0.88, 0.88)], [at(0.88, 0.12), at(0.12, 0.88)]]
    elif style < 0.9:
        strokes = [[at(0.15, 0.5), at(0.4, 0.85), at(1.0, 0.05)]]
    else:
        strokes = [[at(0.2, y), at(0.8, y + 0.1)] for y in (0.2, 0.4, 0.6, 0.8)]
    for stroke in strokes:
        cv2.polylines(page, [np.array(stroke, np.int32)], False, dark, thick, cv2.LINE_AA)


def sent(pages: list[np.ndarray], way: str, chance: Random) -> bytes:
    """The file that comes back."""
    if way == "fax":
        return damage.fax_tiff([damage.faxed(p, chance)[0] for p in pages])
    if way == "photo":
        return _tiff([damage.photographed(p, chance)[0] for p in pages])
    if way == "pdf":
        return _file([damage.scanned(p, chance)[0] for p in pages], "PDF", resolution=200)
    return _tiff([damage.scanned(p, chance)[0] if way == "scan" else p for p in pages])


def _tiff(pages: list[np.ndarray]) -> bytes:
    return _file(pages, "TIFF", compression="tiff_lzw")


def _file(pages: list[np.ndarray], kind: str, **how: Any) -> bytes:
    box = io.BytesIO()
    frames = [Image.fromarray(p) for p in pages]
    frames[0].save(box, kind, save_all=True, append_images=frames[1:], **how)
    return box.getvalue()
