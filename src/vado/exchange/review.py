"""What a person decides: settle a doubt, undo a link. A person's word outlives every rule."""

from vado.errors import NotFound, VadoError
from vado.exchange.link import doubt_id, join
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.original import State, stable_id
from vado.model.person import Doubt, LinkEvent, LinkKind, Match, MatchGrade
from vado.model.record import Viewer

SAME, DIFFERENT = "same", "different"


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
        if doubt.verdict:
            raise VadoError("RE-004")
        tx.answer(doubt.id, verdict, viewer.name)
        if verdict == SAME:
            match = Match(doubt.patient, doubt.candidate, MatchGrade.CERTAIN, doubt.weight, doubt.why)
            join(tx, match, by=viewer.name, at=x.clock())
        tx.audit(Audit(x.clock(), viewer.name, f"settle-{verdict}", doubt.id))
        _no_longer_waiting(tx, doubt)


def unlink(x: Exchange, patient: str, viewer: Viewer) -> None:
    """Take a partner's patient out of its person, into one of its own, whatever came after the link.

    The two are noted as different, so that no rule joins them again.

    Raises:
        NotFound: nobody knows this patient.
    """
    with x.store.begin() as tx:
        links = tx.links_of((patient,))
        person = tx.person(links[0].person) if links else None
        if person is None:
            raise NotFound("RE-001")
        for other in person.patients:
            if other.id != patient:
                _note_different(x, tx, patient, other.id, viewer)
        alone = stable_id("person", patient, "unlinked", str(len(tx.link_history(patient))))
        tx.add_link(LinkEvent(patient, alone, LinkKind.UNLINK, MatchGrade.CERTAIN, 0.0, (), viewer.name, x.clock()))
        tx.audit(Audit(x.clock(), viewer.name, "unlink", patient))


def _note_different(x: Exchange, tx: Transaction, patient: str, other: str, viewer: Viewer) -> None:
    evidence = tx.versions(patient)[0].evidence
    question = doubt_id(patient, other)
    tx.ask(Doubt(question, patient, other, 0.0, (), evidence.original, evidence.partner, x.clock()))
    tx.answer(question, DIFFERENT, viewer.name)


def _no_longer_waiting(tx: Transaction, doubt: Doubt) -> None:
    """An original waits as long as one of its doubts is open."""
    if any(d.original == doubt.original and d.partner == doubt.partner for d in tx.doubts(limit=1000)):
        return
    row = tx.row(doubt.partner, doubt.original)
    if row and row.state is State.WAITING and not any(i.code == "IN-011" for i in row.issues):
        tx.set_state(doubt.partner, doubt.original, State.READ)
