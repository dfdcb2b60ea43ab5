"""Whether this viewer may look: what the store knows of ties and consents, brought to the one decision (record/permit.py)."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial

from vado.errors import NotFound, NotPermitted
from vado.exchange.ports import Exchange, Row, Transaction
from vado.model.account import Consent, Relation, RelationKind, Role
from vado.model.fact import Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.person import Person
from vado.model.record import Hidden, Viewer
from vado.model.said import CITIZEN
from vado.record.permit import Decision, Subject, may, permit

_NOT_CLINICAL = {"Practitioner", "PractitionerRole", "Organization", "Location", "Medication"}
_NO_PARTNER = PartnerId("-")  # stands where it is hidden who told
_DEEP, _MANY = 4, 500  # of what an original was unpacked into: levels, originals
_FEW = 16  # facts of an original decided on first
_Told = tuple[OriginalId, str, str | None]  # resource type, patient


def check(viewer: Viewer, action: str) -> None:
    """Raise NotPermitted AC-001 where the role, or the scopes of a token, do not permit an action at all."""
    if not may(viewer, action):
        raise NotPermitted("AC-001")


def decide(x: Exchange, tx: Transaction, viewer: Viewer, person: Person, action: str = "records.read") -> Decision:
    """Decide on the record of one person; raises nothing."""
    return decide_each(x, tx, viewer, (person,), action)[person.id]


def decide_each(
    x: Exchange, tx: Transaction, viewer: Viewer, persons: Iterable[Person], action: str = "records.read"
) -> dict[str, Decision]:  # fmt: skip
    """Decide on the records of these persons, by person; ties and consents are asked for once for all of them."""
    subjects = {
        person.id: Subject(frozenset(p.id for p in person.patients), frozenset(p.evidence.partner for p in person.patients))
        for person in persons
    }
    consents: tuple[Consent, ...] = ()
    relations: tuple[Relation, ...] = ()
    if viewer.role is not Role.MACHINE:
        consents = tx.accounts.consents(i for subject in subjects.values() for i in subject.patients)
        relations = tx.accounts.relations_of(viewer.account) if viewer.account else ()

    def own(subject: Subject) -> tuple[Consent, ...]:
        said = tuple(c for c in consents if not subject.patients.isdisjoint(c.patients))
        return (*said, *of_what_was_inside(tx, said, subject))

    return {id_: permit(viewer, action, subject, own(subject), relations, x.clock()) for id_, subject in subjects.items()}


def of_what_was_inside(tx: Transaction, said: Iterable[Consent], subject: Subject) -> list[Consent]:
    """Give, of each document that is hidden, the same for everything that was unpacked from it, whatever the depth."""
    found: list[Consent] = []
    for consent in (c for c in said if c.original):
        below = [(partner, OriginalId(consent.original)) for partner in subject.partners]
        seen = {*below}
        while below:
            partner, original = below.pop()
            inside = {(partner, r.original.id) for r in tx.children(partner, original)} - seen
            seen |= inside
            below += inside
            found += (replace(consent, original=id_) for _, id_ in inside)
    return found


def read(x: Exchange, tx: Transaction, viewer: Viewer, person: Person | None, action: str = "records.read") -> Decision:
    """Decide, and refuse.

    Raises:
        NotFound: RE-001, nobody has this id; or, for whoever may not know that somebody has it, it is not theirs to see.
        NotPermitted: AC-001, not this role; AC-002, a practitioner without a care relation, who may break the glass.
    """
    check(viewer, action)
    if person is None:
        raise NotFound("RE-001")
    decision = decide(x, tx, viewer, person, action)
    if not decision.allowed:
        raise NotPermitted("AC-002") if viewer.role is Role.PRACTITIONER else NotFound("RE-001")
    return decision


def shown(x: Exchange, tx: Transaction, viewer: Viewer, fact: Fact, action: str = "records.read") -> bool:
    """Say whether one fact may be shown to this viewer."""
    return bool(some(x, tx, viewer, (fact,), action))


def some(
    x: Exchange, tx: Transaction, viewer: Viewer, facts: Iterable[Fact], action: str = "records.read"
) -> tuple[Fact, ...]:  # fmt: skip
    """Give those of these facts, of whomever, that may be shown to this viewer."""
    facts = tuple(facts)
    if viewer.role is Role.MACHINE:
        return facts
    if not may(viewer, action):
        return ()
    decided = _Decided(x, tx, viewer, {f.patient for f in facts if f.patient}, action)
    return tuple(f for f in facts if decided.shows(f))


def of_the_open(x: Exchange, tx: Transaction, viewer: Viewer, facts: Iterable[Fact], action: str) -> tuple[Fact, ...]:
    """Give those of these facts whose person's whole record this viewer may see: nothing at all of it is hidden from them."""
    facts = tuple(facts)
    owners = {e.patient: e.person for e in tx.links_of({f.patient for f in facts if f.patient})}
    decided = decide_each(x, tx, viewer, tx.people(owners.values()).values(), action)
    open_ = {o for o, decision in decided.items() if decision.allowed and not decision.hidden.anything}
    return tuple(f for f in facts if f.patient is None or owners.get(f.patient) in open_)


def hidden_among(x: Exchange, tx: Transaction, viewer: Viewer, patients: Iterable[str]) -> frozenset[str]:
    """Give those of these patients that their person hides from this viewer, even where who somebody is may be looked up."""
    patients = frozenset(patients)
    if viewer.role is Role.MACHINE:
        return frozenset()
    touched = {p for c in tx.accounts.consents(patients) for p in c.patients}
    owners = {e.person for e in tx.links_of(sorted(touched | patients))} if touched else set()
    persons = [p for p in tx.people(owners).values() if touched & {patient.id for patient in p.patients}]
    decided = decide_each(x, tx, viewer, persons, "persons.find")
    return frozenset(p.id for person in persons for p in person.patients if decided[person.id].hidden.why(p))


def whole(x: Exchange, tx: Transaction, viewer: Viewer, partner: PartnerId, original: OriginalId) -> bool:
    """Say whether the whole of an original may be shown: it is of the viewer's own organisation, or all it tells may be shown."""
    if viewer.role is Role.MACHINE:
        return True
    if not may(viewer, "originals.read"):
        return False
    if viewer.role is Role.OPERATOR:
        return explained(x, tx, viewer, partner, original)
    ours = viewer.role in {Role.PRACTITIONER, Role.CLIENT} and not viewer.about
    if ours and viewer.partner and viewer.partner == partner:
        return True
    few = [(original, *said) for said in tx.told_of(partner, original, first=_FEW)]
    if not _shows_all(x, tx, viewer, partner, few):  # a file about thousands is refused by its first few
        return False
    told = _all_told(tx, partner, original)
    return any(patient for _, _, patient in told) and _shows_all(x, tx, viewer, partner, told)


def _shows_all(x: Exchange, tx: Transaction, viewer: Viewer, partner: PartnerId, told: Iterable[_Told]) -> bool:
    """Say whether all of this may be shown."""
    about: dict[str, set[OriginalId]] = {}
    for inside, kind, patient in told:
        if patient is not None:
            about.setdefault(patient, set()).add(inside)
        elif kind not in _NOT_CLINICAL:
            return False
    decided, facts = _Decided(x, tx, viewer, about), cache(partial(tx.facts_from, partner))
    if not all(decided.allows(patient) for patient in about):
        return False
    hiding = ((patient, inside) for patient, originals in about.items() if decided.hides(patient) for inside in originals)
    return all(decided.shows(f) for patient, inside in hiding for f in facts(inside) if f.patient == patient)


def explained(x: Exchange, tx: Transaction, viewer: Viewer, partner: PartnerId, original: OriginalId) -> bool:
    """Say whether an operator has said why this original has to be opened, a short time ago."""
    now, subject = x.clock(), f"{partner}/{original}"
    return any(
        r.subject == subject and r.kind is RelationKind.REASON and r.until is not None and now < r.until
        for r in tx.accounts.relations_of(viewer.account)
    )


def reduced(x: Exchange, tx: Transaction, viewer: Viewer, persons: Iterable[Person]) -> dict[str, Person]:
    """Give persons, to whoever may look persons up, without what is hidden of who they are, by id, in their order.

    Left out are those of whom nothing is for this viewer.

    Somebody all of whose tellings are hidden is still found by a practitioner, by name and birth date alone: they may have to
    break the glass.
    """
    persons = tuple(persons)
    if not (viewer.role is Role.PRACTITIONER and _looks_up_anybody(viewer)):
        return {p.id: q for p in persons if (q := looked_up(x, tx, viewer, p))}
    decided = decide_each(x, tx, viewer, persons, "persons.find")
    return {p.id: without_hidden(p, decided[p.id]) for p in persons}


def findable(x: Exchange, tx: Transaction, viewer: Viewer, patients: Iterable[Fact]) -> tuple[Fact, ...]:
    """Give those of these Patient facts that this viewer may find: hidden ones are not even counted."""
    patients = tuple(patients)
    if not _looks_up_anybody(viewer):
        persons = tx.people(e.person for e in tx.links_of(f.id for f in patients)).values()
        decided = decide_each(x, tx, viewer, persons, _who_they_are(viewer))
        kept = (_known_to(viewer, person, decided[person.id]) for person in persons)
        shown = {p.id for person in kept if person for p in person.patients}
        return tuple(f for f in patients if f.id in shown)
    away = hidden_among(x, tx, viewer, (p.id for p in patients))
    return tuple(p for p in patients if p.id not in away)


def looked_up(x: Exchange, tx: Transaction, viewer: Viewer, person: Person | None) -> Person | None:
    """Give who a person is to whoever may look that up, without what is hidden; None: nothing of it is for this viewer."""
    if person is None or viewer.role is Role.MACHINE:
        return person
    return _known_to(viewer, person, decide(x, tx, viewer, person, _who_they_are(viewer)))


def _who_they_are(viewer: Viewer) -> str:
    return "persons.find" if may(viewer, "persons.find") else "fhir.read"


def _known_to(viewer: Viewer, person: Person, decision: Decision) -> Person | None:
    if not decision.allowed and not _looks_up_anybody(viewer):
        return None
    kept = without_hidden(person, decision)
    return None if is_masked(kept) else kept


def without_hidden(person: Person, decision: Decision) -> Person:
    """Leave out of who a person is what is hidden."""
    kept = [(p, link) for p, link in zip(person.patients, person.links, strict=True) if not decision.hidden.why(p)]
    if person.patients and all(p.evidence.partner == CITIZEN for p, _ in kept):  # what they say themselves names nobody
        kept = [(_masked(person.patients[0]), person.links[0])]
    return Person(person.id, tuple(p for p, _ in kept), tuple(link for _, link in kept))


def hidden(viewer: Viewer, decision: Decision, facts: Iterable[Fact]) -> tuple[Hidden, ...]:
    """Say that something is hidden, to a professional; nothing to anybody else."""
    if viewer.role is not Role.PRACTITIONER:
        return ()
    counted: dict[str, int] = {}
    for fact in facts:
        if fact.kind != "Patient" and (why := decision.hidden.why(fact)):
            counted[why] = counted.get(why, 0) + 1
    return tuple(Hidden(why, n) for why, n in sorted(counted.items()))


def _looks_up_anybody(viewer: Viewer) -> bool:
    """Say whether who somebody is may be looked up outside a care relation: by a practitioner, who has to find whom they treat."""
    return viewer.role in {Role.MACHINE, Role.PRACTITIONER} and not viewer.about and may(viewer, "persons.find")


def is_masked(person: Person) -> bool:
    """Say whether all that was told of who a person is is hidden."""
    return any(p.evidence.partner == _NO_PARTNER for p in person.patients)


def _masked(patient: Fact) -> Fact:
    shown = {k: v for k, v in patient.resource.items() if k in {"resourceType", "id", "name", "birthDate"}}
    return replace(patient, resource=shown, evidence=replace(patient.evidence, partner=_NO_PARTNER, original=OriginalId("")))


class _Decided:
    """Decisions on all the persons who some patients are, each made once."""

    def __init__(
        self, x: Exchange, tx: Transaction, viewer: Viewer, patients: Iterable[str], action: str = "records.read"
    ) -> None:  # fmt: skip
        self._x, self._tx, self._viewer = x, tx, viewer
        self._owners = {e.patient: e.person for e in tx.links_of(patients)}
        self._decided = decide_each(x, tx, viewer, tx.people(self._owners.values()).values(), action)

    def shows(self, fact: Fact) -> bool:
        """Say whether one of them may be shown."""
        if fact.patient is None:
            e = fact.evidence
            return fact.kind in _NOT_CLINICAL or whole(self._x, self._tx, self._viewer, e.partner, e.original)
        decision = self._on(fact.patient)
        return decision is not None and bool(decision.shown((fact,)))

    def allows(self, patient: str) -> bool:
        """Say whether what is not hidden of this patient may be shown."""
        decision = self._on(patient)
        return decision is not None and decision.allowed

    def hides(self, patient: str) -> bool:
        """Say whether anything of this patient's person may be hidden."""
        decision = self._on(patient)
        return decision is None or decision.hidden.anything

    def _on(self, patient: str) -> Decision | None:
        return self._decided.get(self._owners.get(patient, ""))


def _all_told(tx: Transaction, partner: PartnerId, original: OriginalId) -> list[_Told]:
    """Give (original, resource type, patient) of all that an original and what was unpacked from it say; none: that is too much."""
    found, level, seen = [], [original], 0
    for _ in range(_DEEP):
        below: list[OriginalId] = []
        for one in level:
            found += ((one, *said) for said in tx.told_of(partner, one))
            below += [r.original.id for r in tx.children(partner, one)]
            seen += 1
            if seen > _MANY:
                return []
        if not below:
            return found
        level = below
    return []


def refused(viewer: Viewer, row: Row | None) -> Exception:
    """Give what to raise for an original that is not there, or not for this viewer: a viewer cannot tell which."""
    if viewer.role in {Role.MACHINE, Role.OPERATOR}:
        return NotFound("RE-003") if row is None else NotPermitted("AC-005")
    return NotPermitted("AC-001") if viewer.role is Role.PRACTITIONER else NotFound("RE-003")
