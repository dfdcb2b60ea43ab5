"""The plain reference of the search index: every resource is looked at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cmp_to_key
from operator import ge, gt, le, lt
from typing import Any

from vado.exchange.ports.fhir import Touched
from vado.model.person import LinkEvent
from vado.model.query import (
    VISIBLE,
    Chain,
    Change,
    Changed,
    Criterion,
    Entries,
    Has,
    Named,
    Order,
    Present,
    Query,
    Reference,
    Span,
    Stored,
    Test,
    Text,
    Token,
)  # fmt: skip

_SAYS = {"<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass
class MemoryShelf:
    """See exchange.ports.fhir.Shelf."""

    stored: dict[str, Stored] = field(default_factory=dict)
    said: dict[str, tuple[int, Entries]] = field(default_factory=dict)  # digest and index rows
    former: tuple[Stored, ...] = ()
    links: tuple[LinkEvent, ...] = ()
    facts: frozenset[str] = frozenset()
    touched: Touched = field(default_factory=Touched)

    def __copy__(self) -> "MemoryShelf":
        return replace(self, stored=dict(self.stored), said=dict(self.said), touched=Touched())

    def clock(self, count: int, at: int) -> int:  # noqa: ARG002 - the next clock is later than all that was put
        """Give numbers that grow."""
        return max(at, 1 + max((s.changed for s in self.stored.values()), default=0))

    def dated(self) -> Iterable[tuple[int, tuple[tuple[int, int, int], ...]]]:
        """Give (number, rows of dates) of what may be given out."""
        return ((s.number, self.said[ref][1].dates) for ref, s in self.stored.items() if s.state == VISIBLE)

    def known(self, refs: Iterable[str]) -> Mapping[str, tuple[int, int, int, int]]:
        """Give (number, version, state, digest)."""
        found = {r: self.stored[r] for r in refs if r in self.stored}
        return {r: (s.number, s.version, s.state, self.said[r][0]) for r, s in found.items()}

    def put(self, changes: Sequence[Change]) -> None:
        """Put new versions on the shelf."""
        for c in changes:
            if c.ref in self.stored:
                self.former = (*self.former, self.stored[c.ref])
            self.stored[c.ref] = Stored(c.ref, c.number or c.changed, c.version, c.changed, c.state, c.body, c.patient)
            self.said[c.ref] = (c.digest, c.entries)

    def patients_of(self, persons: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Give the patients linked to each of these persons now."""
        last = {e.patient: e.person for e in self.links}
        found = {p: tuple(sorted(patient for patient, person in last.items() if person == p)) for p in persons}
        return {p: some for p, some in found.items() if some}

    def every_fact(self, after: str = "", limit: int = 1000) -> tuple[str, ...]:
        """List facts, by id."""
        found = sorted((f.partition("/")[2], f) for f in self.facts)
        return tuple(ref for id_, ref in found if id_ > after)[:limit]

    def is_due(self) -> bool:
        """Nothing is older than the index."""
        return False

    def done(self) -> None:
        """Nothing to note."""

    # reading

    def read(self, refs: Iterable[str]) -> tuple[Stored, ...]:
        """The current version of each of these, by ref."""
        return tuple(self.stored[r] for r in sorted(set(refs)) if r in self.stored)

    def version(self, ref: str, version: int) -> Stored | None:
        """One version."""
        return next((s for s in self._versions() if (s.ref, s.version) == (ref, version)), None)

    def history(self, of: str, *, before: int = 0, since: int = 0, limit: int = 50) -> tuple[Stored, ...]:
        """Versions, newest first."""
        found = [
            s for s in self._versions() if of in (s.ref, s.kind) and (not before or s.changed < before) and s.changed >= since
        ]
        return tuple(sorted(found, key=lambda s: -s.changed))[:limit]

    def _versions(self) -> tuple[Stored, ...]:
        return (*self.stored.values(), *self.former)

    def latest(self) -> int:
        """The number of the newest resource."""
        return max((s.number for s in self.stored.values()), default=0)

    def find(self, query: Query, *, after: int = 0, until: int, limit: int) -> tuple[Stored, ...]:
        """Resources that fit, by number."""
        found = sorted(self._fitting(query, VISIBLE), key=lambda s: s.number)
        return tuple(s for s in found if after < s.number <= until)[:limit]

    def ordered(self, query: Query, *, until: int, limit: int) -> tuple[int, ...]:
        """Numbers of the resources that fit, in the query's order."""
        found = [s for s in self._fitting(query, VISIBLE) if s.number <= until]
        found.sort(key=cmp_to_key(lambda a, b: self._compare(a, b, query.order)))
        return tuple(s.number for s in found)[:limit]

    def _compare(self, a: Stored, b: Stored, order: tuple[Order, ...]) -> int:
        for key in order:
            one, other = self._key(a, key), self._key(b, key)
            if one != other:
                if one is None or other is None:
                    return 1 if one is None else -1
                return (-1 if one < other else 1) * (-1 if key.down else 1)
        return a.number - b.number

    def _key(self, s: Stored, key: Order) -> Any:
        if key.of == "id":
            return s.ref
        if key.of == "changed":
            return s.changed
        entries = self.said[s.ref][1]
        rows = {
            "token": [(r[0], r[1]) for r in entries.tokens], "string": [(r[0], r[1]) for r in entries.strings if r[2]],
            "reference": entries.references, "date": [(r[0], r[1]) for r in entries.dates],
            "quantity": [(r[0], r[2]) for r in entries.quantities if not r[1]],
        }[key.of]  # fmt: skip
        values = [v for p, v in rows if p == key.parameter]
        return (max(values) if key.down else min(values)) if values else None

    def numbered(self, numbers: Sequence[int]) -> tuple[Stored, ...]:
        """The current version of each of these that can still be given out."""
        found = {s.number: s for s in self.stored.values() if s.state == VISIBLE}
        return tuple(found[n] for n in numbers if n in found)

    def count(self, query: Query, *, until: int, most: int = 0, state: int = VISIBLE) -> int:
        """How many fit."""
        found = sum(s.number <= until for s in self._fitting(query, state))
        return min(found, most) if most else found

    def referred(self, numbers: Iterable[int], parameters: Iterable[int]) -> tuple[str, ...]:
        """What these resources refer to."""
        refs, wanted = {s.ref for s in self.stored.values() if s.number in set(numbers)}, set(parameters)
        return tuple(sorted({t for r in refs for p, t in self.said[r][1].references if p in wanted}))

    def referring(self, refs: Iterable[str], parameter: int, *, limit: int) -> tuple[Stored, ...]:
        """Resources that refer to any of these."""
        wanted = {(parameter, r) for r in refs}
        found = [s for s in self.stored.values() if s.state == VISIBLE and wanted & set(self.said[s.ref][1].references)]
        return tuple(sorted(found, key=lambda s: s.number))[:limit]

    # who fits

    def _fitting(self, query: Query, state: int) -> list[Stored]:
        some = [s for s in self.stored.values() if s.kind == query.kind and s.state == state]
        return [s for s in some if self._fits(s, query.fits)]

    def _fits(self, s: Stored, fits: Iterable[Criterion]) -> bool:
        return all(any(self._holds(s, test) for test in c.any) != c.never for c in fits)

    def _holds(self, s: Stored, test: Test) -> bool:
        entries = self.said[s.ref][1]
        if isinstance(test, Named):
            return s.ref in test.refs
        if isinstance(test, Changed):
            return all(_SAYS[op](s.changed, v) for op, v in test.tests)
        if isinstance(test, Chain):
            return any(
                p == test.parameter and t in self.stored and self._is_fit(self.stored[t], test.kind, test.fits)
                for p, t in entries.references
            )
        if isinstance(test, Has):
            return any(
                (test.parameter, s.ref) in self.said[o.ref][1].references and self._is_fit(o, test.kind, test.fits)
                for o in self.stored.values()
            )
        if isinstance(test, Reference):
            wanted = set(test.targets) | (self._same_persons(test.targets) if test.persons else set())
            return any(p == test.parameter and t in wanted for p, t in entries.references)
        return any(_row_holds(test, row) for row in _rows(entries, test) if row[0] == test.parameter)

    def _is_fit(self, s: Stored, kind: str, fits: tuple[Criterion, ...]) -> bool:
        return s.kind == kind and s.state == VISIBLE and self._fits(s, fits)

    def _same_persons(self, targets: tuple[str, ...]) -> set[str]:
        last = {e.patient: e.person for e in self.links}
        persons = {last.get(t.removeprefix("Patient/")) for t in targets} - {None}
        return {f"Patient/{patient}" for patient, person in last.items() if person in persons}


def _rows(entries: Entries, test: Token | Text | Span | Present) -> Iterable[Any]:
    of = {Token: "token", Text: "string"}.get(type(test)) or getattr(test, "of", "")
    return {
        "token": entries.tokens, "string": entries.strings, "reference": entries.references, "date": entries.dates,
        "quantity": entries.quantities,
    }[of]  # fmt: skip


def _row_holds(test: Token | Text | Span | Present, row: Any) -> bool:
    if isinstance(test, Token):
        return test.code in (None, row[1]) and test.system in (None, row[2])
    if isinstance(test, Text):
        if test.how == "exact":
            return row[2] == test.value
        return row[1].startswith(test.value) if test.how == "begins" else test.value in row[1]
    if isinstance(test, Span):
        low, high = (row[1], row[2]) if test.of == "date" else (row[2], row[3])
        unit = test.of == "date" or row[1] == test.unit
        return unit and all(_SAYS[op](low if end == "low" else high, v) for end, op, v in test.tests)
    return True
