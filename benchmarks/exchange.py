"""An exchange to measure with: a real store and reading room, originals in memory, no partners' profiles."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from vado.exchange.ports import Exchange
from vado.linkage.block import keys
from vado.linkage.decide import match
from vado.linkage.normalise import normalise
from vado.store.originals import MemoryOriginals
from vado.store.sql.store import SqlStore
from vado.tools.fhir_gate import check
from vado.wiring.room import LimitedRoom


@contextmanager
def exchange(store: SqlStore) -> Iterator[Exchange]:
    """Give an exchange over this store; both are closed afterwards."""
    room = LimitedRoom(children=1, seconds=120, megabytes=1000)
    try:
        yield Exchange(
            store=store, originals=MemoryOriginals(), room=room, gate=check, match=match, normalise=normalise, keys=keys, profiles={},
            clock=lambda: datetime.now(UTC),
        )  # fmt: skip
    finally:
        room.close()
        store.close()
