"""Whose records are somebody's own business: themselves, and those whom they may act for; and what came lately for one of them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from vado.exchange import allow
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.account import RelationKind
from vado.model.fact import Fact
from vado.model.original import OriginalId, PartnerId, State
from vado.model.person import Person
from vado.model.record import Line, Record, Viewer
from vado.model.said import CHANNEL, CITIZEN, Voice, voice_of
from vado.record.head import heading
from vado.record.permit import may

_LATELY = 8  # originals listed
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Own:
    """A person whose record somebody may see as theirs."""

    id: str
    name: str
    is_self: bool
    until: datetime | None = None  # a carer acts until then


@dataclass(frozen=True, slots=True)
class Came:
    """One original that came lately."""

    at: datetime
    partner: PartnerId
    entries: int
    titles: tuple[str, ...]  # of some of them


@dataclass(frozen=True, slots=True)
class Added:
    """Something that a person, or a carer for them, added."""

    line: Line
    voice: Voice
    state: str  # 'read', 'reading', 'waiting', 'held': how far a photo or PDF has come; 'read' for everything else


def own(x: Exchange, viewer: Viewer) -> tuple[Own, ...]:
    """List them: oneself first. What is shown of others is noted."""
    if not may(viewer, "accesses.read"):
        return ()
    with x.store.begin() as tx:
        now = x.clock()
        proxies = [r for r in tx.accounts.relations_of(viewer.account) if r.kind is RelationKind.PROXY] if viewer.account else []
        until = {r.subject: r.until for r in proxies if r.until is None or now < r.until}
        patients = [p for p in (viewer.patient, *until) if p]
        homes = {e.patient: e.person for e in tx.links_of(patients)}
        found: dict[str, Own] = {}
        for patient in patients:
            person = tx.person(homes[patient]) if patient in homes else None
            if person and person.id not in found and (one := _named(x, tx, viewer, person, until.get(patient))):
                found[person.id] = one
        return tuple(found.values())


def came_lately(x: Exchange, record: Record) -> tuple[Came, ...]:
    """List the originals that last brought something to a record that is being shown, the newest first."""
    said: dict[tuple[PartnerId, OriginalId], list[Line]] = {}
    for line in sorted(record.lines, key=_told, reverse=True):
        e = line.shown.evidence
        if e.partner != CITIZEN:
            said.setdefault((e.partner, e.original), []).append(line)
    with x.store.begin() as tx:
        rows = [(tx.row(*key), lines) for key, lines in list(said.items())[: 3 * _LATELY]]
    came = [
        Came(row.original.received, row.original.partner, len(lines), tuple(dict.fromkeys(one.title for one in lines))[:3])
        for row, lines in rows
        if row
    ]
    return tuple(sorted(came, key=lambda c: c.at, reverse=True)[:_LATELY])


def added(x: Exchange, record: Record) -> tuple[Added, ...]:
    """List what people themselves added to a record that is being shown, the newest first."""
    lines = [line for line in record.lines if voice_of(line.shown)]
    lines.sort(key=_told, reverse=True)
    with x.store.begin() as tx:
        return tuple(Added(line, voice_of(line.shown) or Voice.PERSON, _state(tx, line.shown)) for line in lines)


def _state(tx: Transaction, fact: Fact) -> str:
    row = tx.row(CITIZEN, fact.evidence.original) if fact.kind == "DocumentReference" else None
    if row is None or row.original.channel != CHANNEL:
        return "read"
    states = {r.state for r in tx.children(CITIZEN, row.original.id)}
    return "reading" if State.KEPT in states else "waiting" if State.WAITING in states else "held"


def _named(x: Exchange, tx: Transaction, viewer: Viewer, person: Person, until: datetime | None) -> Own | None:
    decision = allow.decide(x, tx, viewer, person, "accesses.read")
    if not decision.allowed:
        return None
    is_self = decision.why == "own"
    if not is_self:
        tx.audit(Audit(x.clock(), viewer.name, "found", person.id))
    return Own(person.id, heading(allow.without_hidden(person, decision)), is_self, None if is_self else until)


def _told(line: Line) -> tuple[bool, datetime, str]:
    asserted = line.shown.evidence.asserted
    return (asserted is not None, asserted or _LONG_AGO, line.shown.id)
