"""Bulk export: everything once, in files that any NDJSON reader takes, whatever stops it on the way."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from plain import OPEN, plain_exchange
from vado.errors import Refusal
from vado.exchange import bulk
from vado.exchange.bulk import Exporter, write_export
from vado.exchange.interact.perform import Asker, one
from vado.exchange.ports import Exchange
from vado.model.export import Export, Only, Progress
from vado.model.interaction import Interaction
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.store.sql.store import SqlStore
from vado.web.app import build

WEB = Viewer("web")
ANA = {"resourceType": "Patient", "name": [{"family": "Mora", "given": ["Ana"]}], "birthDate": "1961-02-03"}


def tell(x: Exchange, method: str, target: str, body: Any = None) -> str:
    asked = Interaction(method, target, orjson.dumps(body) if body else b"")
    return one(x, Asker(PartnerId("hospital"), "partner:hospital", "https://here/fhir"), asked).id


@pytest.fixture
def x(tmp_path: Path) -> Exchange:
    exchange = plain_exchange(SqlStore(f"sqlite:///{tmp_path}/a.sqlite"))
    for n in range(12):
        tell(exchange, "PUT", f"Patient/{n}", ANA | {"id": str(n)})
        tell(
            exchange,
            "PUT",
            f"Flag/{n}",
            {
                "resourceType": "Flag",
                "id": str(n),
                "status": "active",
                "code": {"text": f"{n}"},
                "subject": {"reference": f"Patient/{n}"},
            },
        )
    tell(exchange, "PUT", "Organization/1", {"resourceType": "Organization", "id": "1", "name": "Centro"})
    tell(
        exchange,
        "PUT",
        "Flag/3",
        {"resourceType": "Flag", "id": "3", "status": "inactive", "code": {"text": "3"}, "subject": {"reference": "Patient/3"}},
    )
    tell(exchange, "DELETE", "Flag/4")
    return exchange


def done(look: Callable[[], Export]) -> Export:
    until = time.monotonic() + 10
    while (export := look()).state is Progress.RUNNING:
        assert time.monotonic() < until
        time.sleep(0.01)
    return export


def read(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {p.stem: [orjson.loads(line) for line in p.read_bytes().splitlines()] for p in sorted(folder.iterdir())}


def test_everything_as_it_stands(x: Exchange, tmp_path: Path) -> None:
    with Exporter(x, tmp_path / "e") as exporter:
        begun = exporter.begin("http://here/$export", [], Only(), WEB)
        export = done(lambda: exporter.look(begun.id, WEB))
        found = read(tmp_path / "e" / begun.id)
        assert (
            {f.kind: f.count for f in export.files}
            == {k: len(v) for k, v in found.items()}
            == {"Flag": 11, "Organization": 1, "Patient": 12}
        )
        assert {f["code"]["text"]: f["status"] for f in found["Flag"]}["3"] == "inactive"
        assert exporter.file(begun.id, "Flag.ndjson", WEB).is_file()
        for wrong in ("../a.sqlite", "Claim.ndjson"):
            with pytest.raises(Refusal, match="FH-048"):
                exporter.file(begun.id, wrong, WEB)
        with pytest.raises(Refusal, match="FH-048"):
            exporter.look(begun.id, Viewer("another"))
        some = exporter.begin("", ["Flag"], Only(patients=(found["Patient"][0]["id"],)), WEB)
        assert sum(f.count for f in done(lambda: exporter.look(some.id, WEB)).files) <= 1
        patients = exporter.begin("", [], Only(about_patients=True), WEB)
        assert {f.kind for f in done(lambda: exporter.look(patients.id, WEB)).files} == {"Flag", "Patient"}
        late = exporter.begin("", [], Only(since=x.clock() + timedelta(days=9)), WEB)
        assert done(lambda: exporter.look(late.id, WEB)).files == ()


@pytest.mark.parametrize("dies_at", range(1, 9))
def test_whatever_stops_it_everything_is_there_once(
    x: Exchange, tmp_path: Path, dies_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_PAGE", 4)
    monkeypatch.setattr(bulk, "_NOTE", 7)
    with x.store.begin() as tx:
        tx.bulk.keep_export(Export("e", "web", "", x.clock(), tx.bulk.kinds(), viewer=WEB))
    calls = 0
    real = bulk._given

    def dying(*args: Any) -> list[bytes]:
        nonlocal calls
        calls += 1
        if calls == dies_at:
            noted = args[1].bulk.export("e")
            with (tmp_path / "e" / f"{noted.kinds[noted.at]}.ndjson").open("ab") as file:
                file.write(b'{"half a li')  # what a crash may leave behind what is sure
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(bulk, "_given", dying)
    with pytest.raises(KeyboardInterrupt):
        write_export(x, tmp_path / "e", "e", Event())
    write_export(x, tmp_path / "e", "e", Event())
    found = read(tmp_path / "e")
    assert {k: len({r["id"] for r in v}) for k, v in found.items()} == {k: len(v) for k, v in found.items()}
    assert {k: len(v) for k, v in found.items()} == {"Flag": 11, "Organization": 1, "Patient": 12}


def test_one_at_a_time_and_ended_when_asked(x: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Exporter, "_start", lambda *_: None)
    with Exporter(x, tmp_path / "e") as exporter:
        first = exporter.begin("", [], Only(), WEB)
        with pytest.raises(Refusal, match="FH-047"):
            exporter.begin("", [], Only(), WEB)
        exporter.cancel(first.id, WEB)
        write_export(x, tmp_path / "e" / first.id, first.id, Event())
        with pytest.raises(Refusal, match="FH-048"):
            exporter.look(first.id, WEB)
        second = exporter.begin("", [], Only(), WEB)
        write_export(x, tmp_path / "e" / second.id, second.id, Event())
        with x.store.begin() as tx:
            told = tx.bulk.export(second.id)
            assert told
            tx.bulk.keep_export(replace(told, ended=x.clock() - timedelta(hours=25)))
        with pytest.raises(Refusal, match="FH-048"):
            exporter.look(second.id, WEB)
        assert not (tmp_path / "e" / second.id).exists()


def test_over_http(x: Exchange, tmp_path: Path) -> None:
    with Exporter(x, tmp_path / "e") as exporter:
        client = TestClient(build(x, door=OPEN, hosts=("testserver",), exporter=exporter))
        begun = client.get("/fhir/Patient/$export?_type=Patient,Flag&_outputFormat=ndjson", headers={"prefer": "respond-async"})
        assert begun.status_code == 202
        where = begun.headers["content-location"]
        until = time.monotonic() + 10
        while (status := client.get(where)).status_code == 202:
            assert time.monotonic() < until
        manifest = status.json()
        assert manifest["request"].endswith("/fhir/Patient/$export")
        assert "expires" in status.headers
        (flags,) = [o for o in manifest["output"] if o["type"] == "Flag"]
        told = client.get(flags["url"], headers={"accept": "application/fhir+ndjson"})
        assert told.headers["content-type"].startswith("application/fhir+ndjson")
        assert len(told.text.splitlines()) == flags["count"] == 11
        assert client.delete(where).status_code == 202
        assert client.get(where).status_code == 404
        assert client.get("/fhir/$export?_outputFormat=csv").status_code == 400
        assert client.get("/fhir/$export?_typeFilter=x").status_code == 400
        assert client.get("/fhir/$export?_typeFilter=x", headers={"prefer": "handling=lenient"}).status_code == 202
        assert client.get("/fhir/Group/nobody/$export").status_code == 404
    assert TestClient(build(x, door=OPEN, hosts=("testserver",))).get("/fhir/$export").status_code == 404
