"""Doubts in the terminal, and what the answers teach: shown first, taken, applied, and taken back."""

import io
import json
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest

from vado.cli.main import main


def vado(place: Path, *words: str, stdin: bytes = b"") -> str:
    """Run the command in this very process and give all that it printed."""
    out = io.StringIO()
    with (
        redirect_stdout(out), redirect_stderr(out), patch.object(sys, "argv", ["vado", "--place", str(place), *words]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))), pytest.raises(SystemExit) as done,
    ):  # fmt: skip
        main()
    assert not done.value.code, out.getvalue()
    return out.getvalue()


HEAD = "Surname;First name;Date of birth;Sex;Town;Number\n"
COMMON = ("Garcia", "Lopez", "Perez", "Gomez", "Martin", "Sanchez")  # so common that name and birth date alone do not link


def people(place: Path, inbox: Path) -> None:
    """120 people with two partners, alike but for what keeps a rule from deciding."""
    vado(place, "init", str(place))
    for partner in ("gp", "club"):
        vado(place, "partner", "add", partner)
        (inbox / partner).mkdir(parents=True)
        lines = [
            f"{COMMON[n % 6]};{'Ana' if n % 2 else 'Jose'};{1 + n % 28:02}/{1 + n % 12:02}/{1930 + n * 7 % 83};{'F' if n % 2 else 'M'};;{partner}{n}"
            for n in range(120)
        ]
        (inbox / partner / "list.csv").write_text(HEAD + "\n".join(lines) + "\n")
    vado(place, "receive", str(inbox))


def waiting(place: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in vado(place, "people", "review", "--json").splitlines()]


def test_answers_move_a_threshold_and_back(tmp_path: Path) -> None:
    place = tmp_path / "place"
    people(place, tmp_path / "inbox")
    many = len(waiting(place))
    assert many >= 100, "the invented people must be doubtful"
    assert {tuple(w["partners"]) for w in waiting(place)} <= {("gp", "club"), ("club", "gp")}  # type: ignore[arg-type]

    assert "do not show enough" in vado(place, "people", "learn", "--precision", "0.9")
    told = vado(place, "people", "review", stdin=b"?jksu" + b"s" * 60 + b"q")
    assert f"Pair 1 of {many}" in told
    assert "linked without asking from 27" in told
    assert "Answered: 60." in told
    assert len(waiting(place)) == many - 60

    taught = vado(place, "people", "learn", "--precision", "0.9", "--least", "50", "--yes")
    assert "linked without asking from" in taught
    model = json.loads((place / "data" / "matching.json").read_text())
    assert model["thresholds"]["probable"] < 27
    assert f"Open pairs linked now: {many - 60 - len(waiting(place))}" in taught
    assert len(waiting(place)) < many - 60, "what the answers speak for is asked no more"
    assert "before the last change" in vado(place, "people", "learn", "--back")
    assert json.loads((place / "data" / "matching.json").read_text())["thresholds"]["probable"] == 27
    assert "nothing to go back to" in vado(place, "people", "learn", "--back")
    assert "gp" in vado(place, "people", "review", "--list") or not waiting(place)


def test_a_batch_asks_nothing_that_arrivals_have_settled(tmp_path: Path) -> None:
    place, inbox = tmp_path / "place", tmp_path / "inbox"
    vado(place, "init", str(place))
    names = ("Zubizarreta", "Ochandiano", "Villarroya", "Etxebarria", "Quintanilla", "Santolaria")
    for partner in ("gp", "club"):
        vado(place, "partner", "add", partner)
        (inbox / partner).mkdir(parents=True)
        lines = [f"{name};Leocadia;{n + 3:02}/04/1951;F;Leganes;{partner}{n}" for n, name in enumerate(names)]
        (inbox / partner / "list.csv").write_text(HEAD + "\n".join(lines) + "\n")
    vado(place, "receive", str(inbox))
    before = vado(place, "people", "review", "--json")
    said = vado(place, "people", "batch")
    assert "12 patients" in said
    assert int(re.findall(r"(\d+) pairs decided on, 0 doubts", said)[0]) >= 6, said
    assert vado(place, "people", "review", "--json") == before
