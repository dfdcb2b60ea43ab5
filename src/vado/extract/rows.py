"""Rows (or forms) that were filled by a layout, told together: one Patient a person, one fact a statement, nothing silent.

A row is named by what it says, never by where it stands: the same row in a later file is the same fact. Rows that
share a key and say different things all survive.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from vado.extract.fill import Filled, Filling
from vado.model.fact import NAMES_PERSON, End, Entry, Evidence, Fact, Facts, FhirJson, patient_id
from vado.model.original import stable_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Place, Reading, issue

_TOLD = 20  # issues of one kind that are told one by one
_SHOWN = 20  # places kept of one patient who is in many rows
_WHEN = (
    "effectiveDateTime", "effectivePeriod", "onsetDateTime", "performedDateTime", "performedPeriod", "occurrenceDateTime",
    "authoredOn", "whenHandedOver", "recordedDate", "dateAsserted", "period", "issued",
)  # fmt: skip
_WHAT = ("code", "medicationCodeableConcept", "vaccineCode", "class")


@dataclass(slots=True)
class Row:
    """One row, or one form: its filled cells, and where the cells of some labels stand."""

    values: Mapping[str, Any]  # label -> text as written, or a number of a spreadsheet
    places: Callable[[Sequence[str]], tuple[Place, ...]]
    confidence: Callable[[Sequence[str]], float] = lambda _: 1.0
    fidelity: Fidelity = Fidelity.FIELDS


@dataclass(frozen=True, slots=True)
class _Seen:
    places: tuple[Place, ...]
    confidence: float
    fidelity: Fidelity


@dataclass(slots=True)
class _Statement:
    resource: FhirJson
    owner: "_Person | None"
    seen: _Seen
    rule: str


@dataclass(slots=True)
class _Person:
    resource: FhirJson
    seen: list[_Seen] = field(default_factory=list)
    id: str = ""


class Telling:
    """What the rows of one reading say so far."""

    def __init__(self, reading: Reading, partner: PartnerProfile) -> None:
        self._reading, self._partner = reading, partner
        self._people: dict[str, list[_Person]] = {}
        self._said: list[_Statement] = []
        self._issues: list[Issue] = []
        self._count: Counter[str] = Counter()
        self._systems: set[str] = set()
        self.ends: Counter[tuple[str, End, str]] = Counter()  # (generic path, end, rule) -> elements

    def tell(self, row: Row, filling: Filling, *, under: str = "") -> None:
        """Take one row in; `under` goes before each label in the ledger ('Sheet1!')."""
        filled = filling.fill(row.values)
        rule = f"layout {filling.layout.title}"
        self._systems |= filled.systems
        owner: _Person | None = None
        for made in filled.made:
            if made.resource["resourceType"] == "Patient":
                owner = self._person(made.resource, _seen(row, made.labels))
        for made in filled.made:
            if made.resource["resourceType"] != "Patient":
                self._said.append(_Statement(made.resource, owner, _seen(row, made.labels), rule))
        self._account(row, filled, rule, under)

    def facts(self) -> Facts:
        """Give all facts, patients first, in the order of the rows; then issues and ledger."""
        facts = [fact for key, people in self._people.items() for fact in self._patients(key, people)]
        facts += self._statements()
        if any(f.patient is None for f in facts):
            self._issues.append(issue("IN-011", Place(self._reading.original, "document")))
        self._issues += [issue("IN-017", system=name) for name in sorted(self._systems)]
        left = sum(n for (_, end, _), n in self.ends.items() if end is End.NOT_UNDERSTOOD)
        if left:
            self._issues.append(issue("IN-013", count=left))
        for code, count in sorted(self._count.items()):
            if count > _TOLD:
                self._issues.append(issue("IN-405", count=count - _TOLD, fault=code))
        ledger = tuple(Entry(path, end, rule, n) for (path, end, rule), n in sorted(self.ends.items()))
        return Facts(tuple(facts), tuple(self._issues), ledger)

    def complain(self, code: str, place: Place, **slots: str | int) -> None:
        """Keep an issue; after the first of each code only their number is told."""
        self._count[code] += 1
        if self._count[code] <= _TOLD:
            self._issues.append(issue(code, place, **slots))

    def _account(self, row: Row, filled: Filled, rule: str, under: str) -> None:
        used = {label for made in filled.made for label in made.labels}
        for label in row.values:
            if label in filled.bad:
                form = filled.bad[label]
                date = form.startswith("a date as ")
                code, slots = ("IN-012", {"form": form.removeprefix("a date as ")}) if date else ("IN-404", {"form": form})
                self.complain(code, row.places([label])[0], **slots)
            if label in used:
                end, why = End.MAPPED, rule
            elif label in filled.ignored:
                end, why = End.IGNORED, filled.ignored[label]
            else:
                end, why = End.NOT_UNDERSTOOD, ""
            self.ends[under + label, end, why] += 1

    def _person(self, resource: FhirJson, seen: _Seen) -> _Person:
        """Find the person of this row among those told so far, or begin a new one; what two rows add is joined."""
        key = patient_id(self._partner.id, resource.get("identifier", ()), self._reading.original, _plain(resource))
        people = self._people.setdefault(key, [])
        person = next((p for p in people if _agree(p.resource, resource)), None)
        if person is None:
            person = _Person(resource)
            people.append(person)
        elif person.resource != resource:
            _add(person.resource, resource)
        if len(person.seen) < _SHOWN:
            person.seen.append(seen)
        return person

    def _patients(self, key: str, people: list[_Person]) -> Iterable[Fact]:
        """One person keeps the number's id. Several under one number are told apart by what they say: a person must look."""
        for person in people:
            person.id = key if len(people) == 1 else stable_id(self._partner.id, "Patient", key, _plain(_fixed(person.resource)))
            if len(people) > 1:
                self.complain("IN-406", person.seen[0].places[0])
            yield self._fact({**person.resource, "id": person.id}, person.id, person.seen, "row -> Patient")

    def _statements(self) -> Iterable[Fact]:
        """Statements named by patient, code and date; where that is shared by different ones, by all they say."""
        by_key: dict[str, dict[str, list[_Statement]]] = {}
        for said in self._said:
            said.resource = _owned(said.resource, said.owner)
            by_key.setdefault(self._key(said), {}).setdefault(_plain(said.resource), []).append(said)
        for key, tellings in by_key.items():
            for whole, same in tellings.items():
                resource, owner = same[0].resource, same[0].owner
                name = key if len(tellings) == 1 else stable_id(self._partner.id, resource["resourceType"], key, whole)
                seen = [s.seen for s in same[:_SHOWN]]
                yield self._fact({**resource, "id": name}, owner.id if owner else None, seen, same[0].rule)

    def _key(self, said: _Statement) -> str:
        resource = said.resource
        own = [i for i in resource.get("identifier", ()) if i.get("system")]
        about = own or [resource.get(k) for k in (*_WHAT, *_WHEN)]
        scope = said.owner.id if said.owner else self._reading.original
        return stable_id(self._partner.id, resource["resourceType"], scope, _plain(about))

    def _fact(self, resource: FhirJson, patient: str | None, seen: list[_Seen], rule: str) -> Fact:
        evidence = Evidence(
            self._partner.id, self._reading.original, tuple(p for s in seen for p in s.places), self._reading.reader, rule,
            _fidelity(resource, min(s.fidelity for s in seen)), min(s.confidence for s in seen),
            partial=resource["resourceType"] == "Patient",  # a list of results names a person by number alone
        )  # fmt: skip
        return Fact(resource, evidence, patient)


def _fidelity(resource: FhirJson, written: Fidelity) -> Fidelity:
    """A row whose main code has a system is as good as a coded document; what was seen as a picture stays one."""
    codings = (c for k in _WHAT if isinstance(resource.get(k), dict) for c in resource[k].get("coding", ()))
    return Fidelity.CODED if written is Fidelity.FIELDS and any(c.get("system") for c in codings) else written


def _seen(row: Row, labels: list[str]) -> _Seen:
    return _Seen(row.places(labels), row.confidence(labels), row.fidelity)


def _owned(resource: FhirJson, owner: _Person | None) -> FhirJson:
    where = NAMES_PERSON.get(resource["resourceType"])
    return {**resource, where: {"reference": f"Patient/{owner.id}"}} if owner and where else resource


def _fixed(resource: FhirJson) -> FhirJson:
    """What one person has only one of."""
    return {k: v for k, v in resource.items() if not isinstance(v, list)}


def _agree(a: FhirJson, b: FhirJson) -> bool:
    return all(b.get(k, v) == v for k, v in _fixed(a).items())


def _add(into: FhirJson, more: FhirJson) -> None:
    for key, value in more.items():
        if isinstance(value, list):
            have = into.setdefault(key, [])
            have += [v for v in value if v not in have]
        else:
            into.setdefault(key, value)


def _plain(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
