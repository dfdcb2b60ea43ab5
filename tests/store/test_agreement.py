"""Every store agrees with the plain reference, whatever is done to it in whatever order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from vado.exchange.ports import Audit, Settled, Store
from vado.model.account import Account, Role
from vado.model.fact import End, Entry, Evidence, Fact
from vado.model.flow import Grain, Heads, Of
from vado.model.original import Arrival, OriginalId, PartnerId, State
from vado.model.person import Contribution, Demographics, Doubt, Identifier, LinkEvent, LinkKind, MatchGrade
from vado.model.reading import Box, Fidelity, Item, Place, Reading, issue
from vado.model.review import Decision, Verdict
from vado.model.term import Accepted, Concept
from vado.store.memory import MemoryStore
from vado.store.sql.store import SqlStore

START = datetime(2026, 1, 1, tzinfo=UTC)
PARTNERS = st.sampled_from([PartnerId("hospital"), PartnerId("council")])
CONTENTS = st.sampled_from([b"one", b"two", b"three", b"four"])
PATIENTS = st.sampled_from(["p1", "p2", "p3", "Á4"])
WORDS = st.sampled_from(["ana", "garcia", "lopez", "núñez", "1970-01-01"])
WHY = (Contribution("family", "exact", 7.25),)


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


def facts_of(original: OriginalId, partner: PartnerId, patient: str, version: int) -> tuple[Fact, ...]:
    place = Place(original, "PID-5", Box(0.1, 0.2, 0.3, 0.4))
    asserted = START + timedelta(days=version) if version else None
    evidence = Evidence(
        partner, original, (place,), "hl7v2/1", "PID", Fidelity.CODED, 0.9, asserted,
        partial=version == 2, removes=("name",) if version == 3 else (),
    )  # fmt: skip
    return (
        Fact({"resourceType": "Patient", "id": patient, "name": [{"family": f"Núñez \x00 {version}"}]}, evidence, patient),
        Fact(
            {"resourceType": "Observation", "id": f"o-{patient}", "code": {"text": f"GLU {version}"}}, replace(evidence, confidence=0.5), patient
        ),
        Fact({"resourceType": "Practitioner", "id": "doctor"}, evidence, None),
        Fact(
            {"resourceType": "Condition", "id": f"c-{patient}", "code": {"text": f"Asma {version}"}},
            replace(evidence, fidelity=Fidelity.IMAGE, confidence=0.5 + version / 10), patient,
        ),
        Fact(
            {"resourceType": "DocumentReference", "id": f"d-{patient}"}, replace(evidence, fidelity=Fidelity.IMAGE, confidence=0.5),
            patient,
        ),
    )  # fmt: skip


class Agreement(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.plain = MemoryStore()
        self.other = self.make()
        self.tick = 0
        self.both(lambda tx: tx.accounts.put(Account("a1", "ana", Role.PRACTITIONER, PartnerId("hospital"))))

    def make(self) -> Store:
        raise NotImplementedError

    def both(self, do: Any) -> Any:
        with self.plain.begin() as one, self.other.begin() as two:
            expected, actual = do(one), do(two)
        assert actual == expected
        return expected

    def now(self) -> datetime:
        self.tick += 1
        return START + timedelta(microseconds=self.tick * 1000)

    @rule(partner=PARTNERS, content=CONTENTS, parent=st.none() | CONTENTS)
    def keep(self, partner: PartnerId, content: bytes, parent: bytes | None) -> None:
        at = self.now()
        over = OriginalId(parent.hex()) if parent else None
        self.both(lambda tx: tx.keep(Arrival(partner, "folder", content, "a name.txt", over), media_type="", received=at))

    @rule(partner=PARTNERS, patient=PATIENTS, version=st.integers(0, 3), state=st.sampled_from(State), pick=st.integers(0, 9))
    def settle(self, partner: PartnerId, patient: str, version: int, state: State, pick: int) -> None:
        with self.plain.begin() as tx:
            rows = tx.rows(partner=partner)
        if not rows:
            return
        original = replace(rows[pick % len(rows)].original, media_type="text/plain")
        item = Item("PID", "PID|1||«é»", Place(original.id, "PID[1]"))
        reading = Reading(original.id, "hl7v2/1", "text/plain", Fidelity.CODED, (item,), (issue("IN-001"),))
        ledger = (Entry("PID-5", End.MAPPED, "name", 2), Entry("ZZZ-1", End.NOT_UNDERSTOOD))
        settled = Settled(
            original, state, reading, facts_of(original.id, partner, patient, version), (issue("IN-013", count=1),), ledger
        )
        if state is State.HELD:
            settled = Settled(original, state, None, issues=(issue("IN-001"),))
        self.both(lambda tx: tx.settle(settled))

    @rule(partner=PARTNERS, n=st.integers(0, 3))
    def count_heads(self, partner: PartnerId, n: int) -> None:
        with self.other.begin() as tx:  # what is added up counts as before: `agree` says so
            tx.flow.fold()
        heads = Heads(self.now(), ((partner, n, 0),), ((partner, "hl7v2", 5, n),))
        self.both(lambda tx: tx.flow.note_heads(heads))

    @rule(partner=PARTNERS, local=WORDS, code=WORDS, withdrawn=st.booleans())
    def accept(self, partner: PartnerId, local: str, code: str, withdrawn: bool) -> None:
        row = Accepted(partner, local, Concept("http://loinc.org", code, "x"), "equivalent", "me", self.now(), withdrawn)
        self.both(lambda tx: tx.accept(row))
        self.both(lambda tx: tx.accepted(partner))

    @rule(codes=st.lists(st.tuples(WORDS, WORDS), max_size=4), words=st.lists(WORDS, max_size=2))
    def learn(self, codes: list[tuple[str, str]], words: list[str]) -> None:
        found = [Concept("http://snomed.info/sct", code, f"{code} {word} Núñez", "es") for code, word in codes]
        self.both(lambda tx: tx.learn(found))
        self.both(lambda tx: tx.concepts(" ".join(words), limit=3))

    @rule(partner=PARTNERS, pick=st.integers(0, 9))
    def retire(self, partner: PartnerId, pick: int) -> None:
        with self.plain.begin() as tx:
            rows = tx.rows(partner=partner)
        if rows:
            original, at = rows[pick % len(rows)].original.id, self.now()
            self.both(lambda tx: tx.read_by(partner, original))
            self.both(lambda tx: tx.retire(partner, original, at))
            self.both(lambda tx: tx.former(partner, original))

    @rule(partner=PARTNERS, pick=st.integers(0, 3))
    def complain(self, partner: PartnerId, pick: int) -> None:
        rows = self.both(lambda tx: tx.rows(partner=partner, limit=50))
        if rows:
            original = rows[pick % len(rows)].original.id
            self.both(lambda tx: tx.complain(partner, original, issue("IN-021", count=2)))

    @rule(partner=PARTNERS, day=st.sampled_from(["2026-01-01", "2026-01-02"]), joined=st.integers(0, 1))
    def count_feed(self, partner: PartnerId, day: str, joined: int) -> None:
        self.both(lambda tx: tx.count_feed(partner, day, arrived=1, joined=joined))

    @rule(patient=PATIENTS, partner=PARTNERS, words=st.lists(WORDS, max_size=3), keys=st.lists(WORDS, max_size=3))
    def know(self, patient: str, partner: PartnerId, words: list[str], keys: list[str]) -> None:
        d = Demographics(patient, partner, (Identifier("urn:x", "12-34"),), given=tuple(words), birth_date="1970-01-01")
        self.both(lambda tx: tx.know(d, keys))
        self.both(lambda tx: tx.everybody("", 2))
        self.both(lambda tx: tx.candidates(keys, 1))
        self.both(lambda tx: tx.candidates(keys, 2, 1))

    @rule(patient=PATIENTS, person=st.sampled_from(["x", "y"]), kind=st.sampled_from(LinkKind))
    def link(self, patient: str, person: str, kind: LinkKind) -> None:
        event = LinkEvent(patient, person, kind, MatchGrade.PROBABLE, 12.5, WHY, "rule", self.now(), "p1")
        self.both(lambda tx: tx.add_link(event))

    @rule(one=PATIENTS, other=PATIENTS)
    def ask(self, one: str, other: str) -> None:
        doubt = Doubt(f"d-{one}-{other}", one, other, 3.5, WHY, OriginalId("0" * 64), PartnerId("hospital"), self.now())
        self.both(lambda tx: tx.ask(doubt))

    @rule(one=PATIENTS, other=PATIENTS, verdict=st.sampled_from(["same", "different"]))
    def answer(self, one: str, other: str, verdict: str) -> None:
        known = self.both(lambda tx: tx.doubt(f"d-{one}-{other}"))
        if known:
            self.both(lambda tx: tx.answer(known.id, verdict, "me"))

    @rule(patient=PATIENTS, verdict=st.sampled_from(Verdict), settles=st.booleans(), seconds=st.none() | st.just(2.5))
    def decide(self, patient: str, verdict: Verdict, settles: bool, seconds: float | None) -> None:
        with self.plain.begin() as tx:
            (told, *_) = [*tx.versions(f"c-{patient}")[-1:], facts_of(OriginalId("0" * 64), PartnerId("council"), patient, 1)[3]]
        after = {**told.resource, "code": {"text": "Gota"}} if verdict is Verdict.CORRECT else None
        decision = Decision(told, verdict, "me", self.now(), after, seconds, settles)
        self.both(lambda tx: tx.decide(decision))

    @rule(
        subject=PATIENTS | st.sampled_from(["x", "y", "o-p1", "doctor"]), who=st.sampled_from(["me", "ana", "partner:council"]),
        action=st.sampled_from(["read", "export", "found"]),
    )  # fmt: skip
    def audit(self, subject: str, who: str, action: str) -> None:
        event = Audit(self.now(), who, action, subject)
        self.both(lambda tx: tx.audit(event))

    @rule(partner=PARTNERS, content=CONTENTS)
    def rolled_back(self, partner: PartnerId, content: bytes) -> None:
        at = self.now()
        for store in (self.plain, self.other):
            with pytest.raises(ZeroDivisionError), store.begin() as tx:
                tx.keep(Arrival(partner, "folder", content + b"!"), media_type="", received=at)
                raise ZeroDivisionError

    @rule(state=st.none() | st.sampled_from(State), limit=st.integers(1, 5))
    def list_by_cursor(self, state: State | None, limit: int) -> None:
        after = ""
        while rows := self.both(lambda tx, after=after: tx.rows(state=state, after=after, limit=limit)):
            after = rows[-1].original.cursor

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "other"):
            return
        patients = ["p1", "p2", "p3", "Á4"]
        looks: tuple[Callable[[Any], Any], ...] = (
            lambda tx: tx.rows(), lambda tx: tx.counts(), lambda tx: tx.doubts(), lambda tx: tx.doubts(None), lambda tx: tx.doubts(("same", "different")),
            lambda tx: tx.facts_about(patients), lambda tx: tx.facts_named(["doctor", "o-p1"]), lambda tx: tx.versions("doctor"),
            *(lambda tx, n=n: tx.versions("doctor", limit=n) for n in (1, 2, 3)),
            lambda tx: tx.demographics(patients), lambda tx: tx.candidates(["ana", "lopez"]), lambda tx: tx.links_of(patients),
            lambda tx: [tx.link_history(p) for p in patients], lambda tx: [tx.person(p) for p in ("x", "y", "z")],
            lambda tx: [tx.find_persons(w) for w in (["ana"], ["garcia", "1970-01-01"], ["1234"], [])],
            lambda tx: [tx.patients_like(w) for w in (["an"], ["gar", "1970"], ["12"], ["a_"], ["%"], [])],
            *(partial(_counted, of=of, grain=grain) for of in Of for grain in Grain), lambda tx: tx.flow.doubts(),
            lambda tx: tx.flow.counted(Of.VALUES, Grain.DAY, since="2026-01-01", partner=PartnerId("council")),
            lambda tx: tx.flow.counted(Of.VALUES, Grain.DAY, since="2026-01-02"),
            lambda tx: tx.flow.count_persons(), lambda tx: tx.flow.count_told(), lambda tx: tx.flow.count_holdings(),
            lambda tx: tx.flow.count_openings(START), lambda tx: tx.flow.count_openings(START + timedelta(microseconds=self.tick * 500)),
            lambda tx: tx.flow.heads(), lambda tx: tx.flow.count_months(),
            lambda tx: [u for u in tx.unsure() if u.fact in {f.id for f, _ in tx.to_review()}],
            lambda tx: tx.to_review(), lambda tx: tx.to_review(partner=PartnerId("council")),
            lambda tx: tx.decisions(facts=["c-p1"], patients=["p2"]), lambda tx: tx.decisions(partner=PartnerId("council")),
            lambda tx: tx.decisions(partner=PartnerId("hospital")), lambda tx: tx.decisions(facts=[]),
            lambda tx: tx.persons(), lambda tx: tx.joined(), lambda tx: tx.joined(limit=1), lambda tx: tx.feed(PartnerId("council")), lambda tx: tx.ever_in("x"),
            lambda tx: tx.facts_about(["p1", "p2"], until=START + timedelta(microseconds=self.tick * 500)), lambda tx: tx.audits(), lambda tx: tx.audits(subject="p1"),
            lambda tx: [
                (tx.reading(r.original.partner, r.original.id), tx.ledger(r.original.partner, r.original.id),
                 tx.facts_from(r.original.partner, r.original.id), tx.children(r.original.partner, r.original.id),
                 tx.told_of(r.original.partner, r.original.id), tx.told_of(r.original.partner, r.original.id, first=2))
                for r in tx.rows()
            ],
        )  # fmt: skip
        with self.plain.begin() as one, self.other.begin() as two:
            for look in looks:
                assert look(two) == look(one)

    def teardown(self) -> None:
        if hasattr(self, "other"):
            self.other.close()


def _counted(tx: Any, of: Of, grain: Grain) -> Any:
    return tx.flow.counted(of, grain)


def wipe(url: str) -> None:
    from sqlalchemy import delete

    from vado.store.sql.dialect import open_engine
    from vado.store.sql.tables import metadata

    engine = open_engine(url)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    engine.dispose()


def test_every_store_agrees_with_the_reference(url: str) -> None:
    SqlStore(url).close()

    class Here(Agreement):
        def make(self) -> Store:
            wipe(url)
            return SqlStore(url)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )


def test_migrations_give_exactly_the_tables(url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from vado.store.sql.dialect import open_engine
    from vado.store.sql.store import HEAD
    from vado.store.sql.tables import metadata

    SqlStore(url).close()
    with open_engine(url).connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []


def test_what_was_read_before_there_was_a_desk_comes_to_it(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    import vado.store.sql as package
    from vado.store.sql.dialect import open_engine

    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent / "migrations"))
    evidence = '{"partner":"council","original":"o","places":[{"original":"o","path":"page 1"}],"reader":"scan/1","rule":"r","fidelity":1%s}'
    engine = open_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for n, sure in enumerate((',"confidence":0.5', "")):
            connection.exec_driver_sql(
                "INSERT INTO fact (partner, original, n, id, kind, patient, fidelity, received, resource, evidence) VALUES "
                f"('council', 'o', {n}, 'f{n}', 'Condition', 'p', 1, '2026-01-01T00:00:00+00:00', "
                f"""'{{"resourceType":"Condition","id":"f{n}"}}', '{evidence % sure}')"""
            )
    engine.dispose()
    store = SqlStore(url)
    with store.begin() as tx:
        assert [f.id for f, _ in tx.to_review()] == ["f0"]
    store.close()
