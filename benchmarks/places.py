"""Places with invented people in them, to measure what goes in and out."""

import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import orjson

from vado.cli.init import make_place
from vado.exchange.ports import Settled
from vado.exchange.receive import receive
from vado.model.fact import Evidence, Fact
from vado.model.original import Arrival, Original, PartnerId, State, original_id
from vado.model.reading import Fidelity, Place
from vado.settings.settings import Settings
from vado.store.sql.store import SqlStore
from vado.wiring.build import open_exchange

KEY = "k" * 40
LAB = PartnerId("lab")
_AT = datetime(2026, 1, 2, tzinfo=UTC)
_LAB = """
[partner]
name = "Laboratory"
[[channel]]
name = "in"
kind = "mllp"
port = 0
[[channel]]
name = "api"
kind = "fhir"
key = "lab.key"
"""
_CLINIC = """
[partner]
name = "Clinic"
[[channel]]
name = "out"
way = "out"
kind = "mllp"
host = "127.0.0.1"
port = {port}
[[send]]
form = "hl7v2"
channel = "out"
whose = "everybody"
"""


def place(folder: Path, clinic_port: int = 0) -> Path:
    """Make an empty place of a laboratory, and of a clinic that wishes everybody's record where it listens at a port."""
    shutil.rmtree(folder, ignore_errors=True)
    make_place(folder)
    (folder / "lab.key").write_text(KEY)
    (folder / "partners" / "lab.toml").write_text(_LAB)
    if clinic_port:
        (folder / "partners" / "clinic.toml").write_text(_CLINIC.format(port=clinic_port))
    return folder


def person(n: int) -> dict[str, Any]:
    """Invent one person."""
    chance = Random(n)
    return {
        "resourceType": "Patient", "id": f"p{n}", "gender": chance.choice(("male", "female")),
        "identifier": [{"system": "urn:x:lab", "value": f"N{n}"}],
        "name": [{"family": f"{chance.choice(_SOUNDS)}{chance.choice(_SOUNDS)}{n}", "given": [chance.choice(_SOUNDS) * 2]}],
        "birthDate": f"19{chance.randrange(30, 99)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
    }  # fmt: skip


_SOUNDS = ("Mar", "Vel", "Ros", "Tan", "Lio", "Ber", "Cas", "Dor", "Fen", "Gal", "Hur", "Jun")


def result(n: int, patient: str) -> dict[str, Any]:
    """Invent one result of a laboratory."""
    chance = Random(n)
    return {
        "resourceType": "Observation", "id": f"o{n}", "identifier": [{"system": "urn:x:result", "value": str(n)}], "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin"}]},
        "subject": {"reference": patient}, "effectiveDateTime": f"2025-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        "valueQuantity": {"value": round(chance.uniform(8, 18), 1), "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"},
    }  # fmt: skip


def bundle(people: int, results: int, start: int = 0) -> bytes:
    """Give a Bundle of so many people with so many results each."""
    some: list[dict[str, Any]] = []
    for n in range(start, start + people):
        some.append(person(n))
        some += [result(n * 10_000 + m, f"Patient/p{n}") for m in range(results)]
    entries = [{"fullUrl": f"http://lab.example/{r['resourceType']}/{r['id']}", "resource": r} for r in some]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def transaction(n: int, results: int = 9) -> bytes:
    """Give a transaction: a new person and their results."""
    urn = f"urn:uuid:{uuid.UUID(int=n + (1 << 100))}"
    made = [person(n), *(result(n * 10_000 + m, urn) for m in range(results))]
    entries = [
        {"fullUrl": urn if r["resourceType"] == "Patient" else f"urn:uuid:{uuid.UUID(int=n * 100 + m + (2 << 100))}",
         "resource": {k: v for k, v in r.items() if k != "id"}, "request": {"method": "POST", "url": r["resourceType"]}}
        for m, r in enumerate(made)
    ]  # fmt: skip
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def admission(n: int) -> bytes:
    """Give an ADT^A01 of some 600 bytes as it travels by MLLP."""
    p = person(n)
    name, born = p["name"][0], p["birthDate"].replace("-", "")
    segments = (
        f"MSH|^~\\&|HIS|LAB|VADO|REGION|20260304050607||ADT^A01^ADT_A01|M{n}|P|2.5.1|||||ESP|UNICODE UTF-8",
        f"EVN|A01|20260304050607|||OP{n % 40}",
        f"PID|1||N{n}^^^LAB^MR||{name['family']}^{name['given'][0]}||{born}|{p['gender'][0].upper()}|||{n} Invented Street^^Madrid^^28013^ESP||600{n:06}",
        f"NK1|1|{name['family']}^Ana|SPO^Spouse^HL70063||601{n:06}",
        f"PV1|1|I|W{n % 9}^{n % 30}^1^LAB||||1234^Sanz^Eva^^^Dr|||MED||||1|||1234^Sanz^Eva^^^Dr|INP|V{n}|||||||||||||||||||||||||20260304050000",
        "DG1|1||J18.9^Pneumonia, unspecified organism^I10|||A",
        "AL1|1|DA|7980^Penicillin^RxNorm|MO|Rash",
    )
    return b"\x0b" + "\r".join(segments).encode() + b"\r\x1c\r"


def fill(folder: Path, people: int, results: int) -> str:
    """Receive people with results as the laboratory's bulk file; give the id of the first patient."""
    with open_exchange(Settings.load(folder, {})) as x:
        rows = list(receive(x, [Arrival(LAB, "folder", bundle(people, results), "all.json")]))
        with x.store.begin() as tx:
            return next(f.id for r in rows for f in tx.facts_from(LAB, r.original.id) if f.kind == "Patient")


def told(folder: Path, count: int) -> None:
    """Put so many facts into the store as they stand there when they were told once and with certainty; not searchable."""
    store = SqlStore(Settings.load(folder, {}).database_url)
    for start in range(0, count, 5_000):
        original = Original(original_id(str(start).encode()), LAB, "bench", "application/fhir+json", _AT, None, 1, "")
        evidence = Evidence(LAB, original.id, (Place(original.id, "Bundle"),), "fhir/1", "bench", Fidelity.CODED, 1.0, _AT)
        facts = tuple(
            Fact({**result(n, f"Patient/b{n // 20}"), "id": f"b{n}"}, evidence, f"b{n // 20}")
            for n in range(start, min(count, start + 5_000))
        )
        with store.begin() as tx:
            tx.keep_original(original)
            tx.settle(Settled(original, State.READ, None, facts))
    store.close()
