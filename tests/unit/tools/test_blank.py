"""A blank form is learned: with form fields, as a drawing, as a picture; what cannot be learned says why."""

from io import BytesIO

import numpy as np
import pikepdf
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from made_form import BOXES, TICKS, blank
from vado.errors import SettingsError, UnreadableOriginal, VadoError
from vado.model.form import FieldKind, Form, FormField
from vado.tools import pdf
from vado.tools.blank import learn, with_boxes
from vado.tools.boxes import spots

KINDS = {"Date of birth": FieldKind.DATE, "Date signed": FieldKind.DATE, "NHS number": FieldKind.COMB, "Weight (kg)": FieldKind.NUMBER,
         "Signature": FieldKind.SIGNATURE}  # fmt: skip


def by_label(form: Form) -> dict[str, FormField]:
    return {f.label: f for f in form.fields if f.kind is not FieldKind.CHECK}


def stands_right(field: FormField) -> bool:
    x, y, w, h = BOXES[field.label]
    there = (x / 595.28, 1 - (y + h) / 841.89, (x + w) / 595.28, 1 - y / 841.89)
    return all(
        abs(a - b) < 0.006 for a, b in zip(there, (field.box.left, field.box.top, field.box.right, field.box.bottom), strict=True)
    )


@pytest.mark.parametrize("fields", [True, False])
def test_boxes_labels_and_kinds_are_found(fields: bool) -> None:
    learned = learn(blank(fields=fields), "card")
    assert learned.source == ("fields" if fields else "drawing")
    assert learned.form.title == "Community group: health card"
    found = by_label(learned.form)
    assert found.keys() == BOXES.keys()
    assert all(stands_right(f) for f in found.values())
    assert {label: f.kind for label, f in found.items()} == {label: KINDS.get(label, FieldKind.TEXT) for label in BOXES}
    assert found["NHS number"].cells == 10 and found["Allergies"].lines and not found["Surname"].lines


def test_boxes_of_one_question_are_one_choice() -> None:
    ticks = [f for f in learn(blank(fields=False), "card").form.fields if f.kind is FieldKind.CHECK]
    assert {(f.label, f.option) for f in ticks} == set(TICKS)


def test_a_scanned_blank_is_learned_from_its_pixels() -> None:
    with pdf.pages_of(blank(fields=False)) as document:
        pixels = pdf.draw(document, 1, dpi=200, longest=2400)
    box = BytesIO()
    Image.fromarray(pixels).save(box, "PNG")
    learned = learn(box.getvalue(), "card")
    assert learned.source == "picture"
    found = by_label(learned.form)
    assert len(found.keys() & BOXES.keys()) >= 8, "at most one label of nine may be read otherwise"
    assert sum(f.kind is FieldKind.CHECK for f in learned.form.fields) == len(TICKS)


def test_underscores_and_brackets_are_places_to_fill() -> None:
    box = BytesIO()
    canvas = Canvas(box, invariant=1)
    canvas.drawString(60, 700, "Name: ______________________   Date: ______________")
    canvas.drawString(60, 660, "[  ] Asthma")
    for n in range(20):
        canvas.drawString(60, 600 - 20 * n, f"Line {n} of the leaflet that is printed on this form, for people to read.")
    canvas.save()
    found = {(f.label, f.kind) for f in learn(box.getvalue(), "x").form.fields}
    assert {("Name", FieldKind.TEXT), ("Date", FieldKind.DATE), ("Asthma", FieldKind.CHECK)} <= found


def test_print_alone_has_no_boxes() -> None:
    box = BytesIO()
    canvas = Canvas(box, invariant=1)
    for n in range(40):
        canvas.drawString(60, 780 - 18 * n, f"Line {n} of a letter about nothing: oooo DDDD 0000 QQQQ and so on, and so forth.")
    canvas.save()
    assert learn(box.getvalue(), "x").form.fields == ()
    assert spots(np.full((1000, 700, 3), 255, np.uint8)) == ()


def changed(**encryption: object) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(blank(fields=True))) as document:
        document.save(out, **encryption)  # type: ignore[arg-type]
    return out.getvalue()


def many(pages: int) -> bytes:
    box = BytesIO()
    canvas = Canvas(box, invariant=1)
    for _ in range(pages):
        canvas.drawString(60, 700, "Name")
        canvas.showPage()
    canvas.save()
    return box.getvalue()


def written() -> bytes:
    box = BytesIO()
    canvas = Canvas(box, invariant=1)
    canvas.drawString(60, 730, "Surname")
    canvas.acroForm.textfield(name="Surname", value="Prado", x=60, y=700, width=200, height=20)
    canvas.showPage()
    canvas.save()
    return box.getvalue()


def test_what_cannot_be_learned_says_why() -> None:
    locked = changed(encryption=pikepdf.Encryption(owner="a", user="b"))
    for content, code in (
        (many(500), "CO-011"), (locked, "IN-016"), (b"%PDF-1.7 broken", "IN-007"), (b"words", "CO-012"), (written(), "CO-012"), (many(1), "CO-012"),
    ):  # fmt: skip
        with pytest.raises((SettingsError, UnreadableOriginal)) as told:
            learn(content, "x")
        assert isinstance(told.value, VadoError) and told.value.code == code
        assert "Prado" not in str(told.value)


def test_the_picture_for_a_person_shows_the_boxes() -> None:
    learned = learn(blank(fields=True), "card")
    drawn = np.asarray(Image.open(BytesIO(with_boxes(learned.pictures[0], learned.form, 1))))
    blue = (drawn[:, :, 2].astype(int) - drawn[:, :, 0] > 120).sum()
    assert blue > 2000 and (learned.pictures[0] != 255).any()
