"""Subscriptions: what is told is noted for those who wish to hear of it, in the same transaction; a thread calls them afterwards.

The queue is `tx.notices`. The outbox can take its place: `note` is where an event is born, `Notifier.once` where it is said.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Thread

import orjson

from vado.errors import StoreUnavailable, Undeliverable
from vado.exchange.known import eyes_of
from vado.exchange.ports import Exchange, Transaction
from vado.exchange.sight import Sight
from vado.model.fact import Fact, FhirJson
from vado.model.notice import Notice, Standing, Subscription
from vado.model.original import PartnerId
from vado.model.review import from_paper

TOPIC = "urn:x-vado:topic:changes"
_PROFILES = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
_TOGETHER = 100  # events in one call
_FIRST_WAIT = timedelta(seconds=10)  # doubled with each call that fails
_LONGEST_WAIT = timedelta(hours=1)
_MOST_FAILED = 10
_log = logging.getLogger("vado.notify")

Call = Callable[[str, Iterable[str], bytes, Iterable[str]], None]  # address, headers, body, what is allowed; raises Undeliverable


def note(tx: Transaction, facts: Iterable[Fact], at: datetime) -> None:
    """Queue what was just told for every subscriber who wishes to hear of it. What was read from paper is no fact yet."""
    wishes = [s for s in tx.notices.subscriptions() if s.standing is Standing.ACTIVE]
    if not wishes:
        return
    told = [f for f in facts if not from_paper(f) or f.evidence.reviewed]
    about = {w.id: _patients(tx, w) for w in wishes if w.patients}
    tx.notices.put(
        Notice(w.id, f"{f.kind}/{f.id}", at) for w in wishes for f in told
        if (not w.kinds or f.kind in w.kinds) and (not w.patients or f.patient in about[w.id])
    )  # fmt: skip


def _patients(tx: Transaction, wish: Subscription) -> set[str]:
    """All patients of the persons that are meant."""
    persons = (tx.person(e.person) for e in tx.links_of(wish.patients))
    return {*wish.patients, *(p.id for person in persons if person for p in person.patients)}


class Notifier:
    """Calls subscribers, in a thread. Use it as a context.

    Args:
        x: the exchange.
        call: makes one call.
        destinations: gives the addresses that a partner's subscriptions may name, as its profile says now.
    """

    def __init__(self, x: Exchange, call: Call, destinations: Callable[[PartnerId], Sequence[str]], *, rest: float = 1.0) -> None:
        self._x, self._call, self._destinations, self._rest = x, call, destinations, rest
        self._stop = Event()
        self._thread = Thread(target=self._run, name="vado-notify", daemon=True)

    def __enter__(self) -> "Notifier":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Finish the call that is being made; what waits is said after the next start."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                said = self.once()
            except StoreUnavailable as fault:
                _log.error("%s: notices wait", fault.code)
                said = 0
            except Exception as fault:  # noqa: BLE001 - one subscriber must not silence the others; the text may hold a value
                _log.error("%s while notifying", type(fault).__name__)
                said = 0
            if not said:
                self._stop.wait(self._rest)

    def once(self) -> int:
        """Make each call that is due; give how many were taken."""
        with self._x.store.begin() as tx:
            due = [s for s in tx.notices.subscriptions() if s.standing in {Standing.ACTIVE, Standing.REQUESTED}]
        return sum(self._serve(s) for s in due if not self._stop.is_set())

    def _serve(self, s: Subscription) -> bool:
        now = self._x.clock()
        if s.end and s.end <= now:
            self._note(s, replace(s, standing=Standing.OFF))
            return False
        if s.next_call and s.next_call > now:
            return False
        with self._x.store.begin() as tx:
            waiting = tx.notices.waiting(s.id, _TOGETHER) if s.standing is Standing.ACTIVE else ()
            kind = "handshake" if s.standing is Standing.REQUESTED else "event-notification" if waiting else "heartbeat"
            if kind == "heartbeat" and not (s.heartbeat and s.last_call and s.last_call + timedelta(seconds=s.heartbeat) <= now):
                return False
            told, named = _seen(self._x, tx, s, waiting)
            if waiting and not told:
                tx.notices.said([n.number for n in waiting])
                return True
        body = orjson.dumps(notification(s, kind, told, named, now))
        try:
            self._call(s.endpoint, s.headers, body, self._destinations(s.partner))
        except Undeliverable as fault:
            self._failed(s, fault, now)
            return False
        taken = replace(s, standing=Standing.ACTIVE, said=s.said + len(told), failed=0, error="", next_call=None, last_call=now)
        self._note(s, taken, [n.number for n in waiting])
        return True

    def _failed(self, s: Subscription, fault: Undeliverable, now: datetime) -> None:
        failed = s.failed + 1
        given_up = failed >= _MOST_FAILED or not fault.again
        wait = min(_FIRST_WAIT * 2 ** min(s.failed, 20), _LONGEST_WAIT)
        said = str(fault.slots.get("word") or fault.slots.get("fault") or fault.code)
        self._note(
            s, replace(s, failed=failed, error=said, next_call=now + wait, standing=Standing.ERROR if given_up else s.standing)
        )

    def _note(self, before: Subscription, now: Subscription, taken: Iterable[int] = ()) -> None:
        """Note how it stands, unless its partner has changed or dropped it meanwhile."""
        with self._x.store.begin() as tx:
            tx.notices.said(taken)
            if tx.notices.subscription(before.id) == before:
                tx.notices.subscribe(now)


def _seen(
    x: Exchange, tx: Transaction, s: Subscription, waiting: Sequence[Notice]
) -> tuple[tuple[Notice, ...], dict[str, FhirJson]]:  # fmt: skip
    """Give those notices that are about what the subscriber may see now, and the resources that go along; the others are as if not."""
    ids = [n.fact.partition("/")[2] for n in waiting]
    stand = {f.id: f for f in tx.facts_named(ids)}
    gone = [f for i in dict.fromkeys(ids) if i not in stand for f in tx.versions(i)[:1]]
    see = Sight(x, tx, eyes_of(s.partner, f"notify:{s.partner}"), action="fhir.read")
    meant = {*s.patients, *_patients(tx, replace(s, patients=tuple(sorted(see.knows(s.patients)))))}
    told = [
        f for f in (*stand.values(), *gone) if not s.patients or f.patient in meant
    ]  # not by way of an id that it may not know
    seen = {f.id for f in see.facts(told)} | {f.id for f in told if f.removed and f.evidence.partner == s.partner}
    named = {i: f.resource for i, f in stand.items() if i in seen} if s.payload == "full-resource" else {}
    return tuple(n for n in waiting if n.fact.partition("/")[2] in seen), named


def notification(
    s: Subscription, kind: str, waiting: Sequence[Notice], named: dict[str, FhirJson], now: datetime
) -> FhirJson:  # fmt: skip
    """Make the Bundle of a call. Source: Subscriptions R5 Backport 1.1, notifications in R4."""
    events = [
        _event(s.said + n, notice, focus=s.payload != "empty") for n, notice in enumerate(waiting, 1)
    ]  # fmt: skip
    entries: list[FhirJson] = [
        {
            "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000002",
            "resource": status(s, kind, s.said + len(waiting), events),
            "request": {"method": "GET", "url": f"Subscription/{s.id}/$status"},
            "response": {"status": "200"},
        }
    ]
    for fact in dict.fromkeys(n.fact for n in waiting) if s.payload != "empty" else ():
        resource = named.get(fact.partition("/")[2])
        gone = s.payload == "full-resource" and resource is None
        entry: FhirJson = {"fullUrl": f"{s.base}/{fact}"}
        if resource:
            entry["resource"] = resource
        entry["request"] = {"method": "DELETE" if gone else "PUT", "url": fact}
        entries.append(entry | {"response": {"status": "204" if gone else "200"}})
    return {"resourceType": "Bundle", "type": "history", "timestamp": now.isoformat(), "entry": entries}


def status(s: Subscription, kind: str, said: int, events: Sequence[FhirJson] = ()) -> FhirJson:
    """Give the SubscriptionStatus, which R4 writes as Parameters."""
    parameters: list[FhirJson] = [
        {"name": "subscription", "valueReference": {"reference": f"{s.base}/Subscription/{s.id}"}},
        {"name": "topic", "valueCanonical": TOPIC},
        {"name": "status", "valueCode": s.standing.value},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(said)},
        *events,
    ]
    if s.error:
        parameters.append({"name": "error", "valueCodeableConcept": {"text": s.error}})
    made: FhirJson = {"resourceType": "Parameters", "meta": {"profile": [f"{_PROFILES}/backport-subscription-status-r4"]}}
    return made | {"parameter": parameters}


def _event(number: int, notice: Notice, *, focus: bool) -> FhirJson:
    parts: list[FhirJson] = [
        {"name": "event-number", "valueString": str(number)},
        {"name": "timestamp", "valueInstant": notice.at.isoformat()},
    ]
    if focus:
        parts.append({"name": "focus", "valueReference": {"reference": notice.fact}})
    return {"name": "notification-event", "part": parts}
