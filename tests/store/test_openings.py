"""What was opened of what others told: every store counts the same, from the audit trail."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from plain import arrival, plain_exchange
from vado.exchange.ports import Audit, Exchange, Settled, Store
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.fact import Evidence, Fact
from vado.model.original import Arrival, Original, OriginalId, PartnerId, State, original_id
from vado.model.person import LinkEvent, LinkKind, MatchGrade
from vado.model.reading import Fidelity, Place
from vado.model.said import CITIZEN

START = datetime(2026, 1, 1, tzinfo=UTC)
HOSP, GP, HOME = (PartnerId(p) for p in ("hosp", "gp", "home"))
TOLD = ((HOSP, 1), (HOSP, 2), (GP, 1), (HOME, 2))  # who tells of which person


def message(n: int, person: int) -> str:
    head = f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{n}|P|2.5"
    name = f"PID|1||{person}^^^HOSP^MR||Prado{person}^Inés||195{person}0704|F"
    return f"{head}\r{name}\rOBR|1|{n}|{n}|GLU^Glucose^L|||20260102\rOBX|1|NM|GLU^Glucose^L||{n}|%|||||F|||20260102"


def place(store: Store) -> dict[str, str]:
    """Fill a store, and give what the trail calls things: 'hosp/1' the patient, 'hosp/1 value', 'hosp/1 original'."""
    x: Exchange = plain_exchange(store)
    list(receive(x, [arrival(message(n, person), partner=partner) for n, (partner, person) in enumerate(TOLD)]))
    names: dict[str, str] = {}
    with store.begin() as tx:
        for row in tx.rows(limit=99):
            o, facts = row.original, tx.facts_from(row.original.partner, row.original.id)
            patient = next(f for f in facts if f.kind == "Patient")
            key = f"{o.partner}/{patient.resource['identifier'][0]['value']}"
            value = next(f.id for f in facts if f.kind == "Observation")
            names |= {key: patient.id, f"{key} value": value, f"{key} original": f"{o.partner}/{o.id}"}
            tx.add_link(LinkEvent(patient.id, f"p{key[-1]}", LinkKind.LINK, MatchGrade.CERTAIN, 9.0, (), "rule", START))
        for id_, role, partner in (
            ("luis", Role.PRACTITIONER, GP), ("app", Role.CLIENT, GP), ("ana", Role.PRACTITIONER, HOSP), ("boss", Role.MANAGER, GP),
            ("oscar", Role.OPERATOR, PartnerId("")), ("rosa", Role.CITIZEN, PartnerId("")), ("nowhere", Role.PRACTITIONER, PartnerId("")),
        ):  # fmt: skip
            tx.accounts.put(Account(f"id-{id_}", id_, role, partner))
    return names


def look(store: Store, who: str, subject: str, hours: float = 5, action: str = "read") -> None:
    with store.begin() as tx:
        tx.audit(Audit(START + timedelta(hours=hours), who, action, subject))


def opened(store: Store, since: datetime = START) -> tuple[tuple[Any, ...], ...]:
    with store.look() as tx:
        return tuple(sorted((s, r, n) for r in (HOSP, GP, HOME, CITIZEN) for s, n in tx.flow.count_openings(r, since)))


LOOKS = {
    "a record, of all who told of the person": ([("luis", "p2")], ((HOME, GP, 1), (HOSP, GP, 1))),
    "oneself is nobody else": ([("luis", "p1")], ((HOSP, GP, 1),)),
    "one value": ([("ana", "gp/1 value")], ((GP, HOSP, 1),)),
    "one original": ([("luis", "home/2 original")], ((HOME, GP, 1),)),
    "a patient of a partner": ([("luis", "hosp/2")], ((HOSP, GP, 1),)),
    "a program of an account": ([("app", "hosp/1 value")], ((HOSP, GP, 1),)),
    "a program with a key": ([("partner:home", "hosp/2")], ((HOSP, HOME, 1),)),
    "the same person twice is one": ([("luis", "hosp/1"), ("app", "p1"), ("luis", "hosp/1 value")], ((HOSP, GP, 1),)),
    "two persons are two": ([("luis", "hosp/1"), ("luis", "hosp/2")], ((HOSP, GP, 2),)),
    "nobody of a partner": ([(w, "p1") for w in ("boss", "oscar", "rosa", "nowhere", "id-luis", "vado", "")], ()),
    "what is not there": ([("luis", s) for s in ("", "/", "p9", "x" * 64, "/" + "a" * 64, "hosp/" + "a" * 64, "hosp1" + "b" * 64)], ()),
}  # fmt: skip


@pytest.mark.parametrize("name", LOOKS)
def test_what_counts_as_opened(stores: tuple[Store, Store], name: str) -> None:
    looks, wanted = LOOKS[name]
    for store in stores:
        names = place(store)
        for who, subject in looks:
            look(store, who, names.get(subject, subject))
        assert opened(store) == wanted


def test_only_reading_and_taking_lately(stores: tuple[Store, Store]) -> None:
    for store in stores:
        names = place(store)
        look(store, "luis", names["hosp/1"], action="found")
        look(store, "partner:gp", names["hosp/1"], action="export")  # a delivery: nobody has opened it
        look(store, "luis", names["hosp/1"], hours=-1)
        assert opened(store) == ()
        assert opened(store, START - timedelta(days=1)) == (), "it had not come yet when they looked"
        look(store, "luis", names["hosp/1"], action="export")
        assert opened(store) == ((HOSP, GP, 1),)
        assert opened(store, START + timedelta(hours=5)) == ((HOSP, GP, 1),) and opened(store, START + timedelta(hours=6)) == ()


def test_what_people_say_of_themselves_is_no_partner(stores: tuple[Store, Store]) -> None:
    for store in stores:
        place(store)
        original = Original(original_id(b"own"), CITIZEN, "me", "", START)
        evidence = Evidence(CITIZEN, original.id, (Place(original.id, "1"),), "me/1", "1", Fidelity.CODED, 1.0, None)
        own = Fact({"resourceType": "Patient", "id": "own"}, evidence, "own")
        with store.begin() as tx:
            tx.keep(Arrival(CITIZEN, "me", b"own", "", None), media_type="", received=START)
            tx.settle(Settled(original, State.READ, None, (own,), (), ()))
            tx.add_link(LinkEvent("own", "p1", LinkKind.LINK, MatchGrade.CERTAIN, 9.0, (), "rule", START))
        for subject in ("p1", "own", f"citizen/{original.id}"):
            look(store, "luis", subject)
        assert opened(store) == ((HOSP, GP, 1),)


def test_what_came_after_the_look_was_not_opened(stores: tuple[Store, Store]) -> None:
    for store in stores:
        place(store)
        look(store, "ana", "p1", hours=0)
        assert opened(store) == ()
        look(store, "ana", "p1", hours=1)
        assert opened(store) == ((GP, HOSP, 1),)


def look_by_look(store: Store, since: datetime) -> tuple[tuple[Any, ...], ...]:
    """Count once more: each event by itself, asking the store what a page would ask."""
    seen = set()
    with store.look() as tx:
        for event in reversed(tx.audits(limit=10_000)):
            reader, account = event.who.partition("partner:")[2], tx.accounts.named(event.who)
            if account and account.role in {Role.PRACTITIONER, Role.CLIENT} and event.action in {"read", "export"}:
                reader = account.partner
            elif event.action != "read":
                continue
            facts = [*tx.versions(event.subject)]
            if person := tx.person(event.subject):
                facts += [f for f in tx.facts_about([p.id for p in person.patients]) if f.kind == "Patient"]
            partner, _, original = event.subject.rpartition("/")
            facts += tx.facts_from(PartnerId(partner), OriginalId(original)) if len(original) == 64 else []
            for fact in facts if reader and event.at >= since else []:
                row = tx.row(fact.evidence.partner, fact.evidence.original)
                links = tx.links_of([fact.patient]) if fact.patient else ()
                if row and row.original.received <= event.at and fact.evidence.partner not in {reader, CITIZEN}:
                    seen |= {(fact.evidence.partner, reader, link.person) for link in links}
    pairs = sorted({(source, reader) for source, reader, _ in seen})
    return tuple((*pair, sum((s, r) == pair for s, r, _ in seen)) for pair in pairs)


@pytest.mark.parametrize("seed", range(3))
def test_counted_look_by_look_it_is_the_same(stores: tuple[Store, Store], seed: int) -> None:
    counts = []
    for store in stores:
        chance, names = Random(seed), place(store)
        things = [*names.values(), "p1", "p2", "p3", "", "gp/x", "doctor"]
        for n in range(60):
            who = chance.choice(["luis", "app", "ana", "boss", "partner:home", "partner:gp", "rosa", "id-luis"])
            look(store, who, chance.choice(things), n / 20, chance.choice(["read", "read", "export", "found"]))
            if n == 30:  # whose record it is turns out otherwise
                with store.begin() as tx:
                    tx.add_link(LinkEvent(names["home/2"], "p3", LinkKind.LINK, MatchGrade.CERTAIN, 9.0, (), "ana", START))
            for since in (START, START + timedelta(hours=1, minutes=30)):
                found = opened(store, since)
                if n % 10 == 9:
                    assert found == look_by_look(store, since)
                counts.append(found)
    half = len(counts) // 2
    assert counts[:half] == counts[half:] and len(set(counts)) > 5, "else the comparison shows little"
