"""What a round of asking says is drawn when it closes, before anybody looks."""

import time
from dataclasses import replace
from datetime import date
from unittest.mock import patch

import pytest

from plain import plain_exchange
from spoken import SIZES, answers, asked, kept, two_rounds
from vado.exchange.collaboration import results as story
from vado.exchange.collaboration.opening import close
from vado.exchange.ports import Exchange
from vado.exchange.rounds import Rounds
from vado.model.account import Role
from vado.model.record import Viewer

ME = Viewer("manager", role=Role.MANAGER)


@pytest.fixture
def x() -> Exchange:
    made = plain_exchange()
    two_rounds(made)
    open_ = replace(asked("open", SIZES), opens=date(2025, 12, 2), closes=None)
    kept(made, open_, answers(open_, SIZES, 12, 5))
    story._drawn.clear()  # noqa: SLF001 - pictures of other tests
    return made


def test_what_closed_is_drawn_once_and_as_its_page_shows_it(x: Exchange) -> None:
    assert story.draw(x) == {"spring", "autumn"}
    with patch.object(story, "picture", side_effect=AssertionError("drawn again")):
        assert story.draw(x, {"spring", "autumn"}) == {"spring", "autumn"}
        assert story.results(x, "autumn", ME).picture and story.results(x, "spring", ME).picture


def test_a_round_that_closes_changes_its_neighbour(x: Exchange) -> None:
    """They are decided on together: the round before is drawn again, the one before that is not."""
    known = story.draw(x)
    close(x, "open", ME)
    drawn = []
    with patch.object(story, "picture", side_effect=lambda laid, at, _: drawn.append(laid[at].round.id)):
        assert story.draw(x, known) == {"spring", "autumn", "open"}
    assert drawn == ["autumn", "open"]


def test_a_running_exchange_draws_and_nobody_is_noted_to_have_looked(x: Exchange) -> None:
    with Rounds(x, seconds=0.01):
        until = time.monotonic() + 60
        while len(story._drawn) < 2 and time.monotonic() < until:  # noqa: SLF001
            time.sleep(0.01)
    assert len(story._drawn) == 2  # noqa: SLF001
    with x.store.begin() as tx:
        assert not [a for a in tx.audits(limit=50) if a.action.startswith("see-")]
