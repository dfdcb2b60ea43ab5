"""`kill -9` at any step of a try or a release: the failed row stays until its successor is there, and a release can be asked for again."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dying import Dying, DyingStore, Fuse

from plain import PlainRoom, arrival, everything, plain_exchange
from vado.exchange import hold as holding
from vado.exchange.ports import Exchange, Look
from vado.exchange.receive import carry_on, keep, receive
from vado.exchange.rounds import retry
from vado.exchange.tries import MOST
from vado.model.original import PartnerId, State
from vado.model.reading import issue
from vado.model.record import Viewer
from vado.store.originals import FolderOriginals
from vado.store.sql.store import SqlStore

HOSPITAL, ME = PartnerId("hospital"), Viewer("me")


def message(n: int) -> bytes:
    return f"MSH|^~\\&|A|B|C|D|20260101||ADT^A08|{n}|P|2.5\rPID|1||{n}^^^H^MR||Step{n}^Ana||19700203|F\r".encode()


class Late(PlainRoom):
    """A room whose time is over."""

    def look_at_all(self, work: Any) -> Iterator[Look]:
        return (Look(None, issue=issue("IN-003", seconds=60)) for _ in work)


def later(x: Exchange) -> Exchange:
    now = x.clock() + timedelta(days=1)

    def clock() -> datetime:
        nonlocal now
        now += timedelta(microseconds=1000)
        return now

    return replace(x, clock=clock)


def die_at_each_step(
    tmp_path: Path, prepare: Callable[[Exchange], None], act: Callable[[Exchange], Any]
) -> Iterator[tuple[bool, Exchange]]:
    """Do it in a process that dies at the first step, the second ...; give each time (did it die, what is there afterwards)."""
    store = SqlStore(f"sqlite:///{tmp_path}/made.sqlite")
    prepare(plain_exchange(store, FolderOriginals(tmp_path / "originals")))
    store.close()
    died, steps = True, 0
    while died:
        steps += 2
        path = tmp_path / f"{steps}.sqlite"
        shutil.copy(tmp_path / "made.sqlite", path)
        child = os.fork()
        if child == 0:
            fuse = Fuse(steps)
            originals: Any = Dying(FolderOriginals(tmp_path / "originals"), fuse)
            dying: Any = DyingStore(SqlStore(f"sqlite:///{path}"), fuse)
            act(later(plain_exchange(dying, originals)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        died = os.WIFSIGNALED(status)
        assert died or os.WEXITSTATUS(status) == 0
        store = SqlStore(f"sqlite:///{path}")
        yield died, plain_exchange(store, FolderOriginals(tmp_path / "originals"))
        store.close()
    assert steps > 20


def test_a_failed_row_stays_until_its_successor_is_there(tmp_path: Path) -> None:
    def prepare(x: Exchange) -> None:
        ((original, _),) = keep(x, [arrival(message(1))])
        list(carry_on(replace(x, room=Late()), [original]))

    for died, x in die_at_each_step(tmp_path, prepare, lambda x: list(retry(x))):
        with x.store.begin() as tx:
            (row,) = tx.rows()
            noted = tx.traffic.tried(row.original.partner, row.original.id)
        if row.state is State.HELD:
            assert died and row.issues and noted and 1 <= noted.count < MOST and noted.due
        else:
            assert row.state is State.READ and noted is None
        again = later(later(x))
        list(retry(again))
        with x.store.begin() as tx:
            assert tx.rows()[0].state is State.READ


def test_a_release_loses_nothing_and_can_be_asked_for_again(tmp_path: Path) -> None:
    calm = plain_exchange()
    list(receive(calm, [arrival(message(n)) for n in range(2)]))

    def prepare(x: Exchange) -> None:
        holding.hold(x, HOSPITAL, "why not", ME)
        list(receive(x, [arrival(message(n)) for n in range(2)]))

    for died, x in die_at_each_step(tmp_path, prepare, lambda x: list(holding.release(x, HOSPITAL, ME))):
        with x.store.begin() as tx:
            unread = [r for r in tx.rows() if r.state is State.KEPT]
        held = bool(holding.holds(x))
        assert held or not unread, "the hold ends when nothing waits any more"
        assert died or not held
        if held:
            list(holding.release(x, HOSPITAL, ME))
        assert everything(x) == everything(calm)
