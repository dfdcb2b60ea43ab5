"""Every way to look at what Vado holds. Each look leaves an audit event with ids only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo

import orjson

from vado.errors import NotFound
from vado.exchange import allow
from vado.exchange.ports import Audit, Count, Exchange, Row, Transaction
from vado.model.account import Role
from vado.model.fact import Entry, Fact
from vado.model.original import OriginalId, PartnerId, State
from vado.model.partner import UNKNOWN
from vado.model.person import Doubt, LinkEvent, Person, search_words
from vado.model.reading import Item, Place
from vado.model.record import Record, Viewer
from vado.model.review import Decision as Word
from vado.model.review import Standing, as_decided, by_fact, from_paper, stands
from vado.model.said import Owed
from vado.record.assemble import assemble
from vado.record.permit import Decision
from vado.record.weigh import Below, weigh
from vado.tools.crop import crop

AROUND = 12  # items shown before and after the marked one
FIRST = 500  # items of an original shown at once


@dataclass(frozen=True, slots=True)
class Traced:
    """A fact, its tellings, and the very place it came from among its neighbours."""

    versions: tuple[Fact, ...]  # newest first
    row: Row
    items: tuple[Item, ...]
    marked: int | None  # index in items
    first: int  # position of items[0] in the reading
    decisions: tuple[Word, ...]  # what persons said about it, oldest first
    standing: Standing
    fact: Fact  # the newest telling with a person's word on it


@dataclass(frozen=True, slots=True)
class Shown:
    """One original as it stands."""

    row: Row
    items: tuple[Item, ...]
    total_items: int
    facts: tuple[Fact, ...]
    standings: tuple[Standing, ...]  # of each of `facts`
    ledger: tuple[Entry, ...]
    closed: bool = False  # its content is shown to this viewer only with a reason


def find_persons(x: Exchange, text: str, viewer: Viewer) -> tuple[Person, ...]:
    """Find persons whose patients have every word of the text (names, numbers, birth date as YYYY-MM-DD)."""
    allow.check(viewer, "persons.find")
    words = search_words(text)
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "search"))
        ids = tx.find_persons(words) if words else ()
        people = tx.people(ids)
        found = tuple(allow.reduced(x, tx, viewer, (people[i] for i in ids if i in people)).values())
        for person in found:
            tx.audit(Audit(x.clock(), viewer.name, "found", person.id))
        return found


def show_record(
    x: Exchange, person_id: str, viewer: Viewer, action: str = "read", as_of: datetime | None = None
) -> Record:  # fmt: skip
    """Join everything known of one person, to be read, or to be given away ('export').

    Args:
        x: the exchange.
        person_id: whose record.
        viewer: who looks; audited.
        action: as the audit trail calls it.
        as_of: show the record as it stood at that time (aware): what had been received, linked and decided, and as it was read then.

    Raises:
        NotFound: RE-001, nobody has this id, or nobody had it then, or the viewer may not know.
        NotPermitted: AC-001, AC-002: see allow.read.
    """
    with x.store.begin() as tx:
        person, allowed = _allowed(x, tx, viewer, person_id, as_of)
        tx.audit(Audit(x.clock(), viewer.name, action, person_id))
        ours = [p.id for p in person.patients]
        decisions = [d for d in tx.decisions(patients=ours) if as_of is None or d.at <= as_of]
        weighed = weigh(tx.facts_about(ours, until=as_of), decisions, threshold_of(x))
        told = (*weighed.facts, *weighed.waiting)
        facts, waiting = allowed.shown(weighed.facts), allowed.shown(weighed.waiting)
        named = tx.facts_named(sorted(_references((*facts, *waiting)) - {f.id for f in (*told, *weighed.rejected)}))
        decided = {f.id: f for f in told}
        person = replace(person, patients=tuple(decided.get(p.id, p) for p in person.patients))
        person = allow.without_hidden(person, allowed)
        record = assemble(person, (*facts, *allowed.shown(named)), viewer, as_of or x.clock(), waiting)
        disputed = _disputed(tx, ours, as_of, {f.id for f in (*facts, *waiting)})
        return replace(record, hidden=allow.hidden(viewer, allowed, told), disputed=disputed, zone=x.zone)


def _disputed(tx: Transaction, patients: list[str], as_of: datetime | None, shown: set[str]) -> dict[str, tuple[Owed, ...]]:
    """Give what the person says against facts that are shown, and is not answered, by fact, oldest first."""
    found: dict[str, tuple[Owed, ...]] = {}
    for owed in reversed(tx.replies.of(patients)):
        if owed.fact in shown and owed.answered is None and (as_of is None or owed.made <= as_of):
            found[owed.fact] = (*found.get(owed.fact, ()), owed)
    return found


def _allowed(
    x: Exchange, tx: Transaction, viewer: Viewer, person_id: str, as_of: datetime | None
) -> tuple[Person, Decision]:  # fmt: skip
    """Give the person, and what of it the viewer may see; as of then, only what they may see today as well."""
    now = tx.person(person_id)
    if as_of is None:
        allowed = allow.read(x, tx, viewer, now)
        return now or Person(person_id, (), ()), allowed
    then = _person_at(tx, person_id, as_of)
    if now is not None or then is None:
        allow.read(x, tx, viewer, now)
    if then is not None and viewer.role in {Role.CITIZEN, Role.CARER, Role.CLIENT}:  # a wrong link of then is no way in
        ours = {p.id for p in now.patients} if now else set()
        kept = [(p, e) for p, e in zip(then.patients, then.links, strict=True) if p.id in ours]
        then = Person(person_id, tuple(p for p, _ in kept), tuple(e for _, e in kept)) if kept else None
    allowed = allow.read(x, tx, viewer, then)
    return then or Person(person_id, (), ()), allowed


def end_of(day: str, zone: tzinfo = UTC) -> datetime | None:
    """Give the last moment, in UTC, of a day (YYYY-MM-DD) by the clock of the zone; None when it is no day."""
    try:
        return datetime.combine(date.fromisoformat(day), time.max, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _person_at(tx: Transaction, person_id: str, at: datetime) -> Person | None:
    """Give the person with the patients that were linked to it at that time, oldest link first; None: there were none."""
    held = []
    for patient in tx.ever_in(person_id):
        events = [e for e in tx.link_history(patient) if e.at <= at]
        if events and events[-1].person == person_id:
            held.append(events[-1])
    held.sort(key=lambda e: e.at)
    known = {f.id: f for f in tx.facts_about([e.patient for e in held], until=at)}
    held = [e for e in held if e.patient in known]
    return Person(person_id, tuple(known[e.patient] for e in held), tuple(held)) if held else None


def threshold_of(x: Exchange) -> Below:
    """Give the confidence under which a value of a partner waits for a person."""
    return lambda partner: x.profiles.get(partner, UNKNOWN).review_below


def show_links(x: Exchange, patient: str, viewer: Viewer) -> tuple[LinkEvent, ...]:
    """List every decision on whose record this patient is, oldest first. Raises NotFound RE-001 where its person is not to be seen."""
    with x.store.begin() as tx:
        links = tx.links_of((patient,))
        if viewer.role is not Role.MACHINE:
            allow.read(x, tx, viewer, tx.person(links[0].person) if links else None)
        tx.audit(Audit(x.clock(), viewer.name, "read", patient))
        return tx.link_history(patient)


def trace(x: Exchange, fact_id: str, viewer: Viewer, most: int | None = None) -> Traced:
    """Show the very place in the original that a fact came from, and its newest tellings, `most` of them. Raises NotFound RE-002."""
    with x.store.begin() as tx:
        decisions = tx.decisions(facts=[fact_id])
        told = tx.versions(fact_id, limit=most)
        told = told or tuple(d.proposed for d in decisions[-1:])  # decided, and told by no reading any more
        versions = allow.some(x, tx, viewer, told)
        if not versions or versions[0] is not told[0]:
            raise NotFound("RE-002")
        evidence = versions[0].evidence
        row = tx.row(evidence.partner, evidence.original)
        if row is None:
            raise NotFound("RE-003")
        reading = tx.reading(evidence.partner, evidence.original)
        around = (
            AROUND if allow.whole(x, tx, viewer, evidence.partner, evidence.original) else 0
        )  # neighbours may be others' rows
        tx.audit(Audit(x.clock(), viewer.name, "read", fact_id))
    standing = stands(versions[0], decisions, threshold_of(x)(evidence.partner))
    fact = as_decided(versions[0], decisions)
    items = reading.items if reading else ()
    marked = _standing_at(items, evidence.places[0])
    first = max(0, (marked or 0) - around)
    near = items[first : first + 2 * around + 1] if around or marked is not None else ()
    return Traced(versions, row, near, None if marked is None else marked - first, first, decisions, standing, fact)


def open_to(x: Exchange, facts: Iterable[Fact], viewer: Viewer) -> frozenset[str]:
    """Give the ids of those of these facts that this viewer may open: what else is on a worklist stays without a way to it."""
    with x.store.begin() as tx:
        return frozenset(f.id for f in allow.some(x, tx, viewer, facts))


def show_original(x: Exchange, partner: PartnerId, original: OriginalId, viewer: Viewer) -> Shown:
    """Show one original: its state, what was seen, what it means, what was not understood.

    An operator who has not said why it has to be opened sees its state and what was not understood, and nothing of its content.

    Raises:
        NotFound: RE-003. NotPermitted: AC-001.
    """
    with x.store.begin() as tx:
        row, opened = tx.row(partner, original), True
        if viewer.role is Role.OPERATOR:
            opened = row is not None and allow.explained(x, tx, viewer, partner, original)
        row = row if viewer.role is Role.OPERATOR and row else _opened(x, tx, viewer, partner, original)
        if not opened:
            tx.audit(Audit(x.clock(), viewer.name, "read-state", f"{partner}/{original}"))
            return Shown(row, (), 0, (), (), tx.ledger(partner, original), closed=True)
        reading = tx.reading(partner, original)
        tx.audit(Audit(x.clock(), viewer.name, "read", f"{partner}/{original}"))
        items = reading.items if reading else ()
        facts = tx.facts_from(partner, original)
        said, below = by_fact(tx.decisions(facts=[f.id for f in facts if from_paper(f)])), threshold_of(x)(partner)
        standings = tuple(stands(f, said.get(f.id, ()), below) for f in facts)
        return Shown(row, items[:FIRST], len(items), facts, standings, tx.ledger(partner, original))


def picture(x: Exchange, partner: PartnerId, original: OriginalId, page: int, viewer: Viewer) -> bytes:
    """Draw a page of an original as PNG, in full size. Raises NotFound RE-003 or RE-005."""
    with x.store.begin() as tx:
        row = _opened(x, tx, viewer, partner, original)
        tx.audit(Audit(x.clock(), viewer.name, "read", f"{partner}/{original}"))
    drawn = x.room.picture(row.original, x.originals.get(original), page)
    if drawn is None:
        raise NotFound("RE-005")
    return drawn


def cutting(x: Exchange, fact_id: str, viewer: Viewer) -> bytes:
    """Draw the part of the page where a fact stands, the place marked, as PNG. Raises NotFound RE-002 or RE-005."""
    traced = trace(x, fact_id, viewer, most=1)
    evidence = traced.versions[0].evidence
    number = page_of(evidence.places[0])
    here = [p.box for p in evidence.places if p.box and page_of(p) == number]
    return crop(picture(x, evidence.partner, evidence.original, number, viewer), here)


def page_of(place: Place) -> int:
    """Give the page (1-based) that a place stands on; 1 when its path names none."""
    number = re.match(r"page (\d+)", place.path)
    return int(number[1]) if number else 1


def content(x: Exchange, partner: PartnerId, original: OriginalId, viewer: Viewer) -> bytes:
    """Give the very bytes that were received. Raises NotFound RE-003."""
    with x.store.begin() as tx:
        _opened(x, tx, viewer, partner, original)
        tx.audit(Audit(x.clock(), viewer.name, "read", f"{partner}/{original}"))
    return x.originals.get(original)


def inbox(x: Exchange, viewer: Viewer, state: State | None = None, after: str = "", limit: int = 50) -> tuple[Row, ...]:
    """List originals with their states by time received; `after` is the cursor of the last original seen."""
    allow.check(viewer, "states.read")
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "inbox"))
        return tx.rows(state=state, after=after, limit=limit)


def doubts(x: Exchange, viewer: Viewer) -> tuple[tuple[Doubt, Fact | None, Fact | None], ...]:
    """List open possible matches, each with both Patient facts."""
    allow.check(viewer, "doubts.settle")
    with x.store.begin() as tx:
        open_ones = tx.doubts()
        found = {f.id: f for f in tx.facts_named({p for d in open_ones for p in (d.patient, d.candidate)})}
        for doubt in open_ones:
            tx.audit(Audit(x.clock(), viewer.name, "read", doubt.id))
        return tuple((d, found.get(d.patient), found.get(d.candidate)) for d in open_ones)


def status(x: Exchange) -> tuple[Count, ...]:
    """Count per partner and format; no patient data."""
    with x.store.begin() as tx:
        return tx.counts()


def _opened(x: Exchange, tx: Transaction, viewer: Viewer, partner: PartnerId, original: OriginalId) -> Row:
    """Give the row of an original all of which this viewer may see. Raises NotFound or NotPermitted."""
    row = tx.row(partner, original)
    if row is None or not allow.whole(x, tx, viewer, partner, original):
        raise allow.refused(viewer, row)
    return row


def _standing_at(items: tuple[Item, ...], place: Place) -> int | None:
    """Find the item that holds this place: the same path, else the longest path that the place goes into."""
    best, length = None, 0
    for n, item in enumerate(items):
        if item.place.path == place.path and (place.box is None or item.place.box == place.box):
            return n
        path = item.place.path
        inside = place.path.startswith(path) and not place.path[len(path) : len(path) + 1].isalnum()
        if inside and len(path) > length:
            best, length = n, len(path)
    return best


def _references(facts: tuple[Fact, ...]) -> set[str]:
    """Give the ids of all that is referred to. Looked for in the text: to walk through the million values of a long record takes longer."""
    told = orjson.dumps([f.resource for f in facts])
    named = {part[: part.find(b'"')] for part in told.split(b'"reference":"')[1:]}
    return {name.partition(b"/")[2].decode() for name in named}


def verify(x: Exchange) -> tuple[int, tuple[OriginalId, ...], tuple[OriginalId, ...]]:
    """Re-hash all kept bytes: (how many are good, ids whose bytes differ, ids in the ledger without bytes)."""
    checked = dict(x.originals.verify())
    known: set[OriginalId] = set()
    after = ""
    with x.store.begin() as tx:
        while rows := tx.rows(after=after, limit=FIRST):
            known |= {r.original.id for r in rows}
            after = rows[-1].original.cursor
    differ = tuple(sorted(i for i, good in checked.items() if not good))
    return sum(checked.values()), differ, tuple(sorted(known - checked.keys()))


def all_persons(x: Exchange, viewer: Viewer) -> tuple[str, ...]:
    """List every person's id, in order; for measuring on the machine itself, not for browsing."""
    allow.check(viewer, "persons.list")
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "list-persons"))
        return tx.persons()
