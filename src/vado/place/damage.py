"""What happens to a clean page on its way: a scanner, a fax, a phone. Each gives the page and where its points went."""

from __future__ import annotations

import io
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grid = NDArray[np.uint8]  # shape (height, width), grey
Way = NDArray[np.float64]  # 3x3, from fractions of the clean page to fractions of the damaged one

DESK = 70  # grey of what lies under a photographed sheet


def scanned(page: Grid, chance: Random, *, degrees: float = 0.7, noise: float = 6.0, quality: int = 60) -> tuple[Grid, Way]:
    """Put it a little askew on the glass: turned by up to this many degrees, noise (grey levels), specks, JPEG of this quality."""
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), chance.uniform(-degrees, degrees), 1.0)
    turned = cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=(250,))
    source = np.random.default_rng(chance.randrange(2**32))
    grid = turned.astype(np.int16) + source.normal(0, noise, page.shape).astype(np.int16)
    grid[source.random(page.shape) < 0.0003] = 60
    return _jpeg(np.clip(grid, 0, 255).astype(np.uint8), quality), _fractions(
        np.vstack([turn, [0, 0, 1]]), page.shape, page.shape
    )


def faxed(page: Grid, chance: Random, *, fine: bool = False) -> tuple[Grid, Way]:
    """Send it by fax: 204 dots an inch across, 98 down (196 when fine), black or white only, for a page of A4 width.

    The pixels come back as they were sent: not square unless fine. Source: ITU-T T.4, 2.1.
    """
    turned, way = scanned(page, chance, degrees=0.4, noise=3.0, quality=80)
    lines = round(1728 * page.shape[0] / page.shape[1] * (196 if fine else 98) / 204)
    sent = cv2.resize(turned, (1728, lines), interpolation=cv2.INTER_AREA)
    black = sent < 150 + 10 * chance.random()
    return np.where(black, 0, 255).astype(np.uint8), way


def photographed(page: Grid, chance: Random) -> tuple[Grid, Way]:
    """Take it with a phone: on a dark desk, in perspective, with a shadow, a little blurred."""
    height, width = page.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners * 0.86 + np.array([0.07 * width, 0.07 * height], np.float32)
    moved += np.array([[chance.uniform(-0.04, 0.04) * width, chance.uniform(-0.03, 0.03) * height] for _ in range(4)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    photo = cv2.warpPerspective(page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(DESK,))
    shade = np.linspace(1.0, chance.uniform(0.55, 0.8), width, dtype=np.float32)[None, :]
    shade = shade * np.linspace(1.0, chance.uniform(0.85, 1.0), height, dtype=np.float32)[:, None]
    photo = cv2.GaussianBlur((photo * shade).astype(np.uint8), (3, 3), chance.uniform(0.4, 0.9))
    return _jpeg(np.asarray(photo, dtype=np.uint8), 85), _fractions(np.asarray(matrix, dtype=np.float64), page.shape, page.shape)


def fax_tiff(pages: list[Grid]) -> bytes:
    """Give faxed pages (see `faxed`) as a fax machine files them: one TIFF, CCITT group 4, 204 by 98 dots an inch."""
    box = io.BytesIO()
    frames = [Image.fromarray(p).convert("1") for p in pages]
    frames[0].save(box, "TIFF", compression="group4", dpi=(204, 98), save_all=True, append_images=frames[1:])
    return box.getvalue()


def _jpeg(grid: Grid, quality: int) -> Grid:
    box = io.BytesIO()
    Image.fromarray(grid).save(box, "JPEG", quality=quality)
    return np.asarray(Image.open(box).convert("L"))


def _fractions(matrix: NDArray[np.floating], source: tuple[int, ...], target: tuple[int, ...]) -> Way:
    """Turn a matrix between pixels into one between fractions of the two pages (shapes: height, width)."""
    into = np.diag([1 / target[1], 1 / target[0], 1.0])
    return np.asarray(into @ matrix @ np.diag([source[1], source[0], 1.0]), dtype=np.float64)
