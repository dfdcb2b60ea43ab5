"""The journal: what was acknowledged is there after any crash, in its order; what was cut off never was acknowledged."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vado.errors import StoreUnavailable
from vado.model.original import Arrival, PartnerId
from vado.store.journal import FileJournal

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def arrivals(count: int) -> list[Arrival]:
    return [Arrival(PartnerId("hospital"), "mllp", b"message %d" % n * 50, f"{n}.hl7", None, AT) for n in range(count)]


def test_gives_back_what_it_took_in_its_order_until_the_store_has_it(tmp_path: Path) -> None:
    journal, sent = FileJournal(tmp_path), arrivals(10)
    journal.append(sent[:4])
    journal.append(sent[4:])
    assert journal.next(3) == tuple(sent[:3])
    journal.forget(3)
    assert journal.next(100) == tuple(sent[3:])
    journal.close()
    again = FileJournal(tmp_path)
    assert again.next(100) == tuple(sent[3:])
    again.forget(7)
    assert again.next(100) == ()
    assert again.behind == 0


def test_whatever_byte_a_crash_cuts_at_whole_records_stay(tmp_path: Path) -> None:
    journal, sent = FileJournal(tmp_path), arrivals(3)
    ends = []
    for one in sent:
        journal.append([one])
        ends.append(journal.behind)
    journal.close()
    whole = (tmp_path / "arrivals").read_bytes()
    for cut in range(0, len(whole) + 1, 7):
        (tmp_path / "arrivals").write_bytes(whole[:cut])
        after = FileJournal(tmp_path)
        kept = sum(end <= cut for end in ends)
        assert after.next(10) == tuple(sent[:kept])
        after.append([sent[0]])  # and it goes on behind them
        assert after.next(10) == (*sent[:kept], sent[0])
        after.close()


def test_a_flipped_bit_is_seen(tmp_path: Path) -> None:
    journal, sent = FileJournal(tmp_path), arrivals(2)
    journal.append(sent)
    journal.close()
    raw = bytearray((tmp_path / "arrivals").read_bytes())
    raw[-5] ^= 1
    (tmp_path / "arrivals").write_bytes(raw)
    assert FileJournal(tmp_path).next(10) == (sent[0],)


def test_a_full_disk_keeps_nothing_of_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, sent = FileJournal(tmp_path), arrivals(3)
    journal.append(sent[:1])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", full)
        with pytest.raises(StoreUnavailable):
            journal.append(sent[1:])
    journal.append(sent[2:])
    assert journal.next(10) == (sent[0], sent[2])


def test_it_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vado.store.journal._FULL", 1000)
    journal, sent = FileJournal(tmp_path), arrivals(4)
    for _ in range(20):
        journal.append(sent)
        assert journal.next(10) == tuple(sent)
        journal.forget(4)
        assert (tmp_path / "arrivals").stat().st_size < 10_000
    journal.append(sent[:1])
    journal.close()
    assert FileJournal(tmp_path).next(10) == (sent[0],)
