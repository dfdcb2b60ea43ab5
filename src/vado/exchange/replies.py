"""What people are owed a reply to: a question why somebody looked, a dispute, a correction. Sent, seen, answered; late is late for all to see."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import allow
from vado.exchange.contributions import objection, speaker, worded
from vado.exchange.looks import org_of, subjects_of
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.account import Role
from vado.model.fact import Fact
from vado.model.original import Original, PartnerId
from vado.model.record import Viewer
from vado.model.said import CITIZEN, Answer, Owed, OwedKind
from vado.record.head import heading
from vado.record.permit import may

PAGE = 50
RUN_IT = frozenset({Role.OPERATOR, Role.ADMINISTRATOR, Role.MACHINE})  # those who run the place


@dataclass(frozen=True, slots=True)
class Waiting:
    """One reply that is owed, as whoever has to give it sees it."""

    owed: Owed
    late: bool
    person: str = ""  # id; "": not for this viewer
    name: str = ""
    fact: Fact | None = None  # what it is about, where this viewer may see it
    open: bool = True  # its text is for this viewer


def dispute(  # noqa: PLR0913 - what a dispute is
    x: Exchange, person_id: str, fact_id: str, text: str, rather: str, viewer: Viewer
) -> tuple[Owed, Original]:
    """Say that a fact is not so; its source owes a reply. Raises NotFound RE-001, RE-002; VadoError ME-004, ME-007.

    What is said is kept as an original; who gets it to read reads it (receive.carry_on).
    """
    said = worded(text)
    better = worded(rather) if rather.strip() else ""
    with x.store.begin() as tx:
        who = speaker(x, tx, person_id, viewer)
        fact = next(iter(tx.facts_named((fact_id,))), None)
        person = tx.person(person_id)
        ours = {p.id for p in person.patients} if person else set[str]()
        if fact is None or fact.patient not in ours or not allow.shown(x, tx, viewer, fact):
            raise NotFound("RE-002")
        if fact.evidence.partner == CITIZEN:
            raise VadoError("ME-007")
    whole = f"{said}\n\n{better}" if better else said
    original = objection(x, who, (fact.kind, fact.id), whole, viewer)
    kind = OwedKind.CORRECTION if better else OwedKind.DISPUTE
    now = x.clock()
    made = Owed(
        f"q-{secrets.token_hex(8)}", kind, who.patient, viewer.account, who.voice, fact.evidence.partner, now,
        now + timedelta(days=x.reply_days), said, better, fact.id, original.id,
    )  # fmt: skip
    _put(x, made, viewer, f"ask-{kind.value}")
    return made, original


def question(x: Exchange, person_id: str, line: int, text: str, viewer: Viewer) -> Owed:
    """Ask why somebody looked, by the line of the audit trail; their organisation owes a reply. Raises NotFound RE-001, ME-004."""
    said = worded(text)
    with x.store.begin() as tx:
        who = speaker(x, tx, person_id, viewer)
        look, person = tx.accesses.line(line), tx.person(person_id)
        if look is None or person is None or look.subject not in subjects_of(tx, person):
            raise NotFound("RE-001")
        to = org_of(tx, look.who)
    now = x.clock()
    made = Owed(
        f"q-{secrets.token_hex(8)}", OwedKind.QUESTION, who.patient, viewer.account, who.voice, to, now,
        now + timedelta(days=x.reply_days), said, looked=look.who, looked_at=look.at,
    )  # fmt: skip
    _put(x, made, viewer, "ask-question")
    return made


def mine(x: Exchange, person_id: str, viewer: Viewer) -> tuple[Owed, ...]:
    """List what was asked for a person, the newest first. Raises NotFound RE-001."""
    with x.store.begin() as tx:
        person = tx.person(person_id)
        allow.read(x, tx, viewer, person, "accesses.read")
        tx.audit(Audit(x.clock(), viewer.name, "read-asked", person_id))
        return tx.replies.of(p.id for p in person.patients) if person else ()


def worklist(x: Exchange, viewer: Viewer, after: str = "", limit: int = PAGE, *, mark: bool = True) -> tuple[Waiting, ...]:
    """List what this viewer's organisation owes: open first, the next due first. Who runs the place sees all, the texts of their own.

    What is shown is seen from then on, and the person can tell; not so without `mark`.
    """
    allow.check(viewer, "replies.read")
    to = None if viewer.role in RUN_IT else viewer.partner
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "list-replies"))
        return tuple(_as_waiting(x, tx, owed, viewer, mark=mark) for owed in tx.replies.owed_by(to, after=after, limit=limit))


def one(x: Exchange, owed_id: str, viewer: Viewer) -> Waiting:
    """Give one that this viewer answers. Raises NotFound ME-008, NotPermitted AC-001."""
    allow.check(viewer, "replies.read")
    with x.store.begin() as tx:
        owed = tx.replies.get(owed_id)
        if owed is None or not _is_for(owed, viewer):
            raise NotFound("ME-008")
        return _as_waiting(x, tx, owed, viewer, mark=True)


def answer(x: Exchange, owed_id: str, given: Answer, reply: str, viewer: Viewer) -> Owed:
    """Give the reply. Raises NotFound ME-008; NotPermitted AC-001; VadoError ME-004, ME-009 where it has been given."""
    allow.check(viewer, "replies.answer")
    with x.store.begin() as tx:
        owed = tx.replies.get(owed_id)
        if owed is None or not _is_for(owed, viewer):
            raise NotFound("ME-008")
        if owed.answered:
            raise VadoError("ME-009")
        asked = owed.kind is OwedKind.QUESTION
        if (given is Answer.ANSWERED) is not asked:
            raise NotPermitted("AC-001")
        said = worded(reply) if reply.strip() or given is not Answer.AGREED else ""
        now = x.clock()
        done = replace(
            owed, seen=owed.seen or now, answered=now, answered_by=viewer.name, answer=given, reply=said
        )  # fmt: skip
        tx.replies.put(done)
        tx.audit(Audit(now, viewer.name, "answer", owed_id))
        return done


def _is_for(owed: Owed, viewer: Viewer) -> bool:
    """Say whether this viewer answers it: of the organisation, or, where it is nobody's, who runs the place."""
    if viewer.role is Role.MACHINE:
        return True
    if viewer.role is Role.PRACTITIONER:
        return bool(viewer.partner) and owed.to == viewer.partner
    return owed.to == PartnerId("") and viewer.role in RUN_IT


def _as_waiting(x: Exchange, tx: Transaction, owed: Owed, viewer: Viewer, *, mark: bool) -> Waiting:
    if not _is_for(owed, viewer):
        return Waiting(owed, owed.is_late(x.clock()), open=False)
    if mark and owed.seen is None and viewer.role is not Role.MACHINE:
        owed = replace(owed, seen=x.clock())
        tx.replies.put(owed)
    tx.audit(Audit(x.clock(), viewer.name, "read-question", owed.id))
    person, fact = _whose(x, tx, owed, viewer), None
    if person[0] and owed.fact:
        told = tx.facts_named((owed.fact,))
        fact = next((f for f in told if allow.shown(x, tx, viewer, f)), None)
    return Waiting(owed, owed.is_late(x.clock()), *person, fact)


def _whose(x: Exchange, tx: Transaction, owed: Owed, viewer: Viewer) -> tuple[str, str]:
    """Give (id, name) of whose it is, where this viewer may read their record."""
    links = tx.links_of((owed.patient,))
    person = tx.person(links[0].person) if links else None
    if person is None or not may(viewer, "records.read"):
        return "", ""
    decision = allow.decide(x, tx, viewer, person)
    if not decision.allowed:
        return "", ""
    return person.id, heading(allow.without_hidden(person, decision))


def _put(x: Exchange, made: Owed, viewer: Viewer, action: str) -> None:
    with x.store.begin() as tx:
        tx.replies.put(made)
        tx.audit(Audit(made.made, viewer.name, action, made.id))
