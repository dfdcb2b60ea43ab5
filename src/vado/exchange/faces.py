"""Possible over-merges: persons whose patients contradict each other; and who has to be told when one is taken apart."""

from dataclasses import dataclass, replace
from datetime import datetime

from vado.errors import NotFound
from vado.exchange import allow
from vado.exchange.link import known_as, with_a_persons_word
from vado.exchange.openings import OF_ACCOUNTS
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.linkage.faces import Clash, clashes
from vado.model.fact import Evidence, Fact, FhirJson
from vado.model.original import OriginalId, PartnerId
from vado.model.person import LinkEvent, LinkKind, Match, Person
from vado.model.reading import Fidelity
from vado.model.record import Viewer

AT_ONCE = 60  # persons looked at in one transaction
_MOST_FACTS = 20_000  # of one person; with more, only who they say they are is compared


@dataclass(frozen=True, slots=True)
class OverMerge:
    """A person who may be two."""

    person: Person
    clashes: tuple[Clash, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """Somebody who got to see a record while it was wrong."""

    who: str
    action: str  # 'read' or 'export'
    person: str  # the record as it was called then
    last: datetime
    times: int


def over_merged(x: Exchange, viewer: Viewer, *, after: str = "", limit: int = AT_ONCE) -> tuple[tuple[OverMerge, ...], str]:
    """Look at the next persons with more than one patient: (those who may be two, id of the last one looked at; "" at the end).

    Args:
        x: the exchange.
        viewer: who asks; audited.
        after: id of the person after which to go on.
        limit: how many persons are looked at.
    """
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "over-merges"))
        ids = tx.joined(after, limit)
        found = tuple(one for id_ in ids if (one := _faces(tx, id_)))
        away = allow.hidden_among(x, tx, viewer, (p.id for one in found for p in one.person.patients))
        found = tuple(one for one in found if not away & {p.id for p in one.person.patients})
    return found, ids[-1] if len(ids) == limit else ""


def faces(x: Exchange, person: str, viewer: Viewer) -> tuple[Clash, ...]:
    """Give what contradicts what in one person. Raises NotFound RE-001."""
    with x.store.begin() as tx:
        if tx.person(person) is None:
            raise NotFound("RE-001")
        tx.audit(Audit(x.clock(), viewer.name, "read", person))
        found = _faces(tx, person)
        return found.clashes if found else ()


def _faces(tx: Transaction, id_: str) -> OverMerge | None:
    person = tx.person(id_)
    if person is None or len(person.patients) < 2:
        return None
    ours = [p.id for p in person.patients]
    patients = tuple(with_a_persons_word(tx, p) for p in person.patients)
    found = clashes(patients, tx.demographics(ours), tx.facts_about(ours))
    return OverMerge(replace(person, patients=patients), found) if found else None


def preview(x: Exchange, resource: FhirJson, partner: PartnerId, viewer: Viewer) -> tuple[Match, ...]:
    """Say whom this Patient would match, best first, storing nothing but that somebody asked.

    Args:
        x: the exchange.
        resource: a FHIR Patient; its id does not matter.
        partner: who would send it.
        viewer: who asks; audited.
    """
    evidence = Evidence(partner, OriginalId(""), (), "preview", "preview", Fidelity.CODED, 1.0)
    new = known_as(x, Fact({**resource, "resourceType": "Patient", "id": "preview"}, evidence, "preview"))
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "preview"))
        candidates, _ = tx.candidates(x.keys(new))
        return x.match(new, candidates)


def corrections(x: Exchange, patient: str, viewer: Viewer) -> tuple[Correction, ...]:
    """List who got to see a record in which this patient was wrongly: from each link that was undone later until then."""
    with x.store.begin() as tx:
        history = tx.link_history(patient)
        if not history:
            raise NotFound("RE-001")
        tx.audit(Audit(x.clock(), viewer.name, "corrections", patient))
        seen: dict[tuple[str, str, str], Correction] = {}
        for person, since, until in _wrong_stays(history):
            for a in tx.audits(subject=person, limit=1_000_000):
                if since <= a.at <= until and a.action in OF_ACCOUNTS:
                    key = (a.who, a.action, person)
                    times = seen[key].times + 1 if key in seen else 1
                    last = max(a.at, seen[key].last) if key in seen else a.at
                    seen[key] = Correction(a.who, a.action, person, last, times)
    return tuple(sorted(seen.values(), key=lambda c: (c.who, c.action, c.person)))


def _wrong_stays(history: tuple[LinkEvent, ...]) -> list[tuple[str, datetime, datetime]]:
    """Give (person, since, until) of each stay that an UNLINK ended."""
    stays = []
    for before, event in zip(history, history[1:], strict=False):
        if event.kind is LinkKind.UNLINK:
            stays.append((before.person, before.at, event.at))
    return stays
