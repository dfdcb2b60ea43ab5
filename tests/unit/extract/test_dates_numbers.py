"""Dates and numbers are read only when they can mean one thing."""

import pytest

from vado.extract.dates import certain, day, doubted, moment, spreadsheet_day
from vado.extract.numbers import Number, in_words, number


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("13/06/1952", "dmy", "1952-06-13"),
        ("06/13/1952", "mdy", "1952-06-13"),
        ("06/13/1952", "dmy", None),
        ("1952-06-13", "mdy", "1952-06-13"),
        ("19520613", "dmy", "1952-06-13"),
        ("13061952", "dmy", "1952-06-13"),  # a form with a cell for each figure; 1306 is no year here, and 19 no month
        ("06131952", "mdy", "1952-06-13"),
        ("06131952", "dmy", None),
        ("20121210", "dmy", "2012-12-10"),
        ("13061952", "ymd", None),
        ("1952-06", "dmy", "1952-06"),
        ("1952", "dmy", "1952"),
        ("13 de junio de 1952", "dmy", "1952-06-13"),
        ("31/02/1990", "dmy", None),
        ("1990-02-30", "dmy", None),
        ("13/06/52", "dmy", None),  # which century is not said
        ("", "dmy", None),
        ("n/a", "dmy", None),
    ],
)
def test_days(text: str, order: str, expected: str | None) -> None:
    assert day(text, order) == expected


def test_two_figures_of_a_year_mean_what_the_profile_says() -> None:
    assert day("13/06/52", "dmy", 1930) == "1952-06-13"
    assert day("13/06/29", "dmy", 1930) == "2029-06-13"
    assert day("06.13.30", "mdy", 1930) == "1930-06-13"


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("01/02/2026 10:30", "Europe/Madrid", "2026-02-01T10:30:00+01:00"),
        ("01/07/2026 10:30", "Europe/Madrid", "2026-07-01T10:30:00+02:00"),
        ("01/02/2026 10:30", None, "2026-02-01"),
        ("2026-02-01T10:30:05Z", None, "2026-02-01T10:30:05Z"),
        ("2026-02-01T10:30:05+0200", None, "2026-02-01T10:30:05+02:00"),
        ("2026-02-01 10:30:05.123-05:00", None, "2026-02-01T10:30:05-05:00"),
        ("01/02/2026 1:05 pm", "Europe/London", "2026-02-01T13:05:00+00:00"),
        ("01/02/2026 12:05 am", "Europe/London", "2026-02-01T00:05:00+00:00"),
        ("01/02/2026 25:00", "Europe/London", None),
    ],
)
def test_times_have_a_said_zone_or_are_cut(text: str, zone: str | None, expected: str | None) -> None:
    assert moment(text, "dmy", zone) == expected


def test_numbers_of_spreadsheets() -> None:
    assert spreadsheet_day(18000) == "1949-04-12"
    assert spreadsheet_day(45323.4375) == "2024-02-01"
    assert spreadsheet_day(1961) == "1961"  # a year, not the 14th of May 1905
    assert spreadsheet_day(12) is None


def test_a_column_can_contradict_its_order() -> None:
    assert doubted(["01/02/1990", "06/13/1952"], "dmy")
    assert not doubted(["01/02/1990", "13/06/1952", "30/02/1990", "x"], "dmy")
    assert not certain("01/02/1990", "dmy")
    assert certain("13/06/1952", "dmy") and certain("02/02/1990", "dmy") and certain("1990-01-02", "dmy")


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("13,5", ",", Number(13.5)),
        ("13,5", "", Number(13.5)),
        ("1.234", ",", Number(1234)),
        ("1.234", ".", Number(1.234)),
        ("1.234", "", None),  # a thousand and more, or one and some: not said
        ("0.125", "", Number(0.125)),
        ("1.234,5", "", Number(1234.5)),
        ("1,234.5", "", Number(1234.5)),
        ("1 234", "", Number(1234)),
        ("<5", ",", Number(5, "<")),
        ("≥ 0,5", ",", Number(0.5, ">=")),
        ("-3", "", Number(-3)),
        ("5.4", ",", None),
        ("1,2,3", "", None),
        ("12.", ".", None),
        ("negativo", "", None),
        ("10-20", "", None),
        ("", "", None),
    ],
)
def test_numbers(text: str, decimal: str, expected: Number | None) -> None:
    assert number(text, decimal) == expected


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("uno", 1), ("veintiuno", 21), ("treinta y uno", 31), ("mil novecientos sesenta y dos", 1962), ("dos mil veintiseis", 2026),
        ("mil", 1000), ("ciento dos", 102), ("tres dos", None), ("treinta doscientos", None), ("", None), ("hola", None), ("dos dos", None),
        ("mil quinientos", 1500), ("diez uno", None),
    ],
)  # fmt: skip
def test_numbers_in_words(words: str, value: int | None) -> None:
    assert in_words(words) == value
