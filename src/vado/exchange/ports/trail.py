"""What the exchange asks of the store about the audit trail: a chain in which each row carries the hash of the one before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

import orjson


@dataclass(frozen=True, slots=True)
class Audit:
    """Who did or saw what; FHIR AuditEvent. Holds ids only."""

    at: datetime
    who: str
    action: str  # 'receive', 'link', 'unlink', 'settle', 'read', 'search'
    subject: str = ""  # person, patient, fact or original id


@dataclass(frozen=True, slots=True)
class Sealed:
    """One row of the trail as it is kept."""

    seq: int  # grows; may leave out numbers
    event: Audit
    hash: str  # of this row and of the hash before it: 64 hex digits


class Trail(Protocol):
    """Part `tx.trail` of a transaction. Rows are written by `tx.audit`, and sealed when the transaction ends."""

    def head(self) -> Sealed | None:
        """The newest row that is sealed; None: there is none."""
        ...

    def rows(self, after: int = 0, limit: int = 1000) -> tuple[Sealed, ...]:
        """Sealed rows in their order, after one of them."""
        ...

    def at(self, seq: int) -> Sealed | None: ...
    def about(self, subjects: Iterable[str], *, limit: int = 1000) -> tuple[Audit, ...]:
        """What was done to, or seen of, any of these: sealed rows, newest first."""
        ...


def sealed(before: str, event: Audit) -> str:
    """Give the hash of a row that comes after the row with the hash `before` ("" for the first)."""
    plain = [before, event.at.isoformat(), event.who, event.action, event.subject]
    return sha256(orjson.dumps(plain)).hexdigest()
