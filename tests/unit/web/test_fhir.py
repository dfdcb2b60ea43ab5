"""FHIR over the index: search, $match and $ihe-pix as IHE says them, every answer valid, every fault an OperationOutcome."""

import logging
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
HOSP, INS, CLI = "urn:x-vado:partner:hospital:HOSP", "urn:x-vado:partner:insurer:INS", "urn:x-vado:partner:clinic:CLI"
INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"
PIX = "/fhir/Patient/$ihe-pix"
SECOND = Validator()
FHIR = {"content-type": "application/fhir+json"}


def message(control: str, patient: str) -> str:
    return f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|{control}|P|2.5\rPID|1||{patient}\r"


@pytest.fixture
def x() -> Exchange:
    exchange = plain_exchange()
    told = [
        arrival(message("1", f"1001^^^HOSP^MR||{INES}")),
        arrival(message("2", f"9^^^INS^MR||{INES}"), partner="insurer"),
        arrival(message("3", "7^^^CLI^MR||Prado^Inés||19510703|F"), partner="clinic"),
        *(arrival(message(f"m{n}", f"5{n}^^^HOSP^MR||Mora^Eva{'abcdefg'[n]}||196001{n + 10}|F")) for n in range(7)),
    ]
    list(receive(exchange, told))
    return exchange


@pytest.fixture
def client(x: Exchange) -> TestClient:
    return TestClient(build(x, hosts=("testserver",), door=OPEN), base_url=HERE, follow_redirects=False)


def good(answer: Any, status: int = 200) -> dict[str, Any]:
    """Give the body: valid for the gate and for a second opinion, and with the right type."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")
    body = answer.json()
    assert faults(body) == []
    wrong = [
        i
        for i in SECOND.validate_resource(body).issues
        if i.severity == "error" and not i.code.startswith(("extension", "reference"))
    ]
    assert wrong == [], body
    return body


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    body = good(answer, status)
    assert body["resourceType"] == "OperationOutcome"
    assert body["issue"][0]["code"] == code
    return body


def names(bundle: dict[str, Any]) -> list[str]:
    return [e["resource"]["name"][0]["family"] for e in bundle.get("entry", ()) if e["resource"]["resourceType"] == "Patient"]


@pytest.mark.parametrize(
    ("query", "how_many"),
    [
        ("family=prado", 3), ("family=PRÁ", 3), ("family=vega", 2), ("family=prado&given=ines", 3), ("family=prado&gender=male", 0),
        ("family:exact=Prado", 1), ("family:exact=prado", 0), ("family:contains=rad&birthdate=1951-07-04", 2),
        ("birthdate=1951-07", 3), ("birthdate=1951-07-03", 1), ("family=prado&birthdate=ge1951-07-04", 2),
        ("family=prado&birthdate=lt1951-07-04", 1), ("family=prado,mora", 10), ("family=prado&family=vega", 2),
        (f"identifier={HOSP}|1001", 1), ("identifier=1001", 1), (f"identifier={INS}|1001", 0), (f"identifier={HOSP}|,{INS}|&family=prado", 2),
        ("phone=600111222", 2), ("telecom=600111222", 2), ("email=600111222", 0), ("family=prado&address=madrid", 2),
        ("family=prado&address-city=Mad&address-postalcode=28013", 2), ("family=prado&active=true", 3), ("family=prado&shoe=42", 3),
        ("family=nobody", 0),
    ],
)  # fmt: skip
def test_search(client: TestClient, query: str, how_many: int) -> None:
    bundle = good(client.get(f"/fhir/Patient?{query}"))
    assert bundle["total"] == how_many == sum(e["search"]["mode"] == "match" for e in bundle.get("entry", ()))
    form = dict(p.split("=", 1) for p in query.split("&"))
    if len(form) == query.count("=") and "%" not in query:
        posted = client.post("/fhir/Patient/_search", data=form)
        assert good(posted)["total"] == how_many


@pytest.mark.parametrize(
    ("query", "how_many"),
    [("gender=female", 10), ("address-city=Madrid", 2), ("", 10), ("birthdate=ge1900-01-01", 10), ("active=true", 10),
     ("family=%25", 0), ("given=_", 0)],
)  # fmt: skip
def test_a_search_for_everybody_is_paged(client: TestClient, query: str, how_many: int) -> None:
    assert good(client.get(f"/fhir/Patient?{query}"))["total"] == how_many
    assert len(good(client.get(f"/fhir/Patient?{query}&_count=1")).get("entry", ())) == min(1, how_many)


def test_what_no_index_leads_to_only_narrows(client: TestClient) -> None:
    refused(client.get("/fhir/Patient?family:contains=rad"), 400, "too-costly")
    refused(client.get("/fhir/Observation?subject:Patient.family:contains=rad"), 400, "too-costly")


def test_faults_of_a_search(client: TestClient) -> None:
    refused(client.get("/fhir/Patient?family:sounds=x"), 400, "not-supported")
    refused(client.get("/fhir/Patient?birthdate=yesterday"), 400, "value")
    refused(client.get("/fhir/Patient?family=x&_count=many"), 400, "value")
    refused(client.get("/fhir/Patient?gender:in=http://x"), 400, "not-supported")
    refused(client.get("/fhir/Patient?" + "&".join(["gender=male"] * 21)), 400, "too-costly")
    refused(client.get("/fhir/Patient?_id=" + ",".join("abcde"[n % 5] * (n + 1) for n in range(51))), 400, "too-costly")
    refused(client.get("/fhir/Observation?encounter.part-of.part-of.part-of.part-of.status=x"), 400, "too-costly")
    refused(client.get("/fhir/Patient?family=x&shoe=42", headers={"prefer": "handling=strict"}), 400, "not-supported")
    refused(client.get("/fhir/Patient?identifier=urn:oid:1.2.3|&family=prado"), 404, "not-found")
    refused(client.get("/fhir/Patient?page=gone&_offset=2"), 410, "not-found")
    refused(client.get("/fhir/Patient/nobody"), 404, "not-found")
    refused(client.get("/fhir/Person/nobody"), 404, "not-found")
    refused(client.get("/fhir/Nonsense"), 404, "not-supported")
    refused(client.delete("/fhir/Patient"), 401, "login")
    refused(client.post("/fhir/Patient/1"), 405, "not-supported")
    refused(client.get("/fhir/Patient?family=x&_format=xml"), 406, "not-supported")
    refused(client.get("/fhir/Patient?family=x", headers={"accept": "application/fhir+xml"}), 406, "not-supported")


def test_pages_say_nothing_of_what_was_asked(client: TestClient) -> None:
    seen, url, steps = [], "/fhir/Patient?family=mora&_count=3", 0
    while url:
        bundle = good(client.get(url))
        assert bundle["total"] == 7
        seen += [e["resource"]["id"] for e in bundle["entry"]]
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        url, steps = links.get("next", ""), steps + 1
        assert "mora" not in url
    assert steps == 3
    assert len(set(seen)) == len(seen) == 7
    assert "entry" not in good(client.get("/fhir/Patient?family=mora&_count=0"))


def test_read_and_person(client: TestClient) -> None:
    bundle = good(client.get(f"/fhir/Patient?identifier={HOSP}|1001"))
    patient = bundle["entry"][0]["resource"]
    assert good(client.get(f"/fhir/Patient/{patient['id']}")) == patient
    assert patient["meta"]["source"] == "urn:x-vado:partner:hospital"
    (see,) = [link["other"]["reference"] for link in patient["link"] if link["type"] == "seealso"]
    found = good(client.get(f"/fhir/Person?patient=Patient/{patient['id']}"))["entry"][0]["resource"]
    assert {link["target"]["reference"] for link in found["link"]} == {see, f"Patient/{patient['id']}"}
    assert {link["assurance"] for link in found["link"]} <= {"level3", "level4"}
    assert good(client.get(f"/fhir/Person/{found['id']}")) == found


# $match


def asking(**more: Any) -> dict[str, Any]:
    patient = {
        "resourceType": "Patient",
        "name": [{"family": "Prado Vega", "given": ["Inés"]}],
        "birthDate": "1951-07-04",
        "gender": "female",
    }
    return patient | more


def parameters(patient: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = [{"name": "resource", "resource": patient}]
    given += [{"name": n, "valueBoolean" if isinstance(v, bool) else "valueInteger": v} for n, v in more.items()]
    return {"resourceType": "Parameters", "parameter": given}


def test_match_grades_and_scores_the_likeliest_first(client: TestClient) -> None:
    phone = {"telecom": [{"system": "phone", "value": "600111222"}]}
    bundle = good(client.post("/fhir/Patient/$match", json=parameters(asking(**phone)), headers=FHIR))
    assert bundle["type"] == "searchset"
    assert bundle["total"] == 3
    scores = [e["search"]["score"] for e in bundle["entry"]]
    grades = [e["search"]["extension"][0]["valueCode"] for e in bundle["entry"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= s <= 1 for s in scores)
    assert grades == ["probable", "probable", "possible"]
    assert {e["search"]["extension"][0]["url"] for e in bundle["entry"]} == {
        "http://hl7.org/fhir/StructureDefinition/match-grade"
    }
    assert good(client.post("/fhir/Patient/$match", json=parameters(asking(**phone), count=1), headers=FHIR))["total"] == 1
    assert good(client.post("/fhir/Patient/$match", json=asking(**phone), headers=FHIR))["total"] == 3


def test_only_certain_matches_of_one_person(client: TestClient) -> None:
    number = {"identifier": [{"system": HOSP, "value": "1001"}]}
    bundle = good(client.post("/fhir/Patient/$match", json=parameters(asking(**number), onlyCertainMatches=True), headers=FHIR))
    assert [e["search"]["extension"][0]["valueCode"] for e in bundle["entry"]] == ["certain"]
    none = good(client.post("/fhir/Patient/$match", json=parameters(asking(), onlyCertainMatches=True), headers=FHIR))
    assert none["total"] == 0


def test_faults_of_a_match(client: TestClient) -> None:
    def post(content: Any, kind: str = "application/fhir+json") -> Any:
        return client.post("/fhir/Patient/$match", content=content, headers={"content-type": kind})

    refused(post(b"{"), 400, "structure")
    refused(post(b"[]"), 400, "structure")
    refused(post(b'{"resourceType":"Parameters"}'), 400, "required")
    refused(post(b'{"resourceType":"Basic","code":{"text":"x"}}'), 400, "structure")
    refused(post(b"<Patient/>", "application/fhir+xml"), 415, "not-supported")
    refused(post(b"{" + b" " * 1_000_001), 413, "too-long")
    wrong = refused(post(b'{"resourceType":"Patient","gender":"Prado"}'), 422, "invalid")
    assert "Prado" not in str(wrong)
    assert wrong["issue"][1]["expression"] == ["Patient.gender"]
    assert client.get("/fhir/Patient/$match").status_code in (404, 405)


def test_looking_changes_nothing_but_the_audit_trail(client: TestClient, x: Exchange) -> None:
    from plain import everything

    before = everything(x)
    good(client.post("/fhir/Patient/$match", json=parameters(asking()), headers=FHIR))
    good(client.get(PIX, params={"sourceIdentifier": f"{HOSP}|1001"}))
    assert everything(x) == before
    with x.store.begin() as tx:
        trail = tx.audits(limit=50)
    assert {"preview", "search", "read"} <= {a.action for a in trail}
    assert not [a for a in trail if "1001" in a.subject or "Prado" in a.subject]


# $ihe-pix


def test_pix_gives_the_other_numbers(client: TestClient) -> None:
    body = good(client.get(PIX, params={"sourceIdentifier": f"{HOSP}|1001"}))
    numbers = [p["valueIdentifier"] for p in body["parameter"] if p["name"] == "targetIdentifier"]
    assert [(i["system"], i["value"]) for i in numbers] == [(INS, "9")]
    assert sum(p["name"] == "targetId" for p in body["parameter"]) == 2
    one = good(client.get(PIX, params={"sourceIdentifier": f"{HOSP}|1001", "targetSystem": INS}))
    assert [p["name"] for p in one["parameter"]] == ["targetIdentifier"]
    assert "parameter" not in good(client.get(PIX, params={"sourceIdentifier": f"{HOSP}|1001", "targetSystem": CLI}))
    both = good(client.get(PIX, params=[("sourceIdentifier", f"{HOSP}|1001"), ("targetSystem", INS), ("targetSystem", CLI)]))
    assert len(both["parameter"]) == 1


def test_pix_by_post_keeps_the_number_out_of_the_address(client: TestClient) -> None:
    wanted = good(client.get(PIX, params={"sourceIdentifier": f"{HOSP}|1001"}))
    assert good(client.post(PIX, data={"sourceIdentifier": f"{HOSP}|1001"})) == wanted
    for value in ({"valueIdentifier": {"system": HOSP, "value": "1001"}}, {"valueString": f"{HOSP}|1001"}):
        given = {"resourceType": "Parameters", "parameter": [{"name": "sourceIdentifier"} | value]}
        assert good(client.post(PIX, json=given, headers=FHIR)) == wanted


def test_pix_by_the_id_of_a_patient_here(client: TestClient) -> None:
    patient = good(client.get(f"/fhir/Patient?identifier={HOSP}|1001"))["entry"][0]["resource"]["id"]
    body = good(client.get(PIX, params={"sourceIdentifier": f"{HERE}/fhir|Patient/{patient}"}))
    assert {p["valueIdentifier"]["value"] for p in body["parameter"] if p["name"] == "targetIdentifier"} == {"1001", "9"}
    assert [p["valueReference"]["reference"] for p in body["parameter"] if p["name"] == "targetId"] != [f"Patient/{patient}"]
    here = good(client.get(PIX, params={"sourceIdentifier": f"{HOSP}|1001", "targetSystem": f"{HERE}/fhir"}))
    assert {p["name"] for p in here["parameter"]} == {"targetId"}


@pytest.mark.parametrize(
    ("query", "status", "code", "words"),
    [
        ({"sourceIdentifier": f"{HOSP}|99999"}, 404, "not-found", "sourceIdentifier Patient Identifier not found"),
        ({"sourceIdentifier": "urn:oid:1.2.3|1001"}, 400, "code-invalid", "sourceIdentifier Assigning Authority not found"),
        ({"sourceIdentifier": f"{HOSP}|1001", "targetSystem": "urn:oid:1.2.3"}, 403, "code-invalid", "targetSystem not found"),
        ({"sourceIdentifier": f"{HERE}/fhir|Patient/none"}, 404, "not-found", "sourceIdentifier Patient Identifier not found"),
        ({}, 400, "required", ""), ({"sourceIdentifier": "1001"}, 400, "value", ""), ({"sourceIdentifier": "|1001"}, 400, "value", ""),
        ({"sourceIdentifier": [f"{HOSP}|1001", f"{HOSP}|50"]}, 400, "multiple-matches", ""),
    ],
)  # fmt: skip
def test_faults_of_pix_as_ihe_says_them(client: TestClient, query: dict[str, Any], status: int, code: str, words: str) -> None:
    body = refused(client.get(PIX, params=query), status, code)
    assert not words or body["issue"][0]["diagnostics"] == words


# safety


def test_what_no_person_reviewed_is_not_given_out_and_that_is_said(x: Exchange) -> None:
    letter = "Patient name: Inés Prado Vega\nDate of birth: 04/07/1951\nSex: female\nTelephone: 600111222\n\nAllergies\n- Latex\n"
    list(receive(x, [arrival(letter, "letter.txt", partner="council")]))
    client = TestClient(build(x, hosts=("testserver",), door=OPEN), base_url=HERE)
    with x.store.begin() as tx:
        unsure = [p for p in tx.patients_like(["prado"]) if tx.facts_named([p])[0].evidence.confidence < 1]
    assert unsure
    bundle = good(client.get("/fhir/Patient?name=prado"))
    assert bundle["total"] == 3
    assert bundle["entry"][-1]["search"]["mode"] == "outcome"
    refused(client.get(f"/fhir/Patient/{unsure[0]}"), 403, "suppressed")


def test_no_value_reaches_a_log_and_no_other_site_may_post(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.ERROR)
    client.get(PIX, params={"sourceIdentifier": f"{HOSP}|1001"})
    client.get("/fhir/Patient?family=prado")
    assert "1001" not in caplog.text
    assert "prado" not in caplog.text
    evil = client.post("/fhir/Patient/$match", json=parameters(asking()), headers=FHIR | {"origin": "http://evil.example"})
    assert evil.status_code == 403


def test_it_says_what_it_can_do(client: TestClient) -> None:
    told = good(client.get("/fhir/metadata"))
    patient = told["rest"][0]["resource"][0]
    assert patient["type"] == "Patient"
    assert {o["name"] for o in patient["operation"]} == {"match", "ihe-pix", "everything", "summary", "export"}
    assert {"family", "given", "identifier", "birthdate", "gender", "_id", "telecom", "address"} <= {
        p["name"] for p in patient["searchParam"]
    }
