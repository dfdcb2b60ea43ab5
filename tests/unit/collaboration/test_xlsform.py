"""A questionnaire as XLSForm: pyxform, the converter of ODK and Kobo, must take it whole."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from vado.collaboration.instrument import shipped
from vado.collaboration.xlsform import roster_form, xlsform
from vado.model.survey import Group, Organisation, Round
from vado.outgoing.xlsform.write import write

ROUND = Round(
    "2026-spring", "Spring 2026", "ford|1", date(2026, 3, 1), None,
    (Organisation("hospital", "Hospital of the Sea"), Organisation("gp-north", "=North & \"South\" practice")),
    (Group("carers", "Carers"),),
)  # fmt: skip
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def converted(tmp_path: Path, content: bytes):
    path = tmp_path / "form.xlsx"
    path.write_bytes(content)
    return convert(path, validate=False)


def test_pyxform_takes_the_answers_form(tmp_path: Path) -> None:
    made = converted(tmp_path, write(xlsform(shipped(), ROUND), WHEN))
    assert [w for w in made.warnings if "IANA" not in w] == []
    for item in shipped().items:
        assert f"/{item}" in made.xform
    assert 'lang="Español (es)"' in made.xform and "Cómo" not in made.warnings
    assert "Las normas sobre compartir se entienden igual en todas partes" in made.xform
    assert "/role  = 'manager'" in made.xform, "the manager's own question is asked of managers alone"


def test_pyxform_takes_the_roster_form(tmp_path: Path) -> None:
    made = converted(tmp_path, write(roster_form(shipped(), ROUND), WHEN))
    assert made.warnings == []
    assert "<repeat" in made.xform and "Hospital of the Sea" in made.xform


def test_a_wrong_list_is_refused_by_pyxform(tmp_path: Path) -> None:
    sheets = xlsform(shipped(), ROUND)
    sheets["choices"] = [c for c in sheets["choices"] if c["list_name"] != "levels"]
    with pytest.raises(Exception, match="levels"):
        converted(tmp_path, write(sheets, WHEN))


def test_no_cell_is_a_formula() -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(write(xlsform(shipped(), ROUND), WHEN)))
    assert {cell.data_type for sheet in book for row in sheet for cell in row} <= {"s", "n"}
    assert any(cell.value == '=North & "South" practice' and cell.data_type == "s" for row in book["choices"] for cell in row)
