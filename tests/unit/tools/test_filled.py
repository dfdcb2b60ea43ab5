"""A filled form is read box by box as a scan, a fax and a photo; what is not sure is said to be so."""

from random import Random

import numpy as np
import pytest
from PIL import Image

from made_form import blank, filled
from vado.extract.boxes import mended
from vado.model.form import Form
from vado.place.damage import fax_tiff, faxed, photographed, scanned
from vado.tools import image, paper
from vado.tools.blank import learn
from vado.tools.image import Pixels

VALUES = {
    "Surname": "Prado Martín", "First name": "Inés", "Date of birth": "04/07/1951", "NHS number": "9434765919", "Weight (kg)": "61.5",
    "Address": "Calle Mayor 5, Leeds", "Allergies": "Penicillin\nnuts", "Sex": "Female", "Smoker": "Yes", "Signature": "signed",
    "Date signed": "12/11/2026",
}  # fmt: skip


@pytest.fixture(scope="module")
def form() -> Form:
    return learn(blank(fields=False), "card").form


def damaged(page: Pixels, way: str, seed: int = 4) -> Pixels:
    grey = np.asarray(Image.fromarray(page).convert("L"))
    if way == "fax":
        return next(image.frames(fax_tiff([faxed(grey, Random(seed))[0]])))
    grid, _ = (scanned if way == "scan" else photographed)(grey, Random(seed))
    return np.ascontiguousarray(np.repeat(grid[:, :, None], 3, axis=2))


def seen(page: Pixels, *forms: Form) -> paper.SeenPage:
    """What the boxes hold; the lines of the page are not read here: they take seconds."""
    return paper._with_form(paper.SeenPage(1, ()), image.sheets(page)[0], forms)


@pytest.mark.parametrize("way", ["scan", "fax", "photo"])
def test_boxes_are_read_by_their_kind(form: Form, way: str) -> None:
    page = seen(damaged(filled(VALUES), way), form)
    assert (page.form, page.form_page) == ("card", 1)
    told = {b.label: mended(b, "dmy") for b in page.boxes}
    right = {label for label, text in VALUES.items() if label in told and told[label][0] == text.replace("\n", " ")}
    assert len(right) >= len(VALUES) - 1 and told.keys() == VALUES.keys()
    assert all(label in right for label, (_, sure) in told.items() if sure >= 0.9), "what is shown without review is right"
    assert all(sure < 1 for _, sure in told.values())


def test_an_empty_form_holds_nothing(form: Form) -> None:
    page = seen(damaged(filled({}), "photo"), form)
    assert page.form == "card" and page.boxes == () and "IN-533" not in page.said


def test_a_turned_page_is_the_same_form(form: Form) -> None:
    page = seen(np.ascontiguousarray(np.rot90(damaged(filled(VALUES), "scan"), 2)), form)
    told = {b.label: b for b in page.boxes}
    assert told["Surname"].text == "Prado Martín"
    assert told["Surname"].box.top > 0.7 and told["Surname"].box.left > 0.5, "places are those of the page as it came"


def test_two_ticks_in_one_choice_and_a_faint_one_wait_for_a_person(form: Form) -> None:
    page = filled({"Sex": "Female"})
    page = np.minimum(page, filled({"Sex": "Male"}))
    (sex,) = seen(page, form).boxes
    assert sex.confidence <= 0.5 and sex.text == "Female; Male"
    faint = filled({}).copy()
    rows, columns = faint.shape[:2]
    smoker = next(f for f in form.fields if f.label == "Smoker").box
    top, left = round(smoker.top * rows), round(smoker.left * columns)
    faint[top + 15 : top + 18, left + 12 : left + 20] = 40  # a dot, neither empty nor ticked
    (dot,) = seen(faint, form).boxes
    assert (dot.label, dot.confidence) == ("Smoker", 0.5)


def test_writing_outside_the_boxes_is_said(form: Form) -> None:
    page = Image.fromarray(filled(VALUES))
    page.paste(Image.fromarray(filled({"Address": "do not telephone in the morning"})).crop((160, 880, 1400, 980)), (160, 1180))
    assert "IN-533" in seen(np.asarray(page), form).said
    assert "IN-533" not in seen(filled(VALUES), form).said


def test_another_paper_is_read_as_any_and_another_version_is_said(form: Form) -> None:
    other = np.asarray(Image.fromarray(filled(VALUES)).transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert seen(other, form) == paper.SeenPage(1, ())
    changed = filled({}).copy()
    rows, columns = changed.shape[:2]
    changed[rows * 3 // 10 : rows * 65 // 100, columns // 12 :] = 255  # the new version asks for less in its middle
    changed[: rows // 14] = 255
    changed[rows * 7 // 10 : rows * 7 // 10 + 60] = 0  # and has a black bar
    page = seen(changed, form)
    assert page.boxes == () and page.said == ("IN-534",)
