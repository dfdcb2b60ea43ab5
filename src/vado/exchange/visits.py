"""Looking at a record as a practitioner does: what is new since the last time, whom they looked at of late, and a summary on paper."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vado.errors import NotFound
from vado.exchange import allow, consult
from vado.exchange.ports import Audit, Exchange
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import UNKNOWN
from vado.model.person import Person
from vado.model.record import Record, Viewer

_VISIT = timedelta(minutes=30)  # looks no further apart are one visit: going from page to page makes nothing old
_LOOKED, _RECENT = 300, 8


@dataclass(frozen=True, slots=True)
class News:
    """What somebody has not seen yet of a record."""

    since: datetime | None  # when they looked the last time; None: never, and then nothing is called new
    facts: frozenset[str] = frozenset()  # told since for the first time, or otherwise than before; or of a patient linked since


@dataclass(frozen=True, slots=True)
class Recent:
    """Somebody whom this viewer looked at before."""

    person: Person
    at: datetime
    open: bool  # they may read the record now; False: not without a reason


def look(x: Exchange, person_id: str, viewer: Viewer, as_of: datetime | None = None) -> tuple[Record, News]:
    """Show a record, and what of it is new to this viewer. Audited, and refused, as consult.show_record does."""
    with x.store.begin() as tx:
        times = tx.looks.times(viewer.name, person_id, limit=_LOOKED)
    record = consult.show_record(x, person_id, viewer, as_of=as_of)
    since = last_visit(times, record.at)
    if since is None or as_of is not None:
        return record, News(None)
    linked = {e.patient for e in record.person.links if e.at > since}
    joined = (f.id for line in record.lines for f in (line.shown, *line.same, *line.conflicts) if f.patient in linked)
    with x.store.begin() as tx:
        told = tx.looks.told_since([p.id for p in record.person.patients], since)
    return record, News(since, told | frozenset(joined if linked else ()))


def last_visit(times: tuple[datetime, ...], now: datetime) -> datetime | None:
    """Give when a visit before this one ended, of looks newest first; None: there was none."""
    for at in times:
        if now - at > _VISIT:
            return at
        now = at
    return None


def recent(x: Exchange, viewer: Viewer) -> tuple[Recent, ...]:
    """List whom this viewer looked at last, newest first, as far as they may still be found. Their own looks only."""
    allow.check(viewer, "persons.find")
    with x.store.begin() as tx:
        found: list[Recent] = []
        looked = tx.looks.last(viewer.name, limit=_LOOKED)
        people = tx.people(subject for subject, _ in looked)
        shown = allow.reduced(x, tx, viewer, people.values())
        opens = allow.decide_each(x, tx, viewer, (people[i] for i in shown))
        for subject, at in [(s, at) for s, at in looked if s in shown][:_RECENT]:
            found.append(Recent(shown[subject], at, opens[subject].allowed))
            tx.audit(Audit(x.clock(), viewer.name, "found", subject))
        return tuple(found)


def printed(x: Exchange, person_id: str, viewer: Viewer) -> Outgoing:
    """Write a summary of a record as PDF, for whoever may read it. Audited as an export.

    Raises as consult.show_record; NotFound RE-003, this place writes no PDF.
    """
    writer = x.writers.get("pdf")
    if writer is None:
        raise NotFound("RE-003")
    record = consult.show_record(x, person_id, viewer, "export")
    profile = x.profiles.get(viewer.partner, UNKNOWN)
    wish = Wish(profile.id, "page", "pdf", "page", options={"language": viewer.language})
    return next(iter(writer.write([record], profile, wish)))
