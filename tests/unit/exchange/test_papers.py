"""What a person corrects of a learned form, and what may be said of it."""

import pytest

from vado.errors import SettingsError
from vado.exchange.papers import Correction, corrected, layout_of, name_of
from vado.model.form import FieldKind, Form, FormField
from vado.model.reading import Box

BOX = Box(0.1, 0.1, 0.4, 0.2)
FORM = Form(
    "card", "Card", (),
    (
        FormField("Surname", FieldKind.TEXT, 1, BOX), FormField("Born", FieldKind.TEXT, 1, BOX),
        FormField("Sex", FieldKind.CHECK, 1, BOX, "Female"), FormField("Sex", FieldKind.CHECK, 1, BOX, "Male"),
    ),
)  # fmt: skip


def test_names_kinds_and_what_a_tick_means_are_corrected_and_boxes_left_out() -> None:
    said = {
        0: Correction("  Family   name ", FieldKind.TEXT),
        1: Correction("Date of birth", FieldKind.DATE, "lost, as it is no box to tick"),
        3: Correction("Sex", FieldKind.CHECK, "Male", left_out=True),
    }
    made = corrected(FORM, "card-2", "", said)
    assert [(f.label, f.kind.value, f.option) for f in made.fields] == [
        ("Family name", "text", ""), ("Date of birth", "date", ""), ("Sex", "check", "Female"),
    ]  # fmt: skip
    assert (made.name, made.title) == ("card-2", "card-2")
    assert layout_of(made)["map"] == {
        "Family name": "Patient.name.family",
        "Date of birth": "Patient.birthDate",
        "Sex": "Patient.gender",
    }


def test_two_boxes_of_one_name_are_told_apart_and_a_tick_means_something() -> None:
    made = corrected(FORM, "card", "Card", {1: Correction("Surname", FieldKind.TEXT), 2: Correction("Sex", FieldKind.CHECK, " ")})
    assert [(f.label, f.option) for f in made.fields] == [("Surname", ""), ("Surname 2", ""), ("Sex", "Yes"), ("Sex", "Male")]


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("../card", {}, "CO-015"),
        ("", {}, "CO-015"),
        ("card", {1: Correction(" ", FieldKind.TEXT)}, "CO-013"),
        ("card", {n: Correction("x", FieldKind.TEXT, left_out=True) for n in range(4)}, "CO-014"),
    ],
)
def test_what_will_not_do_says_why(name: str, said: dict[int, Correction], code: str) -> None:
    with pytest.raises(SettingsError) as refused:
        corrected(FORM, name, "Card", said)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("file", "name"), [("Health card.pdf", "health-card"), ("Ficha de Señas (2).PDF", "ficha-de-senas-2"), ("—.png", "form"), (f"{'a' * 62} b.pdf", "a" * 62)]
)  # fmt: skip
def test_a_form_is_named_after_its_file(file: str, name: str) -> None:
    assert name_of(file) == name
