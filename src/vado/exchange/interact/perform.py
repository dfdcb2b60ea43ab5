"""Do what a request asks: kept, told and audited in one transaction; only then is it answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from vado.errors import Refusal
from vado.exchange.interact.plan import Find, Plan, Step, cannot_find, plan, without
from vado.exchange.interact.together import Together
from vado.exchange.interact.wanted import ENTRIES, Wanted, check_told, from_bundle, parsed, wanted
from vado.exchange.link import link_patients
from vado.exchange.notify import note
from vado.exchange.ports import Audit, Exchange, Settled, Transaction
from vado.exchange.receive import keep_children, profile_of
from vado.exchange.recycled import told_apart
from vado.exchange.sift import beside
from vado.exchange.terms import explain, maps_of
from vado.model.fact import Fact, FhirJson, as_it_stands
from vado.model.interaction import CHANNEL, Decided, Interaction, unwrap, wrap
from vado.model.original import Original, OriginalId, PartnerId, State, original_id
from vado.model.term import Accepted
from vado.record.permit import VERBS, scoped

_TOGETHER = Together()  # one is settled after the other: a store that lets two in at once would let both pass the same If-Match
_ROUNDS = 5  # a change at the same time makes a new plan
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who writes."""

    partner: PartnerId
    name: str  # for the audit trail
    base: str  # our address as the asker knows it, 'https://.../fhir'
    find: Find = cannot_find
    scopes: tuple[str, ...] = ()  # of its token; (): all that a partner may tell


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one change."""

    status: int
    kind: str
    id: str
    version: int
    at: datetime
    resource: FhirJson | None = field(default=None, repr=False)  # as it stands now; None: taken back
    place: str = ""
    warnings: tuple[str, ...] = ()  # codes of issues


def one(x: Exchange, asker: Asker, asked: Interaction, **conditions: str) -> Done:
    """Do one change. Raises Refusal."""
    plain = parsed(asked.content) if asked.content else None
    return _perform(x, asker, asked, [wanted(asked.method, asked.target, plain, **conditions)])[0]


def transaction(x: Exchange, asker: Asker, asked: Interaction) -> list[Done]:
    """Do all changes of a transaction Bundle, or none. Raises Refusal."""
    return _perform(x, asker, asked, list(from_bundle(parsed(asked.content), asker.base)))


def batch(x: Exchange, asker: Asker, bundle: Any) -> list[Done | Refusal]:
    """Do each entry of a batch by itself; each that was done is an original of its own."""
    done: list[Done | Refusal] = []
    for n, entry in enumerate(_entries(bundle)):
        try:
            change = from_bundle({"entry": [entry]}, asker.base)[0]
            body = (
                orjson.dumps(change.patch if change.method == "PATCH" else change.resource) if change.method != "DELETE" else b""
            )
            place = change.kind
            target = f"{change.kind}/{change.id}" if change.id else change.kind + (f"?{change.query}" if change.query else "")
            asked = Interaction(change.method, target, body, change.if_match or change.if_none_match or change.if_none_exist)
            done.append(replace(_perform(x, asker, asked, [replace(change, place=place)])[0], place=f"Bundle.entry[{n}]"))
        except Refusal as fault:
            done.append(fault)
    return done


def _entries(bundle: Any) -> list[Any]:
    entries = bundle.get("entry", []) if isinstance(bundle, dict) else None
    if not isinstance(entries, list):
        raise Refusal("FH-035", fault="no Bundle with entries")
    if len(entries) > ENTRIES:
        raise Refusal("FH-036", fault=f"more than {ENTRIES} entries")
    return entries


def validate(x: Exchange, resource: FhirJson) -> None:
    """Say what is wrong with a resource, storing nothing. Raises Refusal FH-034 or FH-039."""
    check_told(resource, str(resource.get("resourceType")))


def _perform(x: Exchange, asker: Asker, asked: Interaction, changes: list[Wanted]) -> list[Done]:
    for change in changes:
        if asker.scopes and change.method in VERBS and not scoped(asker.scopes, change.kind, VERBS[change.method]):
            raise Refusal("FH-054", faults=((change.place, "not in its scopes"),))
        if change.kind == "Consent" and change.method in VERBS:  # kept as a mere fact it would look as if it held
            raise Refusal("FH-055", faults=((change.place, "a Consent is put in force by POST Consent alone, one at a time"),))
        if change.resource is not None:
            check_told(change.resource, change.place)
    for _ in range(_ROUNDS):
        with x.store.look() as tx:
            first = _planned(x, tx, asker, asked, changes)
            maps = maps_of(tx, asker.partner)
        if not any(s.tells for s in first.steps):
            with x.store.begin() as tx:
                return [_as_it_stands(x, tx, s, asker) for s in first.steps]
        settled = _looked_at(x, asker, asked, first, maps)
        as_planned = partial(_as_planned, x, asker, asked, changes, first, settled)
        if (done := _TOGETHER.settle(x.store, as_planned)) is not None:
            return done
    raise Refusal("FH-052")


def _as_planned(  # noqa: PLR0913, PLR0917 - what was thought before
    x: Exchange, asker: Asker, asked: Interaction, changes: list[Wanted], first: Plan, settled: Settled, tx: Transaction
) -> list[Done] | None:  # fmt: skip
    """Do it if it comes to the same as when it was planned; else nothing: None."""
    if _planned(x, tx, asker, asked, changes).shape != first.shape:
        return None
    return _settle(x, tx, asker, first, settled)


def _planned(x: Exchange, tx: Transaction, asker: Asker, asked: Interaction, changes: list[Wanted]) -> Plan:
    """Plan; what was asked just so before and still stands is not told again, whatever its condition says now."""
    try:
        planned = plan(tx, asker.partner, changes, asker.base, asker.find)
    except Refusal as fault:
        bare = [replace(c, if_match="", if_none_match="") for c in changes] if fault.code == "FH-030" else []
        again = plan(tx, asker.partner, bare, asker.base, asker.find) if bare else None
        if again is None or not _was_done(x, again, asked):
            raise
        planned = again
    if _was_done(x, planned, asked):
        return Plan(tuple(without(s) if s.tells else s for s in planned.steps))
    return planned


def _was_done(x: Exchange, planned: Plan, asked: Interaction) -> bool:
    """Say whether the last telling of everything in it came from this very request. A patch is done as often as it is asked."""
    telling = [s for s in planned.steps if s.tells and s.wanted.kind != "Binary"]
    originals = {s.before.evidence.original if s.before else OriginalId("") for s in telling}
    if len(originals) != 1 or any(s.wanted.method == "PATCH" for s in telling) or "" in originals:
        return False
    try:
        earlier, _ = unwrap(x.originals.get(originals.pop()))
    except (ValueError, TypeError, KeyError):
        return False
    return earlier == asked


def _looked_at(x: Exchange, asker: Asker, asked: Interaction, planned: Plan, maps: Mapping[str, Accepted]) -> Settled:
    """Make durable the request as it will be kept, and read it. Raises Refusal FH-034 where what would be told is not valid."""
    telling = [s for s in planned.steps if s.tells]
    decided = Decided(
        x.clock().isoformat(),
        {s.wanted.place: s.name for s in telling},
        planned.points,
        {s.wanted.place: (s.before.patient or "" if s.before else "") for s in telling if s.removes},
        {s.wanted.place: s.resource for s in telling if s.wanted.method == "PATCH" and s.resource is not None},
    )
    content = wrap(asked, decided)
    name = f"{asked.method} {asked.target.partition('/')[0].partition('?')[0]}".strip()
    original = Original(original_id(content), asker.partner, CHANNEL, "", x.clock(), None, len(content), name)
    look = next(iter(x.room.look_at_all([(original, content, profile_of(x, original))])))
    if look.reading is None:
        raise Refusal("FH-034", faults=(("", look.issue.what),) if look.issue else ())
    facts = look.facts.facts
    _check(x, facts, planned)
    original = replace(original, media_type=look.reading.media_type)
    x.originals.put_all([*(child.content for child in look.reading.children), content])
    return Settled(original, State.READ, look.reading, explain(facts, maps), look.facts.issues, look.facts.ledger)


def _check(x: Exchange, facts: tuple[Fact, ...], planned: Plan) -> None:
    found = beside(x.gate, planned.known)(facts)
    wrong = [
        (f.evidence.places[0].path + p.removeprefix(f.kind), fault)
        for f, all_ in zip(facts, found, strict=True)
        for p, fault in all_
    ]
    if wrong:
        raise Refusal("FH-034", faults=tuple(wrong[:50]))


def _settle(x: Exchange, tx: Transaction, asker: Asker, planned: Plan, settled: Settled) -> list[Done]:
    o = settled.original
    original, _ = tx.keep_original(o)
    settled = told_apart(x, tx, replace(settled, original=replace(original, media_type=o.media_type)))
    tx.settle(settled)
    if link_patients(x, tx, settled):
        tx.set_state(o.partner, o.id, State.WAITING)
    keep_children(x, tx, settled)
    note(tx, settled.facts, o.received)
    tx.audit(Audit(x.clock(), asker.name, "receive", f"{o.partner}/{o.id}"))
    told = {f.evidence.places[0].path: f for f in settled.facts}
    codes = tuple(sorted({i.code for i in settled.issues}))
    done: list[Done] = []
    for step in planned.steps:
        fact = told.get(step.wanted.place)
        if fact is None:
            done.append(_as_it_stands(x, tx, step, asker))
            continue
        tx.audit(Audit(x.clock(), asker.name, _VERBS[step.wanted.method], fact.id))
        version = step.version if fact.id == step.id else len(tx.versions(fact.id))
        given = None if fact.removed else fact.resource
        done.append(Done(step.status, fact.kind, fact.id, version, o.received, given, step.wanted.place, codes))
    return done


def _as_it_stands(x: Exchange, tx: Transaction, step: Step, asker: Asker) -> Done:
    """Answer for a change that tells nothing. Who writes is shown only what it told itself: reading is another permission."""
    versions = tx.versions(step.id) if step.id else ()
    if step.wanted.method == "GET":
        tx.audit(Audit(x.clock(), asker.name, "read", step.id))
        if versions and versions[0].evidence.partner != asker.partner:  # that it is there is not told either
            return Done(404, step.wanted.kind, step.id, 0, x.clock(), None, step.wanted.place)
    at = versions[0].evidence.asserted if versions and versions[0].evidence.asserted else x.clock()
    stands = as_it_stands(versions) if versions and not versions[0].removed else None
    resource = stands.resource if stands and stands.evidence.partner == asker.partner else None
    if step.wanted.kind == "Binary":
        resource = {"resourceType": "Binary", "id": step.id, "contentType": str((step.resource or {}).get("contentType", ""))}
    return Done(step.status, step.wanted.kind, step.id, max(step.version, len(versions)), at, resource, step.wanted.place)


def to_read(x: Exchange, done: Iterable[Done], partner: PartnerId) -> list[Original]:
    """List the files inside what was told that nobody has read yet."""
    found: list[Original] = []
    with x.store.begin() as tx:
        for original in {f.evidence.original for d in done for f in tx.versions(d.id)[:1]}:
            found += [row.original for row in tx.children(partner, original) if row.state is State.KEPT]
    return found
