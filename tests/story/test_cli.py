"""The command line as an integration lead uses it: a place, a partner, an inbox, a record, a trace; on SQLite and PostgreSQL."""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest
from test_kill import bundle

from vado.cli.main import main


def vado(place: Path, *words: str, code: int = 0, env: dict[str, str] | None = None, stdin: bytes = b"") -> str:
    """Run the command in this very process, as its console script would, and give all that it printed."""
    out = io.StringIO()
    with (
        redirect_stdout(out), redirect_stderr(out), patch.object(sys, "argv", ["vado", "--place", str(place), *words]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))), patch.dict(os.environ, env or {}),
        pytest.raises(SystemExit) as done,
    ):  # fmt: skip
        main()
    assert (done.value.code or 0) == code, out.getvalue()
    return out.getvalue()


@pytest.fixture(params=["sqlite", "postgresql"])
def env(request: pytest.FixtureRequest) -> dict[str, str]:
    return {} if request.param == "sqlite" else {"VADO_DATABASE": request.getfixturevalue("postgresql")}


def test_the_whole_way(tmp_path: Path, env: dict[str, str]) -> None:
    place, inbox = tmp_path / "place", tmp_path / "inbox" / "gp"
    inbox.mkdir(parents=True)
    (inbox / "one.json").write_bytes(bundle("García López", "77"))
    (inbox / "list.csv").write_text("Surname;First name;Date of birth;NHS number\nSmith;Al;01/02/1970;999 000 0018\n")
    (inbox / "empty.pdf").write_bytes(b"")
    vado(place, "status", code=2)
    vado(place, "init", str(place))
    vado(place, "init", str(place), code=2)
    vado(place, "partner", "add", "gp", "--name", 'The "GP"')
    assert "good" in vado(place, "partner", "check")
    assert "The 'GP'" in vado(place, "partner", "list")
    rows = [json.loads(line) for line in vado(place, "receive", str(tmp_path / "inbox"), "--json", env=env).splitlines()]
    assert {r["partner"] for r in rows} == {"gp"}
    assert sorted(r["state"] for r in rows) == ["held", "read", "read"]
    again = [json.loads(line) for line in vado(place, "receive", str(tmp_path / "inbox"), "--json", env=env).splitlines()]
    assert sorted(map(str, again)) == sorted(map(str, rows)), "the same bytes give the same receipt"
    assert "gp" in vado(place, "status", env=env)
    found = vado(place, "person", "find", "garcia", env=env)
    person = found.split()[0]
    shown = vado(place, "person", "show", person, env=env)
    assert "Asthma" in shown
    fact = next(line.split()[-1] for line in shown.splitlines() if "Asthma" in line)
    traced = vado(place, "trace", fact, env=env)
    assert ">>" in traced and "Bundle.entry[1]" in traced
    summary = json.loads(vado(place, "person", "show", person, "--ips", env=env))
    assert summary["type"] == "document"
    assert "3 good, 0 differ" in vado(place, "ledger", "--verify", env=env)
    assert "IN-001" in vado(place, "ledger", "--state", "held", env=env)
    assert "nothing to do" in vado(place, "resume", env=env)
    piped = json.loads(vado(place, "receive", "-", "--partner", "gp", "--json", env=env, stdin=bundle("Pérez", "78")))
    assert piped["state"] == "read"


def test_wrong_use_is_told_in_one_line(tmp_path: Path) -> None:
    vado(tmp_path, "init", str(tmp_path))
    assert "CO-008" in vado(tmp_path, "receive", str(tmp_path / "nowhere"), code=2)
    assert "CO-004" in vado(tmp_path, "receive", str(tmp_path), "--partner", "nobody", code=2)
    assert "RE-001" in vado(tmp_path, "person", "show", "nobody", code=1)
    assert "RE-002" in vado(tmp_path, "trace", "nothing", code=1)
    assert "Nobody found" in vado(tmp_path, "person", "find", "xyz", code=1)
    assert "CO-001" in vado(tmp_path, "status", code=2, env={"VADO_COLOUR": "red"})
    (tmp_path / "partners" / "bad.toml").write_text("[partner]\nnmae = 'x'\n")
    assert "nmae" in vado(tmp_path, "partner", "check", code=2)


def test_bytes_that_were_changed_are_found(tmp_path: Path) -> None:
    vado(tmp_path, "init", str(tmp_path))
    file = tmp_path / "one.json"
    file.write_bytes(bundle("García", "1"))
    vado(tmp_path, "receive", str(file))
    (kept,) = (p for p in (tmp_path / "data" / "originals").rglob("*") if p.is_file())
    kept.chmod(0o600)
    kept.write_bytes(b"altered")
    assert "bytes differ" in vado(tmp_path, "ledger", "--verify", code=4)


LETTER = """Patient name: Ana Gil
Date of birth: 03/02/1970
Hospital number: 77

Diagnoses
- Asthma

Allergies
- Penicilin
- Latex
"""


def test_paper_is_reviewed_by_keys_and_the_ladder_says_what_would_lift(tmp_path: Path, env: dict[str, str]) -> None:
    place, inbox = tmp_path / "place", tmp_path / "inbox" / "clinic"
    inbox.mkdir(parents=True)
    (inbox / "letter.txt").write_text(LETTER)
    (inbox / "list.csv").write_text("Surname;First name;Date of birth;NHS number\nSmith;Al;01/02/1970;999 000 0018\n")
    vado(place, "init", str(place))
    vado(place, "partner", "add", "clinic")
    vado(place, "receive", str(tmp_path / "inbox"), env=env)
    person = vado(place, "person", "find", "ana", "gil", env=env).split()[0]
    before = vado(place, "person", "show", person, env=env)
    assert "waits" in before.partition("Penicilin")[2].splitlines()[0]
    waiting = [json.loads(line) for line in vado(place, "desk", "--json", env=env).splitlines()]
    assert [w["kind"] for w in waiting if w["standing"] == "waits for a person"] == ["AllergyIntolerance"] * 2 + ["Condition"]
    assert "Latex" in vado(place, "desk", "--list", "--partner", "clinic", env=env)
    vado(place, "desk", "--partner", "nobody", code=2, env=env)

    said = vado(place, "desk", env=env, stdin=b"?aur" + b"e" + b"Something else\n" + b"q")
    assert "Decided: 2." in said
    after = vado(place, "person", "show", person, env=env)
    assert after.count("Something else") == 1
    assert "Asthma" in after.partition("waits")[0] or "waits" in after.partition("Asthma")[2].splitlines()[0]
    assert vado(place, "desk", env=env, stdin=b"s").count("Decided: 0.") == 1
    assert "too few" in vado(place, "desk", "--threshold", "--partner", "clinic", env=env)
    trace = vado(place, "trace", waiting[0]["fact"], env=env)
    assert "accept" in trace and "undo" in trace and "reject" in trace

    ladder = vado(place, "ladder", env=env)
    assert "if clinic would send the same as tables" in ladder and "from TEXT to FIELDS" in ladder and "about 1 persons" in ladder
    counts = [json.loads(line) for line in vado(place, "ladder", "--json", env=env).splitlines()]
    assert sum(c["facts"] for c in counts if "month" in c) == next(c["of"] for c in counts if "of" in c)


def test_an_operators_day(tmp_path: Path, env: dict[str, str]) -> None:
    place, inbox = tmp_path / "place", tmp_path / "inbox" / "surgery"
    inbox.mkdir(parents=True)
    (inbox / "one.json").write_bytes(bundle("García", "77"))
    vado(place, "init", str(place))
    vado(place, "partner", "add", "surgery")
    assert "CO-004" in vado(place, "partner", "hold", "nobody", "--reason", "x", code=2, env=env)
    vado(place, "partner", "hold", "surgery", "--reason", "their export repeats itself", env=env)
    assert "OP-003" in vado(place, "partner", "hold", "surgery", "--reason", "again", code=2, env=env)
    kept = json.loads(vado(place, "receive", str(inbox), "--json", env=env))
    assert kept["state"] == "kept"
    assert "their export repeats itself" in vado(place, "partner", "holds", env=env)
    assert "1 originals wait" in vado(place, "status", env=env)
    assert "`vado partner release surgery` reads it" in vado(place, "trace", kept["original"], env=env)
    assert "1 read" in vado(place, "partner", "release", "surgery", env=env)
    assert "Nobody is held" in vado(place, "partner", "holds", env=env)
    assert "their export" in vado(place, "partner", "holds", "--past", env=env)
    story = json.loads(vado(place, "trace", kept["original"][:8], "--json", env=env))
    assert story["read_by"].startswith("fhir/") and story["facts"] == {"Condition": 1, "Patient": 1}
    shown = vado(place, "replay", "--partner", "surgery", "--from", "2026-01-01", "--dry-run", env=env)
    assert "fhir/" in shown and "2 facts stay as they are" in shown
    assert "1 originals replayed on today's version" in vado(
        place, "replay", "--partner", "surgery", "--state", "read", "--yes", env=env
    )
    assert "Nothing is meant" in vado(place, "replay", "--partner", "surgery", "--code", "IN-003", "--dry-run", env=env)
    assert "stays as it is" in vado(place, "replay", "--partner", "surgery", "--version", "then", "--dry-run", env=env)
    vado(place, "replay", "--code", "XX-999", code=2, env=env)
    vado(place, "replay", "--format", "nothing", code=2, env=env)
    assert "2 facts stay" in vado(place, "reread", "--partner", "surgery", "--reader", "fhir", "--dry-run", env=env)
    assert "Nowhere fails more than usual" in vado(place, "status", "--alerts", env=env)
    for n in range(7):
        (inbox / f"{n}.bin").write_bytes(b"\x7fELF" + bytes([n]))
    vado(place, "receive", str(inbox), env=env)
    assert "Alert: surgery by folder: 7 of 8" in vado(place, "status", "--alerts", code=1, env=env)
    assert json.loads(vado(place, "status", "--alerts", "--json", code=1, env=env))["failed"] == 7


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(tmp_path: Path, shell: str) -> None:
    assert "_VADO_COMPLETE" in vado(tmp_path, "completion", shell)


def test_help_is_there_without_a_place(tmp_path: Path) -> None:
    out = vado(tmp_path, "--help")
    for command in (
        "init",
        "partner",
        "receive",
        "resume",
        "person",
        "trace",
        "ledger",
        "status",
        "desk",
        "ladder",
        "serve",
        "demo",
    ):
        assert command in out
        assert "Usage" in vado(tmp_path, command, "--help")
