"""What bulk export asks of the store: stored bytes, kind by kind, and where each export stands."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from vado.model.export import ALL, Export, Only
from vado.model.original import OriginalId, PartnerId


class Bulk(Protocol):
    """All facts in the order of their ids, without being parsed."""

    def kinds(self) -> tuple[str, ...]:
        """FHIR types of which there is a fact, in order."""
        ...

    def lines(
        self, kind: str, *, after: str = "", limit: int = 5000, only: Only = ALL
    ) -> tuple[tuple[str, bytes | None], ...]:  # fmt: skip
        """Facts of a type by id: (id, its JSON as stored), b'' where it has no telling since then.

        None instead: told more than once, taken back or read with less than certainty, so that it has to be looked at.

        Args:
            kind: FHIR type.
            after: the last id that was given; ''.
            limit: how many tellings are looked at, about; fewer facts may be given, none only at the end.
            only: which are wanted.
        """
        ...

    def received(self, facts: Iterable[str]) -> Mapping[tuple[PartnerId, OriginalId], datetime]:
        """Say when each original came that tells one of these facts; by partner and original."""
        ...

    def keep_export(self, export: Export) -> None:
        """Note where an export stands, in place of what was noted."""
        ...

    def export(self, id_: str) -> Export | None: ...
    def exports(self) -> tuple[Export, ...]:
        """All exports, oldest first."""
        ...

    def forget_export(self, id_: str) -> None: ...
