"""What a crowd under one name costs: `python -m benchmarks crowd [SIZE]` writes docs/explanation/crowd-measured.md."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import orjson

from benchmarks.exchange import exchange
from benchmarks.registry import Town, registry
from vado.exchange import receive as story
from vado.model.original import Arrival, PartnerId
from vado.store.sql.store import SqlStore

_PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "crowd-measured.md"
_AT_ONCE = 500  # patients of one file
Patient = Callable[[int], dict[str, Any]]


def crowd(size: str = "10000") -> str:
    """Receive each crowd into a place of its own, and write the page."""
    rows = [_HEAD.format(size=int(size))]
    people = list(registry(Random(3), Town(Random(3)), int(size)))
    crowds: tuple[tuple[str, Patient], ...] = (
        ("ordinary people", lambda n: _ordinary(people[n].d)),
        ('"Baby Girl", one birth date, a number each', lambda n: _baby(n, str(n))),
        ('"Baby Girl", one birth date, no number', lambda n: _baby(n, "")),
        ("one number for everybody", lambda n: {**_ordinary(people[n].d), "identifier": [{"system": "urn:oid:1.2.3", "value": "0000001"}]}),
        ("nothing said of anybody", lambda n: {}),
    )  # fmt: skip
    for name, patient in crowds:
        rows.append(_received(name, patient, int(size)))
        print(rows[-1], flush=True)
    text = "\n".join(rows) + "\n"
    _PAGE.write_text(text, "utf-8")
    return text


def _ordinary(d: Any) -> dict[str, Any]:
    return {
        "name": [{"family": " ".join(d.family).title(), "given": [g.title() for g in d.given]}],
        **({"birthDate": d.birth_date} if d.birth_date else {}),
        **({"gender": d.gender} if d.gender else {}),
        "identifier": [{"system": i.system, "value": i.value} for i in d.identifiers],
        "telecom": [{"system": "phone", "value": p} for p in d.phones],
        "address": [{"line": [" ".join(d.address)], "city": d.city, "postalCode": "".join(d.postal_codes)}] if d.city else [],
    }  # fmt: skip


def _baby(n: int, number: str) -> dict[str, Any]:
    said = {"name": [{"family": "Girl", "given": ["Baby"]}], "birthDate": "2026-01-01", "gender": "female"}
    return said | ({"identifier": [{"system": "urn:oid:1.2.4", "value": number}]} if number else {})


def _received(name: str, patient: Patient, size: int) -> str:
    took, each = 0.0, list[float]()  # seconds; ms a patient, of each file
    with tempfile.TemporaryDirectory() as folder, exchange(SqlStore(f"sqlite:///{folder}/vado.sqlite")) as x:
        for at in range(0, size, _AT_ONCE):
            some = range(at, min(at + _AT_ONCE, size))
            content = _bundle(some, patient)
            began = time.perf_counter()
            list(story.receive(x, [Arrival(PartnerId("maternity"), "bench", content)]))
            took += (seconds := time.perf_counter() - began)
            each.append(seconds / len(some) * 1e3)
        with x.store.begin() as tx:
            persons, joined, doubts = len(tx.persons()), len(tx.joined(limit=size)), len(tx.doubts(limit=10 * size))
            issues = sorted({i.code for row in tx.rows(limit=size) for i in row.issues})
    fifth = max(1, len(each) // 5)
    return (
        f"| {name} | {took:.0f} | {statistics.mean(each[:fifth]):.1f} | {statistics.mean(each[-fifth:]):.1f} | {persons:,} | {joined:,} |"
        f" {doubts:,} | {', '.join(issues)} |"
    )


def _bundle(some: range, patient: Patient) -> bytes:
    entries = [
        {"resource": {"resourceType": "Patient", "id": f"n{n}", **{k: v for k, v in patient(n).items() if v}}} for n in some
    ]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


_HEAD = """# Crowds under one name, measured

`python -m benchmarks crowd {size}` writes this page: {size:,} patients of one partner are received as FHIR bundles of 500, from bytes to links, into an empty SQLite place, on a machine that
other work shared. What must not happen: that the last cost much more than the first (everybody compared with everybody), that they become one person, or that a
person is asked about each pair. The codes are told in reference/errors.md. The one person of two patients among ordinary people are two invented sisters of one name, born a day
apart at one address: nobody could tell them from one with a slip.

| crowd | seconds | ms each, first fifth | ms each, last fifth | persons | of several patients | doubts | issues |
|-|-:|-:|-:|-:|-:|-:|-|"""
