"""A throw-away place: one item of a partner goes the whole way, and nothing of it stays."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from vado.exchange.losses import Loss, losses
from vado.exchange.ports import Count, Exchange, Row
from vado.exchange.receive import receive
from vado.model.original import Arrival, PartnerId
from vado.model.reading import Fidelity
from vado.model.record import Viewer
from vado.settings.settings import Settings
from vado.wiring.build import open_exchange


@dataclass(frozen=True, slots=True)
class Trial:
    """What came out."""

    rows: tuple[Row, ...]  # the item, and what was inside it
    counts: tuple[Count, ...]  # per format
    losses: tuple[Loss, ...]
    persons: int

    @property
    def rungs(self) -> dict[Fidelity, int]:
        """How many facts stand on each rung."""
        return {f: n for f in Fidelity if (n := sum(c.fidelity.get(f, 0) for c in self.counts))}


@contextmanager
def throw_away(settings: Settings, partner: PartnerId) -> Iterator[Exchange]:
    """Open an exchange that knows this partner alone, in a folder that is deleted afterwards."""
    with TemporaryDirectory(prefix="vado-trial-") as name:
        place, own = Path(name), settings.place / "partners"
        (place / "partners").mkdir()
        shutil.copy(own / f"{partner}.toml", place / "partners")
        if (own / partner).is_dir():
            shutil.copytree(own / partner, place / "partners" / partner)
        with open_exchange(replace(settings, place=place, database="")) as x:
            yield x


def try_out(settings: Settings, arrival: Arrival) -> Trial:
    """Send one item through. Nothing of the place itself is touched."""
    with throw_away(settings, arrival.partner) as x:
        rows = tuple(receive(x, [arrival]))
        with x.store.begin() as tx:
            counts, persons = tx.counts(), len(tx.persons())
        return Trial(rows, counts, tuple(losses(x, arrival.partner, Viewer("vado"))), persons)
