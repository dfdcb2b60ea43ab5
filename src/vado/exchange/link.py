"""Whose record is it: match each patient of an original, link what is sure, ask a person about the rest.

A person is the set of patients joined by certain or probable matches; its id is the smallest that any
of them began with, so the order of arrival does not change it. Links are events; a person's word
(a settled doubt) outlives every rule.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations

from vado.exchange.breaker import is_open, note
from vado.exchange.ports import Exchange, Settled, Transaction
from vado.exchange.said import whose
from vado.model.fact import Fact
from vado.model.original import Original, stable_id
from vado.model.partner import UNKNOWN
from vado.model.person import Contribution, Demographics, Doubt, LinkEvent, LinkKind, Match, MatchGrade, person_id
from vado.model.reading import Place, issue
from vado.model.review import as_decided, from_paper

RULE = "rule"
SAME, DIFFERENT, WITHDRAWN = "same", "different", "withdrawn"  # a person's word on two patients; the last: taken back
SURE = {MatchGrade.CERTAIN, MatchGrade.PROBABLE}
SAID_BY_PARTNER = (Contribution("partner", "said-same", 30.0),)  # a merge message, or one message around both
_MOST_ASKED = 5  # questions about one arrival, the most likely first: nobody answers more, and one number may be everybody's


def link_patients(x: Exchange, tx: Transaction, settled: Settled) -> int:
    """Link every patient of this original; return how many doubts now wait for a person."""
    doubts = 0
    for fact in settled.facts:
        if fact.kind == "Patient" and fact.patient == fact.id:
            doubts += link_patient(x, tx, fact, settled.original)
    _part(x, tx, [f for f in settled.facts if f.kind == "Patient" and "link" in f.evidence.removes], settled.original)
    return doubts


def _part(x: Exchange, tx: Transaction, facts: list[Fact], original: Original) -> None:
    """The partner says that these are not one human being (HL7 v2 A37): every rule's link is undone, a person's word stands."""
    for one, other in combinations(facts, 2):
        if _verdict(tx, one.id, other.id) != SAME:
            part(tx, (other.id,), (one.id,), by=f"partner:{original.partner}", at=x.clock())


def part(tx: Transaction, leaving: Sequence[str], staying: Sequence[str], *, by: str, at: datetime) -> str:
    """Say that the patients who leave are another human being than those who stay; give the person of those who leave.

    They get a person of their own if they are still in one with the others. No rule joins the two again, also not by way of a
    third; a person may.

    Args:
        tx: the transaction.
        leaving: patients who belong together; at least one.
        staying: the patients whom they are not; may be ().
        by: who says so.
        at: when; aware, UTC.
    """
    told = {f.id: f.evidence for f in tx.facts_named((*leaving, *staying))}
    for one in leaving:
        for other in staying:
            question, evidence = doubt_id(one, other), told[one]
            tx.ask(Doubt(question, one, other, 0.0, (), evidence.original, evidence.partner, at))
            tx.answer(question, DIFFERENT, by)
    links = tx.links_of((*leaving, *staying))
    now = {e.patient: e.person for e in links}
    homes = {now[p] for p in leaving}
    if len(homes) == 1 and not homes & {now[p] for p in staying} and staying:
        return homes.pop()  # they are apart already
    first = min(leaving)
    alone = stable_id("person", first, "unlinked", str(len(tx.link_history(first))))
    for patient in leaving:
        why = min(staying, default="")
        tx.add_link(LinkEvent(patient, alone, LinkKind.UNLINK, MatchGrade.CERTAIN, 0.0, (), by, at, with_patient=why))
    return alone


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


def known_as(x: Exchange, fact: Fact) -> Demographics:
    """Give a Patient as matching knows it: numbers whose issuer the partner's profile does not trust decide nothing."""
    new, trusted = x.normalise(fact), x.profiles.get(fact.evidence.partner, UNKNOWN).trusted
    if not trusted:
        return new
    decide = tuple(i for i in new.identifiers if i.system in trusted)
    return replace(new, identifiers=decide, untrusted=tuple(i for i in new.identifiers if i not in decide))


def with_a_persons_word(tx: Transaction, fact: Fact) -> Fact:
    """Give a Patient as a person may have corrected it: so it is compared."""
    return as_decided(fact, tx.decisions(facts=[fact.id])) if from_paper(fact) else fact


def link_patient(x: Exchange, tx: Transaction, fact: Fact, original: Original) -> int:
    """Link one patient, as told till now and as a person may have corrected it; return how many doubts now wait."""
    fact = with_a_persons_word(tx, next(iter(tx.facts_named((fact.id,))), fact))  # with what was told before
    new = known_as(x, fact)
    said, found = tuple(_said_by_partner(tx, fact, original)), ()
    first = not tx.links_of((fact.id,))
    if first or tx.demographics((fact.id,)) != (new,):  # else nothing new is told about who this is
        keys = x.keys(new)
        tx.know(new, keys)
        if first:
            tx.add_link(_first_link(tx, fact, original, x.clock()))
        candidates, crowded = tx.candidates(keys)
        if crowded:
            tx.complain(original.partner, original.id, issue("IN-021", Place(original.id, "Patient"), count=crowded))
        found = x.match(new, [c for c in candidates if c.patient != fact.id])
    doubts, held = 0, bool(found) and is_open(tx, original.partner)
    for match in (*said, *found):
        by_rule = match not in said
        if doubts < _MOST_ASKED or (match.grade in SURE and not (held and by_rule)):
            doubts += join_or_ask(x, tx, match, original, held=held and by_rule)
    if first and new.identifiers:
        joined = bool(said or found) and any(
            d.partner == original.partner and d.patient != fact.id for d in _members(tx, fact.id)
        )
        if note(x, tx, original.partner, joined=joined):
            tx.complain(original.partner, original.id, issue("IN-024", Place(original.id, "Patient")))
    return doubts


def _first_link(tx: Transaction, fact: Fact, original: Original, at: datetime) -> LinkEvent:
    """Give a patient a person of its own; what somebody says of themselves belongs from the start to the person of their account."""
    named = tx.links_of((account_patient,)) if (account_patient := whose(fact, original)) else ()
    if not named:
        return LinkEvent(fact.id, person_id(fact.id), LinkKind.LINK, MatchGrade.CERTAIN, 0.0, (), RULE, at)
    return LinkEvent(
        fact.id, named[0].person, LinkKind.LINK, MatchGrade.CERTAIN, 30.0, SAID_BY_PARTNER, RULE, at, with_patient=account_patient
    )  # fmt: skip


def join_or_ask(x: Exchange, tx: Transaction, match: Match, original: Original, *, held: bool = False) -> int:
    """Act on one match: make the two persons one, or let a person say; return how many doubts now wait.

    `held`: nothing is joined without asking (exchange/breaker.py).
    """
    if match.grade in SURE and _are_one(tx, match):
        return 0
    if match.grade in SURE and not held and nothing_against(x, tx, match):
        join(tx, match, by=RULE, at=x.clock())
        return 0
    return _ask(x, tx, match, original) if match.grade is not MatchGrade.CERTAINLY_NOT else 0


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
    said |= {whose(fact, original)} - {""}
    for other in sorted(said - {fact.id}):
        if tx.links_of((other,)):
            yield Match(fact.id, other, MatchGrade.CERTAIN, 30.0, SAID_BY_PARTNER)


def nothing_against(x: Exchange, tx: Transaction, match: Match) -> bool:
    """Say whether these two may be joined: no person said no, and nobody on either side is certainly another."""
    ours, theirs = (_members(tx, p) for p in (match.patient, match.candidate))
    if any(_verdict(tx, a.patient, b.patient) == DIFFERENT for a in ours for b in theirs):
        return False
    return not any(m.grade is MatchGrade.CERTAINLY_NOT for a in ours for m in x.match(a, theirs))


def _are_one(tx: Transaction, match: Match) -> bool:
    return len({e.person for e in tx.links_of((match.patient, match.candidate))}) < 2


def _members(tx: Transaction, patient: str) -> tuple[Demographics, ...]:
    (link,) = tx.links_of((patient,))
    person = tx.person(link.person)
    return tx.demographics(p.id for p in person.patients) if person else tx.demographics((patient,))


def _verdict(tx: Transaction, one: str, other: str) -> str:
    doubt = tx.doubt(doubt_id(one, other))
    return doubt.verdict if doubt else ""


def _ask(x: Exchange, tx: Transaction, match: Match, original: Original) -> int:
    if _are_one(tx, match):
        return 0
    question, verdict = doubt_id(match.patient, match.candidate), _verdict(tx, match.patient, match.candidate)
    if verdict == WITHDRAWN:
        tx.answer(question, "", "")  # it is asked again
        return 1
    if verdict:
        return 0
    tx.ask(
        Doubt(
            question, match.patient, match.candidate, match.weight, match.why,
            original.id, original.partner, x.clock(),
        )
    )  # fmt: skip
    return 1
