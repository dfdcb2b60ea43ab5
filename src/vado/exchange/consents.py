"""What a person decides on who may see their record, whom they let act for them, and how they learn who looked."""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import allow
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.account import Consent, ConsentKind, Relation, RelationKind, Role
from vado.model.original import OriginalId, PartnerId
from vado.model.person import Person
from vado.model.record import Viewer

GLASS_LASTS = timedelta(hours=1)
_SHORTEST = 8  # characters of a reason
_NOT_YET = datetime.min.replace(tzinfo=UTC)
_TURNS = 100  # consents looked after in one transaction
_SEEN = 500  # accesses listed


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody looked at, or changed, something of a person."""

    at: datetime
    who: str
    action: str
    reason: str = ""  # of a broken glass


@dataclass(frozen=True, slots=True)
class Mine:
    """What a person decided, and whom they appointed."""

    consents: tuple[Consent, ...]
    proxies: tuple[tuple[Relation, str], ...]  # with the name of the account


def said(  # noqa: PLR0913 - what a consent is
    kind: ConsentKind, *, partner: str = "", original: str = "", fact: str = "", until: datetime | None = None,
    since: datetime | None = None,
) -> Consent:  # fmt: skip
    """Make a decision that is not in force yet: whose it is, and when it was given, is known when it is given."""
    return Consent("", (), kind, _NOT_YET, "", PartnerId(partner), original, fact, until, since=since)


def give(x: Exchange, person_id: str, consent: Consent, viewer: Viewer, action: str = "consents.change") -> Consent:
    """Put a decision of a person in force; with "consents.tell", as a partner's program tells of its own patient.

    Raises:
        NotFound: RE-001. NotPermitted: AC-001. VadoError: AC-014.
    """
    if consent.kind is ConsentKind.SHARE and not consent.partner:
        raise VadoError("AC-014", what="a partner", option="--partner")
    if consent.kind is ConsentKind.HIDE and not (consent.partner or consent.original or consent.fact):
        raise VadoError("AC-014", what="a source, a document or a fact", option="--source")
    with x.store.begin() as tx:
        person, now = _own(x, tx, person_id, viewer, action), x.clock()
        made = replace(
            consent, id=f"c-{secrets.token_hex(8)}", patients=tuple(p.id for p in person.patients), given=now, by=viewer.name,
            turns=consent.turn_after(now),
        )  # fmt: skip
        tx.accounts.consent(made)
        tx.outbox.changed(made.patients)  # what partners were sent is another record now
        tx.audit(Audit(x.clock(), viewer.name, f"consent-{made.kind.value}", person.id))
        return made


def withdraw(x: Exchange, person_id: str, consent_id: str, viewer: Viewer) -> None:
    """Take a decision back; that it was there is kept. Raises NotFound AC-013."""
    with x.store.begin() as tx:
        person = _own(x, tx, person_id, viewer)
        found = [c for c in tx.accounts.consents(p.id for p in person.patients) if c.id == consent_id]
        if not found:
            raise NotFound("AC-013")
        tx.accounts.consent(replace(found[0], withdrawn=x.clock(), turns=None))
        tx.outbox.changed(sorted({*found[0].patients, *(p.id for p in person.patients)}))
        tx.audit(Audit(x.clock(), viewer.name, "consent-withdrawn", person.id))


def look_after_turns(x: Exchange) -> int:
    """Note as changed the records whose consents have begun or ended by themselves; give how many consents these were.

    The outbox then sends again, or lets nothing more go. Each turn is noted in the transaction that makes the change, once.
    """
    with x.store.begin() as tx:
        now = x.clock()
        due = tx.accounts.turning(now, _TURNS)
        for one in due:
            tx.accounts.consent(replace(one, turns=one.turn_after(now)))
            tx.outbox.changed(one.patients)
    return len(due)


def appoint(x: Exchange, person_id: str, name: str, until: datetime, viewer: Viewer) -> Relation:
    """Let a carer act for a person until a day. Raises NotFound RE-001, AC-007; NotPermitted AC-001."""
    with x.store.begin() as tx:
        person = _own(x, tx, person_id, viewer)
        carer = tx.accounts.named(name)
        if carer is None or carer.role not in {Role.CARER, Role.CITIZEN}:
            raise NotFound("AC-007")
        return _relate(x, tx, carer.id, person, RelationKind.PROXY, until, viewer)


def declare(x: Exchange, person_id: str, name: str, until: datetime | None, viewer: Viewer) -> Relation:
    """Write down that a practitioner cares for a person. Only on the machine itself, by whoever answers for it."""
    allow.check(viewer, "relations.declare")
    with x.store.begin() as tx:
        person, account = tx.person(person_id), tx.accounts.named(name)
        if person is None:
            raise NotFound("RE-001")
        if account is None:
            raise NotFound("AC-007")
        return _relate(x, tx, account.id, person, RelationKind.DECLARED, until, viewer)


def end(x: Exchange, person_id: str, relation_id: str, viewer: Viewer) -> None:
    """End a carer's proxy, or another tie, now. Raises NotFound AC-013."""
    with x.store.begin() as tx:
        person = _own(x, tx, person_id, viewer)
        found = [r for r in tx.accounts.relations_to(p.id for p in person.patients) if r.id == relation_id]
        if not found or found[0].kind is RelationKind.GLASS:
            raise NotFound("AC-013")
        tx.accounts.relate(replace(found[0], until=x.clock()))
        tx.audit(Audit(x.clock(), viewer.name, f"end-{found[0].kind.value}", person.id))


def break_glass(x: Exchange, person_id: str, reason: str, viewer: Viewer) -> Relation:
    """Open a record, hidden parts included, for an hour and a reason, which the person can read. Raises AC-001, AC-011, RE-001."""
    allow.check(viewer, "glass.break")
    if len(reason.strip()) < _SHORTEST:
        raise VadoError("AC-011")
    with x.store.begin() as tx:
        person = tx.person(person_id)
        if person is None or not viewer.account:
            raise NotFound("RE-001")
        until = x.clock() + GLASS_LASTS
        return _relate(x, tx, viewer.account, person, RelationKind.GLASS, until, viewer, reason.strip()[:500])


def explain(x: Exchange, partner: PartnerId, original: OriginalId, reason: str, viewer: Viewer) -> None:
    """Let an operator open one original for an hour, for a reason. Raises AC-001, AC-011, RE-003."""
    allow.check(viewer, "originals.explain")
    if len(reason.strip()) < _SHORTEST:
        raise VadoError("AC-011")
    with x.store.begin() as tx:
        if tx.row(partner, original) is None:
            raise NotFound("RE-003")
        now, subject = x.clock(), f"{partner}/{original}"
        said = Relation(
            f"r-{secrets.token_hex(8)}", viewer.account, subject, RelationKind.REASON, now, now + GLASS_LASTS, viewer.name,
            reason.strip()[:500],
        )  # fmt: skip
        tx.accounts.relate(said)
        tx.audit(Audit(now, viewer.name, "open-original", subject))


def mine(x: Exchange, person_id: str, viewer: Viewer) -> Mine:
    """Give what a person decided, withdrawn decisions too. Raises NotFound RE-001."""
    with x.store.begin() as tx:
        person = _own(x, tx, person_id, viewer, "accesses.read")
        ours = [p.id for p in person.patients]
        proxies = [r for r in tx.accounts.relations_to(ours) if r.kind is RelationKind.PROXY]
        names = {r.account: tx.accounts.get(r.account) for r in proxies}
        tx.audit(Audit(x.clock(), viewer.name, "read-consents", person.id))
        return Mine(tx.accounts.consents(ours), tuple((r, a.name) for r in proxies if (a := names[r.account])))


def accesses(x: Exchange, person_id: str, viewer: Viewer) -> tuple[Access, ...]:
    """List who looked at anything of a person, newest first; of a broken glass with the reason. Raises NotFound RE-001."""
    with x.store.begin() as tx:
        person = _own(x, tx, person_id, viewer, "accesses.read")
        ours = [p.id for p in person.patients]
        facts = tx.facts_about(ours)
        originals = {f"{f.evidence.partner}/{f.evidence.original}" for f in facts}
        events = tx.trail.about([person.id, *ours, *(f.id for f in facts), *sorted(originals)], limit=_SEEN)
        glass = {(r.since, r.by): r.reason for r in tx.accounts.relations_to(ours) if r.kind is RelationKind.GLASS}
        tx.audit(Audit(x.clock(), viewer.name, "read-accesses", person.id))
    return tuple(Access(e.at, e.who, e.action, glass.get((e.at, e.who), "")) for e in events)


def own_persons(x: Exchange, viewer: Viewer) -> tuple[str, ...]:
    """Give the ids of the persons whose record is this viewer's own, and of those whom they may act for."""
    with x.store.begin() as tx:
        now = x.clock()
        proxies = (r for r in tx.accounts.relations_of(viewer.account) if r.kind is RelationKind.PROXY)
        patients = [viewer.patient, *(r.subject for r in proxies if r.until is None or now < r.until)]
        links = {e.patient: e.person for e in tx.links_of(p for p in patients if p)}
        return tuple(dict.fromkeys(links[p] for p in patients if p in links))


def founder(x: Exchange, person_id: str) -> str:
    """Give the patient by whom a citizen's account names its person: the one linked first. Raises NotFound RE-001."""
    with x.store.begin() as tx:
        person = tx.person(person_id)
        if person is None:
            raise NotFound("RE-001")
        return person.patients[0].id


def _own(x: Exchange, tx: Transaction, person_id: str, viewer: Viewer, action: str = "consents.change") -> Person:
    """Give a person to whoever may decide for them: themselves. To read, a carer as well."""
    allow.check(viewer, action)
    person = tx.person(person_id)
    if person is None or not allow.decide(x, tx, viewer, person, action).allowed:
        raise NotFound("RE-001")
    if action != "accesses.read" and not _decides(viewer, person):
        raise NotPermitted("AC-001")  # who acts for another grants nothing further
    return person


def _decides(viewer: Viewer, person: Person) -> bool:
    if viewer.role is Role.CLIENT:  # of its own patients alone, and never for an app of one person
        return not viewer.about and viewer.partner in {p.evidence.partner for p in person.patients}
    return viewer.role is Role.MACHINE or viewer.patient in {p.id for p in person.patients}


def _relate(  # noqa: PLR0913 - what a relation is
    x: Exchange, tx: Transaction, account: str, person: Person, kind: RelationKind, until: datetime | None, viewer: Viewer,
    reason: str = "",
) -> Relation:  # fmt: skip
    now = x.clock()
    made = Relation(f"r-{secrets.token_hex(8)}", account, person.patients[0].id, kind, now, until, viewer.name, reason)
    tx.accounts.relate(made)
    tx.audit(Audit(now, viewer.name, "break-glass" if kind is RelationKind.GLASS else f"relate-{kind.value}", person.id))
    return made
