"""Subscriptions: who wished to hear hears everything once in order, over a real connection; failures wait, and end in an error."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from plain import OPEN, arrival, plain_exchange
from vado.channels.keys import FHIR, Key, Keys
from vado.channels.rest_hook import call
from vado.exchange import consents
from vado.exchange.notify import TOPIC, Notifier
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import ConsentKind
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.tools.fhir_gate import faults
from vado.web.app import build

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
TOKEN, OTHER = "h" * 40, "c" * 40
JSON = {"content-type": "application/fhir+json", "authorization": f"Bearer {TOKEN}"}
ANA = {"resourceType": "Patient", "name": [{"family": "Mora", "given": ["Ana"]}], "birthDate": "1961-02-03", "gender": "female"}
Heard = list[tuple[dict[str, str], dict[str, Any]]]


class Hook:
    """Somebody's server that takes notices."""

    def __init__(self) -> None:
        self.heard: Heard = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = orjson.loads(self.rfile.read(int(self.headers["content-length"])))
                if hook.status == 200:
                    hook.heard.append((dict(self.headers), body))
                self.send_response(hook.status)
                self.send_header("location", "http://169.254.169.254/")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def x() -> Exchange:
    return plain_exchange()


@pytest.fixture
def keys(hook: Hook) -> Keys:
    digest: Callable[[str], bytes] = lambda t: hashlib.sha256(t.encode()).digest()  # noqa: E731
    return Keys(
        [
            Key(PartnerId("hospital"), FHIR, digest(TOKEN), notify=(hook.url,), payload="full-resource"),
            Key(PartnerId("clinic"), FHIR, digest(OTHER), notify=(hook.url,)),
        ]
    )


@pytest.fixture
def client(x: Exchange, keys: Keys) -> TestClient:
    return TestClient(build(x, door=OPEN, hosts=("testserver",), keys=keys))


@pytest.fixture
def notifier(x: Exchange, keys: Keys) -> Notifier:
    return Notifier(x, call, keys.destinations)


def wish(endpoint: str, criteria: str = "Patient", **channel: Any) -> dict[str, Any]:
    return {
        "resourceType": "Subscription", "status": "requested", "reason": "to know", "criteria": criteria,
        "channel": {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json", **channel},
    }  # fmt: skip


def content(kind: str) -> dict[str, Any]:
    return {"_payload": {"extension": [{"url": f"{BACKPORT}/backport-payload-content", "valueCode": kind}]}}


def said(body: dict[str, Any]) -> dict[str, str]:
    return {
        p["name"]: next((str(v) for k, v in p.items() if k.startswith("value")), "")
        for p in body["entry"][0]["resource"]["parameter"]
    }


def test_heard_once_in_order(client: TestClient, hook: Hook, notifier: Notifier, x: Exchange) -> None:
    made = client.post("/fhir/Subscription", json=wish(hook.url, header=["Authorization: Bearer theirs"]), headers=JSON)
    assert made.status_code == 201, made.text
    assert faults(made.json()) == []
    assert "theirs" not in made.text
    client.post("/fhir/Patient", json=ANA, headers=JSON)  # before the handshake: not heard
    assert (notifier.once(), notifier.once()) == (1, 0)
    ids = [
        client.post(
            "/fhir/Patient", json=ANA | {"birthDate": f"196{n}-01-01", "name": [{"family": f"Mora{n}"}]}, headers=JSON
        ).json()["id"]
        for n in range(3)
    ]
    list(
        receive(
            x, [arrival("MSH|^~\\&|L|HOSP|||20260102101500+0000||ADT^A04|1|P|2.5\rPID|1||7^^^HOSP^MR||Gil^Eva||19700101|F\r")]
        )
    )
    client.post("/fhir/Organization", json={"resourceType": "Organization", "name": "Centro"}, headers=JSON)
    assert (notifier.once(), notifier.once()) == (1, 0)
    (_, first), (headers, second) = hook.heard
    assert (said(first)["type"], said(second)["type"], said(second)["events-since-subscription-start"]) == (
        "handshake",
        "event-notification",
        "4",
    )
    assert headers["Authorization"] == "Bearer theirs"
    assert [e["request"]["url"] for e in second["entry"][1:]][:3] == [f"Patient/{i}" for i in ids]
    assert not any("resource" in e for e in second["entry"][1:])
    assert "Mora" not in orjson.dumps(second).decode()
    assert [faults(b) for _, b in hook.heard] == [[], []]
    stands = client.get(f"/fhir/Subscription/{made.json()['id']}/$status", headers=JSON).json()
    assert said(stands)["status"] == "active"


def test_of_one_person_and_in_full(client: TestClient, hook: Hook, notifier: Notifier) -> None:
    ana = client.post("/fhir/Patient", json=ANA, headers=JSON).json()["id"]
    eva = client.post(
        "/fhir/Patient", json=ANA | {"name": [{"family": "Gil", "given": ["Eva"]}], "birthDate": "1990-01-01"}, headers=JSON
    ).json()["id"]
    extension = {
        "_criteria": {
            "extension": [{"url": f"{BACKPORT}/backport-filter-criteria", "valueString": f"Flag?patient=Patient/{ana}"}]
        }
    }
    made = client.post("/fhir/Subscription", json=wish(hook.url, TOPIC, **content("full-resource")) | extension, headers=JSON)
    assert made.status_code == 201, made.text
    notifier.once()
    flags = [
        client.post(
            "/fhir/Flag",
            json={"resourceType": "Flag", "status": "active", "code": {"text": p}, "subject": {"reference": f"Patient/{p}"}},
            headers=JSON,
        ).json()["id"]
        for p in (ana, eva)
    ]
    notifier.once()
    client.delete(f"/fhir/Flag/{flags[0]}", headers=JSON)
    notifier.once()
    (told,), (gone,) = (b["entry"][1:] for _, b in hook.heard[1:])
    assert (told["resource"]["id"], told["request"]["method"], gone["request"]["method"]) == (flags[0], "PUT", "DELETE")


def test_what_fails_waits_and_ends_in_an_error(client: TestClient, hook: Hook, notifier: Notifier, x: Exchange) -> None:
    id_ = client.post("/fhir/Subscription", json=wish(hook.url), headers=JSON).json()["id"]
    notifier.once()
    hook.status = 503
    ana = client.post("/fhir/Patient", json=ANA, headers=JSON).json()["id"]
    assert notifier.once() == 0

    def due() -> None:
        with x.store.begin() as tx:
            now = tx.notices.subscription(id_)
            assert now
            assert now.next_call
            tx.notices.subscribe(replace(now, next_call=x.clock() - timedelta(seconds=1)))

    due()
    assert notifier.once() == 0
    hook.status = 200
    due()
    assert notifier.once() == 1
    assert hook.heard[-1][1]["entry"][1]["request"]["url"] == f"Patient/{ana}"
    hook.status = 503
    client.put(f"/fhir/Patient/{ana}", json=ANA | {"id": ana, "active": True}, headers=JSON)
    for _ in range(10):
        notifier.once()
        due()
    told = client.get(f"/fhir/Subscription/{id_}", headers=JSON).json()
    assert (told["status"], told["error"]) == ("error", "503")
    hook.status = 200
    assert notifier.once() == 0
    assert (
        client.put(f"/fhir/Subscription/{id_}", json=wish(hook.url) | {"id": id_}, headers=JSON).json()["status"] == "requested"
    )
    assert (notifier.once(), notifier.once()) == (1, 1)
    hook.status = 302
    client.put(f"/fhir/Patient/{ana}", json=ANA | {"id": ana}, headers=JSON)
    notifier.once()
    assert client.get(f"/fhir/Subscription/{id_}", headers=JSON).json()["error"] == "302"


def test_silence_is_told_and_the_end_is_kept(client: TestClient, hook: Hook, notifier: Notifier, x: Exchange) -> None:
    beat = {"extension": [{"url": f"{BACKPORT}/backport-heartbeat-period", "valueUnsignedInt": 60}]}
    id_ = client.post("/fhir/Subscription", json=wish(hook.url, **beat) | {"end": "2030-01-01T00:00:00Z"}, headers=JSON).json()[
        "id"
    ]
    notifier.once()
    with x.store.begin() as tx:
        now = tx.notices.subscription(id_)
        assert now
        tx.notices.subscribe(replace(now, last_call=x.clock() - timedelta(seconds=61)))
    assert (notifier.once(), notifier.once()) == (1, 0)
    assert said(hook.heard[-1][1])["type"] == "heartbeat"
    with x.store.begin() as tx:
        tx.notices.subscribe(replace(now, end=x.clock()))
    assert notifier.once() == 0
    assert client.get(f"/fhir/Subscription/{id_}", headers=JSON).json()["status"] == "off"


def test_whose_it_is_and_what_is_refused(client: TestClient, hook: Hook) -> None:
    id_ = client.post("/fhir/Subscription", json=wish(hook.url), headers=JSON).json()["id"]
    theirs = JSON | {"authorization": f"Bearer {OTHER}"}
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/$status")):
        assert client.request(method, f"/fhir/Subscription/{id_}{path}", headers=theirs).status_code == 404
        assert client.request(method, f"/fhir/Subscription/{id_}{path}").status_code == 401
    assert client.get("/fhir/Subscription", headers=theirs).json()["total"] == 0
    assert client.get("/fhir/Subscription", headers=JSON).json()["total"] == 1
    for told, headers, status in (
        (wish("http://169.254.169.254/latest"), JSON, 422), (wish(hook.url + "x"), JSON, 422), (wish(hook.url, "Patient?name=x"), JSON, 400),
        (wish(hook.url, header=["Host: evil"]), JSON, 400), (wish(hook.url, header=["a: b\r\nc: d"]), JSON, 400), (wish(hook.url, type="email"), JSON, 400),
        (wish(hook.url, **content("full-resource")), theirs, 400), (wish(hook.url) | {"end": "2000-01-01T00:00:00Z"}, JSON, 400), ({"resourceType": "Subscription"}, JSON, 422),
    ):  # fmt: skip
        answer = client.post("/fhir/Subscription", json=told, headers=headers)
        assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome"), told
    assert client.delete(f"/fhir/Subscription/{id_}", headers=JSON).status_code == 204
    assert client.get(f"/fhir/Subscription/{id_}", headers=JSON).status_code == 404


def test_a_notice_is_told_by_no_id_that_one_may_not_know_and_says_what_was_taken_back(
    client: TestClient, hook: Hook, notifier: Notifier, x: Exchange
) -> None:
    theirs = JSON | {"authorization": f"Bearer {OTHER}"}
    number = {"identifier": [{"system": "urn:oid:1.2.3", "value": "77"}], "telecom": [{"system": "phone", "value": "600111222"}]}
    mine = client.post("/fhir/Patient", json=ANA | number, headers=JSON).json()["id"]
    same = client.post("/fhir/Patient", json=ANA | number, headers=theirs).json()["id"]
    again = client.post(
        "/fhir/Patient", json=ANA | {"identifier": [{"system": "urn:oid:1.2.3", "value": "77"}, {"value": "x"}]}, headers=theirs
    ).json()["id"]
    client.post("/fhir/Subscription", json=wish(hook.url, f"Flag?patient=Patient/{same}"), headers=JSON)
    client.post("/fhir/Subscription", json=wish(hook.url, "Patient"), headers=JSON)
    notifier.once()
    falls = {"resourceType": "Flag", "status": "active", "code": {"text": "falls"}, "subject": {"reference": f"Patient/{mine}"}}
    told = client.post("/fhir/Flag", json=falls, headers=JSON).json()["id"]
    notifier.once()
    assert [e["request"]["url"] for e in hook.heard[-1][1]["entry"][1:]] == [f"Flag/{told}"], (
        "by any id of the person that it may know"
    )
    with x.store.begin() as tx:
        person = next(iter(tx.links_of([same]))).person
        assert {e.person for e in tx.links_of([mine, again])} == {person}
    assert client.delete(f"/fhir/Patient/{again}", headers=theirs).status_code == 204
    notifier.once()
    assert [e["request"]["url"] for e in hook.heard[-1][1]["entry"][1:]] == [f"Patient/{again}"], "another partner's, taken back"
    consents.give(x, person, consents.said(ConsentKind.HIDE, partner="clinic"), Viewer("me"))
    heard = len(hook.heard)
    client.post("/fhir/Flag", json=falls | {"code": {"text": "falls again"}}, headers=JSON)
    notifier.once()
    assert len(hook.heard) == heard, "hospital may not know any more that this id is the same person's"


def test_a_notice_is_for_who_may_see_it_when_it_is_sent(client: TestClient, hook: Hook, notifier: Notifier, x: Exchange) -> None:
    """The hospital hears of its own patients' facts, whoever tells them, as long as they are not hidden; of nobody else's."""
    theirs = JSON | {"authorization": f"Bearer {OTHER}"}
    client.post("/fhir/Subscription", json=wish(hook.url, "Flag", **content("full-resource")), headers=JSON)
    notifier.once()
    number = {"identifier": [{"system": "urn:oid:1.2.3", "value": "77"}], "telecom": [{"system": "phone", "value": "600111222"}]}
    client.post("/fhir/Patient", json=ANA | number, headers=JSON)
    same = client.post("/fhir/Patient", json=ANA | number, headers=theirs).json()["id"]
    stranger = client.post(
        "/fhir/Patient", json=ANA | {"name": [{"family": "Gil"}], "birthDate": "1990-01-01"}, headers=theirs
    ).json()["id"]

    def flag(patient: str, text: str) -> str:
        told = {
            "resourceType": "Flag",
            "status": "active",
            "code": {"text": text},
            "subject": {"reference": f"Patient/{patient}"},
        }
        return client.post("/fhir/Flag", json=told, headers=theirs).json()["id"]

    with x.store.begin() as tx:
        assert len({e.person for e in tx.links_of([e.patient for e in tx.links_of([same, stranger])])}) == 2
        person = next(iter(tx.links_of([same]))).person
        both = tx.person(person)
        assert both and len(both.patients) == 2, "one person, told by both"
    seen = flag(same, "falls")
    flag(stranger, "secret")
    notifier.once()
    assert [e["request"]["url"] for e in hook.heard[-1][1]["entry"][1:]] == [f"Flag/{seen}"]
    assert said(hook.heard[-1][1])["events-since-subscription-start"] == "1", "nor is it counted"
    flag(same, "hidden meanwhile")
    consents.give(x, person, consents.said(ConsentKind.HIDE, partner="clinic"), Viewer("me"))
    before = len(hook.heard)
    assert (notifier.once(), notifier.once(), len(hook.heard)) == (1, 0, before)
