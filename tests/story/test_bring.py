"""Whoever runs a round hands its questionnaire out and brings the answers back, from the terminal."""

from datetime import date
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from vado.cli.collaboration import collaboration
from vado.cli.main import Context
from vado.errors import VadoError
from vado.model.survey import Answer, Organisation, Round
from vado.wiring.build import open_exchange

ROUND = Round("r1", "Spring", "ours|2", date(2026, 3, 1), None, (Organisation("hospital", "Hospital"),))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "vado.toml").write_text("")
    (tmp_path / "partners").mkdir()
    (tmp_path / "instruments").mkdir()
    from importlib.resources import files

    toml = (files("vado.collaboration") / "instruments" / "ford.toml").read_text("utf-8")
    ours = toml.replace('id = "ford"', 'id = "ours"').replace('version = "1"', 'version = "2"')
    (tmp_path / "instruments" / "ours.toml").write_text(ours)
    with open_exchange(Context(str(tmp_path)).settings()) as x, x.store.begin() as tx:
        tx.collaboration.put(ROUND)
    return tmp_path


def vado(place: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(collaboration, list(words), obj=Context(str(place)))
    if isinstance(done.exception, VadoError):
        return done.exception.kind.exit, str(done.exception)
    return done.exit_code, done.output


def answers(place: Path) -> tuple[Answer, ...]:
    with open_exchange(Context(str(place)).settings()) as x, x.store.begin() as tx:
        return tx.collaboration.answers("r1")


def test_the_questionnaire_goes_out_and_answers_come_back(place: Path) -> None:
    files = {"--xlsform": "q.xlsx", "--roster": "r.xlsx", "--questionnaire": "q.json", "--csv": "t.csv", "--paper": "p.pdf"}
    code, said = vado(place, "forms", "r1", *(w for k, v in files.items() for w in (k, str(place / v))), "--language", "es")
    assert code == 0 and all((place / name).stat().st_size > 300 for name in files.values())
    assert orjson.loads((place / "q.json").read_bytes())["version"] == "2"
    table = place / "t.csv"
    head = table.read_text("utf-8-sig").strip().split(",")
    row = {"round": "r1", "voice": "hospital", "role": "manager", "pur1": "4"}
    table.write_text(f"{','.join(head)}\n{','.join(row.get(h, '') for h in head)}\n")
    assert vado(place, "bring", "r1", str(table)) == (0, "1 taken, 0 here already, 0 not taken, 0 waiting to be looked at\n")
    assert [a.scores for a in answers(place)] == [{"pur1": 4}]
    table.write_text("voice,role,pur1\nhospital,manager,hidden\n")
    code, said = vado(place, "bring", "r1", str(table), "--json")
    assert code == 1 and orjson.loads(said)["issues"][0]["code"] == "SV-002" and "hidden" not in said


def test_what_cannot_be_done_says_what_to_do(place: Path) -> None:
    assert vado(place, "forms", "r1")[0] == 2
    code, said = vado(place, "forms", "none", "--paper", str(place / "p.pdf"))
    assert code == 2 and "SV-040" in said
    (place / "x.txt").write_text("hello")
    code, said = vado(place, "bring", "r1", str(place / "x.txt"))
    assert code == 2 and "SV-012" in said
