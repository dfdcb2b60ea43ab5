"""Tables for partners: their own layout the other way round, their way of writing, and nothing that a spreadsheet would run."""

import csv
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook

from outward import LOINC, coded, everyone, fact, of_hospital, patient, plain_code, quantity, record
from vado.errors import SettingsError
from vado.incoming.table import TableReader
from vado.model.fact import Fact
from vado.model.original import Original, PartnerId, original_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.outgoing.table import TableWriter

NHC = "https://hospital.example/nhc"
LAYOUT = {
    "title": "Laboratory extract", "decimal": ",", "dates": "dmy",
    "map": {
        "NHC": "Patient.identifier:NHC", "Apellido 1": "Patient.name.family", "Apellido 2": "Patient.name.family", "Sexo": "Patient.gender",
        "F. Nac.": "Patient.birthDate", "Cod": "Observation.code.coding:LN", "Prueba": "Observation.code.text", "Valor": "Observation.value",
        "Unidad": "Observation.valueQuantity.unit", "Fecha": "Observation.effectiveDateTime", "Notas": "ignore: internal",
    },
    "constant": {"Observation.status": "final"}, "code": {"Sexo": {"H": "male", "M": "female"}},
}  # fmt: skip
HOSPITAL = PartnerProfile(
    PartnerId("hospital"), "Hospital", timezone="Europe/Madrid", identifier_systems={"NHC": NHC}, tables=(LAYOUT,), languages=("es",)
)  # fmt: skip


def write(told: list[Fact], **options: Any) -> Outgoing:
    wish = Wish(HOSPITAL.id, "out", "table", "folder", options=options)
    TableWriter().check(wish)
    (out,) = TableWriter().write([record(told)], HOSPITAL, wish)
    return out


def rows_of(out: Outgoing, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(StringIO(out.content.decode(encoding), newline=""), delimiter=delimiter))


def lab(value: dict[str, Any], status: str = "final") -> Fact:
    category = [plain_code("observation-category", "laboratory")]
    made = {"resourceType": "Observation", "status": status, "category": category, "code": coded(LOINC, "2951-2", "Sodium")}
    return fact({**made, "effectiveDateTime": "2026-07-01T08:00:00Z", **value})


def test_a_partners_own_layout_is_written_as_it_is_read() -> None:
    told = [*of_hospital(), lab({"valueQuantity": quantity(138.5, "mmol/L")})]
    out = write(told, layout="Laboratory extract")
    head, row = rows_of(out, delimiter=";")
    assert row == ["H123", "Núñez", "Peña", "M", "28/02/1961", "2951-2", "Sodium", "138,5", "mmol/L", "01/07/2026 10:00:00", ""]
    original = Original(original_id(out.content), HOSPITAL.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC), name="x.csv")
    wide = out.content + out.content.split(b"\r\n")[1] + b"\r\n"  # one row alone shows no delimiter
    back = TableReader().facts(TableReader().read(original, wide, HOSPITAL), HOSPITAL)
    person, result = (f.resource for f in back.facts)
    assert person["identifier"][0]["value"] == "H123" and person["gender"] == "female" and person["birthDate"] == "1961-02-28"
    assert person["name"][0]["family"] == "Núñez Peña" and result["valueQuantity"]["value"] == 138.5
    assert result["effectiveDateTime"] == "2026-07-01T10:00:00+02:00" and result["status"] == "final"


def test_what_contradicts_a_constant_of_the_layout_is_no_row() -> None:
    told = lab({"valueQuantity": quantity(1, "g")}, "preliminary")
    out = write([*of_hospital(), told], layout="Laboratory extract")
    assert len(rows_of(out, delimiter=";")) == 1 and "always another" in dict(out.losses)[told.id]


def test_numbers_stay_numbers_and_text_is_neutral() -> None:
    told = [*of_hospital(), lab({"valueQuantity": quantity(-2.5, "mmol/L")}), lab({"valueString": "-2+3+cmd|' /C calc'!A0"})]
    columns = {"What": "Observation.code", "Value": "Observation.value"}
    values = {r[1] for r in rows_of(write(told, columns=columns))}
    assert values == {"Value", "-2.5", "'-2+3+cmd|' /C calc'!A0"}
    assert "apostrophe" in dict(write(told, columns=columns).losses)[told[-1].id]


def test_a_workbook_holds_text_and_numbers_and_no_formula() -> None:
    told = [*of_hospital(), lab({"valueString": '=HYPERLINK("http://x","y")'}), lab({"valueQuantity": quantity(7, "g")})]
    out = write(told, format="xlsx", sheet="=1+1")
    book = load_workbook(BytesIO(out.content))
    cells = [c for row in book.active.iter_rows() for c in row if c.value is not None]  # pyright: ignore
    assert {c.data_type for c in cells} == {"s", "n"} and '=HYPERLINK("http://x","y")' in [c.value for c in cells]
    assert 7 in [c.value for c in cells] and all(c.quotePrefix for c in cells if c.data_type == "s")
    assert out.content == write(told, format="xlsx", sheet="=1+1").content


def test_characters_that_the_encoding_lacks_are_told() -> None:
    told = fact({"resourceType": "Condition", "code": {"text": "漢 disease"}})
    out = write([*of_hospital(), told], encoding="cp1252")
    assert b"? disease" in out.content and (told.id, "left out: characters that cp1252 lacks") in out.losses


def test_text_too_long_for_a_cell_is_cut_and_told() -> None:
    told = fact({"resourceType": "Condition", "code": {"text": "x" * 40_000}})
    out = write([*of_hospital(), told], format="xlsx", columns={"A": "Condition.code", "B": "Patient.identifier"})
    assert "left out: text after 32767 characters" in dict(out.losses)[told.id]


@pytest.mark.parametrize(("order", "born"), [("dmy", "28/02/1961"), ("mdy", "02/28/1961"), ("ymd", "1961-02-28")])
def test_dates_are_in_the_partners_order(order: str, born: str) -> None:
    out = write(of_hospital(), columns={"N": "Patient.identifier", "B": "Patient.birthDate"}, dates=order)
    assert rows_of(out) == [["N", "B"], ["H123", born]]


def test_the_usual_columns_hold_every_fact_that_may_go_out() -> None:
    out = write(everyone())
    stays = {reason for _, reason in out.losses}
    assert stays == {"told by this partner itself", "read from paper and not reviewed"}
    assert rows_of(out)[0][:2] == ["Número", "Apellidos"] and len({len(r) for r in rows_of(out)}) == 1


def test_many_people_are_in_one_file() -> None:
    wish = Wish(
        HOSPITAL.id, "out", "table", "folder", options={"columns": {"N": "Patient.identifier", "F": "Patient.name.family"}}
    )
    people = [record([patient("hospital", f"H{n}", NHC)]) for n in range(3)]
    (out,) = TableWriter().write(people, HOSPITAL, wish)
    assert [r[0] for r in rows_of(out)] == ["N", "H0", "H1", "H2"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"colums": {}}, "CO-001"), ({"columns": {"A": "Patient.nonsense"}}, "CO-002"), ({"columns": {"A": "nonsense"}}, "CO-002"),
        ({"columns": {"A": "Observation#weight.value"}}, "CO-002"), ({"format": "xls"}, "CO-002"), ({"delimiter": "x"}, "CO-002"),
        ({"layout": "a", "columns": {"A": "Patient.gender"}}, "CO-002"), ({"encoding": "utf-7"}, "CO-002"), ({"sheet": "a/b"}, "CO-002"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsError) as fault:
        TableWriter().check(Wish(HOSPITAL.id, "out", "table", "folder", options=options))
    assert fault.value.code == code


def test_a_layout_that_the_profile_has_not_is_refused() -> None:
    with pytest.raises(SettingsError) as fault:
        write(of_hospital(), layout="another")
    assert fault.value.code == "CO-002"


def test_a_number_that_a_spreadsheet_would_round_is_text() -> None:
    told = lab({"valueQuantity": {"value": 1234567890.1234567, "unit": "g"}})
    out = write([*of_hospital(), told], format="xlsx", columns={"N": "Observation.value", "Bad\x01": "Observation.code"})
    rows = list(load_workbook(BytesIO(out.content)).active.iter_rows(values_only=True))  # pyright: ignore
    assert rows[1][0] == str(1234567890.1234567) and rows[0][1] == "Bad "
