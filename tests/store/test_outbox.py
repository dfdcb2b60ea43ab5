"""The outbox of every store agrees with the plain reference; a delivery is never taken twice."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from vado.errors import StoreUnavailable
from vado.exchange.ports import Settled, Store
from vado.model.delivery import Delivery, DeliveryState, Hold, Manifest
from vado.model.fact import Evidence, Fact
from vado.model.original import Arrival, Original, OriginalId, PartnerId, State, stable_id
from vado.model.person import LinkEvent, LinkKind, MatchGrade
from vado.model.reading import Fidelity
from vado.model.review import Decision, Verdict
from vado.store.memory import MemoryStore
from vado.store.sql.store import SqlStore

START = datetime(2026, 1, 1, tzinfo=UTC)
PARTNERS = st.sampled_from([PartnerId("hospital"), PartnerId("council")])
WISHES = st.sampled_from(["summary", "letters"])
PERSONS = st.sampled_from(["x", "y", "z"])


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


def made(partner: PartnerId, wish: str, person: str, at: datetime, persons: tuple[str, ...] = (), **more: Any) -> Delivery:
    id_ = stable_id(partner, wish, person, at.isoformat())
    given = {"due": at, "losses": (("f1", "no place"),), "name": "summary.json"} | more
    return Delivery(
        id_, partner, wish, person, at, "d" * 64, "o" * 64, OriginalId("c" * 64), "application/json", persons=persons, **given
    )


class Agreement(RuleBasedStateMachine):
    make: Callable[[], Store]

    @initialize()
    def begin(self) -> None:
        self.plain, self.other, self.tick = MemoryStore(), self.make(), 0
        self.made: list[Delivery] = []
        self.taken: list[tuple[Delivery, str]] = []

    def both(self, do: Any) -> Any:
        with self.plain.begin() as one, self.other.begin() as two:
            expected, actual = do(one.outbox), do(two.outbox)
        assert actual == expected
        return expected

    def now(self) -> datetime:
        self.tick += 1
        return START + timedelta(seconds=self.tick)

    @rule(
        partner=PARTNERS,
        wish=WISHES,
        person=PERSONS,
        other=st.none() | PERSONS,
        later=st.sampled_from([0, 0, 5]),
        state=st.sampled_from([DeliveryState.WAITING] * 4 + [DeliveryState.HELD]),
    )
    def add(self, partner: PartnerId, wish: str, person: str, other: str | None, later: int, state: DeliveryState) -> None:
        at = self.now()
        new = made(partner, wish, person, at, (other,) if other else (), due=at + timedelta(seconds=later), state=state)
        self.made.append(new)
        held = [Manifest(p, ((f"f-{p}", "9", "0" * 16),), (("f1", "no place"),)) for p in dict.fromkeys((person, *new.persons))]
        self.both(lambda box: (box.add(new), box.note(new.id, held if later else ())))

    @rule(partner=PARTNERS, wishes=st.lists(WISHES, max_size=2))
    def claim(self, partner: PartnerId, wishes: list[str]) -> None:
        now, token = self.now(), f"t{self.tick}"
        taken = self.both(lambda box: box.claim(partner, wishes, now=now, until=now + timedelta(seconds=3), token=token))
        if taken:
            self.taken.append((taken, token))

    @rule(pick=st.integers(0, 99), state=st.sampled_from([DeliveryState.SENT, DeliveryState.WAITING, DeliveryState.FAILED]))
    def finish(self, pick: int, state: DeliveryState) -> None:
        if not self.taken:
            return
        delivery, token = self.taken[pick % len(self.taken)]
        due = self.now() if state is DeliveryState.WAITING else None
        done = replace(delivery, state=state, word="AA", due=due, sent=self.now() if state is DeliveryState.SENT else None)
        self.both(lambda box: box.finish(done, token))

    @rule(pick=st.integers(0, 99), before=st.sampled_from(DeliveryState), state=st.sampled_from(DeliveryState))
    def change(self, pick: int, before: DeliveryState, state: DeliveryState) -> None:
        if self.made:
            anew = replace(self.made[pick % len(self.made)], state=state, by="me", due=self.now())
            self.both(lambda box: box.change(anew, before))
            cancelled = replace(anew, state=DeliveryState.CANCELLED)
            self.both(lambda box: box.change(cancelled, DeliveryState.WAITING, claimed=True))

    @rule(pick=st.integers(0, 99))
    def open(self, pick: int) -> None:
        at = self.now()
        for id_ in (self.made[pick % len(self.made)].id if self.made else "", "none"):
            self.both(lambda box, id_=id_: box.mark_opened(id_, at))

    @rule(partner=PARTNERS, wish=WISHES | st.just(""))
    def hold(self, partner: PartnerId, wish: str) -> None:
        hold = Hold(partner, wish, f"why {self.tick}", "me", self.now())
        self.both(lambda box: box.hold(hold))

    @rule(partner=PARTNERS, wish=WISHES | st.just(""))
    def release(self, partner: PartnerId, wish: str) -> None:
        self.both(lambda box: box.release(partner, wish))

    @rule(patients=st.lists(PERSONS, max_size=3), left=st.just("") | PERSONS)
    def changed(self, patients: list[str], left: str) -> None:
        self.both(lambda box: box.changed(patients, left=left))

    @rule(n=st.integers(0, 3), roll_back=st.booleans())
    def forget(self, n: int, roll_back: bool) -> None:
        for store in (self.plain, self.other):
            try:
                with store.begin() as tx:
                    some = tx.outbox.changes(n)
                    assert tx.outbox.forget(some)
                    assert not some or not tx.outbox.forget(some)
                    if roll_back:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "other"):
            return
        looks: tuple[Callable[[Any], Any], ...] = (
            lambda b: [(c.patient, c.left) for c in b.changes(1000)], lambda b: b.deliveries(), lambda b: b.tally(), lambda b: b.holds(), lambda b: [b.is_crowded(n) for n in range(5)],
            lambda b: [b.deliveries(partner="council", state=s, limit=3) for s in DeliveryState],
            lambda b: b.deliveries(wish="summary", person="x"),
            lambda b: [b.deliveries(after=d.id, limit=2) for d in self.made[-4:]],
            lambda b: [b.last(p, w, n) for p in ("hospital", "council") for w in ("summary", "letters") for n in "xyz"],
            lambda b: [b.still_open(p, w, n) for p in ("hospital", "council") for w in ("summary", "letters") for n in "xyz"],
            lambda b: [b.being_sent(p, w, n) for p in ("hospital", "council") for w in ("summary", "letters") for n in "xyz"],
            lambda b: [b.told(n) for n in "xyz"], lambda b: [b.get(d.id) for d in self.made[-3:]], lambda b: b.get("none"),
            lambda b: [b.manifests(d.id) for d in self.made[-3:]], lambda b: [b.holding(n) for n in ("x", "yz", "")],
        )  # fmt: skip
        with self.plain.begin() as one, self.other.begin() as two:
            for look in looks:
                assert look(two.outbox) == look(one.outbox)

    def teardown(self) -> None:
        if hasattr(self, "other"):
            self.other.close()


def wipe(url: str) -> None:
    from sqlalchemy import delete

    from vado.store.sql.dialect import open_engine
    from vado.store.sql.tables import metadata

    engine = open_engine(url)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    engine.dispose()


def test_every_outbox_agrees_with_the_reference(url: str) -> None:
    SqlStore(url).close()

    class Here(Agreement):
        def make(self) -> Store:  # type: ignore[override]
            wipe(url)
            return SqlStore(url)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=15, stateful_step_count=25, phases=[Phase.generate], deadline=None,
            suppress_health_check=list(HealthCheck), derandomize=True,
        ),
    )  # fmt: skip


@pytest.fixture
def stores(url: str) -> Iterator[list[SqlStore]]:
    """Two processes at one database, as far as the store can tell."""
    both = [SqlStore(url), SqlStore(url)]
    yield both
    for store in both:
        store.close()


def test_two_who_work_off_one_outbox_never_take_the_same(stores: list[SqlStore]) -> None:
    with stores[0].begin() as tx:
        for n in range(60):
            tx.outbox.add(made(PartnerId("hospital"), "summary", f"p{n}", START + timedelta(seconds=n)))
    now = START + timedelta(hours=1)

    def work(n: int) -> list[str]:
        mine, misses = [], 0
        while misses < 20:
            try:
                with stores[n % 2].begin() as tx:
                    taken = tx.outbox.claim(
                        PartnerId("hospital"), ["summary"], now=now, until=now + timedelta(hours=1), token=f"{n}-{len(mine)}"
                    )
            except StoreUnavailable:
                continue
            misses += taken is None
            if taken:
                mine.append(taken.id)
        return mine

    with ThreadPoolExecutor(4) as threads:
        taken = [id_ for some in threads.map(work, range(4)) for id_ in some]
    assert len(taken) == len(set(taken)) == 60


def test_what_a_killed_process_had_taken_is_taken_again_when_its_time_is_over(stores: list[SqlStore]) -> None:
    hospital, minute = PartnerId("hospital"), timedelta(minutes=1)
    delivery = made(hospital, "summary", "x", START)
    with stores[0].begin() as tx:
        tx.outbox.add(delivery)
    with stores[0].begin() as tx:
        first = tx.outbox.claim(hospital, ["summary"], now=START, until=START + minute, token="dies")
    with stores[1].begin() as tx:
        assert tx.outbox.claim(hospital, ["summary"], now=START, until=START + minute, token="early") is None
        again = tx.outbox.claim(hospital, ["summary"], now=START + minute, until=START + 2 * minute, token="later")
    assert first and again and (first.id, first.attempts) == (again.id, again.attempts - 1)
    done = replace(again, state=DeliveryState.SENT, due=None)
    with stores[0].begin() as tx:
        assert not tx.outbox.finish(done, "dies"), "its claim had run out"
        assert tx.outbox.finish(done, "later")


def changing(original: Original, fact: Fact) -> list[tuple[Callable[[Any], Any], list[tuple[str, str]]]]:
    """Every way to change a record, and what has to be noted of it."""
    link = LinkEvent("p1", "person-1", LinkKind.LINK, MatchGrade.CERTAIN, 0.0, (), "rule", START)
    other = replace(fact, patient="p2")
    return [
        (lambda tx: tx.settle(Settled(original, State.READ, None, (fact,))), [("p1", "")]),
        (lambda tx: tx.settle(Settled(original, State.READ, None, (other,))), [("p1", ""), ("p2", "")]),
        (lambda tx: tx.add_link(link), [("p1", "")]),
        (lambda tx: tx.add_link(replace(link, person="person-2")), [("p1", "person-1")]),
        (lambda tx: tx.decide(Decision(fact, Verdict.ACCEPT, "me", START)), [("p1", "")]),
    ]


def test_whoever_changes_a_record_notes_it(stores: list[SqlStore]) -> None:
    """In the transaction of the change itself, and gone with it."""
    for store in (MemoryStore(), stores[0]):
        with store.begin() as tx:
            original, _ = tx.keep(Arrival(PartnerId("council"), "test", b"one"), media_type="", received=START)
        evidence = Evidence(original.partner, original.id, (), "r/1", "r", Fidelity.CODED, 1.0)
        fact = Fact({"resourceType": "Condition", "id": "c"}, evidence, "p1")
        acts = changing(original, fact)
        for act, expected in acts:
            with pytest.raises(ZeroDivisionError), store.begin() as tx:
                act(tx)
                raise ZeroDivisionError
            with store.begin() as tx:
                assert tx.outbox.changes() == ()
                act(tx)
                noted = tx.outbox.changes()
                assert [(c.patient, c.left) for c in noted] == expected
                tx.outbox.forget(noted)
