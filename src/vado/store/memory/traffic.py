"""The plain reference of `tx.traffic`. Nothing is changed in place: a rollback restores shallow copies."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from vado.exchange.ports import Row
from vado.model.original import OriginalId, PartnerId, State
from vado.model.person import Doubt
from vado.model.traffic import Hold, Outcome, Standing, Try

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class MemoryTraffic:
    """Holds, tries and outcomes; `rows` and `doubts` give what the rest of the store has."""

    rows: Callable[[], Iterable[Row]]
    doubts: Callable[[], Iterable[Doubt]]
    held: tuple[Hold, ...] = ()
    again: dict[tuple[PartnerId, OriginalId], Try] = field(default_factory=dict)
    counted: dict[tuple[PartnerId, str, str, str], int] = field(default_factory=dict)

    def hold(self, hold: Hold) -> bool:
        """Put a hold in force; False: it is held already."""
        if any(h.partner == hold.partner for h in self.holds()):
            return False
        self.held = (*self.held, hold)
        return True

    def release(self, partner: PartnerId, by: str, at: datetime) -> None:
        """End the hold of this partner."""
        self.held = tuple(
            replace(h, released_by=by, released=at) if h.partner == partner and h.released is None else h for h in self.held
        )

    def holds(self, *, past: bool = False) -> tuple[Hold, ...]:
        """The holds in force, or all that ever were."""
        return self.held if past else tuple(sorted((h for h in self.held if h.released is None), key=lambda h: h.partner))

    def try_again(self, one: Try) -> None:
        """Note when an original is read again."""
        self.again = {**self.again, (one.partner, one.original): one}

    def tried(self, partner: PartnerId, original: OriginalId) -> Try | None:
        """Give what was noted of an original."""
        return self.again.get((partner, original))

    def forget_tries(self, partner: PartnerId, original: OriginalId) -> None:
        """Nothing is tried again."""
        self.again = {key: one for key, one in self.again.items() if key != (partner, original)}

    def due(self, now: datetime, limit: int = 100) -> tuple[Try, ...]:
        """What is to be read again by now."""
        found = [one for one in self.again.values() if one.due and one.due <= now]
        return tuple(sorted(found, key=lambda one: (one.due or _NEVER, one.partner, one.original)))[:limit]

    def tries(self, *, over: bool) -> int:
        """Count what will be tried again, or no more."""
        return sum((one.due is None) == over for one in self.again.values())

    def count(self, outcomes: Iterable[Outcome]) -> None:
        """Add to what became of first readings."""
        more = Counter(self.counted)
        for o in outcomes:
            more[(o.partner, o.channel, o.hour, o.code)] += o.count
        self.counted = dict(more)

    def outcomes(self, since: str = "") -> tuple[Outcome, ...]:
        """What became of first readings from this hour on."""
        return tuple(Outcome(*key, n) for key, n in sorted(self.counted.items()) if key[2] >= since)

    def standings(self) -> tuple[Standing, ...]:
        """Count originals by partner, format and state."""
        counts = Counter((r.original.partner, r.reader, r.state) for r in self.rows())
        return tuple(Standing(*key, n) for key, n in sorted(counts.items()))

    def oldest(self, state: State) -> datetime | None:
        """When the oldest original in this state was received."""
        return min((r.original.received for r in self.rows() if r.state is state), default=None)

    def open_doubts(self) -> int:
        """Count the doubts that wait for a person."""
        return sum(not d.verdict for d in self.doubts())

    def doubts_from(self, partner: PartnerId, original: OriginalId) -> tuple[Doubt, ...]:
        """The doubts that this original raised."""
        found = [d for d in self.doubts() if (d.partner, d.original) == (partner, original)]
        return tuple(sorted(found, key=lambda d: (d.at, d.id)))

    def failures(self) -> dict[str, int]:
        """Count the originals that are held now, by the code of their first issue."""
        found = Counter(r.issues[0].code for r in self.rows() if r.state is State.HELD and r.issues)
        return dict(sorted(found.items()))
