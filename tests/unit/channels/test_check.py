"""What `vado partner check` says of channels that work and that do not."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from vado.channels.check import check_way
from vado.channels.smtp import MailDoor
from vado.channels.smtp import read as read_smtp
from vado.channels.store import read as read_store
from vado.channels.watched import read as read_folder
from vado.model.original import PartnerId

LAB = PartnerId("lab")


def says(kind: str, way: object, data: Path) -> list[tuple[bool, str]]:
    return [(f.good, f.says.format(**dict(f.slots))) for f in check_way(kind, way, data)]


def test_a_folder(tmp_path: Path) -> None:
    way = read_folder(LAB, {"kind": "folder", "path": "inbox"}, tmp_path)
    assert [good for good, _ in says("folder", way, tmp_path / "data")] == [True, True]
    assert not (tmp_path / "inbox").exists(), "a check makes nothing"
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.csv").write_text("x")
    assert (True, "It can be reached; 1 wait there.") in says("folder", way, tmp_path / "data")
    assert (tmp_path / "inbox" / "a.csv").exists()


def test_a_storage_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    way = read_store(LAB, {"kind": "store", "url": "oss://bucket/x"}, tmp_path)
    ((good, text),) = says("store", way, tmp_path)
    assert not good and "oss" in text


@pytest.mark.parametrize(
    ("days", "good", "word"), [(400, True, "is valid until"), (10, True, "ends soon"), (-3, False, "ended on")]
)
def test_a_certificate_and_its_end(tmp_path: Path, days: int, good: bool, word: str) -> None:
    now = datetime.now(UTC)
    ours = trustme.CA().issue_cert("localhost", not_before=now - timedelta(days=5), not_after=now + timedelta(days=days))
    ours.cert_chain_pems[0].write_to_path(tmp_path / "c.pem")
    way = MailDoor(
        partner=LAB, name="smtp", recipients=("a@b",), port=free(), certificate=tmp_path / "c.pem", key=tmp_path / "k.pem"
    )  # fmt: skip
    first, *_ = says("smtp", way, tmp_path)
    assert first[0] is good and word in first[1]


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


def test_a_port_that_is_free_or_taken(tmp_path: Path) -> None:
    table = {"kind": "smtp", "port": free(), "recipients": ["a@b"]}
    assert says("smtp", read_smtp(LAB, table, tmp_path), tmp_path) == [(True, f"Port {table['port']} is free.")]
    with socket.create_server(("127.0.0.1", 0)) as door:
        table["port"] = door.getsockname()[1]
        ((good, text),) = says("smtp", read_smtp(LAB, table, tmp_path), tmp_path)
        assert good and "open already" in text
