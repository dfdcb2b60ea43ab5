"""What is written in the boxes of a page that was laid on its form: each box is read alone, by its own kind.

The form's own ink tells where something was written; it is never taken away before letters are read: measured, a reader that
is given pictures with holes reads wrong letters with great certainty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from vado.model.form import FieldKind, FormField, Printed
from vado.model.person import plain_letters
from vado.model.reading import Box
from vado.tools import ocr
from vado.tools.align import Laid
from vado.tools.image import Pixels

SIGNED = "signed"
_SURE, _DOUBT = 0.98, 0.5
_EMPTY, _TICKED = 0.025, 0.085  # share of a check box that is newly dark; between the two a person decides
_LOOK_AGAIN = 0.85  # chance from which a line is looked at again
_DIFFERS = 0.8  # and what is left of it when that reads otherwise
_CUT = 0.85  # what is read of writing that runs into the wall of its box
_LINE = 13  # px, lowest line of letters at 200 dots an inch
_DIRT = 8  # px of ink that are a speck

Rect = tuple[int, int, int, int]  # left, top, right, bottom; px


@dataclass(frozen=True, slots=True)
class Written:
    """What one box holds, or several boxes that are one choice."""

    label: str
    kind: FieldKind
    text: str
    confidence: float
    box: Box  # fractions of the form's page
    cells: bool = False  # one letter a cell: no blanks and no points between them


class Sheet:
    """One page of a form as somebody filled it in."""

    def __init__(self, laid: Laid, fields: Iterable[FormField], printed: Sequence[Printed] = ()) -> None:
        self._laid, self._fields, self._printed = laid, tuple(fields), printed

    @cached_property
    def _new(self) -> NDArray[np.uint8]:
        """Ink that the blank form has not; 0 or 1."""
        printed = cv2.dilate(self._laid.blank.astype(np.uint8), np.ones((7, 7), np.uint8))
        return np.asarray(self._laid.ink & (printed == 0), dtype=np.uint8)

    def read(self) -> tuple[Written, ...]:
        """Give what every filled box holds, in the order of the form; boxes left empty give nothing."""
        found: list[Written] = []
        told: set[str] = set()
        for field in self._fields:
            if field.kind is FieldKind.CHECK:
                if field.label not in told:
                    told.add(field.label)
                    found += self._choice([f for f in self._fields if f.kind is FieldKind.CHECK and f.label == field.label])
            elif one := self._box(field):
                found.append(one)
        return tuple(found)

    def shares(self) -> tuple[tuple[FormField, float], ...]:
        """Give, for every check box, the share of its inside that is newly dark."""
        return tuple((f, self._mark(f)) for f in self._fields if f.kind is FieldKind.CHECK)

    def _box(self, field: FormField) -> Written | None:
        if field.kind is FieldKind.SIGNATURE:
            return self._signature(field)
        if field.cells > 1:
            return self._cells(field)
        return self._text(field)

    def _choice(self, boxes: Sequence[FormField]) -> list[Written]:
        """One choice: sure when one box is plainly ticked and all others are plainly empty."""
        marks = [(f, self._mark(f)) for f in boxes]
        ticked = [f for f, mark in marks if mark >= _TICKED]
        doubtful = [f for f, mark in marks if _EMPTY < mark < _TICKED]
        chosen = ticked or doubtful
        if not chosen:
            return []
        sure = _SURE if len(ticked) == 1 and not doubtful else _DOUBT
        words = "; ".join(f.option or "Yes" for f in chosen)
        return [Written(chosen[0].label, FieldKind.CHECK, words, sure, _around([f.box for f in chosen]))]

    def _mark(self, field: FormField) -> float:
        """Share of the inside of a check box that is newly dark: inside is what its own drawn line encloses, else the box."""
        left, top, right, bottom = self._rect(field.box)
        around = self._grown((left, top, right, bottom), (right - left) // 3, (bottom - top) // 3)
        rows, columns = slice(around[1], around[3]), slice(around[0], around[2])
        blank, ink = self._laid.blank[rows, columns], self._laid.ink[rows, columns]
        inside = _enclosed(blank, (left + right) // 2 - around[0], (top + bottom) // 2 - around[1])
        if inside is None:
            inset_x, inset_y = max(2, round(0.16 * (right - left))), max(2, round(0.16 * (bottom - top)))
            inside = np.zeros(blank.shape, np.bool_)
            inside[
                top + inset_y - around[1] : bottom - inset_y - around[1], left + inset_x - around[0] : right - inset_x - around[0]
            ] = True
            inside &= cv2.dilate(blank.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
        return float(ink[inside].sum() / max(20, inside.sum()))

    def _signature(self, field: FormField) -> Written | None:
        left, top, right, bottom = self._rect(field.box)
        new = _without_dirt(self._new[top:bottom, left:right])
        if new.sum() < 60:
            return None
        return Written(field.label, field.kind, SIGNED, _SURE if new.sum() > 200 else _DOUBT, field.box)

    def _text(self, field: FormField) -> Written | None:
        place = self._rect(field.box)
        height = place[3] - place[1]
        over = min(14, max(4, height // 4))
        within = self._grown(place, 4, over)
        new = _belonging(self._new, within, place)
        bands = _bands(new, split=field.lines or height > 60)
        read = [self._line((within[0] + a, within[1] + t, within[0] + b, within[1] + u)) for a, t, b, u in bands]
        read = [(text, min(sure, _CUT) if self._at_wall(rect, place) else sure, rect) for text, sure, rect in read if text]
        if not read:
            return self._unread(field, new)
        text, sure = " ".join(text for text, _, _ in read), min(sure for _, sure, _ in read)
        text = text if field.lines else _without_dots(text)
        return Written(field.label, field.kind, text, sure, self._fractions([rect for _, _, rect in read]))

    def _unread(self, field: FormField, new: NDArray[np.uint8]) -> Written | None:
        """Ink of which no letter could be made: said, not read. Little of it is dirt."""
        return Written(field.label, field.kind, "?", 0.1, field.box) if new.sum() > 150 else None

    def _line(self, rect: Rect) -> tuple[str, float, Rect]:
        high = rect[3] - rect[1]
        cut = self._beside_walls(self._grown(rect, max(6, high // 2), max(3, high // 5)), rect)
        line = _read_twice(self._laid.pixels[cut[1] : cut[3], cut[0] : cut[2]])
        text = line.text if "@" in line.text else line.text.replace("_", " ")  # the line that one writes on
        return self._unprinted(" ".join(text.strip(" |_").split()), rect), line.confidence, rect

    def _at_wall(self, rect: Rect, place: Rect) -> bool:
        """Say whether writing runs into the right wall of its box: its last letter may be cut."""
        beside = self._laid.blank[place[1] : place[3], rect[2] : rect[2] + 6]
        return rect[2] > place[2] - 8 and bool(beside.size) and float(beside.mean(axis=0).max()) > 0.7

    def _beside_walls(self, cut: Rect, rect: Rect) -> Rect:
        """Keep the walls of the box out of the margins: one read as a letter is a wrong letter."""
        wall = self._laid.blank[rect[1] : rect[3]].mean(axis=0) > 0.7
        left = max((x for x in range(cut[0], rect[0]) if wall[x]), default=cut[0] - 3) + 3
        right = min((x for x in range(rect[2], cut[2]) if wall[x]), default=cut[2] + 2) - 2
        return min(left, rect[0]), cut[1], max(right, rect[2]), cut[3]

    def _unprinted(self, text: str, rect: Rect) -> str:
        """Drop what the form itself prints at the beginning or end of a line."""
        for line in self._printed:
            if not _meet(self._rect(line.box), rect):
                continue
            words, known = text.split(), plain_letters(line.text).split()
            for size in range(min(len(words), len(known)), 0, -1):
                if [plain_letters(w) for w in words[:size]] == known[-size:]:
                    words = words[size:]
                    break
                if [plain_letters(w) for w in words[-size:]] == known[:size]:
                    words = words[:-size]
                    break
            text = " ".join(words)
        return text

    def _cells(self, field: FormField) -> Written | None:
        """Cells are laid side by side without their walls, and read as one word."""
        left, top, right, bottom = self._rect(field.box)
        wide, inset = (right - left) / field.cells, max(2, (bottom - top) // 12)
        cut: list[Pixels] = []
        filled: list[int] = []
        for n in range(field.cells):
            a, b = round(left + n * wide + 0.12 * wide), round(left + (n + 1) * wide - 0.12 * wide)
            new = _without_dirt(self._new[top + inset : bottom - inset, a:b])
            if new.sum() > 12:
                inked = np.flatnonzero(new.any(axis=0))
                a, b = max(a, a + int(inked[0]) - 4), min(b, a + int(inked[-1]) + 5)
                filled.append(n)
                cut.append(self._laid.pixels[top + inset : bottom - inset, a:b])
        if not cut:
            return None
        line = _read_twice(np.hstack(cut))
        letters = line.text.replace(" ", "")
        sure = line.confidence if len(letters) == len(filled) else min(line.confidence, _DOUBT)
        if len(letters) == len(filled):
            spaced = dict(zip(filled, letters, strict=True))
            letters = "".join(spaced.get(n, " ") for n in range(filled[0], filled[-1] + 1))
        return Written(field.label, field.kind, letters or "?", sure if letters else 0.1, field.box, cells=True)

    def _rect(self, box: Box) -> Rect:
        rows, columns = self._laid.blank.shape
        return round(box.left * columns), round(box.top * rows), round(box.right * columns), round(box.bottom * rows)

    def _grown(self, rect: Rect, across: int, down: int) -> Rect:
        rows, columns = self._laid.blank.shape
        left, top, right, bottom = rect
        return max(0, left - across), max(0, top - down), min(columns, right + across), min(rows, bottom + down)

    def _fractions(self, rects: Sequence[Rect]) -> Box:
        rows, columns = self._laid.blank.shape
        return _around([Box(a / columns, t / rows, b / columns, u / rows) for a, t, b, u in rects])


def _read_twice(cut: Pixels) -> ocr.Line:
    """Read a line, and again with its edges softened; what then reads otherwise is doubtful, however sure each look was."""
    line = ocr.read_crop(np.ascontiguousarray(cut))
    if line.confidence < _LOOK_AGAIN:
        return line
    again = ocr.read_crop(np.asarray(cv2.GaussianBlur(cut, (0, 0), 1.2), dtype=np.uint8))
    same = line.text.replace(" ", "") == again.text.replace(" ", "")
    return line if same else replace(line, confidence=_DIFFERS)


def _without_dots(text: str) -> str:
    """A value without the specks that were read as a stop after it; an abbreviation or a sentence keeps its own."""
    return text.rstrip(" .,;:'`´·-") or text if text.count(".") <= 1 else text


def _enclosed(blank: NDArray[np.bool_], x: int, y: int) -> NDArray[np.bool_] | None:
    """What a drawn line closes in around this point, a little way from the line; None: nothing does."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~blank).astype(np.uint8), connectivity=4)
    number = int(labels[y, x])
    if count < 2 or blank[y, x]:
        return None
    a, t, w, h, _ = (int(v) for v in stats[number])
    if a == 0 or t == 0 or a + w == blank.shape[1] or t + h == blank.shape[0]:
        return None
    region = cv2.erode((labels == number).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return region if region.sum() >= 30 else None


def _around(boxes: Sequence[Box]) -> Box:
    return Box(min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes))


def _meet(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _without_dirt(new: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if not new.size:
        return new
    _, labels, stats, _ = cv2.connectedComponentsWithStats(new, connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= _DIRT
    keep[0] = False
    return np.asarray(keep[np.asarray(labels, dtype=np.intp)], dtype=np.uint8)


def _belonging(new: NDArray[np.uint8], within: Rect, place: Rect) -> NDArray[np.uint8]:
    """Ink of this box: strokes whose middle lies in it, so that neither a neighbour's letter nor dirt is taken."""
    left, top, right, bottom = within
    part = np.ascontiguousarray(new[top:bottom, left:right])
    if not part.size:
        return part
    _, labels, stats, centres = cv2.connectedComponentsWithStats(part, connectivity=8)
    x, y = centres[:, 0] + left, centres[:, 1] + top
    keep = (x >= place[0] - 2) & (x <= place[2] + 2) & (y >= place[1] - 3) & (y <= place[3] + 3)
    keep &= stats[:, cv2.CC_STAT_AREA] >= _DIRT
    keep[0] = False
    return np.asarray(keep[np.asarray(labels, dtype=np.intp)], dtype=np.uint8)


def _bands(new: NDArray[np.uint8], *, split: bool) -> list[Rect]:
    """Lines of writing, from top to bottom: rows of ink with nothing between them."""
    if new.sum() < 20:
        return []
    rows = np.flatnonzero(new.any(axis=1))
    if not split:
        runs = [(int(rows[0]), int(rows[-1]) + 1)]
    else:
        cuts = np.flatnonzero(np.diff(rows) > 2)
        starts, ends = [rows[0], *rows[cuts + 1]], [*rows[cuts], rows[-1]]
        runs = _joined([(int(a), int(b) + 1) for a, b in zip(starts, ends, strict=True)])
    found = []
    for a, b in runs:
        columns = np.flatnonzero(new[a:b].any(axis=0))
        if len(columns) and (b - a >= 6 or columns[-1] - columns[0] >= 6):
            found.append((int(columns[0]), a, int(columns[-1]) + 1, b))
    return found


def _joined(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """An accent, or the tail of a letter, goes with the line it is nearest to."""
    made: list[tuple[int, int]] = []
    for a, b in runs:
        if made and (min(b - a, made[-1][1] - made[-1][0]) < _LINE) and a - made[-1][1] < 8:
            made[-1] = (made[-1][0], b)
        else:
            made.append((a, b))
    return made
