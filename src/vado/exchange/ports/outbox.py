"""The part of a transaction that holds what goes out: `tx.outbox`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from vado.model.delivery import Change, Delivery, DeliveryState, Hold, Manifest
from vado.model.original import PartnerId

Tally = tuple[PartnerId, str, DeliveryState, int]  # partner, wish, state, how many


class Outbox(Protocol):
    """Changes that nobody has looked at yet, deliveries, and holds.

    `settle`, `add_link` and `decide` of the transaction note the changes themselves: whoever changes a record cannot forget it.
    """

    # changes
    def changed(self, patients: Iterable[str], *, left: str = "") -> None:
        """Note that what is known of these patients changed; `left`: the person whom they were in before. Once a transaction is enough."""
        ...

    def changes(self, limit: int = 100) -> tuple[Change, ...]:
        """The oldest that nobody has dealt with."""
        ...

    def forget(self, changes: Iterable[Change]) -> bool:
        """Note that these have been dealt with; False: somebody else has dealt with some of them, so roll back."""
        ...

    # deliveries
    def add(self, delivery: Delivery) -> None: ...
    def get(self, delivery: str) -> Delivery | None: ...
    def last(self, partner: PartnerId, wish: str, person: str) -> Delivery | None:
        """The newest of this wish and person that is not cancelled."""
        ...

    def still_open(self, partner: PartnerId, wish: str, person: str) -> tuple[Delivery, ...]:
        """Those waiting, failed or held that nobody is sending just now, oldest first."""
        ...

    def being_sent(self, partner: PartnerId, wish: str, person: str) -> tuple[Delivery, ...]:
        """Those that somebody has claimed, oldest first; `due` says until when, or the claimer has died."""
        ...

    def told(self, person: str) -> tuple[Delivery, ...]:
        """The newest delivery of this person's record to each wish that was sent, or that may have arrived; by partner and wish."""
        ...

    def claim(self, partner: PartnerId, wishes: Iterable[str], *, now: datetime, until: datetime, token: str) -> Delivery | None:
        """Take the oldest that may be sent now, for me alone until then; None: there is none.

        It is waiting and due, its destination is not held, and nothing that was made before for one of its persons waits. No patient
        has left its person by a change that nobody has dealt with: it may hold somebody else's facts. Its attempts are counted up.

        Raises:
            StoreUnavailable: another process was quicker; ask again.
        """
        ...

    def finish(self, delivery: Delivery, token: str) -> bool:
        """Write what came of a delivery that this token claimed; False: the claim had run out and somebody else has taken it.

        One that was cancelled meanwhile stays so, unless it has arrived.
        """
        ...

    def change(self, delivery: Delivery, before: DeliveryState, *, claimed: bool = False) -> bool:
        """Write a delivery anew if it is in this state still and nobody is sending it; False: it is not.

        With `claimed`, one that somebody is sending, and may still finish.
        """
        ...

    def deliveries(  # noqa: PLR0913 - filters
        self,
        *,
        partner: str = "",
        wish: str = "",
        state: DeliveryState | None = None,
        person: str = "",
        after: str = "",
        limit: int = 100,
    ) -> tuple[Delivery, ...]:
        """Newest first; `after` is the id of the last one seen."""
        ...

    def tally(self) -> tuple[Tally, ...]:
        """Count per partner, wish and state, in this order."""
        ...

    def is_crowded(self, most: int) -> bool:
        """Say whether more than so many places in line are taken: a delivery that waits takes one for each of its persons."""
        ...

    def mark_opened(self, delivery: str, at: datetime) -> bool:
        """Note when it was first opened; False: there is no such delivery that was sent."""
        ...

    # what deliveries hold
    def note(self, delivery: str, manifests: Iterable[Manifest]) -> None:
        """Note which facts of whom a delivery holds, once."""
        ...

    def manifests(self, delivery: str) -> tuple[Manifest, ...]:
        """What was noted of a delivery, by person; (): it was made before anything was noted."""
        ...

    def holding(self, persons: Iterable[str]) -> tuple[tuple[Delivery, Manifest], ...]:
        """The deliveries that hold facts of one of these persons, oldest first, then by person."""
        ...

    # holds
    def hold(self, hold: Hold) -> None:
        """Let nothing go there; the newest word on a destination holds."""
        ...

    def release(self, partner: PartnerId, wish: str) -> bool:
        """Let it go again; False: it was not held."""
        ...

    def holds(self) -> tuple[Hold, ...]:
        """What is held now, by partner and wish."""
        ...
