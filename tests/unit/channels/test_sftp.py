"""SFTP against servers nobody here wrote: asyncssh, which comes with the test requirements, and OpenSSH where it is installed."""

import asyncio
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from channel_doubles import Kept, free_port, wait_for
from vado.channels.check import check_way
from vado.channels.pull import Puller
from vado.channels.remembered import Remembered
from vado.channels.sftp import SftpIn, read, source
from vado.channels.sftp_out import SftpOut, SftpSender
from vado.channels.ssh import shown_key
from vado.errors import SettingsError, Undeliverable
from vado.exchange.ports import Sender
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing

LAB = PartnerId("lab")
SSHD = """
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized
PasswordAuthentication no
UsePAM no
StrictModes no
PidFile none
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True)
class Server:
    way: SftpIn
    root: Path  # of its files, on this machine
    kind: str


class Asyncssh:
    """asyncssh in a thread with a loop of its own. `factory` makes a server of the test's own for what no honest one does."""

    def __init__(self, root: Path, home: Path, factory: Callable[..., Any] | None = None) -> None:
        self._root, self._home, self._factory = root, home, factory
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _start(self) -> Any:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[str(self._home / "host_key")], authorized_client_keys=str(self._home / "authorized"),
            sftp_factory=self._factory or (lambda channel: asyncssh.SFTPServer(channel, chroot=str(self._root).encode())),
        )  # fmt: skip

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        time.sleep(0.05)
        self._loop.call_soon_threadsafe(self._loop.stop)


def keys(home: Path) -> tuple[str, str]:
    """Write our key and the server's; give the server's as a line and as a fingerprint."""
    ours, theirs = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    for name, key in (("key", ours), ("host_key", theirs)):
        key.write_private_key(str(home / name))
        (home / name).chmod(0o600)
    ours.write_public_key(str(home / "authorized"))
    return theirs.export_public_key().decode().strip(), theirs.get_fingerprint()


@pytest.fixture(params=["asyncssh", "openssh"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    home, root = tmp_path / "home", tmp_path / "root"
    home.mkdir(), root.mkdir()
    line, _ = keys(home)
    way = SftpIn(
        partner=LAB, name="sftp", host="127.0.0.1", user="root", host_key=(line,), key=home / "key", steady=0.01, folder="/out"
    )  # fmt: skip
    if request.param == "asyncssh":
        (root / "out").mkdir()
        own = Asyncssh(root, home)
        yield Server(replace(way, port=own.port), root / "out", "asyncssh")
        own.stop()
        return
    if not shutil.which("sshd") or os.getuid() != 0:
        pytest.skip("no OpenSSH server here (apt-get install openssh-server, and run as root): asyncssh alone is asked")
    Path("/run/sshd").mkdir(exist_ok=True)
    port = free_port()
    (home / "sshd_config").write_text(SSHD.format(port=port, home=home))
    process = subprocess.Popen([str(shutil.which("sshd")), "-D", "-f", str(home / "sshd_config")], stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield Server(replace(way, port=port, folder=str(root)), root, "openssh")
    finally:
        process.terminate()
        process.wait(10)


def pull(server: Server, kept: Kept, data: Path, **other: Any) -> Puller:
    way = replace(server.way, **other)
    return Puller(way, source(way, data), kept)


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()} if folder.exists() else set()


def twice(channel: Puller) -> str:
    """Look, let time pass, look again: then what has not changed is taken."""
    first = channel.round()
    time.sleep(0.03)
    return first or channel.round()


def test_whole_files_are_taken_and_moved(server: Server, tmp_path: Path) -> None:
    kept = Kept()
    (server.root / "a.csv").write_bytes(b"first")
    (server.root / "b.csv.part").write_bytes(b"half")
    (server.root / "deep").mkdir()
    channel = pull(server, kept, tmp_path)
    assert channel.round() == "" and kept.all == [] and channel.pulse.health.waiting == 1
    time.sleep(0.03)
    assert channel.round() == "" and kept.contents == [b"first"] and kept.all[0].channel == "sftp"
    (server.root / "a.csv").write_bytes(b"second")
    assert twice(channel) == "" and kept.contents == [b"first", b"second"]
    assert names(server.root) == {"b.csv.part", "deep", "done"} and names(server.root / "done") == {"a.csv", "2-a.csv"}


def test_nothing_is_moved_before_it_is_durable(server: Server, tmp_path: Path) -> None:
    kept = Kept()
    kept.down = True
    (server.root / "a.csv").write_bytes(b"a")
    channel = pull(server, kept, tmp_path, after="delete")
    assert twice(channel) == "ST-001" and names(server.root) == {"a.csv"}
    kept.down = False
    assert channel.round() == "" and kept.contents == [b"a"] and names(server.root) == set()


def test_where_nothing_may_be_moved_each_version_is_taken_once(server: Server, tmp_path: Path) -> None:
    kept = Kept()
    (server.root / "a.csv").write_bytes(b"a")
    (server.root / "empty.csv").touch()
    assert twice(pull(server, kept, tmp_path, after="keep")) == ""
    again = pull(server, kept, tmp_path, after="keep")  # as after a new start
    assert twice(again) == "" and kept.contents == [b"a"] and again.pulse.health.refused == 0
    (server.root / "a.csv").write_bytes(b"a, corrected")
    assert twice(again) == "" and kept.contents == [b"a", b"a, corrected"]
    assert names(server.root) == {"a.csv", "empty.csv"}


def test_a_marker_and_a_big_file(server: Server, tmp_path: Path) -> None:
    kept = Kept()
    content = os.urandom(5_000_000)
    (server.root / "big.zip").write_bytes(content)
    channel = pull(server, kept, tmp_path, marker="{name}.ok", steady=100.0)
    assert twice(channel) == "" and kept.streamed == []
    (server.root / "big.zip.ok").touch()
    assert channel.round() == "" and kept.streamed == [("big.zip", 5_000_000)]
    assert names(server.root) == {"done"}


def test_links_and_files_too_big_are_put_aside(server: Server, tmp_path: Path) -> None:
    kept = Kept()
    (server.root / "link.csv").symlink_to("/etc/passwd")
    (server.root / "big.csv").write_bytes(b"x" * 1_500_000)
    channel = pull(server, kept, tmp_path, megabytes=1)
    assert twice(channel) == "" and kept.all == [] and names(server.root / "failed") == {"link.csv", "big.csv"}


def test_another_host_key_is_never_spoken_to(server: Server, tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    kept = Kept()
    (server.root / "a.csv").write_bytes(b"a")
    for pinned in (other.get_fingerprint(), other.export_public_key().decode()):
        assert twice(pull(server, kept, tmp_path, host_key=(pinned,))) == "CH-005"
    kind, seen = shown_key(server.way)
    assert kind == "ssh-ed25519"
    assert twice(pull(server, kept, tmp_path, host_key=(seen,))) == "" and kept.contents == [b"a"]


def test_a_check_shows_the_key_and_moves_nothing(server: Server, tmp_path: Path) -> None:
    (server.root / "a.csv").write_bytes(b"a")
    found = list(check_way("sftp", server.way, tmp_path))
    assert all(f.good for f in found) and any("SHA256:" in dict(f.slots).get("fingerprint", "") for f in found)
    *_, bad = check_way("sftp", replace(server.way, host_key=("SHA256:" + "A" * 43,)), tmp_path)
    assert bad.code == "CH-005" and names(server.root) == {"a.csv"}


def test_known_hosts_of_openssh(server: Server, tmp_path: Path) -> None:
    file, line = tmp_path / "known_hosts", server.way.host_key[0]
    file.write_text(f"[127.0.0.1]:{server.way.port} {line}\n")
    assert twice(pull(server, Kept(), tmp_path, host_key=(), known_hosts=file)) == ""
    file.write_text(f"elsewhere {line}\n")
    assert twice(pull(server, Kept(), tmp_path, host_key=(), known_hosts=file)) == "CH-005"
    assert twice(pull(server, Kept(), tmp_path, host_key=(), known_hosts=tmp_path / "none")) == "CH-007"


def test_a_wrong_key_and_a_missing_folder_are_said(server: Server, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(stranger))
    stranger.chmod(0o600)
    assert pull(server, Kept(), tmp_path, key=stranger).round() == "CH-006"
    stranger.chmod(0o644)
    assert pull(server, Kept(), tmp_path, key=stranger).round() == "CH-007"
    assert pull(server, Kept(), tmp_path, folder="/nowhere").round() == "CH-008"
    assert pull(server, Kept(), tmp_path, port=free_port()).round() == "CH-001"


def test_a_file_comes_whole_under_its_name_and_again_under_the_same(server: Server, tmp_path: Path) -> None:
    table = {
        "kind": "sftp", "way": "out", "name": "back", "host": "127.0.0.1", "port": server.way.port, "user": "root",
        "host_key": list(server.way.host_key), "key": str(server.way.key), "folder": server.way.folder,
    }  # fmt: skip
    sender = SftpSender.of(LAB, table, tmp_path)
    assert isinstance(sender, Sender)
    outgoing = Outgoing(b"MSH|" * 50_000, "x-application/hl7-v2+er7", name="../../su ma\u202ery.hl7")
    name = sender.send(outgoing, "d1")
    assert name == "d1-su_ma_ry.hl7" and sender.send(outgoing, "d1") == name
    assert names(server.root) == {name} and (server.root / name).read_bytes() == outgoing.content
    assert sender.send(Outgoing(b"{}", "application/fhir+json"), "d2") == "d2.json"


def test_a_sending_that_fails_says_whether_to_try_again(server: Server) -> None:
    shared = {"partner": LAB, "name": "back", "host": "127.0.0.1", "port": server.way.port, "user": "root", "key": server.way.key}
    good = SftpOut(**shared, host_key=server.way.host_key, folder="/nowhere")
    for way, code in (
        (good, "DE-001"), (replace(good, port=free_port()), "DE-001"),
        (replace(good, host_key=("SHA256:" + "A" * 43,)), "DE-002"),
    ):  # fmt: skip
        with pytest.raises(Undeliverable) as fault:
            SftpSender(way).send(Outgoing(b"x", "text/plain"), "d")
        assert fault.value.code == code and fault.value.again


class Lying(asyncssh.SFTPServer):
    """Lists names that lead out, and gives fewer bytes than it said."""

    async def scandir(self, path: bytes):  # noqa: ANN201
        for name, size in ((b"x/../../etc/passwd", 3), (b"short.csv", 3_000_000)):
            yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(size=size, mtime=1, atime=1, permissions=0o100644))

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        return super().open(b"/short", pflags, attrs)


def test_a_server_that_lies_is_not_believed(tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "root"
    home.mkdir(), root.mkdir()
    line, _ = keys(home)
    (root / "short").write_bytes(b"x" * 2_500_000)
    own = Asyncssh(root, home, lambda channel: Lying(channel, chroot=str(root).encode()))
    way = SftpIn(
        partner=LAB, name="sftp", host="127.0.0.1", port=own.port, user="root", host_key=(line,), key=home / "key", steady=0.01
    )  # fmt: skip
    kept = Kept()
    channel = Puller(way, source(way, tmp_path / "data"), kept)
    assert twice(channel) == "CH-001"
    assert kept.all == [] and kept.streamed == [] and channel.pulse.health.refused == 1
    own.stop()


def test_what_is_remembered_outlives_a_crash_in_the_middle_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vado.channels.remembered._WORTH", 20)
    memory = Remembered(tmp_path, LAB, "x")
    memory.add("a", "1")
    memory.add("b", "1")
    (file,) = (tmp_path / "taken").iterdir()
    file.write_bytes(file.read_bytes() + b'["c","')
    memory = Remembered(tmp_path, LAB, "x")
    assert memory.knows("a", "1") and not memory.knows("a", "2") and not memory.knows("c", "")
    for n in range(30):
        memory.add("a", str(n))
    memory.keep_only({"a"})
    assert len(file.read_bytes().splitlines()) == 1
    assert Remembered(tmp_path, LAB, "x").knows("a", "29") and not Remembered(tmp_path, LAB, "y").knows("a", "29")


@pytest.mark.parametrize(
    "wrong",
    [
        {"host_key": []}, {"known_hosts": "k"}, {"host_key": ["anything"]}, {"password": "p"}, {"key": ""}, {"after": "burn"},
        {"done": "../x"}, {"marker": "ok"}, {"hostkey": "x"},
    ],
)  # fmt: skip
def test_a_wrong_channel_stops_the_start(tmp_path: Path, wrong: dict[str, Any]) -> None:
    good = {"kind": "sftp", "host": "h", "user": "u", "key": "k", "host_key": ["SHA256:" + "A" * 43]}
    assert read(LAB, good, tmp_path).key == tmp_path / "k"
    with pytest.raises(SettingsError):
        read(LAB, {**good, **wrong}, tmp_path)
