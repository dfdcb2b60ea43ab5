"""The story: Arrival -> Original -> Reading -> Facts -> Match -> Record. Safe to repeat, safe to kill.

An original is committed before anything reads it, so what is acknowledged is never lost. One without a
reading is work to do: `resume` finds it. Reading happens outside any transaction; what it gave is
settled in one, together with its matches and its audit event.
"""

import time
from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import BinaryIO

from vado.errors import StoreUnavailable, VadoError
from vado.exchange.cover import is_about_another, routed, under_cover
from vado.exchange.link import link_patients
from vado.exchange.notify import note as tell_followers
from vado.exchange.ports import Audit, Exchange, Look, Row, Settled, Transaction
from vado.exchange.recycled import told_apart
from vado.exchange.rows import Which, chosen
from vado.exchange.said import as_said
from vado.exchange.sift import about_nobody, beside, inherit, references, sift
from vado.exchange.slices import slice_up
from vado.exchange.terms import explain, maps_of
from vado.exchange.tries import note
from vado.exchange.watch import outcome, say_read
from vado.model.fact import Fact, Facts
from vado.model.interaction import CHANNEL as ASKED
from vado.model.original import UNKNOWN_PARTNER, Arrival, Original, OriginalId, PartnerId, State
from vado.model.partner import UNKNOWN, PartnerProfile
from vado.model.reading import Issue, issue
from vado.model.term import Accepted

TOGETHER = 64  # arrivals kept in one transaction
SETTLE_SECONDS = 0.5  # what has been read is settled at least this often
Key = tuple[PartnerId, OriginalId]
DEEPEST = 8  # a zip in a mail in a zip ...


def receive(x: Exchange, arrivals: Iterable[Arrival]) -> Iterator[Row]:
    """Take everything in; give the ledger's row of each arrival and of what was inside it, as each is settled.

    The same bytes from the same partner again give the same row and change nothing.
    """
    arrivals = iter(arrivals)
    while batch := list(islice(arrivals, TOGETHER)):
        kept = keep(x, batch)
        yield from work(x, [original for original, is_new in kept if is_new])
        for original, is_new in kept:
            if not is_new:
                yield from _again(x, original)


def receive_stream(x: Exchange, file: BinaryIO, *, partner: PartnerId, channel: str, name: str = "") -> Iterator[Row]:
    """Take in one big file in flat memory; give its row, then that of each of its slices as it is settled.

    The same bytes again change nothing; what a stop left unread is read.
    """
    original, is_new = keep_stream(x, file, partner=partner, channel=channel, name=name)
    yield from work(x, [original]) if is_new else _again(x, original)


def keep_stream(x: Exchange, file: BinaryIO, *, partner: PartnerId, channel: str, name: str = "") -> tuple[Original, bool]:
    """Make one big file durable in flat memory, then say so in the store; it is work to do: (original, True if it is new)."""
    id_, size = x.originals.put_stream(file)
    with x.store.begin() as tx:
        return tx.keep_original(Original(id_, partner, channel, "", x.clock(), None, size, name))


def keep(x: Exchange, arrivals: Iterable[Arrival]) -> list[tuple[Original, bool]]:
    """Make the bytes durable, then say so in the store: only after this may anybody be told 'received'."""
    arrivals = list(arrivals)
    x.originals.put_all(a.content for a in arrivals)
    with x.store.begin() as tx:
        return [tx.keep(arrival, media_type="", received=arrival.at or x.clock()) for arrival in arrivals]


def resume(x: Exchange, *, again: bool = False) -> Iterator[Row]:
    """Finish what a crash or a stop left: read every original that has no reading yet, but those of partners who are held.

    With `again`, read also those that were held: a reader, a limit or a profile has changed since.
    """
    for state in (State.KEPT, State.HELD) if again else (State.KEPT,):
        with x.store.begin() as tx:
            held = _held(tx)
        rows = (r.original for r in chosen(x, Which(states=frozenset((state,))), TOGETHER) if r.original.partner not in held)
        while some := list(islice(rows, TOGETHER)):
            yield from carry_on(x, some, first=state is State.KEPT)


def carry_on(x: Exchange, originals: list[Original], *, first: bool = True) -> Iterator[Row]:
    """Read these; a fault of ours in one of them holds that one, with its kind, and stops no other.

    Raises:
        StoreUnavailable: the store did not answer; what is not read yet is kept, as work to do.
    """
    try:
        yield from work(x, originals, first=first)
    except StoreUnavailable:
        raise
    except Exception as fault:  # noqa: BLE001 - only its kind may be told: a text may hold a patient's value
        if len(originals) == 1:
            yield hold_back(x, originals[0], type(fault).__name__)
            return
        for original in originals:
            with x.store.begin() as tx:
                row = tx.row(original.partner, original.id)
            if row and (row.state is State.KEPT or not first):
                yield from carry_on(x, [original], first=first)


def hold_back(x: Exchange, original: Original, fault: str) -> Row:
    """Hold an original because of a fault of ours: it is tried again, and if that does not help, it says so."""
    ((_, row),) = settle(x, [Settled(original, State.HELD, None, issues=(issue("OP-002", fault=fault),))], first=False)
    return row


def work(
    x: Exchange, originals: Iterable[Original], *, first: bool = True, releasing: PartnerId | None = None
) -> Iterator[Row]:  # fmt: skip
    """Read these originals and whatever comes out of them, and settle each; give those of held partners as they stand.

    Args:
        x: the exchange.
        originals: what to read.
        first: nobody has tried to read them before; it counts for what is usual of a partner.
        releasing: a partner whose originals are read although it is held.
    """
    queue = deque(originals)
    while queue:
        batch, rows = _next_batch(x, queue, releasing)
        yield from rows
        looks = x.room.look_at_all((o, x.originals.get(o.id), profile_of(x, o)) for o in batch)
        maps = accepted_maps(x, batch)
        ready: list[Settled] = []
        since = time.monotonic()
        for original, look in zip(batch, looks, strict=True):
            ready.append(settled(x, original, look, maps[original.partner]))
            if time.monotonic() - since > SETTLE_SECONDS or len(ready) == TOGETHER or original is batch[-1]:
                for done, row in settle(x, ready, first=first):
                    queue.extend(children_to_read(x, done))
                    yield row
                ready, since = [], time.monotonic()


def _next_batch(x: Exchange, queue: deque[Original], releasing: PartnerId | None) -> tuple[list[Original], list[Row]]:
    """Take from the queue what is read next; with the rows of what is not: held, or cut in slices, which join the queue."""
    batch: list[Original] = []
    rows: list[Row] = []
    with x.store.begin() as tx:
        held = _held(tx) - {releasing}
    while queue and len(batch) < TOGETHER:
        original = queue.popleft()
        if original.partner in held:
            with x.store.begin() as tx:
                rows += [row for row in (tx.row(original.partner, original.id),) if row]
        elif sliced := slice_up(x, original):
            queue.extend(sliced[1])
            rows.append(sliced[0])
        else:
            batch.append(original)
    return batch, rows


def _held(tx: Transaction) -> set[PartnerId]:
    return {h.partner for h in tx.traffic.holds()}


def accepted_maps(x: Exchange, originals: Iterable[Original]) -> dict[PartnerId, dict[str, Accepted]]:
    """Give what was accepted of the codes of those who sent these."""
    with x.store.begin() as tx:
        return {partner: maps_of(tx, partner) for partner in {o.partner for o in originals}}


def settle(
    x: Exchange, ready: list[Settled], *, first: bool = True, retiring: Container[Key] = (), by: str = "vado"
) -> list[tuple[Settled, Row]]:
    """Put what was read into the store, with its links, its children, what follows of it and its audit, all or nothing.

    Args:
        x: the exchange.
        ready: what was read.
        first: none of it had been tried before.
        retiring: the originals whose former reading is kept as such.
        by: who had it read.
    """
    x.originals.put_all(child.content for one in ready if one.reading for child in one.reading.children)
    with x.store.begin() as tx:
        for o in (one.original for one in ready):
            if (o.partner, o.id) in retiring:
                tx.retire(o.partner, o.id, x.clock())
        done = [enact(x, tx, one, first=first, by=by) for one in ready]
        if first:
            tx.traffic.count(outcome(one, x.clock()) for one, _ in done)
    for _, row in done:
        say_read(row)
    return done


def enact(x: Exchange, tx: Transaction, settled: Settled, *, first: bool, by: str) -> tuple[Settled, Row]:
    """Put one reading in force within a transaction; see `settle`."""
    settled = told_apart(x, tx, _within_parent(x, tx, as_said(x, tx, settled)))
    o = settled.original
    tx.settle(settled)
    asked = link_patients(x, tx, settled) or is_about_another(x, tx, settled)
    if asked or (settled.reading and not first and _is_asked(tx, o)):
        tx.set_state(o.partner, o.id, State.WAITING)
    keep_children(x, tx, settled)
    if first:
        tell_followers(tx, settled.facts, x.clock())
    tx.audit(Audit(x.clock(), by, "read-original" if first else "reread-original", f"{o.partner}/{o.id}"))
    if settled.state is State.HELD or not first:
        note(x, tx, settled)
    row = tx.row(o.partner, o.id)
    if row is None:
        raise RuntimeError("what was kept must be there")
    return settled, row


def _is_asked(tx: Transaction, original: Original) -> bool:
    return any(not d.verdict for d in tx.traffic.doubts_from(original.partner, original.id))


def profile_of(x: Exchange, original: Original) -> PartnerProfile:
    """Give the profile of who sent it; one without any setting for an unknown sender."""
    profile = x.profiles.get(original.partner)
    return profile or (UNKNOWN if original.partner == UNKNOWN_PARTNER else replace(UNKNOWN, id=original.partner))


def settled(x: Exchange, original: Original, look: Look, maps: Mapping[str, Accepted]) -> Settled:
    """Say what a look comes to: only valid facts, their codes explained, with the issues of those refused."""
    if look.reading is None:
        return Settled(original, State.HELD, None, issues=(look.issue,) if look.issue else ())
    gate = beside(x.gate, _pointed_at(x, look.facts)) if original.channel == ASKED else x.gate
    facts, refused = sift(gate, look.facts)
    facts = replace(facts, facts=explain(facts.facts, maps))
    issues: list[Issue] = [*look.reading.issues, *facts.issues, *refused]
    original = replace(original, media_type=look.reading.media_type)
    state = State.UNPACKED if look.reading.children and not facts.facts else State.READ
    return Settled(original, state, look.reading, facts.facts, tuple(issues), facts.ledger)


def _pointed_at(x: Exchange, told: Facts) -> tuple[Fact, ...]:
    """Give what a request over FHIR points to that stands here already."""
    here = {f.id for f in told.facts}
    ids = {r.rpartition("/")[2] for f in told.facts for r in references(f.resource)} - here
    if not ids:
        return ()
    with x.store.begin() as tx:
        return tx.facts_named(sorted(ids))


def _within_parent(x: Exchange, tx: Transaction, settled: Settled) -> Settled:
    """Give an embedded document to the patient of its message; what still belongs to nobody waits for a person."""
    o = settled.original
    if o.parent and settled.facts:
        owners = [f for f in tx.facts_from(o.partner, o.parent) if f.kind == "Patient" and f.patient == f.id]
        if len(owners) == 1:
            settled = replace(settled, facts=inherit(settled.facts, owners[0]))
    settled = under_cover(x, tx, settled)
    if about_nobody(settled.facts) and all(i.code != "IN-011" for i in settled.issues):
        settled = replace(settled, state=State.WAITING, issues=(*settled.issues, issue("IN-011")))
    return settled


def keep_children(x: Exchange, tx: Transaction, settled: Settled) -> None:
    """Keep what was inside an original, as originals of their own."""
    for child in settled.reading.children if settled.reading else ():
        tx.keep(replace(routed(x, child), parent=settled.original.id), media_type="", received=x.clock())


def children_to_read(x: Exchange, settled: Settled) -> list[Original]:
    """List the children that are not read yet, unless the nesting is deeper than anybody means."""
    if not settled.reading or not settled.reading.children:
        return []
    partners = dict.fromkeys(routed(x, child).partner for child in settled.reading.children)
    with x.store.begin() as tx:
        too_deep = _depth(tx, settled.original) >= DEEPEST
        rows = [row for partner in partners for row in tx.children(partner, settled.original.id)]
        if too_deep:
            for row in rows:
                tx.settle(Settled(row.original, State.HELD, None, issues=(issue("IN-019", depth=DEEPEST),)))
    return [] if too_deep else [row.original for row in rows if row.state is State.KEPT]


def _depth(tx: Transaction, original: Original) -> int:
    depth = 0
    while original.parent and depth < DEEPEST:
        row = tx.row(original.partner, original.parent)
        if row is None:
            break
        original, depth = row.original, depth + 1
    return depth


def _again(x: Exchange, original: Original) -> Iterator[Row]:
    """Give the rows of something received before, and of what was inside it; finish it if it was left unread."""
    with x.store.begin() as tx:
        row = tx.row(original.partner, original.id)
        partners = dict.fromkeys((original.partner, *x.profiles))  # a cover sheet may have led a part to another partner
        children = [child for partner in partners for child in tx.children(partner, original.id)]
    if row is None:
        raise VadoError("ST-001")
    if row.state is State.KEPT:
        yield from work(x, [original])
        return
    yield row
    for child in children:
        yield from _again(x, child.original)
