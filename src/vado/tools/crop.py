"""Pictures of pages for the eye: the part around a place, the place marked, to compare with what was read; and a whole page, light to carry."""

from collections.abc import Iterable
from io import BytesIO

from PIL import Image, ImageDraw

from vado.model.reading import Box

_WIDE, _HIGH = 0.5, 0.09  # of the page: at least this much is shown, so that the eye knows where it is
_AROUND = 0.025  # of the page, on every side
_INK = (181, 106, 0)
_READABLE = 1000  # pixels across: small print of an A4 page can still be read


def crop(page: bytes, boxes: Iterable[Box]) -> bytes:
    """Cut out the boxes with some of the page around them, as PNG; the whole page when there is no box.

    Args:
        page: a picture of ours (PNG), never one that a partner sent.
        boxes: fractions of the page, 0..1.
    """
    found = list(boxes)
    with Image.open(BytesIO(page)) as opened:
        image = opened.convert("RGB")
    if found:
        wide, high = image.size
        drawing = ImageDraw.Draw(image)
        for b in found:
            drawing.rectangle(
                (b.left * wide - 4, b.top * high - 4, b.right * wide + 4, b.bottom * high + 4), outline=_INK, width=2
            )
        left, right = _stretch(min(b.left for b in found), max(b.right for b in found), _WIDE)
        top, bottom = _stretch(min(b.top for b in found), max(b.bottom for b in found), _HIGH)
        image = image.crop((int(left * wide), int(top * high), max(int(right * wide), 1), max(int(bottom * high), 1)))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def lighter(page: bytes) -> bytes:
    """Give a picture of ours (PNG) as WebP of a tenth of its weight, no wider than a screen needs."""
    with Image.open(BytesIO(page)) as opened:
        image = opened.convert("RGB" if opened.mode not in {"1", "L"} else "L")
    image.thumbnail((_READABLE, 10 * _READABLE))
    out = BytesIO()
    image.save(out, "WEBP", quality=30, method=2)
    return out.getvalue()


def _stretch(low: float, high: float, least: float) -> tuple[float, float]:
    """Widen to at least this, with room on both sides, within 0..1."""
    missing = max(least - (high - low) - 2 * _AROUND, 0) / 2
    low, high = low - _AROUND - missing, high + _AROUND + missing
    low, high = (0.0, min(high - low, 1.0)) if low < 0 else (low, high)
    return (max(low - (high - 1), 0.0), 1.0) if high > 1 else (low, high)
