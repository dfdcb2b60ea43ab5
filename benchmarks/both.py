"""`python -m benchmarks both [RESOURCES] [SECONDS]`: the exchange both ways, each figure beside its raw ceiling of the same run.

Writes docs/explanation/exchange-speed.md. Servers are processes of their own, as `vado serve` runs them; the load clients share the
machine with them, and it is said how much of it they took. Prints as it goes.
"""

import http.client
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import orjson

from benchmarks import places, shelf
from benchmarks.load import MLLP, Load, connect, get, load, memory, post, run
from benchmarks.served import Served, served

PAGE = Path("docs/explanation/exchange-speed.md")
_CLIENTS = 50
_PACE, _SEARCHES = 2_000, 200  # questions a second at which the time of one answer is taken
_EXPORTED = 200_000  # resources at most


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page."""

    what: str
    wanted: str
    measured: str
    ceiling: str = ""
    ratio: float | None = None

    def __str__(self) -> str:
        ratio = "" if self.ratio is None else f"{self.ratio:.2g}"
        return f"| {self.what} | {self.wanted} | {self.measured} | {self.ceiling} | {ratio} |"


def both(resources: str = "1000000", seconds: str = "5") -> str:
    """Measure all of it; write the page and give it."""
    began, rows, long = time.monotonic(), list[Row](), float(seconds)
    shelf.FOLDER.mkdir(parents=True, exist_ok=True)
    busy = os.getloadavg()[0]
    for part in (_mllp_in, partial(_reads, int(resources)), partial(_given_away, int(resources)), _deliveries):
        for row in part(long):
            print(f"{time.monotonic() - began:4.0f} s {row}", flush=True)
            rows.append(row)
    page = (
        _HEAD.format(size=int(resources), clients=_CLIENTS, seconds=long, cores=os.cpu_count(), busy=busy)
        + "\n".join(map(str, rows))
        + "\n"
    )
    PAGE.write_text(page)
    return page


def _said(found: Load) -> str:
    cpu = f", server's processor {found.cpu:.2f} ms each" if found.cpu else ""
    return f"{found.rate:,.0f}/s, p50 {found.p50:.1f} ms, p99 {found.p99:.1f} ms{cpu}; clients took {found.share:.0%} of a core"


# in


def _syncs(seconds: float) -> float:
    """Give how often a second 1 kB is appended to a file and made sure, one after the other."""
    path, done = shelf.FOLDER / "sync", 0
    with path.open("wb", buffering=0) as file:
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            file.write(b"x" * 1_000)
            os.fsync(file.fileno())
            done += 1
    path.unlink()
    return done / seconds


def _mllp_in(seconds: float) -> Iterator[Row]:
    syncs = _syncs(min(2.0, seconds))
    yield Row("ceiling: 1 kB appended and synced to this disk, one after the other", "", f"{syncs:,.0f}/s")

    def asking(start: int = 1) -> Callable[[Random], bytes]:
        numbers = count(start)
        return lambda _: places.admission(next(numbers))

    with served("bare_mllp", shelf.FOLDER) as bare:
        most = run(load(bare.port, asking(), clients=8, seconds=min(2.0, seconds), way=MLLP))
    yield Row("ceiling: a listener that keeps nothing, 8 connections", "", _said(most))
    folder = places.place(shelf.FOLDER / "in")
    with served("place", folder) as server:
        found = run(load(server.mllp, asking(), clients=8, seconds=2 * seconds, pid=server.pid, way=MLLP))
        yield Row("MLLP in, acknowledged after the durable commit, 8 connections, flat out", ">= 500/s, p99 < 50 ms", _said(found),
                  "syncs one after the other", found.rate / syncs)  # fmt: skip
        paced = run(load(server.mllp, asking(10_000_000), clients=8, seconds=seconds, pid=server.pid, way=MLLP, pace=500))
        yield Row("the same, 500 a second, while what came before is read", ">= 500/s, p99 < 50 ms", _said(paced))
        with sqlite3.connect(folder / "data" / "vado.sqlite") as db:
            read = db.execute("SELECT count(*) FROM original WHERE state = 'read'").fetchone()[0]
        yield Row(
            "of these, read and in the record by the end of it",
            "",
            f"{read:,} of {(found.rate * 2 + paced.rate) * seconds:,.0f} ({memory(server.pid):.0f} MB)",
        )


# read and search


def _bare(body: bytes, seconds: float, clients: int = _CLIENTS, pace: float = 0) -> Load:
    path = shelf.FOLDER / "answer.json"
    path.write_bytes(body)
    with served("bare", path) as server:
        return run(load(server.port, get(lambda _: "/x"), clients=clients, seconds=seconds, pid=server.pid, pace=pace))


def _reads(size: int, seconds: float) -> Iterator[Row]:
    path = shelf.built(size)
    sqlite = shelf.bare_sqlite(path, size)
    yield Row(f"ceiling: bare SQLite read by key of {size:,}, one thread", "", f"{sqlite:,.0f}/s")
    with sqlite3.connect(path) as db:
        body = db.execute("SELECT body FROM resource WHERE ref = 'Observation/o1'").fetchone()[0]
    bare = _bare(bytes(body), seconds)
    yield Row(f"ceiling: bare Starlette under uvicorn, the same bytes, {_CLIENTS} clients, flat out", "", _said(bare))
    paced = _bare(bytes(body), seconds, pace=_PACE)
    yield Row(f"ceiling: the same, {_PACE:,} a second", "", _said(paced))
    with served("shelf", path) as server:
        ask = partial(_asked, server, size, seconds)
        found = ask("read")
        yield Row("FHIR read, flat out", ">= 2,000/s", _said(found), "bare Starlette", found.rate / bare.rate)
        yield Row("", "", "", "bare SQLite read", found.rate / sqlite)
        found = ask("read", pace=_PACE)
        yield Row(f"FHIR read, {_PACE:,} a second", "p99 < 10 ms", _said(found), "p99 of bare Starlette", found.p99 / paced.p99)
        for what in (q for q in shelf.QUESTIONS if q != "read"):
            found = ask(what)
            yield Row(f"{what}, flat out", "", _said(found), "bare Starlette", found.rate / bare.rate)
            found = ask(what, pace=_SEARCHES)
            yield Row(f"{what}, {_SEARCHES} a second", "p99 < 50 ms", _said(found))
        held = memory(server.pid)
        yield Row("memory of the serving process after all of this, the most", "< 300 MB", f"{held:.0f} MB")


def _asked(server: Served, size: int, seconds: float, what: str, pace: float = 0) -> Load:
    ask = get(partial(shelf.QUESTIONS[what], size=size))
    return run(load(server.port, ask, clients=_CLIENTS, seconds=seconds, pid=server.pid, pace=pace))


# given away whole, and written


def _given_away(size: int, seconds: float) -> Iterator[Row]:
    folder = places.place(shelf.FOLDER / "place")
    many = min(size, _EXPORTED)
    places.told(folder, many)
    patient = places.fill(folder, 1, 999)
    with served("place", folder) as server:
        yield from _everything(server, patient, seconds)
        yield from _export(server, folder, many)
        yield from _written(server, patient, seconds)
        yield Row("memory of the serving process after all of this, the most", "< 300 MB", f"{memory(server.pid):.0f} MB")


def _everything(server: Served, patient: str, seconds: float) -> Iterator[Row]:
    for what, more in (("with the Provenance of each", ""), ("without Provenance", "&_type=Patient,Observation")):
        address = f"/fhir/Patient/{patient}/$everything?_count=2000{more}"
        body = _once(server, "GET", address)[1]
        bare = _bare(body, min(2.0, seconds), clients=1)
        found = run(load(server.port, get(lambda _, a=address: a), clients=1, seconds=seconds, pid=server.pid))
        yield Row(f"$everything of 1,000 resources {what} ({len(body) / 1e6:.1f} MB), one client", "< 150 ms", _said(found),
                  f"bare Starlette, the same bytes: {bare.p50:.1f} ms", found.p50 / bare.p50)  # fmt: skip


def _export(server: Served, folder: Path, many: int) -> Iterator[Row]:
    began = time.perf_counter()
    with sqlite3.connect(folder / "data" / "vado.sqlite") as db, (shelf.FOLDER / "bare.ndjson").open("wb") as file:
        lines = 0
        for (line,) in db.execute("SELECT resource FROM fact WHERE kind = 'Observation' ORDER BY id"):
            file.write(line.encode() + b"\n")
            lines += 1
        file.flush()
        os.fsync(file.fileno())
    bare = lines / (time.perf_counter() - began)
    began = time.perf_counter()
    status, _, headers = _once(server, "GET", "/fhir/$export")
    assert status == 202, status
    at = "/fhir/" + headers["content-location"].partition("/fhir/")[2]
    while (answer := _once(server, "GET", at))[0] == 202:
        time.sleep(0.02)
    given = sum(f["count"] for f in orjson.loads(answer[1])["output"])
    rate = given / (time.perf_counter() - began)
    yield Row(f"$export of {given:,} resources, from kick-off to manifest", ">= 20,000/s", f"{rate:,.0f}/s",
              f"SQLite read and file written in one go: {bare:,.0f}/s", rate / bare)  # fmt: skip


def _commits(seconds: float) -> float:
    """Give how many rows of 1 kB SQLite takes a second, each durable before the next."""
    path = shelf.FOLDER / "commits.sqlite"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path, isolation_level=None) as db:
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE one (body)")
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            db.execute("INSERT INTO one VALUES (?)", (b"x" * 1_000,))
            done += 1
    return done / seconds


def _written(server: Served, patient: str, seconds: float) -> Iterator[Row]:
    commits = _commits(min(2.0, seconds))
    yield Row("ceiling: bare SQLite, rows of 1 kB durable one after the other", "", f"{commits:,.0f}/s")
    numbers = count(50_000_000)
    one = post("/fhir/Observation", lambda _: orjson.dumps(_posted(next(numbers), patient)), places.KEY)
    found = run(load(server.port, one, clients=8, seconds=seconds, pid=server.pid))
    yield Row("create (POST of an Observation), 8 clients", "", _said(found), "bare SQLite commits", found.rate / commits)
    people = count(100_000)
    ten = post("/fhir", lambda _: places.transaction(next(people)), places.KEY)
    found = run(load(server.port, ten, clients=8, seconds=seconds, pid=server.pid))
    yield Row(
        "transaction of 10 resources (a new person, 9 results), 8 clients",
        "",
        _said(found),
        "bare SQLite commits",
        found.rate / commits,
    )


def _posted(n: int, patient: str) -> dict[str, Any]:
    return {k: v for k, v in places.result(n, f"Patient/{patient}").items() if k != "id"}


def _once(server: Served, method: str, address: str) -> tuple[int, bytes, dict[str, str]]:
    run(connect(server.port)).close()  # it is there now
    talk = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    talk.request(method, address, headers={"prefer": "respond-async"})
    answer = talk.getresponse()
    body = answer.read()
    talk.close()
    return answer.status, body, {k.lower(): v for k, v in answer.getheaders()}


# out


def _deliveries(seconds: float) -> Iterator[Row]:
    with served("bare_mllp", shelf.FOLDER) as receiver:
        numbers = count(1)
        bare = run(load(receiver.port, lambda _: places.admission(next(numbers)), clients=1, seconds=min(2.0, seconds), way=MLLP))
        folder = places.place(shelf.FOLDER / "out", receiver.port)
        places.fill(folder, 40 * round(seconds), 3)
        with served("place", folder) as server, sqlite3.connect(folder / "data" / "vado.sqlite") as db:
            began, first, sent, some, until = time.perf_counter(), 0.0, 0, 0, time.monotonic() + 6 * seconds + 10
            while time.monotonic() < until:
                time.sleep(0.1)
                some, waiting = db.execute("SELECT sum(state = 'sent'), sum(state = 'waiting') FROM delivery").fetchone()
                if some and not first:
                    first, began, sent = time.perf_counter(), time.perf_counter(), some
                if some and not waiting and not db.execute("SELECT count(*) FROM change").fetchone()[0]:
                    break
            rate = ((some or 0) - sent) / (time.perf_counter() - began)
            yield Row(f"delivered over MLLP to one partner: {some or 0} messages, from record to the receiver's word on disk", "", f"{rate:,.0f}/s",
                      f"the same receiver, one connection, nothing kept: {bare.rate:,.0f}/s", rate / bare.rate)  # fmt: skip
            yield Row("memory of the serving process", "< 300 MB", f"{memory(server.pid):.0f} MB")


_HEAD = """# How fast the exchange is, both ways

`python -m benchmarks both` writes this page: {size:,} resources, {seconds:.0f} s a measure, {cores} cores that server and clients share, SQLite; load of
the machine when it began: {busy:.1f}. Every figure stands beside
a raw ceiling of the same run. *Flat out*: each client asks again as soon as it is answered, so times are mostly waiting in line. *So many a second*: questions
leave when they are due, whether or not the last was answered, and time counts from then. Every read leaves its audit event on disk before it is answered.

| what | wanted | measured | ceiling | ratio |
|-|-|-|-|-:|
"""
