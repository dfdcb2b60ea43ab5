"""An exchange to measure with: a real store with its search index, a reading room, originals in memory, no partners' profiles."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from vado.exchange.ports import Exchange
from vado.exchange.shelve import Shelving
from vado.linkage.block import keys
from vado.linkage.decide import match
from vado.linkage.normalise import normalise
from vado.model.partner import UNKNOWN
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
            store=Shelving(store, lambda _partner: UNKNOWN.review_below, lambda: datetime.now(UTC)),
            originals=MemoryOriginals(), room=room, gate=check, match=match, normalise=normalise, keys=keys, profiles={},
            clock=lambda: datetime.now(UTC),
        )  # fmt: skip
    finally:
        room.close()
        store.close()
