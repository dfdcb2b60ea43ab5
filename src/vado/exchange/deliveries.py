"""What a person does with deliveries: look, hold, release, try again, send once more, ask for; and the receipt that comes back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from vado.errors import NotFound, VadoError
from vado.exchange.ports import Audit, Exchange
from vado.exchange.ports.outbox import Tally
from vado.exchange.send import all_wishes, put
from vado.exchange.write import Draft, digest_of, may_have, record_for, timeless, write
from vado.model.delivery import Delivery, DeliveryState, Hold, cancelled, sending_named, split_destination
from vado.model.original import PartnerId, stable_id
from vado.model.outgoing import Wish
from vado.model.record import Viewer
from vado.record.parity import manifest

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """One destination: how many of its deliveries stand where, and whether somebody holds it."""

    partner: PartnerId
    wish: str
    states: dict[DeliveryState, int]
    hold: Hold | None

    @property
    def destination(self) -> str:
        """As it is written: partner/wish."""
        return f"{self.partner}/{self.wish}"


def standings(x: Exchange, viewer: Viewer) -> tuple[Standing, ...]:
    """Count the deliveries of every destination, those that got none yet included; no clinical detail."""
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "deliveries"))
        tally, holds = tx.outbox.tally(), {(h.partner, h.wish): h for h in tx.outbox.holds()}
    return _standings(x, tally, holds)


def _standings(x: Exchange, tally: tuple[Tally, ...], holds: dict[tuple[PartnerId, str], Hold]) -> tuple[Standing, ...]:
    places = sorted({(w.partner, w.name) for w in all_wishes(x)} | {(p, w) for p, w, _, _ in tally})
    return tuple(
        Standing(p, w, {state: n for a, b, state, n in tally if (a, b) == (p, w)}, holds.get((p, w)) or holds.get((p, "")))
        for p, w in places
    )


def deliveries(  # noqa: PLR0913 - filters
    x: Exchange, viewer: Viewer, *, to: str = "", state: DeliveryState | None = None, person: str = "", after: str = "", limit: int = 100
) -> tuple[Delivery, ...]:  # fmt: skip
    """List deliveries, newest first: what went where, never what it says. `to`: partner or partner/wish."""
    partner, wish = split_destination(to)
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "deliveries", person))
        return tx.outbox.deliveries(partner=partner, wish=wish, state=state, person=person, after=after, limit=limit)


def show(x: Exchange, delivery: str, viewer: Viewer) -> Delivery:
    """Give one delivery by its id. Raises NotFound DE-010."""
    with x.store.begin() as tx:
        found = tx.outbox.get(delivery)
        if found is None:
            raise NotFound("DE-010")
        tx.audit(Audit(x.clock(), viewer.name, "delivery", found.id))
        return found


def content(x: Exchange, delivery: str, viewer: Viewer) -> bytes:
    """Give the very bytes that were sent, or are to be. Raises NotFound DE-010 or RE-003."""
    found = show(x, delivery, viewer)
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "read", found.person or found.id))
    return x.originals.get(found.content)


def hold(x: Exchange, destination: str, why: str, viewer: Viewer) -> Hold:
    """Let nothing go to a destination until it is released; what is for it waits. Raises NotFound DE-015."""
    partner, wish = _known(x, destination)
    made = Hold(partner, wish, why, viewer.name, x.clock())
    with x.store.begin() as tx:
        tx.outbox.hold(made)
        tx.audit(Audit(made.at, viewer.name, "hold-destination", made.destination))
    return made


def release(x: Exchange, destination: str, viewer: Viewer) -> None:
    """Let it go again. Raises VadoError DE-016: it was not held."""
    partner, wish = split_destination(destination)
    with x.store.begin() as tx:
        if not tx.outbox.release(partner, wish):
            raise VadoError("DE-016", destination=destination)
        tx.audit(Audit(x.clock(), viewer.name, "release-destination", destination))


def retry(x: Exchange, delivery: str, viewer: Viewer) -> Delivery:
    """Try one that failed again, under the same id, or one that waits at once.

    Raises:
        NotFound: DE-010. VadoError: DE-014, a newer one took its place; DE-021, it is no such one.
    """
    with x.store.begin() as tx:
        found = tx.outbox.get(delivery)
        if found is None:
            raise NotFound("DE-010")
        if found.state is DeliveryState.CANCELLED:
            raise VadoError("DE-014")
        anew = replace(found, state=DeliveryState.WAITING, attempts=0, due=x.clock(), why="", word="")
        may = found.state in (DeliveryState.FAILED, DeliveryState.WAITING) and found.content
        if not may or not tx.outbox.change(anew, found.state):
            raise VadoError("DE-021")
        tx.audit(Audit(x.clock(), viewer.name, "retry-delivery", found.id))
        return anew


def cancel(x: Exchange, delivery: str, viewer: Viewer) -> Delivery:
    """Say that this one is not to be sent. Raises NotFound DE-010, VadoError DE-021."""
    return _end(x, delivery, viewer, "cancel-delivery", lambda d: cancelled(d, viewer.name))


def told_by_hand(x: Exchange, delivery: str, viewer: Viewer) -> Delivery:
    """Say that the receiver has been told in another way. Raises NotFound DE-010, VadoError DE-021."""
    by_hand = {"state": DeliveryState.SENT, "word": "by hand", "by": viewer.name, "sent": x.clock(), "due": None}
    return _end(x, delivery, viewer, "told-by-hand", lambda d: replace(d, **by_hand))


def _end(x: Exchange, delivery: str, viewer: Viewer, action: str, how: Callable[[Delivery], Delivery]) -> Delivery:
    with x.store.begin() as tx:
        found = tx.outbox.get(delivery)
        if found is None:
            raise NotFound("DE-010")
        ended = how(found)
        over = found.state in (DeliveryState.SENT, DeliveryState.CANCELLED)
        if over or not tx.outbox.change(ended, found.state):
            raise VadoError("DE-021")
        tx.audit(Audit(x.clock(), viewer.name, action, found.id))
        return ended


def replay(x: Exchange, found: Iterable[Delivery], viewer: Viewer) -> Iterator[Delivery]:
    """Send these once more, byte for byte as they were sent, each under an id of its own; give the new ones."""
    for old in found:
        if not old.content:
            continue
        at = x.clock()
        anew = replace(
            old, id=stable_id("replay", old.id, at.isoformat()), made=at, state=DeliveryState.WAITING, attempts=0, due=at,
            word="", why="", sent=None, opened=None, by="", replays=old.id,
        )  # fmt: skip
        with x.store.begin() as tx:
            tx.outbox.add(anew)
            tx.outbox.note(anew.id, tx.outbox.manifests(old.id))
            tx.audit(Audit(at, viewer.name, "replay-delivery", old.id))
            if old.person:
                tx.audit(Audit(at, f"partner:{old.partner}", "export", old.person))
        yield anew


def every(x: Exchange, viewer: Viewer, *, to: str, state: DeliveryState | None = None, person: str = "") -> tuple[Delivery, ...]:
    """List all of a destination's deliveries, oldest first."""
    found: list[Delivery] = []
    after = ""
    while some := deliveries(x, viewer, to=to, state=state, person=person, after=after, limit=AT_ONCE):
        found += some
        after = some[-1].id
    return tuple(reversed(found))


def newest(  # noqa: PLR0913 - filters
    x: Exchange, viewer: Viewer, *, to: str, state: DeliveryState, person: str = "", every_one: bool = False
) -> tuple[Delivery, ...]:
    """List what this destination got last of each record, oldest first; with `every_one` all, so that it ends with the same."""
    found = every(x, viewer, to=to, state=state, person=person)
    last = {(d.wish, d.person): d.digest + d.made.isoformat() for d in found}
    return tuple(d for d in found if every_one or last[d.wish, d.person] == d.digest + d.made.isoformat())


def mark_changed(x: Exchange) -> int:
    """Look at everybody as if their record had changed: a wish is new. Give how many persons; what is no news is not sent."""
    with x.store.begin() as tx:
        persons = tx.persons()
    for n in range(0, len(persons), AT_ONCE):
        with x.store.begin() as tx:
            for person in filter(None, map(tx.person, persons[n : n + AT_ONCE])):
                tx.outbox.changed([person.patients[0].id])
    return len(persons)


def ask(x: Exchange, wish: Wish, viewer: Viewer) -> tuple[Delivery, ...]:
    """Write all records that this wish may have into what its form makes of many, and line it up; give the deliveries."""
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "ask-for", f"{wish.partner}/{wish.name}"))
        about = [
            p.id
            for i in tx.persons()
            if (p := tx.person(i)) and may_have(wish, frozenset(f.evidence.partner for f in p.patients))
        ]
    records = [record_for(x, wish, person) for person in about]
    pieces = write(x, wish, records)
    digest = digest_of(write(x, wish, [timeless(r) for r in records]))
    x.originals.put_all(piece.content for piece in pieces)
    with x.store.begin() as tx:
        lost = [loss for piece in pieces for loss in piece.losses]
        held = tuple(manifest(record, lost) for record in records)
        return put(x, tx, Draft(wish, "", pieces, digest, "", about=tuple(about), manifests=held))


def mark_opened(x: Exchange, delivery: str, by: str, partner: PartnerId) -> None:
    """Note that its receiver opened it: the first time counts. Raises NotFound DE-010: nothing such was sent to this partner."""
    with x.store.begin() as tx:
        found = tx.outbox.get(delivery)
        if found is None or found.partner != partner or not tx.outbox.mark_opened(delivery, x.clock()):
            raise NotFound("DE-010")
        tx.audit(Audit(x.clock(), by, "delivery-opened", delivery))


def opened_by_link(x: Exchange, sending: str, person: str, viewer: Viewer) -> bool:
    """Note that somebody of the receiver followed the link in what was sent; False: it was not sent to them, or is no such name.

    The first one made at or after the time that the link names is the one that it stands in: of a wish and a person, what is
    written is lined up before anything else is written.
    """
    named = sending_named(sending)
    if named is None or not viewer.partner or viewer.partner != named[0]:
        return False
    partner, wish, at = named
    with x.store.begin() as tx:
        later = [d for d in tx.outbox.deliveries(partner=partner, wish=wish, person=person, limit=AT_ONCE) if d.made >= at]
    first = min((d.made for d in later if not d.replays), default=None)
    pieces = [d for d in later if d.made == first and d.state is DeliveryState.SENT]
    for piece in pieces:
        mark_opened(x, piece.id, viewer.name, partner)
    return bool(pieces)


def wish_named(x: Exchange, destination: str) -> Wish:
    """Find a [[send]] by partner/name. Raises NotFound DE-015."""
    found = next((w for w in all_wishes(x) if f"{w.partner}/{w.name}" == destination), None)
    if found is None:
        raise NotFound("DE-015", destination=destination)
    return found


def _known(x: Exchange, destination: str) -> tuple[PartnerId, str]:
    partner, wish = split_destination(destination)
    if partner not in x.profiles or (wish and wish not in {w.name for w in x.profiles[partner].wishes}):
        raise NotFound("DE-015", destination=destination)
    return partner, wish
