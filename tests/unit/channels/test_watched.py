"""The watched folder as partners use it, well and badly: half-written files, links, odd names, a full disk."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from channel_doubles import Kept
from vado.channels.health import Board, read_health
from vado.channels.names import leads_out, plain_name, unfinished
from vado.channels.pull import Puller
from vado.channels.watched import FolderSource, WatchedFolder, read
from vado.errors import SettingsError
from vado.model.original import PartnerId

NORTH = PartnerId("north")


def puller(inbox: Path, kept: Kept, **keys: Any) -> Puller:
    way = WatchedFolder(partner=NORTH, name="folder", path=inbox, steady=keys.pop("steady", 0.0), **keys)
    return Puller(way, FolderSource(way), kept)


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()} if folder.exists() else set()


def test_a_file_is_taken_and_moved_and_one_of_its_name_later_too(tmp_path: Path) -> None:
    kept = Kept()
    channel = puller(tmp_path, kept)
    for content in (b"first", b"second"):
        (tmp_path / "list.csv").write_bytes(content)
        assert channel.round() == ""
    assert kept.contents == [b"first", b"second"]
    assert (kept.all[0].partner, kept.all[0].channel, kept.all[0].name) == (NORTH, "folder", "list.csv")
    assert names(tmp_path) == {"done"}
    assert {p.read_bytes() for p in (tmp_path / "done").iterdir()} == {b"first", b"second"}
    assert channel.pulse.health.taken == 2 and channel.pulse.health.succeeded


def test_a_growing_file_waits_until_it_is_steady(tmp_path: Path) -> None:
    kept = Kept()
    channel = puller(tmp_path, kept, steady=0.15)
    file = tmp_path / "scan.pdf"
    for n in range(4):
        with file.open("ab") as growing:
            growing.write(b"page" * n + b".")
        channel.round()
        assert kept.contents == [] and channel.pulse.health.waiting == 1
        time.sleep(0.05)
    channel.round()
    time.sleep(0.2)
    channel.round()
    assert kept.contents == [b".page.pagepage.pagepagepage."]
    assert channel.pulse.health.waiting == 0


def test_what_says_of_itself_that_it_is_unfinished_is_left(tmp_path: Path) -> None:
    kept = Kept()
    left = {"a.tmp", "b.PART", "c.filepart", ".hidden", "d.csv~", "e.crdownload"}
    for name in left:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "deep.csv").write_bytes(b"x")
    puller(tmp_path, kept).round()
    assert kept.contents == [] and left | {"inner"} == names(tmp_path)


@pytest.mark.parametrize(("marker", "second"), [("{name}.done", "a.csv.done"), ("{stem}.ok", "a.ok")])
def test_a_marker_says_that_a_file_is_whole(tmp_path: Path, marker: str, second: str) -> None:
    kept = Kept()
    channel = puller(tmp_path, kept, marker=marker, steady=60.0)
    (tmp_path / "a.csv").write_bytes(b"whole")
    channel.round()
    assert kept.contents == []
    (tmp_path / second).write_bytes(b"")
    channel.round()
    assert kept.contents == [b"whole"]
    assert names(tmp_path) == {"done"} and names(tmp_path / "done") == {"a.csv"}


def test_nothing_is_moved_before_it_is_durable(tmp_path: Path) -> None:
    kept = Kept()
    channel = puller(tmp_path, kept)
    (tmp_path / "a.csv").write_bytes(b"a")
    kept.down = True
    assert channel.round() == "ST-001"
    assert names(tmp_path) == {"a.csv"}
    kept.down = False
    assert channel.round() == "" and kept.contents == [b"a"]


def test_links_and_devices_are_never_opened(tmp_path: Path) -> None:
    kept, inbox = Kept(), tmp_path / "inbox"
    inbox.mkdir()
    (tmp_path / "secret").write_bytes(b"not theirs")
    (inbox / "link.csv").symlink_to(tmp_path / "secret")
    (inbox / "folder-link").symlink_to(tmp_path)
    os.mkfifo(inbox / "pipe.csv")
    (inbox / "empty.csv").touch()
    channel = puller(inbox, kept)
    assert channel.round() == ""
    assert kept.contents == []
    assert names(inbox) == {"failed"}
    assert "CH-003" in (inbox / "failed" / "link.csv.why.txt").read_text()
    assert "CH-012" in (inbox / "failed" / "empty.csv.why.txt").read_text()
    assert (tmp_path / "secret").read_bytes() == b"not theirs"
    assert channel.pulse.health.refused == 4 and channel.pulse.health.in_a_row == 0


def test_done_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    kept, inbox, outside = Kept(), tmp_path / "inbox", tmp_path / "outside"
    inbox.mkdir(), outside.mkdir()
    (inbox / "done").symlink_to(outside)
    (inbox / "a.csv").write_bytes(b"a")
    channel = puller(inbox, kept)
    assert channel.round() == "CH-009"
    assert names(outside) == set() and "a.csv" in names(inbox) and kept.contents == [b"a"]


def test_odd_names_are_taken_under_plain_ones(tmp_path: Path) -> None:
    kept = Kept()
    odd = [b"\xff\xfe.csv", "ana\u202egpj.exe".encode(), b"new\nline.csv", ("ñ" * 120 + ".csv").encode(), b"..csv.csv", b"-rf"]
    for n, name in enumerate(odd):
        (tmp_path / os.fsdecode(name)).write_bytes(b"%d" % n)
    channel = puller(tmp_path, kept)
    assert channel.round() == ""
    taken = {a.content: a.name for a in kept.all}
    assert taken[b"1"] == "ana_gpj.exe" and taken[b"2"] == "new_line.csv" and taken[b"0"] == "__.csv"
    for name in taken.values():
        name.encode()
    assert b"4" not in taken  # it is hidden


def test_too_big_is_put_aside_and_a_big_one_streamed(tmp_path: Path) -> None:
    kept = Kept()
    (tmp_path / "big.ndjson").write_bytes(b"0123456789" * 300_000)
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(5_000_000)
    channel = puller(tmp_path, kept, megabytes=4)
    assert channel.round() == ""
    assert kept.streamed == [("big.ndjson", 3_000_000)]
    assert "CH-002" in (tmp_path / "failed" / "huge.bin.why.txt").read_text()


def test_a_file_exchanged_while_it_is_taken_is_taken_again(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"

    class Slow(Kept):
        def take(self, arrival):  # noqa: ANN001, ANN202
            if not self.all:
                file.write_bytes(b"second, longer")
            return super().take(arrival)

    kept = Slow()
    file.write_bytes(b"first")
    channel = puller(tmp_path, kept)
    channel.round()
    assert names(tmp_path) == {"a.csv"}, "the new content was moved away without being taken"
    channel.round()
    assert kept.contents == [b"first", b"second, longer"]


def test_many_writers_and_a_server_that_starts_again_lose_nothing(tmp_path: Path) -> None:
    kept = Kept()

    def write(n: int) -> None:
        for k in range(15):
            part = tmp_path / f"{n}-{k}.csv.part"
            part.write_bytes(b"%d-%d" % (n, k))
            part.rename(tmp_path / f"{n}-{k}.csv")

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    until = time.monotonic() + 10
    while len(set(kept.contents)) < 60 and time.monotonic() < until:
        with puller(tmp_path, kept, every=0.01):
            time.sleep(0.05)
    assert sorted(kept.contents) == sorted(b"%d-%d" % (n, k) for n in range(4) for k in range(15))


def test_after_delete_leaves_nothing(tmp_path: Path) -> None:
    kept = Kept()
    (tmp_path / "a.csv").write_bytes(b"a")
    puller(tmp_path, kept, after="delete").round()
    assert names(tmp_path) == set() and kept.contents == [b"a"]


def test_a_folder_that_is_no_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    channel = puller(tmp_path / "file", Kept())
    assert channel.round() == "CH-008"


def test_it_is_tried_again_and_its_health_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vado.channels.pull.WAITS", (0.01, 0.02))
    (tmp_path / "in").write_text("")
    channel = puller(tmp_path / "in", Kept(), every=0.01)
    with Board([channel.pulse], tmp_path) as board, channel:
        until = time.monotonic() + 5
        while channel.pulse.health.in_a_row < 3 and time.monotonic() < until:
            time.sleep(0.01)
        ill = board.health[0]
        assert ill.code == "CH-008" and ill.again
        (tmp_path / "in").unlink()
        while channel.pulse.health.in_a_row and time.monotonic() < until:
            time.sleep(0.01)
    (told,) = read_health(tmp_path)
    assert told.code == "CH-008" and told.succeeded and not told.open and told.in_a_row == 0 and told.heard
    assert not told.well(told.heard)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"path": 3}, {"path": "in", "evry": 1}, {"path": "in", "every": -1}, {"path": "in", "after": "burn"}, {"path": "."},
     {"path": "data/journal"}, {"path": "in", "done": "../x"}, {"path": "in", "marker": "ok"}, {"path": "in", "megabytes": True}],
)  # fmt: skip
def test_a_wrong_channel_stops_the_start(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        read(NORTH, {"kind": "folder", **wrong}, tmp_path)


def test_paths_are_of_the_place(tmp_path: Path) -> None:
    way = read(NORTH, {"kind": "folder", "path": "inbox/north", "steady": 1}, tmp_path)
    assert way.path == tmp_path / "inbox/north" and way.steady == 1.0 and way.name == "folder"


def test_names() -> None:
    assert plain_name("../../etc/passwd") == "passwd" and plain_name("c:\\x\\y.csv") == "y.csv" and plain_name("..") == ""
    assert plain_name("n\u0303.csv") == "ñ.csv"
    assert leads_out("../x") and leads_out("..") and not leads_out("x..y")
    assert unfinished("a.TMP") and not unfinished("a.csv")
