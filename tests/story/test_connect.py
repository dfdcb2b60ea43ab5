"""From nothing to the first real result: a place, a partner by conversation, a real file, a record. Timed."""

import io
import os
import pty
import re
import signal
import smtplib
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from email.message import EmailMessage
from pathlib import Path
from unittest.mock import patch

import pytest

from channel_doubles import free_port
from vado.channels import check
from vado.cli import partner_add, partner_check
from vado.cli.main import main
from vado.web.words import catalog
from vado.wiring.doors import KINDS

ORU = "hl7v2/linuxforhealth/ORU-multiline-short.hl7"


def vado(place: Path, *words: str, code: int = 0, answers: str = "") -> str:
    out = io.StringIO()
    with (
        redirect_stdout(out), redirect_stderr(out), patch.object(sys, "argv", ["vado", "--place", str(place), *words]),
        patch.object(sys, "stdin", io.StringIO(answers)), pytest.raises(SystemExit) as done,
    ):  # fmt: skip
        main()
    assert (done.value.code or 0) == code, out.getvalue()
    return out.getvalue()


@contextmanager
def serving(place: Path) -> Iterator[None]:
    command = [sys.executable, "-c", "from vado.cli.main import main; main()", "--place", str(place), "serve", "--port", "0"]
    server = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "VADO_READ_PROCESSES": "1"}
    )
    try:
        yield
    finally:
        server.send_signal(signal.SIGINT)
        _, told = server.communicate(timeout=30)
        assert b"Traceback" not in told, told.decode()


def until(found: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)


def test_the_first_real_result_comes_in_minutes(tmp_path: Path, corpus: Path) -> None:
    """A laboratory that drops HL7 v2 files into a folder, and mails them; asked in Spanish."""
    begun = time.monotonic()
    place, port, sample = tmp_path / "place", free_port(), corpus / ORU
    vado(place, "init", str(place))
    answers = "Laboratorio Sur\nhl7v2\n1\n\ninbox/lab\n"  # name, what, how by number, time zone as proposed, folder
    told = vado(place, "partner", "add", "lab", "--ask", "--language", "es", answers=answers)
    assert "¿Qué envía?" in told and "¿Qué carpeta?" in told and "Entidad lab añadida" in told
    told = vado(place, "partner", "check", "lab", "--sample", str(sample), "--language", "es")
    assert "datos en el peldaño codificado" in told and "no entendido: OBX-11" in told and "1 personas" in told
    assert "lab: bien" in told
    assert not (place / "data" / "originals").exists(), "the throw-away place was this one"
    vado(place, "partner", "add", "post", "--channel", "smtp", "--set", f"port={port}", "--set", "recipients=post@vado.example")
    (place / "inbox" / "lab").mkdir(parents=True)
    (place / "inbox" / "lab" / "oru.hl7").write_bytes(sample.read_bytes())
    with serving(place):
        until(lambda: (place / "inbox" / "lab" / "done" / "oru.hl7").exists())
        until(lambda: "lab" in vado(place, "status"))
        first = time.monotonic() - begun
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
            "a@lab.example",
            "post@vado.example",
            "r",
            "<1@lab.example>",
        )
        mail.set_content("")
        mail.add_attachment(sample.read_bytes(), maintype="application", subtype="octet-stream", filename="oru.hl7")
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.send_message(mail)
        until(lambda: "hl7v2" in "".join(line for line in vado(place, "status").splitlines() if "post" in line))
        fared = vado(place, "channels")
        assert "folder" in fared and "smtp" in fared and fared.count("well") == 2
    assert "not open" in vado(place, "channels", code=1)
    assert first < 60, f"the first real result took {first:.0f} s"


def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    place = tmp_path / "place"
    vado(place, "init", str(place))
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-c",
        "from vado.cli.main import main; main()",
        "--place",
        str(place),
        "partner",
        "add",
        "lab",
        "--language",
        "es",
    ]
    asking = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    told = ""
    for question, answer in (("llama", "Lab"), ("correos con", "5"), ("a mano", "1"), ("horaria", ""), ("Qué carpeta", "scans")):
        while question not in told:
            told += os.read(ours, 4000).decode("utf-8", "replace")
        os.write(ours, answer.encode() + b"\n")
    assert asking.wait(30) == 0
    os.close(ours)
    made = tomllib.loads((place / "partners" / "lab.toml").read_text())
    assert made["partner"]["name"] == "Lab" and made["channel"] == [{"kind": "folder", "path": "scans"}]


def test_every_channel_by_options_alone_makes_a_profile_that_loads(tmp_path: Path) -> None:
    place = tmp_path / "place"
    vado(place, "init", str(place))
    fingerprint = "host_key=SHA256:" + "A" * 43
    options = {
        "folder": [], "mllp": ["--set", "senders=A,B"], "smtp": ["--set", "networks=10.0.0.0/8,127.0.0.0/8", "--set", "automatic=yes"],
        "imap": ["--set", "host=mail.example", "--set", "user=u", "--set", "every=30"],
        "sftp": ["--set", "host=h", "--set", "user=u", "--set", fingerprint], "store": ["--set", "url=memory://b/p"],
    }  # fmt: skip
    assert set(options) == set(KINDS) == set(partner_add.CHANNELS) - {"none"}
    for kind, more in options.items():
        vado(place, "partner", "add", kind, "--channel", kind, "--name", f'The "{kind}"', "--timezone", "Europe/London", *more)
        made = tomllib.loads((place / "partners" / f"{kind}.toml").read_text())
        assert made["channel"][0]["kind"] == kind and made["partner"]["timezone"] == "Europe/London"
    assert vado(place, "partner", "check").count("good") == len(options)
    smtp = tomllib.loads((place / "partners" / "smtp.toml").read_text())["channel"][0]
    assert smtp["networks"] == ["10.0.0.0/8", "127.0.0.0/8"] and smtp["automatic"] is True and smtp["port"] == 2525


def test_what_makes_no_profile_writes_none(tmp_path: Path) -> None:
    place = tmp_path / "place"
    vado(place, "init", str(place))
    for wrong in (
        ["--channel", "imap"], ["--channel", "folder", "--set", "pth=x"], ["--channel", "mllp", "--set", "port=many"],
        ["--channel", "folder", "--timezone", "Europe/Nowhere"], ["--channel", "smtp", "--set", "host=0.0.0.0"], ["--set", "x"],
    ):  # fmt: skip
        vado(place, "partner", "add", "lab", *wrong, code=2)
        assert not (place / "partners" / "lab.toml").exists(), wrong


def test_a_check_says_what_does_not_work(tmp_path: Path) -> None:
    place = tmp_path / "place"
    vado(place, "init", str(place))
    (place / "secrets").mkdir()
    (place / "secrets" / "lab-imap").write_text("x")
    (place / "secrets" / "lab-imap").chmod(0o600)
    more = ["--set", "host=127.0.0.1", "--set", f"port={free_port()}", "--set", "user=u"]
    vado(place, "partner", "add", "lab", "--channel", "imap", *more)
    assert "CH-001" in vado(place, "partner", "check", "lab", code=2)
    assert "CH-001 No se pudo llegar" in vado(place, "partner", "check", "lab", "--language", "es", code=2)
    assert "good" in vado(place, "partner", "check", "lab", "--no-connect")
    bad = tmp_path / "bad.bin"
    bad.write_bytes(b"\x7fELF" + b"\0" * 100)
    vado(place, "partner", "add", "other", "--channel", "none")
    assert "IN-002" in vado(place, "partner", "check", "other", "--sample", str(bad), code=2)
    (place / "partners" / "lab.toml").write_text('[[channel]]\nkind = "pigeon"\n')
    assert "pigeon" in vado(place, "partner", "check", code=2)


def test_all_that_is_said_of_channels_is_in_spanish() -> None:
    spanish = catalog("es")
    said = set(re.findall(r'found\([^"]*"([A-Z][^"]+)"', Path(check.__file__).read_text()))
    said |= set(re.findall(r'"((?:Port|The certificate)[^"]+)"', Path(check.__file__).read_text()))
    said |= set(re.findall(r'say\(\s*"([^"]+)"', Path(partner_check.__file__).read_text()))
    assert len(said) > 15
    for text in (*said, *partner_add.TEXTS, "well", "failing", "not open", "last success", "taken in", "tried again"):
        told = spanish.get(text)
        assert told is not None and told.string, f"no Spanish for {text!r} in locale/es.po"


def test_a_partner_that_comes_in_by_key_as_well_is_no_fault(tmp_path: Path) -> None:
    place = tmp_path / "place"
    vado(place, "init", str(place))
    vado(place, "partner", "add", "council", "--channel", "folder")
    profile = place / "partners" / "council.toml"
    profile.write_text(profile.read_text() + '\n[[channel]]\nkind = "upload"\nkey = "council.key"\n')
    (place / "council.key").write_text("k" * 40)
    assert "good" in vado(place, "partner", "check", "council")
    inbox = place / tomllib.loads(profile.read_text())["channel"][0]["path"]
    inbox.mkdir(parents=True)
    (inbox / "a.txt").write_text("A letter.")
    with serving(place):
        until(lambda: (inbox / "done" / "a.txt").exists())
    (place / "council.key").write_text("short")
    assert "CO-002" in vado(place, "partner", "check", "council", code=2)
