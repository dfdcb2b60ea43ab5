"""Whoever runs rounds looks at the network and the direction of a place from the terminal, and takes them away."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner

from vado.cli.collaboration import collaboration
from vado.cli.main import Context
from vado.errors import VadoError
from vado.model.flow import Heads
from vado.model.original import PartnerId
from vado.model.survey import Organisation, Roster, Round, Tie
from vado.wiring.build import open_exchange

A, B = PartnerId("a"), PartnerId("b")
ROUND = Round(
    "r1",
    "Spring",
    "ford|1",
    date(2026, 3, 1),
    date(2026, 4, 1),
    (Organisation("A", "Alfa", "", A), Organisation("B", "Beta", "", B)),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "vado.toml").write_text("")
    (tmp_path / "partners").mkdir()
    with open_exchange(Context(str(tmp_path)).settings()) as x, x.store.begin() as tx:
        tx.collaboration.put(ROUND)
        tx.collaboration.put(Roster("r1/A", "r1", "A", (Tie("B", 3, means=("coded",)),)))
        tx.flow.note_heads(Heads(datetime.now(UTC), held=(((A, B), 12), ((B,), 2)), opened=()))
    return tmp_path


def vado(place: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(collaboration, list(words), obj=Context(str(place)))
    if isinstance(done.exception, VadoError):
        return done.exception.kind.exit, str(done.exception)
    return done.exit_code, done.output


def test_the_network_from_the_terminal(place: Path) -> None:
    code, said = vado(place, "network")
    assert code == 0 and "Alfa - Beta" in said and "density: 1.0" in said and "people: 10" in said
    found = json.loads(vado(place, "network", "--json", "--layer", "observed", "--leaves", "A")[1])
    assert found["ties"] == 0 and found["if_it_leaves"] == []
    assert found["bridges"] == [
        {"between": ["Alfa", "Beta"], "pairs_by_path": 10, "whole_by_path": 10, "pairs_direct": 10, "whole_direct": 10}
    ]


def test_taken_away_for_other_programs(place: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "n.graphml", tmp_path / "n.json"
    assert vado(place, "network", "--graphml", str(one), "--kumu", str(other))[0] == 0
    assert set(nx.read_graphml(one).edges) == {("A", "B"), ("B", "A")}
    assert {c["type"] for c in json.loads(other.read_text())["connections"]} == {"said"}


def test_who_is_not_there_is_said(place: Path) -> None:
    assert vado(place, "network", "--leaves", "Z")[0] == 2
    code, said = vado(place, "network", "--round", "none")
    assert code == 2 and "SV-040" in said


def test_the_direction_from_the_terminal(place: Path) -> None:
    code, said = vado(place, "direction")
    assert code == 0 and "too early" in said and "people whom two or more hold something on: 10" in said
    assert json.loads(vado(place, "direction", "--json")[1])["months"] == []
