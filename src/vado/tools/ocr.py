"""Reading letters from pixels with the models of RapidOCR; made once per process, when first asked.

No model is fetched: they are in the package. Lines are found on a picture of 1500 px and recognised from the full one,
two at a time. What was read with doubt, or holds digits, is looked at a second time from another picture of the same line;
the chance that a line is right is told by `confidence`. Figures: decisions/0009, docs/explanation/paper.md.
"""

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vado.model.reading import Box
from vado.tools import confidence
from vado.tools.confidence import Look
from vado.tools.image import Pixels

ENGINE = f"rapidocr/{version('rapidocr')}"
Corners = NDArray[np.float32]  # shape (4, 2), px, from top left, clockwise
_DETECT_SIDE = 1500  # px
_SURE = 0.6  # mean confidence under which another orientation is tried
_MANY_LINES = 30  # a page with more is dense
_SMALL = 900  # px, longest side of a page while its orientation is looked for
_SHRINK = 0.64  # size of the second look, as a share of the first
_THREADS = min(2, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of print: its text, where it is on the page as given, the chance that it was read right.

    `level` is where it would stand if the page had come upright and straight: rows and columns are found on that.
    """

    text: str
    box: Box
    confidence: float
    level: Box


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

    Source: measured; the engine's own angle classifier cost more than it gave.
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
    turned = [replace(line, box=_back(line.box, turns)) for line in _lines(np.rot90(pixels, turns))]
    return Page(tuple(turned), turns * 90)


def read_crop(pixels: Pixels) -> Line:
    """Read a picture of a single line, or of one box of a form; no text and confidence 0 when nothing is seen.

    The picture should hold the line and little else: nothing is looked for in it.
    """
    whole = Box(0.0, 0.0, 1.0, 1.0)
    if min(pixels.shape[:2]) < 4:
        return Line("", whole, 0.0, whole)
    seen = _look_twice(np.ascontiguousarray(pixels[:, :, ::-1]))
    return Line(seen[0], whole, seen[1], whole) if seen else Line("", whole, 0.0, whole)


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
    small, _ = _within(pixels, side)
    scores = [_legible(np.rot90(small, turns)) for turns in range(4)]
    best = int(np.argmax(scores))
    return best if scores[best] > 1.2 * scores[0] else 0


def _legible(pixels: Pixels) -> float:
    rows, columns = pixels.shape[:2]
    return sum(
        len(x.text) * x.confidence
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
    picture = np.ascontiguousarray(pixels[:, :, ::-1])  # the engine takes BGR
    small, scale = _within(picture, _DETECT_SIDE)
    found = [corners / scale for corners in _engine().detect(small)]
    seen = _engine().threads.map(_look_twice, [_cut(picture, corners) for corners in found])
    read = [(corners, told) for corners, told in zip(found, seen, strict=True) if told]
    slope = float(np.median([_slope(corners) for corners, told in read if len(told[0]) >= 8] or [0.0]))
    return [
        Line(text, _fractions(corners, rows, columns), chance, _fractions(_straight(corners, slope), rows, columns, clip=False))
        for corners, (text, chance) in read
    ]


def _slope(corners: Corners) -> float:
    """How far a line falls for each pixel to the right; 0 for one that stands upright."""
    across, down = corners[1] - corners[0]
    return float(down / across) if abs(across) > abs(down) else 0.0


def _straight(corners: Corners, slope: float) -> Corners:
    """Where a line would stand on a page whose lines slope by this, had it lain straight."""
    if not slope:
        return corners
    moved = corners.copy()
    moved[:, 0] += slope * corners[:, 1]
    moved[:, 1] -= slope * corners[:, 0]
    return moved


def _fractions(corners: Corners, rows: int, columns: int, *, clip: bool = True) -> Box:
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    values = (left / columns, top / rows, right / columns, bottom / rows)
    return Box(*(round(float(np.clip(v, 0, 1) if clip else v), 3) for v in values))


def _within(pixels: Pixels, side: int) -> tuple[Pixels, float]:
    scale = min(1.0, side / max(pixels.shape[:2]))
    if scale == 1.0:
        return pixels, scale
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8), scale


def _cut(picture: Pixels, corners: Corners) -> Pixels:
    """Cut a line out of the page and lay it level; what stands upright is laid on its side, as it would be read."""
    width = max(2, round(float(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[2] - corners[3])))))
    height = max(2, round(float(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2])))))
    level = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), level)
    line = cv2.warpPerspective(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    return np.asarray(np.rot90(line) if height >= 1.5 * width else line, dtype=np.uint8)


def _look_twice(line: Pixels) -> tuple[str, float] | None:
    """Give the text of one line (BGR) and the chance that it is right; None: nothing is to be seen there."""
    first = _engine().recognise(line)
    if not first.text.strip():
        return None
    chance = confidence.of(first)
    if confidence.worth_a_second_look(first, chance):
        chance = confidence.of(first, _again(line))
    return " ".join(first.text.split()), chance


def _again(line: Pixels) -> Look:
    """Look at a line a second time, on a coarser picture: what is plainly printed reads the same."""
    return _engine().recognise(
        np.asarray(cv2.resize(line, None, fx=_SHRINK, fy=_SHRINK, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    )


def looks(pixels: Pixels, choose: Callable[[int], Sequence[int]]) -> list[tuple[Box, Look, Look]]:
    """Give place and both looks of the lines that `choose` picks of so many: what the confidence is fitted on."""
    picture = np.ascontiguousarray(pixels[:, :, ::-1])
    small, scale = _within(picture, _DETECT_SIDE)
    found = [corners / scale for corners in _engine().detect(small)]
    cut = [(corners, _cut(picture, corners)) for corners in (found[n] for n in choose(len(found)))]
    rows, columns = pixels.shape[:2]
    return [(_fractions(corners, rows, columns), _engine().recognise(line), _again(line)) for corners, line in cut]


@dataclass(frozen=True, slots=True)
class _Engine:
    """The two models, and the threads that recognise lines side by side."""

    detector: Any
    recogniser: Any
    letters: NDArray[np.object_]
    threads: ThreadPoolExecutor

    def detect(self, picture: Pixels) -> Sequence[Corners]:
        """Find lines of print (BGR); from top to bottom."""
        found = self.detector(picture).boxes
        return () if found is None else [np.asarray(corners, dtype=np.float32) for corners in found]

    def recognise(self, line: Pixels) -> Look:
        """Read one level line (BGR)."""
        told = self.recogniser.session(_normal(line))[0]  # shape (steps, letters): chances; letter 0 is 'none'
        best = told.argmax(axis=1)
        sure = told[np.arange(len(best)), best]
        new = best != 0
        new[1:] &= best[1:] != best[:-1]
        runners_up = np.array([np.partition(told[step], -2)[-2] for step in np.flatnonzero(new)])
        gaps = sure[best == 0]
        return Look(
            text="".join(self.letters[best[new]]),
            chances=tuple(map(float, sure[new])),
            margin=float((sure[new] - runners_up).min()) if new.any() else 0.0,
            missed=float(1 - gaps.min()) if len(gaps) else 0.0,
            height=line.shape[0],
        )


def _normal(line: Pixels) -> NDArray[np.float32]:
    """Give a line as the recogniser wants it: 48 px high, at least 320 wide, -1..1, shape (1, 3, 48, width)."""
    height, width = line.shape[:2]
    scaled = max(1, int(np.ceil(48 * width / height)))
    resized = cv2.resize(line, (scaled, 48), interpolation=cv2.INTER_AREA if height > 60 else cv2.INTER_LINEAR)
    normal = np.zeros((1, 3, 48, max(320, scaled)), dtype=np.float32)
    normal[0, :, :, :scaled] = resized.astype(np.float32).transpose(2, 0, 1) / 127.5 - 1
    return normal


@cache
def _engine() -> _Engine:
    from rapidocr import RapidOCR  # takes two seconds: only when a page must be read

    onnx: Any = import_module("onnxruntime")

    def session(model: str, threads: int) -> Any:
        options = onnx.SessionOptions()
        options.intra_op_num_threads = threads
        options.enable_cpu_mem_arena = False  # gives memory back between pages
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others need the cores too
        return onnx.InferenceSession(str(models / model), options, providers=["CPUExecutionProvider"])

    made = RapidOCR(params={"Global.log_level": "critical"})
    logging.getLogger("RapidOCR").disabled = True  # it logs what it could not read
    models = Path(made.cfg.Global.model_root_dir)
    detector: Any = made._load_det_model()
    recogniser: Any = made._load_rec_model()
    detector.session.session = session("PP-OCRv6_det_small.onnx", _THREADS)
    recogniser.session.session = session("PP-OCRv6_rec_small.onnx", 1)
    letters = np.array(recogniser.postprocess_op.character, dtype=object)
    return _Engine(detector, recogniser, letters, ThreadPoolExecutor(_THREADS, thread_name_prefix="line"))
