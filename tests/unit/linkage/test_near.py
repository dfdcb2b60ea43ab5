"""What somebody may have meant who looks for a person."""

import pytest

from vado.linkage.near import loosened, meanings, slips

GARCIA = ("maria", "garcia", "lopez", "1970-02-03", "h1650492")


def test_dates_numbers_and_particles_are_read_as_people_write_them() -> None:
    assert meanings("García 3/2/1970") == (("garcia", "1970-02-03"), ("garcia", "1970-03-02"))
    assert ("9434765919",) in meanings("943 476 5919")
    assert meanings("de la Cruz, María") == (("cruz", "maria"),)
    assert meanings("O'Brien") == (("obrien",),)
    assert meanings("  ,") == ()


@pytest.mark.parametrize(
    ("typed", "apart"),
    [("garcia maria", 0), ("gar mar", 0), ("garcai", 1), ("gracia lopze", 2), ("1970-02-04", 1), ("h1650493", 1), ("martinez", None), ("ana", None)],
)  # fmt: skip
def test_slips_are_counted_and_too_many_are_somebody_else(typed: str, apart: int | None) -> None:
    assert slips(typed.split(), GARCIA) == apart


def test_a_slip_at_the_beginning_is_found_by_the_other_words_or_by_sound() -> None:
    assert ("lopez",) in loosened(("xarcia", "lopez"))
    assert ("jim",) in loosened(("gimenez",))
    assert ("her",) in loosened(("ernandez",))
