"""What goes out, in dictionaries: the plain reference of `tx.outbox`."""

from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from vado.exchange.ports.outbox import Tally
from vado.model.delivery import OPEN, Change, Delivery, DeliveryState, Hold, Manifest, finished
from vado.model.original import PartnerId


@dataclass
class MemoryOutbox:
    """See exchange.ports.outbox.Outbox for what each method promises."""

    noted: dict[int, Change] = field(default_factory=dict)
    counted: int = 0
    rows: dict[str, Delivery] = field(default_factory=dict)  # in the order of making
    claims: dict[str, str] = field(default_factory=dict)  # delivery -> token
    held: dict[tuple[str, str], Hold] = field(default_factory=dict)
    fresh: set[tuple[str, str]] = field(default_factory=set)  # what this transaction noted
    noted_of: dict[str, tuple[Manifest, ...]] = field(default_factory=dict)

    def __copy__(self) -> "MemoryOutbox":
        """A rollback goes back to this."""
        return MemoryOutbox(
            copy(self.noted), self.counted, copy(self.rows), copy(self.claims), copy(self.held), noted_of=copy(self.noted_of)
        )

    # changes

    def changed(self, patients: Iterable[str], *, left: str = "") -> None:
        """Note that what is known of these patients changed."""
        for patient in dict.fromkeys(patients):
            if (patient, left) not in self.fresh:
                self.counted += 1
                self.noted[self.counted] = Change(self.counted, patient, left)
                self.fresh.add((patient, left))

    def changes(self, limit: int = 100) -> tuple[Change, ...]:
        """The oldest that nobody has dealt with."""
        return tuple(self.noted.values())[:limit]

    def forget(self, changes: Iterable[Change]) -> bool:
        """Note that these have been dealt with."""
        self.fresh.clear()
        return all([self.noted.pop(c.seq, None) is not None for c in changes])

    # deliveries

    def add(self, delivery: Delivery) -> None:
        """Append a delivery."""
        self.rows[delivery.id] = delivery

    def get(self, delivery: str) -> Delivery | None:
        """Give one delivery."""
        return self.rows.get(delivery)

    def last(self, partner: PartnerId, wish: str, person: str) -> Delivery | None:
        """The newest of this wish and person that is not cancelled."""
        mine = self._of(partner, wish, person)
        return next((d for d in reversed(mine) if d.state is not DeliveryState.CANCELLED), None)

    def still_open(self, partner: PartnerId, wish: str, person: str) -> tuple[Delivery, ...]:
        """Those waiting, failed or held that nobody is sending just now, oldest first."""
        return tuple(d for d in self._of(partner, wish, person) if d.state in OPEN and d.id not in self.claims)

    def being_sent(self, partner: PartnerId, wish: str, person: str) -> tuple[Delivery, ...]:
        """Those that somebody has claimed, oldest first."""
        mine = self._of(partner, wish, person)
        return tuple(d for d in mine if d.state is DeliveryState.WAITING and d.id in self.claims)

    def told(self, person: str) -> tuple[Delivery, ...]:
        """The newest to each wish that was sent, or may have arrived."""
        tried = {(d.partner, d.wish): d for d in self.rows.values() if d.person == person and d.attempts}
        return tuple(tried[key] for key in sorted(tried))

    def claim(self, partner: PartnerId, wishes: Iterable[str], *, now: datetime, until: datetime, token: str) -> Delivery | None:
        """Take the oldest that may be sent now."""
        wishes, waiting = set(wishes), set[tuple[str, str]]()
        left = {c.left for c in self.noted.values() if c.left}
        for d in self.rows.values():
            if d.state is not DeliveryState.WAITING or d.partner != partner or d.wish not in wishes:
                continue
            lanes = {(d.wish, p) for p in d.lanes}
            held = {(partner, ""), (partner, d.wish)} & self.held.keys()
            if not lanes & waiting and not held and d.person not in left and d.due is not None and d.due <= now:
                self.claims[d.id] = token
                self.rows[d.id] = replace(d, attempts=d.attempts + 1, due=until)
                return self.rows[d.id]
            waiting |= lanes
        return None

    def finish(self, delivery: Delivery, token: str) -> bool:
        """Write what came of a delivery that this token claimed."""
        if self.claims.get(delivery.id) != token:
            return False
        del self.claims[delivery.id]
        self.rows[delivery.id] = finished(delivery, self.rows[delivery.id])
        return True

    def change(self, delivery: Delivery, before: DeliveryState, *, claimed: bool = False) -> bool:
        """Write a delivery anew if it is in this state still and nobody, or somebody, is sending it."""
        now = self.rows.get(delivery.id)
        if now is None or now.state is not before or (delivery.id in self.claims) is not claimed:
            return False
        self.rows[delivery.id] = delivery
        return True

    def deliveries(  # noqa: PLR0913 - filters
        self, *, partner: str = "", wish: str = "", state: DeliveryState | None = None, person: str = "", after: str = "", limit: int = 100
    ) -> tuple[Delivery, ...]:  # fmt: skip
        """Newest first; `after` is the id of the last one seen."""
        rows = list(reversed(self.rows.values()))
        if after:
            rows = rows[1 + next((n for n, d in enumerate(rows) if d.id == after), len(rows)) :]
        return tuple(
            d for d in rows
            if partner in ("", d.partner) and wish in ("", d.wish) and state in (None, d.state) and person in ("", d.person)
        )[:limit]  # fmt: skip

    def tally(self) -> tuple[Tally, ...]:
        """Count per partner, wish and state."""
        found = Counter((d.partner, d.wish, d.state) for d in self.rows.values())
        return tuple((*key, n) for key, n in sorted(found.items()))

    def is_crowded(self, most: int) -> bool:
        """Say whether more than so many places in line are taken."""
        return sum(len(d.lanes) for d in self.rows.values() if d.state is DeliveryState.WAITING) > most

    def mark_opened(self, delivery: str, at: datetime) -> bool:
        """Note when it was first opened."""
        d = self.rows.get(delivery)
        if d is None or d.state is not DeliveryState.SENT:
            return False
        self.rows[delivery] = replace(d, opened=d.opened or at)
        return True

    def _of(self, partner: PartnerId, wish: str, person: str) -> list[Delivery]:
        return [d for d in self.rows.values() if (d.partner, d.wish, d.person) == (partner, wish, person)]

    # what deliveries hold

    def note(self, delivery: str, manifests: Iterable[Manifest]) -> None:
        """Note which facts of whom a delivery holds."""
        if made := tuple(sorted(manifests, key=lambda m: m.person)):
            self.noted_of[delivery] = made

    def manifests(self, delivery: str) -> tuple[Manifest, ...]:
        """What was noted of a delivery, by person."""
        return self.noted_of.get(delivery, ())

    def holding(self, persons: Iterable[str]) -> tuple[tuple[Delivery, Manifest], ...]:
        """The deliveries that hold facts of one of these persons."""
        wanted = set(persons)
        return tuple((d, m) for d in self.rows.values() for m in self.noted_of.get(d.id, ()) if m.person in wanted)

    # holds

    def hold(self, hold: Hold) -> None:
        """Let nothing go there."""
        self.held[hold.partner, hold.wish] = hold

    def release(self, partner: PartnerId, wish: str) -> bool:
        """Let it go again."""
        return self.held.pop((partner, wish), None) is not None

    def holds(self) -> tuple[Hold, ...]:
        """What is held now, by partner and wish."""
        return tuple(self.held[key] for key in sorted(self.held))
