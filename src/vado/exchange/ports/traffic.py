"""The part of the store for operators: holds of partners, what is tried again, what became of what came in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from vado.model.original import OriginalId, PartnerId, State
from vado.model.person import Doubt
from vado.model.traffic import Hold, Outcome, Standing, Try


class Traffic(Protocol):
    """`tx.traffic`."""

    def hold(self, hold: Hold) -> bool:
        """Put a hold in force; False: this partner is held already, and nothing changes."""
        ...

    def release(self, partner: PartnerId, by: str, at: datetime) -> None:
        """End the hold of this partner, if there is one; it stays in the history."""
        ...

    def holds(self, *, past: bool = False) -> tuple[Hold, ...]:
        """The holds in force, by partner; with `past` all that ever were, oldest first."""
        ...

    def try_again(self, one: Try) -> None:
        """Note when an original is read again (replaces what was noted of it)."""
        ...

    def tried(self, partner: PartnerId, original: OriginalId) -> Try | None: ...
    def forget_tries(self, partner: PartnerId, original: OriginalId) -> None:
        """It was read: nothing is tried again; nothing to forget changes nothing."""
        ...

    def due(self, now: datetime, limit: int = 100) -> tuple[Try, ...]:
        """What is to be read again by now, the longest waiting first."""
        ...

    def tries(self, *, over: bool) -> int:
        """Count what will be tried again, or (`over`) what is tried no more."""
        ...

    def count(self, outcomes: Iterable[Outcome]) -> None:
        """Add to what became of first readings."""
        ...

    def outcomes(self, since: str = "") -> tuple[Outcome, ...]:
        """What became of first readings from this hour on ('2026-11-27T22'), by partner, channel, hour and code."""
        ...

    def standings(self) -> tuple[Standing, ...]:
        """Count originals by partner, format and state, in this order."""
        ...

    def oldest(self, state: State) -> datetime | None:
        """When the oldest original in this state was received; None: there is none."""
        ...

    def open_doubts(self) -> int:
        """Count the doubts that wait for a person."""
        ...

    def doubts_from(self, partner: PartnerId, original: OriginalId) -> tuple[Doubt, ...]:
        """The doubts that this original raised, open or answered, by time, then id."""
        ...

    def failures(self) -> dict[str, int]:
        """Count the originals that are held now, by the code of their first issue."""
        ...
