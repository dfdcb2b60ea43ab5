"""Holds, tries and outcomes: every store agrees with the plain reference, and what fails in a transaction leaves nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from vado.exchange.ports import Settled, Store
from vado.model.original import Arrival, OriginalId, PartnerId, State
from vado.model.person import Doubt
from vado.model.reading import Fidelity, Reading, issue
from vado.model.traffic import Hold, Outcome, Try
from vado.store.memory import MemoryStore
from vado.store.sql.store import SqlStore

START = datetime(2026, 1, 1, tzinfo=UTC)
PARTNERS = st.sampled_from([PartnerId("hospital"), PartnerId("council"), PartnerId("gp")])
ORIGINALS = st.sampled_from([OriginalId(c * 64) for c in "abc"])
CODES = st.sampled_from(["", "IN-003", "IN-005"])
HOURS = st.sampled_from(["2026-01-01T00", "2026-01-01T01", "2026-01-02T00"])


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


class Agreement(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.plain, self.other, self.tick = MemoryStore(), self.make(), 0

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

    @rule(partner=PARTNERS)
    def hold(self, partner: PartnerId) -> None:
        hold = Hold(partner, "áéí", "me", self.now())
        was_held = any(h.partner == partner for h in self.both(lambda tx: tx.traffic.holds()))
        assert self.both(lambda tx: tx.traffic.hold(hold)) is not was_held

    @rule(partner=PARTNERS)
    def release(self, partner: PartnerId) -> None:
        at = self.now()
        self.both(lambda tx: tx.traffic.release(partner, "you", at))
        assert partner not in {h.partner for h in self.both(lambda tx: tx.traffic.holds())}

    @rule(partner=PARTNERS, original=ORIGINALS, count=st.integers(1, 5), code=CODES, minutes=st.none() | st.integers(0, 5))
    def again(self, partner: PartnerId, original: OriginalId, count: int, code: str, minutes: int | None) -> None:
        due = None if minutes is None else START + timedelta(minutes=minutes)
        self.both(lambda tx: tx.traffic.try_again(Try(partner, original, count, code, due)))
        assert self.both(lambda tx: tx.traffic.tried(partner, original)).due == due

    @rule(partner=PARTNERS, original=ORIGINALS)
    def forget(self, partner: PartnerId, original: OriginalId) -> None:
        self.both(lambda tx: tx.traffic.forget_tries(partner, original))
        assert self.both(lambda tx: tx.traffic.tried(partner, original)) is None

    @rule(said=st.lists(st.tuples(PARTNERS, HOURS, CODES, st.integers(1, 9)), max_size=4))
    def count(self, said: list[tuple[PartnerId, str, str, int]]) -> None:
        outcomes = [Outcome(partner, "mllp", hour, code, n) for partner, hour, code, n in said]
        self.both(lambda tx: tx.traffic.count(outcomes))

    @rule(partner=PARTNERS, content=st.binary(max_size=1), state=st.sampled_from(State))
    def original(self, partner: PartnerId, content: bytes, state: State) -> None:
        at, read = self.now(), state not in {State.KEPT, State.HELD}
        original, _ = self.both(lambda tx: tx.keep(Arrival(partner, "folder", content), media_type="", received=at))
        reading = Reading(original.id, "hl7v2/1", "text/plain", Fidelity.CODED) if read else None
        issues = () if read else (issue("IN-001"), issue("IN-005"))
        if state is not State.KEPT:
            self.both(lambda tx: tx.settle(Settled(original, state, reading, issues=issues)))

    @rule(n=st.integers(0, 3), answer=st.booleans())
    def doubt(self, n: int, answer: bool) -> None:
        at = self.now()
        self.both(lambda tx: tx.ask(Doubt(f"d{n}", "a", "b", 1.0, (), OriginalId("a" * 64), PartnerId("gp"), at)))
        if answer:
            self.both(lambda tx: tx.answer(f"d{n}", "same", "me"))

    @rule(partner=PARTNERS)
    def a_failed_transaction_leaves_nothing(self, partner: PartnerId) -> None:
        before = self.both(_all)
        for store in (self.plain, self.other):
            with pytest.raises(ZeroDivisionError), store.begin() as tx:
                tx.traffic.hold(Hold(partner, "x", "x", START))
                tx.traffic.release(partner, "x", START)
                tx.traffic.try_again(Try(partner, OriginalId("f" * 64), 1, "IN-003", START))
                tx.traffic.count([Outcome(partner, "x", "2026-01-01T00", "", 1)])
                raise ZeroDivisionError
        assert self.both(_all) == before

    @invariant()
    def says_the_same(self) -> None:
        if hasattr(self, "other"):
            self.both(_all)


def _all(tx: Any) -> Any:
    t, at = tx.traffic, START + timedelta(minutes=3)
    oldest = [t.oldest(state) for state in State]
    counts = (t.standings(), oldest, t.open_doubts(), t.failures(), t.tries(over=False), t.tries(over=True))
    doubts = t.doubts_from(PartnerId("gp"), OriginalId("a" * 64))
    return (
        *counts,
        doubts,
        t.holds(),
        t.holds(past=True),
        t.due(at),
        t.due(at, limit=1),
        t.outcomes(),
        t.outcomes("2026-01-01T01"),
    )


def test_the_store_agrees_with_the_plain_reference(url: str) -> None:
    made = SqlStore(url)

    class Here(Agreement):
        def make(self) -> Store:
            with made.begin() as tx:
                for table in ("hold", "again", "outcome", "original", "reading", "doubt"):
                    tx._db.exec_driver_sql(f'DELETE FROM "{table}"')
            return made

    quick = settings(
        max_examples=20, stateful_step_count=25, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(Here, settings=quick)
    made.close()
