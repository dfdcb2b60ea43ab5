"""`tx.accounts` and `tx.trail`: every store agrees with the plain reference, whatever is done in whatever order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from vado.exchange.ports import Audit, Store
from vado.model.account import Account, Consent, ConsentKind, Passkey, Relation, RelationKind, Role, Session
from vado.model.original import PartnerId
from vado.store.memory import MemoryStore
from vado.store.sql.store import SqlStore

START = datetime(2026, 1, 1, tzinfo=UTC)
IDS = st.sampled_from(["a", "b", "Á c"])
PATIENTS = st.lists(st.sampled_from(["p1", "p2", "p3"]), max_size=3)
HOURS = st.integers(0, 5)


def hour(n: int) -> datetime:
    return START + timedelta(hours=n)


class Agreement(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.plain, self.other, self.tick = MemoryStore(), self.make(), count()

    def make(self) -> Store:
        raise NotImplementedError

    def both(self, do: Any) -> Any:
        with self.plain.begin() as one, self.other.begin() as two:
            expected, actual = do(one), do(two)
        assert actual == expected
        return expected

    @rule(
        id_=IDS,
        name=IDS,
        role=st.sampled_from(Role),
        outside=st.sampled_from(["", "o|1"]),
        scopes=st.sampled_from([(), ("system/*.rs",)]),
    )
    def put(self, id_: str, name: str, role: Role, outside: str, scopes: tuple[str, ...]) -> None:
        with self.plain.begin() as tx:
            if any(a.id != id_ and (a.name == name or (outside and a.outside == outside)) for a in tx.accounts.everyone()):
                return
        account = Account(id_, name, role, PartnerId("hospital"), "p1", scopes=scopes, outside=outside)
        self.both(lambda tx: tx.accounts.put(account))
        self.both(lambda tx: tx.accounts.set_password(id_, f"hash {name}"))

    @rule(id_=IDS, account=IDS, began=HOURS, ends=HOURS, kind=st.sampled_from(["page", "api", "code"]))
    def session(self, id_: str, account: str, began: int, ends: int, kind: str) -> None:
        made = Session(id_, account, kind, hour(began), hour(began), hour(ends), ("patient/*.rs",), "p1", "note")
        self.both(lambda tx: tx.accounts.put_session(made))

    @rule(id_=IDS, account=IDS, made=HOURS, used=st.none() | HOURS, times=st.integers(0, 3))
    def passkey(self, id_: str, account: str, made: int, used: int | None, times: int) -> None:
        key = Passkey(id_, account, "«phone»", "a2V5", times, hour(made), None if used is None else hour(used))
        self.both(lambda tx: tx.accounts.put_passkey(key))

    @rule(id_=IDS)
    def remove_passkey(self, id_: str) -> None:
        self.both(lambda tx: tx.accounts.remove_passkey(id_))

    @rule(id_=IDS)
    def end_session(self, id_: str) -> None:
        self.both(lambda tx: tx.accounts.end_session(id_))

    @rule(id_=IDS)
    def end_sessions(self, id_: str) -> None:
        self.both(lambda tx: tx.accounts.end_sessions(id_))

    @rule(key=IDS, at=HOURS)
    def attempt(self, key: str, at: int) -> None:
        self.both(lambda tx: tx.accounts.attempt(key, hour(at)))
        self.both(lambda tx: tx.accounts.attempts(key, hour(2)))

    @rule(key=IDS)
    def forgive(self, key: str) -> None:
        self.both(lambda tx: tx.accounts.forgive(key))

    @rule(key=IDS, until=HOURS)
    def once(self, key: str, until: int) -> None:
        self.both(lambda tx: tx.accounts.once(key, hour(until)))

    @rule(before=HOURS)
    def sweep(self, before: int) -> None:
        self.both(lambda tx: tx.accounts.sweep(hour(before)))

    @rule(
        id_=IDS,
        account=IDS,
        subject=st.sampled_from(["p1", "p2"]),
        kind=st.sampled_from(RelationKind),
        since=HOURS,
        until=st.none() | HOURS,
    )
    def relate(self, id_: str, account: str, subject: str, kind: RelationKind, since: int, until: int | None) -> None:
        made = Relation(id_, account, subject, kind, hour(since), None if until is None else hour(until), "me", "«why»")
        self.both(lambda tx: tx.accounts.relate(made))

    @rule(
        id_=IDS,
        patients=PATIENTS,
        kind=st.sampled_from(ConsentKind),
        given=HOURS,
        withdrawn=st.none() | HOURS,
        turns=st.none() | HOURS,
    )
    def consent(
        self, id_: str, patients: list[str], kind: ConsentKind, given: int, withdrawn: int | None, turns: int | None
    ) -> None:  # noqa: PLR0913
        over = None if withdrawn is None else hour(withdrawn)
        made = Consent(
            id_,
            tuple(patients),
            kind,
            hour(given),
            "me",
            PartnerId("lab"),
            "o1",
            "f1",
            hour(9),
            over,
            turns=None if turns is None else hour(turns),
        )
        self.both(lambda tx: tx.accounts.consent(made))

    @rule(subjects=st.lists(st.sampled_from(["s1", "s2", "s3"]), min_size=1, max_size=3))
    def audit(self, subjects: list[str]) -> None:
        def note(tx: Any) -> Any:
            for n, subject in enumerate(subjects):
                tx.audit(Audit(hour(n), "wh«o»", "read", subject))
            return tx.audits(limit=2), tx.audits(subject="s1", limit=3)  # seen before the transaction ends

        self.both(note)

    @rule(subject=st.sampled_from(["s1", "s2"]))
    def nothing_is_kept_of_what_failed(self, subject: str) -> None:
        for store in (self.plain, self.other):
            with pytest.raises(ZeroDivisionError), store.begin() as tx:
                tx.audit(Audit(START, "me", "read", subject))
                tx.accounts.set_password("a", "other")
                tx.accounts.attempt("a", START)
                raise ZeroDivisionError

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "plain"):
            return
        questions: list[Any] = [
            lambda tx: tx.accounts.everyone(), lambda tx: [tx.accounts.some(a, n, b) for a in ("", "a", "b") for n in (1, 9) for b in ("", "a", "Á")], lambda tx: [tx.accounts.get(i) for i in "ab"], lambda tx: [tx.accounts.named(n) for n in "ab"],
            lambda tx: (tx.accounts.from_outside("o|1"), tx.accounts.from_outside("")), lambda tx: [tx.accounts.password(i) for i in "abx"],
            lambda tx: [tx.accounts.passkey(i) for i in "abx"], lambda tx: [tx.accounts.passkeys(i) for i in "ab"],
            lambda tx: [tx.accounts.session(i) for i in "abx"], lambda tx: [tx.accounts.sessions(i) for i in "ab"],
            lambda tx: [tx.accounts.relations_of(i) for i in "ab"], lambda tx: tx.accounts.relations_to(["p1", "p2"]),
            lambda tx: tx.accounts.consents(["p1"]), lambda tx: tx.accounts.consents(["p2", "p3"]), lambda tx: tx.accounts.consents([]),
            lambda tx: [tx.accounts.turning(hour(n), 2) for n in range(0, 9, 2)],
            lambda tx: [(s.event, s.hash) for s in tx.trail.rows()], lambda tx: [s.event for s in tx.trail.rows(limit=2)],
            lambda tx: tx.trail.about(["s1", "s3"], limit=4), lambda tx: tx.trail.head() and tx.trail.head().hash,
        ]  # fmt: skip
        for question in questions:
            self.both(question)


def test_every_store_agrees_with_the_reference(fresh_url: Callable[[], str]) -> None:
    stores: list[SqlStore] = []

    class Here(Agreement):
        def make(self) -> Store:
            stores.append(SqlStore(fresh_url()))
            return stores[-1]

        def teardown(self) -> None:
            if stores:
                stores.pop().close()

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=8, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink], derandomize=True,
        ),
    )  # fmt: skip
