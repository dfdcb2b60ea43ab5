"""The search index: every store finds what the plain reference finds, on an index, and pages stay while data arrives."""

import sqlite3
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from random import Random
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from vado.errors import VadoError
from vado.exchange.ports import Store
from vado.exchange.shelve import given_out, versioned
from vado.model.fact import Evidence, Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.person import LinkEvent, LinkKind, MatchGrade
from vado.model.query import (
    GONE,
    VISIBLE,
    WITHHELD,
    Chain,
    Change,
    Changed,
    Criterion,
    Has,
    Named,
    Order,
    Present,
    Query,
    Reference,
    Span,
    Text,
    Token,
)  # fmt: skip
from vado.model.reading import Fidelity
from vado.record.entries import entries, span
from vado.store.memory import MemoryStore
from vado.store.sql import dialect, fhir_search
from vado.store.sql.store import SqlStore
from vado.terms.searching import dated, kinds, number, parameters
from vado.tools.units import canonical


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/{uuid4().hex}.sqlite"
    server = request.getfixturevalue("postgresql")
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


VERSIONS = "vado.store.sql.migrations.versions"
WORDS = ("Ana", "Núñez Vega", "López", "ana maria", "Vega de la Serna")


def resource(n: int, chance: Random) -> dict[str, Any]:
    """Invent something small of four types."""
    pick = chance.choice
    kind = pick(["Patient", "Observation", "Condition", "Encounter"])
    subject = {"reference": f"Patient/{chance.randrange(12)}"}
    code = {"coding": [{"system": pick(["http://loinc.org", "urn:x"]), "code": pick(["1-1", "2-2", "3-3"])}], "text": pick(WORDS)}
    when = pick(["2020", "2020-02", "2020-02-03", "2021-01-01T10:00:00+02:00"])
    more: dict[str, Any] = {
        "Patient": {
            "name": [{"family": pick(WORDS), "given": [pick(WORDS)]}], "birthDate": pick(["1950-01-02", "1950"]),
            "identifier": [{"system": pick(["urn:a", "urn:b"]), "value": pick(["1-1", "22"])}],
        },
        "Observation": {
            "subject": subject, "code": code, "status": pick(["final", "preliminary"]), "effectiveDateTime": when,
            "valueQuantity": {"value": pick([1, 1.5, 1000]), "code": pick(["g", "mg"]), "system": "http://unitsofmeasure.org"},
        },
        "Condition": {"subject": subject, "code": code, **({"onsetDateTime": when} if chance.random() < 0.5 else {})},
        "Encounter": {"subject": subject, "period": {"start": when}, "status": "finished", "class": {"code": "AMB"}},
    }[kind]  # fmt: skip
    if kind == "Observation" and n % 3 == 0:  # two dates under one parameter
        more["effectiveTiming"] = {"event": [more.pop("effectiveDateTime")], "repeat": {"boundsPeriod": {"start": "2020-03"}}}
    return {"resourceType": kind, "id": str(n), "meta": {"source": "urn:p"}} | more


def change(made: dict[str, Any], version: int, at: int, known: int = 0, state: int = VISIBLE) -> Change:
    body = versioned(made, version, at) if state == VISIBLE else b""
    return Change(f"{made['resourceType']}/{made['id']}", "p", version, at, state, 7, body, entries(made, canonical), known)


def filled(store: Store, seed: int = 1, count: int = 120) -> None:
    chance = Random(seed)
    with store.begin() as tx:
        at = tx.fhir.clock(count, 1_000)
        tx.fhir.put([change(resource(n, chance), 1, at + n, state=WITHHELD if n % 17 == 0 else VISIBLE) for n in range(count)])
        for n in range(6):
            told = LinkEvent(str(n), f"x{n // 2}", LinkKind.LINK, MatchGrade.CERTAIN, 1.0, (), "rule", dialect_start())
            tx.add_link(told)
    with store.begin() as tx:  # some are told again, some go
        for n in range(0, count, 5):
            old = tx.fhir.read([f"{k}/{n}" for k in ("Patient", "Observation", "Condition", "Encounter")])[0]
            made = resource(n, chance) | {"resourceType": old.kind}
            made = {k: v for k, v in made.items() if k in {"resourceType", "id", "meta", "subject", "code", "name"}}
            tx.fhir.put([change(made, 2, tx.fhir.clock(1, 1_000), old.number, GONE if n % 10 else VISIBLE)])


def dialect_start() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 1, 1, tzinfo=UTC)


def one(*tests: Any, never: bool = False) -> tuple[Criterion, ...]:
    return (Criterion(tests, never),)


def queries() -> Iterator[Query]:
    def p(kind: str, name: str) -> int:
        return number(kind, name)

    day = span("2020-02-03") or (0, 0)
    code, when = p("Observation", "code"), p("Observation", "date")
    mine = Reference(p("Observation", "patient"), ("Patient/1",))
    born = Span(p("Patient", "birthdate"), "date", (("low", ">=", -631152000000), ("high", "<=", -599616000000)))
    named = Text(p("Patient", "name"), "vega")
    yield Query("Observation")
    for test in (
        Token(code, "1-1"), Token(code, "1-1", "http://loinc.org"), Token(code, None, "urn:x"), Token(code, "1-1", ""), mine,
        Reference(p("Observation", "patient"), ("Patient/1", "Patient/4"), persons=True), Present(code, "token"),
        Span(when, "date", (("low", ">=", day[0]), ("high", "<=", day[1]))), Span(when, "date", (("high", ">", day[1]),)),
        Span(when, "date", (("low", "<", day[0]),)), Text(p("Observation", "code:text"), "nunez"), Text(p("Observation", "code:text"), "vega"),
        Text(p("Observation", "code:text"), "Núñez Vega", "exact", "nunez vega"), Text(p("Observation", "code:text"), "%", "contains"),
        Text(p("Observation", "code:text"), "nez", "contains"), Named(("Observation/3", "Observation/4")), Changed("Observation", ((">=", 1_100),)),
        Span(p("Observation", "value-quantity"), "quantity", (("low", ">=", 0.0009), ("high", "<", 0.0012)), "=kilogram"),
        Span(p("Observation", "value-quantity"), "quantity", (("low", ">", 1),), ""),
        Chain(p("Observation", "subject"), "Patient", one(named)), Chain(p("Observation", "subject"), "Patient", one(born, named)),
        Chain(p("Observation", "subject"), "Patient", one(Has(p("Condition", "subject"), "Condition", one(Token(p("Condition", "code"), "2-2"))))),
    ):  # fmt: skip
        yield Query("Observation", one(test))
        yield Query("Observation", one(test, never=True))
        yield Query(
            "Observation",
            (*one(test), *one(Token(p("Observation", "status"), "final"))),
            (Order("date", when, True), Order("id")),
        )
        yield Query(
            "Observation",
            one(test, Token(code, "3-3")),
            (Order("quantity", p("Observation", "value-quantity")), Order("changed", 0, True)),
        )
    yield from dated_queries()
    has = Has(p("Observation", "patient"), "Observation", one(Token(code, "1-1")))
    yield Query("Patient", one(has), (Order("string", p("Patient", "family")),))
    yield Query("Patient", one(has, never=True), (Order("token", p("Patient", "identifier"), True),))
    yield Query("Patient", (*one(born), *one(named), *one(has)))
    yield Query(
        "Encounter",
        one(Reference(p("Encounter", "patient"), ("Patient/2",), persons=True)),
        (Order("reference", p("Encounter", "subject")),),
    )


def dated_queries() -> Iterator[Query]:
    """Ask by code and date, which have an index together, in all the ways that this may be asked."""
    code, when = number("Observation", "code"), number("Observation", "date")
    year, day = span("2020") or (0, 0), span("2020-02-03") or (0, 0)
    within = Span(when, "date", (("low", ">=", year[0]), ("low", "<", year[1]), ("high", "<=", year[1])))
    since, until = Span(when, "date", (("high", ">", day[1]),)), Span(when, "date", (("low", "<", day[0]),))
    for token in (Token(code, "1-1"), Token(code, "2-2", "urn:x"), Token(code, "3-3", ""), Token(code, None, "urn:x")):
        for date in (within, since, until):
            yield Query("Observation", (*one(token), *one(date)))
            yield Query("Observation", (*one(token, never=True), *one(date)))
            yield Query("Observation", (*one(date, never=True), *one(token)), (Order("date", when),))
        yield Query("Observation", (*one(since), *one(token), *one(until)))
    yield Query("Observation", (*one(Token(code, "1-1"), Token(code, "2-2")), *one(since, until)))
    yield Query("Observation", (*one(Token(code, "1-1"), Token(number("Observation", "status"), "final")), *one(since)))
    has = Has(number("Observation", "patient"), "Observation", (*one(Token(code, "1-1")), *one(since)))
    yield Query("Patient", one(has))
    onset = Span(number("Condition", "onset-date"), "date", within.tests)
    yield Query("Condition", (*one(onset), *one(Token(number("Condition", "code"), "2-2"))))


@pytest.fixture
def both(url: str) -> Iterator[tuple[MemoryStore, SqlStore]]:
    plain, other = MemoryStore(), SqlStore(url)
    for store in (plain, other):
        filled(store)
    yield plain, other
    other.close()


def test_every_store_finds_the_same(both: tuple[MemoryStore, SqlStore], monkeypatch: pytest.MonkeyPatch) -> None:
    plain, other = both
    found = 0
    for few in (5_000, 3):  # entered by a criterion, and by walking
        monkeypatch.setattr(fhir_search, "FEW", few)
        with plain.look() as a, other.look() as b:
            until = a.fhir.latest()
            assert b.fhir.latest() == until
            for query in queries():
                expected = a.fhir.find(query, until=until, limit=1000)
                found += len(expected)
                assert b.fhir.find(query, until=until, limit=1000) == expected, query
                assert b.fhir.ordered(query, until=until, limit=1000) == a.fhir.ordered(query, until=until, limit=1000), query
                assert b.fhir.count(query, until=until) == len(expected)
                assert b.fhir.count(query, until=until, most=2) == min(2, len(expected))
                assert b.fhir.count(query, until=until, state=WITHHELD) == a.fhir.count(query, until=until, state=WITHHELD)
                after, seen = 0, []
                while page := b.fhir.find(query, after=after, until=until, limit=7):
                    seen += page
                    after = page[-1].number
                assert tuple(seen) == expected
    assert found > 500, "the questions find something"


def test_every_store_reads_the_same(both: tuple[MemoryStore, SqlStore]) -> None:
    plain, other = both
    refs = [f"{k}/{n}" for k in ("Patient", "Observation", "Condition", "Encounter") for n in range(121)]
    looks: tuple[Callable[[Any], Any], ...] = (
        lambda s: s.read(refs), lambda s: [s.version(r, v) for r in refs for v in (1, 2, 3)], lambda s: [s.history(r) for r in refs],
        lambda s: s.history("Observation"), lambda s: s.history("Observation", before=1_060, since=1_020, limit=5),
        lambda s: s.known(refs), lambda s: s.patients_of(["x0", "x1", "y"]),
        lambda s: s.numbered([1_003, 1_002, 1_001, 1_000, 5]), lambda s: s.referred(range(1_000, 1_200), [number("Observation", "subject")]),
        lambda s: s.referring([f"Patient/{n}" for n in range(9)], number("Condition", "subject"), limit=50),
    )  # fmt: skip
    with plain.look() as a, other.look() as b:
        for look in looks:
            expected = look(a.fhir)
            assert look(b.fhir) == expected
            assert expected


def test_no_search_reads_a_whole_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/v.sqlite")
    filled(store)
    plans: list[str] = []
    asked = fhir_search.Search._asked  # noqa: SLF001

    def explained(self: Any, what: str, query: Any, given: dict[str, Any]) -> Any:
        values: list[Any] = []
        sql, names, constants = fhir_search._statement(self._db.engine, what, fhir_search._shape(query, values))  # noqa: SLF001
        all_ = constants | given | {f"v{n}": value for n, value in enumerate(values)}
        plans.extend(row[3] for row in self._db.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple(all_[n] for n in names or ())))
        return asked(self, what, query, given)

    monkeypatch.setattr(fhir_search.Search, "_asked", explained)
    for few in (5_000, 3):
        monkeypatch.setattr(fhir_search, "FEW", few)
        with store.look() as tx:
            for query in queries():
                tx.fhir.find(query, until=10**18, limit=50)
                tx.fhir.ordered(query, until=10**18, limit=50)
                tx.fhir.count(query, until=10**18)
    store.close()
    scans = {
        p
        for p in plans
        if p.startswith("SCAN") and "CONSTANT ROW" not in p and not p.startswith(("SCAN anon", "SCAN (", "SCAN SUBQUERY"))
    }
    assert not scans
    assert any("find_date" in p for p in plans)


def test_a_question_that_takes_too_long_is_broken_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "LONGEST", 0.2)
    store = SqlStore(url)
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 500000000) SELECT count(*) FROM c"
    with pytest.raises(VadoError) as told, store.look() as tx:
        tx._db.execute(text(endless))  # noqa: SLF001
    assert told.value.code == "FH-010"
    with store.look() as tx:
        assert tx.fhir.latest() == 0, "the connection is good for another question"
    store.close()


def test_numbers_become_visible_in_their_order(url: str) -> None:
    store, ready, seen = SqlStore(url), Barrier(4), []

    def write(mine: int) -> None:
        ready.wait()
        for n in range(15):
            with store.begin() as tx:
                at = tx.fhir.clock(2, 1_000)
                made = [{"resourceType": "Basic", "id": f"{mine}-{n}-{k}", "meta": {}} for k in range(2)]
                tx.fhir.put([change(m, 1, at + k) for k, m in enumerate(made)])

    writers = [Thread(target=write, args=(n,)) for n in range(3)]
    for w in writers:
        w.start()
    ready.wait()
    while any(w.is_alive() for w in writers):
        with store.look() as tx:
            seen.append({s.number for s in tx.fhir.find(Query("Basic"), until=10**18, limit=1000)})
    for w in writers:
        w.join()
    with store.look() as tx:
        last = {s.number for s in tx.fhir.find(Query("Basic"), until=10**18, limit=1000)}
    assert len(last) == 90
    for before in seen:
        assert not {n for n in last - before if n < max(before, default=0)}, "nothing appears before what was seen"
    store.close()


def test_looking_goes_on_beside_writing(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/v.sqlite")
    filled(store)
    with store.begin() as writing:
        writing.fhir.put([change({"resourceType": "Basic", "id": "1", "meta": {}}, 1, writing.fhir.clock(1, 1))])
        with store.look() as one_, store.look() as other:
            assert one_.fhir.find(Query("Basic"), until=10**18, limit=9) == other.fhir.read(["Basic/1"]) == ()
    with store.look() as tx:
        assert tx.fhir.read(["Basic/1"])
        with pytest.raises(Exception, match="readonly"):
            tx.fhir.put([change({"resourceType": "Basic", "id": "2", "meta": {}}, 1, 5)])
    store.close()
    assert sqlite3.connect(tmp_path / "v.sqlite").execute("SELECT count(*) FROM resource WHERE kind = 'Basic'").fetchone() == (1,)


def test_no_two_parameters_share_a_number() -> None:
    names = [(k, n + more) for k in kinds() for n in parameters(k) for more in ("", ":text", ":identifier", ":of-type")]
    assert len({*(number(*name) for name in names), *dated().values()}) == len(names) + len(dated()) > 4_000
    own = {number(k, name): p.type for k in kinds() for name, p in parameters(k).items()}
    assert {(own[code], own[date]) for code, date in dated()} == {("token", "date")}


def test_an_older_place_has_codes_and_dates_in_one_index_once_it_is_migrated(url: str) -> None:
    version = import_module(f"{VERSIONS}.0012_speed")
    assert {(*pair, both) for pair, both in dated().items()} == set(version.PAIRS)
    store = SqlStore(url)
    filled(store)
    written = _dated_rows(store)
    with store.begin() as tx:
        tx._db.execute(text("DROP TABLE find_dated"))  # noqa: SLF001
        with Operations.context(MigrationContext.configure(tx._db)):  # noqa: SLF001
            version.upgrade()
    assert _dated_rows(store) == written
    assert len(written) > 20
    store.close()


def _dated_rows(store: SqlStore) -> list[Any]:
    with store.look() as tx:
        found = tx._db.execute(text("SELECT parameter, code, low, high, number, system FROM find_dated"))  # noqa: SLF001
        return sorted(tuple(row) for row in found)


def test_what_is_given_out_says_source_fidelity_and_links() -> None:
    evidence = Evidence(PartnerId("council"), OriginalId("o"), (), "r", "r", Fidelity.CODED)
    given = given_out(
        Fact(
            {"resourceType": "Patient", "id": "1", "link": [{"other": {"reference": "Patient/2"}, "type": "replaces"}]},
            evidence,
            "1",
        ),
        ("2", "3"),
    )
    assert [link["type"] for link in given["link"]] == ["replaces", "seealso"]
    assert given["meta"] == {"source": "urn:x-vado:partner:council", "tag": [{"system": "urn:x-vado:fidelity", "code": "coded"}]}
