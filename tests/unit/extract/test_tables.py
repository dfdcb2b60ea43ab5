"""Laboratory lists: rows by header and place; what is not understood stays text."""

import pytest

from vado.extract.letter import candidates
from vado.extract.tables import listed
from vado.model.original import original_id
from vado.model.reading import Box, Item, Place

ME = original_id(b"list")
X = (0.08, 0.38, 0.52, 0.66, 0.86)
EN = ("Test", "Result", "Units", "Reference range", "Flag")


def lines(*rows: tuple[str, ...], x: tuple[float, ...] = X, page: int = 1, top: float = 0.2) -> list[Item]:
    """Cells as a reader gives them: one item a cell, rows 0.02 apart; '' is no cell."""
    made = []
    for n, row in enumerate(rows):
        for left, text in zip(x, row, strict=False):
            if text:
                box = Box(left, top + 0.02 * n, left + 0.009 * len(text), top + 0.02 * n + 0.012)
                made.append(Item("line", text, Place(ME, f"page {page} / line {len(made) + 1}", box), 0.97))
    return made


def told(items: list[Item]) -> list[tuple[str, ...]]:
    return [(r.name, r.value, r.unit, r.range, r.flag) for r in listed(items)]


def test_a_row_is_name_value_unit_range_and_flag() -> None:
    (row,) = listed(lines(EN, ("Glucose", "125", "mg/dL", "70 - 110", "H")))
    assert row.resource == {
        "resourceType": "Observation", "status": "unknown", "code": {"text": "Glucose"},
        "valueQuantity": {"value": 125, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"},
        "referenceRange": [{"low": {"value": 70, "unit": "mg/dL"}, "high": {"value": 110, "unit": "mg/dL"}, "text": "70 - 110"}],
        "interpretation": [{"text": "H"}],
    }  # fmt: skip
    assert row.box is not None and (row.box.left, row.box.right) == (0.08, pytest.approx(0.869))


def test_spanish_headings_commas_and_signs() -> None:
    head = ("Determinación", "Resultado", "Unidades", "Valores de referencia", "Alerta")
    rows = lines(
        head,
        ("TSH", "<0,5", "mUI/L", "0,4 - 4,5", ""),
        ("Hemoglobina", "11,2", "g/dL", "12,0 - 16,0", "↓"),
        ("Nitritos", "Negativo", "", "Negativo", ""),
    )
    assert told(rows) == [
        ("TSH", "<0,5", "mUI/L", "0,4 - 4,5", ""), ("Hemoglobina", "11,2", "g/dL", "12,0 - 16,0", "↓"), ("Nitritos", "Negativo", "", "Negativo", ""),
    ]  # fmt: skip
    assert listed(rows)[0].resource["valueQuantity"]["comparator"] == "<"
    assert listed(rows)[2].resource["valueString"] == "Negativo"


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (0, 3, 2, 1, 4), (0, 4, 1, 2, 3), (0, 1, 4, 2, 3)])
def test_the_order_of_columns_is_that_of_the_header(order: tuple[int, ...]) -> None:
    row = ("Potassium", "5.9", "mmol/L", "3.5 - 5.1", "H")
    got = told(lines(tuple(EN[n] for n in order), tuple(row[n] for n in order)))
    assert got == [row]


def test_cells_that_were_seen_as_one_piece_are_parted() -> None:
    x = (0.08, 0.62)
    items = lines(("Test Result Units", "Reference range"), ("Sodium 141 mmol/L", "135 - 145"), x=x)
    assert told(items) == [("Sodium", "141", "mmol/L", "135 - 145", "")]
    assert told(lines(("Test", "Result", "", "Reference range"), ("Urea", "62 mg/dL *", "", "15 - 45"))) == [
        ("Urea", "62", "mg/dL", "15 - 45", "*")
    ]


def test_an_earlier_result_is_never_taken_for_this_one() -> None:
    head, x = ("Test", "Result", "Previous result", "Units"), (0.08, 0.38, 0.55, 0.8)
    assert told(lines(head, ("Urea", "40", "38", "mg/dL"), x=x)) == [("Urea", "40", "mg/dL", "", "")]
    assert told(lines(head, ("Urea", "", "38", "mg/dL"), x=x)) == []


@pytest.mark.parametrize(
    "row",
    [
        ("Glucose", "12S", "mg/dL", "70 - 110", "H"),  # no number
        ("Glucose", "125", "mg/dL", "70 - 110", "see note 4"),  # no flag
        ("Glucose", "125", "?!", "70 - 110", ""),  # no unit
        ("", "125", "mg/dL", "70 - 110", ""),  # nameless
        ("Glucose", "", "mg/dL", "70 - 110", ""),  # no value
        ("Glucose", "125", "mg/dL", "70 - 110 mmol/L", ""),  # two units
    ],
)
def test_a_row_that_is_not_understood_stays_text(row: tuple[str, ...]) -> None:
    assert told(lines(EN, row, ("Urea", "40", "mg/dL", "15 - 45", ""))) == [("Urea", "40", "mg/dL", "15 - 45", "")]


def test_without_a_header_or_on_another_page_nothing_is_a_row() -> None:
    row = ("Glucose", "125", "mg/dL", "70 - 110", "H")
    assert told(lines(("Name", "Address", "Town"), row)) == []
    assert told([*lines(EN), *lines(row, page=2)]) == []
    assert told(lines(EN, *[("A note below the list",)] * 5, row)) == [], "the list has ended"


def test_a_thousand_or_a_decimal_is_not_guessed() -> None:
    (row,) = listed(lines(EN, ("Platelets", "1.250", "mm3", "", "")))
    assert row.resource["valueString"] == "1.250 mm3" and "valueQuantity" not in row.resource


def test_columns_are_followed_where_a_photo_leans() -> None:
    rows = [EN] + [(f"Test {c}", "7.5", "g/L", "1 - 9", "") for c in "abcdefghij"]
    leaning = [
        Item(i.label, i.value, Place(ME, i.place.path, Box(b.left + s, b.top, b.right + s, b.bottom)), i.confidence)
        for i in lines(*rows) if (b := i.place.box) is not None for s in [(b.top - 0.2) * 0.5]
    ]  # fmt: skip
    assert len(listed(leaning)) == 10


def test_a_row_is_told_once_with_its_own_box() -> None:
    items = [Item("line", "Laboratory results:", Place(ME, "page 1 / line 0", Box(0.08, 0.1, 0.3, 0.112)))]
    items += lines(EN, ("Glucose", "125", "mg/dL", "70 - 110", "H"))
    (found,) = [c for c in candidates(items) if c.resource["code"]["text"] == "Glucose"]
    assert found.box is not None and found.box.right > 0.86
