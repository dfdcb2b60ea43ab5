"""What the same sender writes again and again, worked out once: codes, authorities, staff, and how a field is read.

Nothing in here is ever handed out to be changed: who takes a value puts a copy into a fact. Bounded, and kept per partner, since the
same words mean other things elsewhere.
"""

from typing import Any

from vado.model.partner import PartnerProfile

_MOST = 50_000  # remembered of one kind, some 20 MB at most; then it begins anew
_PARTNERS = 20


class Memory:
    """What one partner's words mean."""

    def __init__(self, partner: PartnerProfile) -> None:
        self.partner = partner
        self.concepts: dict[Any, Any] = {}  # (as written, table) -> (CodeableConcept, systems that nobody knows)
        self.authorities: dict[str, tuple[str, str]] = {}
        self.others: dict[Any, Any] = {}  # (datatype, as written) -> a practitioner, organisation or place
        self._fields: dict[str, dict[Any, Any]] = {}  # zone -> (rule, as written) -> values

    def fields(self, zone: str) -> dict[Any, Any]:
        """Give what is remembered of whole fields, where times without a zone are in this one."""
        return self._fields.setdefault(zone, {})

    def forget_some(self) -> None:
        """Keep within bounds; called once a message."""
        for kept in (self.concepts, self.authorities, self.others, *self._fields.values()):
            if len(kept) > _MOST:
                kept.clear()
        if len(self._fields) > 50:
            self._fields.clear()


_memories: dict[str, Memory] = {}


def memory_of(partner: PartnerProfile) -> Memory:
    """Give what is remembered of a partner; a changed profile begins anew."""
    found = _memories.get(partner.id)
    if found is None or (found.partner is not partner and found.partner != partner):
        if len(_memories) >= _PARTNERS:
            _memories.clear()
        found = _memories[partner.id] = Memory(partner)
    found.forget_some()
    return found


def forget_all() -> None:
    """Begin anew, as a new process does."""
    _memories.clear()
