"""An integration lead learns a table: sees the proposal, accepts it, and the profile stays a good one."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from vado.cli.main import Context
from vado.cli.partner import partner
from vado.errors import VadoError

TABLE = "NHC;Fecha;Glucosa (mg/dL)\n1001;23/04/2025;98\n1002;24/04/2025;110\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "vado.toml").write_text("")
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "lab.toml").write_text('# kept\n[partner]\nname = "Lab"\n')
    (tmp_path / "t.csv").write_text(TABLE)
    return tmp_path


def learn(place: Path, *words: str, answer: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(partner, ["learn", str(place / "t.csv"), *words], obj=Context(str(place)), input=answer)
    if isinstance(done.exception, VadoError):
        return done.exception.kind.exit, str(done.exception)
    return done.exit_code, done.output


def test_a_proposal_is_shown_and_nothing_is_written(place: Path) -> None:
    before = (place / "partners" / "lab.toml").read_text()
    code, said = learn(place, "--partner", "lab")
    assert code == 0 and "Observation#glucosa" in said and "0.95" in said and '"valueQuantity":{"value":98' in said
    assert (place / "partners" / "lab.toml").read_text() == before


def test_accepting_keeps_the_rest_and_asks_before_it_replaces(place: Path) -> None:
    path = place / "partners" / "lab.toml"
    assert learn(place, "--partner", "lab", "--accept")[0] == 0
    first = path.read_text()
    assert first.startswith('# kept\n[partner]\nname = "Lab"\n') and first.count("[[table]]") == 1
    assert "Nothing was changed" in learn(place, "--partner", "lab", "--accept", answer="n\n")[1]
    assert learn(place, "--partner", "lab", "--accept", "--yes")[0] == 0
    assert path.read_text() == first and sorted(p.name for p in path.parent.iterdir()) == ["lab.toml"]
    done = CliRunner().invoke(partner, ["check", "lab"], obj=Context(str(place)))
    assert "lab: good" in done.output


def test_wrong_use_and_what_is_no_table_say_so(place: Path) -> None:
    assert learn(place, "--accept")[0] == 2
    assert learn(place, "--partner", "nobody")[0] == 2
    assert "CO-004" in learn(place, "--partner", "nobody")[1]
    (place / "t.csv").write_text("Kilos;Lorry\n12;AB\n13;CD\n")
    assert learn(place)[0] == 1
    (place / "t.csv").write_text("Dear colleague\n")
    assert learn(place)[0] == 1 and "IN-401" in learn(place)[1]
