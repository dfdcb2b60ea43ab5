"""A place that is served as it is installed: `vado serve` in a process of its own, a partner's key, a program's account and token."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from soon import soon

_VADO = [sys.executable, "-c", "from vado.cli.main import main; main()"]
KEY = "k" * 40


@dataclass(frozen=True, slots=True)
class Served:
    """What clients have to know."""

    place: Path
    fhir: str  # 'http://127.0.0.1:.../fhir'
    token: str  # of the hospital's program: it reads and writes
    key: str = KEY  # of the hospital's channel: it writes, and reads nothing


def vado(place: Path, *words: str) -> str:
    """Run one command about a place; give what it prints."""
    return command("--place", str(place), *words)


def command(*words: str) -> str:
    """Run one command; give what it prints."""
    return subprocess.run([*_VADO, *words], check=True, capture_output=True, text=True).stdout


@contextmanager
def served(place: Path, *before: Path) -> Iterator[Served]:
    """Make a place, receive some folders for the partner hospital, serve it; give what clients have to know."""
    vado(place, "init", str(place))
    vado(place, "partner", "add", "hospital")
    (place / "secrets").mkdir(exist_ok=True)
    (place / "secrets" / "hospital.key").write_text(KEY)
    (place / "secrets" / "hospital.key").chmod(0o600)
    with (place / "partners" / "hospital.toml").open("a") as profile:
        profile.write('\n[[channel]]\nkind = "fhir"\nkey = "secrets/hospital.key"\n')
    for folder in before:
        vado(place, "receive", "--partner", "hospital", str(folder))
    vado(place, "account", "add", "program", "--role", "client", "--partner", "hospital", "--scope", "system/*.cruds")
    token = vado(place, "account", "token", "program").split()[-1]
    with running("--place", str(place), "serve", "--port", "0", "--log", "plain") as address:
        yield Served(place, f"{address}/fhir", token)


@contextmanager
def running(*words: str) -> Iterator[str]:
    """Run a command that serves; give its address, 'http://127.0.0.1:1234', once it answers."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    process = subprocess.Popen([*_VADO, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        assert process.stdout
        address = next(found[1] for line in process.stdout if (found := re.search(r"(http://127\S+?)/", line)))
        assert soon(lambda: _answers(address)), "it does not answer"
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=20).is_success
    except httpx.ConnectError:
        return False
