"""One transaction: the port's methods as small named queries. No SQL text is built from input."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Select, delete, func, insert, select, update

from vado.exchange.flow import flows_of
from vado.exchange.ports import Audit, Count, Former, Row, Settled
from vado.model.codec import from_plain, to_plain
from vado.model.fact import Entry, Evidence, Fact, tally
from vado.model.original import Arrival, Original, OriginalId, PartnerId, State, original_id
from vado.model.person import Demographics, Doubt, LinkEvent, Person, words_to_find
from vado.model.reading import Issue, Reading
from vado.model.review import Decision, by_fact, from_paper, is_settled
from vado.model.term import Accepted, Concept
from vado.store.order import Told, as_told, newest, newest_each, touched
from vado.store.sql import tables as t
from vado.store.sql.accesses import SqlAccesses
from vado.store.sql.accounts import SqlAccounts
from vado.store.sql.blocks import hashed, list_of, members, numbered, packed, sharing, unpacked
from vado.store.sql.bulk import SqlBulk
from vado.store.sql.concepts import find, learn
from vado.store.sql.counts import count, count_feed, feed
from vado.store.sql.dialect import begins, upsert
from vado.store.sql.fhir import SqlShelf
from vado.store.sql.flow import SqlFlow, so_far, standing
from vado.store.sql.formers import formers, retire
from vado.store.sql.notices import SqlNotices
from vado.store.sql.outbox import SqlOutbox
from vado.store.sql.traffic import SqlTraffic
from vado.store.sql.trail import Heads, SqlTrail

T = TypeVar("T")
_MANY = 500  # values in one IN (...): SQLite takes 32,766, PostgreSQL's driver 65,535


class SqlTransaction:
    """See exchange.ports.Transaction for what each method promises."""

    def __init__(self, connection: Connection, heads: Heads) -> None:
        self._db = connection
        self.accesses, self.bulk, self.notices = SqlAccesses(connection), SqlBulk(connection), SqlNotices(connection)
        self.flow, self.accounts = SqlFlow(connection), SqlAccounts(connection)
        self.outbox = SqlOutbox(connection, self.flow)
        self.trail, self.fhir, self.traffic = SqlTrail(connection, heads), SqlShelf(connection), SqlTraffic(connection)

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
        new = self._db.execute(
            upsert(self._db.engine, t.original)
            .values(**_original_columns(o), state=State.KEPT.value, reader="", fidelity=None, facts=0, ends="{}", issues="[]")
            .on_conflict_do_nothing()
            .returning(t.original.c.id)
        ).first()
        if new:
            self.flow.change(Counter(), flows_of(Settled(o, State.KEPT, None), State.KEPT))
            return o, True
        row = self.row(o.partner, o.id)
        if row is None:
            raise RuntimeError("an original that conflicts must be there")
        return row.original, False

    def row(self, partner: PartnerId, original: OriginalId) -> Row | None:
        """Give the ledger's row of one original, or None."""
        found = self._rows(select(t.original).where(t.original.c.partner == partner, t.original.c.id == original))
        return found[0] if found else None

    def rows(
        self, *, state: State | None = None, partner: PartnerId | None = None, after: str = "", limit: int = 100
    ) -> tuple[Row, ...]:
        """List rows by time received, partner and id."""
        query = select(t.original).where(t.original.c.cursor > after).order_by(t.original.c.cursor).limit(limit)
        if state is not None:
            query = query.where(t.original.c.state == state.value)
        if partner is not None:
            query = query.where(t.original.c.partner == partner)
        return self._rows(query)

    def children(self, partner: PartnerId, parent: OriginalId) -> tuple[Row, ...]:
        """List what was unpacked from this one, by id."""
        mine = select(t.original).where(t.original.c.partner == partner, t.original.c.parent == parent)
        return self._rows(mine.order_by(t.original.c.id))

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
        o, r, mine = settled.original, settled.reading, (settled.original.partner, settled.original.id)
        self.flow.change(so_far(self, *mine), flows_of(settled, settled.state))
        self._db.execute(
            update(t.original)
            .where(t.original.c.partner == o.partner, t.original.c.id == o.id)
            .values(
                **_original_columns(o), state=settled.state.value,
                reader=r.reader.partition("/")[0] if r else "", fidelity=int(r.fidelity) if r else None,
                facts=len(settled.facts), ends=_json({e.value: n for e, n in tally(settled.ledger).items() if n}),
                issues=_json(to_plain(settled.issues)),
            )
        )  # fmt: skip
        self._db.execute(delete(t.reading).where(t.reading.c.partner == o.partner, t.reading.c.original == o.id))
        columns = (t.fact.c.kind, t.fact.c.id, t.fact.c.patient)
        gone = delete(t.fact).where(t.fact.c.partner == o.partner, t.fact.c.original == o.id).returning(*columns)
        before = self._db.execute(gone).all()
        self.outbox.changed(sorted({r.patient for r in before if r.patient}.union(touched(settled.facts))))
        self.fhir.touched.facts.update(f"{one.kind}/{one.id}" for one in (*before, *settled.facts))
        if r:
            body, ledger = _pack(to_plain(replace(r, children=()))), _pack(to_plain(settled.ledger))
            self._db.execute(
                insert(t.reading).values(partner=o.partner, original=o.id, reader=r.reader, body=body, ledger=ledger)
            )
        if settled.facts:
            received = o.received.isoformat()
            self._db.execute(insert(t.fact), [_fact_columns(f, n, mine, received) for n, f in enumerate(settled.facts)])

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
            mine = t.original.c.partner == partner, t.original.c.id == original
            self._db.execute(update(t.original).where(*mine).values(state=state.value))

    def complain(self, partner: PartnerId, original: OriginalId, found: Issue) -> None:
        """Add an issue to an original that has been settled."""
        row = self.row(partner, original)
        if row is not None and row.state is not State.KEPT:
            mine = (t.original.c.partner == partner, t.original.c.id == original)
            anew = replace(row, issues=(*row.issues, found))
            self._db.execute(update(t.original).where(*mine).values(issues=_json(to_plain(anew.issues))))
            self.flow.change(standing(row, row.state), standing(anew, row.state))

    # facts

    def versions(self, fact: str) -> tuple[Fact, ...]:
        """List all tellings of one fact, newest first."""
        return newest(self._told(select(t.fact).where(t.fact.c.id == fact)))

    def facts_from(self, partner: PartnerId, original: OriginalId) -> tuple[Fact, ...]:
        """List the facts of one original in its order."""
        mine = select(t.fact).where(t.fact.c.partner == partner, t.fact.c.original == original)
        return tuple(f for f, _ in self._told(mine.order_by(t.fact.c.n)))

    def facts_about(self, patients: Iterable[str], *, until: datetime | None = None) -> tuple[Fact, ...]:
        """List the newest version of every fact about these patients, by id; as it was known then."""
        ours = tuple(patients)
        told = (told for some in _chunks(ours) for told in self._told(select(t.fact).where(t.fact.c.patient.in_(some))))
        return newest_each(as_told(told, partial(formers, self._db), ours, until))

    def facts_named(self, ids: Iterable[str]) -> tuple[Fact, ...]:
        """List the newest version of each of these facts, by id."""
        return newest_each(told for some in _chunks(ids) for told in self._told(select(t.fact).where(t.fact.c.id.in_(some))))

    # terms

    def accept(self, row: Accepted) -> None:
        """Put a row of a partner's concept map in force."""
        self._db.execute(insert(t.accepted).values(partner=row.partner, local=row.local, body=_json(to_plain(row))))

    def accepted(self, partner: PartnerId) -> tuple[Accepted, ...]:
        """The row in force for each local code of this partner, by local code."""
        mine = select(t.accepted.c.local, t.accepted.c.body).where(t.accepted.c.partner == partner).order_by(t.accepted.c.seq)
        newest_row = {r.local: r.body for r in self._db.execute(mine)}
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
        return self._known(lambda some: t.patient.c.id.in_(some), patients)

    def know(self, demographics: Demographics, keys: Iterable[str]) -> None:
        """Remember one patient for matching."""
        p, body, hashes = demographics.patient, _json(to_plain(demographics)), sorted({hashed(k) for k in keys})
        before = self._db.execute(select(t.patient.c.hashes).where(t.patient.c.id == p)).scalar_one_or_none()
        row = {"demographics": body, "hashes": packed(hashes)}
        known = upsert(self._db.engine, t.patient).values(id=p, **row)
        number = self._db.execute(
            known.on_conflict_do_update(index_elements=["id"], set_=row).returning(t.patient.c.number)
        ).scalar_one()
        self._stand_under(number, set(unpacked(before or b"")), set(hashes))
        self._db.execute(delete(t.word).where(t.word.c.patient == p))
        if words := [{"word": w, "patient": p} for w in sorted(words_to_find(demographics))]:
            self._db.execute(insert(t.word), words)

    def _stand_under(self, number: int, before: set[int], now: set[int]) -> None:
        """Change the keys of one patient; most tellings change none."""
        if gone := before - now:
            self._db.execute(delete(t.block).where(t.block.c.patient == number, t.block.c.key.in_(sorted(gone))))
        if new := [{"key": k, "patient": number} for k in sorted(now - before)]:
            self._db.execute(insert(t.block), new)

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
        answered: Any = self._db.execute(sharing(self._db.engine), asked)
        found = {key: members(some) for key, some in answered}
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
        bodies = self._db.execute(numbered(self._db.engine), asked).scalars()
        return tuple(sorted((from_plain(Demographics, orjson.loads(b)) for b in bodies), key=lambda d: d.patient))

    def add_link(self, event: LinkEvent) -> None:
        """Append a decision; it is in force from now on."""
        left = self._db.execute(select(t.link.c.person).where(t.link.c.patient == event.patient)).scalar_one_or_none()
        self.outbox.changed((event.patient,), left=left if left and left != event.person else "")
        self.fhir.touched.persons |= {event.person, left or event.person}
        seq = self._db.execute(
            insert(t.link_event)
            .values(patient=event.patient, person=event.person, body=_json(to_plain(event)))
            .returning(t.link_event.c.seq)
        ).scalar_one()
        in_force = {"person": event.person, "seq": seq}
        now = upsert(self._db.engine, t.link).values(patient=event.patient, **in_force)
        self._db.execute(now.on_conflict_do_update(index_elements=["patient"], set_=in_force))

    def links_of(self, patients: Iterable[str]) -> tuple[LinkEvent, ...]:
        """Give the event in force for each of these patients, by patient."""
        found = (event for some in _chunks(patients) for event in self._links(_in_force().where(t.link.c.patient.in_(some))))
        return tuple(sorted(found, key=lambda e: e.patient))

    def link_history(self, patient: str) -> tuple[LinkEvent, ...]:
        """List every decision on this patient, oldest first."""
        mine = select(t.link_event.c.body).where(t.link_event.c.patient == patient)
        return self._links(mine.order_by(t.link_event.c.seq))

    def person(self, person: str) -> Person | None:
        """Give the person with the patients that are linked now, oldest link first."""
        events = self._links(_in_force().where(t.link.c.person == person).order_by(t.link.c.seq))
        facts = {f.id: f for f in self.facts_named(e.patient for e in events)}
        events = tuple(e for e in events if e.patient in facts)
        return Person(person, tuple(facts[e.patient] for e in events), events) if events else None

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

    def knows_system(self, system: str) -> bool:
        """Say whether any patient has a number of this issuer."""
        said = orjson.dumps({"system": system}).decode()[1:-1]
        found = select(t.patient.c.id).where(t.patient.c.demographics.contains(said, autoescape=True)).limit(1)
        return self._db.execute(found).first() is not None

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

    def doubts(self, *, open_only: bool = True, limit: int = 100) -> tuple[Doubt, ...]:
        """List doubts by time, then id."""
        query = select(t.doubt).order_by(t.doubt.c.at, t.doubt.c.id).limit(limit)
        return self._doubts(query.where(t.doubt.c.verdict == "") if open_only else query)

    def doubt(self, doubt: str) -> Doubt | None:
        """Give one doubt."""
        return next(iter(self._doubts(select(t.doubt).where(t.doubt.c.id == doubt))), None)

    def answer(self, doubt: str, verdict: str, by: str) -> None:
        """Note a person's verdict."""
        self._db.execute(update(t.doubt).where(t.doubt.c.id == doubt).values(verdict=verdict, by=by))

    # review

    def to_review(self, *, partner: PartnerId | None = None) -> tuple[tuple[Fact, datetime], ...]:
        """Every value read from paper that no person has settled, with when it was received; by fact id."""
        f, done = t.fact.c, t.settled.c
        settled = select(done.fact).where(done.fact == f.id, done.original == f.original).exists()
        query = select(f.id).distinct().where(f.confidence < 1, ~settled)
        found = self._db.execute(query.where(f.partner == partner) if partner else query).scalars().all()
        standing = [fact for fact in self.facts_named(found) if from_paper(fact)]
        said = by_fact(self.decisions(facts=[fact.id for fact in standing]))
        received = self._first_received([fact.id for fact in standing], partner)
        return tuple((fact, received[fact.id]) for fact in standing if not is_settled(fact, said.get(fact.id, ())))

    def _first_received(self, facts: Iterable[str], partner: PartnerId | None) -> dict[str, datetime]:
        f, found = t.fact.c, {}
        for some in _chunks(facts):
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
        d, found = t.decision.c, {}
        wanted = [d.fact.in_(some) for some in _chunks(facts)] + [d.patient.in_(some) for some in _chunks(patients)]
        for condition in [*wanted, d.partner == partner] if partner is not None else wanted:
            found |= {r.seq: r.body for r in self._db.execute(select(d.seq, d.body).where(condition))}
        return tuple(from_plain(Decision, orjson.loads(found[seq])) for seq in sorted(found))

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

    def _rows(self, query: Select[Any]) -> tuple[Row, ...]:
        return tuple(_row(r) for r in self._db.execute(query))

    def _told(self, query: Select[Any]) -> Iterator[Told]:
        for r in self._db.execute(query):
            evidence = from_plain(Evidence, orjson.loads(r.evidence))
            yield Fact(orjson.loads(r.resource), evidence, r.patient), datetime.fromisoformat(r.received)

    def _reading_column(self, column: Any, partner: PartnerId, original: OriginalId) -> Any:
        mine = (t.reading.c.partner == partner, t.reading.c.original == original)
        return self._db.execute(select(column).where(*mine)).scalar_one_or_none()

    def _known(self, condition: Any, ids: Iterable[str]) -> tuple[Demographics, ...]:
        bodies = (
            body
            for some in _chunks(ids)
            for body in self._db.execute(select(t.patient.c.demographics).where(condition(some))).scalars()
        )
        return tuple(sorted((from_plain(Demographics, orjson.loads(b)) for b in bodies), key=lambda d: d.patient))

    def _links(self, query: Select[Any]) -> tuple[LinkEvent, ...]:
        return tuple(from_plain(LinkEvent, orjson.loads(body)) for body in self._db.execute(query).scalars())

    def _doubts(self, query: Select[Any]) -> tuple[Doubt, ...]:
        found = self._db.execute(query)
        return tuple(replace(from_plain(Doubt, orjson.loads(r.body)), verdict=r.verdict, by=r.by) for r in found)


def _in_force() -> Select[Any]:
    return select(t.link_event.c.body).join(t.link, t.link.c.seq == t.link_event.c.seq)


def _original_columns(o: Original) -> dict[str, Any]:
    return {
        "partner": o.partner, "id": o.id, "channel": o.channel, "media_type": o.media_type,
        "received": o.received.isoformat(), "parent": o.parent, "size": o.size, "name": o.name, "cursor": o.cursor,
    }  # fmt: skip


def _fact_columns(fact: Fact, n: int, key: tuple[str, str], received: str) -> dict[str, Any]:
    return {
        "partner": key[0], "original": key[1], "n": n, "id": fact.id, "kind": fact.kind, "patient": fact.patient,
        "fidelity": int(fact.evidence.fidelity), "received": received, "confidence": fact.evidence.confidence,
        "resource": _json(fact.resource), "evidence": _json(to_plain(fact.evidence)),
    }  # fmt: skip


def _row(r: Any) -> Row:
    original = Original(
        OriginalId(r.id), PartnerId(r.partner), r.channel, r.media_type, datetime.fromisoformat(r.received),
        OriginalId(r.parent) if r.parent else None, r.size, r.name,
    )  # fmt: skip
    issues = from_plain(tuple[Issue, ...], orjson.loads(r.issues))
    return Row(original, State(r.state), r.reader, r.fidelity, r.facts, orjson.loads(r.ends), issues)


def _json(plain: Any) -> str:
    return orjson.dumps(plain).decode()


def _pack(plain: Any) -> bytes:
    return zlib.compress(orjson.dumps(plain), 1)


def _unpack(body: bytes) -> Any:
    return orjson.loads(zlib.decompress(body))


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    distinct = iter(dict.fromkeys(values))
    while some := list(islice(distinct, _MANY)):
        yield some
