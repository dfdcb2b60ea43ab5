"""A database of before what flows was counted: the migration counts what is there as it would have been counted as it came."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, insert, select

import vado.store.sql.store as module
from plain import arrival, plain_exchange
from vado.exchange.receive import receive
from vado.model.delivery import Delivery, DeliveryState
from vado.model.flow import Flow, Grain, Of
from vado.model.original import OriginalId, PartnerId, stable_id
from vado.store.sql.dialect import open_engine
from vado.store.sql.store import SqlStore

GOLDEN = Path(__file__).parents[1] / "golden" / "incoming"
CAME = {"hospital": ("hl7v2/oru_values", "hl7v2/adt_a01", "hl7v2/batch_of_two"), "gp": ("mail/report", "text/discharge_letter")}


def test_what_was_there_before_is_counted_as_if_it_had_been_counted_as_it_came(fresh_url: Callable[[], str]) -> None:
    now, before = fresh_url(), fresh_url()
    filled = _filled(now)
    _as_of_0017(now, before)
    brought = SqlStore(before)
    try:
        assert _counts(brought) == filled
    finally:
        brought.close()
    of = {o: sum(n for flow, n in filled if flow.of is o and not flow.day) for o in Of}
    with_parts = 6 + 1  # what came, and one that nobody can read; what was unpacked of it counts besides
    assert of[Of.ORIGINALS] >= with_parts and of[Of.DELIVERIES] == 3
    assert of[Of.VALUES] > 10 and of[Of.UNMAPPED] > 0, "else the comparison shows little"


def _filled(url: str) -> list[tuple[Flow, int]]:
    """Fill a database as it is now, and give all that is counted in it."""
    store = SqlStore(url)
    try:
        x = plain_exchange(store)
        for partner, cases in CAME.items():
            for case in cases:
                (path,) = (GOLDEN / case).glob("original.*")
                list(receive(x, [arrival(path.read_bytes(), path.name, partner)]))
        list(receive(x, [arrival("", "empty.hl7"), arrival(bytes(range(256)) * 9, "no-form.bin", "gp")]))
        with store.begin() as tx:
            for n, state in enumerate((DeliveryState.WAITING, DeliveryState.SENT, DeliveryState.FAILED)):
                at = datetime(2026, 1, 1 + n, tzinfo=UTC)
                tx.outbox.add(_delivery(at, state))
        return _counts(store)
    finally:
        store.close()


def _delivery(at: datetime, state: DeliveryState) -> Delivery:
    id_ = stable_id("council", "summary", at.isoformat())
    return Delivery(
        id_,
        PartnerId("council"),
        "summary",
        "p",
        at,
        "d" * 64,
        "o" * 64,
        OriginalId("c" * 64),
        "application/json",
        due=at,
        state=state,
    )


def _counts(store: SqlStore) -> list[tuple[Flow, int]]:
    with store.begin() as tx:
        found = {row for of in Of for grain in Grain for row in tx.flow.counted(of, grain)}
    return sorted(found, key=repr)


def _as_of_0017(now: str, before: str) -> None:
    """Make a database of 0017 with the same rows."""
    old, new = open_engine(before), open_engine(now)
    try:
        with old.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "0017")
        tables, told = MetaData(), MetaData()
        tables.reflect(old)
        told.reflect(new)
        assert "flow" in told.tables and "flow" not in tables.tables
        with old.begin() as into, new.begin() as from_:
            for table in tables.sorted_tables:
                if table.name == "alembic_version" or table.name not in told.tables:
                    continue
                columns = [c for c in told.tables[table.name].columns if c.name in table.columns]
                rows = [dict(row) for row in from_.execute(select(*columns)).mappings()]
                if rows:
                    into.execute(insert(table), rows)
    finally:
        old.dispose()
        new.dispose()
