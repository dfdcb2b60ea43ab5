"""Rounds, invitations and answers: SQLite and PostgreSQL agree with the plain reference."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import TypeVar

import pytest

from vado.exchange.ports import Store, Transaction
from vado.model.funding import Line, Proposal, Side
from vado.model.survey import Action, Agreed, Answer, Group, Invitation, Organisation, Roster, Round, Tie, Who
from vado.store.memory import MemoryStore
from vado.store.sql.store import SqlStore

T = TypeVar("T")
SPRING = Round(
    "spring", "Spring", "ford|1", date(2026, 3, 1), date(2026, 4, 1),
    (Organisation("hosp", "Hospital", "hospital", people={"practitioner": 40}),), (Group("carers", "Carers", 200, unusual=True),),
)  # fmt: skip
ANSWER = Answer(
    "a9", "spring", "hosp", Who.PRACTITIONER, {"pur1": 4, "kno1": 0}, {"PUR": 3}, ("pur1",), "neighbours", "2026-03-05"
)


@pytest.fixture
def stores(fresh_url: Callable[[], str]) -> Iterator[tuple[Store, Store]]:
    store = SqlStore(fresh_url())
    yield MemoryStore(), store
    store.close()


def both(stores: tuple[Store, Store], ask: Callable[[Transaction], T]) -> T:
    """Ask both in a transaction of their own; they must say the same."""
    found = []
    for store in stores:
        with store.begin() as tx:
            found.append(ask(tx))
    assert found[0] == found[1]
    return found[0]


def test_sheets_are_kept_replaced_listed_and_dropped(stores: tuple[Store, Store]) -> None:
    roster = Roster(
        "spring/hosp", "spring", "hosp", (Tie("gp", 4, "send", ("letters",), ("paper",), keeps_word=3, wish="results"),)
    )
    proposal = Proposal("p1", "One bridge", "EUR", (Line("hosp", Side.COST, 0, 1, 2, 3, requires=("hosp", "gp")),))
    agreed, action = (
        Agreed("spring/pur1", "spring", "pur1", 3, "because", "not all"),
        Action("x", "spring", "pur1", "meet", "hosp"),
    )
    for sheet in (SPRING, replace(SPRING, title="Spring, again"), roster, proposal, agreed, action):
        both(stores, lambda tx, s=sheet: tx.collaboration.put(s))
    assert both(stores, lambda tx: tx.collaboration.get(Round, "spring")) == replace(SPRING, title="Spring, again")
    assert both(stores, lambda tx: tx.collaboration.all(Round)) == (replace(SPRING, title="Spring, again"),)
    assert both(stores, lambda tx: tx.collaboration.all(Roster, "spring")) == (roster,)
    assert both(stores, lambda tx: tx.collaboration.all(Proposal)) == (proposal,)
    assert both(stores, lambda tx: (tx.collaboration.all(Agreed, "spring"), tx.collaboration.all(Action, "autumn"))) == (
        (agreed,),
        (),
    )
    both(stores, lambda tx: tx.collaboration.drop(Action, "x"))
    assert both(stores, lambda tx: tx.collaboration.get(Action, "x")) is None


def test_an_invitation_is_spent_once_and_its_draft_is_gone(stores: tuple[Store, Store]) -> None:
    one = Invitation("h1", "spring", "hosp", Who.PRACTITIONER)
    both(stores, lambda tx: tx.collaboration.invite([Invitation("h2", "spring", "carers", Who.CITIZEN), one]))
    assert both(stores, lambda tx: tx.collaboration.keep_draft("h1", ANSWER))
    assert both(stores, lambda tx: tx.collaboration.invitation("h1")) == replace(one, draft=ANSWER)
    assert [i.draft for i in both(stores, lambda tx: tx.collaboration.invitations("spring"))] == [None, None]
    assert both(stores, lambda tx: tx.collaboration.spend("h1"))
    assert both(stores, lambda tx: tx.collaboration.invitation("h1")) == replace(one, used=True)
    assert not both(stores, lambda tx: tx.collaboration.spend("h1") or tx.collaboration.keep_draft("h1", ANSWER))
    assert not both(stores, lambda tx: tx.collaboration.spend("nobody's"))


def test_answers_come_in_an_order_that_says_nothing(stores: tuple[Store, Store]) -> None:
    assert both(stores, lambda tx: tx.collaboration.answer(ANSWER))
    assert not both(stores, lambda tx: tx.collaboration.answer(replace(ANSWER, missing="other")))
    both(stores, lambda tx: tx.collaboration.answer(replace(ANSWER, id="a1")))
    both(stores, lambda tx: tx.collaboration.answer(replace(ANSWER, id="a0", round="autumn")))
    assert both(stores, lambda tx: tx.collaboration.answers("spring")) == (replace(ANSWER, id="a1"), ANSWER)
