"""Who looked at what, and what was told since: every store says the same."""

from datetime import UTC, datetime, timedelta

from plain import arrival, plain_exchange
from vado.exchange.ports import Audit, Exchange, Store
from vado.exchange.receive import receive

START = datetime(2026, 1, 1, tzinfo=UTC)


def message(control: str, value: str, code: str = "4548-4^HbA1c^LN") -> str:
    head = f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{control}|P|2.5"
    return f"{head}\rPID|1||1^^^HOSP^MR||Prado^Inés||19510704|F\rOBR|1|9|9|{code}|||20260102\rOBX|1|NM|{code}||{value}|%|||||F|||20260102"


def told(x: Exchange, *messages: str) -> list[str]:
    list(receive(x, [arrival(m) for m in messages]))
    with x.store.begin() as tx:
        return [p.id for person in tx.persons() if (found := tx.person(person)) for p in found.patients]


def test_looks_of_one_viewer_newest_first_and_nobody_elses(stores: tuple[Store, Store]) -> None:
    found = []
    for store in stores:
        for n, (who, action, subject) in enumerate(
            [("ana", "read", "p1"), ("ana", "read", "p2"), ("luis", "read", "p3"), ("ana", "found", "p4"), ("ana", "read", "p1")]
        ):
            with store.begin() as tx:
                tx.audit(Audit(START + timedelta(hours=n), who, action, subject))
        with store.begin() as tx:
            look = tx.looks
            found.append((look.times("ana", "p1", limit=9), look.last("ana", limit=9), look.last("ana", limit=1)))
            assert look.last("ana", limit=9, actions=("found", "other")) == (("p4", START + timedelta(hours=3)),)
    at = START + timedelta(hours=4)
    assert found[0] == ((at, START), (("p1", at), ("p2", START + timedelta(hours=1))), (("p1", at),))
    assert found[1] == found[0]


def test_what_is_told_since_is_new_and_a_repetition_is_not(stores: tuple[Store, Store]) -> None:
    found = []
    for store in stores:
        x = plain_exchange(store)
        patients = told(x, message("1", "6.1"))
        then = x.clock()
        told(x, message("2", "6.1"))  # another message that says the same
        with x.store.begin() as tx:
            repeated = tx.looks.told_since(patients, then)
            kinds = {f.id: f.kind for f in tx.facts_about(patients)}
        assert "Observation" not in {kinds[i] for i in repeated}
        told(x, message("3", "7.0"), message("4", "13", "718-7^Hemoglobin^LN"))
        with x.store.begin() as tx:
            now = {f.id: f for f in tx.facts_about(patients)}
            late = tx.looks.told_since(patients, then)
            found.append(
                sorted(str(now[i].resource.get("valueQuantity", {}).get("value")) for i in late if now[i].kind == "Observation")
            )
            assert not tx.looks.told_since(patients, x.clock())
            assert not tx.looks.told_since((), then)
    assert "7.0" in found[0] or "7" in found[0]
    assert found[1] == found[0]
