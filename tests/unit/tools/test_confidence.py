"""The chance that a line is right: within bounds, lower for doubt, and the fitted numbers are all there."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from vado.tools import confidence
from vado.tools.confidence import FEATURES, Look

SURE = Look("Amlodipino 5 mg", (0.999,) * 15, 0.99, 0.01, 30)
chances = st.lists(st.floats(0, 1), max_size=60)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), chances, st.floats(0, 1), st.floats(0, 1), st.integers(1, 200), st.text(max_size=60))
def test_it_is_a_chance_whatever_was_read(
    text: str, each: list[float], margin: float, missed: float, height: int, again: str
) -> None:
    look = Look(text, tuple(each), margin, missed, height)
    second = replace(look, text=again)
    assert 0 <= confidence.of(look) <= 0.99 and 0 <= confidence.of(look, second) <= 0.99
    assert len(confidence.features(look, second)) == len(FEATURES)


def test_doubt_about_one_letter_or_a_second_look_that_differs_lowers_it() -> None:
    sure = confidence.of(SURE)
    assert sure > 0.95
    assert confidence.of(replace(SURE, chances=(*(0.999,) * 14, 0.4), margin=0.05)) < sure
    assert confidence.of(SURE, replace(SURE, text="Amlodipino 6 mg")) < confidence.of(SURE, SURE) == sure


def test_letters_of_another_script_lower_it() -> None:
    assert confidence.of(replace(SURE, text="Amlodipino 5 贝g")) < confidence.of(SURE)


def test_digits_are_looked_at_again_sooner_than_words() -> None:
    assert confidence.worth_a_second_look(SURE, 0.97) and not confidence.worth_a_second_look(
        replace(SURE, text="Amlodipino"), 0.97
    )
    assert confidence.worth_a_second_look(replace(SURE, text="Amlodipino"), 0.5)
