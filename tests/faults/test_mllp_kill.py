"""`kill -9` of the serving process, again and again, while four senders send: what was acknowledged is there, once, in order."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from vado.store.sql.store import SqlStore

SENDERS, EACH, KILLS = 4, 40, 5
_PROFILE = """
[partner]
name = "Sender {n}"
[[channel]]
kind = "mllp"
port = {port}
senders = ["SENDER{n}"]
"""


def message(sender: int, number: int) -> bytes:
    return (
        f"MSH|^~\\&|HIS|SENDER{sender}|VADO|REGION|20260304||ADT^A08^ADT_A01|{sender}-{number}|P|2.5\r"
        f"PID|1||{sender}^^^H||Step{number}^Ana||19700203|F\r"
    ).encode()


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


class Sender(threading.Thread):
    """Sends its messages in order; what is not acknowledged is sent again, as senders do."""

    def __init__(self, n: int, port: int) -> None:
        super().__init__(daemon=True)
        self.n, self.port = n, port
        self.acknowledged: list[bytes] = []

    def run(self) -> None:
        for number in range(EACH):
            while not self._told(message(self.n, number)):
                time.sleep(0.05)

    def _told(self, content: bytes) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as talk:
                talk.sendall(b"\x0b" + content + b"\x1c\r")
                back = talk.recv(4000)
        except OSError:
            return False
        if b"MSA|AA|" in back:
            self.acknowledged.append(content)
            return True
        return False


def start(place: Path) -> "subprocess.Popen[bytes]":
    return start_at(place, 0)


def start_at(place: Path, port: int) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable,
        "-c",
        "from vado.cli.main import main; main()",
        "--place",
        str(place),
        "serve",
        "--port",
        str(port),
    ]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "VADO_READ_PROCESSES": "1"}
    )


def test_nothing_acknowledged_over_mllp_is_lost_or_doubled(tmp_path: Path) -> None:
    place, port = tmp_path / "place", free_port()
    (place / "partners").mkdir(parents=True)
    (place / "vado.toml").write_text("")
    for n in range(SENDERS):
        (place / "partners" / f"sender{n}.toml").write_text(_PROFILE.format(n=n, port=port))
    senders = [Sender(n, port) for n in range(SENDERS)]
    chance, server = random.Random(7), start(place)
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        before = sum(len(s.acknowledged) for s in senders)
        until = time.monotonic() + 30
        while sum(len(s.acknowledged) for s in senders) < min(before + 10, SENDERS * EACH) and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(chance.random() / 5)
        server.send_signal(signal.SIGKILL)
        server.wait()
        server = start(place)
    for sender in senders:
        sender.join(60)
    assert [len(s.acknowledged) for s in senders] == [EACH] * SENDERS
    store = SqlStore(f"sqlite:///{place}/data/vado.sqlite")
    until = time.monotonic() + 60
    while True:
        with store.begin() as tx:
            rows = tx.rows(limit=1000)
        if len(rows) >= SENDERS * EACH and all(r.state.value != "kept" for r in rows) or time.monotonic() > until:
            break
        time.sleep(0.1)
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert len(rows) == SENDERS * EACH, "something was lost, or doubled"
    assert {r.state.value for r in rows} == {"read"}
    for n in range(SENDERS):
        with store.begin() as tx:
            mine = tx.rows(partner=f"sender{n}", limit=1000)
            newest = tx.facts_named(f.id for r in mine for f in tx.facts_from(r.original.partner, r.original.id))
        assert [f.resource["name"][0]["family"] for f in newest if f.kind == "Patient"] == [f"Step{EACH - 1}"], "order was lost"
    store.close()
