"""`python -m benchmarks arrival [URL SIZE ...]`: one arrival matched against an invented registry that stands in the store.

Timed is what happens between a normalised patient and the grades: keys, search, reading, comparing, deciding. Beside the wall's clock stands
the processor's time of this process, for the machine may have other work. A registry is built once a size and kept (VADO_BENCH_STORE).
"""

import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import orjson

from benchmarks.registry import Human, Town, registry
from vado.linkage.block import keys
from vado.linkage.decide import SURE, match
from vado.linkage.model import Model
from vado.model.codec import to_plain
from vado.model.person import MatchGrade
from vado.store.sql.blocks import hashed, packed
from vado.store.sql.dialect import open_engine
from vado.store.sql.store import SqlStore

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
    """Give some of its people, from all over it."""
    _, town, people = people_of(size)
    step = max(1, size // _SAMPLE)
    return town, [h for h in people if h.id % step == 0]


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
        cursor.execute("ANALYZE")
        raw.commit()
    raw.close()
    engine.dispose()
    return time.perf_counter() - began


def measure(url: str, arrived: list[Any], model: Model | None = None, enough: int = 250) -> Measured:
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
