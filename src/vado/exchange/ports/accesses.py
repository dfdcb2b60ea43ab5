"""The audit trail as others read it: line by line, newest first."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from vado.exchange.ports import Audit


class Accesses(Protocol):
    """Numbered lines of the trail; numbers grow."""

    def lines(
        self, *, subjects: Iterable[str] | None = None, since: datetime | None = None, until: datetime | None = None,
        before: int | None = None, limit: int = 100,
    ) -> "tuple[tuple[int, Audit], ...]":  # fmt: skip
        """Give lines, the newest first.

        Args:
            subjects: only what was about one of these; None: whatever it was about.
            since: not before this moment; aware.
            until: not after this moment; aware.
            before: only lines with a smaller number: where the page before ended.
            limit: how many at most.
        """
        ...

    def line(self, number: int) -> "Audit | None":
        """Give one line; None: there is none of this number."""
        ...
