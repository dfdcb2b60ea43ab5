"""A held partner's originals wait, unread and in order; what fails for a passing cause is read again, and not for ever."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plain import PlainRoom, arrival, everything, plain_exchange
from soon import soon
from vado.errors import VadoError
from vado.exchange import hold as holding
from vado.exchange.intake import Intake
from vado.exchange.ports import Exchange, Look
from vado.exchange.receive import keep, receive, resume
from vado.exchange.rounds import Rounds, retry
from vado.exchange.tries import MOST, WAITS
from vado.exchange.watch import figures
from vado.model.original import PartnerId, State
from vado.model.reading import issue
from vado.model.record import Viewer
from vado.store.journal import FileJournal

HOSPITAL, ME = PartnerId("hospital"), Viewer("me")


def message(n: int, family: str = "Step") -> bytes:
    return f"MSH|^~\\&|A|B|C|D|20260101||ADT^A08|{n}|P|2.5\rPID|1||7^^^H^MR||{family}{n}^Ana||19700203|F\r".encode()


def states(x: Exchange) -> list[str]:
    with x.store.begin() as tx:
        return [r.state.value for r in tx.rows(limit=1000)]


class Failing(PlainRoom):
    """A room that stops at some messages, as one whose time is over or whose process died, or falls itself."""

    def __init__(self, how: str, times: int) -> None:
        self.how, self.left = how, times
        self.seen: list[str] = []

    def look_at_all(self, work: Any) -> Iterator[Look]:
        for item in work:
            if b"Bad" in item[1]:
                self.seen.append(item[0].id)
                self.left -= 1
                if self.left >= 0 and self.how == "falls":
                    raise ZeroDivisionError
                if self.left >= 0:
                    yield Look(None, issue=issue("IN-003", seconds=60) if self.how == "time" else issue("IN-005"))
                    continue
            yield from super().look_at_all([item])


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1000)
        return self.now


def test_what_a_held_partner_sends_is_kept_and_not_read() -> None:
    x = plain_exchange()
    holding.hold(x, HOSPITAL, "their export repeats itself", ME)
    rows = list(receive(x, [arrival(message(1)), arrival(message(2), partner="gp")]))
    assert sorted(r.state.value for r in rows) == ["kept", "read"]
    assert list(resume(x)) == [], "nor is it read by resume"
    (again,) = receive(x, [arrival(message(1))])
    assert again.state is State.KEPT
    assert holding.waiting(x, HOSPITAL) == 1
    (held,) = holding.holds(x)
    assert (held.partner, held.reason, held.by, held.released) == (HOSPITAL, "their export repeats itself", "me", None)


def test_an_open_channel_acknowledges_what_a_held_partner_sends(tmp_path: Path) -> None:
    x, journal = plain_exchange(), FileJournal(tmp_path)
    holding.hold(x, HOSPITAL, "why not", ME)
    with Intake(x, journal) as intake:
        for n in range(3):
            intake.take(arrival(message(n))).result(10)
        intake.take(arrival(message(4), partner="gp")).result(10)
        soon(lambda: len(states(x)) == 4 and "read" in states(x))
    assert sorted(states(x)) == ["kept", "kept", "kept", "read"]
    assert journal.behind == 0, "it is in the store, durable"


def test_a_release_reads_in_order_and_gives_what_no_hold_would_have_given() -> None:
    calm, x = plain_exchange(), plain_exchange()
    list(receive(calm, [arrival(message(n)) for n in range(150)]))
    holding.hold(x, HOSPITAL, "why not", ME)
    list(receive(x, [arrival(message(n)) for n in range(150)]))
    assert states(x) == ["kept"] * 150
    released = list(holding.release(x, HOSPITAL, ME))
    assert [r.state for r in released] == [State.READ] * 150
    assert everything(x) == everything(calm)
    assert holding.holds(x) == ()
    (past,) = holding.holds(x, past=True)
    assert past.released_by == "me" and past.released
    with x.store.begin() as tx:
        assert [a.action for a in tx.audits(subject="hold:hospital")] == ["release-partner", "hold-partner"]


def test_what_arrives_during_a_release_waits_behind_it() -> None:
    x = plain_exchange()
    holding.hold(x, HOSPITAL, "why not", ME)
    list(receive(x, [arrival(message(1))]))
    going = holding.release(x, HOSPITAL, ME)
    first = next(going)
    (late,) = receive(x, [arrival(message(2))])
    assert late.state is State.KEPT, "read now, it would overtake"
    assert [r.original.id for r in going] == [late.original.id]
    assert first.original.id != late.original.id
    assert states(x) == ["read", "read"]


def test_a_release_that_is_stopped_leaves_the_hold() -> None:
    x = plain_exchange()
    holding.hold(x, HOSPITAL, "why not", ME)
    list(receive(x, [arrival(message(n)) for n in range(3)]))
    next(holding.release(x, HOSPITAL, ME))
    assert holding.holds(x)
    list(holding.release(x, HOSPITAL, ME))
    assert not holding.holds(x) and states(x) == ["read"] * 3


@pytest.mark.parametrize(("reason", "code"), [("  ", "OP-004"), ("again", "OP-003")])
def test_a_hold_needs_a_reason_and_is_one(reason: str, code: str) -> None:
    x = plain_exchange()
    holding.hold(x, HOSPITAL, "first", ME)
    with pytest.raises(VadoError, match=code):
        holding.hold(x, HOSPITAL, reason, ME)
    with pytest.raises(VadoError, match="OP-005"):
        list(holding.release(x, PartnerId("gp"), ME))


@pytest.mark.parametrize("how", ["time", "died", "falls"])
def test_a_passing_cause_is_tried_again_and_passes(how: str) -> None:
    clock, room = Clock(), Failing(how, 2)
    x = replace(plain_exchange(), room=room, clock=clock)
    rows = {r.original.id: r.state for n in range(3) for r in receive_safely(x, message(n, "Bad" if n == 1 else "Step"))}
    assert sorted(rows.values()) == [State.HELD, State.READ, State.READ]
    assert list(retry(x)) == [], "not at once"
    clock.now += WAITS[0]
    (row,) = retry(x)
    assert row.state is State.HELD
    clock.now += WAITS[0]
    assert list(retry(x)) == [], "later and later"
    clock.now += WAITS[1]
    (row,) = retry(x)
    assert row.state is State.READ and not row.issues
    assert figures(x).retried == figures(x).given_up == 0
    clock.now += timedelta(days=9)
    assert list(retry(x)) == []


def receive_safely(x: Exchange, content: bytes) -> Any:
    from vado.exchange.receive import carry_on

    ((original, _),) = keep(x, [arrival(content)])
    return carry_on(x, [original])


@pytest.mark.parametrize("how", ["time", "died", "falls"])
def test_it_is_tried_only_so_often_and_says_so(how: str) -> None:
    clock, room = Clock(), Failing(how, 10**9)
    x = replace(plain_exchange(), room=room, clock=clock)
    list(receive_safely(x, message(1, "Bad")))
    for _ in range(20):
        clock.now += timedelta(days=1)
        list(retry(x))
    assert len(room.seen) == MOST
    with x.store.begin() as tx:
        (row,) = tx.rows()
        assert [i.code for i in row.issues][-1] == "OP-001"
        assert row.state is State.HELD
    assert (figures(x).retried, figures(x).given_up) == (0, 1)
    room.left = 0
    assert [r.state for r in resume(x, again=True)] == [State.READ], "a person may still have it read"
    assert figures(x).given_up == 0


def test_a_try_that_takes_the_whole_process_down_is_counted() -> None:
    clock = Clock()
    x = replace(plain_exchange(), room=Failing("time", 10**9), clock=clock)
    list(receive_safely(x, message(1, "Bad")))

    class Deadly(PlainRoom):
        def look_at_all(self, work: Any) -> Any:
            raise KeyboardInterrupt  # as far as this test goes: nothing after it is done

    deadly = replace(x, room=Deadly())
    begun = 0
    for _ in range(20):
        clock.now += timedelta(days=1)
        try:
            list(retry(deadly))
        except KeyboardInterrupt:
            begun += 1
    assert begun == MOST - 1


def test_what_will_never_pass_is_not_tried_again() -> None:
    clock = Clock()
    x = replace(plain_exchange(), clock=clock)
    list(receive(x, [arrival(b"\x7fELF" + bytes(99))]))
    clock.now += timedelta(days=1)
    assert list(retry(x)) == [] and figures(x).retried == 0


def test_a_held_partners_tries_wait_too() -> None:
    clock, room = Clock(), Failing("time", 1)
    x = replace(plain_exchange(), room=room, clock=clock)
    list(receive_safely(x, message(1, "Bad")))
    holding.hold(x, HOSPITAL, "why not", ME)
    for _ in range(9):
        clock.now += timedelta(hours=1)
        assert list(retry(x)) == []
    list(holding.release(x, HOSPITAL, ME))
    clock.now += timedelta(hours=1)
    assert [r.state for r in retry(x)] == [State.READ]


def test_rounds_go_by_themselves() -> None:
    clock, room = Clock(), Failing("died", 1)
    x = replace(plain_exchange(), room=room, clock=clock)
    list(receive_safely(x, message(1, "Bad")))
    clock.now += WAITS[0]
    with Rounds(x, seconds=0.01):
        soon(lambda: states(x) == ["read"])
    assert states(x) == ["read"]


def test_rounds_tell_the_log_of_an_alert_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "vado")
    x = plain_exchange()
    list(receive(x, [arrival(b"\x7fELF" + bytes([n])) for n in range(9)]))
    going = Rounds(x)
    going._tell_alerts()
    going._tell_alerts()
    told = [r for r in caplog.records if r.name == "vado.rounds"]
    assert [r.msg for r in told] == ["more fails than usual"]
    assert told[0].said.items() >= {"partner": "hospital", "channel": "test", "failed": 9, "of": 9}.items()  # type: ignore[attr-defined]
    x = replace(x, clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    going._x = x
    going._tell_alerts()
    assert [r.msg for r in caplog.records if r.name == "vado.rounds"][1:] == ["no more fails than usual"]
