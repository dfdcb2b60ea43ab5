"""What the collaboration asks of the store: rounds, who is invited, what they answered, what was agreed, who would gain and pay."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from vado.model.funding import Proposal
from vado.model.survey import Action, Agreed, Answer, Invitation, Roster, Round

Sheet = TypeVar("Sheet", Round, Roster, Agreed, Action, Proposal)


class Collaboration(Protocol):
    """Part `tx.collaboration` of a transaction."""

    # what has an id of its own, and is replaced whole: a Round, Roster, Agreed, Action or Proposal
    def put(self, sheet: Round | Roster | Agreed | Action | Proposal) -> None:
        """Keep it, in place of what had its id."""
        ...

    def get(self, kind: type[Sheet], id_: str) -> Sheet | None: ...

    def all(self, kind: type[Sheet], round_: str = "") -> tuple[Sheet, ...]:
        """Give those of a round (those that belong to none: ""), by id."""
        ...

    def drop(self, kind: type[Sheet], id_: str) -> None: ...

    # who may answer
    def invite(self, invitations: Iterable[Invitation]) -> None:
        """Keep new invitations."""
        ...

    def invitation(self, hash_: str) -> Invitation | None: ...

    def invitations(self, round_: str) -> tuple[Invitation, ...]:
        """Give those of a round, by hash; without their drafts."""
        ...

    def keep_draft(self, hash_: str, draft: Answer) -> bool:
        """Keep what is not finished. False: there is no such invitation, or it is used."""
        ...

    # what was answered
    def answer(self, answer: Answer) -> bool:
        """Keep an answer. False: there is one with this id."""
        ...

    def spend(self, hash_: str) -> bool:
        """Note that an invitation is used and forget its draft; of two who spend it one is told True."""
        ...

    def mix(self, round_: str) -> None:
        """Lay the answers of a round down anew, so that nothing in the database tells which came last, or together with what."""
        ...

    def answers(self, round_: str) -> tuple[Answer, ...]:
        """Give all answers of a round, by id: an order that says nothing."""
        ...
