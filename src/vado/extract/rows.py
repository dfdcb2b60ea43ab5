"""Rows (or forms) that were filled by a layout, told together: one Patient a person, one fact a statement, nothing silent.

A row is named by what it says, never by where it stands: the same row in a later file is the same fact. Rows that
share a key and say different things all survive.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
    """One row, or one form: its filled cells, where it stands, and how each cell is shown."""

    values: Mapping[str, Any]
    place: Place
    cell: Callable[[str], Place]  # place of one label
    confidence: float = 1.0
    fidelity: Fidelity = Fidelity.FIELDS


@dataclass(slots=True)
class _Person:
    resource: FhirJson
    rows: list[tuple[Row, list[str]]] = field(default_factory=list)
    id: str = ""


class Telling:
    """What the rows of one reading say so far."""

    def __init__(self, reading: Reading, partner: PartnerProfile) -> None:
        self._reading, self._partner = reading, partner
        self._people: dict[str, list[_Person]] = {}
        self._said: list[tuple[FhirJson, _Person | None, Row, list[str], str]] = []
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
                owner = self._person(made.resource, row, made.labels)
        for made in filled.made:
            if made.resource["resourceType"] != "Patient":
                self._said.append((made.resource, owner, row, made.labels, rule))
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
                self._issues.append(issue("IN-405", count=count - _TOLD, code=code))
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
                self.complain(code, row.cell(label), **slots)
            if label in used:
                end = (End.MAPPED, rule)
            elif label in filled.ignored:
                end = (End.IGNORED, filled.ignored[label])
            else:
                end = (End.NOT_UNDERSTOOD, "")
            self.ends[(under + label, *end)] += 1

    def _person(self, resource: FhirJson, row: Row, labels: list[str]) -> _Person:
        """Find the person of this row among those told so far, or begin a new one; what two rows add is joined."""
        identifiers = resource.get("identifier", ())
        key = patient_id(self._partner.id, identifiers, self._reading.original, "" if identifiers else _plain(resource))
        if identifiers and not any(i.get("system") for i in identifiers):
            key = stable_id(self._partner.id, "Patient", self._reading.original, _plain(resource))
        people = self._people.setdefault(key, [])
        person = next((p for p in people if _agree(p.resource, resource)), None)
        if person is None:
            person = _Person(resource)
            people.append(person)
        elif person.resource != resource:
            _add(person.resource, resource)
        if len(person.rows) < _SHOWN:
            person.rows.append((row, labels))
        return person

    def _patients(self, key: str, people: list[_Person]) -> Iterable[Fact]:
        """One person keeps the number's id. Several under one number are told apart by what they say: a person must look."""
        for person in people:
            person.id = key if len(people) == 1 else stable_id(self._partner.id, "Patient", key, _plain(_fixed(person.resource)))
            if len(people) > 1:
                self.complain("IN-406", person.rows[0][0].place)
            yield self._fact({**person.resource, "id": person.id}, person.id, person.rows, "row -> Patient")

    def _statements(self) -> Iterable[Fact]:
        """Statements named by patient, code and date; where that is shared by different ones, by all they say."""
        by_key: dict[str, dict[str, list[tuple[FhirJson, _Person | None, Row, list[str], str]]]] = {}
        for said in self._said:
            resource, owner = _owned(said[0], said[1]), said[1]
            whole = _plain(resource)
            own = [i for i in resource.get("identifier", ()) if i.get("system")]
            parts = (_plain(own),) if own else (_plain([resource.get(k) for k in _WHAT]), _plain([resource.get(k) for k in _WHEN]))
            scope = owner.id if owner else self._reading.original
            key = stable_id(self._partner.id, resource["resourceType"], scope, *parts)
            by_key.setdefault(key, {}).setdefault(whole, []).append((resource, *said[1:]))
        for key, tellings in by_key.items():
            for whole, same in tellings.items():
                resource, owner, _, _, rule = same[0]
                name = key if len(tellings) == 1 else stable_id(self._partner.id, resource["resourceType"], key, whole)
                rows = [(row, labels) for _, _, row, labels, _ in same[:_SHOWN]]
                yield self._fact({**resource, "id": name}, owner.id if owner else None, rows, rule)

    def _fact(self, resource: FhirJson, patient: str | None, rows: list[tuple[Row, list[str]]], rule: str) -> Fact:
        row, labels = rows[0]
        cells = tuple(row.cell(label) for label in labels)
        evidence = Evidence(
            self._partner.id, self._reading.original, (cells or (row.place,)) + tuple(r.place for r, _ in rows[1:]),
            self._reading.reader, rule, min(r.fidelity for r, _ in rows), min(r.confidence for r, _ in rows),
        )  # fmt: skip
        return Fact(resource, evidence, patient)


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
