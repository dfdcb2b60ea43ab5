"""Replay: read kept originals anew with today's readers, profiles and maps, or put back in force what an earlier version said.

What changes can be seen before it is put in force. What an original said before is kept with the version that had read it, in the
same transaction, so a stop in the middle loses nothing and the replay may be begun again. Links and a person's decisions are never
undone by it: patients keep their ids, since ids come from the partner's own numbers. `resume` (exchange/receive.py) is the replay of
what was never read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice

from vado.exchange.ports import Exchange, Row, Settled, Transaction
from vado.exchange.receive import TOGETHER, accepted_maps, carry_on, children_to_read, enact, profile_of, settle, settled, work
from vado.exchange.rows import Which, chosen
from vado.exchange.slices import READER, worth_cutting
from vado.model.fact import End, Fact, tally
from vado.model.original import OriginalId, PartnerId, State

TODAY, THEN = "today", "then"
_SLICED = READER.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes for one original. Counts are facts per FHIR type; no values."""

    row: Row
    before: str  # the reader that had read it, 'hl7v2/1'; '' when none had
    now: str  # the version that is replayed; '' when it could not be read, or what that version said was not kept
    added: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)  # 'Patient.address': facts of which this element differs
    same: int = 0
    understood: int = 0  # elements not understood before and understood now; negative: lost
    linked: int = 0  # patients that come to be one person with others than before
    asked: int = 0  # doubts that a person has to decide, and that were not there before

    @property
    def any(self) -> bool:
        """Say whether a fact differs."""
        return bool(self.added or self.removed or self.changed)


def replay(
    x: Exchange, which: Which, *, version: str = TODAY, dry_run: bool = False, by: str = "vado"
) -> Iterator[Difference]:  # fmt: skip
    """Replay the originals that are meant; give the difference of each, in order of receipt.

    Without `dry_run` each batch is put in force in one transaction. A file that was read in slices is not read as a whole: its slices
    are originals of their own. What is kept of a held partner, unread, stays so.

    Args:
        x: the exchange.
        which: the originals that are meant.
        version: 'today'; 'then' for what was said at the first reading; or the name of a former reader ('hl7v2/2').
        dry_run: change nothing.
        by: who replays, for the audit trail.
    """
    rows = (row for row in chosen(x, which) if row.reader != _SLICED)
    while batch := list(islice(rows, TOGETHER)):
        with x.store.begin() as tx:
            held = {h.partner for h in tx.traffic.holds()}
        batch = [r for r in batch if r.state is not State.KEPT or r.original.partner not in held]
        never = [r for r in batch if not r.reader]
        if version == TODAY and not dry_run:
            yield from _first_readings(x, never)
        elif version == TODAY:
            batch = [r for r in batch if r.reader or not worth_cutting(x, r.original.size)]
        some = [r for r in batch if r.reader or (dry_run and version == TODAY)]
        yield from _again(x, some, version, dry_run=dry_run, by=by)


def stale(x: Exchange, versions: dict[str, str]) -> dict[str, int]:
    """Count the originals per reader whose reading is of another version than today's. `versions`: name -> version."""
    found: Counter[str] = Counter()
    rows = [r for r in chosen(x, Which()) if r.reader in versions]
    with x.store.begin() as tx:
        for row in rows:
            found[row.reader] += not _is(tx.read_by(*_key(row)), f"{row.reader}/{versions[row.reader]}")
    return dict(+found)


def _again(x: Exchange, rows: list[Row], version: str, *, dry_run: bool, by: str) -> Iterator[Difference]:
    """Replay what has a reading; what cannot be read today, or was not kept, stays as it was."""
    told = _read_today(x, rows) if version == TODAY else [_said_by(x, row, version) for row in rows]
    with x.store.begin() as tx:
        found = [
            _difference(row, one, tx.facts_from(*_key(row)), tx.read_by(*_key(row))) for row, one in zip(rows, told, strict=True)
        ]
        before = _stands(tx, told)
    ready = [one for one in told if one.reading is not None]
    if dry_run:
        after = _would_stand(x, ready, told)
    else:
        retiring = frozenset(_key(d.row) for d in found if d.now and (d.any or d.before != d.now))
        done = settle(x, ready, first=False, retiring=retiring, by=by)
        with x.store.begin() as tx:
            after = _stands(tx, told)
        for _ in work(x, [child for one, _ in done for child in children_to_read(x, one)]):
            pass
    for d, then, now in zip(found, before, after, strict=True):
        moved = sum(then.company.get(patient) != company for patient, company in now.company.items())
        yield replace(d, linked=moved, asked=len(now.doubts - then.doubts))


@dataclass(frozen=True, slots=True)
class _Links:
    company: Mapping[str, frozenset[str]]  # of the patients of one original: with whom each is one person
    doubts: frozenset[str]  # that it raised and that are open


class _Undone(Exception):
    """What was tried is rolled back."""


def _stands(tx: Transaction, told: list[Settled]) -> list[_Links]:
    """Say whose record the patients of each original are."""
    found: list[_Links] = []
    for one in told:
        o = one.original
        links = tx.links_of(f.id for f in one.facts if f.kind == "Patient")
        company = {e.patient: frozenset(p.id for p in person.patients) for e in links if (person := tx.person(e.person))}
        doubts = frozenset(d.id for d in tx.traffic.doubts_from(o.partner, o.id) if not d.verdict)
        found.append(_Links(company, doubts))
    return found


def _would_stand(x: Exchange, ready: list[Settled], told: list[Settled]) -> list[_Links]:
    """Put it in force as it would be, look, and roll all of it back."""
    after: list[_Links] = []
    with suppress(_Undone), x.store.begin() as tx:
        for one in ready:
            enact(x, tx, one, first=False, by="vado")
        after = _stands(tx, told)
        raise _Undone
    return after


def _first_readings(x: Exchange, rows: list[Row]) -> Iterator[Difference]:
    for first in (True, False):
        some = {_key(r): r for r in rows if (r.state is State.KEPT) == first}
        for row in carry_on(x, [r.original for r in some.values()], first=first) if some else ():
            if _key(row) in some:
                with x.store.begin() as tx:
                    kinds = Counter(f.kind for f in tx.facts_from(*_key(row)))
                    yield Difference(some[_key(row)], "", tx.read_by(*_key(row)), kinds, linked=kinds["Patient"])


def _read_today(x: Exchange, rows: list[Row]) -> list[Settled]:
    looks = x.room.look_at_all((r.original, x.originals.get(r.original.id), profile_of(x, r.original)) for r in rows)
    maps = accepted_maps(x, [r.original for r in rows])
    return [settled(x, row.original, look, maps[row.original.partner]) for row, look in zip(rows, looks, strict=True)]


def _said_by(x: Exchange, row: Row, version: str) -> Settled:
    """Give what an earlier version said, as it was kept; without a reading when that is not there, or is in force."""
    with x.store.begin() as tx:
        former = tx.former(*_key(row))
        meant = former[0] if version == THEN and former else next((f for f in reversed(former) if _is(f.reader, version)), None)
    if meant is None or meant.reading is None:
        return Settled(row.original, row.state, None)
    original = replace(row.original, media_type=meant.reading.media_type)
    state = State.READ if meant.facts or row.state is not State.UNPACKED else State.UNPACKED
    return Settled(original, state, meant.reading, meant.facts, meant.issues, meant.ledger)


def _is(reader: str, version: str) -> bool:
    return reader == version or reader.startswith(f"{version}+")  # 'scan/3+tesseract/5.4' is scan/3


def _key(row: Row) -> tuple[PartnerId, OriginalId]:
    return row.original.partner, row.original.id


def _difference(row: Row, told: Settled, before: Iterable[Fact], reader: str) -> Difference:
    old, new = {f.id: f for f in before}, {f.id: f for f in told.facts}
    if told.reading is None:
        return Difference(row, reader, "", same=len(old))
    changed: Counter[str] = Counter()
    same = 0
    for id_ in old.keys() & new.keys():
        one, other = old[id_].resource, new[id_].resource
        names = {k for k in one.keys() | other.keys() if one.get(k) != other.get(k)}
        changed.update(f"{new[id_].kind}.{name}" for name in names)
        same += not names
    lost = End.NOT_UNDERSTOOD
    return Difference(
        row, reader, told.reading.reader,
        Counter(f.kind for i, f in new.items() if i not in old), Counter(f.kind for i, f in old.items() if i not in new),
        changed, same, row.ends.get(lost.value, 0) - tally(told.ledger)[lost],
    )  # fmt: skip
