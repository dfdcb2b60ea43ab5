"""The usual units come to the same in base units as the library says that would be asked."""

from vado.tools import units


def test_shipped_units_are_what_ucumvert_says() -> None:
    shipped = units._shipped()  # noqa: SLF001
    assert len(shipped) > 60
    assert {code: units._asked(code) for code in shipped} == shipped  # noqa: SLF001


def test_a_quantity_in_base_units() -> None:
    assert units.canonical(1000.0, "mg") == units.canonical(1.0, "g")
    assert units.canonical(37.0, "Cel") == (310.15, "kelvin")
    assert units.canonical(1.0, "nonsense") is None
