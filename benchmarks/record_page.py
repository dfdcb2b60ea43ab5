"""How soon a person's record stands on the screen. `python -m benchmarks record-page` writes docs/explanation/record-page-speed.md."""

import shutil
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import orjson

from benchmarks.exchange import exchange
from benchmarks.served import served
from vado.exchange.receive import receive
from vado.model.original import Arrival, PartnerId
from vado.store.sql.store import SqlStore

_PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "record-page-speed.md"
_FACTS, _TIMES, _WANTED = 5_000, 15, 500
_PARTNERS = ("hospital", "practice", "laboratory", "pharmacy", "council")
_TESTS = (
    ("718-7", "Hemoglobin", "g/dL", 13.5, 1.2, (12, 16)), ("4548-4", "HbA1c", "%", 6.4, 0.6, (4, 6)),
    ("2160-0", "Creatinine", "mg/dL", 1.0, 0.2, (0.6, 1.2)), ("2823-3", "Potassium", "mmol/L", 4.2, 0.4, (3.5, 5.1)),
    ("2951-2", "Sodium", "mmol/L", 140, 3, (135, 145)), ("2345-7", "Glucose", "mg/dL", 118, 25, (70, 110)),
    ("2093-3", "Cholesterol", "mg/dL", 205, 25, (0, 200)), ("1742-6", "ALT", "U/L", 31, 12, (7, 56)),
    ("1920-8", "AST", "U/L", 28, 9, (10, 40)), ("3016-3", "TSH", "mIU/L", 2.6, 0.9, (0.4, 4)),
    ("6690-2", "Leukocytes", "10*3/uL", 7.1, 1.6, (4, 11)), ("777-3", "Platelets", "10*3/uL", 240, 40, (150, 400)),
)  # fmt: skip
_MEDICINES = (
    "Enalapril 20 mg",
    "Metformin 850 mg",
    "Simvastatin 20 mg",
    "Omeprazole 20 mg",
    "Salbutamol 100 mcg",
    "Sertraline 50 mg",
)
_PROBLEMS = ("Hypertension", "Type 2 diabetes", "Asthma", "Low mood", "Osteoarthritis of knee", "Hypercholesterolaemia")


def record_page() -> str:
    """Measure with a record of that many facts, write the page, and give it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vado.sqlite"
        person, facts = made(path)
        with served("shelf", path) as server:
            base = f"http://127.0.0.1:{server.port}/person/{person}"
            rows = [_row(name, base + query) for name, query in VIEWS]
    text = _HEAD.format(facts=facts, times=_TIMES, wanted=_WANTED) + "\n".join(rows) + "\n"
    _PAGE.write_text(text, "utf-8")
    return text


VIEWS = (
    ("overview, by time", ""), ("results, with charts", "?view=results"), ("medicines", "?view=medicines"),
    ("documents", "?view=documents"), ("everything by kind", "?view=kinds"), ("as it stood on a day", f"?as_of={datetime.now(UTC).date().isoformat()}"),
    ("filtered: one partner, structured", "?view=kinds&partner=laboratory&rung=structured"),
)  # fmt: skip
_HEAD = """# How soon a record stands on the screen

`python -m benchmarks record-page` writes this page: one person with {facts:,} facts of five partners, SQLite, a server of its own
process, Chromium beside it on the same machine. Milliseconds, median and slowest of {times}; each time a browser that has kept nothing.
Server: until the whole answer is there, with reading, joining and writing the audit event. First paint: the browser's own
first-contentful-paint, counted from the click. Wanted: < {wanted} ms. Weight: the page as sent, in kB; style, script and letters are kept
by the browser from the first page on.

| view | server | slowest | first paint | slowest | weight |
|-|-:|-:|-:|-:|-:|
"""


def made(path: Path, facts: int = _FACTS) -> tuple[str, int]:
    """Make a store with one person of whom five partners told that much; give their id, and how many facts there are."""
    with exchange(SqlStore(f"sqlite:///{path}")) as x:
        list(receive(x, [Arrival(PartnerId(p), "bench", orjson.dumps(_bundle(p, facts // 5))) for p in _PARTNERS]))
        with x.store.begin() as tx:
            (person,) = tx.persons()
            found = tx.person(person)
            return person, len(tx.facts_about([p.id for p in found.patients])) if found else 0


def _bundle(partner: str, facts: int) -> dict[str, Any]:
    chance, told = Random(partner), {"reference": "Patient/p"}
    person = {
        "resourceType": "Patient", "id": "p", "name": [{"family": "Prado Vega", "given": ["Inés"]}], "birthDate": "1951-07-04", "gender": "female",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}],
    }  # fmt: skip
    made = [person, *_lasting(partner, told)]
    day = date(2025, 12, 1)
    while len(made) < facts:
        day -= timedelta(days=chance.randint(4, 9))
        made += _visit(chance, day, told, len(made))
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in made[:facts]]}


def _lasting(partner: str, told: dict[str, str]) -> list[dict[str, Any]]:
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    allergy = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}
    found: list[dict[str, Any]] = [
        {"resourceType": "Condition", "id": f"c{n}", "subject": told, "code": {"text": name}, "clinicalStatus": active, "onsetDateTime": f"{1990 + 5 * n}"}
        for n, name in enumerate(_PROBLEMS)
    ]  # fmt: skip
    found += [
        {"resourceType": "MedicationStatement", "id": f"m{n}", "subject": told, "medicationCodeableConcept": {"text": name}, "status": "active",
         "dosage": [{"text": f"{1 + (n + len(partner)) % 2} a day"}], "effectiveDateTime": f"{2010 + 2 * n}-03-01"}
        for n, name in enumerate(_MEDICINES)
    ]  # fmt: skip
    return [*found, {"resourceType": "AllergyIntolerance", "id": "a", "patient": told, "code": {"text": "Penicillin"}, "clinicalStatus": allergy, "criticality": "high"}]  # fmt: skip


def _visit(chance: Random, day: date, told: dict[str, str], n: int) -> list[dict[str, Any]]:
    """Give one contact with care: the encounter, its letter, and a dozen results."""
    at = f"{day.isoformat()}T09:{chance.randint(10, 59)}:00Z"
    found: list[dict[str, Any]] = [
        {"resourceType": "Encounter", "id": f"e{n}", "subject": told, "status": "finished", "class": {"code": "AMB"}, "type": [{"text": "Outpatient visit"}], "period": {"start": at}},
        {"resourceType": "DocumentReference", "id": f"d{n}", "subject": told, "status": "current", "type": {"text": "Clinic letter"}, "date": at, "content": [{"attachment": {"contentType": "text/plain", "title": "Letter"}}]},
    ]  # fmt: skip
    for k, (code, name, unit, mean, spread, (low, high)) in enumerate(_TESTS):
        value = round(chance.gauss(mean, spread), 1)
        flag = "H" if value > high else "L" if value < low else "N"
        found.append(
            {
                "resourceType": "Observation", "id": f"o{n}-{k}", "subject": told, "status": "final", "effectiveDateTime": at,
                "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
                "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": name}], "text": name},
                "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
                "referenceRange": [{"low": {"value": low, "unit": unit}, "high": {"value": high, "unit": unit}}],
                "interpretation": [{"coding": [{"code": flag}], "text": {"H": "high", "L": "low", "N": "normal"}[flag]}],
            }
        )  # fmt: skip
    return found


def _row(name: str, address: str) -> str:
    taken, size = [], 0
    client = httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=60)  # its door may not be open yet
    for _ in range(_TIMES + 1):
        began = time.perf_counter()
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        taken.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
        size = int(answer.headers.get("content-length", len(answer.content)))
    painted = _painted(address)
    server, paint = (f"{statistics.median(some):.0f} | {max(some):.0f}" for some in (taken[1:], painted))
    return f"| {name} | {server} | {paint} | {size / 1000:.0f} |"


def _painted(address: str) -> list[float]:
    """Give the first-contentful-paint of each of several fresh browsers, ms from the beginning of the navigation."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    found = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for n in range(_TIMES + 1):
            page = browser.new_context().new_page()
            page.goto(address)
            paint = page.evaluate(
                "() => new Promise(done => new PerformanceObserver(list => done(list.getEntriesByName('first-contentful-paint')[0].startTime))"
                ".observe({type: 'paint', buffered: true}))"
            )
            found += [paint] * (n > 0)
            page.close()
        browser.close()
    return found
