"""Schemathesis asks the server what its OpenAPI description promises, and what nobody would: no fault of ours, every answer as described."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from served import Served, served

ANA = {"resourceType": "Patient", "name": [{"family": "Mora"}], "birthDate": "1961-02-03", "gender": "female"}
# not asked: whether everything that fits the description is taken: a date is any text there, and 'soon' is refused
_NOT = "negative_data_rejection,positive_data_acceptance,unsupported_method"
_HALF = 60  # seconds at most of each of the two runs; they take some ten


def told(here: Served, folder: Path, paths: str, *more: str) -> str:
    command = (
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", *more, "run", f"{here.fhir}/openapi.json",
        "--include-path-regex", paths, "--header", f"Authorization: Bearer {here.token}", "--phases", "coverage,fuzzing",
        "--seed", "20260101", "--max-examples", "8", "--exclude-checks", _NOT, "--no-color",
    )  # fmt: skip
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_HALF)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    return run.stdout


def test_the_server_is_as_it_is_described(tmp_path: Path) -> None:
    pytest.importorskip("schemathesis", reason="the package schemathesis is not installed")
    with served(tmp_path / "place") as here:
        made = httpx.post(f"{here.fhir}/Patient", json=ANA, headers={"Authorization": f"Bearer {here.token}"}).json()["id"]
        said = told(here, tmp_path, r"^/(metadata|Patient(/_search|/_history)?|Observation|Patient/\{id\}/Flag)$")
        assert "no issues found" in said.lower() or "passed" in said
        config = tmp_path / "known.toml"
        config.write_text(f'[parameters]\n"path.id" = "{made}"\n"path.version" = "1"\n')
        told(here, tmp_path, r"^/Patient/\{id\}(/_history.*)?$", "--config-file", str(config))
