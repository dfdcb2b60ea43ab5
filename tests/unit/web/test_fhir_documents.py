"""MHD submissions and bulk import: complete or refused; found again byte for byte; files only from where the operator allows."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyfhircheck import Validator
from starlette.testclient import TestClient

from plain import OPEN, plain_exchange
from vado.channels.keys import FHIR, Key, Keys, keys_of
from vado.errors import SettingsError
from vado.exchange.ports import Exchange
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.tools.fhir_gate import faults
from vado.web.app import build

TOKEN, OTHER = "h" * 40, "c" * 40
JSON = {"content-type": "application/fhir+json", "authorization": f"Bearer {TOKEN}"}
LETTER = b"Dear colleague, the patient takes paracetamol.\n"
MHD = "https://profiles.ihe.net/ITI/MHD"
URN = "urn:uuid:11111111-1111-4111-8111-11111111111"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.ndjson").write_text('{"resourceType":"Patient","id":"1"}\n')
    return tmp_path / "in"


@pytest.fixture
def x() -> Exchange:
    return plain_exchange()


@pytest.fixture
def client(x: Exchange, folder: Path) -> TestClient:
    key = [
        Key(PartnerId(p), FHIR, hashlib.sha256(t.encode()).digest(), import_from=str(folder) if t == TOKEN else "")
        for p, t in (("hospital", TOKEN), ("clinic", OTHER))
    ]
    return TestClient(build(x, door=OPEN, hosts=("testserver",), keys=Keys(key)))


def sha1(raw: bytes) -> str:
    return base64.b64encode(hashlib.sha1(raw).digest()).decode()


def submission(**attachment: Any) -> dict[str, Any]:
    """The minimal ITI-65 of IHE MHD 4.2.2."""
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:1.2.3.4.5.6", "value": "7"}],
        "name": [{"family": "Mora"}],
    }
    document = {
        "resourceType": "DocumentReference", "meta": {"profile": [f"{MHD}/StructureDefinition/IHE.MHD.Minimal.DocumentReference"]},
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.9.1"}, "status": "current", "subject": {"reference": f"{URN}3"},
        "content": [{"attachment": {"contentType": "text/plain", "url": f"{URN}2", "size": len(LETTER), "hash": sha1(LETTER), **attachment}}],
    }  # fmt: skip
    list_ = {
        "resourceType": "List", "meta": {"profile": [f"{MHD}/StructureDefinition/IHE.MHD.Minimal.SubmissionSet"]},
        "extension": [{"url": f"{MHD}/StructureDefinition/ihe-sourceId", "valueIdentifier": {"value": "urn:oid:1.2.9"}}],
        "identifier": [{"use": "official", "system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.9.2"}], "status": "current", "mode": "working",
        "code": {"coding": [{"system": f"{MHD}/CodeSystem/MHDlistTypes", "code": "submissionset"}]}, "subject": {"reference": f"{URN}3"},
        "date": "2026-01-02T10:00:00Z", "entry": [{"item": {"reference": f"{URN}1"}}],
    }  # fmt: skip
    binary = {"resourceType": "Binary", "contentType": "text/plain", "data": base64.b64encode(LETTER).decode()}
    told = [(list_, f"{URN}0"), (document, f"{URN}1"), (binary, f"{URN}2"), (patient, f"{URN}3")]
    entries = [{"fullUrl": u, "resource": r, "request": {"method": "POST", "url": r["resourceType"]}} for r, u in told]
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{MHD}/StructureDefinition/IHE.MHD.Minimal.ProvideBundle"]},
        "type": "transaction",
        "entry": entries,
    }


def test_a_document_is_submitted_and_retrieved(client: TestClient, x: Exchange) -> None:
    done = client.post("/fhir", json=submission(), headers=JSON)
    assert done.status_code == 200, done.text
    list_, document, _, patient = (e.get("resource", e) for e in done.json()["entry"])
    assert [e["response"]["status"] for e in done.json()["entry"]] == ["201 Created"] * 4
    assert list_["entry"][0]["item"]["reference"] == f"DocumentReference/{document['id']}"
    assert document["subject"]["reference"] == f"Patient/{patient['id']}"
    got = client.get(f"/fhir/{document['content'][0]['attachment']['url']}", headers={"accept": "text/plain"})
    assert got.content == LETTER
    assert (
        client.post("/fhir", json=submission(), headers=JSON).json()["entry"][1]["response"]["location"]
        == done.json()["entry"][1]["response"]["location"]
    )
    with x.store.begin() as tx:
        assert {r.state.value for r in tx.rows()} == {"read", "waiting"} or {r.state.value for r in tx.rows()} == {"read"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"hash": sha1(b"another")}, "attachment.hash"), ({"size": 1}, "attachment.size"), ({"contentType": "text/html"}, "attachment.contentType"),
        ({"url": "urn:uuid:nowhere"}, "attachment.url"),
    ],
)  # fmt: skip
def test_a_document_that_is_not_as_said(client: TestClient, change: dict[str, Any], path: str) -> None:
    answer = client.post("/fhir", json=submission(**change), headers=JSON)
    assert answer.status_code == 422
    assert any(i["expression"][0].endswith(path) for i in answer.json()["issue"])


def test_a_submission_needs_its_set(client: TestClient) -> None:
    told = submission()
    told["entry"].pop(0)
    assert client.post("/fhir", json=told, headers=JSON).status_code == 422


def test_simplified_publish(client: TestClient) -> None:
    document = {
        "resourceType": "DocumentReference", "meta": {"profile": [f"{MHD}/StructureDefinition/IHE.MHD.SimplifiedPublish.DocumentReference"]}, "status": "current",
        "content": [{"attachment": {"contentType": "text/plain", "data": base64.b64encode(LETTER).decode()}}],
    }  # fmt: skip
    done = client.post("/fhir/DocumentReference", json=document, headers=JSON)
    assert done.status_code == 201, done.text
    attachment = done.json()["content"][0]["attachment"]
    assert (attachment["size"], attachment["hash"]) == (len(LETTER), sha1(LETTER))
    assert client.get(f"/fhir/{attachment['url']}").content == LETTER
    empty = document | {"content": [{"attachment": {"contentType": "text/plain", "url": "https://evil.example/x"}}]}
    assert client.post("/fhir/DocumentReference", json=empty, headers=JSON).status_code == 422


def ndjson(count: int) -> bytes:
    return b"".join(
        orjson.dumps({"resourceType": "Patient", "id": f"p{n}", "name": [{"family": f"Mora{n}"}]}) + b"\n" for n in range(count)
    )


def test_import_as_the_body(client: TestClient, x: Exchange) -> None:
    asked = JSON | {"content-type": "application/fhir+ndjson"}
    begun = client.post("/fhir/$import", content=ndjson(30), headers=asked)
    assert begun.status_code == 202
    done = client.get(begun.headers["content-location"], headers=JSON)
    assert (done.status_code, done.json()["output"][0]["count"]) == (200, 30)
    assert (
        client.post("/fhir/$import", content=ndjson(30), headers=asked).headers["content-location"]
        == begun.headers["content-location"]
    )
    assert client.get(begun.headers["content-location"], headers={"authorization": f"Bearer {OTHER}"}).status_code == 404
    assert client.post("/fhir/$import", content=b"", headers=asked).status_code == 400
    assert client.post("/fhir/$import", content=b"a,b\n", headers=JSON | {"content-type": "text/csv"}).status_code == 415
    assert client.post("/fhir/$import", content=ndjson(1)).status_code == 401


def test_import_from_the_folder_and_from_nowhere_else(client: TestClient, folder: Path) -> None:
    (folder / "a.ndjson").write_bytes(ndjson(3))
    (folder / "link.ndjson").symlink_to(folder.parent / "secret.ndjson")

    def asked(url: str) -> dict[str, Any]:
        return {"resourceType": "Parameters", "parameter": [{"name": "input", "part": [{"name": "url", "valueUrl": url}]}]}

    begun = client.post("/fhir/$import", json=asked("a.ndjson"), headers=JSON)
    assert client.get(begun.headers["content-location"], headers=JSON).json()["output"][0]["count"] == 3
    for url in ("../secret.ndjson", "/etc/passwd", "link.ndjson", "http://169.254.169.254/x", "file:///etc/passwd", "", "."):
        assert client.post("/fhir/$import", json=asked(url), headers=JSON).status_code == 422, url
    assert (
        client.post("/fhir/$import", json=asked("a.ndjson"), headers=JSON | {"authorization": f"Bearer {OTHER}"}).status_code
        == 422
    )


def test_the_capability_statement_is_valid_and_says_it(client: TestClient) -> None:
    told = client.get("/fhir/metadata").json()
    assert faults(told) == []
    assert [i for i in Validator().validate_resource(told).issues if i.severity == "error"] == []
    (rest,) = told["rest"]
    kinds = {r["type"]: {i["code"] for i in r.get("interaction", ())} for r in rest["resource"]}
    assert {"create", "update", "patch", "delete"} <= kinds["Observation"]
    assert {"read", "search-type", "create"} <= kinds["Patient"]
    assert "create" not in kinds["AuditEvent"]
    assert "StructureDefinition" not in kinds
    assert {i["code"] for i in rest["interaction"]} == {"transaction", "batch"}


def test_keys_of_profiles(tmp_path: Path) -> None:
    (tmp_path / "a.key").write_text("k" * 40 + "\n")
    (tmp_path / "short.key").write_text("k" * 31)

    def profile(partner: str, **channel: Any) -> PartnerProfile:
        return PartnerProfile(
            PartnerId(partner), partner, channels=({"kind": "mllp"}, {"kind": "fhir", "key": "a.key", **channel})
        )

    keys = keys_of([profile("a", notify=["https://a.example/hook"])], tmp_path)
    found = keys.of("fhir", "k" * 40)
    assert found
    assert (found.partner, keys.of("upload", "k" * 40), keys.of("fhir", "")) == ("a", None, None)
    assert "kkkk" not in repr(found)
    assert keys.destinations(PartnerId("a")) == ("https://a.example/hook",)
    for wrong in (
        {"key": "short.key"},
        {"key": "none.key"},
        {"shoe": 1},
        {"notify": ["ftp://x/y"]},
        {"notify": ["https://host"]},
        {"payload": "all"},
        {"megabytes": "x"},
    ):
        with pytest.raises(SettingsError):
            keys_of([profile("a", **wrong)], tmp_path)
    with pytest.raises(SettingsError):
        keys_of([profile("a"), profile("b")], tmp_path)
