"""Whose record is it: match each patient of an original, link what is sure, ask a person about the rest.

A person is the set of patients joined by certain or probable matches; its id is the smallest that any
of them began with, so the order of arrival does not change it. Links are events; a person's word
(a settled doubt) outlives every rule.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations

from vado.exchange.ports import Exchange, Settled, Transaction
from vado.model.fact import Fact
from vado.model.original import Original, stable_id
from vado.model.person import Contribution, Demographics, Doubt, LinkEvent, LinkKind, Match, MatchGrade, person_id
from vado.model.reading import Place, issue
from vado.model.review import as_decided, from_paper

RULE = "rule"
SURE = {MatchGrade.CERTAIN, MatchGrade.PROBABLE}
SAID_BY_PARTNER = (Contribution("partner", "said-same", 30.0),)  # a merge message, or one message around both
HIGHEST = {MatchGrade.CERTAIN: 3, MatchGrade.PROBABLE: 2, MatchGrade.POSSIBLE: 1, MatchGrade.CERTAINLY_NOT: 0}


def link_patients(x: Exchange, tx: Transaction, settled: Settled) -> int:
    """Link every patient of this original; return how many doubts now wait for a person."""
    doubts = 0
    for fact in settled.facts:
        if fact.kind == "Patient" and fact.patient == fact.id:
            doubts += link_patient(x, tx, fact, settled.original)
    _part(x, tx, [f for f in settled.facts if f.kind == "Patient" and "link" in f.evidence.removes], settled.original)
    return doubts


def _part(x: Exchange, tx: Transaction, facts: list[Fact], original: Original) -> None:
    """The partner says that these are not one human being (HL7 v2 A37): a person's word stands, every rule's link is undone."""
    for one, other in combinations(facts, 2):
        if _verdict(tx, one.id, other.id) == "same":
            continue
        question = doubt_id(one.id, other.id)
        tx.ask(Doubt(question, one.id, other.id, 0.0, (), original.id, original.partner, x.clock()))
        tx.answer(question, "different", f"partner:{original.partner}")
        if len({e.person for e in tx.links_of((one.id, other.id))}) < 2:
            alone = stable_id("person", other.id, "unlinked", str(len(tx.link_history(other.id))))
            tx.add_link(
                LinkEvent(other.id, alone, LinkKind.UNLINK, MatchGrade.CERTAIN, 0.0, (), f"partner:{original.partner}", x.clock())
            )


def doubt_id(one: str, other: str) -> str:
    """Name the question 'are these two the same?', whichever is asked first."""
    return stable_id("doubt", *sorted((one, other)))


def join(tx: Transaction, match: Match, *, by: str, at: datetime) -> None:
    """Make the persons of both patients one; the smaller id stays."""
    persons = {e.person for e in tx.links_of((match.patient, match.candidate))}
    if len(persons) < 2:
        return
    stays = min(persons)
    for person in persons - {stays}:
        moved = tx.person(person)
        for patient in moved.patients if moved else ():
            tx.add_link(
                LinkEvent(
                    patient.id, stays, LinkKind.LINK, match.grade, match.weight, match.why, by, at,
                    with_patient=match.candidate if patient.id != match.candidate else match.patient,
                )
            )  # fmt: skip


def with_a_persons_word(tx: Transaction, fact: Fact) -> Fact:
    """Give a Patient as a person may have corrected it: so it is compared."""
    return as_decided(fact, tx.decisions(facts=[fact.id])) if from_paper(fact) else fact


def link_patient(x: Exchange, tx: Transaction, fact: Fact, original: Original) -> int:
    """Link one patient, as told till now and as a person may have corrected it; return how many doubts now wait."""
    fact = with_a_persons_word(tx, next(iter(tx.facts_named((fact.id,))), fact))  # with what was told before
    new = x.normalise(fact)
    said, found = tuple(_said_by_partner(tx, fact, original)), ()
    if tx.demographics((fact.id,)) != (new,) or not tx.links_of((fact.id,)):  # else nothing new is told about who this is
        keys = x.keys(new)
        tx.know(new, keys)
        if not tx.links_of((fact.id,)):
            tx.add_link(LinkEvent(fact.id, person_id(fact.id), LinkKind.LINK, MatchGrade.CERTAIN, 0.0, (), RULE, x.clock()))
        candidates, crowded = tx.candidates(keys)
        if crowded:
            tx.complain(original.partner, original.id, issue("IN-021", Place(original.id, "Patient"), count=crowded))
        found = x.match(new, [c for c in candidates if c.patient != fact.id])
    return sum(join_or_ask(x, tx, match, original) for match in (*said, *found))


def join_or_ask(x: Exchange, tx: Transaction, match: Match, original: Original) -> int:
    """Act on one match: make the two persons one, or let a person say; return how many doubts now wait."""
    if match.grade in SURE and _nothing_against(x, tx, match):
        join(tx, match, by=RULE, at=x.clock())
    elif match.grade is not MatchGrade.CERTAINLY_NOT:
        return _ask(x, tx, match, original)
    return 0


def _said_by_partner(tx: Transaction, fact: Fact, original: Original) -> Iterable[Match]:
    """Take the partner's word: a merge (Patient.link), or a document inside a message on one patient."""
    said = {
        link.get("other", {}).get("reference", "").removeprefix("Patient/")
        for link in fact.resource.get("link", ())
        if link.get("type") in {"replaces", "replaced-by", "refer"}
    }
    if original.parent:
        owners = [f.id for f in tx.facts_from(original.partner, original.parent) if f.kind == "Patient"]
        said |= set(owners) if len(owners) == 1 else set()
    for other in sorted(said - {fact.id}):
        if tx.links_of((other,)):
            yield Match(fact.id, other, MatchGrade.CERTAIN, 30.0, SAID_BY_PARTNER)


def _nothing_against(x: Exchange, tx: Transaction, match: Match) -> bool:
    """Say whether these two may be joined: no person said no, and nobody on either side is certainly another."""
    ours, theirs = (_members(tx, p) for p in (match.patient, match.candidate))
    if any(_verdict(tx, a.patient, b.patient) == "different" for a in ours for b in theirs):
        return False
    return not any(m.grade is MatchGrade.CERTAINLY_NOT for a in ours for m in x.match(a, theirs))


def _members(tx: Transaction, patient: str) -> tuple[Demographics, ...]:
    (link,) = tx.links_of((patient,))
    person = tx.person(link.person)
    return tx.demographics(p.id for p in person.patients) if person else tx.demographics((patient,))


def _verdict(tx: Transaction, one: str, other: str) -> str:
    doubt = tx.doubt(doubt_id(one, other))
    return doubt.verdict if doubt else ""


def _ask(x: Exchange, tx: Transaction, match: Match, original: Original) -> int:
    if len({e.person for e in tx.links_of((match.patient, match.candidate))}) < 2:
        return 0
    if _verdict(tx, match.patient, match.candidate):
        return 0
    tx.ask(
        Doubt(
            doubt_id(match.patient, match.candidate), match.patient, match.candidate, match.weight, match.why,
            original.id, original.partner, x.clock(),
        )
    )  # fmt: skip
    return 1
