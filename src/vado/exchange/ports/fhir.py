"""The search index: every fact that may be given out, as it stands, and what it is found by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vado.model.query import VISIBLE, Change, Query, Stored


@dataclass(slots=True)
class Touched:
    """What changed in this transaction and is not on the shelf yet."""

    facts: set[str] = field(default_factory=set)  # 'Observation/1'
    persons: set[str] = field(default_factory=set)  # whose patients changed

    def __bool__(self) -> bool:
        return bool(self.facts or self.persons)


class Shelf(Protocol):
    """Part `fhir` of a transaction. Kept right by exchange/shelve.py in the transaction that changes facts; nobody else writes."""

    touched: Touched

    # writing
    def clock(self, count: int, at: int) -> int:
        """Give the first of `count` numbers in a row, each greater than any given before in any transaction, and at least `at`.

        On every database numbers become visible in their order: whoever waits here waits until the other has committed.
        """
        ...

    def known(self, refs: Iterable[str]) -> Mapping[str, tuple[int, int, int, int]]:
        """Give (number, version, state, digest) of those of these resources that are on the shelf."""
        ...

    def put(self, changes: Sequence[Change]) -> None:
        """Put new versions on the shelf; what stood there becomes history."""
        ...

    def patients_of(self, persons: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Give the patients linked to each of these persons now, by id."""
        ...

    def every_fact(self, after: str = "", limit: int = 1000) -> tuple[str, ...]:
        """All facts that any original tells or a person decided on ('Observation/1'), by id, with ids after one."""
        ...

    def is_due(self) -> bool:
        """Say whether what was received before there was an index is not yet on it (`vado fhir index`)."""
        ...

    def done(self) -> None:
        """Note that all that was received before is on the shelf."""
        ...

    # reading
    def read(self, refs: Iterable[str]) -> tuple[Stored, ...]:
        """The current version of each of these, by ref; also what is gone or withheld."""
        ...

    def version(self, ref: str, version: int) -> Stored | None: ...
    def history(self, of: str, *, before: int = 0, since: int = 0, limit: int = 50) -> tuple[Stored, ...]:
        """Versions of one resource ('Patient/1') or of all of a type ('Patient'), newest first.

        Args:
            of: whose.
            before: only versions made before this; 0: all.
            since: only versions made at this time or later.
            limit: so many at most.
        """
        ...

    def latest(self) -> int:
        """The number of the newest resource; 0 when there is none. Whatever comes later has a greater one."""
        ...

    def find(self, query: Query, *, after: int = 0, until: int, limit: int) -> tuple[Stored, ...]:
        """Resources that fit, by number, with numbers after one and up to another; the query's order does not count.

        Raises:
            VadoError: FH-010, it takes too long.
        """
        ...

    def ordered(self, query: Query, *, until: int, limit: int) -> tuple[int, ...]:
        """Numbers of the resources that fit, in the query's order, then by number; at most so many. Raises VadoError FH-010."""
        ...

    def numbered(self, numbers: Sequence[int]) -> tuple[Stored, ...]:
        """The current version of each of these that can still be given out, in the order asked for."""
        ...

    def count(self, query: Query, *, until: int, most: int = 0, state: int = VISIBLE) -> int:
        """How many fit; counting stops at `most` (0: never). Raises VadoError FH-010."""
        ...

    def referred(self, numbers: Iterable[int], parameters: Iterable[int]) -> tuple[str, ...]:
        """What these resources refer to by any of these parameters, in order."""
        ...

    def referring(self, refs: Iterable[str], parameter: int, *, limit: int) -> tuple[Stored, ...]:
        """Resources that refer to any of these by this parameter, by number."""
        ...
