"""Reading order: columns of prose one after the other, forms and tables by rows."""

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vado.extract.lines import in_reading_order
from vado.model.reading import Box


@dataclass(frozen=True)
class Line:
    text: str
    box: Box


def column(left: float, right: float, mark: str, *, top: float = 0.2, count: int = 10) -> list[Line]:
    words = "said that the wound was dry and clean"
    return [Line(f"{mark}{n} {words}", Box(left, top + 0.03 * n, right, top + 0.03 * n + 0.02)) for n in range(count)]


def order(lines: list[Line]) -> list[str]:
    return [line.text.split()[0] for line in in_reading_order(lines)]


@pytest.mark.parametrize("columns", [2, 3])
def test_columns_of_prose_are_read_one_after_the_other(columns: int) -> None:
    width = 0.9 / columns
    sides = [column(0.05 + n * width, 0.05 + n * width + width - 0.03, "abc"[n]) for n in range(columns)]
    title = Line("Title over all of the columns", Box(0.05, 0.1, 0.95, 0.13))
    lines = [title, *(line for side in sides for line in side)]
    shuffled = lines[:]
    Random(1).shuffle(shuffled)
    assert in_reading_order(shuffled) == lines


def test_a_heading_in_the_middle_parts_the_columns_above_from_those_below() -> None:
    above = [*column(0.05, 0.47, "a"), *column(0.53, 0.95, "b")]
    below = [*column(0.05, 0.47, "c", top=0.6), *column(0.53, 0.95, "d", top=0.6)]
    heading = Line("heading that runs over both columns", Box(0.05, 0.54, 0.95, 0.57))
    lines = [*above, heading, *below]
    assert order(lines[::-1]) == order(lines) == [line.text.split()[0] for line in lines]


def test_a_form_keeps_its_rows() -> None:
    rows = [
        (
            Line(f"Label{n}", Box(0.05, 0.05 * n, 0.2, 0.05 * n + 0.02)),
            Line(f"value{n}", Box(0.5, 0.05 * n, 0.7, 0.05 * n + 0.02)),
        )
        for n in range(15)
    ]
    lines = [cell for row in rows for cell in row]
    assert in_reading_order(lines[::-1]) == lines


def test_a_table_of_results_keeps_its_rows_however_long() -> None:
    cells = ((0.05, "Haemoglobin in blood"), (0.45, "13.2 g/dL"), (0.7, "12.0 - 16.0"))
    lines = [Line(text, Box(x, 0.02 * n, x + 0.2, 0.02 * n + 0.015)) for n in range(40) for x, text in cells]
    assert in_reading_order(lines[::-1]) == lines


boxes = st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.01, 0.5), st.floats(0.005, 0.05))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(boxes, st.sampled_from(["a", "some words that are long enough", "12"])), max_size=60), st.randoms())
def test_every_line_is_kept_once_whatever_the_order_in_which_they_come(made: list, chance: Random) -> None:
    lines = [Line(f"{n} {text}", Box(x, y, min(1, x + w), y + h)) for n, ((x, y, w, h), text) in enumerate(made)]
    given_lines = lines[:]
    chance.shuffle(given_lines)
    assert sorted(map(repr, in_reading_order(given_lines))) == sorted(map(repr, lines))
