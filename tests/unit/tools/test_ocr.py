"""Reading pixels: upright, turned, askew, faxed, in two sheets; a single box. Made pictures, the real engine."""

from io import BytesIO
from random import Random

import numpy as np
import pytest
from PIL import Image

from vado.place.damage import fax_tiff, faxed, photographed, scanned
from vado.place.sheets import page_picture, scan_tiff
from vado.tools import image, ocr, paper

LINES = ["Informe clínico", "", "Nombre del paciente: Lucía Muñoz", "Fecha de nacimiento: 03/04/1951", "- Amlodipino 5 mg"]
ENOUGH = {"Nombre del paciente: Lucía Muñoz", "Fecha de nacimiento: 03/04/1951"}


def grid() -> np.ndarray:
    return np.asarray(page_picture(LINES, Random(2), noise=0.3).convert("L"))[:700]


def rgb(grey: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.stack([grey] * 3, axis=2))


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_page_is_read_whichever_way_it_lies(turns: int) -> None:
    page = ocr.read_page(np.ascontiguousarray(np.rot90(rgb(grid()), turns)))
    assert page.degrees == (360 - 90 * turns) % 360
    assert {line.text for line in page.lines} >= ENOUGH


def test_a_page_askew_has_level_lines_one_under_the_other() -> None:
    askew, _ = scanned(grid(), Random(4), degrees=6.0, noise=2)
    lines = ocr.read_page(rgb(askew)).lines
    assert {x.text for x in lines} >= ENOUGH
    tops = [x.level.top for x in sorted(lines, key=lambda x: x.level.top)]
    assert min(b - a for a, b in zip(tops, tops[1:], strict=False)) > 0.02


def test_a_coarse_fax_is_read() -> None:
    sent, _ = faxed(np.asarray(page_picture(LINES, Random(2), noise=0.3).convert("L")), Random(1))
    (page,) = paper.picture_pages(fax_tiff([sent]))
    assert {line.text for line in page.lines or ()} >= ENOUGH


def test_a_photo_is_read_and_its_boxes_lie_on_the_photo() -> None:
    photo, way = photographed(np.asarray(page_picture(LINES, Random(2), noise=0.3).convert("L")), Random(6))
    box = BytesIO()
    Image.fromarray(photo).save(box, "JPEG", quality=90)
    (page,) = paper.picture_pages(box.getvalue())
    found = {line.text: line.box for line in page.lines or ()}
    assert found.keys() >= ENOUGH
    x, y, w = way @ np.array([0.09, (120 + 52 * 2 + 15) / 1754, 1.0])
    assert abs(found["Nombre del paciente: Lucía Muñoz"].left - x / w) < 0.03
    assert found["Nombre del paciente: Lucía Muñoz"].top - 0.02 < y / w < found["Nombre del paciente: Lucía Muñoz"].bottom + 0.02


def test_one_box_of_a_form_is_read_alone() -> None:
    line = rgb(grid())[265:330, 100:760]
    assert ocr.read_crop(line).text == "Fecha de nacimiento: 03/04/1951"
    assert ocr.read_crop(np.full((3, 3, 3), 255, np.uint8)).text == ""


def test_blank_and_black_pages_say_so() -> None:
    for grey, said in ((255, ()), (5, ("IN-520",))):
        box = BytesIO()
        Image.new("L", (600, 800), grey).save(box, "PNG")
        (page,) = paper.picture_pages(box.getvalue())
        assert page.lines == () and page.said == said


def test_pages_beyond_the_time_are_counted_not_read() -> None:
    ticks = iter(range(0, 1000, 10))
    content = scan_tiff(LINES, Random(1))
    pages = paper.picture_pages(content, seconds=-1, clock=lambda: float(next(ticks)))
    assert [p.lines for p in pages] == [None] and image.frame_count(content) == 1
