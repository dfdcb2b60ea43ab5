"""The plain reference of the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass

from vado.exchange.ports.trail import Audit, Sealed, sealed


@dataclass
class MemoryTrail:
    """See exchange.ports.trail for what each method promises."""

    kept: tuple[Sealed, ...] = ()

    def note(self, event: Audit) -> None:
        """Append to the trail."""
        last = self.kept[-1] if self.kept else None
        self.kept = (*self.kept, Sealed(len(self.kept) + 1, event, sealed(last.hash if last else "", event)))

    def newest(self, subject: str, limit: int) -> tuple[Audit, ...]:
        """List what was noted, newest first."""
        return tuple(s.event for s in reversed(self.kept) if subject in ("", s.event.subject))[:limit]

    def head(self) -> Sealed | None:
        """Give the newest row."""
        return self.kept[-1] if self.kept else None

    def rows(self, after: int = 0, limit: int = 1000) -> tuple[Sealed, ...]:
        """List rows in their order."""
        return tuple(s for s in self.kept if s.seq > after)[:limit]

    def at(self, seq: int) -> Sealed | None:
        """Give one row."""
        return next((s for s in self.kept if s.seq == seq), None)

    def about(self, subjects: Iterable[str], *, limit: int = 1000) -> tuple[Audit, ...]:
        """List what was done to or seen of any of these, newest first."""
        wanted = set(subjects)
        return tuple(s.event for s in reversed(self.kept) if s.event.subject in wanted)[:limit]
