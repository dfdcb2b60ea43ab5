"""One person with two faces: what the patients of one person say of themselves that cannot all be true of one human being."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from vado.linkage.compare import DIFFERENT, birth_date
from vado.model.fact import Fact
from vado.model.person import Demographics

_BLOOD = {"882-1", "883-9", "34530-6"}  # LOINC: ABO and Rh group, ABO group, ABO and Rh group by interpretation
_INPATIENT = {"IMP", "ACUTE", "NONAC"}  # HL7 v3 ActEncounterCode
_DONE = ("effectiveDateTime", "performedDateTime", "occurrenceDateTime", "whenHandedOver", "onsetDateTime")
_VOID = {"entered-in-error", "cancelled"}


@dataclass(frozen=True, slots=True)
class Clash:
    """Two facts of one person that contradict each other; values are not repeated here."""

    kind: str  # 'birth date', 'sex', 'blood group', 'two places at once', 'dead, yet seen later'
    one: str  # patient id
    other: str
    facts: tuple[str, ...]  # ids of the facts that say so: one of each side


def clashes(patients: Sequence[Fact], known: Iterable[Demographics], facts: Iterable[Fact]) -> tuple[Clash, ...]:
    """Give what contradicts what, most telling kind first, one of each kind for two patients.

    Args:
        patients: the Patient facts of one person.
        known: the same, normalised.
        facts: everything told about them.
    """
    about: dict[str, list[Fact]] = {p.id: [] for p in patients}
    for fact in facts:
        if fact.patient in about and fact.resource.get("status") not in _VOID:
            about[fact.patient].append(fact)
    by_id, told = {p.id: p for p in patients}, {d.patient: d for d in known}
    found = []
    for one, other in combinations(sorted(told.keys() & about.keys()), 2):
        for kind, ask in _KINDS.items():
            pair = ask(_Face(told[one], by_id[one], about[one]), _Face(told[other], by_id[other], about[other]))
            if pair:
                found.append(Clash(kind, one, other, pair))
    order = list(_KINDS)
    return tuple(sorted(found, key=lambda c: (order.index(c.kind), c.one, c.other)))


@dataclass(frozen=True, slots=True)
class _Face:
    known: Demographics
    patient: Fact
    facts: Sequence[Fact]


def _born(a: _Face, b: _Face) -> tuple[str, ...]:
    days = (a.known.birth_date, b.known.birth_date)
    return (a.patient.id, b.patient.id) if birth_date(*days) == DIFFERENT else ()


def _sex(a: _Face, b: _Face) -> tuple[str, ...]:
    said = {a.known.gender, b.known.gender}
    return (a.patient.id, b.patient.id) if said == {"female", "male"} else ()


def _blood(a: _Face, b: _Face) -> tuple[str, ...]:
    """Only results that were coded as blood groups; where one side says several, it is their own conflict."""
    ours, theirs = _groups(a.facts), _groups(b.facts)
    if len(ours) != 1 or len(theirs) != 1 or ours.keys() == theirs.keys():
        return ()
    (x, one), (y, other) = *ours.items(), *theirs.items()
    return () if x.startswith(y) or y.startswith(x) else (one, other)


def _groups(facts: Iterable[Fact]) -> dict[str, str]:
    """Give group -> id of a fact that says so: 'a', 'o pos', as written, small letters."""
    found = {}
    for fact in facts:
        codes = {c.get("code") for c in fact.resource.get("code", {}).get("coding", ())} if fact.kind == "Observation" else set()
        if codes & _BLOOD:
            value = fact.resource.get("valueCodeableConcept", {})
            text = (
                fact.resource.get("valueString")
                or value.get("text")
                or next((c.get("display", "") for c in value.get("coding", ())), "")
            )
            if text.strip():
                found[" ".join(text.casefold().split())] = fact.id
    return found


def _two_places(a: _Face, b: _Face) -> tuple[str, ...]:
    """Nights that overlap, at two organisations. A transfer on one day does not."""
    if a.known.partner == b.known.partner:
        return ()
    for one, start, end in _stays(a.facts):
        for other, begin, stop in _stays(b.facts):
            if max(start, begin) < min(end, stop):
                return one, other
    return ()


def _stays(facts: Iterable[Fact]) -> list[tuple[str, str, str]]:
    """Give (fact, first day, last day) of each stay in hospital that has both."""
    stays = []
    for fact in facts:
        period = fact.resource.get("period", {})
        start, end = str(period.get("start", ""))[:10], str(period.get("end", ""))[:10]
        if fact.kind == "Encounter" and fact.resource.get("class", {}).get("code") in _INPATIENT and len(start) == len(end) == 10:
            stays.append((fact.id, start, end))
    return stays


def _dead(a: _Face, b: _Face) -> tuple[str, ...]:
    """Something was done to the one on a day after the other had died."""
    for dead, alive in ((a, b), (b, a)):
        day = str(dead.patient.resource.get("deceasedDateTime", ""))[:10]
        if len(day) == 10:
            for fact in alive.facts:
                later = next((str(fact.resource[k])[:10] for k in _DONE if k in fact.resource), "")
                if len(later) == 10 and later > day and fact.kind != "Patient":
                    return dead.patient.id, fact.id
    return ()


_KINDS: dict[str, Callable[[_Face, _Face], tuple[str, ...]]] = {
    "birth date": _born, "sex": _sex, "dead, yet seen later": _dead, "two places at once": _two_places, "blood group": _blood,
}  # fmt: skip
