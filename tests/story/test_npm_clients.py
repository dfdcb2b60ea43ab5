"""FHIR read and written by clients of the JavaScript world that are not ours (fhir-kit-client, fhirclient), to a place as it is installed."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from served import served

_HERE = Path(__file__).parent / "npm"
_INSTALL = ("npm", "ci", "--omit=optional", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with both clients."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no node or npm here: install them to try the clients of the JavaScript world")
    made = shutil.copytree(_HERE, tmp_path / "npm")
    try:
        installed = subprocess.run(_INSTALL, cwd=made, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip("the npm registry does not answer")
    if installed.returncode:
        if "EUSAGE" in installed.stderr:
            pytest.fail("package.json and package-lock.json differ: npm install --package-lock-only")
        pytest.skip("npm could not install the clients: there is no way to its registry")
    return made


def test_clients_from_npm(folder: Path, tmp_path: Path) -> None:
    with served(tmp_path / "place") as here:
        asked = subprocess.run(
            ["node", "clients.js", here.fhir, here.token], cwd=folder, capture_output=True, text=True, timeout=120
        )
    assert asked.returncode == 0, asked.stderr
    told = json.loads(asked.stdout.splitlines()[-1])
    assert told["ok"]
    assert len(told["tried"]) == 12


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((_HERE / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
