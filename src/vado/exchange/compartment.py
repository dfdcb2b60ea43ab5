"""Everything of one person, over all partners, page by page; where each fact comes from; who looked at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from vado.errors import NotFound
from vado.exchange import allow
from vado.exchange.consult import threshold_of
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.exchange.sift import references
from vado.exchange.sight import Sight
from vado.model.account import Role
from vado.model.fact import Fact, FhirJson
from vado.model.original import UNKNOWN_PARTNER, OriginalId, PartnerId
from vado.model.record import Viewer
from vado.record.permit import Decision
from vado.record.sources import audit_event, provenance
from vado.record.weigh import weigh

_REACH = 3  # what is referred to, and what that refers to ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a person is wanted."""

    kinds: frozenset[str] = frozenset()  # FHIR types; empty: all
    since: datetime | None = None  # only what was received after; aware
    after: str = ""  # cursor of the last page
    count: int = 1_000  # facts on a page


@dataclass(frozen=True, slots=True)
class Page:
    """Some of it: facts, and the Provenance of each where that is wanted."""

    facts: tuple[Fact, ...]
    provenances: tuple[FhirJson, ...]
    versions: Mapping[str, tuple[str, datetime]]  # fact id -> (partner, when received)
    total: int
    after: str = ""  # cursor of this page's end; "": there is no more
    withheld: int = 0  # read from paper and not reviewed


def everything(x: Exchange, patient: str, asked: Asked, viewer: Viewer) -> Page:
    """Give what is known of the person of a patient and this viewer may see, Patients first, then by type and id.

    What is hidden from the viewer is in no page and no count.

    Raises:
        NotFound: RE-001, there is nobody, or nobody whom this viewer may know. NotPermitted: AC-001, AC-002, see allow.read.
    """
    with x.store.begin() as tx:
        ours, decision = _theirs(x, tx, viewer, patient)
        see = Sight(x, tx, viewer, action="records.read")
        tx.audit(Audit(x.clock(), viewer.name, "export", patient))
        about = [f for f in decision.shown(tx.facts_about(ours)) if see.names(f.kind)]
        weighed = weigh(about, tx.decisions(patients=ours), threshold_of(x))
        facts = {f.id: f for f in (*weighed.facts, *see.facts(_referred(tx, weighed.facts)))}
        received = _received(tx, facts.values())
        wanted = [f for f in facts.values() if f.id in received and _is_wanted(f, asked, received)]
        wanted.sort(key=_cursor)
        rest = [f for f in wanted if _cursor(f) > asked.after] if asked.after else wanted
        page = rest[: asked.count]
        with_sources = (not asked.kinds or "Provenance" in asked.kinds) and see.names("Provenance")
        sources = tuple(provenance(f, received[f.id][1]) for f in page) if with_sources else ()
        shown = tuple(f for f in page if not asked.kinds or f.kind in asked.kinds)
        more = _cursor(page[-1]) if len(rest) > len(page) else ""
        return Page(shown, sources, received, len(wanted), more, len(weighed.waiting))


def _is_wanted(fact: Fact, asked: Asked, received: Mapping[str, tuple[str, datetime]]) -> bool:
    if asked.kinds and fact.kind not in asked.kinds and "Provenance" not in asked.kinds:
        return False
    return asked.since is None or received[fact.id][1] > asked.since


def _cursor(fact: Fact) -> str:
    return f"{fact.kind != 'Patient':d}/{fact.kind}/{fact.id}"


def patients_of(tx: Transaction, patient: str) -> tuple[str, ...]:
    """Give all patients of the person whose patient this is. Raises NotFound RE-001."""
    links = tx.links_of((patient,))
    person = tx.person(links[0].person) if links else None
    if person is None or patient not in {p.id for p in person.patients}:
        raise NotFound("RE-001")
    return tuple(p.id for p in person.patients)


def _theirs(x: Exchange, tx: Transaction, viewer: Viewer, patient: str) -> tuple[tuple[str, ...], Decision]:
    """Give all patients of the person whose patient this is, and what of it the viewer may see.

    Raises:
        NotFound: RE-001; also for a patient that is hidden from the viewer, although its person is not. NotPermitted: AC-001, AC-002.
    """
    links = tx.links_of((patient,))
    person = tx.person(links[0].person) if links else None
    named = [p for p in person.patients if p.id == patient] if person else []
    decision = allow.read(x, tx, viewer, person if named else None)
    if not decision.shown(named):
        raise NotFound("RE-001")
    return tuple(p.id for p in person.patients) if person else (), decision


def _referred(tx: Transaction, facts: Iterable[Fact]) -> list[Fact]:
    """Give what these refer to that is about nobody: practitioners, organisations, places."""
    seen, found, todo = {f.id for f in facts}, [], list(facts)
    for _ in range(_REACH):
        ids = {r.rpartition("/")[2] for f in todo for r in references(f.resource)} - seen
        todo = [f for f in tx.facts_named(sorted(ids)) if f.patient is None] if ids else []
        seen |= ids
        found += todo
    return found


def _received(tx: Transaction, facts: Iterable[Fact]) -> dict[str, tuple[str, datetime]]:
    """Give who told each fact, and when its original came."""
    told = list(facts)
    times = tx.bulk.received(f.id for f in told)
    found: dict[str, tuple[str, datetime]] = {}
    for fact in told:
        key = fact.evidence.partner, fact.evidence.original
        if at := times.get(key) or _of_original(tx, key):
            found[fact.id] = (key[0], at)
    return found


def _of_original(tx: Transaction, key: tuple[PartnerId, OriginalId]) -> datetime | None:
    """Say when an original came that tells this no more: a person confirmed what it had said."""
    row = tx.row(*key)
    return row.original.received if row else None


def provenances(x: Exchange, viewer: Viewer, *, target: str = "", patient: str = "") -> tuple[FhirJson, ...]:
    """Say where a fact comes from, all its tellings newest first; or where all that is known of a person's patient comes from.

    Only of what this viewer may see. Raises NotFound RE-001; NotPermitted AC-001, AC-002.
    """
    with x.store.begin() as tx:
        allow.check(viewer, "fhir.read")
        tx.audit(Audit(x.clock(), viewer.name, "read", target or patient))
        told = list(tx.versions(target)) if target else []
        if patient:
            ours, decision = _theirs(x, tx, viewer, patient)
            about = decision.shown(tx.facts_about(ours))
            told = [f for f in told if f.id in {a.id for a in about}] if target else list(about)
        told = Sight(x, tx, viewer, action="fhir.read").facts(told)
        times = tx.bulk.received({f.id for f in told})
        return tuple(
            provenance(f, at)
            for f in told
            if (
                at := times.get((f.evidence.partner, f.evidence.original))
                or _of_original(tx, (f.evidence.partner, f.evidence.original))
            )
        )


def one_provenance(x: Exchange, viewer: Viewer, id_: str) -> FhirJson:
    """Give one Provenance by its id. Raises NotFound RE-002."""
    fact, _, original = id_.rpartition("-")
    for found in provenances(x, viewer, target=fact) if fact and original else ():
        if found["id"] == id_:
            return found
    with x.store.begin() as tx:  # or one that a partner told
        for told in Sight(x, tx, viewer, action="fhir.read").facts(tx.facts_named([id_])):
            if told.kind == "Provenance":
                return told.resource
    raise NotFound("RE-002")


def file(x: Exchange, id_: OriginalId, viewer: Viewer) -> tuple[bytes, str]:
    """Give the bytes of an original and their media type, whichever partner sent them, to whoever may see all of it.

    Raises:
        NotFound: RE-003. NotPermitted: AC-001, AC-005.
    """
    allow.check(viewer, "originals.read")
    with x.store.begin() as tx:
        rows = [r for p in (*x.profiles, UNKNOWN_PARTNER) if (r := tx.row(p, id_))]
        if not rows:  # of a partner without a profile: rare, and slow to find
            others = dict.fromkeys(c.partner for c in tx.counts())
            rows = [r for p in others if (r := tx.row(p, id_))]
        row = next((r for r in rows if allow.whole(x, tx, viewer, r.original.partner, id_)), None)
        if row is None:
            raise allow.refused(viewer, next(iter(rows), None))
        tx.audit(Audit(x.clock(), viewer.name, "read", f"{row.original.partner}/{id_}"))
    return x.originals.get(id_), row.original.media_type


# the trail


@dataclass(frozen=True, slots=True)
class Looked:
    """Which lines of the trail are wanted."""

    patient: str = ""
    entity: str = ""  # id of what was looked at
    agent: str = ""  # account
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    count: int = 50


def accesses(x: Exchange, asked: Looked, viewer: Viewer) -> tuple[tuple[FhirJson, ...], int | None]:
    """Give lines of the trail as AuditEvents, newest first, and the number before which the next page begins.

    Citizens are given those about their own record.

    Raises:
        NotFound: RE-001. NotPermitted: AC-001.
    """
    with x.store.begin() as tx:
        allow.check(viewer, "trail.read")
        subjects = _watched(tx, viewer)
        if asked.patient:
            wanted = _of_patients(tx, patients_of(tx, asked.patient))
            if subjects is not None and asked.patient not in subjects:
                raise NotFound("RE-001")
            subjects = wanted if subjects is None else wanted & subjects
        if asked.entity:
            subjects = {asked.entity} & subjects if subjects is not None else {asked.entity}
        lines = tx.accesses.lines(subjects=subjects, since=asked.since, until=asked.until, before=asked.before, limit=asked.count)
        tx.audit(Audit(x.clock(), viewer.name, "read-trail", asked.patient or asked.entity))
        told = [(n, a) for n, a in lines if asked.agent in ("", a.who)]
        found = tuple(_event(tx, n, a, asked.patient) for n, a in told)
        return found, lines[-1][0] if len(lines) == asked.count else None


def one_access(x: Exchange, viewer: Viewer, number: int) -> FhirJson:
    """Give one line of the trail. Raises NotFound RE-002, NotPermitted AC-001."""
    allow.check(viewer, "trail.read")
    with x.store.begin() as tx:
        line, subjects = tx.accesses.line(number), _watched(tx, viewer)
        if line is None or (subjects is not None and line.subject not in subjects):
            raise NotFound("RE-002")
        tx.audit(Audit(x.clock(), viewer.name, "read-trail", str(number)))
        return _event(tx, number, line, "")


def _watched(tx: Transaction, viewer: Viewer) -> set[str] | None:
    """Give about what somebody may learn who looked at it: a citizen about their own record; None: about everything."""
    if viewer.role in {Role.MACHINE, Role.ADMINISTRATOR}:
        return None
    if viewer.role is not Role.CITIZEN or not viewer.patient or not tx.links_of((viewer.patient,)):
        return set()
    ours = patients_of(tx, viewer.patient)
    return _of_patients(tx, ours) if viewer.about in ("", *ours) else set()


def _of_patients(tx: Transaction, ours: tuple[str, ...]) -> set[str]:
    links = tx.links_of(ours)
    return {*ours, *(e.person for e in links), *(f.id for f in tx.facts_about(ours))}


def _event(tx: Transaction, number: int, line: Audit, patient: str) -> FhirJson:
    subject, about = line.subject, ""
    if "/" in subject:
        subject = f"Binary/{subject.rpartition('/')[2]}"
    elif facts := tx.versions(subject) if subject else ():
        subject, about = f"{facts[0].kind}/{subject}", facts[0].patient or ""
    elif subject and (person := tx.person(subject)):
        subject, about = f"Person/{subject}", patient or person.patients[0].id
    return audit_event(number, line.at, line.who, line.action, subject=subject, patient=about)
