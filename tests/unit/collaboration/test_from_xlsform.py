"""Other questionnaires as data: a workbook read in says what is wrong with it, where."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from vado.collaboration.from_xlsform import from_xlsform
from vado.collaboration.instrument import shipped
from vado.collaboration.xlsform import Sheets, xlsform
from vado.errors import SettingsError
from vado.model.survey import Group, Organisation, Round
from vado.outgoing.xlsform.write import write
from vado.tools.spreadsheet import sheets
from vado.wiring.instruments import load_instruments

ROUND = Round("r1", "Spring", "ford|1", date(2026, 3, 1), None, (Organisation("a", "A"),), (Group("g", "G"),))


def form() -> Sheets:
    return xlsform(shipped(), ROUND)


def read(made: Sheets):
    return from_xlsform(sheets(write(made, datetime(2026, 1, 1, tzinfo=UTC))), "ours")


def test_our_own_form_comes_back_as_it_was() -> None:
    ours, ford = read(form()), shipped()
    assert [d.id for d in ours.dimensions] == [d.id for d in ford.dimensions]
    for one, other in zip(ours.items.values(), ford.items.values(), strict=True):
        assert (one.id, one.text, one.who, one.extra, one.levels) == (other.id, other.text, other.who, other.extra, other.levels)
    assert (ours.levels, ours.cannot_say, ours.importance, ours.stems) == (
        ford.levels,
        ford.cannot_say,
        ford.importance,
        ford.stems,
    )


def row_of(made: Sheets, name: str, sheet: str = "survey") -> int:
    return next(n for n, row in enumerate(made[sheet]) if row.get("name") == name)


def broken(what: str, **change: str):
    made = form()
    row = row_of(made, what)
    made["survey"][row] = made["survey"][row] | change
    return made, row + 2


@pytest.mark.parametrize(("change", "code"), [
    ({"label::Español (es)": ""}, "SV-032"), ({"name": "pur1"}, "SV-031"), ({"name": "2 x"}, "SV-037"), ({"type": "select_one nowhere"}, "SV-033"),
    ({"type": "select_one importance"}, "SV-033"), ({"type": "integer"}, "SV-035"), ({"relevant": "${age} > 3"}, "SV-034"),
    ({"relevant": "${role} = 'king'"}, "SV-034"), ({"type": "begin_group"}, "SV-036"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_sheet_and_row(change: dict[str, str], code: str) -> None:
    made, row = broken("kno2", **change)
    with pytest.raises(SettingsError) as told:
        read(made)
    assert (told.value.code, told.value.slots["sheet"]) == (code, "survey")
    assert told.value.slots["row"] == row


def test_choices_twice_and_sheets_that_are_missing() -> None:
    made = form()
    made["choices"].append(made["choices"][0])
    with pytest.raises(SettingsError, match="Sheet choices, row"):
        read(made)
    for sheet in ("survey", "choices", "settings"):
        made = form()
        del made[sheet]
        with pytest.raises(SettingsError) as told:
            read(made)
        assert (told.value.code, told.value.slots["sheet"]) == ("SV-030", sheet)


def test_a_place_has_its_own(tmp_path: Path) -> None:
    from importlib.resources import files

    toml = (files("vado.collaboration") / "instruments" / "ford.toml").read_text("utf-8")
    (tmp_path / "short.toml").write_text(toml.replace('id = "ford"', 'id = "short"'))
    (tmp_path / "ours.xlsx").write_bytes(write(form(), datetime(2026, 1, 1, tzinfo=UTC)))
    assert load_instruments(tmp_path).keys() == {"short|1", "ours|1"}
    assert load_instruments(tmp_path / "none") == {}
    (tmp_path / "bad.toml").write_text("id = 3")
    with pytest.raises(SettingsError) as told:
        load_instruments(tmp_path)
    assert told.value.code == "SV-038" and "bad.toml" in str(told.value)
