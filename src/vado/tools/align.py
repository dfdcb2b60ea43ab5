"""Find which known form a page is, and how it lies: keypoints of the blank form are found again on the page (ORB, MAGSAC).

A fitted page is then laid on the blank form (`lay`), and what the fit left askew - paper curls - is set right piece by piece.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vado.model.form import Form, FormPage, Printed
from vado.model.reading import Box
from vado.tools.image import Pixels

_SIDE = 1200  # px, longest side on which keypoints are looked for
_POINTS = (
    6000  # looked at; of these the strongest of each patch are kept, so that a faint corner counts as much as a bold heading
)
_PATCH = 60  # px
_A_PATCH = 14
_FIRST = 400  # points of a form that say at first whether it is worth a closer look
_RATIO = 0.85  # a match counts when it is this much nearer than the second best (Lowe 2004)
_NEAR = 4.0  # px a match may lie off the fitted page
INLIERS = 30  # matches that must agree on how the page lies
_SHARE = 0.15  # and their share of all matches
_QUARTERS = 3  # of the form's four quarters that hold at least three of them
_TRIED = 3  # form pages with most matches that are fitted
INK_SIDE = 2200  # px, longest side of a page laid on its form: 200 dots an inch of letter paper
_TILES = (10, 8)  # down and across: pieces that are moved on their own
_LITTLE = 0.004  # share of dark px of a piece in which next to nothing is printed
_REACH = 14  # px a piece may be off

Matrix = NDArray[np.float64]  # 3x3
Points = NDArray[np.float32]  # shape (n, 2), px
Marks = NDArray[np.uint8]  # shape (n, 32)
Grey = NDArray[np.uint8]  # shape (height, width)
Ink = NDArray[np.bool_]  # shape (height, width)


@dataclass(frozen=True, slots=True)
class Fit:
    """A page that is a page of a known form, and the way between the two."""

    form: Form
    page: int  # 1-based, of the form
    matrix: Matrix  # from fractions of the form's page to px of the picture
    inliers: int

    def box(self, box: Box, rows: int, columns: int) -> Box:
        """Say where this box of the form lies in the picture, in fractions of it."""
        square = [[(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]]
        corners = cv2.perspectiveTransform(np.array(square, dtype=np.float64), self.matrix)[0]
        points = corners / np.array([columns, rows])
        (left, top), (right, bottom) = points.min(axis=0).clip(0, 1), points.max(axis=0).clip(0, 1)
        return Box(float(left), float(top), float(right), float(bottom))


@dataclass(frozen=True, slots=True)
class Laid:
    """A page laid on its form: same size and same places as the form's own ink."""

    pixels: Pixels
    ink: Ink  # dark on the page
    blank: Ink  # dark on the blank form
    seen: float  # share of the form's pieces whose print is found on the page, 0..1


def describe(pixels: Pixels, printed: tuple[Printed, ...] = ()) -> FormPage:
    """Take from a blank page what is needed to find it again."""
    grey = _grey(pixels)
    points, marks = _keypoints(grey)
    ink = dark(_sized(_plain_grey(pixels), INK_SIDE))
    return FormPage(
        grey.shape[1], grey.shape[0], np.rint(points).astype("<u2").tobytes(), marks.tobytes(),
        zlib.compress(np.packbits(ink).tobytes(), 9), ink.shape[1], ink.shape[0], printed,
    )  # fmt: skip


@lru_cache(maxsize=64)
def ink_of(page: FormPage) -> Ink:
    """Give where the blank form is dark."""
    bits = np.unpackbits(np.frombuffer(zlib.decompress(page.ink), np.uint8))[: page.ink_height * page.ink_width]
    return np.asarray(bits.reshape(page.ink_height, page.ink_width) > 0)


def find(pixels: Pixels, forms: Sequence[Form]) -> Fit | None:
    """Give the form's page that this picture shows, turned or askew as it lies; None: it is none of them.

    A photo has to be made flat first (image.flatten): in strong perspective too few points are found again.
    """
    if not forms or min(pixels.shape[:2]) < 100 or float(pixels[::4, ::4].std()) < 3:
        return None  # too small, or one colour all over
    grey = _grey(pixels)
    points, marks = _keypoints(grey)
    if len(points) < INLIERS:
        return None
    pages = [(form, number) for form in forms for number in range(1, len(form.pages) + 1)]
    if len(pages) > _TRIED:
        alike = {n: len(_pairs(form.pages[number - 1], marks, _FIRST)[0]) for n, (form, number) in enumerate(pages)}
        pages = [pages[n] for n in sorted(alike, key=lambda n: -alike[n])[:_TRIED]]
    fits = [fit for form, number in pages if (fit := _fitted(form, number, points, marks, grey))]
    best = max(fits, key=lambda f: f.inliers, default=None)
    if best is None:
        return None
    to_picture = np.diag([pixels.shape[1] / grey.shape[1], pixels.shape[0] / grey.shape[0], 1.0])
    return Fit(best.form, best.page, to_picture @ best.matrix, best.inliers)


def lay(pixels: Pixels, fit: Fit) -> Laid:
    """Lay the page on its form, pieces moved to where the form prints what they show."""
    blank = ink_of(fit.form.pages[fit.page - 1])
    rows, columns = blank.shape
    way = fit.matrix @ np.diag([1 / columns, 1 / rows, 1.0])  # from px of the form to px of the picture
    flat = cv2.warpPerspective(
        _plain_grey(pixels), way, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=(255,)
    )
    moved = _moved(dark(np.asarray(flat, dtype=np.uint8)), blank)
    size = (columns // 16, rows // 16)  # the way is worked out at so many places; between them it is straight enough
    across = (np.arange(size[0]) + 0.5) * columns / size[0] - 0.5
    down = (np.arange(size[1]) + 0.5) * rows / size[1] - 0.5
    nodes = np.stack(np.meshgrid(across, down), axis=-1) + cv2.resize(moved, size, interpolation=cv2.INTER_LINEAR)
    where = cv2.perspectiveTransform(nodes.reshape(1, -1, 2), way).reshape(size[1], size[0], 2).astype(np.float32)
    where = cv2.resize(where, (columns, rows), interpolation=cv2.INTER_LINEAR)
    white = (255, 255, 255)
    set_right = cv2.remap(pixels, where[:, :, 0], where[:, :, 1], cv2.INTER_CUBIC, borderValue=white)
    set_right = np.asarray(set_right, dtype=np.uint8)
    ink = dark(_plain_grey(set_right))
    return Laid(set_right, ink, blank, _seen(ink, blank))


def _seen(ink: Ink, blank: Ink) -> float:
    """Say in how many of the pieces in which the form prints something the page shows it too, 0..1."""
    near = cv2.dilate(ink.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    there, found = (cv2.resize(i.astype(np.float32), _TILES[::-1], interpolation=cv2.INTER_AREA) for i in (blank, blank & near))
    printed = there > _LITTLE
    return float((found[printed] > 0.5 * there[printed]).mean()) if printed.any() else 0.0


def _moved(ink: Ink, blank: Ink) -> NDArray[np.float32]:
    """Say how far each piece of the page lies from where its form has it: shape (down, across, 2), px; smooth."""
    down, across = _TILES
    soft, known = (cv2.resize(i.astype(np.float32), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for i in (ink, blank))
    rows, columns = known.shape
    reach = _REACH // 2
    soft = cv2.copyMakeBorder(soft, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=(0,))
    found = np.full((down, across, 2), np.nan)
    for n in range(down):
        for m in range(across):
            top, bottom = n * rows // down, (n + 1) * rows // down
            left, right = m * columns // across, (m + 1) * columns // across
            piece = known[top:bottom, left:right]
            if piece.mean() < _LITTLE:
                continue
            score = cv2.matchTemplate(soft[top : bottom + 2 * reach, left : right + 2 * reach], piece, cv2.TM_CCORR_NORMED)
            _, best, _, (x, y) = cv2.minMaxLoc(score)
            if best > 0.4 and 0 < x < 2 * reach and 0 < y < 2 * reach:
                found[n, m] = 2 * (x - reach), 2 * (y - reach)
    return _smooth(found)


def _smooth(found: NDArray[np.float64]) -> NDArray[np.float32]:
    """Each piece as the middle of its neighbourhood: one that stands out was matched to something else."""
    middle = np.nanmedian(found.reshape(-1, 2), axis=0) if np.isfinite(found).any() else np.zeros(2)
    down, across = found.shape[:2]
    made = np.empty((down, across, 2), np.float32)
    for n in range(down):
        for m in range(across):
            near = found[max(0, n - 1) : n + 2, max(0, m - 1) : m + 2].reshape(-1, 2)
            near = near[np.isfinite(near).all(axis=1)]
            around = np.median(near, axis=0) if len(near) else middle
            own = found[n, m]
            made[n, m] = own if np.isfinite(own).all() and np.abs(own - around).max() <= 3 else around
    return made


def strange_ink(laid: Laid, taken: Sequence[Box]) -> tuple[Box, ...]:
    """Give boxes of the form's page where something is written that the blank form has not, outside all these boxes."""
    rows, columns = laid.blank.shape
    new = laid.ink & ~(cv2.dilate(laid.blank.astype(np.uint8), np.ones((17, 17), np.uint8)) > 0)
    new = cv2.morphologyEx(new.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    for b in taken:
        top, left = int(b.top * rows) - 22, int(b.left * columns) - 22
        new[max(0, top) : int(b.bottom * rows) + 22, max(0, left) : int(b.right * columns) + 22] = 0
    edge = rows // 40  # the table under a photo, the edge of a scan
    new[:edge], new[-edge:], new[:, :edge], new[:, -edge:] = 0, 0, 0, 0
    joined = cv2.morphologyEx(new, cv2.MORPH_CLOSE, np.ones((15, 41), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    inked = np.bincount(labels.ravel(), weights=new.ravel(), minlength=count)
    found = [stats[n] for n in range(1, count) if inked[n] > 250 and stats[n][cv2.CC_STAT_WIDTH] > 60]
    return tuple(Box(x / columns, y / rows, (x + w) / columns, (y + h) / rows) for x, y, w, h, _ in found)


def _fitted(form: Form, number: int, points: Points, marks: Marks, grey: Grey) -> Fit | None:
    page = form.pages[number - 1]
    theirs, ours = _pairs(page, marks)
    if len(ours) < INLIERS:
        return None
    known, points = _known(page)[0][theirs], points[ours]
    matrix, kept = cv2.findHomography(known, points, cv2.USAC_MAGSAC, _NEAR, maxIters=5000, confidence=0.999)
    if matrix is None or kept is None:
        return None
    matrix = np.asarray(matrix, dtype=np.float64)
    inside = kept.ravel() > 0
    count = int(inside.sum())
    if count < max(INLIERS, _SHARE * len(points)) or not _spread(known[inside], page) or not _sane(matrix, page, grey):
        return None
    return Fit(form, number, matrix @ np.diag([page.width, page.height, 1.0]), count)


def _spread(points: Points, page: FormPage) -> bool:
    """The agreeing points stand wherever the form prints, not in one letterhead: quarters are parted where its own points are."""
    x, y = np.median(_known(page)[0], axis=0)
    quarters = (points[:, 0] > x).astype(int) + 2 * (points[:, 1] > y)
    return int((np.bincount(quarters, minlength=4) >= 3).sum()) >= _QUARTERS


def _sane(matrix: Matrix, page: FormPage, grey: Grey) -> bool:
    """The form lies as a sheet can lie: convex, not seen from behind, mostly within the picture."""
    square = np.array([[[0, 0], [page.width, 0], [page.width, page.height], [0, page.height]]], dtype=np.float64)
    corners = cv2.perspectiveTransform(square, matrix)[0].astype(np.float32)
    if not np.isfinite(corners).all() or not cv2.isContourConvex(corners):
        return False
    area = cv2.contourArea(corners, oriented=True)
    return 0.15 * grey.size < area < 4 * grey.size


def _pairs(page: FormPage, marks: Marks, first: int | None = None) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the points of the form (or of its first ones only), and of those of the picture that look like them."""
    known = _known(page)[1][:first]
    if len(known) < 2 or len(marks) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(known, marks, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
    return np.array([m.queryIdx for m in good], np.intp), np.array([m.trainIdx for m in good], np.intp)


@lru_cache(maxsize=256)
def _known(page: FormPage) -> tuple[Points, Marks]:
    points = np.frombuffer(page.points, "<u2").reshape(-1, 2).astype(np.float32)
    return points, np.frombuffer(page.marks, np.uint8).reshape(-1, 32)


def _keypoints(grey: Grey) -> tuple[Points, Marks]:
    """Give points and descriptors, strongest of all patches first, then the second strongest, and so on."""
    orb = cv2.ORB_create(nfeatures=_POINTS, scaleFactor=1.2, nlevels=8, fastThreshold=8)  # type: ignore[attr-defined]
    found, marks = orb.detectAndCompute(grey, None)
    if marks is None:
        return np.empty((0, 2), np.float32), np.empty((0, 32), np.uint8)
    count: dict[tuple[int, int], int] = {}
    ranked: list[tuple[int, float, int]] = []
    for n in sorted(range(len(found)), key=lambda n: -found[n].response):
        x, y = found[n].pt
        patch = (int(x) // _PATCH, int(y) // _PATCH)
        rank = count[patch] = count.get(patch, 0) + 1
        if rank <= _A_PATCH:
            ranked.append((rank, -found[n].response, n))
    kept = [n for _, _, n in sorted(ranked)]
    return np.array([found[n].pt for n in kept], np.float32), np.asarray(marks[kept], np.uint8)


def _grey(pixels: Pixels) -> Grey:
    grey = _sized(_plain_grey(pixels), _SIDE)
    return np.asarray(cv2.GaussianBlur(grey, (3, 3), 0), dtype=np.uint8)


def _plain_grey(pixels: Pixels) -> Grey:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _sized(grey: Grey, side: int) -> Grey:
    scale = side / max(grey.shape)
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), dtype=np.uint8)


def dark(grey: Grey) -> Ink:
    """Say where ink is, whatever the light: darker than its neighbourhood."""
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.resize(cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 21), grey.shape[::-1])
    return np.asarray(grey.astype(np.float32) < 0.8 * paper.astype(np.float32) - 4)
