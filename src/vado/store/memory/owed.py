"""The plain reference of `tx.replies`. Every change makes a new dictionary, so that a rollback has the old one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from vado.model.original import PartnerId
from vado.model.said import Owed


@dataclass
class MemoryReplies:
    """See exchange.ports.owed for what each method promises."""

    known: dict[str, Owed] = field(default_factory=dict)

    def put(self, owed: Owed) -> None:
        """Add it, or replace the one with its id."""
        self.known = {**self.known, owed.id: owed}

    def get(self, owed: str) -> Owed | None:
        """Give one."""
        return self.known.get(owed)

    def of(self, patients: Iterable[str]) -> tuple[Owed, ...]:
        """List all that these patients' accounts asked."""
        wanted = set(patients)
        return tuple(sorted((o for o in self.known.values() if o.patient in wanted), key=lambda o: (o.made, o.id), reverse=True))

    def owed_by(self, partner: PartnerId | None, *, after: str = "", limit: int = 100) -> tuple[Owed, ...]:
        """List what this partner has to answer."""
        found = (o for o in self.known.values() if (partner is None or o.to == partner) and o.cursor > after)
        return tuple(sorted(found, key=lambda o: o.cursor))[:limit]
