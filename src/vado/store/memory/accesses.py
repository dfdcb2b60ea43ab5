"""The plain reference of the audit trail: numbered from 1."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vado.exchange.ports import Audit


@dataclass(frozen=True)
class MemoryAccesses:
    """See exchange.ports.accesses.Accesses."""

    trail: tuple[Audit, ...]

    def lines(
        self, *, subjects: Iterable[str] | None = None, since: datetime | None = None, until: datetime | None = None,
        before: int | None = None, limit: int = 100,
    ) -> tuple[tuple[int, Audit], ...]:  # fmt: skip
        """Give lines, the newest first."""
        wanted = None if subjects is None else set(subjects)
        found = [
            (n, a) for n, a in enumerate(self.trail, 1)
            if (wanted is None or a.subject in wanted) and (before is None or n < before)
            and (since is None or a.at >= since) and (until is None or a.at <= until)
        ]  # fmt: skip
        return tuple(reversed(found))[:limit]

    def line(self, number: int) -> Audit | None:
        """Give one line."""
        return self.trail[number - 1] if 0 < number <= len(self.trail) else None
