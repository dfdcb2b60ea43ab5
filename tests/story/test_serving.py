"""`vado serve` as it runs: one JSON line an event on standard error, figures, and what could not be read is read again."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from test_kill import bundle

from soon import soon

VADO = [sys.executable, "-c", "from vado.cli.main import main; main()"]


def vado(place: Path, *words: str) -> str:
    return subprocess.run([*VADO, "--place", str(place), *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place, inbox = tmp_path / "place", tmp_path / "inbox" / "gp"
    inbox.mkdir(parents=True)
    vado(place, "init", str(place))
    vado(place, "partner", "add", "gp")
    (inbox / "Garcia.json").write_bytes(bundle("García", "77123"))
    vado(place, "receive", str(inbox))
    return place


def healthy(client: httpx.Client) -> object:
    try:
        return client.get("/health").json()
    except httpx.ConnectError:
        return None


@pytest.mark.parametrize("form", ["json", "plain"])
def test_the_log_of_a_served_place(place: Path, form: str) -> None:
    vado(place, "account", "add", "watch", "--role", "operator")
    token = vado(place, "account", "token", "watch").split()[-1]
    served = subprocess.Popen(
        [*VADO, "--place", str(place), "serve", "--port", "0", "--log", form],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert served.stdout
        address = re.search(r"http://\S+?/", served.stdout.readline())
        assert address
        with httpx.Client(base_url=address[0], timeout=20) as client:
            assert soon(lambda: healthy(client)) == {"status": "ok"}
            assert client.get("/person/Garcia77123?name=Garcia").status_code == 303  # nobody has signed in
            found = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
            assert found.status_code == 200
            assert 'vado_originals{format="fhir",partner="gp",state="read"} 1.0' in found.text
    finally:
        served.send_signal(signal.SIGINT)
        _, err = served.communicate(timeout=20)
    assert "Garcia" not in err and "77123" not in err and "127.0.0.1" not in err
    lines = err.splitlines()
    if form == "json":
        told = [json.loads(line) for line in lines]
        answered = [(line["route"], line["status"]) for line in told if line["event"] == "answered"]
        assert answered[-3:] == [("health", 200), ("person", 303), ("metrics", 200)]
    else:
        assert any("vado.answers: answered route=person method=GET status=303 ms=" in line for line in lines)
