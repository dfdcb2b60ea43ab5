"""The plain reference of `tx.looks`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from vado.exchange.ports import Audit
from vado.store.order import Told, changed_since


@dataclass(frozen=True)
class MemoryLooks:
    """See exchange.ports.looks for what each method promises."""

    trail: tuple[Audit, ...]
    told: Callable[[], Iterable[Told]]

    def times(self, who: str, subject: str, *, limit: int) -> tuple[datetime, ...]:
        """List when somebody read this."""
        mine = [a.at for a in reversed(self.trail) if (a.who, a.action, a.subject) == (who, "read", subject)]
        return tuple(mine[:limit])

    def last(self, who: str, *, limit: int, actions: Sequence[str] = ("read",)) -> tuple[tuple[str, datetime], ...]:
        """List what somebody read, or did so, each once."""
        found: dict[str, datetime] = {}
        for a in reversed(self.trail):
            if a.who == who and a.action in actions:
                found.setdefault(a.subject, a.at)
        return tuple(found.items())[:limit]

    def told_since(self, patients: Iterable[str], since: datetime) -> frozenset[str]:
        """List facts told since, or told otherwise."""
        wanted = set(patients)
        return changed_since(((f, at) for f, at in self.told() if f.patient in wanted), since)
