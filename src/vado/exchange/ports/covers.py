"""What the exchange asks of whoever knows the cover sheets that were printed here."""

from typing import Protocol

from vado.model.cover import Cover


class Covers(Protocol):
    """Keeps which cover sheets were printed."""

    def add(self, cover: Cover) -> None:
        """Return when the sheet is known for good."""
        ...

    def get(self, code: str) -> Cover | None:
        """Find a sheet by its code; None: no such sheet was printed here."""
        ...
