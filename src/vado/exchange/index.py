"""The master patient index as others ask it: whom would this be, who is found so, which numbers belong to one person. Nothing is stored.

What a machine read from paper and no person confirmed is not given out: it is counted, so that nobody takes silence for absence.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from vado.errors import NotFound
from vado.exchange import allow
from vado.exchange.faces import preview
from vado.exchange.link import with_a_persons_word
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.linkage.compare import NATIONAL
from vado.model.fact import Evidence, Fact, FhirJson
from vado.model.original import OriginalId, PartnerId
from vado.model.person import Identifier, Match, MatchGrade, Person
from vado.model.reading import Fidelity
from vado.model.record import Viewer
from vado.model.review import from_paper
from vado.terms.identifiers import valid

MOST = 1_000  # patients that one question may find
NOBODY = PartnerId("")  # the partner of whoever is only asked about


@dataclass(frozen=True, slots=True)
class Known:
    """A patient that may be given out, and whose it is."""

    patient: Fact
    person: str
    others: tuple[str, ...]  # further patients of the person
    match: Match | None = None  # how it was found, if by matching


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found."""

    known: tuple[Known, ...]
    withheld: int = 0  # read from paper and not reviewed
    crowded: bool = False  # more fitted than are looked at


@dataclass(frozen=True, slots=True)
class Question:
    """Whom is looked for."""

    words: tuple[tuple[str, ...], ...] = ()  # beginnings of names, numbers or birth dates: all of any one of these
    ids: tuple[str, ...] = ()  # patients looked at besides
    like: FhirJson | None = None  # a Patient: whoever shares a telephone or other trait with it is looked at besides
    fits: Callable[[FhirJson], bool] = lambda _: True  # says of a Patient whether it is meant


@dataclass(frozen=True, slots=True)
class Hits:
    """Who was found: ids only."""

    ids: tuple[str, ...]
    withheld: int = 0
    crowded: bool = False


def whom(x: Exchange, patient: FhirJson, viewer: Viewer, keep: Callable[[MatchGrade], bool]) -> Found:
    """Tell whom a Patient resource would match, the likeliest first, of these grades; nothing is stored but the audit events."""
    matches = {m.candidate: m for m in preview(x, patient, NOBODY, viewer) if keep(m.grade)}
    with x.store.begin() as tx:
        found = _found(x, tx, matches, viewer)
    return Found(tuple(replace(k, match=matches[k.patient.id]) for k in found.known), found.withheld)


def find(x: Exchange, question: Question, viewer: Viewer) -> Hits:
    """Find patients, by id; nothing of them is given out yet."""
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "search"))
        some = {*question.ids}
        for one in question.words:
            some |= set(tx.patients_like(one, limit=MOST + 1))
        if question.like is not None:
            some |= {c.patient for c in tx.candidates(x.keys(x.normalise(as_fact(question.like))))[0]}
        facts = allow.findable(x, tx, viewer, _facts(tx, sorted(some)[:MOST]))
    fitting = [f for f in facts if question.fits(f.resource)]
    withheld = {f.id for f in fitting if _is_withheld(f)}
    return Hits(tuple(f.id for f in fitting if f.id not in withheld), len(withheld), len(some) > MOST)


def give(x: Exchange, patients: Iterable[str], viewer: Viewer) -> Found:
    """Give these patients out, each look audited; what is not known or withheld is left out."""
    with x.store.begin() as tx:
        return _found(x, tx, patients, viewer)


def person_of(x: Exchange, viewer: Viewer, *, person: str = "", patient: str = "") -> Person:
    """Give a person by its id or by one of its patients. Raises NotFound RE-001."""
    with x.store.begin() as tx:
        links = tx.links_of((patient,)) if patient else ()
        found = allow.looked_up(x, tx, viewer, tx.person(links[0].person if links else person))
        if found is None or (patient and patient not in {p.id for p in found.patients}):
            raise NotFound("RE-001")
        tx.audit(Audit(x.clock(), viewer.name, "read", found.id))
        return found


def cross_reference(x: Exchange, number: Identifier, viewer: Viewer) -> tuple[Known, ...]:
    """Give every patient of the persons who have this number; () when nobody has it."""
    owners = find(x, Question(words=((_plain(number.value),),), fits=lambda p: has_number(p, number)), viewer).ids
    with x.store.begin() as tx:
        persons = [tx.person(e.person) for e in tx.links_of(owners)]
        return _found(x, tx, sorted({f.id for p in persons if p for f in p.patients}), viewer).known


def issuers_of(number: str) -> tuple[str, ...]:
    """Give the national systems whose rule this number fits."""
    return tuple(sorted(s for s in NATIONAL if valid(s, number)))


def has_number(patient: FhirJson, number: Identifier) -> bool:
    """Say whether a Patient has this number; any issuer's when the system is ''. Spaces and hyphens do not count."""
    return any(
        number.system in ("", i.get("system")) and _plain(i.get("value", "")) == _plain(number.value)
        for i in patient.get("identifier", ())
    )


def _plain(value: str) -> str:
    return "".join(c for c in value.casefold() if c.isalnum())


def as_fact(patient: FhirJson) -> Fact:
    """Give a Patient that is only asked about as a fact, so that it can be normalised."""
    return Fact(patient | {"id": "asked"}, Evidence(NOBODY, OriginalId(""), (), "asked", "asked", Fidelity.CODED), "asked")


def _found(x: Exchange, tx: Transaction, patients: Iterable[str], viewer: Viewer) -> Found:
    """Give those that may be given out, in the order given, each look audited."""
    facts = _facts(tx, patients)
    links = {e.patient: e.person for e in tx.links_of(f.id for f in facts)}
    known = []
    for fact in facts:
        if fact.id in links and not _is_withheld(fact):
            person = allow.looked_up(x, tx, viewer, tx.person(links[fact.id]))
            ours = [p.id for p in person.patients] if person else []
            if fact.id not in ours:
                continue
            known.append(Known(fact, links[fact.id], tuple(p for p in ours if p != fact.id)))
            tx.audit(Audit(x.clock(), viewer.name, "read", fact.id))
    return Found(tuple(known), sum(map(_is_withheld, facts)))


def _facts(tx: Transaction, patients: Iterable[str]) -> list[Fact]:
    order = list(patients)
    facts = {f.id: with_a_persons_word(tx, f) for f in tx.facts_named(order) if f.kind == "Patient"}
    return [facts[p] for p in order if p in facts]


def _is_withheld(fact: Fact) -> bool:
    return from_paper(fact) and not fact.evidence.reviewed
