"""A consent that begins or ends by its dates is a change like any other: what it hides is sent, or withheld, from that time on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plain import plain_exchange
from sending import IpsForm, Receiver, bundle, patient_of, profiles, sent, told
from soon import soon
from vado.exchange import consents
from vado.exchange.ports import Exchange
from vado.exchange.rounds import Rounds
from vado.model.account import Consent, ConsentKind
from vado.model.record import Viewer

ME = Viewer("me")
DAY = timedelta(days=1)


class Clock:
    """Says what time it is, as it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def x(clock: Clock) -> Exchange:
    made = replace(plain_exchange(None, None, profiles("hospital", "council")), writers={"summary": IpsForm()}, clock=clock)
    told(made, "hospital", bundle("77", "Asthma"))
    told(made, "council", bundle("77", "Falls"))
    return made


def hide(x: Exchange, **dates: datetime) -> Consent:
    with x.store.begin() as tx:
        person = tx.links_of([patient_of(x, "council")])[0].person
    return consents.give(x, person, consents.said(ConsentKind.HIDE, partner="hospital", **dates), ME)


def news(x: Exchange, to: dict[str, Receiver]) -> list[set[str]]:
    """What the council is told now, without anybody doing anything."""
    before = len(to["council"].words)
    consents.look_after_turns(x)
    sent(x, to)
    return to["council"].words[before:]


def test_what_is_hidden_until_a_day_is_sent_when_the_day_is_over(x: Exchange, clock: Clock) -> None:
    to = {"hospital": Receiver(), "council": Receiver()}
    hide(x, until=clock.now + DAY)
    assert news(x, to) == [], "the hospital's word is hidden, and the council knows its own"
    clock.now += DAY / 2
    assert news(x, to) == []
    clock.now += DAY
    assert news(x, to) == [{"Asthma", "Falls"}]
    assert news(x, to) == [] and consents.look_after_turns(x) == 0, "once"


def test_what_is_to_be_hidden_from_a_day_on_is_withheld_from_then_on_and_comes_back(x: Exchange, clock: Clock) -> None:
    to = {"hospital": Receiver(), "council": Receiver()}
    hide(x, since=clock.now + DAY, until=clock.now + 3 * DAY)
    assert news(x, to) == [{"Asthma", "Falls"}]
    clock.now += 2 * DAY
    told(x, "hospital", bundle("77", "Gout", own="2"))
    assert news(x, to) == [{"Falls"}], "the record as it may be had now"
    clock.now += 2 * DAY
    assert news(x, to) == [{"Asthma", "Falls", "Gout"}]


def test_both_dates_passed_while_nobody_looked_and_one_withdrawn_turns_no_more(x: Exchange, clock: Clock) -> None:
    given = hide(x, since=clock.now + DAY, until=clock.now + 2 * DAY)
    later = hide(x, until=clock.now + DAY)
    with x.store.begin() as tx:
        person = tx.links_of([patient_of(x, "council")])[0].person
    consents.withdraw(x, person, later.id, ME)
    clock.now += 5 * DAY
    assert consents.look_after_turns(x) == 1
    with x.store.begin() as tx:
        assert {c.id: c.turns for c in tx.accounts.consents([patient_of(x, "council")])} == {given.id: None, later.id: None}
    assert consents.look_after_turns(x) == 0


def test_the_rounds_look_after_it(x: Exchange, clock: Clock) -> None:
    to = {"hospital": Receiver(), "council": Receiver()}
    hide(x, until=clock.now + DAY)
    sent(x, to)
    clock.now += 2 * DAY
    with Rounds(x, seconds=0.01):
        assert soon(lambda: sent(x, to))
    assert to["council"].words[-1] == {"Asthma", "Falls"}
