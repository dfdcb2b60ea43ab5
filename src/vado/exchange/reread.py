"""Read kept originals anew with today's readers, profiles and maps, and say what changes before it is put in force.

What an original said before is kept with the version that had read it. Links and a person's decisions are never undone by a new
reading: patients keep their ids, since ids come from the partner's own numbers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from vado.exchange.ports import Audit, Exchange, Row, Settled
from vado.exchange.receive import TOGETHER, accepted_maps, profile_of, settle, settled
from vado.exchange.rows import every_row
from vado.model.fact import End, Fact, tally
from vado.model.original import OriginalId, PartnerId, State

_READ = frozenset((State.READ, State.WAITING, State.UNPACKED, State.HELD))


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes for one original. Counts are facts per FHIR type; no values."""

    row: Row
    before: str  # the reader that had read it, 'hl7v2/1'; '' when none had
    now: str
    added: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)  # 'Patient.address': facts of which this element differs
    same: int = 0
    understood: int = 0  # elements not understood before and understood now; negative: lost

    @property
    def any(self) -> bool:
        """Say whether a fact differs."""
        return bool(self.added or self.removed or self.changed)


def reread(
    x: Exchange, *, reader: str, partner: PartnerId | None = None, original: str = "", dry_run: bool = False
) -> Iterator[Difference]:
    """Read again every original that this reader has read; give the difference of each, in order of receipt.

    Without `dry_run` each batch is put in force in one transaction, the former facts kept; it may be stopped and begun again.
    """
    rows = iter(_read_by(x, reader, partner, original))
    while batch := list(islice(rows, TOGETHER)):
        looks = x.room.look_at_all((r.original, x.originals.get(r.original.id), profile_of(x, r.original)) for r in batch)
        maps = accepted_maps(x, [r.original for r in batch])
        told = [settled(x, row.original, look, maps[row.original.partner]) for row, look in zip(batch, looks, strict=True)]
        with x.store.begin() as tx:
            found = [
                _difference(row, one, tx.facts_from(*_key(row)), tx.read_by(*_key(row)))
                for row, one in zip(batch, told, strict=True)
            ]
            if not dry_run:
                for row, one in zip(batch, told, strict=True):
                    if one.reading is not None:
                        tx.retire(*_key(row), x.clock())
                        tx.audit(Audit(x.clock(), "vado", "reread-original", "/".join(_key(row))))
        if not dry_run:
            settle(x, [one for one in told if one.reading is not None])  # what cannot be read today stays as it was
        yield from found


def stale(x: Exchange, versions: dict[str, str]) -> dict[str, int]:
    """Count the originals per reader whose reading is of another version than today's. `versions`: name -> version."""
    found: Counter[str] = Counter()
    rows = list(every_row(x))
    with x.store.begin() as tx:
        for row in rows:
            if row.reader in versions and not tx.read_by(*_key(row)).startswith(f"{row.reader}/{versions[row.reader]}"):
                found[row.reader] += 1
    return dict(found)


def _key(row: Row) -> tuple[PartnerId, OriginalId]:
    return row.original.partner, row.original.id


def _read_by(x: Exchange, reader: str, partner: PartnerId | None, original: str) -> Iterator[Row]:
    for row in every_row(x, partner):
        if row.reader == reader and row.state in _READ and row.original.id.startswith(original):
            yield row


def _difference(row: Row, told: Settled, before: Iterable[Fact], reader: str) -> Difference:
    old, new = {f.id: f for f in before}, {f.id: f for f in told.facts}
    changed: Counter[str] = Counter()
    same = 0
    for id_ in old.keys() & new.keys():
        one, other = old[id_].resource, new[id_].resource
        names = {k for k in one.keys() | other.keys() if one.get(k) != other.get(k)}
        changed.update(f"{new[id_].kind}.{name}" for name in names)
        same += not names
    lost = End.NOT_UNDERSTOOD
    return Difference(
        row, reader, told.reading.reader if told.reading else "",
        Counter(f.kind for i, f in new.items() if i not in old), Counter(f.kind for i, f in old.items() if i not in new),
        changed, same, row.ends.get(lost.value, 0) - tally(told.ledger)[lost],
    )  # fmt: skip
