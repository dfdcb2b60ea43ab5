"""Writing over HTTP: statuses and headers as FHIR says them, an OperationOutcome for every refusal, nothing without a key."""

import base64
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from plain import OPEN, plain_exchange
from vado.channels.keys import FHIR, UPLOAD, Key, Keys
from vado.exchange.ports import Exchange
from vado.model.original import PartnerId
from vado.tools.fhir_gate import faults
from vado.web.app import build

HERE = "http://testserver"
TOKEN, OTHER, SMALL = "h" * 40, "c" * 40, "s" * 40
JSON = {"content-type": "application/fhir+json", "authorization": f"Bearer {TOKEN}"}
ANA = {"resourceType": "Patient", "name": [{"family": "Mora", "given": ["Ana"]}], "birthDate": "1961-02-03", "gender": "female"}


def key(token: str, partner: str, kind: str = FHIR, **more: Any) -> Key:
    return Key(PartnerId(partner), kind, hashlib.sha256(token.encode()).digest(), **more)


KEYS = Keys(
    [
        key(TOKEN, "hospital"),
        key(OTHER, "clinic"),
        key(SMALL, "small", megabytes=0, seconds=0.2),
        key("u" * 40, "hospital", UPLOAD),
    ]
)


@pytest.fixture
def x() -> Exchange:
    return plain_exchange()


@pytest.fixture
def client(x: Exchange) -> TestClient:
    return TestClient(build(x, door=OPEN, hosts=("testserver",), keys=KEYS), base_url=HERE, follow_redirects=False)


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert (body["resourceType"], body["issue"][0]["code"]) == ("OperationOutcome", code)
    assert faults(body) == []
    assert "Mora" not in answer.text
    return body


def test_life_of_a_resource(client: TestClient) -> None:
    made = client.post("/fhir/Patient", json=ANA, headers=JSON)
    assert made.status_code == 201, made.text
    id_ = made.json()["id"]
    assert made.headers["location"] == f"{HERE}/fhir/Patient/{id_}/_history/1"
    assert made.headers["etag"] == 'W/"1"'
    assert made.headers["last-modified"].endswith("GMT")
    assert made.json()["meta"]["versionId"] == "1"
    assert faults(made.json()) == []
    quiet = client.put(
        f"/fhir/Patient/{id_}",
        json=ANA | {"id": id_, "active": True},
        headers=JSON | {"prefer": "return=minimal", "if-match": 'W/"1"'},
    )
    assert (quiet.status_code, quiet.content, quiet.headers["etag"]) == (200, b"", 'W/"2"')
    refused(client.put(f"/fhir/Patient/{id_}", json=ANA | {"id": id_}, headers=JSON | {"if-match": 'W/"1"'}), 412, "conflict")
    patch = JSON | {"content-type": "application/json-patch+json", "prefer": "return=OperationOutcome"}
    told = client.patch(f"/fhir/Patient/{id_}", json=[{"op": "remove", "path": "/active"}], headers=patch)
    assert (told.status_code, told.json()["resourceType"]) == (200, "OperationOutcome")
    other = JSON | {"authorization": f"Bearer {OTHER}"}
    refused(
        client.patch(f"/fhir/Patient/{id_}", json=[], headers=patch | other | {"content-type": "application/json"}),
        404,
        "not-found",
    )
    apart = client.put(
        f"/fhir/Patient/{id_}", json=ANA | {"id": id_}, headers=other
    )  # another partner's, of whom this one knows nothing
    assert (apart.status_code, apart.json()["id"] != id_) == (201, True)
    assert client.delete(f"/fhir/Patient/{id_}", headers=JSON).status_code == 204
    refused(client.patch(f"/fhir/Patient/{id_}", json=[], headers=patch), 410, "deleted")


def test_nothing_is_written_without_a_key(client: TestClient) -> None:
    asked = [
        ("POST", "/fhir"),
        ("POST", "/fhir/Patient"),
        ("PUT", "/fhir/Patient/1"),
        ("PATCH", "/fhir/Patient/1"),
        ("DELETE", "/fhir/Patient/1"),
        ("POST", "/fhir/$validate"),
    ]
    for method, path in asked:
        for wrong in (
            {},
            {"authorization": "Bearer x"},
            {"authorization": f"Basic {TOKEN}"},
            {"authorization": f"Bearer {'u' * 40}"},
        ):
            answer = client.request(method, path, json=ANA, headers=wrong)
            refused(answer, 401, "login")
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_page_of_another_site_cannot_write(client: TestClient) -> None:
    """A browser sends no token by itself: what shows one is a program."""
    elsewhere = {"content-type": "application/fhir+json", "origin": "https://evil.example"}
    for path in ("/fhir", "/fhir/Patient"):
        assert client.post(path, json=ANA, headers=elsewhere).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "more", "status", "code"),
    [
        ("/fhir/Patient", b"{", {}, 400, "structure"), ("/fhir/Patient", b"[]", {}, 400, "structure"), ("/fhir/Patient", b"", {}, 400, "structure"),
        ("/fhir/Patient", b"<a/>", {"content-type": "application/fhir+xml"}, 415, "not-supported"),
        ("/fhir/Patient", b'{"resourceType":"Patient","gender":"Mora"}', {}, 422, "invalid"),
        ("/fhir/Patient", b'{"resourceType":"Patient","contained":' + b"[" * 90 + b"]" * 90 + b"}", {}, 413, "too-long"),
        ("/fhir/Patient", b"[" * 100_000, {}, 400, "structure"),
        ("/fhir/Observation", b'{"resourceType":"Patient"}', {}, 400, "structure"), ("/fhir/patient", b"{}", {}, 400, "structure"),
        ("/fhir/StructureDefinition", b'{"resourceType":"StructureDefinition"}', {}, 405, "not-supported"),
        ("/fhir", b'{"resourceType":"Bundle","type":"document"}', {}, 400, "structure"),
        ("/fhir", b'{"resourceType":"Bundle","type":"transaction","entry":{}}', {}, 400, "structure"),
        ("/fhir", b'{"resourceType":"Bundle","type":"transaction","entry":[' + b",".join([b"{}"] * 2001) + b"]}", {}, 413, "too-long"),
        ("/fhir/Patient", b'{"resourceType":"Patient"}', {"authorization": f"Bearer {SMALL}"}, 413, "too-long"),
        ("/fhir/Patient", b'{"resourceType":"Patient"}', {"if-none-exist": "_count=1"}, 400, "not-supported"),
    ],
)  # fmt: skip
def test_bad_input(client: TestClient, path: str, body: bytes, more: dict[str, str], status: int, code: str) -> None:
    refused(client.post(path, content=body, headers=JSON | more), status, code)


def test_validate(client: TestClient) -> None:
    good = client.post("/fhir/Patient/$validate", json=ANA, headers=JSON)
    assert (good.status_code, good.json()["issue"][0]["severity"]) == (200, "information")
    bad = client.post("/fhir/Patient/$validate", json=ANA | {"gender": "cat"}, headers=JSON)
    assert (bad.status_code, bad.json()["issue"][0]["expression"]) == (200, ["Patient.gender"])
    asked = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": ANA | {"birthDate": "1961-02-30"}}]}
    assert client.post("/fhir/$validate", json=asked, headers=JSON).json()["issue"][0]["expression"] == ["Patient.birthDate"]


def test_batch_and_transaction(client: TestClient) -> None:
    urn = "urn:uuid:11111111-1111-4111-8111-111111111111"
    flag = {"resourceType": "Flag", "status": "active", "code": {"text": "falls"}, "subject": {"reference": urn}}
    entries = [
        {"fullUrl": urn, "resource": ANA, "request": {"method": "POST", "url": "Patient"}},
        {"resource": flag, "request": {"method": "POST", "url": "Flag"}},
    ]
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    done = client.post("/fhir", json=sent, headers=JSON)
    assert done.status_code == 200, done.text
    assert faults(done.json()) == []
    patient, told = (e["response"]["location"].split("/")[1] for e in done.json()["entry"])
    assert done.json()["entry"][1]["resource"]["subject"]["reference"] == f"Patient/{patient}"
    got = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [
            {"request": {"method": "GET", "url": f"Flag/{told}"}},
            {"request": {"method": "DELETE", "url": "Flag/nobody"}},
            {"resource": flag, "request": {"method": "POST", "url": "Flag"}},
        ],
    }
    answers = client.post("/fhir/", json=got, headers=JSON).json()["entry"]
    assert [a["response"]["status"].split()[0] for a in answers] == ["200", "204", "422"]
    assert answers[0]["resource"]["code"] == {"text": "falls"}


def test_a_binary_is_kept_as_it_came(client: TestClient, x: Exchange) -> None:
    raw = os.urandom(64)
    first = client.post("/fhir/Binary", content=raw, headers=JSON | {"content-type": "application/octet-stream"})
    again = client.post("/fhir/Binary", content=raw, headers=JSON | {"content-type": "application/octet-stream"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["location"] == again.headers["location"] == f"{HERE}/fhir/Binary/{hashlib.sha256(raw).hexdigest()}"
    assert x.originals.get(first.headers["location"].rpartition("/")[2]) == raw


def test_answers_to_a_questionnaire_are_taken(client: TestClient, x: Exchange) -> None:
    ana = client.post("/fhir/Patient", json=ANA, headers=JSON).json()["id"]
    item = [{"linkId": "1", "text": "Do you smoke?", "answer": [{"valueBoolean": False}]}]
    sent = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": "http://example.org/Questionnaire/1",
        "subject": {"reference": f"Patient/{ana}"},
        "authored": "2026-01-02",
        "item": item,
    }
    made = client.post("/fhir/QuestionnaireResponse", json=sent, headers=JSON)
    assert made.status_code == 201, made.text
    told = client.get(f"/fhir/Patient/{ana}/$everything?_type=QuestionnaireResponse").json()["entry"]
    assert told[0]["resource"]["item"] == item


def test_what_was_taken_back_is_shown_nowhere(client: TestClient) -> None:
    ana = client.post("/fhir/Patient", json=ANA, headers=JSON).json()["id"]
    flag = {"resourceType": "Flag", "status": "active", "code": {"text": "falls"}, "subject": {"reference": f"Patient/{ana}"}}
    id_ = client.post("/fhir/Flag", json=flag, headers=JSON).json()["id"]
    assert client.get(f"/fhir/Patient/{ana}/$everything?_type=Flag").json()["total"] >= 1
    client.delete(f"/fhir/Flag/{id_}", headers=JSON)
    assert "falls" not in client.get(f"/fhir/Patient/{ana}/$everything").text
    provenances = client.get(f"/fhir/Provenance?target=Flag/{id_}").json()["entry"]
    assert [p["resource"]["activity"]["coding"][0]["code"] for p in provenances] == ["DELETE", "CREATE"]
    client.delete(f"/fhir/Patient/{ana}", headers=JSON)
    assert client.get(f"/fhir/Patient/{ana}/$everything").status_code == 404
    assert client.get(f"/fhir/Patient/{ana}").status_code == 410


def test_a_binary_in_json(client: TestClient, x: Exchange) -> None:
    for raw in (b"\xff\xef\xbe" * 20, b"a", bytes(range(256))):
        sent = {"resourceType": "Binary", "contentType": "application/pdf", "data": base64.b64encode(raw).decode()}
        made = client.post("/fhir/Binary", json=sent, headers=JSON)
        assert made.status_code == 201, made.text
        assert x.originals.get(made.headers["location"].split("/")[5]) == raw
    for wrong in ("a", "", "=", "####"):
        sent = {"resourceType": "Binary", "contentType": "application/pdf", "data": wrong}
        assert client.post("/fhir/Binary", json=sent, headers=JSON).status_code == 422, wrong


def test_two_at_once_with_the_same_version_are_not_both_taken(client: TestClient) -> None:
    id_ = client.post("/fhir/Patient", json=ANA, headers=JSON).json()["id"]

    def write(n: int) -> int:
        return client.put(
            f"/fhir/Patient/{id_}", json=ANA | {"id": id_, "telecom": [{"value": str(n)}]}, headers=JSON | {"if-match": 'W/"1"'}
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(8))) == [200] + [412] * 7
