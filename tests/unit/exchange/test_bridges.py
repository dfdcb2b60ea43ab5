"""Bridges from counts: spans of days, weeks, what is shown of codes, and that nothing is counted twice."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from plain import arrival, plain_exchange
from vado.errors import NotFound
from vado.exchange import bridges as story
from vado.exchange.receive import receive
from vado.model.flow import Flow, Of
from vado.model.original import PartnerId, State
from vado.model.reading import Fidelity
from vado.model.record import Viewer

ME, LAB, HOSPITAL = Viewer("me"), PartnerId("lab"), PartnerId("hospital")
TODAY = date(2026, 11, 28)


def on(day: date, n: int) -> tuple[Flow, int]:
    return Flow(Of.ORIGINALS, LAB, day.isoformat()), n


def message(number: int, code: str, partner: str = "lab", family: str = "Prado") -> object:
    text = "\r".join(
        (
            f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{number}|P|2.5",
            f"PID|1||{number % 3}^^^HOSP^MR||{family}^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||60011122{number % 3}",
            f"OBR|1|||{code}|||20260102",
            f"OBX|1|NM|{code}||{number}|%||N|||F|||20260102",
        )
    )
    return arrival(text, partner=partner)


def test_a_span_holds_its_first_and_its_last_day() -> None:
    flows = [on(TODAY, 1), on(TODAY - timedelta(days=6), 2), on(TODAY - timedelta(days=7), 4), on(TODAY - timedelta(days=91), 8)]
    assert story.within(flows, TODAY) == (1, 3, 7)


def test_thirteen_weeks_end_today_and_leave_no_day_out() -> None:
    firsts = story.weeks_until(TODAY)
    assert len(firsts) == 13
    assert firsts[-1] + timedelta(days=6) == TODAY
    flows = [on(TODAY - timedelta(days=n), 1) for n in range(13 * 7)]
    assert story.by_week(flows, firsts) == (7,) * 13
    assert story.by_week([on(firsts[0] - timedelta(days=1), 5)], firsts) == (0,) * 13


def test_what_came_is_counted_by_partner_with_people_and_steps() -> None:
    x = plain_exchange()
    list(receive(x, [message(n, "GLU^Glucose^L") for n in range(6)]))
    list(receive(x, [message(9, "718-7^Hemoglobin^LN", "hospital"), arrival(b"\x7fELF" + bytes(50), partner="hospital")]))
    found = story.bridges(x, ME)
    lab, hospital = (next(b for b in found.bridges if b.partner == p) for p in (LAB, HOSPITAL))
    assert (lab.came, lab.states, lab.failed) == ((6, 6, 6), {State.READ: 6}, 0)
    assert hospital.failures == {"IN-002": 1}
    assert (lab.persons, lab.joined) == (1, 1)  # one woman with three numbers, whom the hospital knows too
    assert found.steps[0].kind.value == "map"
    assert found.steps[0].rows[0][0] == "GLU"


def test_the_same_again_and_a_replay_count_once() -> None:
    x = plain_exchange()
    for _ in range(2):
        list(receive(x, [message(n, "GLU^Glucose^L") for n in range(6)]))
    once = story.bridge(x, LAB, ME)
    list(story_replay(x))
    again = story.bridge(x, LAB, ME)
    assert once.bridge.rungs == again.bridge.rungs
    assert once.unmapped == again.unmapped
    assert sum(once.bridge.rungs.values()) == sum(sum(v) for v in once.rungs.values()) > 0
    assert once.bridge.rungs.keys() <= set(Fidelity)


def story_replay(x: object) -> object:
    from vado.exchange.replay import replay
    from vado.exchange.rows import Which

    return replay(x, Which(partner=LAB))  # type: ignore[arg-type]


def test_a_rare_code_is_counted_and_not_shown() -> None:
    x = plain_exchange()
    list(receive(x, [message(n, f"GLU^Glucose^L") for n in range(5)] + [message(8, "MARIA^Maria^L")]))  # noqa: F541
    near = story.bridge(x, LAB, ME)
    shown = {key for key, *_ in near.unmapped}
    assert "GLU" in shown
    assert "MARIA" not in shown
    assert near.rare[0] >= 1


def test_nobody_is_found_where_there_is_nobody() -> None:
    with pytest.raises(NotFound):
        story.bridge(plain_exchange(), LAB, ME)


def test_persons_are_counted_again_only_when_something_came() -> None:
    x = plain_exchange()
    list(receive(x, [message(1, "GLU^Glucose^L")]))
    story.keep_counts(x)
    with x.store.begin() as tx:
        first = tx.flow.heads()
    assert first
    assert first.persons == ((LAB, 1, 0),)
    story.keep_counts(x)
    with x.store.begin() as tx:
        assert tx.flow.heads() == first
        tx.flow.note_heads(replace(first, at=first.at - timedelta(hours=1)))
    list(receive(x, [message(2, "GLU^Glucose^L", family="Zeller")]))
    story.keep_counts(x)
    with x.store.begin() as tx:
        assert tx.flow.heads() != first
