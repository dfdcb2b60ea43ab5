"""The head of a record: which of the partners' Patient facts says best who the person is."""

from vado.model.fact import Fact
from vado.model.person import Person
from vado.model.review import from_paper, from_pixels
from vado.model.said import CITIZEN
from vado.record.words import name_of


def trusted(fact: Fact) -> bool:
    """Say whether a value may stand as structured or coded: told by a source, not read by a machine from pixels or free text; or confirmed."""
    return fact.evidence.reviewed or not (from_paper(fact) or from_pixels(fact.evidence))


def by_trust(person: Person) -> tuple[Fact, ...]:
    """Give the Patient facts, the best told first: trusted, then of highest fidelity, then by id."""
    told = [
        f for f in person.patients if f.evidence.partner != CITIZEN
    ] or person.patients  # what they say themselves names nobody
    return tuple(sorted(told, key=lambda f: (not trusted(f), -f.evidence.fidelity, f.id)))


def heading(person: Person) -> str:
    """Give the name most partners use; ties go to the longest. A name from paper that nobody confirmed counts only where there is no other."""
    told = [f for f in person.patients if trusted(f)] or list(person.patients)
    names = [name_of(p.resource) for p in told]
    return max(names, key=lambda n: (n != "?", names.count(n), len(n), n), default="?")
