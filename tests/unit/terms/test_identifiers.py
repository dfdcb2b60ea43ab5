"""Check digits, and numbers that OCR misread."""

import pytest

from vado.terms.identifiers import ES_CIP_SNS, ES_CIPA, ES_DNI, ES_NASS, MX_CURP, NHS_NUMBER, repaired, same_misread, valid


@pytest.mark.parametrize(
    ("system", "value", "right"),
    [
        (NHS_NUMBER, "9434765919", True), (NHS_NUMBER, "9434765918", False), (ES_DNI, "12345678Z", True), (ES_DNI, "X1234567L", True),
        (ES_NASS, "281234567840", True), (ES_NASS, "281234567841", False), (ES_NASS, "28", False), (ES_CIPA, "1234567890", True),
        (ES_CIPA, "NHC-123", False), (ES_CIP_SNS, "BBBBBBBBKF489571", True), (MX_CURP, "BOXW310820HNERXN09", True),
    ],
)  # fmt: skip
def test_valid(system: str, value: str, right: bool) -> None:
    assert valid(system, value) is right


def test_nass_by_a_second_way() -> None:
    assert 2812345678 % 97 == 40  # by hand: province 28, number 12345678
    assert valid(ES_NASS, "08" + "00000123" + f"{(123 + 8 * 10_000_000) % 97:02}")


@pytest.mark.parametrize(
    ("system", "written", "number"),
    [
        (NHS_NUMBER, "94347659I9", "9434765919"), (NHS_NUMBER, "9434765919", None), (NHS_NUMBER, "943476591B", None),
        (ES_DNI, "I2345678Z", "12345678Z"), (ES_DNI, "123456782", "12345678Z"), (ES_DNI, "1234S678Z", "12345678Z"), (ES_DNI, "1234S679Z", None),
        (MX_CURP, "80XW310820HNERXN09", None), ("urn:unknown", "94347659I9", None),
    ],
)  # fmt: skip
def test_repaired_only_when_the_check_digit_then_holds(system: str, written: str, number: str | None) -> None:
    """The CURP has a place that may be letter or figure: several exchanges make its digit hold, so none is taken."""
    assert repaired(system, written) == number


def test_same_misread_is_symmetric_and_not_equal() -> None:
    assert same_misread("O0", "00") and same_misread("00", "O0")
    assert not same_misread("00", "00") and not same_misread("12", "13") and not same_misread("1", "11")
