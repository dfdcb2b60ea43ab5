"""Find where a blank form waits for something: ruled cells, lines to write on, rows of letter cells, small squares and rings.

Looked at is the drawn page; where the file says which lines it draws and which signs it prints, these are added to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vado.model.form import Printed
from vado.model.reading import Box
from vado.tools.align import dark
from vado.tools.image import Pixels

SIDE = 2200  # px, longest side on which is looked: 200 dots an inch of letter paper
_INCH = 200  # px
_LINE = 46  # px, shortest ruled line across
_WALL = 22  # px, shortest ruled line down
_WRITING = 34  # px, height left above a line to write on
_EMPTY = 0.03  # share of dark pixels that an empty place may have

Mask = NDArray[np.uint8]  # shape (rows, columns), 0 or 1
Rect = tuple[int, int, int, int]  # left, top, width, height; px
Rule = tuple[float, float, float, float]  # left, top, right, bottom of a drawn stroke, in fractions of the page


@dataclass(frozen=True, slots=True)
class Spot:
    """One place to fill."""

    box: Box
    shape: str  # 'cell', 'line', 'comb', 'square'
    cells: int = 0  # of a comb


def spots(pixels: Pixels, rules: Sequence[Rule] = (), printed: Sequence[Printed] = ()) -> tuple[Spot, ...]:
    """Give the places of one blank page, from top to bottom, left to right.

    Args:
        pixels: the drawn page.
        rules: strokes that the file says it draws, straight across or down, and small shapes that are neither.
        printed: what it prints; a picture alone has none.
    """
    if min(pixels.shape[:2]) < 100 or float(pixels.std()) < 2:
        return ()
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = SIDE / max(grey.shape)
    shrunk = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=shrunk), dtype=np.uint8)
    ink = (dark(grey) | (grey < 110)).astype(np.uint8)
    rows, columns = grey.shape
    words = _word_mask(ink.shape, printed)
    across, down = _ruled(ink & (1 - words), (_LINE, 1)), _ruled(ink & (1 - words), (1, _WALL))
    _draw(across, down, rules)
    walls = np.asarray(cv2.dilate(across | down, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    text = ink & (1 - walls)
    combs, cells = _combs(_cells(walls, text))
    squares = _apart([*_squares(ink, words), *_drawn_squares(ink, words, rules)])
    squares = [s for s in squares if not any(_inside(s, c) for c, _ in combs)]
    cells = [c for c in cells if not any(_inside(s, c) for s in squares)]
    squares, cells = _small_cells(squares, cells)
    taken = squares + cells + [r for r, _ in combs]
    lines = _written_on(across, down, ink, taken)
    found = [Spot(_box(r, rows, columns), "square") for r in squares]
    found += [Spot(_box(r, rows, columns), "comb", n) for r, n in combs]
    found += [Spot(_box(r, rows, columns), "cell") for r in cells]
    found += [Spot(_box(r, rows, columns), "line") for r in lines]
    return tuple(sorted(found, key=lambda s: (round(s.box.top, 2), s.box.left)))


def _draw(across: Mask, down: Mask, rules: Sequence[Rule]) -> None:
    """Add strokes that the file draws: a pale or dashed one is lost in the picture."""
    rows, columns = across.shape
    for left, top, right, bottom in rules:
        a, t, b, u = round(left * columns), round(top * rows), round(right * columns), round(bottom * rows)
        if b - a >= _LINE // 2 and u - t <= 6:
            across[max(0, t) : t + max(1, u - t), max(0, a) : b] = 1
        elif u - t >= _WALL // 2 and b - a <= 6:
            down[max(0, t) : u, max(0, a) : a + max(1, b - a)] = 1


def _box(rect: Rect, rows: int, columns: int) -> Box:
    x, y, w, h = rect
    sides = (x / columns, y / rows, (x + w) / columns, (y + h) / rows)
    return Box(*(round(min(1.0, max(0.0, v)), 4) for v in sides))


def _ruled(ink: Mask, kernel: tuple[int, int]) -> Mask:
    """Keep only long thin strokes, small gaps closed."""
    shape = np.ones((kernel[1], kernel[0]), np.uint8)
    gap = np.ones((1, 3) if kernel[0] > 1 else (3, 1), np.uint8)
    kept = cv2.morphologyEx(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, gap), cv2.MORPH_OPEN, shape)
    thick = cv2.morphologyEx(kept, cv2.MORPH_OPEN, np.ones((11, 11), np.uint8))  # a black bar is no line
    return np.asarray(cv2.subtract(kept, cv2.dilate(thick, np.ones((3, 3), np.uint8))), dtype=np.uint8)


def _squares(ink: Mask, words: Mask) -> list[Rect]:
    """Small empty squares and rings: from 0.055 to 0.3 inch, closed, as high as wide; a letter has others beside it."""
    outlines, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    found: list[Rect] = []
    for n, outline in enumerate(outlines):
        if tree[0][n][3] < 0:  # the holes are looked at: what is inside an outline
            continue
        x, y, w, h = cv2.boundingRect(outline)
        if (
            not (0.055 * _INCH < w < 0.3 * _INCH and 0.75 < w / h < 1.33)
            or ink[y + 2 : y + h - 2, x + 2 : x + w - 2].mean() > 2 * _EMPTY
        ):
            continue
        full = cv2.contourArea(outline) / ((w - 1) * (h - 1))
        lettered = bool(words[y + h // 2, x + w // 2])
        square = full > 0.9 and (not lettered or _alone(ink, x, y, w, h) or w > 0.09 * _INCH)
        if square or (0.7 < full <= 0.9 and w > 0.06 * _INCH and (not lettered or _alone(ink, x, y, w, h))):
            found.append((x - 1, y - 1, w + 2, h + 2))
    return found


def _drawn_squares(ink: Mask, words: Mask, rules: Sequence[Rule]) -> list[Rect]:
    """Shapes that the file draws as high as wide, small and with nothing in them."""
    rows, columns = ink.shape
    found: list[Rect] = []
    for left, top, right, bottom in rules:
        x, y, w, h = round(left * columns), round(top * rows), round((right - left) * columns), round((bottom - top) * rows)
        if not (0.055 * _INCH < w < 0.3 * _INCH and h > 0 and 0.75 < w / h < 1.33):
            continue
        inside = ink[y + 4 : y + h - 4, x + 4 : x + w - 4]
        if inside.size and inside.mean() <= 2 * _EMPTY and not words[y + h // 2, x + w // 2]:
            found.append((x, y, w, h))
    return found


def _apart(squares: list[Rect]) -> list[Rect]:
    """One of several outlines around each other: the outermost."""
    kept: list[Rect] = []
    for s in sorted(squares, key=lambda s: -s[2] * s[3]):
        if not any(_inside(s, k) for k in kept):
            kept.append(s)
    return kept


def _word_mask(shape: tuple[int, ...], printed: Sequence[Printed]) -> Mask:
    rows, columns = shape
    mask = np.zeros((rows, columns), np.uint8)
    for line in printed:
        if sum(c.isalnum() for c in line.text) >= 3:
            b = line.box
            inset = 0.15 * (b.bottom - b.top)  # rules lie close to print
            mask[
                int((b.top + inset) * rows) : int((b.bottom - inset) * rows) + 1,
                int(b.left * columns) : int(b.right * columns) + 1,
            ] = 1
    return mask


def _alone(ink: Mask, x: int, y: int, w: int, h: int) -> bool:
    """A ring that stands by itself; the ring of an o or a D has letters beside it."""
    side, gap = max(6, w // 3), max(4, w // 5)
    left, right = ink[y : y + h, max(0, x - 7 - side) : max(0, x - 7)], ink[y : y + h, x + w + 3 : x + w + 3 + gap]
    above, below = ink[max(0, y - 6 - side) : max(0, y - 6), x : x + w], ink[y + h + 6 : y + h + 6 + side, x : x + w]
    return all(part.size == 0 or part.mean() < 0.02 for part in (left, right, above, below))


def _cells(walls: Mask, text: Mask) -> list[Rect]:
    """The empty part of every ruled cell that has one."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((1 - walls).astype(np.uint8), connectivity=4)
    rows, columns = walls.shape
    found: list[Rect] = []
    for n in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[n])
        if h < 14 or w < 14 or w * h > 0.4 * rows * columns or area < 0.85 * w * h:
            continue
        if part := _empty_part(text, (x, y, w, h)):
            found.append(part)
    return found


def _small_cells(squares: list[Rect], cells: list[Rect]) -> tuple[list[Rect], list[Rect]]:
    """A cell that is small and as high as wide, alone in its row, is a box to tick."""
    small = [c for c in cells if c[2] < 0.25 * _INCH and c[3] < 0.25 * _INCH and 0.75 < c[2] / c[3] < 1.33]
    return squares + small, [c for c in cells if c not in small]


def _inside(inner: Rect, outer: Rect) -> bool:
    x, y = inner[0] + inner[2] / 2, inner[1] + inner[3] / 2
    return outer[0] < x < outer[0] + outer[2] and outer[1] < y < outer[1] + outer[3]


def _empty_part(text: Mask, cell: Rect) -> Rect | None:
    """The whole cell where it is empty, else what is left below or to the right of its print; None: too little to write in."""
    x, y, w, h = cell
    inside = text[y + 2 : y + h - 2, x + 2 : x + w - 2]
    if not inside.size or inside.mean() < _EMPTY / 6:
        return cell
    printed_rows, printed_columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    bottom, right = int(printed_rows[-1]) + 5, int(printed_columns[-1]) + 9
    below, beside = (x, y + bottom, w, h - bottom), (x + right, y, w - right, h)
    parts = [p for p in (below, beside) if p[3] >= 20 and p[2] >= 40]
    best = max(parts, key=lambda p: p[2] * p[3], default=None)
    return best if best and best[2] * best[3] >= 0.25 * w * h else None


def _combs(cells: list[Rect]) -> tuple[list[tuple[Rect, int]], list[Rect]]:
    """Join rows of four and more equal narrow cells that touch; give them and the other cells."""
    narrow = sorted((c for c in cells if c[2] < 1.8 * c[3] and c[2] < 0.4 * _INCH), key=lambda c: (c[1], c[0]))
    used: set[Rect] = set()
    combs: list[tuple[Rect, int]] = []
    for first in narrow:
        if first in used:
            continue
        row = [first]
        for c in sorted(narrow):
            last = row[-1]
            near = 0 < c[0] - last[0] - last[2] < 14 and abs(c[1] - last[1]) <= 4 and abs(c[2] - last[2]) <= 5
            if c not in used and near:
                row.append(c)
        if len(row) >= 4:
            used.update(row)
            left, top = row[0][0], min(c[1] for c in row)
            right, bottom = row[-1][0] + row[-1][2], max(c[1] + c[3] for c in row)
            combs.append(((left, top, right - left, bottom - top), len(row)))
    return combs, [c for c in cells if c not in used]


def _written_on(across: Mask, down: Mask, ink: Mask, taken: list[Rect]) -> list[Rect]:
    """Lines to write on: no wall at their ends, and room above them."""
    joined = cv2.morphologyEx(across, cv2.MORPH_CLOSE, np.ones((3, 9), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    columns = ink.shape[1]
    found: list[Rect] = []
    for n in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[n])
        if h > 9 or w > 0.92 * columns or y < _WRITING + 4:
            continue
        walls = down[max(0, y - 12) : y + h + 12, max(0, x - 5) : x + w + 5]
        room = (x, y - _WRITING, w, _WRITING - 1)
        above = ink[y - 24 : y - 3, x : x + w]
        if walls.any() or any(_overlap(room, t) > 0.3 for t in taken):
            continue
        if above.mean() < _EMPTY:
            found.append(room)
    return found


def _overlap(a: Rect, b: Rect) -> float:
    """Share of the smaller one that both cover."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return w * h / min(a[2] * a[3], b[2] * b[3]) if w > 0 and h > 0 else 0.0
