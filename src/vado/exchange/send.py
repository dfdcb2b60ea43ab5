"""The story outwards: Change -> Record -> Outgoing -> Delivery -> the receiver's word. Safe to repeat, safe to kill.

What changed is noted by the store in the transaction of the change. It is forgotten in the very transaction that holds what is to be
sent for it, after the bytes are on disk. A delivery is sent by whoever claims it, for a time; who is killed while sending leaves it
to be sent again under the same id. So everything arrives at least once, and a receiver can tell a repetition by its id.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from vado.errors import StoreUnavailable, Undeliverable, VadoError
from vado.exchange.ports import Audit, Exchange, Sender, Transaction
from vado.exchange.write import Draft, draft_for, has_record, may_have, name_of
from vado.model.delivery import Delivery, DeliveryState, cancelled, made_for
from vado.model.original import OriginalId, PartnerId
from vado.model.outgoing import Outgoing, Wish

TOGETHER = 64  # changes dealt with in one transaction
_LOOKED_AT = 10_000  # changes of which is said what would come of them
LEASE = timedelta(minutes=3)  # longer than any sender takes: then somebody else may send it
FIRST_WAIT, LONGEST_WAIT = 15.0, 3600.0  # seconds until the second try, and at most; each is twice the one before
_TRIES = 5  # where the store does not answer, or another process is quicker each time
_log = logging.getLogger("vado.send")

Chance = Callable[[], float]  # in [0, 1): so that those who wait do not all come back at once
Line = tuple[PartnerId, str]  # partner, channel: what goes there goes one after the other
Senders = Mapping[Line, Sender]


@dataclass(frozen=True, slots=True)
class Touched:
    """A person whose record may be another now."""

    person: str
    exists: bool = True
    persons: tuple[str, ...] = ()  # those with whom patients were exchanged: a merge or a split, that nothing overtakes
    patients: frozenset[PartnerId] = frozenset()  # partners who have a patient of this person


@dataclass(frozen=True, slots=True)
class Wrong:
    """A delivery that told of one person who, as is known now, is more than one."""

    delivery: Delivery
    persons: frozenset[str]  # those whose facts are in it


def take_changes(x: Exchange, *, dry_run: bool = False) -> list[Draft] | None:
    """Make deliveries of the oldest changes, all or nothing; give what is new to somebody; None: nothing has changed.

    Raises:
        StoreUnavailable: somebody else dealt with these changes at the same time, or the store did not answer; nothing was kept.
    """
    with x.store.begin() as tx:
        nobody = not dry_run and not all_wishes(x) and not tx.outbox.deliveries(limit=1)
        changes = tx.outbox.changes(_LOOKED_AT if dry_run or nobody else TOGETHER)
        if changes and nobody:
            tx.outbox.forget(changes)  # nobody wishes anything, and nobody was ever sent anything
            return []
        wrong = _wrong(tx, {c.patient for c in changes if c.left})
        touched = _touched(tx, [(c.patient, c.left) for c in changes], wrong)
    if not changes:
        return None
    drafts = [draft for one in touched for draft in _drafts(x, one, wrong)]
    drafts += [draft for one in wrong if (draft := _beyond_correction(x, one, touched))]
    if dry_run:
        return drafts
    withheld = _withheld(x, touched, drafts)
    x.originals.put_all(piece.content for draft in drafts for piece in draft.pieces)
    with x.store.begin() as tx:
        if not tx.outbox.forget(changes):
            raise StoreUnavailable("DE-024")
        for draft in drafts:
            put(x, tx, draft)
        for one in touched:
            _take_back(x, tx, one)
        for wish, person in withheld:
            _cancel(tx, wish, person, "vado")
    return drafts


def line_up(x: Exchange) -> None:
    """Make deliveries of all that changed, whoever else does so at the same time. Raises StoreUnavailable when it stays away."""
    missed = 0
    while missed < _TRIES:
        try:
            if take_changes(x) is None:
                return
            missed = 0
        except StoreUnavailable:
            missed += 1
            if missed == _TRIES:
                raise


def put(x: Exchange, tx: Transaction, draft: Draft) -> tuple[Delivery, ...]:
    """Line up what was written; what waits or has failed of the same record goes, as its successor is there."""
    wish, made = draft.wish, x.clock()
    new = [
        replace(
            made_for(wish, draft.person, p, n, content=name_of(p), digest=draft.digest, others=draft.others, at=made),
            patients=draft.patients, persons=draft.persons, corrects=draft.corrects, replays=draft.replays,
        )
        for n, p in enumerate(draft.pieces)
    ]  # fmt: skip
    if draft.why:
        nothing = made_for(
            wish, draft.person, Outgoing(b"", ""), 0, content=OriginalId(""), digest=draft.digest, others=draft.others, at=made
        )
        new = [replace(nothing, state=DeliveryState.HELD, why=draft.why, word=draft.word, corrects=draft.corrects, due=None)]
    until = made  # one that is being sent arrives first, or its claim runs out
    for person in (draft.person, *(p for p in draft.persons if tx.person(p) is None)) if draft.person else ():
        gone = _cancel(tx, wish, person, new[0].id)
        until = max([until, *(d.due for d in gone if d.due)])
    for delivery in new:
        tx.outbox.add(replace(delivery, due=until) if delivery.due else delivery)
        tx.outbox.note(delivery.id, draft.manifests)
    for person in draft.about if not draft.why else ():
        tx.audit(Audit(made, receiver_of(wish), "export", person))
    return tuple(new)


def receiver_of(one: Wish | Delivery) -> str:
    """Give the receiver's name in the audit trail."""
    return f"partner:{one.partner}"


def send_next(x: Exchange, wishes: Sequence[Wish], sender: Sender, chance: Chance, lease: timedelta = LEASE) -> Delivery | None:
    """Send the oldest delivery of these wishes (of one partner, over one channel); give it as it stands then; None: none may be sent.

    Raises:
        StoreUnavailable: the store did not answer; what was sent may be sent again, under the same id.
    """
    return next(send_on(x, wishes, sender, chance, lease, going=lambda: False), None)


def send_on(  # noqa: PLR0913 - as send_next
    x: Exchange, wishes: Sequence[Wish], sender: Sender, chance: Chance, lease: timedelta = LEASE, *, going: Callable[[], bool]
) -> Iterator[Delivery]:  # fmt: skip
    """Send one after the other, until none may be sent, one was not taken, or it shall not go on; give each as it stands then.

    What came of one is written in the very transaction that claims the next: the disk is waited for once a delivery.

    Raises:
        StoreUnavailable: the store did not answer; what was sent may be sent again, under the same id.
    """
    token = uuid4().hex
    with x.store.begin() as tx:
        taken = _claimed(x, tx, wishes, token, lease)
    while taken:
        most = next(w.attempts for w in wishes if w.name == taken.wish)
        done = _tried(x, taken, sender, most, chance)
        goes_on = done.state is not DeliveryState.WAITING and going()
        for n in range(_TRIES):
            try:
                with x.store.begin() as tx:
                    tx.outbox.finish(done, token)
                    tx.audit(Audit(done.sent or x.clock(), receiver_of(done), f"delivery-{done.state.value}", done.id))
                    taken = _claimed(x, tx, wishes, token, lease) if goes_on else None
                break
            except StoreUnavailable:
                if n == _TRIES - 1:
                    raise
        yield done


def _claimed(x: Exchange, tx: Transaction, wishes: Sequence[Wish], token: str, lease: timedelta) -> Delivery | None:
    now = x.clock()
    return tx.outbox.claim(wishes[0].partner, [w.name for w in wishes], now=now, until=now + lease, token=token)


def work_off(x: Exchange, lines: Mapping[Line, Sequence[Wish]], senders: Senders, chance: Chance) -> Iterator[Delivery]:
    """Send all that may be sent now, line by line; one whose receiver does not take anything is left for later."""
    for line, wishes in lines.items():
        yield from send_on(x, wishes, senders[line], chance, going=lambda: True)


def lines_of(x: Exchange) -> dict[Line, tuple[Wish, ...]]:
    """Give the wishes of all partners by the line they go over."""
    found: dict[Line, tuple[Wish, ...]] = {}
    for wish in all_wishes(x):
        line = (wish.partner, wish.channel)
        found[line] = (*found.get(line, ()), wish)
    return found


def all_wishes(x: Exchange) -> tuple[Wish, ...]:
    """Give every [[send]] of every partner."""
    return tuple(w for profile in x.profiles.values() for w in profile.wishes)


def waiting_seconds(attempts: int, chance: Chance) -> float:
    """Give how long to wait after so many tries: twice as long each time, half of it by chance."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 20)) * (0.5 + chance() / 2)


def _tried(x: Exchange, delivery: Delivery, sender: Sender, most: int, chance: Chance) -> Delivery:
    """Send it once, and say what came of it."""
    try:
        out = Outgoing(x.originals.get(delivery.content), delivery.media_type, delivery.losses, delivery.name)
        word = sender.send(out, delivery.id)
    except Undeliverable as fault:
        word, code, again = str(fault.slots.get("word") or fault.slots.get("fault") or ""), fault.code, fault.again
    except VadoError as fault:  # its bytes are not what they were
        return replace(delivery, state=DeliveryState.HELD, why=fault.code, due=None)
    except Exception as fault:  # noqa: BLE001 - a fault of ours must not stop the others; its text may hold a patient's value
        _log.error("%s while sending: see `vado deliveries`", type(fault).__name__)
        word, code, again = type(fault).__name__, "DE-019", True
    else:
        return replace(delivery, state=DeliveryState.SENT, word=word, why="", sent=x.clock(), due=None)
    if not again or delivery.attempts >= most:
        return replace(delivery, state=DeliveryState.FAILED, word=word, why=code, due=None)
    due = x.clock() + timedelta(seconds=waiting_seconds(delivery.attempts, chance))
    return replace(delivery, word=word, why=code, due=due)


def _touched(tx: Transaction, moves: Sequence[tuple[str, str]], wrong: Sequence[Wrong]) -> list[Touched]:
    """Give the persons whom these changes of patients touch, those they left and those who were mixed up included; by id."""
    others: dict[str, set[str]] = {person: set() for one in wrong for person in one.persons}
    links = {e.patient: e.person for e in tx.links_of({patient for patient, _ in moves})}
    for patient, left in moves:
        pair = {p for p in (links.get(patient, ""), left) if p}
        for one in pair:
            others.setdefault(one, set()).update(pair - {one})
    found = []
    for id_ in sorted(others):
        person = tx.person(id_)
        partners = frozenset(p.evidence.partner for p in person.patients) if person else frozenset()
        found.append(Touched(id_, bool(person), tuple(sorted(others[id_])), partners))
    return found


def _wrong(tx: Transaction, moved: set[str]) -> list[Wrong]:
    """Give what was sent of these patients, whosever record they were in then, that is wrong as far as is known now."""
    ever = sorted({event.person for patient in moved for event in tx.link_history(patient)})
    told = [delivery for person in ever for delivery in tx.outbox.told(person)]
    return [Wrong(delivery, now) for delivery in told if len(now := _persons_in(tx, delivery)) > 1]


def _persons_in(tx: Transaction, delivery: Delivery) -> frozenset[str]:
    return frozenset(event.person for event in tx.links_of(delivery.patients))


def _drafts(x: Exchange, one: Touched, wrong: Sequence[Wrong]) -> Iterator[Draft]:
    """Write this person's record for everybody who wants it or has to be told otherwise, where it is news to them."""
    told = {(w.delivery.partner, w.delivery.wish): w.delivery.id for w in wrong if one.person in w.persons}
    for wish in all_wishes(x) if one.exists else ():
        corrects = told.get((wish.partner, wish.name), "")
        if may_have(wish, one.patients) and (wish.when == "change" or corrects):
            yield from draft_for(x, wish, one.person, one.persons, corrects)


def _withheld(x: Exchange, touched: Sequence[Touched], drafts: Sequence[Draft]) -> list[tuple[Wish, str]]:
    """Give what is still on its way to somebody who may have nothing of that person any more: the person hides it since."""
    made = {(d.wish.partner, d.wish.name, d.person) for d in drafts}
    found = []
    for wish, person in ((w, one.person) for one in touched if one.exists for w in all_wishes(x)):
        if (wish.partner, wish.name, person) in made:
            continue
        with x.store.begin() as tx:
            o = tx.outbox
            going = [*o.still_open(wish.partner, wish.name, person), *o.being_sent(wish.partner, wish.name, person)]
        if going and not has_record(x, wish, person):
            found.append((wish, person))
    return found


def _beyond_correction(x: Exchange, one: Wrong, touched: Sequence[Touched]) -> Draft | None:
    """Put it before a person where no record that its receiver may have could tell that it was wrong."""
    d = one.delivery
    wish = next((w for w in all_wishes(x) if (w.partner, w.name) == (d.partner, d.wish)), None)
    if wish and any(t.person in one.persons and may_have(wish, t.patients) for t in touched):
        return None
    with x.store.begin() as tx:
        last = tx.outbox.last(d.partner, d.wish, d.person)
    if last and last.corrects == d.id:
        return None  # it has been put before a person already
    return Draft(wish or Wish(d.partner, d.wish, "", ""), d.person, (), "", "", corrects=d.id, why="DE-012")


def _take_back(x: Exchange, tx: Transaction, one: Touched) -> None:
    """Let nothing go of a record that its receiver may not have any more: it was made while somebody else was in it."""
    for wish in all_wishes(x):
        if not (one.exists and may_have(wish, one.patients)):
            _cancel(tx, wish, one.person, "vado", lambda old: len(_persons_in(tx, old)) > 1)


def _cancel(
    tx: Transaction, wish: Wish, person: str, by: str, where: Callable[[Delivery], bool] = lambda _: True
) -> list[Delivery]:  # fmt: skip
    """Cancel what is open for this wish of a person's record; give those that somebody is sending just now."""
    for old in filter(where, tx.outbox.still_open(wish.partner, wish.name, person)):
        tx.outbox.change(cancelled(old, by), old.state)
    sending = list(filter(where, tx.outbox.being_sent(wish.partner, wish.name, person)))
    for old in sending:
        tx.outbox.change(cancelled(old, by), old.state, claimed=True)
    return sending
