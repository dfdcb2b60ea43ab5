"""Schemathesis asks the server what its OpenAPI description promises, and what nobody would: no fault of ours, every answer as described."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from served import Served, served

ANA = {"resourceType": "Patient", "name": [{"family": "Mora"}], "birthDate": "1961-02-03", "gender": "female"}
# not asked: whether everything that fits the description is taken: a date is any text there, and 'soon' is refused
_NOT = "negative_data_rejection,positive_data_acceptance,unsupported_method"
_HALF = 120  # seconds at most of each run; they take some ten
FLAG = r"^/Flag(/\{id\})?$"  # not what came before: that of what was taken back is still there, as FHIR has it
# OpenAPI cannot say that an answer may be empty, as with return=minimal; tests/unit/web/test_fhir_write.py asks for that
PREFER = '"header.Prefer" = "return=representation"'


def told(here: Served, folder: Path, paths: str, *known: str, phases: str = "coverage,fuzzing", tries: int = 8) -> str:
    config = folder / "known.toml"
    config.write_text("\n".join(("[parameters]", PREFER, *known)))
    command = (
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "--config-file", str(config), "run", f"{here.fhir}/openapi.json",
        "--include-path-regex", paths, "--header", f"Authorization: Bearer {here.token}", "--phases", phases,
        "--seed", "20260101", "--max-examples", str(tries), "--exclude-checks", _NOT, "--no-color",
    )  # fmt: skip
    hooks = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).parent / "valid_bodies.py")}
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_HALF, env=hooks)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    return run.stdout


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pytest.importorskip("schemathesis", reason="the package schemathesis is not installed")
    with served(tmp_path_factory.mktemp("asked") / "place") as place:
        yield place


def test_the_server_is_as_it_is_described(here: Served, tmp_path: Path) -> None:
    made = httpx.post(f"{here.fhir}/Patient", json=ANA, headers={"Authorization": f"Bearer {here.token}"}).json()["id"]
    said = told(here, tmp_path, r"^/(metadata|Patient(/_search|/_history)?|Observation|Patient/\{id\}/Flag)$")
    assert "no issues found" in said.lower() or "passed" in said
    told(here, tmp_path, r"^/Patient/\{id\}(/_history.*)?$", f'"path.id" = "{made}"', '"path.version" = "1"')


def test_writing_is_as_it_is_described(here: Served, tmp_path: Path) -> None:
    told(here, tmp_path, r"^/($|\$validate|Subscription|Flag|Binary|Patient/\$match)")


def test_what_was_made_is_read_changed_and_taken_back(here: Served, tmp_path: Path) -> None:
    said = told(here, tmp_path, FLAG, phases="stateful", tries=40)
    walked = re.search(r"API Links: +(\d+) covered", said)
    assert walked and int(walked[1]) >= 4, said
