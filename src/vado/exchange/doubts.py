"""The worklist of doubts: two patients that may be one person, in the order in which an answer helps most; and what answers teach.

The order is by what teaches most (linkage/learn.py), or by harm: pairs where allergies or medicines would stay unseen come first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count

from vado.errors import NotFound, VadoError
from vado.exchange import allow
from vado.exchange.desk import HARM, OTHER
from vado.exchange.link import DIFFERENT, RULE, SAME, SURE, join, nothing_against, with_a_persons_word
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.linkage import learn
from vado.linkage.learn import Learnt, Pair
from vado.model.fact import Fact
from vado.model.original import Original, State
from vado.model.person import Doubt, LinkEvent
from vado.model.record import Viewer

MOST = 200  # doubts of a set: looked at together for the order
_ALL = slice(None)
_WEIGHED = 300  # doubts whose facts are counted for the order by harm
_RECENT = 20  # of a person's last answers are looked at: some are taken back
_ANSWERS = ("settle-same", "settle-different")  # audit actions


@dataclass(frozen=True, slots=True)
class Asked:
    """One doubt of the list."""

    doubt: Doubt
    one: Fact
    other: Fact
    spares: int  # questions that answers on pairs like this one may spare


@dataclass(frozen=True, slots=True)
class Worklist:
    """A set of the open doubts in order: the ids of all of it, and some of them with both patients."""

    ids: tuple[str, ...]
    asked: tuple[Asked, ...]
    open: int  # doubts in all sets
    more: bool  # whether another set follows


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, with all that helps to decide."""

    patient: Fact
    person: str
    original: Original
    facts: int  # that its partner tells about it
    others: int  # patients of other records that are linked to the same person


@dataclass(frozen=True, slots=True)
class Shown:
    """One doubt, both sides."""

    doubt: Doubt
    one: Side
    other: Side


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of this viewer, in force."""

    doubt: Doubt
    one: Fact | None
    other: Fact | None


def worklist(x: Exchange, viewer: Viewer, by_harm: bool = False, *, of_set: int = 0, shown: slice = _ALL) -> Worklist:
    """List a set of the open doubts of patients who are not one person already, the most telling first.

    Args:
        x: the exchange.
        viewer: who asks; audited.
        by_harm: what may harm most comes first, instead of what teaches most.
        of_set: which set of MOST doubts, by the time they were asked, 0-based: what is to be ordered is weighed, so not all at once.
        shown: which of its doubts come with both patients.
    """
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "doubts"))
        found = tx.doubts(limit=(of_set + 1) * MOST + 1)[of_set * MOST :]
        doubts, open_ = _apart(tx, found[:MOST]), tx.traffic.open_doubts()
        away = allow.hidden_among(x, tx, viewer, (p for d in doubts for p in (d.patient, d.candidate)))
        doubts = [d for d in doubts if not away & {d.patient, d.candidate}]
        if not of_set and len(found) <= MOST:
            open_ = len(doubts)  # all have been looked at: those who became one person by another way are no question any more
        spares = _spares(x, tx, doubts)
        if by_harm:
            doubts = _by_harm(tx, doubts)
        else:
            place = {id_: n for n, id_ in enumerate(spares)}
            doubts.sort(key=lambda d: place.get(d.id, len(place)))
        facts = {f.id: with_a_persons_word(tx, f) for f in tx.facts_named(_both(doubts[shown]))}
    asked = (
        Asked(d, facts[d.patient], facts[d.candidate], spares.get(d.id, 0))
        for d in doubts[shown]
        if {d.patient, d.candidate} <= facts.keys()
    )
    return Worklist(tuple(d.id for d in doubts), tuple(asked), open_, len(found) > MOST)


def open_doubts(x: Exchange) -> int:
    """Count the doubts that wait for a person."""
    with x.store.begin() as tx:
        return tx.traffic.open_doubts()


def every_pair(x: Exchange, viewer: Viewer, by_harm: bool = False) -> Iterator[Asked]:
    """List all open doubts, set by set."""
    for n in count():
        found = worklist(x, viewer, by_harm, of_set=n)
        yield from found.asked
        if not found.more:
            return


def show(x: Exchange, doubt_id: str, viewer: Viewer) -> Shown:
    """Show one doubt, open or answered. Raises NotFound RE-002."""
    with x.store.begin() as tx:
        doubt = tx.doubt(doubt_id)
        facts = {f.id: with_a_persons_word(tx, f) for f in tx.facts_named((doubt.patient, doubt.candidate))} if doubt else {}
        if doubt is None or len(facts) < 2 or allow.hidden_among(x, tx, viewer, facts):
            raise NotFound("RE-002")
        tx.audit(Audit(x.clock(), viewer.name, "read", doubt.id))
        return Shown(doubt, _side(tx, facts[doubt.patient]), _side(tx, facts[doubt.candidate]))


def recent(x: Exchange, viewer: Viewer, limit: int = 5) -> tuple[Answer, ...]:
    """List this viewer's last answers that are in force, newest first."""
    with x.store.begin() as tx:
        mine = tx.looks.last(viewer.name, limit=_RECENT, actions=_ANSWERS)
        found = [d for id_, _ in mine if (d := tx.doubt(id_)) and _said(d) and d.by == viewer.name][:limit]
        facts = {f.id: f for f in tx.facts_named(_both(found))}
        return tuple(Answer(d, facts.get(d.patient), facts.get(d.candidate)) for d in found)


def take_back(x: Exchange, doubt_id: str, viewer: Viewer) -> None:
    """Undo this person's answer: the doubt is open again, and whoever 'same' moved goes back to the person they came from.

    That holds whatever happened since; who came later goes with the side that it is more like. It is not `review.undo`: that takes back
    the last word on a patient, whoever said it and whether or not there was a question, and asks nothing by itself.

    Raises:
        NotFound: RE-002, no such doubt. VadoError: RE-009, no answer of this person's.
    """
    with x.store.begin() as tx:
        doubt = tx.doubt(doubt_id)
        if doubt is None:
            raise NotFound("RE-002")
        if not _said(doubt) or doubt.by != viewer.name:
            raise VadoError("RE-009")
        if doubt.verdict == SAME:
            _part(x, tx, doubt, viewer)
        tx.answer(doubt.id, "", "")
        tx.audit(Audit(x.clock(), viewer.name, "take-back", doubt.id))
        row = tx.row(doubt.partner, doubt.original)
        if row and row.state is State.READ:
            tx.set_state(doubt.partner, doubt.original, State.WAITING)


def taught(x: Exchange, viewer: Viewer, bound: float, least: int, origin: str) -> Learnt:
    """Give the thresholds that people's answers speak for."""
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "learn-from-doubts", "everybody"))
        pairs = _pairs(x, tx, tx.doubts(None, limit=100 * MOST))
    return learn.learn(pairs, x.model.thresholds, origin, bound, least)


def link_what_is_sure(x: Exchange, viewer: Viewer) -> int:
    """Link open doubts that the model in force links without asking; give how many. No person's word is touched."""
    n = 0
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "link-open-doubts", "everybody"))
        for doubt in _apart(tx, tx.doubts(limit=100 * MOST)):
            known = {d.patient: d for d in tx.demographics((doubt.patient, doubt.candidate))}
            matches = x.match(known[doubt.patient], (known[doubt.candidate],)) if len(known) == 2 else ()
            for match in matches:
                if match.grade in SURE and nothing_against(x, tx, match):
                    join(tx, match, by=RULE, at=x.clock())
                    n += 1
    return n


def _said(doubt: Doubt) -> str:
    """Give the answer in force, '' when there is none or it was withdrawn."""
    return doubt.verdict if doubt.verdict in {SAME, DIFFERENT} else ""


def _both(doubts: Iterable[Doubt]) -> list[str]:
    return sorted({p for d in doubts for p in (d.patient, d.candidate)})


def _apart(tx: Transaction, doubts: Iterable[Doubt]) -> list[Doubt]:
    """Leave out those whose patients have become one person by another way."""
    some = list(doubts)
    person = {e.patient: e.person for e in tx.links_of(_both(some))}
    return [d for d in some if person.get(d.patient) != person.get(d.candidate)]


def _pairs(x: Exchange, tx: Transaction, doubts: Iterable[Doubt]) -> list[Pair]:
    """Weigh doubts anew; what a partner answered, or a link undone without a question, is no sample of what is asked."""
    some = [d for d in doubts if d.why and not d.by.startswith("partner:")]
    known = {d.patient: d for d in tx.demographics(_both(some))}
    return [
        learn.pair(d.id, known[d.patient], known[d.candidate], x.model, _said(d))
        for d in some
        if {d.patient, d.candidate} <= known.keys()
    ]


def _spares(x: Exchange, tx: Transaction, doubts: list[Doubt]) -> dict[str, int]:
    """Give how many questions each open doubt may spare, the most telling first."""
    answered = tx.doubts((SAME, DIFFERENT), limit=2 * MOST)
    return {p.id: n for p, n in learn.order(_pairs(x, tx, [*answered, *doubts]), x.model.thresholds)}


def _by_harm(tx: Transaction, doubts: list[Doubt]) -> list[Doubt]:
    """Put first where the worse is at stake on one side or the other, then more of it."""
    some, rest = doubts[:_WEIGHED], doubts[_WEIGHED:]
    worst: dict[str, int] = {}
    told: dict[str, int] = {}
    for fact in tx.facts_about(_both(some)):
        if fact.patient and fact.kind != "Patient":
            worst[fact.patient] = min(worst.get(fact.patient, OTHER), HARM.get(fact.kind, OTHER))
            told[fact.patient] = told.get(fact.patient, 0) + 1
    return [*sorted(some, key=lambda d: _harm(d, worst, told)), *rest]


def _harm(doubt: Doubt, worst: dict[str, int], told: dict[str, int]) -> tuple[int, int, str]:
    both = (doubt.patient, doubt.candidate)
    return min(worst.get(p, OTHER + 1) for p in both), -sum(told.get(p, 0) for p in both), doubt.id


def _side(tx: Transaction, patient: Fact) -> Side:
    row = tx.row(patient.evidence.partner, patient.evidence.original)
    (link,) = tx.links_of((patient.id,))
    person = tx.person(link.person)
    if row is None:
        raise NotFound("RE-003")
    facts = sum(f.id != patient.id for f in tx.facts_about((patient.id,)))
    return Side(patient, link.person, row.original, facts, len(person.patients) - 1 if person else 0)


def _part(x: Exchange, tx: Transaction, doubt: Doubt, viewer: Viewer) -> None:
    """Move back whom this answer moved, wherever the joined person went since; if they are parted already, nobody moves.

    Who came after the answer goes with the side that it is more like.
    """
    persons = {e.person for e in tx.links_of((doubt.patient, doubt.candidate))}
    joined = tx.person(min(persons)) if len(persons) == 1 else None
    histories = {p.id: tx.link_history(p.id) for p in joined.patients} if joined else {}
    moves = {p: [n for n, event in enumerate(h) if n and _moved_by(doubt, event, viewer)] for p, h in histories.items()}
    moved = {p: histories[p][some[-1] - 1] for p, some in moves.items() if some}
    if not moved:
        return
    said = max(histories[p][some[-1]].at for p, some in moves.items() if some)
    home = next(iter(moved.values()))
    stayed = [p for p, h in histories.items() if p not in moved and h[0].at <= said]
    for patient, history in histories.items():
        if patient in moved:
            tx.add_link(replace(moved[patient], by=viewer.name, at=x.clock()))
        elif patient not in stayed and _likeness(x, tx, patient, moved) > _likeness(x, tx, patient, stayed):
            tx.add_link(replace(history[-1], person=home.person, by=RULE, at=x.clock()))


def _likeness(x: Exchange, tx: Transaction, patient: str, others: Iterable[str]) -> tuple[bool, float]:
    """How much a patient is like the most alike of these: (sure, bits)."""
    (known,) = tx.demographics((patient,))
    return max(((m.grade in SURE, m.weight) for m in x.match(known, tx.demographics(others))), default=(False, 0.0))


def _moved_by(doubt: Doubt, event: LinkEvent, viewer: Viewer) -> bool:
    return event.by == viewer.name and event.why == doubt.why and event.with_patient in (doubt.patient, doubt.candidate)
