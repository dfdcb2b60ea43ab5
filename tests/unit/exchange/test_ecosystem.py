"""The network of a place from what really came in and went out, and who may see it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from plain import arrival, plain_exchange
from vado.collaboration.ecosystem import Said
from vado.errors import NotFound, NotPermitted
from vado.exchange.bridges import count_heads
from vado.exchange.collaboration.ecosystem import SEEN, ecosystem
from vado.exchange.collaboration.travel import as_lines, travel
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Role
from vado.model.codec import from_plain, to_plain
from vado.model.delivery import Delivery, DeliveryState
from vado.model.flow import Heads
from vado.model.original import OriginalId, PartnerId
from vado.model.record import Viewer
from vado.model.said import CITIZEN
from vado.model.survey import Organisation, Roster, Round, Tie

ME, LAB, HOSPITAL = Viewer("me"), PartnerId("lab"), PartnerId("hospital")
ROUND = Round(
    "r1",
    "Spring",
    "ford|1",
    date(2025, 3, 1),
    None,
    (Organisation("H", "Hospital", "hospital", HOSPITAL), Organisation("V", "Volunteers")),
)


def message(number: int, partner: PartnerId) -> object:
    text = "\r".join(
        (
            f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{number}|P|2.5",
            f"PID|1||{number}^^^HOSP^MR||Prado{'abcdefgh'[number]}^Inés||195{number}0704|F|||Calle Mayor 5^^Madrid^^28013||60011122{number}",
            "OBR|1|||GLU^Glucose^L|||20260102",
            f"OBX|1|NM|GLU^Glucose^L||{number}|%||N|||F|||20260102",
        )
    )
    return arrival(text, partner=partner)


def sent(x: Exchange, partner: PartnerId, made: datetime, state: DeliveryState = DeliveryState.SENT) -> None:
    with x.store.begin() as tx:
        tx.outbox.add(
            Delivery(
                f"{partner}{made}{state}", partner, "w", "", made, "d", "", OriginalId(""), "text/plain", state=state, sent=made
            )
        )


@pytest.fixture
def x() -> Exchange:
    """Five women whom the laboratory and the hospital know, and one whom the laboratory alone knows."""
    x = plain_exchange()
    list(receive(x, [message(n, p) for n in range(5) for p in (LAB, HOSPITAL)]))
    list(receive(x, [message(5, LAB)]))
    return x


def test_people_are_counted_by_all_who_hold_something_on_them(x: Exchange) -> None:
    assert count_heads(x).held == (((HOSPITAL, LAB), 5), ((LAB,), 1))


def test_a_count_of_before_still_reads_and_is_made_anew(x: Exchange) -> None:
    before = Heads(datetime(2026, 1, 1, tzinfo=UTC))
    kept = to_plain(before)
    assert "held" not in kept and from_plain(Heads, kept) == before
    now = count_heads(x)
    assert from_plain(Heads, to_plain(now)) == now
    with x.store.begin() as tx:
        tx.flow.note_heads(before)
    place, _, heads = ecosystem(x, ME)
    assert heads.held and sum(place.holdings.values()) == 6


def test_what_is_seen_is_what_was_sent_lately(x: Exchange) -> None:
    now = x.clock()
    sent(x, LAB, now - timedelta(days=SEEN))  # too long ago
    sent(x, HOSPITAL, now, DeliveryState.WAITING)
    assert not ecosystem(x, ME)[0].sent
    sent(x, HOSPITAL, now - timedelta(days=SEEN - 2))
    assert ecosystem(x, ME)[0].sent == {("partner:lab", "partner:hospital"): 5}


def test_the_register_names_organisations_and_their_ties(x: Exchange) -> None:
    with x.store.begin() as tx:
        tx.collaboration.put(ROUND)
        tx.collaboration.put(Roster("r1/H", "r1", "H", (Tie("V", 2, "send"), Tie("somebody", 4))))
        tx.collaboration.put(replace(ROUND, id="r2", opens=date(2025, 9, 1)))  # nobody has said a tie yet
    sent(x, HOSPITAL, x.clock())
    place, round_, _ = ecosystem(x, ME)
    assert round_ == ROUND and [a.id for a in place.actors] == ["H", "V", "partner:lab"]
    assert place.said == {("H", "V"): Said(2, 0)} and place.strangers == 1
    assert place.sent == {("partner:lab", "H"): 5} and place.holdings == {
        frozenset(("H", "partner:lab")): 5,
        frozenset(("partner:lab",)): 1,
    }
    assert not ecosystem(x, ME, "r2")[0].said
    with pytest.raises(NotFound):
        ecosystem(x, ME, "r3")


def test_what_people_say_of_themselves_is_no_organisation(x: Exchange) -> None:
    with x.store.begin() as tx:
        tx.flow.note_heads(Heads(x.clock(), held=(((CITIZEN,), 9), ((CITIZEN, HOSPITAL), 7)), opened=()))
    place = ecosystem(x, ME)[0]
    assert place.holdings == {frozenset(("partner:hospital",)): 7} and all(a.partner != CITIZEN for a in place.actors)


@pytest.mark.parametrize("role", [Role.NOBODY, Role.CLIENT])
def test_not_for_everybody(x: Exchange, role: Role) -> None:
    viewer = Viewer("somebody", role=role)
    for look in (ecosystem, travel):
        with pytest.raises(NotPermitted):
            look(x, viewer)


def test_every_look_is_noted(x: Exchange) -> None:
    ecosystem(x, ME)
    travel(x, ME)
    with x.store.begin() as tx:
        assert [a.action for a in tx.audits(limit=3)][:2] == ["direction", "network"], (
            "a look at the direction is none at the network"
        )


def test_the_direction_leaves_out_the_month_that_is_not_over(x: Exchange) -> None:
    assert travel(x, ME).months == ()
    start = x.clock()
    later = replace(x, clock=lambda: start + timedelta(days=62))
    found = travel(later, ME)
    assert found.months == ("2026-01", "2026-02")
    said = {s["what"]: s["points"] for s in as_lines(found)["series"]}
    assert said["live"] == {"2026-01": 2, "2026-02": 0} and said["originals"] == {"2026-01": 11, "2026-02": 0}
    assert as_lines(found)["people_now"] == 5
