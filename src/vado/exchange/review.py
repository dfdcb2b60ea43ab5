"""What a person decides: settle a doubt, undo a link, accept or correct what was read from paper. It outlives every rule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from vado.errors import NotFound, VadoError
from vado.exchange.link import DIFFERENT, RULE, SAME, WITHDRAWN, doubt_id, join, link_patient, part
from vado.exchange.mend import sayable
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.fact import Fact, FhirJson
from vado.model.original import State
from vado.model.partner import UNKNOWN
from vado.model.person import Doubt, LinkKind, Match, MatchGrade
from vado.model.record import Viewer
from vado.model.review import Decision, Verdict, about, from_paper, in_force
from vado.record.correct import correctable, corrected


def settle_doubt(x: Exchange, doubt_id: str, verdict: str, viewer: Viewer) -> None:
    """Record a person's answer: 'same' joins the two persons, 'different' keeps every rule from doing so.

    Raises:
        NotFound: no such doubt. VadoError RE-004: settled already. ValueError: another verdict.
    """
    if verdict not in {SAME, DIFFERENT}:
        raise ValueError(verdict)
    with x.store.begin() as tx:
        doubt = tx.doubt(doubt_id)
        if doubt is None:
            raise NotFound("RE-002")
        if doubt.verdict in {SAME, DIFFERENT}:
            raise VadoError("RE-004")
        tx.answer(doubt.id, verdict, viewer.name)
        if verdict == SAME:
            match = Match(doubt.patient, doubt.candidate, MatchGrade.CERTAIN, doubt.weight, doubt.why)
            join(tx, match, by=viewer.name, at=x.clock())
        tx.audit(Audit(x.clock(), viewer.name, f"settle-{verdict}", doubt.id))
        _no_longer_waiting(tx, doubt)


def unlink(x: Exchange, patient: str, viewer: Viewer) -> str:
    """Take a partner's patient out of its person; see `split`. Give the person it belongs to now."""
    return split(x, (patient,), viewer)


def split(x: Exchange, patients: Sequence[str], viewer: Viewer) -> str:
    """Take patients out of their person, together, into one of their own, whatever came after the link; give that person.

    They and those who stay are noted as different, so that no rule joins them again.

    Raises:
        NotFound: RE-001, nobody knows one of them. VadoError: RE-010, they are not of one person, or nobody would be left.
    """
    with x.store.begin() as tx:
        links = tx.links_of(patients)
        person = tx.person(links[0].person) if links else None
        if person is None or len(links) < len(set(patients)):
            raise NotFound("RE-001")
        stay = tuple(p.id for p in person.patients if p.id not in patients)
        if {e.person for e in links} != {person.id} or (not stay and len(patients) > 1):
            raise VadoError("RE-010")
        alone = part(tx, tuple(sorted(set(patients))), stay, by=viewer.name, at=x.clock())
        for patient in patients:
            tx.audit(Audit(x.clock(), viewer.name, "unlink", patient))
        return alone


def merge(x: Exchange, one: str, other: str, viewer: Viewer) -> str:
    """Say that two patients are one human being: their persons become one; give it. Raises NotFound RE-001."""
    with x.store.begin() as tx:
        links = tx.links_of((one, other))
        if len(links) < 2:
            raise NotFound("RE-001")
        _say_same(x, tx, one, other, viewer)
        tx.audit(Audit(x.clock(), viewer.name, "link", one))
        return tx.links_of((one,))[0].person


def undo(x: Exchange, patient: str, viewer: Viewer) -> None:
    """Take back a person's last word by which this patient was linked or unlinked; what came after it stays.

    Those whom that word moved, and nobody has moved since, go back to those they were with. The pair may be asked about again by a
    rule. It is not `doubts.take_back`: that takes back one's own answer to one question, which is open again at once.

    Raises:
        NotFound: RE-001. VadoError: RE-011, no person has said anything on it.
    """
    with x.store.begin() as tx:
        links = tx.links_of((patient,))
        person = tx.person(links[0].person) if links else None
        if person is None:
            raise NotFound("RE-001")
        words = [e for e in (*tx.link_history(patient), *person.links) if e.with_patient and _is_a_persons(e.by)]
        word = max(words, key=lambda e: e.at, default=None)
        if word is None:
            raise VadoError("RE-011")
        moved = tuple(e.patient for e in person.links if (e.at, e.by, e.kind) == (word.at, word.by, word.kind))
        _withdraw(tx, moved or (word.patient,), _members(tx, word.with_patient), viewer)
        if word.kind is LinkKind.UNLINK and moved:
            _return(x, tx, moved[0], word.with_patient, viewer)
        elif moved:
            part(tx, moved, (), by=viewer.name, at=x.clock())
        tx.audit(Audit(x.clock(), viewer.name, "undo-link", patient))


def _is_a_persons(by: str) -> bool:
    return by != RULE and not by.startswith("partner:")


def _withdraw(tx: Transaction, some: Iterable[str], others: Iterable[str], viewer: Viewer) -> None:
    """What was said of any of these with any of the others is said no more."""
    others = tuple(others)
    for one in some:
        for other in others:
            if (doubt := tx.doubt(doubt_id(one, other))) and doubt.verdict:
                tx.answer(doubt.id, WITHDRAWN, viewer.name)


def _members(tx: Transaction, patient: str) -> tuple[str, ...]:
    links = tx.links_of((patient,))
    person = tx.person(links[0].person) if links else None
    return tuple(p.id for p in person.patients) if person else (patient,)


def _return(x: Exchange, tx: Transaction, patient: str, home: str, viewer: Viewer) -> None:
    """Join it again with whom it was with, unless somebody else has said since that they are two."""
    ours, theirs = _members(tx, patient), _members(tx, home)
    said = (tx.doubt(doubt_id(a, b)) for a in ours for b in theirs)
    if not any(d and d.verdict == DIFFERENT for d in said):
        join(tx, Match(patient, home, MatchGrade.CERTAIN, 0.0, ()), by=viewer.name, at=x.clock())


def _say_same(x: Exchange, tx: Transaction, one: str, other: str, viewer: Viewer) -> None:
    """Note it of these two, and of any two of both sides who were said to be different: the last word holds."""
    evidence = tx.versions(one)[0].evidence
    tx.ask(Doubt(doubt_id(one, other), one, other, 0.0, (), evidence.original, evidence.partner, x.clock()))
    tx.answer(doubt_id(one, other), SAME, viewer.name)
    for a in _members(tx, one):
        for b in _members(tx, other):
            said = tx.doubt(doubt_id(a, b))
            if said and said.verdict == DIFFERENT:
                tx.answer(said.id, SAME, viewer.name)
    join(tx, Match(one, other, MatchGrade.CERTAIN, 0.0, ()), by=viewer.name, at=x.clock())


def decide(  # noqa: PLR0913 - what a decision is
    x: Exchange,
    fact_id: str,
    verdict: Verdict,
    viewer: Viewer,
    *,
    changes: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Decision:
    """Put a person's word on a value from paper in force, or keep it for a second reader; give the decision.

    Args:
        x: the exchange.
        fact_id: which fact.
        verdict: accept, correct or reject; see `take_back` for undo.
        viewer: who decides.
        changes: of a correction: element path -> what really stands there (record.correct.correctable lists the paths).
        seconds: since the value was shown; None: not measured.

    Raises:
        NotFound: RE-002. VadoError: RE-006 decided before, RE-007 the same reader twice, RE-008 the correction does not fit.
    """
    with x.store.begin() as tx:
        before = tx.decisions(facts=[fact_id])
        proposed = next(iter(tx.facts_named([fact_id])), None) or (before[-1].proposed if before else None)
        if proposed is None or not from_paper(proposed):
            raise NotFound("RE-002")
        votes = in_force(about(proposed, before))
        if votes and votes[-1].settles:
            raise VadoError("RE-006")
        if viewer.name in {v.by for v in votes}:
            raise VadoError("RE-007")
        after = _after(x, proposed, changes or {}) if verdict is Verdict.CORRECT else None
        if verdict is Verdict.CORRECT and after is None:
            verdict = Verdict.ACCEPT  # nothing was changed
        decision = Decision(proposed, verdict, viewer.name, x.clock(), after, seconds)
        if needs_second(x, proposed) and (not votes or (len(votes) == 1 and votes[0].says != decision.says)):
            decision = replace(decision, settles=False)  # a second looks; where two disagree a third decides
        _put_in_force(x, tx, decision)
        return decision


def take_back(x: Exchange, fact_id: str, viewer: Viewer) -> None:
    """Undo this person's last decision on a fact: it stands as before. Raises VadoError RE-009 when there is none of theirs."""
    with x.store.begin() as tx:
        before = tx.decisions(facts=[fact_id])
        here = [d for fact in tx.facts_named([fact_id]) for d in about(fact, before)]
        votes = in_force(here) or in_force(before)
        if not votes or votes[-1].by != viewer.name:
            raise VadoError("RE-009")
        _put_in_force(x, tx, Decision(votes[-1].proposed, Verdict.UNDO, viewer.name, x.clock(), settles=False))
        if votes[-1].verdict is Verdict.REJECT and votes[-1].proposed.kind == "Patient":
            _return_home(x, tx, fact_id, viewer)


def needs_second(x: Exchange, fact: Fact) -> bool:
    """Say whether the partner wants two readers for this kind of fact."""
    wanted = x.profiles.get(fact.evidence.partner, UNKNOWN).second_reader
    return any(fact.kind.casefold().startswith(word) for word in wanted)  # 'medication' is MedicationStatement, -Request ...


def _after(x: Exchange, proposed: Fact, changes: Mapping[str, str]) -> FhirJson | None:
    """Give the corrected resource, valid FHIR; None when nothing changes."""
    try:
        made = corrected(proposed.resource, changes)
    except ValueError as fault:
        raise VadoError(
            "RE-008", path=next((p for p, _ in correctable(proposed.resource) if p in changes), "?"), private=fault
        ) from None
    if made == proposed.resource:
        return None
    as_was, as_is = (Fact(r, replace(proposed.evidence, reviewed=True), proposed.patient) for r in (proposed.resource, made))
    before = x.gate([as_was])[0]  # a reference to what is not at hand here is no fault of the correction
    if wrong := [fault for fault in x.gate([as_is])[0] if fault not in before]:
        raise VadoError("RE-008", path=sayable(*wrong[0]))
    return made


def _put_in_force(x: Exchange, tx: Transaction, decision: Decision) -> None:
    fact = decision.proposed
    tx.decide(decision)
    tx.audit(Audit(x.clock(), decision.by, f"review-{decision.verdict.value}", fact.id))
    if fact.kind != "Patient":
        return
    if decision.verdict is Verdict.REJECT and decision.settles:
        _leave_home(x, tx, decision)
    elif row := tx.row(fact.evidence.partner, fact.evidence.original):
        link_patient(x, tx, fact, row.original)  # who they are was misread: they may be somebody else, or the same after all


def _leave_home(x: Exchange, tx: Transaction, decision: Decision) -> None:
    """A person that is not named there: what was read about them leaves the records of others."""
    links = tx.links_of((decision.fact,))
    person = tx.person(links[0].person) if links else None
    if person and len(person.patients) > 1:
        part(tx, (decision.fact,), (), by=decision.by, at=decision.at)


def _return_home(x: Exchange, tx: Transaction, patient: str, viewer: Viewer) -> None:
    history = tx.link_history(patient)
    if len(history) > 1 and history[-1].kind is LinkKind.UNLINK and history[-1].by == viewer.name:
        tx.add_link(replace(history[-2], by=viewer.name, at=x.clock()))


def _no_longer_waiting(tx: Transaction, doubt: Doubt) -> None:
    """An original waits as long as one of its doubts is open."""
    if any(d.original == doubt.original and d.partner == doubt.partner for d in tx.doubts(limit=1000)):
        return
    row = tx.row(doubt.partner, doubt.original)
    if row and row.state is State.WAITING and not any(i.code == "IN-011" for i in row.issues):
        tx.set_state(doubt.partner, doubt.original, State.READ)
