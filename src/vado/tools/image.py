"""Pictures: safe opening, frames as pages, upright by EXIF, a photographed sheet made flat, PNG out."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageOps, ImageSequence

from vado.errors import UnreadableOriginal
from vado.model.reading import Box

Pixels = NDArray[np.uint8]  # shape (height, width, 3), RGB
MAX_MEGAPIXELS = 80
_PICTURE_SIDE = 1600  # px, longest side of what a person is shown
_WORK_SIDE = 2400  # px, longest side kept for reading; the engine works on 1500
_DARK = 128  # of 255
_SPECK = 6  # px at most
_MANY_SPECKS = 500  # on a page
KINDS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"BM": "image/bmp",
}


def media_type(content: bytes) -> str | None:
    """Say which kind of picture this is by its first bytes; None: none that we read."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    found = next((kind for magic, kind in KINDS.items() if content.startswith(magic)), None)
    if found == "image/bmp" and not (len(content) > 54 and content[6:10] == b"\0\0\0\0"):
        return None  # 'BM' begins many texts; the reserved bytes of a bitmap are zero
    return found


def frames(content: bytes) -> Iterator[Pixels]:
    """Give each frame (TIFF page) upright by its EXIF orientation, RGB, longest side at most 2400 px.

    An animation's later frames are not pages: only TIFF gives more than one.

    Raises:
        UnreadableOriginal: IN-007 damaged, IN-506 larger than 80 megapixels (said before any pixel is decoded).
    """
    try:
        with Image.open(BytesIO(content)) as image:
            many = ImageSequence.Iterator(image) if image.format == "TIFF" else (image,)
            for frame in many:
                if frame.width * frame.height > MAX_MEGAPIXELS * 1_000_000:
                    raise UnreadableOriginal("IN-506", megapixels=MAX_MEGAPIXELS)
                yield _pixels(frame)
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, OverflowError) as fault:
        raise UnreadableOriginal("IN-007", fault="picture") from fault
    except (Image.DecompressionBombError, MemoryError) as fault:
        raise UnreadableOriginal("IN-506", megapixels=MAX_MEGAPIXELS) from fault


def frame_count(content: bytes) -> int:
    """Count the pages of a picture without decoding them; 1 when it cannot be said."""
    try:
        with Image.open(BytesIO(content)) as image:
            return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
    except Exception:  # a damaged directory: frames() says what is wrong
        return 1


def _pixels(frame: Image.Image) -> Pixels:
    frame.draft("RGB", (_WORK_SIDE, _WORK_SIDE))
    upright = ImageOps.exif_transpose(_square(frame))
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        paper = Image.new("RGBA", upright.size, "white")  # see-through parts are paper, not ink
        upright = Image.alpha_composite(paper, upright)
    elif upright.mode.startswith("I;16") or upright.mode == "I":
        upright = Image.fromarray((np.asarray(upright, dtype=np.float64) / 257).clip(0, 255).astype(np.uint8))
    upright = upright.convert("RGB")
    upright.thumbnail((_WORK_SIDE, _WORK_SIDE), Image.Resampling.LANCZOS)
    return np.asarray(upright)


def _square(frame: Image.Image) -> Image.Image:
    """Give the frame with square pixels: a fax has 204 dots an inch across and 98 down. Source: ITU-T T.4, 2.1; TIFF 6.0, XResolution."""
    across, down = (float(v) for v in frame.info.get("dpi") or (1.0, 1.0))
    if min(across, down) <= 0 or not 1.25 < max(across / down, down / across) < 3:
        return frame.copy()
    width, height = frame.width, frame.height
    size = (width, round(height * across / down)) if across > down else (round(width * down / across), height)
    return frame.convert("L" if frame.mode == "1" else frame.mode).resize(size, Image.Resampling.BILINEAR)


def to_png(pixels: Pixels) -> bytes:
    """Give PNG bytes, longest side at most 1600 px."""
    image = Image.fromarray(pixels)
    image.thumbnail((_PICTURE_SIDE, _PICTURE_SIDE))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def codes(pixels: Pixels) -> tuple[str, ...]:
    """Give what the QR codes on a page say; () when there is none that can be read."""
    found = zxingcpp.read_barcodes(np.ascontiguousarray(pixels), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return tuple(code.text for code in found)


def part(content: bytes, first: int, last: int) -> bytes:
    """Give frames `first` to `last` (1-based) of a TIFF as a TIFF of their own, the same each time."""
    with Image.open(BytesIO(content)) as image:
        kept = []
        for number in range(first - 1, last):
            image.seek(number)
            kept.append(image.copy())
            kept[-1].info = {k: v for k, v in image.info.items() if k == "dpi"}
    out = BytesIO()
    compression = "group4" if all(k.mode == "1" for k in kept) else "tiff_lzw"
    dpi = kept[0].info.get("dpi")
    kept[0].save(out, "TIFF", compression=compression, save_all=True, append_images=kept[1:], **({"dpi": dpi} if dpi else {}))
    return out.getvalue()


def is_black(pixels: Pixels) -> bool:
    """Say whether the page is dark all over: a scan with the lid open, a page turned black by a copier."""
    grey = pixels[::4, ::4].mean(axis=2)
    return float(np.percentile(grey, 99)) < 90


@dataclass(frozen=True, slots=True)
class Flat:
    """A sheet made flat, and the way back to the picture it was cut from (None: the picture itself)."""

    pixels: Pixels
    back: NDArray[np.float64] | None = None  # 3x3, from fractions of the sheet to fractions of the picture

    def box(self, box: Box) -> Box:
        """Say where this box of the sheet lies in the picture."""
        if self.back is None:
            return box
        corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        moved = cv2.perspectiveTransform(np.array([corners], dtype=np.float64), self.back)[0]
        (left, top), (right, bottom) = moved.min(axis=0).clip(0, 1), moved.max(axis=0).clip(0, 1)
        return Box(float(left), float(top), float(right), float(bottom))


def despeckled(pixels: Pixels) -> Pixels:
    """Give a page without its specks, if it has many: a dirty line of a fax. Any other page is given as it is.

    Source: measured; on specked pages a median of 3 by 3 pixels leaves a quarter of the wrong letters, on clean ones it costs some.
    """
    dark = (cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) < _DARK).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    specks = int((stats[1:, cv2.CC_STAT_AREA] <= _SPECK).sum())
    if specks < _MANY_SPECKS or specks < count / 2:
        return pixels
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(pixels), 3), dtype=np.uint8)


def sheets(pixels: Pixels) -> tuple[Flat, ...]:
    """Give the sheets of a picture, flat, left before right: two for an open book or two pages side by side, else one."""
    flat = flatten(pixels)
    fold = _fold(flat.pixels)
    if fold is None:
        return (flat,)
    width = flat.pixels.shape[1]
    back = np.eye(3) if flat.back is None else flat.back
    halves = ((0.0, fold), (fold, 1.0))
    return tuple(
        Flat(
            np.ascontiguousarray(flat.pixels[:, round(a * width) : round(b * width)]),
            back @ np.array([[b - a, 0, a], [0, 1, 0], [0, 0, 1.0]]),
        )
        for a, b in halves
    )


def _fold(pixels: Pixels) -> float | None:
    """Find where two pages meet, as a fraction of the width; None: this is one page.

    Two pages are wider than high, hold ink on both sides, and between them, from top to bottom, lies a wide strip without any
    (a table or a form that is wider than high has a title, a rule or a row there).
    """
    height, width = pixels.shape[:2]
    if not 1.2 < width / height < 1.75:
        return None
    small = cv2.resize(
        cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (600, max(1, 600 * height // width)), interpolation=cv2.INTER_AREA
    )
    paper = cv2.medianBlur(small, 51)
    ink = (small.astype(np.int16) < paper.astype(np.int16) - 30)[8:-8, 8:-8].sum(axis=0)
    middle = range(210, 375)  # 0.36 to 0.64 of the width
    empty = [x for x in middle if ink[x] <= 0.004 * small.shape[0]]
    runs: list[list[int]] = []
    for x in empty:
        if runs and x == runs[-1][-1] + 1:
            runs[-1].append(x)
        else:
            runs.append([x])
    widest = max(runs, key=len, default=[])
    if len(widest) < 24 or min(ink[: widest[0]].sum(), ink[widest[-1] :].sum()) < 0.15 * ink.sum():
        return None
    return (widest[len(widest) // 2] + 8) / 600


def flatten(pixels: Pixels) -> Flat:
    """Cut out and straighten a bright sheet photographed on a darker ground; anything else stays as it is."""
    corners = _sheet(pixels)
    if corners is None:
        return Flat(pixels)
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    width, height = int(max(sides[0], sides[2])), int(max(sides[1], sides[3]))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    sheet = cv2.warpPerspective(pixels, matrix, (width, height))
    rows, columns = pixels.shape[:2]
    back = np.diag([1 / columns, 1 / rows, 1]) @ np.linalg.inv(matrix) @ np.diag([width, height, 1.0]).astype(np.float64)
    return Flat(np.asarray(sheet, dtype=np.uint8), back)


def _sheet(pixels: Pixels) -> NDArray[np.float32] | None:
    """Find the four corners (from top left, clockwise, px) of a sheet clearly brighter than its ground."""
    grey = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (9, 9), 0)
    _, white = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    white = cv2.morphologyEx(white, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    outlines, _ = cv2.findContours(white, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return None
    outline = max(outlines, key=cv2.contourArea)
    corners = cv2.approxPolyDP(outline, 0.02 * cv2.arcLength(outline, True), True)
    if len(corners) != 4 or not cv2.isContourConvex(corners):
        return None
    if not 0.3 < cv2.contourArea(corners) / grey.size < 0.92:
        return None
    mask = cv2.fillConvexPoly(np.zeros_like(grey), corners, (255,))
    if np.median(grey[mask > 0]) < np.median(grey[mask == 0]) + 50:
        return None
    points = corners.reshape(4, 2).astype(np.float32)
    total, gap = points.sum(axis=1), points[:, 0] - points[:, 1]
    order = [total.argmin(), gap.argmax(), total.argmax(), gap.argmin()]
    return points[order] if len(set(order)) == 4 else None
