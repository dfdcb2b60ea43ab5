"""What the exchange asks of the store about who looked at what, and what was told since."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol


class Looks(Protocol):
    """Part `tx.looks` of a transaction: the audit trail and what was told, as one viewer sees them."""

    def times(self, who: str, subject: str, *, limit: int) -> tuple[datetime, ...]:
        """When somebody read this, newest first."""
        ...

    def last(self, who: str, *, limit: int, actions: Sequence[str] = ("read",)) -> tuple[tuple[str, datetime], ...]:
        """What somebody read, or did so, each once with the last time, newest first."""
        ...

    def told_since(self, patients: Iterable[str], since: datetime) -> frozenset[str]:
        """Ids of the facts about these that were received after a time for the first time, or say other than what was told before."""
        ...
