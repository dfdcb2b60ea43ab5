"""A page of a known form is found again, however it lies; what is none of them is never taken for one."""

from random import Random

import cv2
import numpy as np
import pytest

from vado.model.form import Form
from vado.model.reading import Box
from vado.tools.align import describe, find
from vado.tools.image import Pixels, flatten


def blank(seed: int) -> Pixels:
    """A made form: words and ruled boxes all over the page."""
    chance, page = Random(seed), np.full((1600, 1130, 3), 250, np.uint8)
    for row in range(24):
        x, y = 60, 90 + 62 * row
        while x < 900:
            word = "".join(chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHKLMNPRSTUVW", k=chance.randint(3, 9)))
            cv2.putText(page, word, (x, y), cv2.FONT_HERSHEY_DUPLEX, 0.6, (30, 30, 30), 1, cv2.LINE_AA)
            x += 60 + 12 * len(word)
            if chance.random() < 0.5:
                cv2.rectangle(page, (x, y - 24), (x + 90, y + 8), (60, 60, 60), 1)
                x += 130
    return np.asarray(cv2.resize(page, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)  # as 200 dpi


PAGES = {n: blank(n) for n in range(3)}
FORMS = tuple(Form(f"form-{n}", "", (describe(page),), ()) for n, page in PAGES.items())


def laid(page: Pixels, seed: int, turns: int) -> tuple[Pixels, np.ndarray]:
    """The page on a dark table, in perspective, turned; and the true way from its fractions to px."""
    source = np.random.default_rng(seed)
    rows, columns = page.shape[:2]
    square = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    inside = (square - [columns / 2, rows / 2]) * 0.85 + [columns / 2, rows / 2]
    inside = (inside + source.uniform(-0.04, 0.04, (4, 2)) * columns).astype(np.float32)
    way = cv2.getPerspectiveTransform(square, inside) @ np.diag([columns, rows, 1.0])
    photo = cv2.warpPerspective(page, cv2.getPerspectiveTransform(square, inside), (columns, rows), borderValue=(70, 60, 50))
    photo = np.clip(photo * np.linspace(1, 0.7, columns)[None, :, None] + source.normal(0, 4, photo.shape), 0, 255).astype(
        np.uint8
    )
    for _ in range(turns):  # a quarter counter-clockwise: (x, y) -> (y, width - 1 - x)
        way = np.array([[0, 1, 0], [-1, 0, photo.shape[1] - 1], [0, 0, 1.0]]) @ way
        photo = np.ascontiguousarray(np.rot90(photo))
    return photo, way


def lies(n: int, turns: int) -> float | None:
    """How far off, at most, in px of the photo, the form is found; None: it is not found."""
    photo, way = laid(PAGES[n], 10 * n + turns, turns)
    flat = flatten(photo)  # a photo is made flat first: ORB bears turning, little perspective
    assert flat.back is not None
    fit = find(flat.pixels, FORMS)
    if fit is None:
        return None
    assert fit.form is FORMS[n] and fit.page == 1
    rows, columns = flat.pixels.shape[:2]
    box = fit.box(Box(0.1, 0.1, 0.9, 0.9), rows, columns)
    assert 0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1
    to_photo = np.diag([photo.shape[1], photo.shape[0], 1.0]) @ flat.back @ np.diag([1 / columns, 1 / rows, 1])
    corners = np.array([[[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]])
    off = cv2.perspectiveTransform(corners, to_photo @ fit.matrix) - cv2.perspectiveTransform(corners, way)
    return float(np.abs(off).max())


def test_photographed_forms_are_found_where_they_lie() -> None:
    """Of 12 photos, each turned and in perspective, one may be missed (it then goes the old way); none may be a millimetre off."""
    found = [off for n in PAGES for turns in range(4) if (off := lies(n, turns)) is not None]
    assert len(found) >= 11
    assert max(found) < 8  # px at 200 dpi: a millimetre


def test_another_form_is_none_of_them() -> None:
    photo, _ = laid(blank(99), 1, 0)
    assert find(photo, FORMS) is None


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_page_of_one_colour_a_tiny_one_and_noise_are_none(value: int) -> None:
    assert find(np.full((900, 700, 3), value, np.uint8), FORMS) is None
    assert find(np.full((20, 20, 3), value, np.uint8), FORMS) is None
    noise = np.random.default_rng(value).integers(0, 255, (900, 700, 3), dtype=np.uint8)
    assert find(noise, FORMS) is None
