"""$everything, $summary, $docref, Provenance, AuditEvent, Binary: valid for the gate and for a second opinion."""

from typing import Any

import pytest
from pyfhircheck import Validator
from starlette.testclient import TestClient

from plain import OPEN, arrival, plain_exchange
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.tools.fhir_gate import faults
from vado.web.app import build

HERE = "http://testserver"
INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"
SECOND = Validator()
# where pyfhircheck 0.2 is wrong: 'unknown' is a status of DiagnosticReport, a section has a text, a Binary's data is base64
MISTAKEN = ("DiagnosticReport.status", "Composition.section", "Binary.data")


def message(control: str, patient: str, more: str = "") -> str:
    return f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{control}|P|2.5\rPID|1||{patient}\r{more}"


RESULT = "OBR|1|1|F{0}|24323-8^Panel^LN|||202601020900\rOBX|1|NM|718-7^Hemoglobin^LN||{1}|g/dL|||||F|||202601020900\r"


@pytest.fixture(scope="module")
def x() -> Exchange:
    exchange = plain_exchange()
    told = [
        arrival(message("1", f"1001^^^HOSP^MR||{INES}", RESULT.format(1, 12.5))),
        arrival(message("2", f"9^^^INS^MR||{INES}", RESULT.format(2, 13.5)), partner="insurer"),
        arrival(message("3", "7^^^CLI^MR||Mora^Ana||19610203|F", RESULT.format(3, 14)), partner="clinic"),
    ]
    list(receive(exchange, told))
    return exchange


@pytest.fixture(scope="module")
def client(x: Exchange) -> TestClient:
    return TestClient(build(x, door=OPEN, hosts=("testserver",)), base_url=HERE, follow_redirects=False)


@pytest.fixture(scope="module")
def ines(x: Exchange) -> str:
    with x.store.begin() as tx:
        return next(
            f.id
            for r in tx.rows()
            if r.original.partner == "hospital"
            for f in tx.facts_from("hospital", r.original.id)
            if f.kind == "Patient"
        )


def good(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert faults(body) == []
    wrong = [
        i
        for i in SECOND.validate_resource(body).issues
        if i.severity == "error" and not i.code.startswith(("extension", "reference"))
    ]
    assert [i for i in wrong if not any(known in i.path for known in MISTAKEN)] == []
    return body


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (status, code), answer.text


def kinds(bundle: dict[str, Any]) -> list[str]:
    return [e["resource"]["resourceType"] for e in bundle["entry"]]


def test_everything_of_a_person_whoever_told_it(client: TestClient, ines: str) -> None:
    bundle = good(client.get(f"/fhir/Patient/{ines}/$everything"))
    told = kinds(bundle)
    assert told.count("Patient") == 2
    assert sum(e["resource"].get("valueQuantity", {}).get("value") in (12.5, 13.5) for e in bundle["entry"]) == 2
    assert told.count("Provenance") == bundle["total"] == len(told) - told.count("Provenance")
    named = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in bundle["entry"]}
    assert {
        p["resource"]["target"][0]["reference"] for p in bundle["entry"] if p["resource"]["resourceType"] == "Provenance"
    } <= named
    only = good(client.get(f"/fhir/Patient/{ines}/$everything?_type=Observation"))
    assert set(kinds(only)) == {"Observation"}
    assert "entry" not in good(client.get(f"/fhir/Patient/{ines}/$everything?_since=2030-01-01T00:00:00Z"))


def test_pages_hold_everything_once(client: TestClient, ines: str) -> None:
    whole = [e["fullUrl"] for e in good(client.get(f"/fhir/Patient/{ines}/$everything"))["entry"]]
    seen, url = [], f"/fhir/Patient/{ines}/$everything?_count=2"
    while url:
        bundle = good(client.get(url))
        seen += [e["fullUrl"] for e in bundle["entry"]]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    assert sorted(seen) == sorted(whole)
    assert len(set(seen)) == len(seen)


def test_summary_and_where_it_is(client: TestClient, ines: str) -> None:
    bundle = good(client.get(f"/fhir/Patient/{ines}/$summary"))
    assert (bundle["type"], bundle["entry"][0]["resource"]["resourceType"]) == ("document", "Composition")
    found = good(client.get(f"/fhir/DocumentReference/$docref?patient={ines}"))
    (attachment,) = [c["attachment"] for c in found["entry"][0]["resource"]["content"]]
    assert good(client.get(attachment["url"]))["type"] == "document"
    assert "entry" not in good(client.get(f"/fhir/DocumentReference/$docref?patient={ines}&type=http://loinc.org|1"))


def test_every_fact_says_where_it_comes_from(client: TestClient, ines: str, x: Exchange) -> None:
    (provenance,) = [e["resource"] for e in good(client.get(f"/fhir/Provenance?target=Patient/{ines}"))["entry"]]
    assert provenance["agent"][0]["who"]["identifier"]["value"] == "hospital"
    source = provenance["entity"][0]
    assert {e["url"] for e in source["extension"]} == {"urn:x-vado:extension:place"}
    assert good(client.get(f"/fhir/Provenance/{provenance['id']}")) == provenance
    raw = client.get(f"/fhir/{source['what']['reference']}", headers={"accept": "*/*"})
    assert raw.content.startswith(b"MSH|")
    assert raw.headers["content-disposition"] == "attachment"
    assert (
        good(client.get(f"/fhir/{source['what']['reference']}", headers={"accept": "application/fhir+json"}))["resourceType"]
        == "Binary"
    )
    assert good(client.get(f"/fhir/Provenance?patient={ines}"))["total"] > 4
    assert good(client.get(f"/fhir/Provenance?target=Observation/{ines}"))["total"] == 0


def test_every_look_is_told(client: TestClient, ines: str) -> None:
    client.get(f"/fhir/Patient/{ines}/$everything")
    found = good(client.get(f"/fhir/AuditEvent?patient=Patient/{ines}"))
    events = [e["resource"] for e in found["entry"]]
    assert {"R", "E"} & {e["action"] for e in events}
    assert any(e["entity"][0]["what"] == {"reference": f"Patient/{ines}"} for e in events)
    assert good(client.get(f"/fhir/AuditEvent/{events[0]['id']}"))["recorded"] == events[0]["recorded"]
    assert "entry" not in good(client.get("/fhir/AuditEvent?date=lt2026-01-01"))
    assert good(client.get("/fhir/AuditEvent?date=2026-01-01&agent=web"))["entry"]
    assert "entry" not in good(client.get("/fhir/AuditEvent?agent=nobody"))
    seen, url = [], "/fhir/AuditEvent?_count=3&date=ge2026-01-01"
    for _ in range(2):
        bundle = good(client.get(url))
        seen += [int(e["resource"]["id"]) for e in bundle["entry"]]
        url = next(link["url"] for link in bundle["link"] if link["relation"] == "next")
    assert seen == sorted(set(seen), reverse=True)


def test_what_is_asked_wrongly(client: TestClient, ines: str) -> None:
    refused(client.get("/fhir/Patient/nobody/$everything"), 404, "not-found")
    refused(client.get("/fhir/Patient/nobody/$summary"), 404, "not-found")
    refused(client.get(f"/fhir/Patient/{ines}/$everything?_count=0"), 400, "value")
    refused(client.get(f"/fhir/Patient/{ines}/$everything?_since=yesterday"), 400, "value")
    refused(client.get(f"/fhir/Patient/{ines}/$everything?shoe=1"), 400, "value")
    refused(client.get("/fhir/Provenance"), 400, "value")
    refused(client.get("/fhir/Provenance/nothing"), 404, "not-found")
    refused(client.get("/fhir/AuditEvent/x"), 404, "not-found")
    refused(client.get("/fhir/AuditEvent?date=xx2026"), 400, "value")
    refused(client.get("/fhir/Binary/nothing"), 404, "not-found")
    refused(client.get("/fhir/DocumentReference/$docref"), 400, "value")
