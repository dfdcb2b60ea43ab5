"""The plain reference of `tx.collaboration`."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from vado.exchange.ports.collaboration import Sheet
from vado.model.survey import Answer, Invitation


@dataclass
class MemoryCollaboration:
    """See exchange.ports.collaboration for what each method promises."""

    sheets: dict[tuple[type, str], Any] = field(default_factory=dict)
    invited: dict[str, Invitation] = field(default_factory=dict)
    answered: dict[str, Answer] = field(default_factory=dict)

    def __copy__(self) -> "MemoryCollaboration":
        return MemoryCollaboration(dict(self.sheets), dict(self.invited), dict(self.answered))

    def put(self, sheet: Any) -> None:
        """Keep it, in place of what had its id."""
        self.sheets[type(sheet), sheet.id] = sheet

    def get(self, kind: type[Sheet], id_: str) -> Sheet | None:
        """Give one."""
        return self.sheets.get((kind, id_))

    def all(self, kind: type[Sheet], round_: str = "") -> tuple[Sheet, ...]:
        """Give those of a round, by id."""
        found = [s for (k, _), s in self.sheets.items() if k is kind and getattr(s, "round", "") == round_]
        return tuple(sorted(found, key=lambda s: s.id))

    def drop(self, kind: type[Sheet], id_: str) -> None:
        """Forget one."""
        self.sheets.pop((kind, id_), None)

    def invite(self, invitations: Iterable[Invitation]) -> None:
        """Keep new invitations."""
        self.invited.update((i.hash, i) for i in invitations)

    def invitation(self, hash_: str) -> Invitation | None:
        """Give one."""
        return self.invited.get(hash_)

    def invitations(self, round_: str) -> tuple[Invitation, ...]:
        """Give those of a round, by hash."""
        return tuple(replace(i, draft=None) for _, i in sorted(self.invited.items()) if i.round == round_)

    def keep_draft(self, hash_: str, draft: Answer) -> bool:
        """Keep what is not finished."""
        known = self.invited.get(hash_)
        if known is None or known.used:
            return False
        self.invited[hash_] = replace(known, draft=draft)
        return True

    def answer(self, answer: Answer) -> bool:
        """Keep an answer."""
        return self.answered.setdefault(answer.id, answer) is answer

    def spend(self, hash_: str) -> bool:
        """Note that an invitation is used."""
        known = self.invited.get(hash_)
        if known is None or known.used:
            return False
        self.invited[hash_] = replace(known, used=True, draft=None)
        return True

    def mix(self, round_: str) -> None:
        """Do nothing: they are in no order, and nobody notes what wrote them."""

    def answers(self, round_: str) -> tuple[Answer, ...]:
        """Give all answers of a round, by id."""
        return tuple(a for _, a in sorted(self.answered.items()) if a.round == round_)
