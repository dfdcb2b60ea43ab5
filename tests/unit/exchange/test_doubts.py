"""The worklist of doubts: its orders, and an answer taken back whatever happened since."""

import pytest

from plain import arrival, plain_exchange
from vado.errors import NotFound, VadoError
from vado.exchange import consult, doubts, review
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.record import Viewer

ME, OTHER = Viewer("me"), Viewer("other")
INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"


def message(control: str, patient: str, more: str = "") -> str:
    return f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|{control}|P|2.5\rPID|1||{patient}\r{more}"


@pytest.fixture
def x() -> Exchange:
    exchange = plain_exchange()
    told = [
        (message("1", f"1001^^^HOSP^MR||{INES}"), "hospital"),
        (message("2", "7^^^CLI^MR||Prado^Inés||19510703|F"), "clinic"),
        (message("3", "8^^^HOSP^MR||Gil Mora^Rosa||19600311|F", "AL1|1|DA|^Penicillin\r"), "hospital"),
        (message("4", "9^^^CLI^MR||Gil^Rosa||19600312|F"), "clinic"),
    ]
    list(receive(exchange, [arrival(m, partner=p) for m, p in told]))
    return exchange


def pair_of(x: Exchange, family: str) -> str:
    return next(a.doubt.id for a in doubts.worklist(x, ME).asked if family in a.one.resource["name"][0]["family"])


def persons(x: Exchange) -> dict[str, str]:
    with x.store.begin() as tx:
        return {e.patient: e.person for e in tx.links_of(d.patient for d in tx.everybody())}


def test_by_harm_the_pair_with_an_allergy_comes_first(x: Exchange) -> None:
    assert len(doubts.worklist(x, ME).ids) == 2
    assert doubts.worklist(x, ME, by_harm=True).ids[0] == pair_of(x, "Gil")


def test_an_answer_is_taken_back_after_others_came_and_moved(x: Exchange) -> None:
    before, ines = persons(x), pair_of(x, "Prado")
    review.settle_doubt(x, ines, "same", ME)
    list(receive(x, [arrival(message("5", f"55^^^INS^MR||{INES}"), partner="insurer")]))  # a rule links it to the joined person
    joined = persons(x)
    newcomer = next(p for p in joined if p not in before)
    with pytest.raises(VadoError, match="RE-009"):
        doubts.take_back(x, ines, OTHER)
    doubts.take_back(x, ines, ME)
    after = persons(x)
    with x.store.begin() as tx:
        hospital, clinic = (
            next(p for p in tx.patients_like(["prado"]) if tx.facts_named([p])[0].evidence.partner == n)
            for n in ("hospital", "clinic")
        )
    assert after[hospital] != after[clinic]
    assert after[newcomer] == after[hospital], "the rule linked it with that one, whichever of the two was moved"
    assert {p: after[p] for p in before if p not in (hospital, clinic)} == {
        p: before[p] for p in before if p not in (hospital, clinic)
    }
    assert ines in doubts.worklist(x, ME).ids
    with pytest.raises(VadoError, match="RE-009"):
        doubts.take_back(x, ines, ME)
    with pytest.raises(NotFound):
        doubts.take_back(x, "none", ME)
    review.settle_doubt(x, ines, "same", ME)  # and it can be answered again, and taken back again
    doubts.take_back(x, ines, ME)
    assert persons(x) == after


def test_a_pair_that_became_one_by_another_way_is_asked_no_more(x: Exchange) -> None:
    shown = doubts.show(x, pair_of(x, "Gil"), ME)
    review.merge(x, shown.one.patient.id, shown.other.patient.id, OTHER)
    assert len(doubts.worklist(x, ME).ids) == 1
    assert len(consult.all_persons(x, ME)) == 3


def test_only_ones_own_answers_in_force_are_listed(x: Exchange) -> None:
    gil, ines = pair_of(x, "Gil"), pair_of(x, "Prado")
    review.settle_doubt(x, gil, "different", ME)
    review.settle_doubt(x, ines, "different", OTHER)
    assert [a.doubt.id for a in doubts.recent(x, ME)] == [gil]
    doubts.take_back(x, gil, ME)
    assert doubts.recent(x, ME) == ()


def test_every_look_is_audited(x: Exchange) -> None:
    gil = pair_of(x, "Gil")
    doubts.show(x, gil, ME)
    with x.store.begin() as tx:
        assert ("read", gil) in {(a.action, a.subject) for a in tx.audits(limit=20)}
