"""Layouts proposed for tables nobody has described: what is plain is proposed, what is not is left."""

import tomllib

import pytest

from vado.cli.learn import as_toml
from vado.extract.layout import compile_layout
from vado.extract.learn import date_order, decimal_mark, propose

WIDE = {
    "NHC": ["1001", "1002", "1003"], "Apellido 1": ["García", "Pérez", "Ruiz"], "Nombre": ["Ana", "Luis", "Eva"],
    "F. Nac.": ["13/02/1970", "25/12/1961", "01/03/1988"], "Sexo": ["M", "H", "M"], "Glucosa (mg/dL)": ["98,5", "110", "87,2"],
    "Sodio": ["140", "141", "138"], "Comentario": ["bien", "repetir"],
}  # fmt: skip
LONG = {
    "DNI": ["12345678Z", "12345678Z", "00000000T"], "Fecha": ["2026-01-13"] * 3, "LOINC": ["2345-7", "2160-0", "2345-7"],
    "Prueba": ["Glucosa", "Creatinina", "Glucosa"], "Resultado": ["98.5", "0.8", "110"], "Unidad": ["mg/dL"] * 3,
}  # fmt: skip


def test_one_column_a_test() -> None:
    found = propose(WIDE, "wide")
    assert found.table["map"]["Glucosa (mg/dL)"] == "Observation#glucosa.value"
    assert found.table["constant"]["Observation#glucosa.valueQuantity.unit"] == "mg/dL"
    assert found.table["map"]["Sodio"] == "Observation#sodio.value"
    assert "Observation#sodio.valueQuantity.unit" not in found.table["constant"]
    assert (found.table["decimal"], found.table["dates"]) == (",", "dmy")
    assert found.table["code"]["Sexo"] == {"H": "male", "M": "female"}
    assert "Comentario" not in found.table["map"]


def test_one_row_a_result() -> None:
    found = propose(LONG, "long")
    assert found.table["map"]["LOINC"] == "Observation.code.coding:http://loinc.org"
    assert found.table["map"]["DNI"].startswith("Patient.identifier:urn:oid:1.3.6.1.4.1.19126.3")
    assert found.table["map"]["Resultado"] == "Observation.value"
    assert found.table["dates"] == "ymd"


@pytest.mark.parametrize("columns", [WIDE, LONG])
def test_what_is_proposed_can_be_written_read_and_used(columns: dict[str, list[str]]) -> None:
    proposal = propose(columns, 'a "title"')
    (table,) = tomllib.loads(as_toml(proposal))["table"]
    assert table["map"] == proposal.table["map"]
    compile_layout(table)


def test_an_m_alone_is_neither_man_nor_woman() -> None:
    found = propose({**WIDE, "Sexo": ["M", "M", "M"]}, "t")
    assert "M" not in found.table.get("code", {}).get("Sexo", {})


def test_a_unit_without_a_value_proposes_nothing() -> None:
    found = propose({"Unidad": ["mg/dL"] * 3, "Color": ["red", "blue", "green"]}, "t")
    assert found.table == {}


def test_values_that_do_not_fit_lower_the_confidence() -> None:
    sure = propose(LONG, "t")
    doubtful = propose({**LONG, "Fecha": ["2026-01-13", "soon", "2026-01-14"]}, "t")
    assert next(g.confidence for g in doubtful.guesses if g.label == "Fecha") < next(
        g.confidence for g in sure.guesses if g.label == "Fecha"
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [(["13/02/2026", "01/02/2026"], "dmy"), (["02/13/2026"], "mdy"), (["01/02/2026"], ""), (["2026-01-02"], "ymd"), (["13/02/2026", "02/13/2026"], "")],
)  # fmt: skip
def test_the_order_of_dates_is_said_only_without_doubt(values: list[str], expected: str) -> None:
    assert date_order(values) == expected


@pytest.mark.parametrize(
    ("values", "expected"), [(["1,5"], ","), (["1.5"], "."), (["1,500"], ""), (["1.5", "1,5"], ""), (["1.234"], "")]
)
def test_the_decimal_mark_is_said_only_without_doubt(values: list[str], expected: str) -> None:
    assert decimal_mark(values) == expected
