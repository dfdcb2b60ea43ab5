"""A big file: cut only between records, read as if it were small, kept once, finished after a stop."""

import io
import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plain import everything, plain_exchange
from vado.exchange import receive as story
from vado.exchange import slices
from vado.exchange.ports import Exchange
from vado.model.original import PartnerId, State, original_id
from vado.store.originals import FolderOriginals, MemoryOriginals
from vado.store.sql.store import SqlStore

HOSPITAL = PartnerId("hospital")


def message(n: int) -> bytes:
    return (
        f"MSH|^~\\&|LAB|H|V|V|202601010101||ORU^R01|{n}|P|2.5\rPID|1||{n:05}^^^H^MR||{chr(65 + n % 26) * 6}^Ana{n}||{1930 + n}0203|F\r"
        f"OBR|1|{n}|{n}|GLU^Glucose^L|||202601010000\rOBX|1|NM|GLU^Glucose^L||{n}|mg/dL|||||F\r"
    ).encode()


def line(n: int) -> bytes:
    who = {"resourceType": "Patient", "id": str(n), "name": [{"family": chr(65 + n % 26) * 6}], "birthDate": f"{1930 + n}-02-03"}
    return orjson.dumps(who | {"identifier": [{"system": "https://h.example/nhc", "value": str(n)}]}) + b"\n"


def big(make: str, count: int = 30) -> bytes:
    return b"".join((message if make == "hl7" else line)(n) for n in range(count))


def small_slices(folder: Path) -> Exchange:
    folder.mkdir(exist_ok=True)
    x = plain_exchange(SqlStore(f"sqlite:///{folder}/vado.sqlite"), FolderOriginals(folder / "originals"))
    return replace(x, slice_bytes=300)


@pytest.mark.parametrize("make", ["hl7", "ndjson"])
def test_a_file_in_slices_says_what_the_same_records_say_alone(make: str, tmp_path: Path) -> None:
    content, x, alone = big(make), small_slices(tmp_path), plain_exchange()
    rows = list(story.receive_stream(x, io.BytesIO(content), partner=HOSPITAL, channel="test"))
    assert rows[0].state is State.UNPACKED
    assert rows[0].reader == "slices"
    assert len(rows) > 7
    assert all(r.state is State.READ and r.original.parent == rows[0].original.id for r in rows[1:])
    list(story.receive(alone, (story.Arrival(HOSPITAL, "test", (message if make == "hl7" else line)(n)) for n in range(30))))
    with x.store.begin() as one, alone.store.begin() as other:
        assert len(one.persons()) == 30
        assert one.persons() == other.persons()
        ids = [r.original.id for r in rows[1:]]
        kinds = sorted(f.kind for i in ids for f in one.facts_from(HOSPITAL, i))
        assert kinds == sorted(f.kind for r in other.rows(limit=999) for f in other.facts_from(HOSPITAL, r.original.id))
    before = everything(x)
    again = list(story.receive_stream(x, io.BytesIO(content), partner=HOSPITAL, channel="test"))
    assert len(again) == len(rows)
    assert everything(x) == before, "receiving again must change nothing"


def test_the_bytes_are_kept_once_and_stay_provable(tmp_path: Path) -> None:
    x, content = small_slices(tmp_path), big("hl7", 400)
    rows = list(story.receive_stream(x, io.BytesIO(content), partner=HOSPITAL, channel="test"))
    assert x.originals.get(rows[0].original.id) == content
    assert b"".join(x.originals.get(i) for i in dict.fromkeys(r.original.id for r in rows[1:])) == content
    kept = sum(p.stat().st_size for p in (tmp_path / "originals").rglob("*") if p.is_file())
    assert kept < 1.4 * len(content)
    assert dict(x.originals.verify()) == {r.original.id: True for r in rows}
    whole = next(p for p in (tmp_path / "originals").rglob(rows[0].original.id))
    whole.chmod(0o640)
    whole.write_bytes(content.replace(b"^Ana7|", b"^Eva7|"))
    assert sorted(dict(x.originals.verify()).values()).count(False) == 2, "the whole and the slice that was altered"


@pytest.mark.parametrize("read_before_death", [0, 1, 7])
def test_a_stop_in_the_middle_is_finished_by_resume(tmp_path: Path, read_before_death: int) -> None:
    content, calm = big("ndjson"), small_slices(tmp_path / "calm")
    list(story.receive_stream(calm, io.BytesIO(content), partner=HOSPITAL, channel="test"))
    child = os.fork()
    if child == 0:
        going = story.receive_stream(small_slices(tmp_path / "x"), io.BytesIO(content), partner=HOSPITAL, channel="test")
        for _ in range(read_before_death):
            next(going)
        if not read_before_death:  # dies while the slices are being named
            slices.islice = lambda *_: os._exit(0)  # type: ignore[assignment]
            next(going)
        os._exit(0)
    os.waitpid(child, 0)
    x = small_slices(tmp_path / "x")
    list(story.resume(x))
    assert everything(x) == everything(calm)
    with x.store.begin() as tx:
        assert not tx.rows(state=State.KEPT)


@pytest.mark.parametrize(
    "content",
    [
        b"surname;born\n" + b"Smith;1970-02-03\n" * 2000,
        b'{"resourceType": "Bundle",\n' + b" " * 20_000 + b'"type": "collection"}\n',
        message(1) + b"NTE|1||" + b"long " * 4000,
        b"{}\n" * 9000,
    ],
    ids=["a table", "one document", "one message", "no resources"],
)
def test_what_cannot_be_cut_is_read_whole(content: bytes, tmp_path: Path) -> None:
    x = small_slices(tmp_path)
    rows = list(story.receive_stream(x, io.BytesIO(content), partner=HOSPITAL, channel="test"))
    assert [r.original.id for r in rows] == [original_id(content)]
    assert rows[0].reader != "slices"


def test_a_file_without_borders_is_held_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "LONGEST", 10_000)
    x = replace(plain_exchange(originals=MemoryOriginals()), slice_bytes=100, original_megabytes=0)
    (row,) = story.receive_stream(x, io.BytesIO(message(1) + b"x" * 50_000), partner=HOSPITAL, channel="test")
    assert row.state is State.HELD
    assert [i.code for i in row.issues] == ["IN-008"]


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 300), min_size=1, max_size=40), end=st.sampled_from([b"\r", b"\n", b"\r\n"]),
    frame=st.sampled_from([b"", b"\x0b"]), about=st.integers(1, 900), block=st.integers(9, 70),
)  # fmt: skip
def test_slices_are_whole_records_without_gap(sizes: list[int], end: bytes, frame: bytes, about: int, block: int) -> None:
    records = [frame + b"MSH|^~\\&|" + b"M" * n + end + b"PID|1|MSH|" + end for n in sizes]
    content, before = b"".join(records), slices._BLOCK
    slices._BLOCK = block
    try:
        found = list(slices.cut(io.BytesIO(content), slices.form_of(io.BytesIO(content)), about))
    finally:
        slices._BLOCK = before
    parts = [content[at : at + size] for at, size in found]
    assert b"".join(parts) == content
    assert all(part.startswith(frame + b"MSH|^") for part in parts)
    assert all(len(part) >= about for part in parts[:-1])
    assert sum(len(p) for p in parts[:-1]) <= len(content)
    starts = {sum(map(len, records[:n])) for n in range(len(records))}
    assert all(at in starts for at, _ in found)
