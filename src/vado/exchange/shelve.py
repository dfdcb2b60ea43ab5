"""Every fact that may be given out stands in the search index as it is, from the very transaction that changed it.

Whatever changes facts (a reading, a reading anew, a decision, a link), what it touched is put on the shelf before it commits. What
waits for a person or was rejected is not on it; a Patient read from paper and not reviewed is, withheld: it is counted, never given.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count
from typing import Any

import orjson

from vado.exchange.consult import threshold_of
from vado.exchange.ports import Exchange, Store, Transaction
from vado.exchange.ports.fhir import Touched
from vado.model.fact import Fact, FhirJson
from vado.model.query import GONE, VISIBLE, WITHHELD, Change, Entries
from vado.model.review import from_paper
from vado.record.entries import entries
from vado.record.weigh import Below, weigh
from vado.tools.units import canonical

FIDELITY = "urn:x-vado:fidelity"  # system of the tag that says how much a machine can do with what arrived
_AT_ONCE = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shelving:
    """A store whose index is always right. `below`: the confidence under which a partner's values wait for a person."""

    store: Store
    below: Below
    clock: Callable[[], datetime]

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Open a transaction; before it commits, what it touched is put on the shelf."""
        with self.store.begin() as tx:
            yield tx
            if tx.fhir.touched:
                shelve(tx, self.below, self.clock())

    def alone(self) -> AbstractContextManager[None]:
        """Keep others who would be alone waiting."""
        return self.store.alone()

    def look(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that only reads."""
        return self.store.look()

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def shelve(tx: Transaction, below: Below, at: datetime) -> int:
    """Put what this transaction touched on the shelf; give how many resources changed."""
    touched, tx.fhir.touched = tx.fhir.touched, Touched()
    homes = tx.fhir.patients_of(touched.persons)
    refs = sorted(touched.facts | {f"Patient/{p}" for patients in homes.values() for p in patients})
    return sum(_shelve(tx, refs[n : n + _AT_ONCE], below, at) for n in range(0, len(refs), _AT_ONCE))


def rebuild(x: Exchange) -> Iterator[tuple[int, int]]:
    """Put every fact of a place on the shelf, some at a time; give (facts seen, resources changed) after each.

    What stands there right stays as it is. It may be stopped and begun again, while data arrives.
    """
    after, seen, changed = "", 0, 0
    while True:
        with x.store.begin() as tx:
            refs = tx.fhir.every_fact(after, _AT_ONCE)
            if not refs:
                tx.fhir.done()
                return
            changed += _shelve(tx, refs, threshold_of(x), x.clock())
        after, seen = refs[-1].partition("/")[2], seen + len(refs)
        yield seen, changed


def _shelve(tx: Transaction, refs: Iterable[str], below: Below, at: datetime) -> int:
    ids = [ref.partition("/")[2] for ref in refs]
    weighed = weigh(tx.facts_named(ids), tx.decisions(facts=ids), below)
    facts = {f"{f.kind}/{f.id}": f for f in weighed.facts}
    others = _others(tx, facts.values())
    known = tx.fhir.known({*refs, *facts})
    told: list[tuple[str, Fact | None, int, FhirJson, int]] = []
    for ref in sorted({*refs, *facts}):
        fact, before = facts.get(ref), known.get(ref)
        if fact is None:
            if before and before[2] != GONE:
                told.append((ref, None, GONE, {}, 0))
            continue
        state = WITHHELD if fact.kind == "Patient" and from_paper(fact) and not fact.evidence.reviewed else VISIBLE
        resource = given_out(fact, others.get(fact.id, ()))
        digest = _digest(resource)
        if before is None or before[2:] != (state, digest):
            told.append((ref, fact, state, resource, digest))
    if told:
        numbers = count(tx.fhir.clock(len(told), (at - _EPOCH) // timedelta(microseconds=1)))
        tx.fhir.put([_change(*one, known.get(one[0]), changed) for one, changed in zip(told, numbers, strict=False)])
    return len(told)


def _change(  # noqa: PLR0913, PLR0917 - what a version is
    ref: str, fact: Fact | None, state: int, resource: FhirJson, digest: int, before: tuple[int, int, int, int] | None, changed: int
) -> Change:  # fmt: skip
    number, version = (before[0], before[1] + 1) if before else (0, 1)
    found = entries(resource, canonical) if fact else Entries()
    body = versioned(resource, version, changed) if state == VISIBLE else b""
    return Change(ref, fact.patient if fact else None, version, changed, state, digest, body, found, number)


def given_out(fact: Fact, others: Iterable[str]) -> FhirJson:
    """Give a fact as it leaves: with its partner as source, how it was read, and for a Patient the person's other records as 'seealso'."""
    told = fact.resource
    tag: dict[str, Any] = {"system": FIDELITY, "code": fact.evidence.fidelity.name.lower()}
    said = told.get("meta", {})
    meta = {k: v for k, v in said.items() if k not in {"versionId", "lastUpdated"}}
    meta |= {"source": f"urn:x-vado:partner:{fact.evidence.partner}", "tag": [*said.get("tag", ()), tag]}
    links: list[FhirJson] = []
    if fact.kind == "Patient":
        links = [link for link in told.get("link", ()) if link.get("other", {}).get("reference")]
        named = {link["other"]["reference"] for link in links}
        see = [f"Patient/{p}" for p in others if f"Patient/{p}" not in named]
        links += [{"other": {"reference": r}, "type": "seealso"} for r in see]
    rest = {
        k: v for k, v in told.items() if k not in {"resourceType", "id", "meta"} and not (k == "link" and fact.kind == "Patient")
    }
    return {"resourceType": fact.kind, "id": fact.id, "meta": meta} | rest | ({"link": links} if links else {})


def versioned(resource: FhirJson, version: int, changed: int) -> bytes:
    """Give the bytes of one version. `changed`: microseconds since 1970."""
    meta = {"versionId": str(version), "lastUpdated": instant(changed)} | resource["meta"]
    return orjson.dumps(resource | {"meta": meta})


def instant(changed: int) -> str:
    """Give microseconds since 1970 as a FHIR instant."""
    return f"{(_EPOCH + timedelta(microseconds=changed)).isoformat(timespec='microseconds')[:-6]}Z"


def _others(tx: Transaction, facts: Iterable[Fact]) -> dict[str, list[str]]:
    """Give the person's other patients of each Patient among these."""
    home = {e.patient: e.person for e in tx.links_of(f.id for f in facts if f.kind == "Patient")}
    together = tx.fhir.patients_of(set(home.values()))
    return {patient: [p for p in together.get(person, ()) if p != patient] for patient, person in home.items()}


def _digest(resource: FhirJson) -> int:
    raw = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), signed=True)
