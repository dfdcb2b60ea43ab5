"""Lines from tables: every row that is not taken says where and what to do, and nothing is lost."""

import pytest

from money_example import COSTS, HEAD
from vado.collaboration.money import rows
from vado.collaboration.money.rows import Table, number
from vado.collaboration.money.totals import says_total
from vado.model.funding import Line, Side


def table(*lines: str, known: dict[str, str] | None = None, workbook: bool = False) -> Table:
    found = rows.read([HEAD.split(";"), *(line.split(";") for line in lines)], known or {}, workbook=workbook)
    assert found
    return found


GOOD = "H;cost;bridge;0;5;10;20;1;;"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("60", 60), ("1,5", 1.5), ("12.5", 12.5), ("1.234,50", 1234.5), ("1,234.50", 1234.5), ("1.234.567", 1234567), ("1 234", 1234),
        ("0,125", 0.125), ("12345.678", 12345.678), ("€ 70", 70), ("1'000", 1000), ("-5", -5), ("abc", None), ("1,23,4", None), ("", None),
        ("1e9", None), ("12.34.5", None),
    ],
)  # fmt: skip
def test_numbers(text: str, wanted: float | None) -> None:
    assert number(text) == wanted


def test_a_number_that_can_be_read_in_two_ways() -> None:
    with pytest.raises(ValueError):
        number("1.234")
    assert (number("1.234", "."), number("1.234", ","), number("1,234", ",")) == (1.234, 1234, 1.234)
    told = table("H;cost;a;0;;1.234;;1;;")
    assert [i.code for i in told.refused[0].issues] == ["MO-003"]
    decided = table("H;cost;a;0;;1.234;;1;;", "H;cost;b;0;;0,5;;1;;")
    assert [f.mode for f in decided.lines] == [1234, 0.5]
    assert [f.mode for f in table("H;cost;a;0;;1.234;;1;;", workbook=True).lines] == [1.234], "a workbook's numbers are numbers"
    mixed = table("H;cost;a;0;;1.234;;1;;", "H;cost;b;0;;0,5;;1;;", "H;cost;c;0;;0.5;;1;;")
    assert [r.row for r in mixed.refused] == [2], "a file that shows both decides nothing"


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("H;neither;a;0;;10;;1;;", ["MO-001"]),
        ("H;cost;a;0;;ten;;1;;", ["MO-002"]),
        ("H;cost;a;0;;;;1;;", ["MO-002"]),
        ("H;cost;a;0;;1.234;;1;;", ["MO-003"]),
        ("H;cost;a;0;20;10;30;1;;", ["MO-004"]),
        ("H;cost;a;0;5;10;8;1;;", ["MO-004"]),
        ("H;cost;a;0;;10;;7;;", ["MO-005"]),
        ("H;cost;a;0;;10;;;;", ["MO-005"]),
        ("H;cost;a;0;;10;;0;;", ["MO-005"]),
        ("H;benefit;a;1;;10;;1;yes;nobody", ["MO-006"]),
        ("H;cost;a;2031;;10;;1;;", ["MO-007"]),
        ("H;cost;a;soon;;10;;1;;", ["MO-007"]),
        (";cost;a;0;;10;;1;;", ["MO-008"]),
        ("H;cost;a;0;;-10;;1;;", ["MO-009"]),
        ("H;benefit;a;0;;10;;1;perhaps;", ["MO-010"]),
        (";neither;a;x;;ten;;9;?!maybe;who", ["MO-008", "MO-001", "MO-007", "MO-005", "MO-010", "MO-006", "MO-002"]),
    ],
)
def test_a_bad_row_is_refused_with_all_that_is_wrong_and_the_good_ones_stay(line: str, codes: list[str]) -> None:
    told = table(GOOD, line)
    assert [i.code for r in told.refused for i in r.issues] == codes
    assert [(r.row, ";".join(r.cells)) for r in told.refused] == [(3, line)], "as it stood"
    assert told.lines == (Line("H", Side.COST, 0, 5, 10, 20, 1, True, (), "bridge"),)
    assert all("row" in dict(i.slots) and i.do for r in told.refused for i in r.issues)


def test_what_is_left_out() -> None:
    (line,) = table("H;benefit;a;1;;10;;2;;").lines
    assert (line.low, line.high, line.cashable) == (10, 10, False), "the range is the likely amount, and a benefit is no money"


def test_organisations_are_the_same_however_they_are_written() -> None:
    told = table("H;benefit;a;1;;10;;2;;gp", "  gp north ;cost;b;0;;1;;1;;", "Ayuntamiento;cost;c;0;;1;;1;;", "AYUNTAMIENTO;cost;d;0;;1;;1;;h", known={"gp": "GP North"})  # fmt: skip
    assert [(f.organisation, f.requires) for f in told.lines] == [
        ("H", ("gp",)),
        ("gp", ()),
        ("Ayuntamiento", ()),
        ("Ayuntamiento", ("H",)),
    ]
    assert told.names == {"H": "H", "gp": "GP North", "Ayuntamiento": "Ayuntamiento"}


def test_years_that_are_left_out_and_rows_that_stand_twice_are_said() -> None:
    told = table("H;benefit;a;1;;10;;2;;", "H;benefit;A;4;;10;;2;;", "H;benefit;b;1;;10;;2;;", "H;benefit;b;1;;10;;2;;")
    assert [(i.code, dict(i.slots)["row"]) for i in told.doubts] == [("MO-022", "5"), ("MO-020", "3"), ("MO-020", "3")]
    assert len(told.lines) == 4 and not told.refused


@pytest.mark.parametrize(
    ("total", "said"),
    [
        ("Total;cost;;;;90;;;;", [("MO-021", "90", "100")]),
        ("Total;cost;;;;100;;;;", []),
        ("Total;;;;;-100;;;;", []),
        ("TOTAL;benefit;;;;1;;;;", [("MO-021", "1", "0")]),
        ("C;cost;total;;;60;;;;", []),
        ("C;cost;Total;0;;61;;;;", [("MO-021", "61", "60")]),
        ("Suma;cost;;1;;0;;;;", []),
    ],
)
def test_a_row_of_totals_is_no_line_and_must_add_up(total: str, said: list[tuple[str, str, str]]) -> None:
    told = table(*COSTS, total)
    assert len(told.lines) == 3 and not told.refused
    assert [(i.code, dict(i.slots)["told"], dict(i.slots)["sum"]) for i in told.doubts] == said


TOTALS = ("Total", "TOTAL:", " total ", "Totals", "Totales", "Suma", "SUMAS", "Sum", "Sub-total", "Subtotal 2027", "Subtotal FY27", "Sub total:",
          "Grand total", "Gran total", "TOTAL GENERAL", "Suma total", "Total (2026/27)", "Total año 2", "Total year 2", "Total costs", "Total de costes",
          "Total benefits 2028", "Overall total", "Tot.", "Σ", "Net total", "Total neto", "Total 2026–2028")  # fmt: skip
NAMES = ("Total Care", "Total S.A.", "Suma 112", "SUMMA", "Sum of Us", "Totalcare", "General", "Net", "2027", "Costs", "", "Year 2", "Total 7", "Subtotal Hospital",
         "Totality", "All", "de", "Hospital total", "El Total del Norte")  # fmt: skip


def test_a_total_says_so_and_nothing_else() -> None:
    assert [t for t in TOTALS if not says_total(t)] == []
    assert [t for t in NAMES if says_total(t)] == []


@pytest.mark.parametrize("total", TOTALS)
def test_no_usual_total_is_taken_as_a_line_or_as_an_organisation(total: str) -> None:
    for line in (f"{total};;;;;;;;;", f"H;cost;{total};0;;10;;1;;"):
        told = table(GOOD, line)
        assert len(told.lines) == 1 and not told.refused and set(told.names) == {"H"}


@pytest.mark.parametrize("name", ["Total Care", "Total S.A.", "Suma 112"])
def test_an_organisation_with_total_in_its_name_keeps_its_lines(name: str) -> None:
    told = table(GOOD, f"{name};cost;bridge;0;;7;;1;;", f"H;cost;{name} licence;0;;3;;1;;")
    assert [(f.organisation, f.mode) for f in told.lines] == [("H", 10), (name, 7), ("H", 3)] and not told.doubts


def test_an_organisation_of_the_register_may_be_called_total() -> None:
    told = table("Total;cost;fuel;0;;7;;1;;", known={"t": "Total"})
    assert [(f.organisation, f.mode) for f in told.lines] == [("t", 7)]


@pytest.mark.parametrize(
    ("rows_", "said"),
    [
        (("H;cost;a;0;;10;;1;;", "Subtotal;;;;;-10;;;;", "H;cost;b;1;;5;;1;;", "Subtotal;;;;;-5;;;;", "Total;;;;;-15;;;;"), []),
        (("H;cost;a;0;;10;;1;;", "Subtotal;;;;;-10;;;;", "H;cost;b;1;;5;;1;;", "Subtotal;;;;;-15;;;;"), [("5", "-15", "-5")]),
        (
            ("H;cost;a;0;;10;;1;;", "H;benefit;b;1;;5;;1;;", "Total costs;;;;;10;;;;", "Total beneficios;;;;;6;;;;"),
            [("5", "6", "5")],
        ),
        (
            ("H;cost;a;0;;10;;1;;", "H;cost;b;1;;5;;1;;", "Total year 1;cost;;;;5;;;;", "Total año 0;cost;;;;5;;;;"),
            [("5", "5", "10")],
        ),
        (("H;cost;a;0;;10;;1;;", "Total 2027;cost;;;;99;;;;"), []),
    ],
)
def test_a_total_is_compared_with_what_it_says_that_it_is_of(rows_: tuple[str, ...], said: list[tuple[str, str, str]]) -> None:
    found = [
        (str(s["row"]), str(s["told"]), str(s["sum"]))
        for i in table(*rows_).doubts
        if i.code == "MO-021"
        for s in [dict(i.slots)]
    ]
    assert found == said


@pytest.mark.parametrize("language", ["en", "es"])
def test_lines_come_back_as_they_were_written(language: str) -> None:
    before = table("H;benefit;=1+1;1;0;12,5;20;2;yes;C", "C;cost;b;0;;1;;6;;H; G", "G;cost;c;0;;0;;1;;").lines
    out = rows.written(before, {"H": "Hospital"}, language, ("sí", "no"))
    told = rows.read([[str(c) for c in row] for row in out], {"H": "Hospital"})
    assert told and told.lines == before and not told.refused


def test_a_table_of_something_else() -> None:
    assert rows.read([["voice", "role", "pur1"], ["a", "b", "c"]], {}) is None and rows.read([], {}) is None
    headed = rows.read([["Costs and benefits of the bridge"], [], HEAD.split(";"), GOOD.split(";")], {})
    assert headed and len(headed.lines) == 1, "headings may stand below a title"
