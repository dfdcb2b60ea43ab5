"""Values of boxes are held to the form they must have; copies of one form in a file are one person each."""

from dataclasses import dataclass

import pytest

from vado.extract.boxes import box_items, form_of, mended, unfit
from vado.extract.layout import choose, compile_layout
from vado.extract.parts import Part, parts_by_form
from vado.extract.proposal import propose_form, toml_of
from vado.model.form import FieldKind, FormField
from vado.model.original import OriginalId
from vado.model.reading import Box, Fidelity


@dataclass
class Seen:
    label: str
    kind: FieldKind
    text: str
    confidence: float = 0.98
    box: Box = Box(0.1, 0.1, 0.2, 0.2)
    cells: bool = False


@dataclass
class Page:
    number: int
    form: str
    boxes: list[Seen]


@pytest.mark.parametrize(
    ("text", "cells", "value", "shown"),
    [
        ("04/07/1951", False, "04/07/1951", True),
        ("04071951", True, "04/07/1951", True),
        ("O4/07/I951", False, "04/07/1951", False),
        ("04107/1951", False, "04/07/1951", False),
        ("O4071951", True, "04/07/1951", False),
        ("31/02/1951", False, "31/02/1951", False),
        ("soon", False, "soon", False),
    ],
)
def test_dates(text: str, cells: bool, value: str, shown: bool) -> None:
    found, sure = mended(Seen("Born", FieldKind.DATE, text, cells=cells), "dmy")
    assert found == value and (sure >= 0.9) == shown and (shown or sure <= 0.85)


def test_numbers_and_check_digits() -> None:
    assert mended(Seen("Weight", FieldKind.NUMBER, "61.5 kg"), "dmy") == ("61.5 kg", 0.98)
    assert mended(Seen("Weight", FieldKind.NUMBER, "6l.S"), "dmy") == ("61.5", 0.85)
    assert mended(Seen("Weight", FieldKind.NUMBER, "heavy"), "dmy") == ("heavy", 0.5)
    right, wrong = "943 476 5919", "943 476 5918"
    assert mended(Seen("NHS number", FieldKind.TEXT, right, 0.8), "dmy")[1] > 0.95, "a check digit that holds says more"
    assert mended(Seen("NHS number", FieldKind.TEXT, wrong), "dmy") == (wrong, 0.5)
    assert mended(Seen("NHS number", FieldKind.COMB, "94347659I9"), "dmy") == ("9434765919", 0.85)
    assert mended(Seen("Surname", FieldKind.TEXT, "Prado"), "dmy") == ("Prado", 0.98)


def test_items_say_form_place_and_that_they_are_from_pixels() -> None:
    pages = [Page(2, "card", [Seen("Surname", FieldKind.TEXT, "Prado", 1.0), Seen("Born", FieldKind.DATE, "soon")])]
    surname, born = box_items(OriginalId("o"), pages, "dmy")
    assert (surname.confidence, surname.fidelity, form_of(surname.place)) == (0.99, Fidelity.IMAGE, "card")
    assert surname.place.path == "page 2 / form card / field Surname" and surname.place.box
    (told,) = unfit(OriginalId("o"), [surname, born])
    assert told.code == "IN-535" and told.place and told.place.path == "page 2" and "1 boxes" in told.what


def test_a_form_page_that_comes_again_begins_another_persons_form() -> None:
    twice = [(1, "card", 1), (2, "card", 2), (3, "", 0), (4, "card", 1), (5, "card", 2)]
    assert parts_by_form(twice) == [Part(1, 3), Part(4, 5)]
    assert parts_by_form([(1, "card", 1), (2, "card", 2), (3, "other", 1), (4, "", 0)]) == []
    assert parts_by_form([(1, "", 0), (2, "card", 1), (3, "card", 1)]) == [Part(1, 2), Part(3, 3)]
    assert parts_by_form([]) == []


def test_a_layout_that_names_the_form_comes_first() -> None:
    named = compile_layout(
        {"title": "a", "form": "card", "map": {"Surname": "Patient.name.family", "Town": "Patient.address.city"}}
    )
    other = compile_layout({"title": "b", "map": {"Surname": "Patient.name.family"}})
    assert choose([other, named], ["Surname"], "card") is named
    assert choose([other, named], ["Surname"]) is other


def field(label: str, kind: FieldKind = FieldKind.TEXT, option: str = "") -> FormField:
    return FormField(label, kind, 1, Box(0, 0, 0.1, 0.1), option)


def test_a_layout_is_proposed_by_the_words_of_the_labels() -> None:
    fields = [
        field("Surname"), field("Date of birth", FieldKind.DATE), field("Weight (kg)"), field("Allergies"), field("Remarks"),
        field("Sex", FieldKind.CHECK, "Female"), field("Sex", FieldKind.CHECK, "Male"), field("Signature", FieldKind.SIGNATURE),
        field("Diagnosis", FieldKind.CHECK, "Yes"),
    ]  # fmt: skip
    layout = propose_form("card", "Card", fields)
    compile_layout(layout)
    assert layout["form"] == "card" and layout["map"]["Surname"] == "Patient.name.family"
    assert layout["map"]["Sex"] == "Patient.gender" and layout["code"]["Sex"] == {"female": "female", "male": "male"}
    assert "Remarks" not in layout["map"] and "Diagnosis" not in layout["map"]
    assert any(v == "kg" for v in layout["constant"].values()) and "none" in layout["nothing"]["Allergies"]
    assert toml_of(layout, "form").startswith("[[form]]\n")
    assert propose_form("x", "", [field("Remarks")]) == {}
