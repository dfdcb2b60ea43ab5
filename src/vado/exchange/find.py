"""Finding a person as people look for one: words in any order, begun, mistyped; and whom of them this viewer may open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vado.exchange import allow
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.linkage.near import loosened, meanings, slips
from vado.model.person import Person, words_to_find
from vado.model.record import Viewer

MOST = 30  # persons listed
_ALIKE = 300  # patients compared with what was typed, each time it is taken more loosely


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who may be meant."""

    person: Person
    open: bool  # this viewer may read the record; False: not without a reason
    alike: bool  # only like what was typed


@dataclass(frozen=True, slots=True)
class Finds:
    """Who was found; whoever has every word first, then who has words that begin so; else who is alike, the nearest first."""

    persons: tuple[Found, ...] = ()
    more: bool = False  # there are more than these


def find(x: Exchange, text: str, viewer: Viewer) -> Finds:
    """Find persons by names, numbers and birth date. Raises NotPermitted AC-001. Each who is found is audited."""
    allow.check(viewer, "persons.find")
    ways = meanings(text)
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "search"))
        ids = _exactly(tx, ways)
        alike = not ids
        ids = ids or _alike(tx, ways)
        people = tx.people(ids[: MOST + 1])
        shown = allow.reduced(x, tx, viewer, (people[i] for i in ids if i in people))
        opens = allow.decide_each(x, tx, viewer, (people[i] for i in shown))
        found = [Found(person, opens[i].allowed, alike) for i, person in shown.items()]
        for one in found[:MOST]:
            tx.audit(Audit(x.clock(), viewer.name, "found", one.person.id))
    return Finds(tuple(found[:MOST]), len(found) > MOST)


def _exactly(tx: Transaction, ways: Iterable[tuple[str, ...]]) -> list[str]:
    found: dict[str, None] = {}
    for words in ways:
        found |= dict.fromkeys(tx.find_persons(words, limit=MOST + 1))
    for words in ways if len(found) <= MOST else ():
        if any(len(w) > 1 for w in words):
            found |= dict.fromkeys(_persons(tx, tx.patients_like(words, limit=2 * MOST)))
    return list(found)


def _alike(tx: Transaction, ways: Iterable[tuple[str, ...]]) -> list[str]:
    near: dict[str, int] = {}
    for words in ways:
        for beginnings in loosened(words):
            for known in tx.demographics(tx.patients_like(beginnings, limit=_ALIKE)):
                apart = slips(words, words_to_find(known))
                if apart is not None:
                    near[known.patient] = min(apart, near.get(known.patient, apart))
    return list(dict.fromkeys(_persons(tx, sorted(near, key=lambda p: (near[p], p)))))


def _persons(tx: Transaction, patients: Iterable[str]) -> Iterator[str]:
    patients = list(patients)
    owners = {e.patient: e.person for e in tx.links_of(patients)}
    return (owners[p] for p in patients if p in owners)
