"""The part of the store that counts what flows: kept in the transactions that change what is counted, so that no page counts anew."""

from datetime import datetime
from typing import Protocol

from vado.model.flow import Flow, Grain, Heads, Monthly, Of
from vado.model.original import PartnerId


class Flows(Protocol):
    """`tx.flow`."""

    def counted(
        self, of: Of, grain: Grain = Grain.ALL, *, since: str = "", partner: PartnerId | None = None
    ) -> tuple[tuple[Flow, int], ...]:
        """Give what was counted, in the order of Flow, without zeros; `since`: from this day or month on, itself included."""
        ...

    def fold(self) -> int:
        """Add up what was noted one by one, so that it is read faster; changes no count. Give how many notes there were."""
        ...

    def doubts(self) -> tuple[tuple[PartnerId, str, int], ...]:
        """Count doubts by partner and verdict ('' while open), in this order."""
        ...

    def count_persons(self) -> tuple[tuple[PartnerId, int, int], ...]:
        """Count, by partner, the persons it tells of, and those of them whom another partner tells of too. Slow."""
        ...

    def count_told(self) -> tuple[tuple[PartnerId, str, int, int], ...]:
        """Count the persons told about, by partner, format and fidelity, in this order. Slow."""
        ...

    def count_holdings(self) -> tuple[tuple[tuple[PartnerId, ...], int], ...]:
        """Count persons by all the partners that tell of them; partners and rows in order. Slow."""
        ...

    def count_openings(self, reader: PartnerId, since: datetime) -> tuple[tuple[PartnerId, int], ...]:
        """Count the persons of whom a partner's people or programs opened what another told, since a time (aware), by who told it. Slow.

        Opened is what the audit trail says that they read or took: a record, for all who had told of the person by then; one fact; one
        original, for everybody whom it tells of. Persons count once, as they are linked now. A person's own word is no partner's, and
        what a partner told itself is not counted.
        """
        ...

    def count_months(self) -> Monthly:
        """Count what is told by month: persons, how late things come, decisions, looks. Slow."""
        ...

    def note_heads(self, heads: Heads) -> None:
        """Keep what was counted of persons; the last one holds."""
        ...

    def heads(self) -> Heads | None:
        """Give what was counted of persons last; None: never."""
        ...
