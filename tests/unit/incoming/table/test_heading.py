"""Headings of one row, of two, with a row of units; and rows of data that only look like one."""

from vado.incoming.table.heading import headings_at, likely


def test_a_band_above_names_the_columns_that_share_a_name() -> None:
    rows = [
        ["NHC", "Glucosa", "", "Sodio", ""],
        ["", "Valor", "Unidad", "Valor", "Unidad"],
        [1, 5.5, "mmol/L", 140, "mmol/L"],
        [2, 6.1, "mmol/L", 138, "mmol/L"],
    ]
    found = likely(rows)
    assert found is not None
    assert found.labels == ("NHC", "Glucosa / Valor", "Glucosa / Unidad", "Sodio / Valor", "Sodio / Unidad")
    assert (found.top, found.below) == (0, 2)


def test_a_name_that_stands_once_needs_no_band() -> None:
    rows = [
        ["List of March", "", "", ""],
        ["Patient", "", "Pressure", ""],
        ["NHS Number", "DOB", "Value", "Value"],
        ["9434765919", "1970-01-02", 120, 80],
    ]
    found = likely(rows)
    assert found is not None
    assert found.labels == ("NHS Number", "DOB", "Pressure / Value", "Pressure / Value (column 4)")
    assert found.below == 3


def test_units_beneath_belong_to_the_heading() -> None:
    rows = [["NHC", "Glucosa", "Sodio"], ["", "mg/dL", "mmol/L"], [1, 99, 140], [2, 101, 139]]
    found = likely(rows)
    assert found is not None
    assert found.labels == ("NHC", "Glucosa (mg/dL)", "Sodio (mmol/L)")
    assert found.below == 2


def test_a_first_row_with_gaps_is_data() -> None:
    rows = [["NHC", "Name", "Weight"], ["1", "Ana", ""], ["2", "Luis", "80"], ["3", "Eva", "61"]]
    found = likely(rows)
    assert found is not None
    assert found.labels == ("NHC", "Name", "Weight")
    assert found.below == 1


def test_words_over_words_are_data() -> None:
    rows = [["Name", "", "Town", ""], ["Ana", "x", "", "x"], ["Luis", "y", "Vigo", "y"]]
    assert all(h.size == 1 for h in headings_at(rows, 0))


def test_units_in_a_column_of_units_are_data() -> None:
    rows = [["Test", "Unit", "Other unit"], ["", "mg/dL", "mmol/L"], ["Na", "mg/dL", "mmol/L"]]
    assert [h.size for h in headings_at(rows, 0)] == [1]
