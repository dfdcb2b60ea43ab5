"""The audit trail is one chain whoever writes to it, and no row is changed, removed, moved or cut off unseen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from plain import plain_exchange
from vado.errors import VadoError
from vado.exchange.ports import Audit, Exchange
from vado.exchange.trail import Anchor, verify
from vado.store.memory import MemoryStore
from vado.store.sql.store import SqlStore

START = datetime(2026, 1, 1, tzinfo=UTC)
Kept = tuple[Exchange, Callable[[str], Any]]


@pytest.fixture
def kept(fresh_url: Callable[[], str]) -> Any:
    """Twenty rows in a database, and a hand that writes to it past Vado."""
    where = fresh_url()
    store = SqlStore(where)
    x = plain_exchange(store)
    for n in range(10):
        with store.begin() as tx:
            tx.audit(Audit(START, "one", "read", f"s{n}"))
            tx.audit(Audit(START, "two", "read", f"s{n}"))
    engine = create_engine(where.replace("postgresql://", "postgresql+psycopg://"))

    def hand(sql: str) -> Any:
        with engine.begin() as connection:
            return connection.execute(text(sql))

    yield x, hand
    engine.dispose()
    store.close()


def refused(x: Exchange, anchors: tuple[Anchor, ...] = ()) -> tuple[str, Any]:
    with pytest.raises(VadoError) as fault:
        verify(x, anchors)
    return fault.value.code, fault.value.slots["row"]


def test_an_honest_trail_is_verified(kept: Kept) -> None:
    x, _ = kept
    rows, end = verify(x, ())
    assert rows == 20
    assert end
    with x.store.begin() as tx:
        tx.audit(Audit(START, "three", "read", "more"))
    assert verify(x, (end,))[0] == 21
    assert verify(plain_exchange(MemoryStore()), ()) == (0, None)


@pytest.mark.parametrize("column", ["who", "action", "subject", "at"])
def test_a_changed_row_is_seen(kept: Kept, column: str) -> None:
    x, hand = kept
    value = "2026-01-01T00:00:01+00:00" if column == "at" else "other"
    hand(f"UPDATE audit SET {column} = '{value}' WHERE seq = 7")
    assert refused(x) == ("AC-006", 7)


def test_a_row_whose_hash_was_made_anew_is_seen_at_the_next(kept: Kept) -> None:
    x, hand = kept
    from vado.exchange.ports.trail import sealed

    with x.store.begin() as tx:
        before, row = tx.trail.at(6), tx.trail.at(7)
    assert before
    assert row
    forged = replace(row.event, who="nobody")
    hand(f"UPDATE audit SET who = 'nobody', hash = '{sealed(before.hash, forged)}' WHERE seq = 7")
    assert refused(x) == ("AC-006", 8)


def test_a_removed_row_is_seen(kept: Kept) -> None:
    x, hand = kept
    hand("DELETE FROM audit WHERE seq = 1")
    assert refused(x) == ("AC-006", 2)


def test_rows_that_changed_places_are_seen(kept: Kept) -> None:
    x, hand = kept
    hand("UPDATE audit SET seq = 1000 WHERE seq = 5")
    hand("UPDATE audit SET seq = 5 WHERE seq = 6")
    hand("UPDATE audit SET seq = 6 WHERE seq = 1000")
    assert refused(x) == ("AC-006", 5)


def test_a_row_put_in_is_seen(kept: Kept) -> None:
    x, hand = kept
    hand("INSERT INTO audit (seq, at, who, action, subject, hash) VALUES (0, '2026-01-01T00:00:00+00:00', 'x', 'read', 's', '')")
    with x.store.begin() as tx:
        assert len(tx.trail.rows(-1)) == 21
    hand("UPDATE audit SET seq = 21 WHERE seq = 0")
    assert refused(x) == ("AC-006", 21)


def test_a_cut_end_is_seen_by_the_anchor_alone(kept: Kept) -> None:
    x, hand = kept
    _, end = verify(x, ())
    assert end
    hand("DELETE FROM audit WHERE seq > 15")
    assert verify(x, ())[0] == 15, "a chain that ends earlier is a chain: that is what the anchors are for"
    assert refused(x, (end,)) == ("AC-012", end.seq)
    hand("DELETE FROM audit")
    assert refused(x, (end,)) == ("AC-012", end.seq)


def test_a_trail_written_anew_is_seen_by_the_anchor_alone(kept: Kept) -> None:
    from vado.exchange.ports.trail import sealed

    x, hand = kept
    _, end = verify(x, ())
    assert end
    with x.store.begin() as tx:
        rows = tx.trail.rows()
    before = ""
    for row in rows:
        event = replace(row.event, who="nobody") if row.seq == 7 else row.event
        before = sealed(before, event)
        hand(f"UPDATE audit SET who = '{event.who}', hash = '{before}' WHERE seq = {row.seq}")
    assert verify(x, ())[0] == 20
    assert refused(x, (end,)) == ("AC-012", end.seq)


def test_many_at_once_write_one_chain(fresh_url: Callable[[], str]) -> None:
    where = fresh_url()
    stores = [SqlStore(where), SqlStore(where)]  # two programs

    def write(n: int) -> None:
        with stores[n % 2].begin() as tx:
            tx.audit(Audit(START, f"w{n}", "read", "a"))
            tx.audits(limit=1)  # a look at the trail, before others wrote to it
            tx.audit(Audit(START, f"w{n}", "read", "b"))

    began = perf_counter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(200)))
    took = perf_counter() - began
    rows, _ = verify(plain_exchange(stores[0]), ())
    assert rows == 400
    assert took < 30, f"{took:.1f} s for 200 transactions"
    for store in stores:
        store.close()


def test_a_crowd_in_one_transaction_is_quick(fresh_url: Callable[[], str]) -> None:
    store = SqlStore(fresh_url())
    began = perf_counter()
    with store.begin() as tx:
        for n in range(20_000):
            tx.audit(Audit(START, "me", "read", f"s{n}"))
    took = perf_counter() - began
    assert verify(plain_exchange(store), ())[0] == 20_000
    assert took < 10, f"{took:.1f} s"
    store.close()


def test_rows_of_before_are_chained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of an earlier Vado: the migration chains what is there."""
    where = f"sqlite:///{tmp_path}/old.sqlite"
    from alembic import command
    from alembic.config import Config

    import vado.store.sql.store as module

    engine = create_engine(where)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        for n in range(12):
            sql = "INSERT INTO audit (at, who, action, subject) VALUES ('2026-01-01T00:00:00+00:00', 'old', 'read', :s)"
            connection.execute(text(sql), {"s": f"s{n}"})
    engine.dispose()
    store = SqlStore(where)
    with store.begin() as tx:
        tx.audit(Audit(START, "new", "read", "s"))
    assert verify(plain_exchange(store), ())[0] == 13
    store.close()
