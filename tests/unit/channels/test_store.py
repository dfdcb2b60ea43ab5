"""Storages over fsspec: in memory, on disk, and an S3 server of others (moto) where it is installed."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import orjson
import pytest

from channel_doubles import Kept
from vado.channels.pull import Puller
from vado.channels.store import StoreIn, read, source, version_of
from vado.channels.store_out import StoreSender
from vado.errors import SettingsError, Undeliverable, VadoError
from vado.exchange.ports import Sender
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing

LAB = PartnerId("lab")


class Place:
    """One storage: how a channel names it, and how the partner puts things there."""

    def __init__(self, url: str, said: dict[str, Any], **options: Any) -> None:
        self.said = {"kind": "store", "url": url, "steady": 0, **said}
        self.system, self.path = fsspec.core.url_to_fs(url, **options)

    def put(self, name: str, content: bytes) -> None:
        self.system.makedirs(f"{self.path}/{name}".rpartition("/")[0], exist_ok=True)
        self.system.pipe_file(f"{self.path}/{name}", content)

    def names(self) -> set[str]:
        self.system.invalidate_cache()
        return {p.removeprefix(self.path).lstrip("/") for p in self.system.find(self.path)}

    def pull(self, kept: Kept, data: Path, **other: Any) -> Puller:
        way = read(LAB, {**self.said, **other}, data)
        return Puller(way, source(way, data), kept)


@pytest.fixture(params=["memory", "file", "s3"])
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "memory":
        place = Place("memory://bucket/in", {})
        yield place
        place.system.rm("/bucket", recursive=True)
    elif request.param == "file":
        yield Place(f"file://{tmp_path}/bucket/in", {})
    else:
        pytest.importorskip("s3fs", reason="no s3fs here (the extra s3): S3 is not asked")
        moto = pytest.importorskip("moto.server", reason="no S3 server here (pip install 'moto[server]'): S3 is not asked")
        server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        credentials = tmp_path / "s3.json"
        credentials.write_bytes(orjson.dumps({"key": "k", "secret": "s", "client_kwargs": {"region_name": "eu-west-1"}}))
        credentials.chmod(0o600)
        options = {
            "key": "k",
            "secret": "s",
            "client_kwargs": {"region_name": "eu-west-1", "endpoint_url": f"http://{host}:{port}"},
        }
        fsspec.filesystem("s3", **options).mkdir(f"vado-{port}")  # moto keeps buckets for as long as the process lives
        yield Place(f"s3://vado-{port}/in", {"credentials": str(credentials), "endpoint": f"http://{host}:{port}"}, **options)
        server.stop()


def test_each_version_is_taken_once_and_left_there(there: Place, tmp_path: Path) -> None:
    kept = Kept()
    there.put("a.csv", b"a")
    there.put("b.csv", os.urandom(2_500_000))
    there.put("c.csv.part", b"half")
    there.put("deep/d.csv", b"d")
    assert there.pull(kept, tmp_path).round() == ""
    assert kept.contents == [b"a"] and kept.streamed == [("b.csv", 2_500_000)] and kept.all[0].channel == "store"
    again = there.pull(kept, tmp_path)  # as after a new start
    assert again.round() == "" and len(kept.all) == 1
    there.put("a.csv", b"a, corrected")
    assert again.round() == "" and kept.contents == [b"a", b"a, corrected"]
    assert there.names() == {"a.csv", "b.csv", "c.csv.part", "deep/d.csv"}
    assert there.pull(kept, tmp_path, deep=True).round() == "" and kept.contents[2:] == [b"d"] and kept.all[2].name == "d.csv"


def test_nothing_is_remembered_or_deleted_before_it_is_durable(there: Place, tmp_path: Path) -> None:
    kept = Kept()
    kept.down = True
    there.put("a.csv", b"a")
    channel = there.pull(kept, tmp_path, after="delete")
    assert channel.round() == "ST-001" and there.names() == {"a.csv"}
    kept.down = False
    assert channel.round() == "" and kept.contents == [b"a"] and there.names() == set()
    assert channel.round() == ""


def test_what_never_can_be_taken_is_told_once(there: Place, tmp_path: Path) -> None:
    there.put("big.bin", b"x" * 1_500_000)
    there.put("empty.bin", b"")
    channel = there.pull(Kept(), tmp_path, megabytes=1)
    assert channel.round() == "" and channel.round() == "" and channel.pulse.health.refused == 2


def test_it_writes_whole_objects_and_again_the_same(there: Place, tmp_path: Path) -> None:
    said = {k: v for k, v in there.said.items() if k != "steady"}
    sender = StoreSender.of(LAB, {**said, "way": "out", "name": "back"}, tmp_path)
    assert isinstance(sender, Sender)
    outgoing = Outgoing(b"{}" * 1000, "application/fhir+json")
    assert sender.send(outgoing, "d1") == "d1.json" and sender.send(outgoing, "d1") == "d1.json"
    assert there.names() == {"d1.json"} and there.system.cat_file(f"{there.path}/d1.json") == outgoing.content


def test_a_storage_that_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = Place(f"file://{tmp_path}/file/inner", {})
    with pytest.raises(Undeliverable):
        StoreSender.of(LAB, {"kind": "store", "way": "out", "name": "x", "url": place.said["url"]}, tmp_path).send(
            Outgoing(b"x", "text/plain"), "d"
        )
    links = Place(f"file://{tmp_path}/links", {})
    links.put("a.csv", b"a")
    (tmp_path / "links" / "l.csv").symlink_to(tmp_path / "file")
    kept = Kept()
    channel = links.pull(kept, tmp_path)
    assert channel.round() == "" and kept.contents == [b"a"] and channel.pulse.health.refused == 1


def test_credentials_are_a_file_for_vado_alone(tmp_path: Path) -> None:
    secret = tmp_path / "s.json"
    secret.write_text("[1]")
    way = read(LAB, {"kind": "store", "url": "memory://x/y", "credentials": "s.json"}, tmp_path)
    for mode in (0o644, 0o600):
        secret.chmod(mode)
        with pytest.raises(VadoError) as fault:
            source(way, tmp_path)
        assert fault.value.code == "CH-007"


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    way = StoreIn(partner=LAB, name="s", url="oss://bucket/path")
    with pytest.raises(VadoError) as fault:
        source(way, tmp_path)
    assert fault.value.code == "CH-010" and "ossfs" in str(fault.value)


def test_versions() -> None:
    assert version_of({"ETag": '"x"', "size": 1}) == '"x"' and version_of({"mtime": 5.0, "size": 1}) == "5.0/1"


@pytest.mark.parametrize(
    "wrong",
    [{}, {"url": "bucket"}, {"url": "nothing://x"}, {"url": "simplecache::s3://x/y"}, {"url": "memory://x", "after": "move"}],
)
def test_a_wrong_channel_stops_the_start(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        read(LAB, {"kind": "store", **wrong}, tmp_path)
