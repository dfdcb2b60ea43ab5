"""A store of so many resources to read and to search in, and what is asked of it. Built once a size, and kept (VADO_BENCH_STORE)."""

import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from tempfile import gettempdir

from vado.exchange.shelve import versioned
from vado.model.fact import FhirJson
from vado.model.query import VISIBLE, Change
from vado.record.entries import entries
from vado.store.sql.store import HEAD, SqlStore
from vado.tools.units import canonical

FOLDER = Path(os.environ.get("VADO_BENCH_STORE", Path(gettempdir()) / "vado-bench-store"))
_AT_ONCE = 5_000
_EACH = 20  # resources of one patient
_CODES = [f"{n}-{n % 10}" for n in range(1000, 1200)]


def _patient(chance: Random, size: int) -> int:
    return chance.randrange(size // _EACH)


QUESTIONS: dict[str, Callable[..., str]] = {
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


def _changes(size: int, start: int) -> list[Change]:
    """Give resources as they are put on the shelf: as many as go into one transaction."""
    chance, some = Random(start), list[Change]()
    for n in range(start, min(size, start + _AT_ONCE)):
        made, patient = _resources(n, chance)
        changed = 1_700_000_000_000_000 + n
        ref, body = f"{made['resourceType']}/{made['id']}", versioned(made, 1, changed)
        some.append(Change(ref, patient, 1, changed, VISIBLE, n, body, entries(made, canonical)))
    return some


def built(size: int) -> Path:
    """Give the store of this size; build it when there is none."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"fhir-{HEAD}-{size}.sqlite"  # built anew where tables have changed
    if path.exists():
        return path
    began = time.monotonic()
    building = path.with_suffix(".building")
    for old in FOLDER.glob(f"{building.name}*"):
        old.unlink()
    store = SqlStore(f"sqlite:///{building}")
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for start, some in zip(
            range(0, size, _AT_ONCE), pool.map(partial(_changes, size), range(0, size, _AT_ONCE)), strict=True
        ):
            with store.begin() as tx:
                tx.fhir.put(some)
            if start and start % 100_000 == 0:
                print(f"{start:,} resources on the shelf after {time.monotonic() - began:.0f} s", flush=True)
    store.close()
    building.rename(path)
    print(
        f"{size:,} resources put on the shelf in {time.monotonic() - began:.0f} s, {path.stat().st_size / 1e6:.0f} MB", flush=True
    )
    return path


def bare_sqlite(path: Path, size: int) -> float:
    """Give how many resources one thread reads by key in a second, with nothing around SQLite."""
    chance, count = Random(1), 20_000
    with sqlite3.connect(path) as db:
        began = time.perf_counter()
        for _ in range(count):
            db.execute("SELECT body FROM resource WHERE ref = ?", (f"Observation/o{chance.randrange(size)}",)).fetchone()
        return count / (time.perf_counter() - began)
