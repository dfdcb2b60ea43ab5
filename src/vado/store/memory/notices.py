"""The plain reference of subscriptions."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from vado.model.notice import Notice, Subscription


@dataclass
class MemoryNotices:
    """See exchange.ports.notices.Notices."""

    wishes: dict[str, Subscription] = field(default_factory=dict)
    queue: tuple[Notice, ...] = ()
    given: int = 0

    def __copy__(self) -> "MemoryNotices":
        return replace(self, wishes=dict(self.wishes))

    def subscribe(self, subscription: Subscription) -> None:
        """Note a subscription as it stands now."""
        self.wishes[subscription.id] = subscription

    def subscription(self, id_: str) -> Subscription | None:
        """Give one."""
        return self.wishes.get(id_)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """All of them, by id."""
        return tuple(self.wishes[i] for i in sorted(self.wishes))

    def unsubscribe(self, id_: str) -> None:
        """Drop it, and what waits for it."""
        self.wishes.pop(id_, None)
        self.queue = tuple(n for n in self.queue if n.subscription != id_)

    def put(self, notices: Iterable[Notice]) -> None:
        """Queue what is to be said."""
        for notice in notices:
            self.given += 1
            self.queue = (*self.queue, replace(notice, number=self.given))

    def waiting(self, subscription: str, limit: int = 100) -> tuple[Notice, ...]:
        """Give what waits for a subscriber, oldest first."""
        found = sorted((n for n in self.queue if n.subscription == subscription), key=lambda n: n.number)
        return tuple(found[:limit])

    def said(self, numbers: Iterable[int]) -> None:
        """Drop what was taken."""
        taken = set(numbers)
        self.queue = tuple(n for n in self.queue if n.number not in taken)
