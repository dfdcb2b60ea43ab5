"""Requests that share a commit: each has its own end, and none is told before it is durable."""

from datetime import UTC, datetime
from threading import Event, Thread

import pytest

from vado.errors import Refusal
from vado.exchange.interact.together import Together
from vado.exchange.ports import Audit, Transaction
from vado.model.original import PartnerId
from vado.store.sql.store import SqlStore

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def _note(name: str, fault: Exception | None = None) -> object:
    def act(tx: Transaction) -> str:
        if isinstance(fault, Refusal):
            raise fault
        tx.audit(Audit(NOW, PartnerId("lab"), "receive", name))
        if fault:
            raise fault
        return name

    return act


def _at_once(store: SqlStore, *acts: object) -> list[object]:
    """Let a first one hold the turn until all others wait for it; give what each of the others came to."""
    together, begun, go = Together(), Event(), Event()
    came: list[object] = [None] * len(acts)

    def first(_: Transaction) -> None:
        begun.set()
        go.wait(10)

    def ask(n: int, act: object) -> None:
        try:
            came[n] = together.settle(store, act)  # type: ignore[arg-type]
        except Exception as fault:  # noqa: BLE001 - looked at below
            came[n] = fault

    threads = [Thread(target=together.settle, args=(store, first))]
    threads[0].start()
    assert begun.wait(10)
    threads += [Thread(target=ask, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads[1:]:
        thread.start()
    while len(together._waiting) < len(acts):
        pass
    go.set()
    for thread in threads:
        thread.join(10)
    return came


@pytest.fixture
def store(tmp_path) -> SqlStore:
    return SqlStore(f"sqlite:///{tmp_path / 'x.sqlite'}")


def _kept(store: SqlStore) -> list[str]:
    with store.begin() as tx:
        return sorted(a.subject for a in tx.audits())


def test_a_refused_request_does_not_hold_up_those_beside_it(store: SqlStore) -> None:
    one, refused, other = _at_once(store, _note("one"), _note("no", Refusal("FH-030")), _note("other"))
    assert (one, other) == ("one", "other")
    assert isinstance(refused, Refusal)
    assert _kept(store) == ["one", "other"]


def test_a_fault_in_one_leaves_nothing_of_it_and_all_of_the_others(store: SqlStore) -> None:
    one, fault, other = _at_once(store, _note("one"), _note("half", RuntimeError("ours")), _note("other"))
    assert (one, other) == ("one", "other")
    assert isinstance(fault, RuntimeError)
    assert _kept(store) == ["one", "other"]


def test_more_than_one_commit_takes_are_all_served(store: SqlStore) -> None:
    names = [f"n{n:02}" for n in range(70)]
    assert _at_once(store, *map(_note, names)) == names
    assert _kept(store) == names
