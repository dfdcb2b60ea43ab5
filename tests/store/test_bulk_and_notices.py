"""Bulk export, the numbered trail and subscriptions: SQLite and PostgreSQL agree with the plain reference."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from vado.exchange.ports import Audit, Settled, Store, Transaction
from vado.model.export import Export, Only, Progress, Written
from vado.model.fact import ALL, Evidence, Fact
from vado.model.notice import Notice, Standing, Subscription
from vado.model.original import Arrival, PartnerId, State, original_id
from vado.model.reading import Fidelity, Place, Reading
from vado.store.memory import MemoryStore
from vado.store.sql.store import SqlStore

START = datetime(2026, 1, 1, tzinfo=UTC)
HOSPITAL = PartnerId("hospital")


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    url = f"sqlite:///{tmp_path}/{uuid4().hex}.sqlite"
    if request.param == "postgresql":
        server, name = request.getfixturevalue("postgresql"), f"t{uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        head, _, query = server.partition("?")
        url = f"{head.rpartition('/')[0]}/{name}?{query}"
    store = SqlStore(url)
    yield MemoryStore(), store
    store.close()


def tell(tx: Transaction, content: bytes, at: datetime, *told: tuple[str, str, str | None, float, bool]) -> None:
    id_ = original_id(content)
    evidence = Evidence(HOSPITAL, id_, (Place(id_, "x"),), "fhir/2", "as it is", Fidelity.CODED)
    facts = tuple(
        Fact({"resourceType": kind, "id": i, "said": content.decode()}, replace(evidence, confidence=sure, removes=ALL if gone else ()), patient)
        for kind, i, patient, sure, gone in told
    )  # fmt: skip
    original, _ = tx.keep(Arrival(HOSPITAL, "test", content), media_type="", received=at)
    tx.settle(Settled(original, State.READ, Reading(id_, "fhir/2", "application/fhir+json", Fidelity.CODED), facts))


def test_lines(stores: tuple[Store, Store]) -> None:
    answers = []
    for store in stores:
        with store.begin() as tx:
            tell(
                tx,
                b"one",
                START,
                ("Patient", "p1", "p1", 1, False),
                ("Observation", "o1", "p1", 1, False),
                ("Observation", "o2", "p1", 0.5, False),
            )
            tell(
                tx,
                b"two",
                START + timedelta(days=1),
                ("Observation", "o1", "p1", 1, False),
                ("Observation", "o3", None, 1, False),
                ("Observation", "o4", "p2", 1, True),
            )
        with store.begin() as tx:
            b = tx.bulk
            answers.append(
                (
                    b.kinds(), b.lines("Observation"), b.lines("Observation", after="o1"), b.lines("Observation", only=Only(since=START)),
                    b.lines("Observation", only=Only(patients=("p2",))), b.lines("Observation", only=Only(about_patients=True)), b.lines("Claim"),
                    b.received(["o1", "o2", "nothing"]), b.received([]),
                )
            )  # fmt: skip
            seen, after = [], ""
            while some := b.lines("Observation", after=after, limit=2):
                seen += some
                after = some[-1][0]
            assert tuple(seen) == b.lines("Observation")
    assert answers[0] == answers[1]
    kinds, lines, *_ = answers[0]
    assert kinds == ("Observation", "Patient")
    assert [(i, line is None) for i, line in lines] == [("o1", True), ("o2", True), ("o3", False), ("o4", True)]
    assert b'"said":"two"' in lines[2][1]


def test_exports(stores: tuple[Store, Store]) -> None:
    export = Export(
        "e1", "web", "http://x/fhir/$export", START, ("Patient",), Only(START), files=(Written("Patient", "a", 1, 2),)
    )
    for store in stores:
        with store.begin() as tx:
            tx.bulk.keep_export(export)
            tx.bulk.keep_export(replace(export, id="e0", begun=START + timedelta(days=1)))
            tx.bulk.keep_export(replace(export, state=Progress.DONE, only=Only(patients=("p1",)), ended=START))
        with store.begin() as tx:
            assert [(e.id, e.state) for e in tx.bulk.exports()] == [("e1", Progress.DONE), ("e0", Progress.RUNNING)]
            assert tx.bulk.export("e1") == replace(export, state=Progress.DONE, only=Only(patients=("p1",)), ended=START)
            tx.bulk.forget_export("e1")
            assert tx.bulk.export("e1") is None


def test_trail(stores: tuple[Store, Store]) -> None:
    answers = []
    for store in stores:
        with store.begin() as tx:
            for n in range(6):
                tx.audit(Audit(START + timedelta(hours=n), "web", "read", f"p{n % 2}"))
        with store.begin() as tx:
            a = tx.accesses
            answers.append(
                (
                    a.lines(), a.lines(subjects=["p1", "p9"]), a.lines(since=START + timedelta(hours=2), until=START + timedelta(hours=3)),
                    a.lines(before=3), a.lines(limit=2), a.lines(subjects=[]), a.line(2), a.line(99), a.line(0),
                )
            )  # fmt: skip
    assert answers[0] == answers[1]
    assert [n for n, _ in answers[0][1]] == [6, 4, 2]


def test_notices(stores: tuple[Store, Store]) -> None:
    wish = Subscription(
        "s1", HOSPITAL, ("Patient",), ("p1",), "https://here/fhir", "https://a.example/hook", ("X: y",), heartbeat=60, end=START
    )
    for store in stores:
        with store.begin() as tx:
            n = tx.notices
            n.subscribe(wish)
            n.subscribe(replace(wish, id="s0"))
            n.subscribe(replace(wish, standing=Standing.ERROR, said=3, next_call=START, error="503"))
            n.put([Notice("s1", f"Patient/{i}", START) for i in (1, 2, 3)])
            n.put([Notice("s0", "Patient/1", START)])
            n.put([])
        with store.begin() as tx:
            n = tx.notices
            assert n.subscription("s1") == replace(wish, standing=Standing.ERROR, said=3, next_call=START, error="503")
            assert [s.id for s in n.subscriptions()] == ["s0", "s1"]
            assert [w.number for w in n.waiting("s1", 2)] == [1, 2]
            n.said([1, 2])
            assert [w.fact for w in n.waiting("s1")] == ["Patient/3"]
            n.unsubscribe("s1")
            assert (n.waiting("s1"), n.subscription("s1"), len(n.waiting("s0"))) == ((), None, 1)
