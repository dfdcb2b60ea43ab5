"""`kill -9` between every two steps on the way out, and of a sending process at random: nothing is lost, a repetition has the same id."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Lock

from dying import Dying, DyingStore, Fuse
from test_kill import fresh

from sending import bundle, exchange, folder_contents, profiles, said_in, told
from vado.channels.folder_out import FolderSender
from vado.channels.mllp import Door, Header, Listener
from vado.exchange import receive as story
from vado.exchange.ports import Exchange
from vado.exchange.send import lines_of, take_changes, work_off
from vado.model.delivery import DeliveryState
from vado.model.original import Arrival, PartnerId
from vado.store.originals import FolderOriginals
from vado.store.sql.store import SqlStore

PARTNERS = ("hospital", "council")
CALM = {"hospital": [{"Asthma", "Falls"}], "council": [{"Asthma", "Falls"}, {"Asthma", "Falls", "Gout"}]}


def live(calm: Exchange, x: Exchange, folder: Path, fuse: Fuse | None = None) -> None:
    """Take in, which never dies here, line up and send, twice."""
    senders = {line: FolderSender(folder / line[0]) for line in lines_of(x)}
    if fuse:
        senders = {line: Dying(sender, fuse) for line, sender in senders.items()}
    for arrivals in ((("hospital", bundle("77", "Asthma")), ("council", bundle("77", "Falls"))), (("hospital", gout()),)):
        for partner, content in arrivals:
            told(calm, partner, content)
        while take_changes(x) is not None:
            pass
        for _ in work_off(x, lines_of(x), senders, lambda: 0.5):
            pass


def later_than_any_claim() -> Callable[[], datetime]:
    seconds = count()
    return lambda: datetime(2026, 6, 1, tzinfo=UTC) + timedelta(seconds=next(seconds))


def gout() -> bytes:
    return bundle("77", "Gout").replace(b'"c1"', b'"c2"').replace(b"Condition/c1", b"Condition/c2")


def run_until_death(folder: Path, steps: int) -> bool:
    child = os.fork()
    if child == 0:
        try:
            store, originals = fresh(folder)
            fuse = Fuse(steps)
            dying = exchange(profiles(*PARTNERS), DyingStore(store, fuse), Dying(originals, fuse))  # type: ignore[arg-type]
            live(exchange(profiles(*PARTNERS), store, originals), dying, folder, fuse)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - never back into pytest
            os._exit(9)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return os.WIFSIGNALED(status)


def test_killed_between_any_two_steps_everything_arrives_and_nothing_twice(tmp_path: Path) -> None:
    deaths, steps, chance = 0, 0, random.Random(5)
    while True:
        steps += chance.choice((3, 4, 5, 7))
        folder = tmp_path / str(steps)
        died = run_until_death(folder, steps)
        deaths += died
        store = SqlStore(f"sqlite:///{folder}/vado.sqlite")
        x = exchange(profiles(*PARTNERS), store, FolderOriginals(folder / "originals"))
        x = replace(x, clock=later_than_any_claim())
        list(story.resume(x))
        live(x, x, folder)
        for partner, calm in CALM.items():
            got = [said_in(content) for content in folder_contents(folder / partner)]
            assert calm[-1] in got, f"lost for {partner} after a kill at step {steps}"
            assert all(got.count(words) == 1 for words in got), f"doubled for {partner} after a kill at step {steps}"
            assert all(words in calm for words in got), f"half a record for {partner} after a kill at step {steps}"
        with store.begin() as tx:
            assert tx.outbox.changes() == ()
            assert {s for _, _, s, _ in tx.outbox.tally()} <= {DeliveryState.SENT, DeliveryState.CANCELLED}
        store.close()
        if not died:
            break
    assert deaths > 30, "the fuse is not in the story's way any more"


SENDER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
sys.path[:0] = [{tests!r}, {tests!r} + "/faults"]
from test_send_kill import serve
serve(Path({folder!r}), {port})
"""
PEOPLE, VERSIONS, KILLS = 12, 5, 6


class Hl7Form:
    """One ADT^A31 a record: its number is that of the record and of its time, so a repetition has the same."""

    form, version = "summary", "1"

    def check(self, wish: object) -> None:
        pass

    def write(self, records, partner, wish):  # noqa: ANN001, ANN201
        from vado.model.outgoing import Outgoing

        for r in records:
            newest = max(int(line.title.split()[-1]) for line in r.lines if line.title.startswith("Step"))
            number = f"{r.person.id[:8]}{r.at:%H%M%S%f}"
            text = f"MSH|^~\\&|VADO|R|HIS|N|2026||ADT^A31^ADT_A05|{number}|P|2.5\rPID|1||{r.person.id}\rZZZ|{newest}\r"
            yield Outgoing(text.encode(), "x-application/hl7-v2+er7")


def serve(folder: Path, port: int) -> None:
    """What the killed process does: take in whatever is new, and send it."""
    from vado.channels.mllp_out import MllpSender
    from vado.exchange.post import Post

    store = SqlStore(f"sqlite:///{folder}/vado.sqlite")
    x = exchange(profiles("council"), store, FolderOriginals(folder / "originals"))
    x = replace(x, clock=lambda: datetime.now(UTC), writers={"summary": Hl7Form()})
    lines = lines_of(x)
    senders = {line: MllpSender("127.0.0.1", port, None, 2.0) for line in lines}
    with Post(x, lines, senders, random.random, lease=timedelta(seconds=1), rest=0.02):
        list(story.resume(x))
        for path in sorted((folder / "inbox").iterdir()):
            list(story.receive(x, [Arrival(PartnerId(path.name.split("-")[1]), "test", path.read_bytes())]))
        (folder / "read").touch()
        time.sleep(60)


class Clinic:
    """A receiver that knows a repetition by MSH-10, as receivers do; it answers late, so that kills fall between."""

    def __init__(self) -> None:
        self.lock, self.seen, self.got = Lock(), dict[str, bytes](), list[tuple[str, int]]()
        self.repeated = 0

    def take(self, arrival: Arrival) -> "Future[None]":
        header = Header.of(arrival.content)
        assert header
        with self.lock:
            if header.field(10) in self.seen:
                assert self.seen[header.field(10)] == arrival.content, "the same number, and other bytes"
                self.repeated += 1
            else:
                self.seen[header.field(10)] = arrival.content
                person, newest = arrival.content.decode().split("PID|1||")[1].split("\rZZZ|")
                self.got.append((person, int(newest)))
        time.sleep(0.02)
        kept: Future[None] = Future()
        kept.set_result(None)
        return kept


def test_a_sending_process_killed_at_random_loses_nothing_and_keeps_the_order_of_each_person(tmp_path: Path) -> None:
    folder, clinic = tmp_path / "place", Clinic()
    store, _ = fresh(folder)
    (folder / "inbox").mkdir()
    for n in range(PEOPLE):
        family = "ABCDEFGHIJKL"[n] * 3 + "son"
        (folder / "inbox" / f"0{n:02}-council").write_bytes(
            bundle(f"7{n}", "Falls", own=str(n), family=family, born=f"19{50 + n}-01-01")
        )
        for v in range(VERSIONS):
            content = bundle(f"7{n}", f"Step {v + 1}", own=str(n), family=family, born=f"19{50 + n}-01-01")
            (folder / "inbox" / f"{v + 1}{n:02}-hospital").write_bytes(content)
    with Listener([Door(PartnerId("vado"), "127.0.0.1", 0)], clinic.take) as listener:
        program = SENDER.format(tests=str(Path(__file__).parents[1]), folder=str(folder), port=listener.ports[0])
        chance = random.Random(3)

        def start() -> "subprocess.Popen[bytes]":
            return subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)

        server, kills = start(), 0
        until = time.monotonic() + 90
        while time.monotonic() < until:
            with store.begin() as tx:
                done = not tx.outbox.changes(1) and {s for _, _, s, _ in tx.outbox.tally()} <= {
                    DeliveryState.SENT,
                    DeliveryState.CANCELLED,
                }
            if (folder / "read").exists() and done and kills == KILLS:
                break
            if kills < KILLS and len(clinic.got) >= min(5 * (kills + 1), PEOPLE):
                time.sleep(chance.random() / 4)
                server.send_signal(signal.SIGKILL)
                server.wait()
                server, kills = start(), kills + 1
            time.sleep(0.05)
        server.send_signal(signal.SIGKILL)
        server.wait()
    newest = dict(clinic.got)
    assert len(newest) == PEOPLE and set(newest.values()) == {VERSIONS}, "something was lost"
    for person in newest:
        versions = [v for p, v in clinic.got if p == person]
        assert versions == sorted(set(versions)), "an old record came after a newer one, or one came twice"
    with store.begin() as tx:
        assert not tx.outbox.deliveries(state=DeliveryState.FAILED)
    store.close()
