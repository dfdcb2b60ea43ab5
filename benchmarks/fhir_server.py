"""`python -m benchmarks fhir_server [SIZE ...]`: reads and searches of the FHIR server at 50 clients, over a store of so many resources.

The ceilings are measured in the same run: a bare Starlette answer of the same bytes, and a bare SQLite read by key. Client and server
share the machine. A store is built once a size and kept (VADO_BENCH_STORE).
"""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from tempfile import gettempdir
from typing import Any

from benchmarks.exchange import exchange
from vado.exchange.shelve import versioned
from vado.model.fact import FhirJson
from vado.model.query import VISIBLE, Change
from vado.record.entries import entries
from vado.store.sql.store import SqlStore
from vado.tools.units import canonical

FOLDER = Path(os.environ.get("VADO_BENCH_STORE", Path(gettempdir()) / "vado-bench-store"))
Measured = tuple[float, float, float, float]  # answers a second, ms (p50, p99), ms of the server's processor an answer
CLIENTS, SECONDS, _AT_ONCE = 50, 5.0, 5_000
_EACH = 20  # resources of one patient
_CODES = [f"{n}-{n % 10}" for n in range(1000, 1200)]


def fhir_server(*sizes: str) -> str:
    """Measure each size; give the lines of a table."""
    lines = ["| resources | what | per second | p50 ms | p99 ms | server's processor ms | of bare Starlette | of bare SQLite |"]
    lines.append("|-|-|-|-|-|-|-|-|")
    for size in map(int, sizes or ("20000",)):
        path = _store(size)
        sqlite = _bare_sqlite(path, size)
        lines.append(f"| {size:,} | bare SQLite read by key, one thread | {sqlite:,.0f} | | | | | 1 |")
        bare = _measured(path, "bare", lambda _chance: "/x")
        lines.append(_line(size, "bare Starlette, same bytes", bare, bare[0], sqlite))
        for what, address in _QUESTIONS.items():
            found = _measured(path, "vado", partial(address, size=size))
            lines.append(_line(size, what, found, bare[0], sqlite))
    return "\n".join(lines)


def _patient(chance: Random, size: int) -> int:
    return chance.randrange(size // _EACH)


_QUESTIONS: dict[str, Callable[..., str]] = {
    "read": lambda c, size: f"/fhir/Observation/o{c.randrange(size)}",
    "search: patient and code": lambda c, size: (
        f"/fhir/Observation?patient=p{_patient(c, size)}&code=http://loinc.org|{c.choice(_CODES)}"
    ),
    "search: patient, newest first": lambda c, size: f"/fhir/Observation?patient=p{_patient(c, size)}&_sort=-date&_count=10",
    "search: code and month, of everybody": lambda c, size: (
        f"/fhir/Observation?code={c.choice(_CODES)}&date=20{c.randrange(10, 25)}-0{c.randrange(1, 10)}&_count=10"
    ),
    "search: chain by number": lambda c, size: f"/fhir/Observation?patient.identifier=urn:x|{_patient(c, size)}&_count=10",
}


def _line(size: int, what: str, measured: Measured, bare: float, sqlite: float) -> str:
    rate, p50, p99, cpu = measured
    return f"| {size:,} | {what} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {cpu:.2f} | {rate / bare:.2f} | {rate / sqlite:.3f} |"


# the store


def _resources(n: int, chance: Random) -> tuple[FhirJson, str]:
    patient = f"p{n // _EACH}"
    if n % _EACH == 0:
        name = [{"family": f"Family{chance.randrange(5000)}", "given": [f"Given{chance.randrange(500)}"]}]
        number = [{"system": "urn:x", "value": str(n // _EACH)}]
        return {
            "resourceType": "Patient",
            "id": patient,
            "meta": {},
            "identifier": number,
            "name": name,
            "birthDate": "1960-01-02",
        }, patient
    when = f"20{chance.randrange(10, 25)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    return {
        "resourceType": "Observation", "id": f"o{n}", "meta": {"source": "urn:x-vado:partner:lab"}, "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": chance.choice(_CODES), "display": "Something in serum"}]},
        "subject": {"reference": f"Patient/{patient}"}, "effectiveDateTime": when,
        "valueQuantity": {"value": round(chance.uniform(1, 200), 1), "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"},
    }, patient  # fmt: skip


def _store(size: int) -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"fhir-{size}.sqlite"
    if path.exists():
        return path
    began, chance = time.monotonic(), Random(7)
    building = path.with_suffix(".building")
    building.unlink(missing_ok=True)
    store = SqlStore(f"sqlite:///{building}")
    for start in range(0, size, _AT_ONCE):
        with store.begin() as tx:
            at = tx.fhir.clock(_AT_ONCE, 1_700_000_000_000_000)
            some = []
            for n in range(start, min(size, start + _AT_ONCE)):
                made, patient = _resources(n, chance)
                ref, changed = f"{made['resourceType']}/{made['id']}", at + n - start
                body = versioned(made, 1, changed)
                some.append(Change(ref, patient, 1, changed, VISIBLE, n, body, entries(made, canonical)))
            tx.fhir.put(some)
    store.close()
    building.rename(path)
    print(
        f"{size:,} resources put on the shelf in {time.monotonic() - began:.0f} s, {path.stat().st_size / 1e6:.0f} MB",
        file=sys.stderr,
    )
    return path


def _bare_sqlite(path: Path, size: int) -> float:
    chance, count = Random(1), 20_000
    with sqlite3.connect(path) as db:
        began = time.perf_counter()
        for _ in range(count):
            db.execute("SELECT body FROM resource WHERE ref = ?", (f"Observation/o{chance.randrange(size)}",)).fetchone()
        return count / (time.perf_counter() - began)


# server and clients


def serve(kind: str, path: str) -> None:
    """Serve until stopped; the port is printed."""
    import socket

    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    from vado.model.record import Viewer
    from vado.web.access import Door
    from vado.web.app import build

    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    print(door.getsockname()[1], flush=True)
    if kind == "bare":
        body = versioned(_resources(1, Random(1))[0], 1, 1_700_000_000_000_000)

        async def answer(_: object) -> Response:
            return Response(body, media_type="application/fhir+json")

        app: Any = Starlette(routes=[Route("/x", answer)])
        uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[door])
        return
    with exchange(SqlStore(f"sqlite:///{path}")) as x:
        uvicorn.Server(uvicorn.Config(build(x, door=Door(guest=Viewer("bench"))), log_level="warning", access_log=False)).run(
            sockets=[door]
        )


def _measured(path: Path, kind: str, address: Callable[[Random], str]) -> Measured:
    """Give answers per second, and times in ms (p50, p99), of CLIENTS that ask one after another as fast as they are answered."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fhir_server", kind, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        return asyncio.run(_ask(port, address, server.pid))
    finally:
        server.terminate()
        server.wait()


def _processor(pid: int) -> float:
    """Give the seconds of processor that a process has used; 0 where the system does not say."""
    stat = Path(f"/proc/{pid}/stat")
    return sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK") if stat.exists() else 0.0


async def _ask(port: int, address: Callable[[Random], str], pid: int) -> Measured:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.05)
    times: list[float] = []
    await asyncio.gather(*(_client(port, Random(n), address, time.perf_counter() + 1.0, []) for n in range(CLIENTS)))
    began, used = time.perf_counter(), _processor(pid)
    await asyncio.gather(*(_client(port, Random(100 + n), address, began + SECONDS, times) for n in range(CLIENTS)))
    took = time.perf_counter() - began
    times.sort()
    used = (_processor(pid) - used) / len(times) * 1000
    return len(times) / took, times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000, used


async def _client(port: int, chance: Random, address: Callable[[Random], str], until: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (began := time.perf_counter()) < until:
        writer.write(f"GET {address(chance).replace('|', '%7C')} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(size)
        assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 404")), body[:300]
        times.append(time.perf_counter() - began)
    writer.close()


if __name__ == "__main__":
    serve(*sys.argv[1:3])
