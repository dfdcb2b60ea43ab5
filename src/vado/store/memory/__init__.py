"""The plain reference: dictionaries. Every other store must agree with it in tests/store/."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from vado.exchange.ports import ALL, OPEN, Audit, Count, Former, Row, Settled, Unsure
from vado.exchange.ports.fhir import Touched
from vado.model.export import Export
from vado.model.fact import End, Entry, Fact, tally
from vado.model.original import Arrival, Original, OriginalId, PartnerId, State, original_id
from vado.model.person import Demographics, Doubt, LinkEvent, Person, words_to_find
from vado.model.reading import Issue, Reading
from vado.model.review import Decision, from_paper, is_settled
from vado.model.term import Accepted, Concept
from vado.store.memory.accesses import MemoryAccesses
from vado.store.memory.accounts import MemoryAccounts
from vado.store.memory.bulk import MemoryBulk
from vado.store.memory.collaboration import MemoryCollaboration
from vado.store.memory.fhir import MemoryShelf
from vado.store.memory.flow import MemoryFlow
from vado.store.memory.looks import MemoryLooks
from vado.store.memory.notices import MemoryNotices
from vado.store.memory.outbox import MemoryOutbox
from vado.store.memory.owed import MemoryReplies
from vado.store.memory.traffic import MemoryTraffic
from vado.store.memory.trail import MemoryTrail
from vado.store.order import as_told, newest, newest_each, people_of, touched
from vado.store.words import words_of

Key = tuple[PartnerId, OriginalId]
K = TypeVar("K", str, int)


_ALONE = Lock()


@dataclass
class MemoryStore:
    """Everything in dictionaries; one transaction at a time; a rollback restores shallow copies."""

    kept: dict[Key, Original] = field(default_factory=dict)
    states: dict[Key, State] = field(default_factory=dict)
    settled: dict[Key, Settled] = field(default_factory=dict)
    known: dict[str, Demographics] = field(default_factory=dict)
    blocks: dict[str, frozenset[str]] = field(default_factory=dict)  # patient -> keys
    links: tuple[LinkEvent, ...] = ()
    questions: dict[str, Doubt] = field(default_factory=dict)
    words: tuple[Decision, ...] = ()
    trail: MemoryTrail = field(default_factory=MemoryTrail)
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    replies: MemoryReplies = field(default_factory=MemoryReplies)
    before: tuple[tuple[Key, Former], ...] = ()
    mapped: dict[tuple[PartnerId, str], Accepted] = field(default_factory=dict)
    vocabulary: dict[tuple[str, str, str], Concept] = field(default_factory=dict)
    feeds: dict[tuple[PartnerId, str], tuple[int, int]] = field(default_factory=dict)
    noted_exports: dict[str, Export] = field(default_factory=dict)
    notices: MemoryNotices = field(default_factory=MemoryNotices)
    collaboration: MemoryCollaboration = field(default_factory=MemoryCollaboration)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    fhir: MemoryShelf = field(default_factory=MemoryShelf)
    traffic: MemoryTraffic = field(init=False)
    flow: MemoryFlow = field(init=False)

    def __post_init__(self) -> None:
        self.traffic = MemoryTraffic(self._all_rows, lambda: self.questions.values())
        self.flow = MemoryFlow(
            self._all_settled, lambda: self.outbox.rows.values(), lambda: self.questions.values(), lambda: self.links,
            lambda: (s.event for s in self.trail.kept), lambda: self.accounts.everyone(), lambda: self.fhir.dated(),
        )  # fmt: skip

    @contextmanager
    def begin(self) -> Iterator["MemoryStore"]:
        """Open a transaction."""
        before = {name: copy(value) for name, value in vars(self).items()}
        self.fhir.touched, self.outbox.fresh = Touched(), set()
        try:
            yield self
        except BaseException:
            vars(self).update(before)
            raise

    def alone(self) -> AbstractContextManager[Any]:
        """Keep others who would be alone waiting."""
        return _ALONE

    def look(self) -> AbstractContextManager["MemoryStore"]:
        """Open a transaction that only reads."""
        return self.begin()

    def close(self) -> None:
        """Nothing to close."""

    @property
    def accesses(self) -> MemoryAccesses:
        """The audit trail, numbered."""
        return MemoryAccesses(tuple(s.event for s in self.trail.kept))

    @property
    def looks(self) -> MemoryLooks:
        """Who looked at what, and what was told since."""
        return MemoryLooks(tuple(s.event for s in self.trail.kept), self._told)

    @property
    def bulk(self) -> MemoryBulk:
        """What bulk export asks."""
        return MemoryBulk(self._told, self.noted_exports)

    # originals

    def keep(self, arrival: Arrival, *, media_type: str, received: datetime) -> tuple[Original, bool]:
        """Keep it, or find it: (original, True if it is new)."""
        id_, size = original_id(arrival.content), len(arrival.content)
        return self.keep_original(
            Original(id_, arrival.partner, arrival.channel, media_type, received, arrival.parent, size, arrival.name)
        )

    def keep_original(self, original: Original) -> tuple[Original, bool]:
        """Keep what has its name already, or find it."""
        key = (original.partner, original.id)
        if key in self.kept:
            return self.kept[key], False
        self.kept[key], self.states[key] = original, State.KEPT
        return original, True

    def _all_settled(self) -> Iterator[tuple[Settled, State]]:
        for key, original in self.kept.items():
            yield self.settled.get(key) or Settled(original, State.KEPT, None), self.states[key]

    def _all_rows(self) -> list[Row]:
        return [row for key in self.kept if (row := self.row(*key))]

    def row(self, partner: PartnerId, original: OriginalId) -> Row | None:
        """Give the ledger's row of one original, or None."""
        key = (partner, original)
        if key not in self.kept:
            return None
        s = self.settled.get(key)
        if s is None:
            return Row(self.kept[key], self.states[key])
        reader = s.reading.reader.partition("/")[0] if s.reading else ""
        fidelity = int(s.reading.fidelity) if s.reading else None
        ends = {end.value: n for end, n in tally(s.ledger).items() if n}
        return Row(s.original, self.states[key], reader, fidelity, len(s.facts), ends, s.issues)

    def rows(
        self, *, state: State | None = None, partner: PartnerId | None = None, after: str = "", limit: int = 100
    ) -> tuple[Row, ...]:
        """List rows by time received, partner and id."""
        rows = (self.row(*key) for key in self.kept)
        found = [r for r in rows if r and state in (None, r.state) and partner in (None, r.original.partner)]
        found.sort(key=lambda r: r.original.cursor)
        return tuple(r for r in found if r.original.cursor > after)[:limit]

    def children(self, partner: PartnerId, parent: OriginalId) -> tuple[Row, ...]:
        """List what was unpacked from this one, by id."""
        keys = sorted(k for k, o in self.kept.items() if o.partner == partner and o.parent == parent)
        return tuple(r for r in (self.row(*k) for k in keys) if r)

    def reading(self, partner: PartnerId, original: OriginalId) -> Reading | None:
        """Give what was seen in this original; children are originals of their own and not repeated."""
        s = self.settled.get((partner, original))
        return replace(s.reading, children=()) if s and s.reading else None

    def ledger(self, partner: PartnerId, original: OriginalId) -> tuple[Entry, ...]:
        """Give the end of every source element."""
        s = self.settled.get((partner, original))
        return s.ledger if s else ()

    def settle(self, settled: Settled) -> None:
        """Replace what was known from this original."""
        key = (settled.original.partner, settled.original.id)
        self.outbox.changed(touched(self.facts_from(*key), settled.facts))
        before = self.settled[key].facts if key in self.settled else ()
        self.fhir.touched.facts |= {f"{f.kind}/{f.id}" for f in (*before, *settled.facts)}
        self.fhir.facts |= self.fhir.touched.facts
        self.settled[key], self.states[key], self.kept[key] = settled, settled.state, settled.original

    def read_by(self, partner: PartnerId, original: OriginalId) -> str:
        """Name the reader and version whose reading is in force."""
        s = self.settled.get((partner, original))
        return s.reading.reader if s and s.reading else ""

    def retire(self, partner: PartnerId, original: OriginalId, at: datetime) -> None:
        """Keep what this original says now as what it said before."""
        s = self.settled.get((partner, original))
        if s and s.reading:
            said = Former(s.reading.reader, at, s.facts, replace(s.reading, children=()), s.ledger, s.issues)
            self.before = (*self.before, ((partner, original), said))

    def former(self, partner: PartnerId, original: OriginalId) -> tuple[Former, ...]:
        """What it said to earlier readings, oldest first."""
        return tuple(f for key, f in self.before if key == (partner, original))

    def set_state(self, partner: PartnerId, original: OriginalId, state: State) -> None:
        """Change where an original stands."""
        self.states[(partner, original)] = state

    def complain(self, partner: PartnerId, original: OriginalId, found: Issue) -> None:
        """Add an issue to an original that has been settled."""
        key = (partner, original)
        if key in self.settled:
            self.settled[key] = replace(self.settled[key], issues=(*self.settled[key].issues, found))

    # facts

    def _told(self) -> Iterator[tuple[Fact, datetime]]:
        for s in self.settled.values():
            for fact in s.facts:
                yield fact, s.original.received

    def versions(self, fact: str, *, limit: int | None = None) -> tuple[Fact, ...]:
        """List all tellings of one fact, or so many, newest first."""
        return newest((f, at) for f, at in self._told() if f.id == fact)[:limit]

    def facts_from(self, partner: PartnerId, original: OriginalId) -> tuple[Fact, ...]:
        """List the facts of one original in its order."""
        s = self.settled.get((partner, original))
        return s.facts if s else ()

    def told_of(self, partner: PartnerId, original: OriginalId, *, first: int = ALL) -> frozenset[tuple[str, str | None]]:
        """Give (resource type, patient) of what an original says, or of the first so many facts of it."""
        return frozenset((f.kind, f.patient) for f in self.facts_from(partner, original)[:first])

    def facts_about(self, patients: Iterable[str], *, until: datetime | None = None) -> tuple[Fact, ...]:
        """List the newest version of every fact about these patients, by id; as it was known then."""
        wanted = set(patients)
        told = ((f, at) for f, at in self._told() if f.patient in wanted)
        return newest_each(as_told(told, lambda keys: [b for b in self.before if b[0] in keys], wanted, until))

    def facts_named(self, ids: Iterable[str]) -> tuple[Fact, ...]:
        """List the newest version of each of these facts, by id."""
        wanted = set(ids)
        return newest_each((f, at) for f, at in self._told() if f.id in wanted)

    # terms

    def accept(self, row: Accepted) -> None:
        """Put a row of a partner's concept map in force."""
        self.mapped = {**self.mapped, (row.partner, row.local): row}

    def accepted(self, partner: PartnerId) -> tuple[Accepted, ...]:
        """The row in force for each local code of this partner, by local code."""
        return tuple(row for (p, _), row in sorted(self.mapped.items()) if p == partner)

    def learn(self, concepts: Iterable[Concept]) -> None:
        """Load concepts of a code system."""
        self.vocabulary = {**self.vocabulary, **{(c.system, c.code, c.language): c for c in concepts}}

    def concepts(self, words: str, *, limit: int = 100) -> tuple[Concept, ...]:
        """Concepts that share a word with these, most shared words first."""
        wanted = words_of(words)
        shared = [(len(wanted & words_of(c.display)), c) for c in self.vocabulary.values()]
        found = sorted((-n, c.system, c.code, c.language, c) for n, c in shared if n)
        return tuple(c for *_, c in found)[:limit]

    # persons

    def demographics(self, patients: Iterable[str]) -> tuple[Demographics, ...]:
        """List what is known for matching, by patient."""
        return tuple(self.known[p] for p in sorted(set(patients)) if p in self.known)

    def know(self, demographics: Demographics, keys: Iterable[str]) -> None:
        """Remember one patient for matching."""
        self.known[demographics.patient] = demographics
        self.blocks[demographics.patient] = frozenset(keys)

    def everybody(self, after: str = "", limit: int = 1000) -> tuple[Demographics, ...]:
        """List what is known for matching, by patient."""
        return tuple(self.known[p] for p in sorted(self.known) if p > after)[:limit]

    def candidates(self, keys: Iterable[str], most: int = 500, enough: int = 40) -> tuple[tuple[Demographics, ...], int]:
        """List the patients known under any of these keys, rarest keys first; count the keys that too many share."""
        shared = [([p for p, own in self.blocks.items() if key in own], key) for key in set(keys)]
        few = sorted((len(some), key, some) for some, key in shared if len(some) <= most)
        chosen: set[str] = set()
        for _, _, some in few:
            if len(chosen) >= enough:
                break
            chosen.update(some)
        return self.demographics(chosen), len(shared) - len(few)

    def add_link(self, event: LinkEvent) -> None:
        """Append a decision."""
        left = {e.person for e in self.links_of((event.patient,))} - {event.person}
        self.outbox.changed((event.patient,), left="".join(left))
        self.fhir.touched.persons |= {event.person, *(e.person for e in self.links_of((event.patient,)))}
        self.links = self.fhir.links = (*self.links, event)

    def links_of(self, patients: Iterable[str]) -> tuple[LinkEvent, ...]:
        """Give the event in force for each of these patients, by patient."""
        last = {e.patient: e for e in self.links}
        return tuple(last[p] for p in sorted(set(patients)) if p in last)

    def link_history(self, patient: str) -> tuple[LinkEvent, ...]:
        """List every decision on this patient, oldest first."""
        return tuple(e for e in self.links if e.patient == patient)

    def person(self, person: str) -> Person | None:
        """Give the person with the patients that are linked now, oldest link first."""
        return self.people((person,)).get(person)

    def people(self, persons: Iterable[str]) -> dict[str, Person]:
        """Give those of these persons whom there are."""
        wanted, last = set(persons), dict[str, LinkEvent]()
        for event in self.links:
            last.pop(event.patient, None)
            last[event.patient] = event
        events = [e for e in last.values() if e.person in wanted]
        return people_of(events, self.facts_named(e.patient for e in events))

    def ever_in(self, person: str) -> tuple[str, ...]:
        """List all patients that ever were linked to this person, by id."""
        return tuple(sorted({e.patient for e in self.links if e.person == person}))

    def count_feed(self, partner: PartnerId, day: str, *, arrived: int, joined: int) -> None:
        """Add to what is counted of one partner on one day."""
        a, j = self.feeds.get((partner, day), (0, 0))
        self.feeds = {**self.feeds, (partner, day): (a + arrived, j + joined)}

    def feed(self, partner: PartnerId) -> tuple[tuple[str, int, int], ...]:
        """Give (day, arrived, joined) of each day of a partner, oldest first."""
        return tuple((day, a, j) for (p, day), (a, j) in sorted(self.feeds.items()) if p == partner)

    def persons(self) -> tuple[str, ...]:
        """List all persons' ids, in order."""
        return tuple(sorted({e.person for e in {e.patient: e for e in self.links}.values()}))

    def joined(self, after: str = "", limit: int = 1000) -> tuple[str, ...]:
        """List persons with more than one patient, by id."""
        count = Counter(e.person for e in {e.patient: e for e in self.links}.values())
        return tuple(sorted(p for p, n in count.items() if n > 1 and p > after))[:limit]

    def find_persons(self, tokens: Iterable[str], *, limit: int = 50) -> tuple[str, ...]:
        """List persons with a patient that has every word, by id."""
        wanted = frozenset(tokens)
        patients = [p for p, d in self.known.items() if wanted and wanted <= words_to_find(d)]
        return tuple(sorted({e.person for e in self.links_of(patients)}))[:limit]

    def patients_like(self, beginnings: Iterable[str], *, limit: int = 1000) -> tuple[str, ...]:
        """List the patients that for each of these have a word that begins so, by id."""
        wanted, linked = set(beginnings), {e.patient for e in self.links}
        found = [p for p, d in self.known.items() if wanted and p in linked and _all_begin(wanted, words_to_find(d))]
        return tuple(sorted(found))[:limit]

    # doubts

    def ask(self, doubt: Doubt) -> None:
        """Let a person decide; asking again changes nothing."""
        self.questions.setdefault(doubt.id, doubt)

    def doubts(self, verdicts: Iterable[str] | None = OPEN, *, limit: int = 100) -> tuple[Doubt, ...]:
        """List doubts by time, then id."""
        wanted = None if verdicts is None else set(verdicts)
        found = [d for d in self.questions.values() if wanted is None or d.verdict in wanted]
        return tuple(sorted(found, key=lambda d: (d.at, d.id)))[:limit]

    def doubt(self, doubt: str) -> Doubt | None:
        """Give one doubt."""
        return self.questions.get(doubt)

    def answer(self, doubt: str, verdict: str, by: str) -> None:
        """Note a person's verdict."""
        self.questions[doubt] = replace(self.questions[doubt], verdict=verdict, by=by)

    # review

    def to_review(self, *, partner: PartnerId | None = None) -> tuple[tuple[Fact, datetime], ...]:
        """Every value read from paper that no person has settled, with when it was received; by fact id."""
        found: dict[str, datetime] = {}
        for fact, at in self._told():
            if from_paper(fact) and partner in (None, fact.evidence.partner):
                found[fact.id] = min(at, found.get(fact.id, at))
        standing = (f for f in self.facts_named(found) if from_paper(f))
        return tuple((f, found[f.id]) for f in standing if not is_settled(f, self.decisions(facts=[f.id])))

    def unsure(self, *, partner: PartnerId | None = None) -> tuple[Unsure, ...]:
        """What orders the values that wait."""
        waiting = ((f.id, f.kind, f.evidence, at) for f, at in self.to_review(partner=partner))
        return tuple(Unsure(id_, kind, e.partner, e.confidence, e.reader, e.rule, at) for id_, kind, e, at in waiting)

    def decide(self, decision: Decision) -> None:
        """Append a person's decision."""
        self.outbox.changed(touched((decision.proposed,)))
        self.words = (*self.words, decision)
        ref = f"{decision.proposed.kind}/{decision.fact}"
        self.fhir.touched.facts.add(ref)
        self.fhir.facts |= {ref}

    def decisions(
        self, *, facts: Iterable[str] = (), patients: Iterable[str] = (), partner: PartnerId | None = None
    ) -> tuple[Decision, ...]:
        """List decisions, oldest first."""
        on, about = set(facts), set(patients)
        return tuple(
            d for d in self.words
            if d.fact in on or d.proposed.patient in about or d.proposed.evidence.partner == partner
        )  # fmt: skip

    # audit and counts

    def audit(self, event: Audit) -> None:
        """Append to the trail."""
        self.trail.note(event)

    def audits(self, *, subject: str = "", limit: int = 100) -> tuple[Audit, ...]:
        """List the trail, newest first."""
        return self.trail.newest(subject, limit)

    def counts(self) -> tuple[Count, ...]:
        """Count per partner and format."""
        groups: dict[tuple[PartnerId, str], list[Row]] = {}
        for key in self.kept:
            if row := self.row(*key):
                groups.setdefault((key[0], row.reader), []).append(row)
        return tuple(self._count(*group, rows) for group, rows in sorted(groups.items()))

    def _count(self, partner: PartnerId, reader: str, rows: list[Row]) -> Count:
        facts = [f for r in rows for f in self.facts_from(partner, r.original.id)]
        patients = {f.id for f in facts if f.kind == "Patient"}
        originals = {r.original.id for r in rows}
        open_doubts = [d for d in self.doubts(limit=10**9) if d.partner == partner and d.original in originals]
        return Count(
            partner, reader, len(rows),
            _sum({r.state.value: 1} for r in rows),
            _sum({int(f.evidence.fidelity): 1} for f in facts),
            sum(len(r.issues) for r in rows),
            _sum({e.value: r.ends.get(e.value, 0) for e in End} for r in rows),
            len({e.person for e in self.links_of(patients)}),
            len(open_doubts),
        )  # fmt: skip


def _all_begin(beginnings: Iterable[str], words: Iterable[str]) -> bool:
    return all(any(word.startswith(b) for word in words) for b in beginnings)


def _sum(parts: Iterable[Mapping[K, int]]) -> dict[K, int]:
    total: dict[K, int] = {}
    for part in parts:
        for key, n in part.items():
            if n:
                total[key] = total.get(key, 0) + n
    return dict(sorted(total.items()))
