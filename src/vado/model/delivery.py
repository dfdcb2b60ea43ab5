"""What is on its way out: what changed, what is to be sent to whom, and who holds a destination."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from vado.model.original import OriginalId, PartnerId, stable_id
from vado.model.outgoing import Outgoing, Wish


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"  # to be sent, or to be tried again
    SENT = "sent"  # the receiver said that it has it
    FAILED = "failed"  # the receiver refused it, or never took it: a person has to look
    HELD = "held"  # it cannot be sent as things are: a person has to look
    CANCELLED = "cancelled"  # a newer one took its place, or a person said so


OPEN = (DeliveryState.WAITING, DeliveryState.FAILED, DeliveryState.HELD)  # a newer one of the same record takes their place


@dataclass(frozen=True, slots=True)
class Change:
    """The record of a patient's person changed. Noted by the store itself, in the transaction of the change."""

    seq: int
    patient: str
    left: str = ""  # the person that the patient was in before, when it was linked, unlinked or moved


@dataclass(frozen=True, slots=True)
class Delivery:
    """One piece of bytes for one receiver. `id` stays the same however often it is tried, so that a repetition can be seen."""

    id: str
    partner: PartnerId
    wish: str  # name of the partner's [[send]]
    person: str  # whose record; "" when it holds many
    made: datetime  # aware, UTC
    digest: str  # what the record said in this form, whatever the time; the same digest is not sent twice
    others: str  # what other partners than the receiver said in it; the same again is no news for the receiver
    content: OriginalId  # the bytes, kept for good; "" when nothing could be written
    media_type: str
    name: str = ""  # file name for the receiver: no patient value
    losses: tuple[tuple[str, str], ...] = ()  # (fact id, why the form could not carry it)
    patients: tuple[str, ...] = ()  # of whom it tells: where they turn out to be two persons, it was wrong
    persons: tuple[str, ...] = ()  # others than `person` that a merge or a split brought in: order is kept among all of them
    corrects: str = ""  # a delivery that held a wrong record: facts of somebody else
    replays: str = ""  # a delivery that is sent once more
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    due: datetime | None = None  # not before; while it is being sent: nobody else may take it until then
    word: str = field(default="", repr=False)  # the receiver's own word
    why: str = ""  # code of the error of the last attempt
    sent: datetime | None = None
    opened: datetime | None = None
    by: str = ""  # of a cancelled one: the delivery that took its place, or who said so

    @property
    def lanes(self) -> tuple[str, ...]:
        """The persons among whose deliveries to this wish the order is kept."""
        return tuple(sorted({self.person, *self.persons}))

    @property
    def destination(self) -> str:
        """Where it goes: partner/wish."""
        return f"{self.partner}/{self.wish}"

    @property
    def receipt(self) -> str:
        """What is known of its arrival, in one word: its state, or that the receiver opened it."""
        return "opened" if self.opened else self.state.value


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which facts of one person a delivery holds. No value stands in it."""

    person: str
    facts: tuple[tuple[str, str, str], ...]  # (fact id, fingerprint of what it said then, beginning of the original that told it)
    losses: tuple[tuple[str, str], ...] = ()  # (fact id, why this form did not carry it, or not wholly)


@dataclass(frozen=True, slots=True)
class Hold:
    """A destination to which a person lets nothing go."""

    partner: PartnerId
    wish: str  # "": everything for this partner
    why: str
    by: str
    at: datetime  # aware, UTC

    @property
    def destination(self) -> str:
        """As it is written: partner or partner/wish."""
        return f"{self.partner}/{self.wish}" if self.wish else self.partner


def made_for(  # noqa: PLR0913 - what a delivery is made of
    wish: Wish, person: str, out: Outgoing, part: int, *, content: OriginalId, digest: str, others: str, at: datetime
) -> Delivery:
    """Give the delivery of one piece of what a wish's form made of a record; `part` counts the pieces from 0."""
    id_ = stable_id("delivery", wish.partner, wish.name, person, at.isoformat(), digest, str(part))
    return Delivery(
        id_, wish.partner, wish.name, person, at, digest, others, content, out.media_type, out.name, out.losses, due=at
    )


def cancelled(delivery: Delivery, by: str) -> Delivery:
    """Give it as one that is not sent any more."""
    return replace(delivery, state=DeliveryState.CANCELLED, by=by, due=None)


def finished(delivery: Delivery, now: Delivery) -> Delivery:
    """Give what is to be written of one that has been tried: one cancelled meanwhile stays so, unless it has arrived."""
    if now.state is DeliveryState.CANCELLED and delivery.state is not DeliveryState.SENT:
        return replace(delivery, state=DeliveryState.CANCELLED, by=now.by, due=None)
    return delivery


def sending_at(partner: PartnerId, wish: str, at: datetime) -> str:
    """Name a sending before it is a delivery: what was written for this wish at this time."""
    return f"{partner}/{wish}/{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}"


def sending_named(name: str) -> tuple[PartnerId, str, datetime] | None:
    """Give (partner, wish, time) of what `sending_at` made; None: it is no such name."""
    partner, _, rest = name.partition("/")
    wish, _, at = rest.partition("/")
    try:
        return PartnerId(partner), wish, datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None


def split_destination(text: str) -> tuple[PartnerId, str]:
    """Give (partner, wish) of 'partner' or 'partner/wish'; wish is '' for all of the partner's."""
    partner, _, wish = text.partition("/")
    return PartnerId(partner), wish
