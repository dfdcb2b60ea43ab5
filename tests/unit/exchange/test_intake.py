"""What comes in by open channels: kept before anybody is told, read in order, whatever fails on the way."""

import io
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plain import PlainRoom, arrival, plain_exchange
from vado.errors import StoreUnavailable
from vado.exchange.intake import Intake
from vado.exchange.ports import Exchange
from vado.model.original import PartnerId, State, original_id
from vado.store.journal import FileJournal
from vado.store.originals import MemoryOriginals


def message(n: int) -> bytes:
    return f"MSH|^~\\&|A|B|C|D|20260101||ADT^A08|{n}|P|2.5\rPID|1||7^^^H^MR||Step{n}^Ana||19700203|F\r".encode()


def states(x: Exchange) -> list[State]:
    with x.store.begin() as tx:
        return [r.state for r in tx.rows(limit=1000)]


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


class Stumbling(PlainRoom):
    """A reading room with a fault of ours: one message makes it fall."""

    def look_at_all(self, work: Any) -> Any:
        for item in work:
            if b"|3|P|" in item[1]:
                raise ZeroDivisionError
            yield from super().look_at_all([item])


def test_what_was_taken_is_read_in_its_order(tmp_path: Path) -> None:
    x, journal = plain_exchange(), FileJournal(tmp_path)
    with Intake(x, journal) as intake:
        for n in range(200):
            intake.take(arrival(message(n))).result(10)
        assert until(lambda: states(x).count(State.READ) == 200)
    assert journal.behind == 0
    with x.store.begin() as tx:
        (person,) = tx.persons()
        found = tx.person(person)
    assert found and found.patients[0].resource["name"][0]["family"] == "Step199"


def test_a_fault_of_ours_does_not_stop_the_others(tmp_path: Path) -> None:
    x = replace(plain_exchange(), room=Stumbling())
    with Intake(x, FileJournal(tmp_path)) as intake:
        for n in range(6):
            intake.take(arrival(message(n))).result(10)
            time.sleep(0.05)  # so that they are not all in one batch
        assert until(lambda: states(x).count(State.READ) == 5 and states(x).count(State.HELD) == 1)
    with x.store.begin() as tx:
        (held,) = tx.rows(state=State.HELD)
    assert held.issues[0].code == "OP-002"
    assert dict(held.issues[0].slots) == {"fault": "ZeroDivisionError"}


def test_while_the_store_does_not_answer_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vado.exchange.intake._WAITS", (0.05,))
    x = plain_exchange()
    down = [True]

    class Down:
        @contextmanager
        def begin(self) -> Any:
            if down[0]:
                raise StoreUnavailable("ST-001")
            with x.store.begin() as tx:
                yield tx

        def close(self) -> None: ...

    journal = FileJournal(tmp_path)
    with Intake(replace(x, store=Down()), journal) as intake:
        for n in range(5):
            intake.take(arrival(message(n))).result(10)
        assert journal.behind > 0
        assert states(x) == []
        down[0] = False
        assert until(lambda: states(x).count(State.READ) == 5)


def test_what_the_store_had_and_nobody_read_is_read_when_it_answers_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vado.exchange.intake._WAITS", (0.05,))
    x = plain_exchange()
    fails = [True]

    class Fails(PlainRoom):
        def look_at_all(self, work: Any) -> Any:
            if fails.pop() if fails else False:
                raise StoreUnavailable("ST-001")
            yield from super().look_at_all(work)

    with Intake(replace(x, room=Fails()), FileJournal(tmp_path)) as intake:
        intake.take(arrival(message(1))).result(10)
        assert until(lambda: states(x) == [State.READ]), "it was in the store, so the journal does not give it again"


def test_senders_wait_when_too_much_waits(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    journal.append([arrival(message(n)) for n in range(10)])
    intake = Intake(plain_exchange(), journal, most_behind=100)
    intake._threads[0].start()  # only the keeper: nothing is read
    with pytest.raises(StoreUnavailable, match="ST-003"):
        intake.take(arrival(message(11))).result(10)
    intake._waiting.put(None)


def test_a_big_file_is_durable_when_it_was_taken_and_read_beside_small_ones(tmp_path: Path) -> None:
    x, journal = plain_exchange(), FileJournal(tmp_path)
    x = replace(x, slice_bytes=300)
    batch = b"".join(message(n) for n in range(40))
    with Intake(x, journal) as intake:
        intake.take(arrival(message(100))).result(10)
        intake.take_stream(io.BytesIO(batch), partner=PartnerId("hospital"), channel="folder", name="batch.hl7")
        with x.store.begin() as tx:
            assert tx.row(PartnerId("hospital"), original_id(batch)), "it was said to be kept"
        intake.take_stream(io.BytesIO(batch), partner=PartnerId("hospital"), channel="folder", name="again.hl7")
        assert until(lambda: State.KEPT not in states(x) and len(states(x)) > 5)
    assert states(x).count(State.UNPACKED) == 1


def test_a_big_file_that_the_disk_refuses_is_not_taken(tmp_path: Path) -> None:
    class Full(MemoryOriginals):
        def put_stream(self, file: Any) -> Any:
            raise StoreUnavailable("ST-001")

    x = replace(plain_exchange(), originals=Full())
    with Intake(x, FileJournal(tmp_path)) as intake, pytest.raises(StoreUnavailable):
        intake.take_stream(io.BytesIO(b"x"), partner=PartnerId("hospital"), channel="folder")
    assert states(x) == []
