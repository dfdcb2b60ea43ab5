"""`kill -9` of the serving process while four senders send mail: what was answered with 250 is there, once."""

import os
import random
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from vado.store.sql.store import SqlStore

SENDERS, EACH, KILLS = 4, 25, 3
_PROFILE = """
[partner]
name = "Sender {n}"
[[channel]]
kind = "smtp"
port = {port}
recipients = ["in{n}@vado.example"]
"""


def mail(sender: int, number: int) -> bytes:
    lines = (
        f"From: s{sender}@x.example", f"To: in{sender}@vado.example", f"Message-ID: <{sender}-{number}@x.example>",
        "MIME-Version: 1.0", f"Subject: Result {number}", "", "Hemoglobin 12.1 g/dl", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


class Sender(threading.Thread):
    """Sends its mails; what is not answered with 250 is sent again, as mail servers do."""

    def __init__(self, n: int, port: int) -> None:
        super().__init__(daemon=True)
        self.n, self.port = n, port
        self.acknowledged: list[bytes] = []

    def run(self) -> None:
        for number in range(EACH):
            while not self._told(mail(self.n, number)):
                time.sleep(0.05)

    def _told(self, content: bytes) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=5) as client:
                client.sendmail("s@x.example", [f"in{self.n}@vado.example"], content)
        except smtplib.SMTPServerDisconnected as fault:
            if "QUIT" not in str(fault):
                return False
        except (OSError, smtplib.SMTPException):
            return False
        self.acknowledged.append(content)
        return True


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def start(place: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", "from vado.cli.main import main; main()", "--place", str(place), "serve", "--port", "0"]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "VADO_READ_PROCESSES": "1"}
    )


def test_no_mail_that_was_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    place, port = tmp_path / "place", free_port()
    (place / "partners").mkdir(parents=True)
    (place / "vado.toml").write_text("")
    for n in range(SENDERS):
        (place / "partners" / f"sender{n}.toml").write_text(_PROFILE.format(n=n, port=port))
    senders = [Sender(n, port) for n in range(SENDERS)]
    chance, server = random.Random(3), start(place)
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        before, until = sum(len(s.acknowledged) for s in senders), time.monotonic() + 30
        while sum(len(s.acknowledged) for s in senders) < min(before + 10, SENDERS * EACH) and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(chance.random() / 10)
        server.send_signal(signal.SIGKILL)
        server.wait()
        server = start(place)
    for sender in senders:
        sender.join(60)
    assert [len(s.acknowledged) for s in senders] == [EACH] * SENDERS
    store = SqlStore(f"sqlite:///{place}/data/vado.sqlite")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with store.begin() as tx:
            rows = tx.rows(limit=1000)
        if len(rows) >= SENDERS * EACH and all(r.state.value != "kept" for r in rows):
            break
        time.sleep(0.1)
    server.send_signal(signal.SIGKILL)
    server.wait()
    store.close()
    kept = [(place / "data/originals" / (i := r.original.id)[:2] / i[2:4] / i).read_bytes() for r in rows]
    assert sorted(kept) == sorted(c for s in senders for c in s.acknowledged), "something was lost, or doubled"
