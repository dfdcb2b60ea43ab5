"""Replay by filter, on today's version or on the one that ran then: what was said before is kept, and a kill loses nothing."""

import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dying import Dying, DyingStore, Fuse

from plain import PlainRoom, arrival, everything, plain_exchange
from vado.exchange import hold as holding
from vado.exchange.ports import Exchange, Look
from vado.exchange.receive import keep, receive
from vado.exchange.replay import THEN, replay
from vado.exchange.rows import Which, chosen
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.model.original import PartnerId, State
from vado.model.partner import PartnerProfile
from vado.model.person import MatchGrade
from vado.model.reading import issue
from vado.model.record import Viewer
from vado.store.originals import FolderOriginals
from vado.store.sql.store import SqlStore

HOSPITAL, ME = PartnerId("hospital"), Viewer("me")
LAYOUT = {"name": "ZVI", "map": {"2": "Observation 8480-6 http://loinc.org Systolic"}}
WITH_LAYOUT = {HOSPITAL: PartnerProfile(HOSPITAL, "H", segments=(LAYOUT,))}


def message(n: int) -> bytes:
    head = f"MSH|^~\\&|A|B|C|D|20260101||ADT^A08|{n}|P|2.5\r"
    return f"{head}PID|1||{n}^^^H^MR||Step{n}^Ana||19700203|F\rZVI|1|12{n}\r".encode()


def ids(x: Exchange, which: Which) -> list[str]:
    return [r.original.id for r in chosen(x, which)]


def mixed() -> Exchange:
    x = plain_exchange()
    sent = [
        arrival(message(1)),
        arrival(message(2), partner="gp"),
        arrival(b"\x7fELF" + bytes(99)),
        arrival("Dear all,\nAsthma\n"),
    ]
    for one in sent:
        list(receive(x, [one]))
    keep(x, [arrival(message(3))])
    return x


def test_each_filter_means_what_it_says() -> None:
    x = mixed()
    with x.store.begin() as tx:
        rows = tx.rows()
    at = rows[2].original.received
    expected = {
        Which(): rows,
        Which(partner=PartnerId("gp")): [r for r in rows if r.original.partner == "gp"],
        Which(states=frozenset((State.HELD,))): [r for r in rows if r.state is State.HELD],
        Which(states=frozenset((State.HELD, State.KEPT))): [r for r in rows if r.state in {State.HELD, State.KEPT}],
        Which(format="hl7v2"): [r for r in rows if r.reader == "hl7v2"],
        Which(code="IN-002"): [r for r in rows if any(i.code == "IN-002" for i in r.issues)],
        Which(since=at): rows[2:],
        Which(until=at): rows[:2],
        Which(since=at, until=at + timedelta(microseconds=1)): rows[2:3],
        Which(original=rows[1].original.id[:9]): rows[1:2],
        Which(partner=HOSPITAL, format="hl7v2"): [r for r in rows if r.reader == "hl7v2" and r.original.partner == HOSPITAL],
    }
    for which, meant in expected.items():
        assert meant and ids(x, which) == [r.original.id for r in meant], which
    assert list(chosen(x, Which(), at_once=1)) == list(rows)


def test_a_dry_run_shows_and_changes_nothing_and_then_it_does() -> None:
    x = mixed()
    before = everything(x)
    better = replace(x, profiles=WITH_LAYOUT)
    shown = list(replay(better, Which(partner=HOSPITAL), dry_run=True))
    assert everything(x) == before
    with x.store.begin() as tx:
        assert not any(a.action == "reread-original" for a in tx.audits(limit=1000))
    assert [(dict(d.added), d.before, d.now) for d in shown if d.row.reader == "hl7v2"] == [
        ({"Observation": 1}, "hl7v2/2", "hl7v2/2")
    ]
    done = list(replay(better, Which(partner=HOSPITAL), by="me"))
    assert sum((d.added for d in done), type(done[0].added)()) == sum((d.added for d in shown), type(done[0].added)())
    with x.store.begin() as tx:
        (row,) = tx.rows(state=State.HELD)
        assert [i.code for i in row.issues] == ["IN-002"]
        again = {a.subject for a in tx.audits(limit=1000) if a.action == "reread-original" and a.who == "me"}
        changed = [d.row.original for d in done if d.any and d.before]
        assert {f"{o.partner}/{o.id}" for o in changed} <= again
        assert [len(tx.former(o.partner, o.id)) for o in changed] == [1]
    assert not [s for s in ids(x, Which(states=frozenset((State.KEPT,))))], "what was never read is read"
    assert not any(d.any for d in replay(better, Which(partner=HOSPITAL)))
    with x.store.begin() as tx:
        assert [len(tx.former(o.partner, o.id)) for o in changed] == [1], "the same said again is no former reading"


def test_a_dry_run_shows_the_links_that_the_replay_makes() -> None:
    x = plain_exchange()
    pid = "MSH|^~\\&|A|B|||20260102||ADT^A08|1|P|2.5\rPID|1||{}^^^{}^MR||{}\r"
    ines = "Prado Vega^Ines||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"
    list(receive(x, [arrival(pid.format(1, "H", ines), partner="gp"), arrival(pid.format(7, "C", "Nobody^Known||19990101|M"))]))
    before = everything(x)

    class Knows(PlainRoom):
        def look_at_all(self, work: Any) -> Any:
            mended = ((o, c.replace(b"Nobody^Known||19990101|M", ines.encode()), p) for o, c, p in work)
            return super().look_at_all(mended)

    better = replace(x, room=Knows())
    (shown,) = replay(better, Which(partner=HOSPITAL), dry_run=True)
    assert everything(x) == before
    (done,) = replay(better, Which(partner=HOSPITAL))
    assert (shown.linked, shown.asked) == (done.linked, done.asked)
    assert shown.linked or shown.asked
    assert everything(x)["persons"] != before["persons"] or everything(x)["doubts"] != before["doubts"]


def test_a_patient_that_is_joined_is_counted() -> None:
    x = plain_exchange()
    pid = "MSH|^~\\&|A|B|||20260102||ADT^A08|1|P|2.5\rPID|1||{}||Prado Vega^Ines||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222\r"
    blind = replace(x, match=lambda *_: ())
    list(receive(blind, [arrival(pid.format("1^^^H^MR"), partner="gp")]))
    list(receive(blind, [arrival("MSH|^~\\&|A|B|||20260102||ADT^A08|1|P|2.5\rPID|1||7^^^C^MR||X^Y\r")]))

    class Knows(PlainRoom):
        def look_at_all(self, work: Any) -> Any:
            return super().look_at_all((o, pid.format("7^^^C^MR").encode(), p) for o, _, p in work)

    sure = replace(
        x, room=Knows(), match=lambda new, others: tuple(replace(m, grade=MatchGrade.CERTAIN) for m in x.match(new, others))
    )
    (shown,) = replay(sure, Which(partner=HOSPITAL), dry_run=True)
    (done,) = replay(sure, Which(partner=HOSPITAL))
    assert shown.linked == done.linked == 1


def test_the_version_that_ran_then_comes_back_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    x = plain_exchange()
    list(receive(x, [arrival(message(n)) for n in range(3)]))
    first = everything(x)
    monkeypatch.setattr(Hl7v2Reader, "version", "3")
    x = replace(x, profiles=WITH_LAYOUT)
    list(replay(x, Which()))
    second = everything(x)
    assert second["facts"] != first["facts"]
    (shown, *_) = replay(x, Which(), version=THEN, dry_run=True)
    assert (shown.before, shown.now, dict(shown.removed)) == ("hl7v2/3", "hl7v2/2", {"Observation": 1})
    assert everything(x) == second
    list(replay(x, Which(), version=THEN))
    assert everything(x) == first
    with x.store.begin() as tx:
        o = tx.rows()[0].original
        assert [f.reader for f in tx.former(o.partner, o.id)] == ["hl7v2/2", "hl7v2/3"], "both stay linked to the original"
        assert tx.read_by(o.partner, o.id) == "hl7v2/2"
        assert tx.reading(o.partner, o.id)
    list(replay(x, Which(), version="hl7v2/3"))
    assert everything(x) == second
    assert all(not d.any and not d.now for d in replay(x, Which(), version="hl7v2/1")), "nobody has kept what that one said"
    assert everything(x) == second


def test_what_today_cannot_be_read_stays_as_it_was() -> None:
    x = plain_exchange()
    list(receive(x, [arrival(message(1))]))
    before = everything(x)

    class Blind(PlainRoom):
        def look_at_all(self, work: Any) -> Any:
            return (Look(None, issue=issue("IN-005")) for _ in work)

    (d,) = replay(replace(x, room=Blind()), Which())
    assert (d.now, d.any) == ("", False)
    assert everything(x) == before


def test_what_waits_of_a_held_partner_is_not_replayed() -> None:
    x = plain_exchange()
    list(receive(x, [arrival(message(1))]))
    holding.hold(x, HOSPITAL, "why not", ME)
    list(receive(x, [arrival(message(2))]))
    assert len(list(replay(x, Which()))) == 1
    assert len(ids(x, Which(states=frozenset((State.KEPT,))))) == 1


def test_a_kill_at_any_step_loses_nothing_and_the_replay_may_be_begun_again(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/made.sqlite")
    x = plain_exchange(store, FolderOriginals(tmp_path / "originals"))
    list(receive(x, [arrival(message(n)) for n in range(2)]))
    before = everything(x)
    store.close()
    expected, steps, ends = None, 0, set()
    while expected is None:
        steps += 3
        path = tmp_path / f"{steps}.sqlite"
        shutil.copy(tmp_path / "made.sqlite", path)
        child = os.fork()
        if child == 0:
            try:  # whatever happens, this is no second session of tests
                fuse = Fuse(steps)
                originals = Dying(FolderOriginals(tmp_path / "originals"), fuse)
                dying = plain_exchange(DyingStore(SqlStore(f"sqlite:///{path}"), fuse), originals, WITH_LAYOUT)  # type: ignore[arg-type]
                list(replay(dying, Which()))
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        store = SqlStore(f"sqlite:///{path}")
        y = plain_exchange(store, FolderOriginals(tmp_path / "originals"), WITH_LAYOUT)
        now = everything(y)
        with store.begin() as tx:
            formers = [len(tx.former(r.original.partner, r.original.id)) for r in tx.rows()]
        assert (now == before) == (formers == [0, 0]), "what was said before is kept with what replaced it, or neither"
        list(replay(y, Which()))
        ends.add(str(everything(y)))
        assert now in (before, everything(y))
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0
            expected = now
        store.close()
    assert steps > 30 and len(ends) == 1
