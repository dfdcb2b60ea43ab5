"""What is counted by month: every store counts the same, and what it should."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from plain import arrival, plain_exchange
from vado.exchange.ports import Audit, Store
from vado.exchange.receive import receive
from vado.exchange.shelve import Shelving
from vado.model.account import Account, Role
from vado.model.flow import Heads, Monthly
from vado.model.original import PartnerId
from vado.model.person import LinkEvent, LinkKind, MatchGrade
from vado.store.sql.store import SqlStore

HOSP, GP = PartnerId("hosp"), PartnerId("gp")
START = datetime(2026, 1, 10, 12, tzinfo=UTC)
FEBRUARY, MARCH = START + timedelta(days=31), START + timedelta(days=62)


def message(person: int, hours: int, now: datetime) -> str:
    """One result, measured so many hours before."""
    at = f"{now - timedelta(hours=hours, minutes=1):%Y%m%d%H%M%S}+0000"
    return (
        f"MSH|^~\\&|LAB|HOSP|||{at}||ORU^R01|{person}{hours}|P|2.5\rPID|1||{person}^^^HOSP^MR||Prado{person}^Inés||195{person}0704|F"
        f"\rOBR|1|{person}{hours}|{person}{hours}|GLU^Glucose^L|||{at}\rOBX|1|NM|GLU^Glucose^L||{hours}|%|||||F|||{at}"
    )


def place(store: Store) -> None:
    """January: the hospital tells of persons 1 and 2. February: the health centre of 1 and 3. March: of 2."""
    for now, partner, told in ((START, HOSP, ((1, 5), (2, 30))), (FEBRUARY, GP, ((1, 9), (3, 2400))), (MARCH, GP, ((2, 1),))):
        x = plain_exchange(store)
        x = replace(x, clock=lambda now=now: now, store=Shelving(store, lambda _: 0.9, lambda now=now: now))
        list(receive(x, [arrival(message(p, h, now), partner=partner) for p, h in told]))
    with store.begin() as tx:
        for row in tx.rows(limit=99):
            o = row.original
            for patient in (f for f in tx.facts_from(o.partner, o.id) if f.kind == "Patient"):
                person = f"p{patient.resource['identifier'][0]['value']}"
                tx.add_link(LinkEvent(patient.id, person, LinkKind.LINK, MatchGrade.CERTAIN, 9.0, (), "rule", START))
        tx.accounts.put(Account("id-ana", "ana", Role.PRACTITIONER, HOSP))
        tx.accounts.put(Account("id-rosa", "rosa", Role.CITIZEN, PartnerId("")))
        for days, who, action in (
            (0, "ana", "read"), (1, "ana", "export"), (2, "ana", "refused"), (31, "partner:gp", "read"), (31, "partner:gp", "export"),
            (31, "id-rosa", "read"), (32, "id-rosa", "read"), (33, "ana", "settle-same"), (34, "ana", "review-accept"), (62, "rosa", "read"),
        ):  # fmt: skip
            tx.audit(Audit(START + timedelta(days=days), who, action, "p1"))


def test_months_are_counted_alike(stores: tuple[Store, Store]) -> None:
    found: list[Monthly] = []
    for store in stores:
        place(store)
        with store.look() as tx:
            found.append(tx.flow.count_months())
    assert found[0] == found[1]
    assert found[0].persons == (("2026-01", 2, 0), ("2026-02", 1, 1), ("2026-03", 0, 1))
    assert found[0].looks == (("2026-01", 2), ("2026-02", 1)), "a delivery to a program is no look, nor is a refusal"
    assert found[0].citizens == (("2026-02", 1),), "one who looks twice is one; a citizen goes by the id, not the name"
    assert found[0].reviewed == (("2026-02", 2),)
    assert found[0].lags == (("2026-01", 5.0, 4), ("2026-02", 9.0, 2), ("2026-03", 1.0, 2)), (
        "a value and its report of each; what is a hundred days old came along as history"
    )


def test_what_another_version_counted_is_counted_anew(fresh_url: Callable[[], str]) -> None:
    store = SqlStore(fresh_url())
    with store.begin() as tx:
        tx.flow.note_heads(Heads(START, monthly=Monthly(looks=(("2026-01", 3),))))
    with store.look() as tx:
        assert tx.flow.heads() == Heads(START, monthly=Monthly(looks=(("2026-01", 3),)))
    with store._engine.begin() as db:  # noqa: SLF001 - as another version would have left it
        db.execute(text("UPDATE heads SET body = replace(body, '\"looks\"', '\"glances\"')"))
    with store.look() as tx:
        assert tx.flow.heads() is None
    store.close()
