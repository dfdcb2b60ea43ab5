"""One transaction: the port's methods as small named queries. No SQL text is built from input."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from operator import itemgetter
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Select, delete, func, insert, select, update

from vado.exchange.flow import flows_of
from vado.exchange.ports import ALL, OPEN, Audit, Count, Former, Row, Settled, Unsure
from vado.model.codec import from_plain, to_plain
from vado.model.fact import Entry, Evidence, Fact, tally
from vado.model.original import Arrival, Original, OriginalId, PartnerId, State, original_id
from vado.model.person import Demographics, Doubt, LinkEvent, Person, words_to_find
from vado.model.reading import Issue, Reading
from vado.model.review import WHOLE, Decision, by_fact, from_paper, is_settled
from vado.model.term import Accepted, Concept
from vado.store.order import Told, as_told, newest, newest_each, people_of, rank, touched
from vado.store.sql import asked as q
from vado.store.sql import tables as t
from vado.store.sql.accesses import SqlAccesses
from vado.store.sql.accounts import SqlAccounts
from vado.store.sql.blocks import hashed, list_of, members, packed, unpacked
from vado.store.sql.bulk import SqlBulk
from vado.store.sql.collaboration import SqlCollaboration
from vado.store.sql.concepts import find, learn
from vado.store.sql.counts import count, count_feed, feed
from vado.store.sql.dialect import begins, put, upsert
from vado.store.sql.fhir import SqlShelf
from vado.store.sql.flow import SqlFlow, so_far, standing
from vado.store.sql.formers import formers, retire
from vado.store.sql.looks import SqlLooks
from vado.store.sql.notices import SqlNotices
from vado.store.sql.once import parts
from vado.store.sql.outbox import SqlOutbox
from vado.store.sql.owed import SqlReplies
from vado.store.sql.traffic import SqlTraffic
from vado.store.sql.trail import Heads, SqlTrail

T = TypeVar("T")


class SqlTransaction:
    """See exchange.ports.Transaction for what each method promises."""

    def __init__(self, connection: Connection, heads: Heads) -> None:
        self._db = connection
        self.accesses, self.bulk, self.notices = SqlAccesses(connection), SqlBulk(connection), SqlNotices(connection)
        self.flow, self.accounts = SqlFlow(connection), SqlAccounts(connection)
        self.collaboration = SqlCollaboration(connection)
        self.outbox = SqlOutbox(connection, self.flow)
        self.trail = SqlTrail(connection, heads)
        self.fhir = SqlShelf(connection)
        self.traffic, self.looks = SqlTraffic(connection), SqlLooks(connection, _told)
        self.replies = SqlReplies(connection)

    # originals

    def keep(self, arrival: Arrival, *, media_type: str, received: datetime) -> tuple[Original, bool]:
        """Keep it, or find it: (original, True if it is new)."""
        id_, size = original_id(arrival.content), len(arrival.content)
        return self.keep_original(
            Original(id_, arrival.partner, arrival.channel, media_type, received, arrival.parent, size, arrival.name)
        )

    def keep_original(self, original: Original) -> tuple[Original, bool]:
        """Keep what has its name already, or find it."""
        o = original
        if q.KEEP.rows(
            self._db, **_original_columns(o), state=State.KEPT.value, reader="", fidelity=None, facts=0, ends="{}", issues="[]"
        ):
            self.flow.change(Counter(), flows_of(Settled(o, State.KEPT, None), State.KEPT))
            return o, True
        row = self.row(o.partner, o.id)
        if row is None:
            raise RuntimeError("an original that conflicts must be there")
        return row.original, False

    def row(self, partner: PartnerId, original: OriginalId) -> Row | None:
        """Give the ledger's row of one original, or None."""
        found = q.ROW.rows(self._db, partner=partner, id=original)
        return _row(found[0]) if found else None

    def rows(
        self, *, state: State | None = None, partner: PartnerId | None = None, after: str = "", limit: int = 100
    ) -> tuple[Row, ...]:
        """List rows by time received, partner and id."""
        query = select(t.original).where(t.original.c.cursor > after).order_by(t.original.c.cursor).limit(limit)
        if state is not None:
            query = query.where(t.original.c.state == state.value)
        if partner is not None:
            query = query.where(t.original.c.partner == partner)
        return tuple(map(_row, self._db.execute(query)))

    def children(self, partner: PartnerId, parent: OriginalId) -> tuple[Row, ...]:
        """List what was unpacked from this one, by id."""
        return tuple(map(_row, q.CHILDREN.rows(self._db, partner=partner, parent=parent)))

    def reading(self, partner: PartnerId, original: OriginalId) -> Reading | None:
        """Give what was seen in this original; children are originals of their own and not repeated."""
        body = self._reading_column(t.reading.c.body, partner, original)
        return from_plain(Reading, _unpack(body)) if body else None

    def ledger(self, partner: PartnerId, original: OriginalId) -> tuple[Entry, ...]:
        """Give the end of every source element."""
        body = self._reading_column(t.reading.c.ledger, partner, original)
        return from_plain(tuple[Entry, ...], _unpack(body)) if body else ()

    def settle(self, settled: Settled) -> None:
        """Replace what was known from this original."""
        o, r, mine = settled.original, settled.reading, {"partner": settled.original.partner, "original": settled.original.id}
        self.flow.change(so_far(self, o.partner, o.id), flows_of(settled, settled.state))
        q.SETTLE.do(
            self._db, **_original_columns(o), state=settled.state.value,
            reader=r.reader.partition("/")[0] if r else "", fidelity=int(r.fidelity) if r else None,
            facts=len(settled.facts), ends=_json({e.value: n for e, n in tally(settled.ledger).items() if n}),
            issues=_json(to_plain(settled.issues)),
        )  # fmt: skip
        q.FORGET_READING.do(self._db, **mine)
        before = q.FORGET_FACTS.rows(self._db, **mine)  # (type, id, patient)
        self.outbox.changed(sorted({patient for _, _, patient in before if patient}.union(touched(settled.facts))))
        self.fhir.touched.facts.update(f"{kind}/{id_}" for kind, id_, _ in before)
        self.fhir.touched.facts.update(f"{f.kind}/{f.id}" for f in settled.facts)
        if r:
            body, ledger = _pack(to_plain(replace(r, children=()))), _pack(to_plain(settled.ledger))
            q.KEEP_READING.do(self._db, **mine, reader=r.reader, body=body, ledger=ledger)
        if settled.facts:
            received = o.received.isoformat()
            put(self._db, t.fact, _FACT, [_fact_row(f, n, o, received) for n, f in enumerate(settled.facts)])

    def read_by(self, partner: PartnerId, original: OriginalId) -> str:
        """Name the reader and version whose reading is in force."""
        return self._reading_column(t.reading.c.reader, partner, original) or ""

    def retire(self, partner: PartnerId, original: OriginalId, at: datetime) -> None:
        """Keep what this original says now as what it said before."""
        retire(self._db, partner, original, self.facts_from(partner, original), at)

    def former(self, partner: PartnerId, original: OriginalId) -> tuple[Former, ...]:
        """What it said to earlier readings, oldest first."""
        return tuple(one for _, one in formers(self._db, {(partner, original)}))

    def set_state(self, partner: PartnerId, original: OriginalId, state: State) -> None:
        """Change where an original stands."""
        if row := self.row(partner, original):
            self.flow.change(standing(row, row.state), standing(row, state))
            q.SET_STATE.do(self._db, partner=partner, id=original, state=state.value)

    def complain(self, partner: PartnerId, original: OriginalId, found: Issue) -> None:
        """Add an issue to an original that has been settled."""
        row = self.row(partner, original)
        if row is not None and row.state is not State.KEPT:
            mine = (t.original.c.partner == partner, t.original.c.id == original)
            anew = replace(row, issues=(*row.issues, found))
            self._db.execute(update(t.original).where(*mine).values(issues=_json(to_plain(anew.issues))))
            self.flow.change(standing(row, row.state), standing(anew, row.state))

    # facts

    def versions(self, fact: str, *, limit: int | None = None) -> tuple[Fact, ...]:
        """List all tellings of one fact, or so many, newest first."""
        some = q.VERSIONS.rows(self._db, id=fact) if limit is None else q.NEWEST.rows(self._db, id=fact, most=limit)
        return newest(_told(some))[:limit]

    def facts_from(self, partner: PartnerId, original: OriginalId) -> tuple[Fact, ...]:
        """List the facts of one original in its order."""
        return tuple(f for f, _ in _told(q.FACTS_FROM.rows(self._db, partner=partner, original=original)))

    def told_of(self, partner: PartnerId, original: OriginalId, *, first: int = ALL) -> frozenset[tuple[str, str | None]]:
        """Give (resource type, patient) of what an original says, or of the first so many facts of it."""
        return frozenset(map(tuple, q.TOLD_OF.rows(self._db, partner=partner, original=original, first=first)))

    def facts_about(self, patients: Iterable[str], *, until: datetime | None = None) -> tuple[Fact, ...]:
        """List the newest version of every fact about these patients, by id; as it was known then."""
        ours = tuple(patients)
        return newest_each(as_told(_told(q.FACTS_ABOUT.rows(self._db, ours)), partial(formers, self._db), ours, until))

    def facts_named(self, ids: Iterable[str]) -> tuple[Fact, ...]:
        """List the newest version of each of these facts, by id."""
        return newest_each(_told(q.FACTS_NAMED.rows(self._db, ids)))

    # terms

    def accept(self, row: Accepted) -> None:
        """Put a row of a partner's concept map in force."""
        self._db.execute(insert(t.accepted).values(partner=row.partner, local=row.local, body=_json(to_plain(row))))

    def accepted(self, partner: PartnerId) -> tuple[Accepted, ...]:
        """The row in force for each local code of this partner, by local code."""
        newest_row = dict(q.ACCEPTED.rows(self._db, partner=partner))
        return tuple(from_plain(Accepted, orjson.loads(newest_row[local])) for local in sorted(newest_row))

    def learn(self, concepts: Iterable[Concept]) -> None:
        """Load concepts of a code system."""
        learn(self._db, concepts)

    def concepts(self, words: str, *, limit: int = 100) -> tuple[Concept, ...]:
        """Concepts that share a word with these, most shared words first."""
        return find(self._db, words, limit)

    # persons

    def demographics(self, patients: Iterable[str]) -> tuple[Demographics, ...]:
        """List what is known for matching, by patient."""
        return _known(q.DEMOGRAPHICS.rows(self._db, patients))

    def know(self, demographics: Demographics, keys: Iterable[str]) -> None:
        """Remember one patient for matching."""
        p, body, hashes = demographics.patient, _json(to_plain(demographics)), sorted({hashed(k) for k in keys})
        before = q.HASHES.one(self._db, id=p)
        number = q.KNOW.one(self._db, id=p, demographics=body, hashes=packed(hashes))
        self._stand_under(number, set(unpacked(before or b"")), set(hashes))
        if before is not None:
            q.FORGET_WORDS.do(self._db, patient=p)
        if words := [(w, p) for w in sorted(words_to_find(demographics))]:
            put(self._db, t.word, ("word", "patient"), words)

    def _stand_under(self, number: int, before: set[int], now: set[int]) -> None:
        """Change the keys of one patient; most tellings change none."""
        if gone := before - now:
            self._db.execute(delete(t.block).where(t.block.c.patient == number, t.block.c.key.in_(sorted(gone))))
        if new := [(k, number) for k in sorted(now - before)]:
            put(self._db, t.block, ("key", "patient"), new)

    def everybody(self, after: str = "", limit: int = 1000) -> tuple[Demographics, ...]:
        """List what is known for matching, by patient."""
        rows = self._db.execute(
            select(t.patient.c.demographics).where(t.patient.c.id > after).order_by(t.patient.c.id).limit(limit)
        )
        return tuple(from_plain(Demographics, orjson.loads(body)) for body in rows.scalars())

    def candidates(self, keys: Iterable[str], most: int = 500, enough: int = 40) -> tuple[tuple[Demographics, ...], int]:
        """List the patients known under any of these keys, rarest keys first; count the keys that too many share."""
        texts = {hashed(k): k for k in keys}
        if not texts:
            return (), 0
        # one bounded search a key, in one question: what a million share must not be read to be passed over
        asked = {"keys": list_of(self._db.engine, texts), "bound": most + 1}
        found = {key: members(some) for key, some in q.SHARING.rows(self._db, **asked)}
        few = sorted((len(some), texts[key], some) for key, some in found.items() if 0 < len(some) <= most)
        chosen: set[int] = set()
        for _, _, some in few:
            if len(chosen) >= enough:
                break
            chosen.update(some)
        crowded = sum(len(some) > most for some in found.values())
        return self._numbered(chosen), crowded

    def _numbered(self, numbers: Iterable[int]) -> tuple[Demographics, ...]:
        asked = {"numbers": list_of(self._db.engine, sorted(numbers))}
        return _known(q.NUMBERED.rows(self._db, **asked))

    def add_link(self, event: LinkEvent) -> None:
        """Append a decision; it is in force from now on."""
        left = q.HOME.one(self._db, patient=event.patient)
        self.outbox.changed((event.patient,), left=left if left and left != event.person else "")
        self.fhir.touched.persons |= {event.person, left or event.person}
        whose = {"patient": event.patient, "person": event.person}
        q.PUT_LINK.do(self._db, **whose, seq=q.ADD_LINK.one(self._db, **whose, body=_json(to_plain(event))))

    def links_of(self, patients: Iterable[str]) -> tuple[LinkEvent, ...]:
        """Give the event in force for each of these patients, by patient."""
        return tuple(sorted(_links(q.LINKS_OF.rows(self._db, patients)), key=lambda e: e.patient))

    def link_history(self, patient: str) -> tuple[LinkEvent, ...]:
        """List every decision on this patient, oldest first."""
        mine = select(t.link_event.c.body).where(t.link_event.c.patient == patient)
        return _links(self._db.execute(mine.order_by(t.link_event.c.seq)))

    def person(self, person: str) -> Person | None:
        """Give the person with the patients that are linked now, oldest link first."""
        return self.people((person,)).get(person)

    def people(self, persons: Iterable[str]) -> dict[str, Person]:
        """Give those of these persons whom there are."""
        events = _links(row[:1] for row in sorted(q.LINKS_IN.rows(self._db, persons), key=itemgetter(1)))
        return people_of(events, self.facts_named(e.patient for e in events))

    def ever_in(self, person: str) -> tuple[str, ...]:
        """List all patients that ever were linked to this person, by id."""
        event = t.link_event.c
        query = select(event.patient).distinct().where(event.person == person).order_by(event.patient)
        return tuple(self._db.execute(query).scalars())

    def count_feed(self, partner: PartnerId, day: str, *, arrived: int, joined: int) -> None:
        """Add to what is counted of one partner on one day."""
        count_feed(self._db, partner, day, arrived, joined)

    def feed(self, partner: PartnerId) -> tuple[tuple[str, int, int], ...]:
        """Give (day, arrived, joined) of each day of a partner, oldest first."""
        return feed(self._db, partner)

    def persons(self) -> tuple[str, ...]:
        """List all persons' ids, in order."""
        return tuple(self._db.execute(select(t.link.c.person).distinct().order_by(t.link.c.person)).scalars())

    def joined(self, after: str = "", limit: int = 1000) -> tuple[str, ...]:
        """List persons with more than one patient, by id."""
        person = t.link.c.person
        query = select(person).where(person > after).group_by(person).having(func.count() > 1).order_by(person).limit(limit)
        return tuple(self._db.execute(query).scalars())

    def find_persons(self, tokens: Iterable[str], *, limit: int = 50) -> tuple[str, ...]:
        """List persons with a patient that has every word, by id."""
        query: Select[Any] = select(t.link.c.person).distinct().order_by(t.link.c.person).limit(limit)
        words = sorted(set(tokens))
        for one in words:
            query = query.where(t.link.c.patient.in_(select(t.word.c.patient).where(t.word.c.word == one)))
        return tuple(self._db.execute(query).scalars()) if words else ()

    def patients_like(self, beginnings: Iterable[str], *, limit: int = 1000) -> tuple[str, ...]:
        """List the patients that for each of these have a word that begins so, by id."""
        starts, word = sorted(set(beginnings), key=len), t.word.c
        each = (select(word.patient).where(begins(self._db.engine, word.word, b)) for b in starts)
        query = select(t.link.c.patient).where(*(t.link.c.patient.in_(one) for one in each)).order_by(t.link.c.patient)
        return tuple(self._db.execute(query.limit(limit)).scalars()) if starts else ()

    # doubts

    def ask(self, doubt: Doubt) -> None:
        """Let a person decide; asking again changes nothing."""
        self._db.execute(
            upsert(self._db.engine, t.doubt)
            .values(
                id=doubt.id, partner=doubt.partner, original=doubt.original, verdict=doubt.verdict,
                at=doubt.at.isoformat(), weight=doubt.weight, body=_json(to_plain(doubt)), by=doubt.by,
            )
            .on_conflict_do_nothing()
        )  # fmt: skip

    def doubts(self, verdicts: Iterable[str] | None = OPEN, *, limit: int = 100) -> tuple[Doubt, ...]:
        """List doubts by time, then id."""
        d = t.doubt.c
        query = select(d.body, d.verdict, d.by).order_by(d.at, d.id).limit(limit)
        return tuple(_doubts(self._db.execute(query if verdicts is None else query.where(d.verdict.in_(tuple(verdicts))))))

    def doubt(self, doubt: str) -> Doubt | None:
        """Give one doubt."""
        return next(_doubts(q.DOUBT.rows(self._db, id=doubt)), None)

    def answer(self, doubt: str, verdict: str, by: str) -> None:
        """Note a person's verdict."""
        self._db.execute(update(t.doubt).where(t.doubt.c.id == doubt).values(verdict=verdict, by=by))

    # review

    def to_review(self, *, partner: PartnerId | None = None) -> tuple[tuple[Fact, datetime], ...]:
        """Every value read from paper that no person has settled, with when it was received; by fact id."""
        f, done = t.fact.c, t.settled.c
        settled = select(done.fact).where(done.fact == f.id, done.original == f.original).exists()
        query = select(f.id).where(f.confidence < 1, ~settled)  # in Python each once: `distinct` would go through all facts
        found = sorted(set(self._db.execute(query.where(f.partner == partner) if partner else query).scalars()))
        standing = [fact for fact in self.facts_named(found) if from_paper(fact)]
        said = by_fact(self.decisions(facts=[fact.id for fact in standing]))
        received = self._first_received([fact.id for fact in standing], partner)
        return tuple((fact, received[fact.id]) for fact in standing if not is_settled(fact, said.get(fact.id, ())))

    def unsure(self, *, partner: PartnerId | None = None) -> tuple[Unsure, ...]:
        """What orders the values that wait; the newest telling of each counts."""
        f, done = t.fact.c, t.settled.c
        settled = select(done.fact).where(done.fact == f.id, done.original == f.original).exists()
        query = select(f.id, f.kind, f.partner, f.confidence, f.evidence, f.received, f.rank).where(f.confidence < 1, ~settled)
        newest: dict[str, Any] = {}
        first: dict[str, str] = {}
        for row in self._db.execute(query.where(f.partner == partner) if partner else query):
            if row.kind not in WHOLE:
                first[row.id] = min(row.received, first.get(row.id, row.received))
                if row.id not in newest or (row.rank or "") > (newest[row.id].rank or ""):
                    newest[row.id] = row
        return tuple(_unsure(newest[id_], datetime.fromisoformat(first[id_])) for id_ in sorted(newest))

    def _first_received(self, facts: Iterable[str], partner: PartnerId | None) -> dict[str, datetime]:
        f, found = t.fact.c, {}
        for some in parts(facts):
            query = select(f.id, func.min(f.received)).where(f.id.in_(some), f.confidence < 1).group_by(f.id)
            query = query.where(f.partner == partner) if partner else query
            found |= {id_: datetime.fromisoformat(at) for id_, at in self._db.execute(query)}
        return found

    def decide(self, decision: Decision) -> None:
        """Append a person's decision."""
        d, told = decision, decision.proposed
        self.outbox.changed(touched((told,)))
        self.fhir.touched.facts.add(f"{told.kind}/{d.fact}")
        row = {"fact": d.fact, "patient": told.patient, "partner": told.evidence.partner, "body": _json(to_plain(d))}
        self._db.execute(insert(t.decision).values(**row))
        here = {"fact": d.fact, "original": told.evidence.original}
        self._db.execute(delete(t.settled).where(t.settled.c.fact == d.fact))  # an undo may open other tellings of the same words
        if is_settled(told, self.decisions(facts=[d.fact])):
            self._db.execute(insert(t.settled).values(**here))

    def decisions(
        self, *, facts: Iterable[str] = (), patients: Iterable[str] = (), partner: PartnerId | None = None
    ) -> tuple[Decision, ...]:
        """List decisions, oldest first."""
        d, found = t.decision.c, {*q.DECIDED.rows(self._db, facts), *q.DECIDED_ABOUT.rows(self._db, patients)}
        if partner is not None:
            found |= {(seq, body) for seq, body in self._db.execute(select(d.seq, d.body).where(d.partner == partner))}
        return tuple(from_plain(Decision, orjson.loads(body)) for _, body in sorted(found))

    # audit and counts

    def audit(self, event: Audit) -> None:
        """Append to the trail."""
        self.trail.note(event)

    def audits(self, *, subject: str = "", limit: int = 100) -> tuple[Audit, ...]:
        """List the trail, newest first."""
        return self.trail.newest(subject, limit)

    def counts(self) -> tuple[Count, ...]:
        """Count per partner and format."""
        return count(self._db)

    # rows to nouns

    def _reading_column(self, column: Any, partner: PartnerId, original: OriginalId) -> Any:
        mine = (t.reading.c.partner == partner, t.reading.c.original == original)
        return self._db.execute(select(column).where(*mine)).scalar_one_or_none()


def _told(rows: Iterable[Any]) -> Iterator[Told]:
    for resource, evidence, patient, received, *_ in rows:
        said = from_plain(Evidence, orjson.loads(evidence))
        yield Fact(orjson.loads(resource), said, patient), datetime.fromisoformat(received)


def _unsure(row: Any, received: datetime) -> Unsure:
    said = orjson.loads(row.evidence)
    return Unsure(row.id, row.kind, PartnerId(row.partner), row.confidence, said["reader"], said["rule"], received)


def _known(rows: Iterable[Any]) -> tuple[Demographics, ...]:
    return tuple(sorted((from_plain(Demographics, orjson.loads(body)) for (body,) in rows), key=lambda d: d.patient))


def _links(rows: Iterable[Any]) -> tuple[LinkEvent, ...]:
    return tuple(from_plain(LinkEvent, orjson.loads(body)) for (body,) in rows)


def _doubts(rows: Iterable[Any]) -> Iterator[Doubt]:
    return (replace(from_plain(Doubt, orjson.loads(body)), verdict=verdict, by=by) for body, verdict, by in rows)


def _original_columns(o: Original) -> dict[str, Any]:
    return {
        "partner": o.partner, "id": o.id, "channel": o.channel, "media_type": o.media_type,
        "received": o.received.isoformat(), "parent": o.parent, "size": o.size, "name": o.name, "cursor": o.cursor,
    }  # fmt: skip


_FACT = (
    "partner", "original", "received", "n", "id", "kind", "patient", "fidelity", "confidence", "resource", "evidence", "digest", "rank",
)  # fmt: skip


def _fact_row(f: Fact, n: int, o: Original, received: str) -> tuple[Any, ...]:
    e = f.evidence
    said = (int(e.fidelity), e.confidence, _json(f.resource), _json(to_plain(e)), _digest(f.wording), rank((f, o.received)))
    return (o.partner, o.id, received, n, f.id, f.kind, f.patient, *said)


def _digest(wording: bytes) -> int:
    return int.from_bytes(blake2b(wording, digest_size=8).digest(), signed=True)


def _row(r: Any) -> Row:
    partner, id_, channel, media_type, received, parent, size, name, state, reader, fidelity, facts, ends, issues, _ = r
    original = Original(
        OriginalId(id_), PartnerId(partner), channel, media_type, datetime.fromisoformat(received),
        OriginalId(parent) if parent else None, size, name,
    )  # fmt: skip
    said = from_plain(tuple[Issue, ...], orjson.loads(issues))
    return Row(original, State(state), reader, fidelity, facts, orjson.loads(ends), said)


def _json(plain: Any) -> str:
    return orjson.dumps(plain).decode()


def _pack(plain: Any) -> bytes:
    return zlib.compress(orjson.dumps(plain), 1)


def _unpack(body: bytes) -> Any:
    return orjson.loads(zlib.decompress(body))
