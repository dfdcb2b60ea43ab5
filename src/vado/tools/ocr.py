"""Reading letters from pixels with RapidOCR; the engine is made once per process, when first asked.

No model is fetched: they are in the package. decisions and figures: docs/reference and DEVELOPERS.md.
"""

import logging
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np

from vado.model.reading import Box
from vado.tools.image import Pixels

ENGINE = f"rapidocr/{version('rapidocr')}"
_SURE = 0.75  # mean confidence under which another orientation is tried
_MANY_LINES = 30  # a page with more is dense
_SMALL = 900  # px, longest side of a page while its orientation is looked for


@dataclass(frozen=True, slots=True)
class Line:
    """One line of print: its text, where it is on the page, and the chance that it was read right."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Page:
    """What was read on one page; boxes are those of the page as given, `degrees` is how far it was turned to be read."""

    lines: tuple[Line, ...]
    degrees: int = 0  # counter-clockwise, 0 90 180 270

    @property
    def confidence(self) -> float:
        """Mean confidence, weighted by length; 0 for an empty page."""
        letters = sum(len(line.text) for line in self.lines)
        return sum(len(line.text) * line.confidence for line in self.lines) / letters if letters else 0.0


def read_page(pixels: Pixels) -> Page:
    """Read one page, turning it if it stands on its side or its head.

    Source: measured on 35 pages; the engine's own angle classifier cost more than it gave.
    """
    lines = _lines(pixels)
    page = Page(tuple(lines))
    if lines and page.confidence >= _SURE and not _on_its_side(lines, pixels):
        return page
    if not lines and float(pixels.std()) < 4:
        return page  # a blank sheet
    turns = _best_turn(_busiest(pixels), _SMALL // 2) if len(lines) > _MANY_LINES else _best_turn(pixels)
    if not turns:
        return page
    turned = [Line(line.text, _back(line.box, turns), line.confidence) for line in _lines(np.rot90(pixels, turns))]
    return Page(tuple(turned), turns * 90)


def _on_its_side(lines: list[Line], pixels: Pixels) -> bool:
    rows, columns = pixels.shape[:2]
    long = [x for x in lines if len(x.text) >= 4]
    tall = sum((x.box.bottom - x.box.top) * rows > 1.5 * (x.box.right - x.box.left) * columns for x in long)
    return tall > len(long) / 2


def _busiest(pixels: Pixels) -> Pixels:
    """Give the quarter of a dense page that holds most print: enough to see which way up it is, in a quarter of the time."""
    rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
    quarters = [pixels[r : r + rows, c : c + columns] for r in (0, rows // 2, rows) for c in (0, columns)]
    return max(quarters, key=lambda q: float(q.std()))


def _best_turn(pixels: Pixels, side: int = _SMALL) -> int:
    """Give the number of quarter turns, counter-clockwise, after which most is read; 0 unless clearly better."""
    scale = min(1.0, side / max(pixels.shape[:2]))
    small = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    scores = [_legible(np.rot90(small, turns)) for turns in range(4)]
    best = int(np.argmax(scores))
    return best if scores[best] > 1.2 * scores[0] else 0


def _legible(pixels: Pixels) -> float:
    rows, columns = pixels.shape[:2]
    return sum(
        len(x.text) * x.confidence**4
        for x in _lines(pixels)
        if (x.box.right - x.box.left) * columns > (x.box.bottom - x.box.top) * rows
    )


def _back(box: Box, turns: int) -> Box:
    """Where a box of the turned page lies on the page as given."""
    if turns == 1:
        return Box(1 - box.bottom, box.left, 1 - box.top, box.right)
    if turns == 2:
        return Box(1 - box.right, 1 - box.bottom, 1 - box.left, 1 - box.top)
    return Box(box.top, 1 - box.right, box.bottom, 1 - box.left)


def _lines(pixels: Pixels) -> list[Line]:
    rows, columns = pixels.shape[:2]
    if min(rows, columns) < 8:
        return []
    seen = _engine()(np.ascontiguousarray(pixels[:, :, ::-1]))  # the engine takes BGR
    if seen.boxes is None or seen.txts is None:
        return []
    lines = []
    for corners, text, score in zip(seen.boxes, seen.txts, seen.scores, strict=True):
        if not (text := " ".join(text.split())):
            continue
        (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
        box = Box(*(round(float(np.clip(v, 0, 1)), 3) for v in (left / columns, top / rows, right / columns, bottom / rows)))
        lines.append(Line(text, box, round(min(float(score), 0.99), 3)))  # print read by a machine is never certain
    return lines


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR  # takes two seconds: only when a page must be read

    engine = RapidOCR(
        params={
            "Global.use_cls": False,
            "Global.max_side_len": 1500,
            "Global.log_level": "critical",
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 2,
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
        }
    )
    logging.getLogger("RapidOCR").disabled = True  # it logs what it could not read
    return engine
