"""`kill -9` of the serving process, again and again, while four partners drop files: each file is there, once, and none is left behind."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from vado.channels.health import read_health
from vado.store.sql.store import SqlStore

PARTNERS, EACH, KILLS = 4, 30, 3
_PROFILE = """
[partner]
name = "Partner {n}"
[[channel]]
kind = "folder"
path = "inbox/p{n}"
every = 0.05
steady = 0.1
"""


def message(partner: int, number: int) -> bytes:
    return (
        f"MSH|^~\\&|HIS|P{partner}|VADO|REGION|20260304||ADT^A08^ADT_A01|{partner}-{number}|P|2.5\r"
        f"PID|1||{partner}-{number}^^^H||Step^Ana||19700203|F\r"
    ).encode()


def drop(inbox: Path, partner: int) -> None:
    inbox.mkdir(parents=True)
    for number in range(EACH):
        with (inbox / f"{number}.hl7").open("wb") as file:  # written in two halves, under its own name
            content = message(partner, number)
            file.write(content[:60])
            file.flush()
            time.sleep(0.02)
            file.write(content[60:])


def start(place: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", "from vado.cli.main import main; main()", "--place", str(place), "serve", "--port", "0"]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "VADO_READ_PROCESSES": "1"}
    )


def done(place: Path) -> int:
    return sum(len(list((place / f"inbox/p{n}/done").glob("*"))) for n in range(PARTNERS))


def test_no_dropped_file_is_lost_or_doubled(tmp_path: Path) -> None:
    place = tmp_path / "place"
    (place / "partners").mkdir(parents=True)
    (place / "vado.toml").write_text("")
    for n in range(PARTNERS):
        (place / "partners" / f"p{n}.toml").write_text(_PROFILE.format(n=n))
    droppers = [threading.Thread(target=drop, args=(place / f"inbox/p{n}", n)) for n in range(PARTNERS)]
    chance, server = random.Random(5), start(place)
    for dropper in droppers:
        dropper.start()
    for _ in range(KILLS):
        before, until = done(place), time.monotonic() + 30
        while done(place) < min(before + 10, PARTNERS * EACH) and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(chance.random() / 5)
        server.send_signal(signal.SIGKILL)
        server.wait()
        server = start(place)
    store = SqlStore(f"sqlite:///{place}/data/vado.sqlite")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with store.begin() as tx:
            rows = tx.rows(limit=1000)
        if len(rows) >= PARTNERS * EACH and done(place) >= PARTNERS * EACH and all(r.state.value != "kept" for r in rows):
            break
        time.sleep(0.1)
    server.send_signal(signal.SIGINT)
    assert server.wait(30) in (0, 130), "Ctrl-C did not end it as the command says"
    assert [(h.open, h.in_a_row) for h in read_health(place / "data")] == [(False, 0)] * PARTNERS
    wanted = {(f"p{p}", message(p, n)) for p in range(PARTNERS) for n in range(EACH)}
    kept = [(r.original.partner, (place / "data/originals" / (i := r.original.id)[:2] / i[2:4] / i).read_bytes()) for r in rows]
    assert sorted(kept) == sorted(wanted), "something was lost, doubled, or taken half-written"
    assert done(place) == PARTNERS * EACH
    assert {r.state.value for r in rows} <= {"read", "waiting"}  # many of one name: some are asked about
    with store.begin() as tx:
        patients = [f for r in rows for f in tx.facts_from(r.original.partner, r.original.id) if f.kind == "Patient"]
    assert len(patients) == PARTNERS * EACH
    store.close()
