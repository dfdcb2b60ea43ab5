"""Files by HTTPS: told 'received' only when they are safe; bounded; the same bytes change nothing."""

import hashlib
import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
import uvicorn
from starlette.testclient import TestClient

from plain import OPEN, plain_exchange
from vado.channels.keys import UPLOAD, Key, Keys
from vado.errors import StoreUnavailable
from vado.exchange.ports import Exchange
from vado.model.original import PartnerId, original_id
from vado.web.app import build

UPLOAD_TOKEN = "u" * 40
UPLOAD_KEYS = Keys([Key(PartnerId("hospital"), UPLOAD, hashlib.sha256(UPLOAD_TOKEN.encode()).digest(), megabytes=1, seconds=0.3)])
HEADERS = {"authorization": f"Bearer {UPLOAD_TOKEN}"}
LETTER = b"Dear colleague,\nnothing to report.\n"


@pytest.fixture
def x() -> Exchange:
    return plain_exchange()


@pytest.fixture
def client(x: Exchange) -> TestClient:
    return TestClient(build(x, door=OPEN, hosts=("testserver",), keys=UPLOAD_KEYS))


@pytest.fixture
def port(x: Exchange) -> Iterator[int]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(build(x, door=OPEN, keys=UPLOAD_KEYS), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield door.getsockname()[1]
        server.should_exit = True
        thread.join(5)


def kept(x: Exchange) -> list[tuple[str, str, str]]:
    with x.store.begin() as tx:
        return [(r.original.partner, r.original.id, r.state.value) for r in tx.rows()]


@pytest.mark.skipif(which("curl") is None, reason="no curl here")
def test_with_curl(port: int, x: Exchange, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_bytes(LETTER)
    asked = ["curl", "-sS", "-w", "%{http_code}", "-o", str(tmp_path / "said"), "-H", f"Authorization: Bearer {UPLOAD_TOKEN}"]
    for how in (
        ["-T", str(file), f"http://127.0.0.1:{port}/upload/hospital/"],
        ["--data-binary", f"@{file}", f"http://127.0.0.1:{port}/upload/hospital"],
    ):
        said = subprocess.run([*asked, *how], capture_output=True, text=True, check=True).stdout
        assert said in {"201", "200"}
    assert said == "200"
    until = time.monotonic() + 5
    while kept(x) != [("hospital", original_id(LETTER), "read")] and time.monotonic() < until:
        time.sleep(0.05)
    assert kept(x) == [("hospital", original_id(LETTER), "read")]


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "code"),
    [
        ("hospital", {}, LETTER, 401, "FH-042"), ("clinic", HEADERS, LETTER, 403, "FH-050"), ("hospital", HEADERS, b"", 400, "FH-035"),
        ("hospital", HEADERS, b"x" * 1_000_001, 413, "FH-036"), ("hospital", {"authorization": "Bearer " + "f" * 40}, LETTER, 401, "FH-042"),
    ],
)  # fmt: skip
def test_refused(
    client: TestClient, x: Exchange, path: str, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    answer = client.put(f"/upload/{path}", content=body, headers=headers)
    assert (answer.status_code, answer.text[:6]) == (status, code)
    assert kept(x) == []


def test_a_body_without_a_length_is_bounded_too(client: TestClient, x: Exchange) -> None:
    assert client.put("/upload/hospital", content=(b"x" * 100_000 for _ in range(20)), headers=HEADERS).status_code == 413
    assert kept(x) == []


def test_a_slow_body_is_given_up(port: int, x: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    from vado.web.pages.upload import view

    monkeypatch.setattr(view, "_SLOWEST", 10_000_000)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("PUT", "/upload/hospital")
    connection.putheader("Authorization", f"Bearer {UPLOAD_TOKEN}")
    connection.putheader("Content-Length", "1000")
    connection.endheaders()
    connection.send(b"x")
    assert connection.getresponse().status == 408
    assert kept(x) == []


def test_nothing_is_promised_when_the_disk_is_full(client: TestClient, x: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> object:
        raise StoreUnavailable("ST-001")

    monkeypatch.setattr(x.originals, "put_stream", full)
    answer = client.put("/upload/hospital", content=LETTER, headers=HEADERS)
    assert (answer.status_code, answer.text[:6]) == (503, "ST-001")


def test_on_the_page(client: TestClient, x: Exchange) -> None:
    asked = client.get("/upload")
    assert 'capture="environment"' in asked.text
    here = {"origin": "http://testserver"}
    files = [("file", ("a.txt", LETTER)), ("file", ("../../b.txt", b"Another letter.\n")), ("file", ("", b""))]
    done = client.post("/upload", data={"key": UPLOAD_TOKEN}, files=files, headers=here)
    assert (done.status_code, len(kept(x))) == (201, 2)
    assert "2 files are safe" in done.text
    assert "already" in client.post("/upload", data={"key": UPLOAD_TOKEN}, files=files[:1], headers=here).text
    for data, some, status in (
        ({"key": "x"}, files, 401),
        ({"key": UPLOAD_TOKEN}, [("file", ("", b""))], 400),
        ({"key": UPLOAD_TOKEN}, [("file", ("c", b"x" * 1_000_001))], 413),
    ):
        assert client.post("/upload", data=data, files=some, headers=here).status_code == status
    assert (
        client.post("/upload", data={"key": UPLOAD_TOKEN}, files=files, headers={"origin": "https://evil.example"}).status_code
        == 403
    )
    assert len(kept(x)) == 2
    assert "Entregar" in client.get("/upload", cookies={"language": "es"}).text
