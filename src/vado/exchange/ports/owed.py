"""What the exchange asks of the store about replies that people are owed."""

from collections.abc import Iterable
from typing import Protocol

from vado.model.original import PartnerId
from vado.model.said import Owed


class Replies(Protocol):
    """Part `tx.replies` of a transaction."""

    def put(self, owed: Owed) -> None:
        """Add it, or replace the one with its id."""
        ...

    def get(self, owed: str) -> Owed | None: ...
    def of(self, patients: Iterable[str]) -> tuple[Owed, ...]:
        """All that these patients' accounts asked, the newest first, then id."""
        ...

    def owed_by(self, partner: PartnerId | None, *, after: str = "", limit: int = 100) -> tuple[Owed, ...]:
        """What this partner has to answer ("": those who run the place; None: all), by cursor: open first, the next due first.

        Args:
            partner: who has to answer.
            after: the cursor of the last one seen.
            limit: how many at most.
        """
        ...
