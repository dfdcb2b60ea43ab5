"""What Subscriptions ask of the store: who wants to hear, and a queue of what is to be said. The outbox may take its place."""

from collections.abc import Iterable
from typing import Protocol

from vado.model.notice import Notice, Subscription


class Notices(Protocol):
    """Subscriptions, and what waits to be said to each."""

    def subscribe(self, subscription: Subscription) -> None:
        """Note a subscription as it stands now, in place of what was noted."""
        ...

    def subscription(self, id_: str) -> Subscription | None: ...
    def subscriptions(self) -> tuple[Subscription, ...]:
        """All of them, by id."""
        ...

    def unsubscribe(self, id_: str) -> None:
        """Drop it, and what waits for it."""
        ...

    def put(self, notices: Iterable[Notice]) -> None:
        """Queue what is to be said; each gets a number."""
        ...

    def waiting(self, subscription: str, limit: int = 100) -> tuple[Notice, ...]:
        """Give what waits for a subscriber, oldest first."""
        ...

    def said(self, numbers: Iterable[int]) -> None:
        """Drop these: the receiver has taken them."""
        ...
