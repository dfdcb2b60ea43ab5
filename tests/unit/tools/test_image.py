"""Pictures of pages: fax pixels made square, two sheets found, black pages said, photos flattened with the way back."""

from io import BytesIO
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vado.errors import UnreadableOriginal
from vado.model.reading import Box
from vado.place.damage import fax_tiff, faxed, photographed, scanned
from vado.tools import image


def page(width: int = 620, height: int = 877) -> np.ndarray:
    """A page with a rule of print near the top and a block below."""
    picture = Image.new("L", (width, height), 250)
    draw = ImageDraw.Draw(picture)
    for n in range(12):
        draw.rectangle((60, 60 + 50 * n, width - 60, 75 + 50 * n), fill=20)
    return np.asarray(picture)


def rgb(grid: np.ndarray) -> np.ndarray:
    return np.stack([grid] * 3, axis=2)


def test_a_fax_comes_out_with_square_pixels_and_every_page() -> None:
    sent, _ = faxed(page(), Random(1))
    height, width = sent.shape
    assert width == 1728 and width / height > 1.4  # as sent: half the lines
    frames = list(image.frames(fax_tiff([sent, sent])))
    assert len(frames) == 2 and image.frame_count(fax_tiff([sent, sent])) == 2
    assert all(f.shape[0] / f.shape[1] == pytest.approx(877 / 620, rel=0.02) for f in frames)


def test_square_pictures_stay_as_they_are() -> None:
    box = BytesIO()
    Image.fromarray(page()).save(box, "TIFF", dpi=(200, 200))
    (frame,) = image.frames(box.getvalue())
    assert frame.shape == (877, 620, 3)


def test_two_pages_side_by_side_are_two_sheets_with_their_way_back() -> None:
    double = np.hstack([page(), page()])
    left, right = image.sheets(rgb(double))
    assert left.pixels.shape[1] == pytest.approx(620, abs=25)
    assert left.box(Box(0, 0, 1, 1)).right == pytest.approx(0.5, abs=0.02)
    back = right.box(Box(0.0, 0.1, 1.0, 0.2))
    assert (back.left, back.right) == pytest.approx((0.5, 1.0), abs=0.02) and (back.top, back.bottom) == pytest.approx((0.1, 0.2))


def test_a_wide_page_with_a_title_is_one_sheet() -> None:
    wide = np.hstack([page(), page()])
    wide[20:40, 200:1000] = 20
    assert len(image.sheets(rgb(wide))) == 1
    assert len(image.sheets(rgb(page()))) == 1
    half_empty = np.hstack([page(), np.full((877, 620), 250, np.uint8)])
    assert len(image.sheets(rgb(half_empty))) == 1


def test_a_photographed_sheet_is_made_flat_and_its_boxes_lead_back() -> None:
    photo, way = photographed(page(), Random(3))
    flat = image.flatten(rgb(photo))
    assert flat.back is not None
    there = flat.box(Box(0.0, 0.0, 1.0, 1.0))
    corner = way @ np.array([0, 0, 1.0])
    assert abs(there.left - corner[0] / corner[2]) < 0.05 and abs(there.top - corner[1] / corner[2]) < 0.05


def test_black_and_white_pages_are_told_apart() -> None:
    assert image.is_black(np.full((400, 300, 3), 12, np.uint8))
    assert not image.is_black(np.full((400, 300, 3), 255, np.uint8))
    assert not image.is_black(rgb(page()))
    white_on_black = rgb(255 - page())
    assert not image.is_black(white_on_black)


def test_too_many_pixels_are_refused_before_any_is_decoded() -> None:
    box = BytesIO()
    Image.new("1", (20_000, 20_000)).save(box, "TIFF", compression="group4")
    with pytest.raises(UnreadableOriginal) as told:
        list(image.frames(box.getvalue()))
    assert told.value.code == "IN-506"


def test_damage_is_the_same_for_the_same_chance() -> None:
    for way in (scanned, faxed, photographed):
        one, matrix = way(page(), Random(5))
        other, _ = way(page(), Random(5))
        assert (one == other).all() and matrix.shape == (3, 3) and (one != page()[:1, :1]).any()


def test_specks_go_where_there_are_many_and_nothing_else_changes() -> None:
    clean = rgb(page())
    assert image.despeckled(clean) is clean
    dirty, chance = clean.copy(), np.random.default_rng(1)
    for y, x in zip(chance.integers(0, clean.shape[0] - 2, 4000), chance.integers(0, clean.shape[1] - 2, 4000), strict=True):
        dirty[y : y + 1, x : x + 2] = 0
    freed = image.despeckled(dirty)
    wrong = [float((np.abs(p.astype(int) - clean.astype(int)) > 100).mean()) for p in (dirty, freed)]
    assert wrong[1] < wrong[0] / 2
