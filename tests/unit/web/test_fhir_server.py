"""The FHIR server as a client meets it: read, versions, search of every kind of parameter, pages that stay while data arrives."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
from pyfhircheck import Validator
from starlette.testclient import TestClient

from plain import OPEN, arrival, plain_exchange
from vado.exchange.ports import Audit, Exchange
from vado.exchange.receive import receive
from vado.exchange.replay import replay
from vado.exchange.review import decide, unlink
from vado.exchange.rows import Which
from vado.exchange.shelve import rebuild
from vado.model.partner import UNKNOWN
from vado.model.record import Viewer
from vado.model.review import Verdict
from vado.record.criteria import Asking
from vado.record.question import question
from vado.store.sql.store import SqlStore
from vado.terms.searching import parameters
from vado.tools.fhir_gate import faults
from vado.tools.units import canonical
from vado.web.app import build

HERE = "http://testserver"
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
ME = Viewer("me")


def observation(n: int, patient: str, code: str, value: float, when: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": f"obs{n}", "identifier": [{"system": "urn:obs", "value": f"{n}"}], "status": "final", "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": LOINC, "code": code, "display": "Hæmoglobin"}], "text": "Hb in blood"}, "effectiveDateTime": when,
        "valueQuantity": {"value": value, "unit": "g/dL", "system": UCUM, "code": "g/dL"}, **more,
    }  # fmt: skip


def bundle(*resources: dict[str, Any]) -> bytes:
    entries = [{"fullUrl": f"http://x/{r['resourceType']}/{r['id']}", "resource": r} for r in resources]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def patient(id_: str, number: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient", "id": id_, "identifier": [{"system": "urn:oid:1.2.3", "value": number}], "gender": "female",
        "name": [{"family": "Prado Vega", "given": ["Inés"]}], "birthDate": "1951-07-04", "telecom": [{"system": "phone", "value": "600111222"}],
        "address": [{"line": ["Calle Mayor 5"], "city": "Madrid", "postalCode": "28013"}],
    } | more  # fmt: skip


OTHER = {"identifier": [{"system": "urn:oid:1.2.3", "value": "77"}], "name": [{"family": "Mora", "given": ["Eva"]}], "birthDate": "1960-01-02",
         "telecom": [], "address": [], "gender": "male"}  # fmt: skip
TOLD = (
    patient("p1", "1001"), patient("p2", "77", **{k: v for k, v in OTHER.items() if v}) | {"telecom": [{"system": "email", "value": "eva@x.org"}]},
    observation(1, "p1", "718-7", 13.2, "2024-01-05"), observation(2, "p1", "718-7", 11.0, "2024-06-05T10:00:00Z"),
    observation(3, "p2", "4548-4", 6.1, "2023-03"), observation(4, "p2", "718-7", 14.0, "2022-01-01", performer=[{"reference": "Practitioner/d"}]),
    {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Sanz"}]},
    {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p1"}, "code": {"text": "Asma bronquial"},
     "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}},
)  # fmt: skip


@pytest.fixture(params=["memory", "sqlite"])
def x(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Exchange]:
    yield from filled(tmp_path if request.param == "sqlite" else None)


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def fixed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of an exchange that no test changes."""
    for x in filled(tmp_path_factory.mktemp("fixed") if request.param == "sqlite" else None):
        yield TestClient(build(x, door=OPEN, hosts=("testserver",)), base_url=HERE)


def filled(folder: Path | None) -> Iterator[Exchange]:
    exchange = plain_exchange(SqlStore(f"sqlite:///{folder}/v.sqlite") if folder else None)
    list(receive(exchange, [arrival(bundle(*TOLD), partner="gp")]))
    twin = patient("q1", "9") | {"identifier": [{"system": "urn:oid:9.9", "value": "9"}]}
    list(receive(exchange, [arrival(bundle(twin, observation(9, "q1", "718-7", 12.5, "2024-02-01")), partner="insurer")]))
    yield exchange
    exchange.store.close()


@pytest.fixture
def client(x: Exchange) -> TestClient:
    return TestClient(build(x, door=OPEN, hosts=("testserver",)), base_url=HERE)


def good(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")
    body = answer.json()
    assert faults(body) == []
    said = Validator().validate_resource(body).issues
    told = [i for i in said if i.severity == "error" and not i.code.startswith(("extension", "reference"))]
    if body.get("type") == "history":  # bdl-5, bdl-7: a deletion has no resource, versions share a fullUrl
        told = [i for i in told if i.code not in {"bundle.entry.resource", "bundle.fullurl.duplicate"}]
    assert told == []
    return body


def found(client: TestClient, query: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in good(client.get(f"/fhir/{query}")).get("entry", ()) if e["search"]["mode"] == "match"]


def ids(client: TestClient) -> dict[str, str]:
    """Which id the partner's patients have here, by number."""
    return {r["identifier"][0]["value"]: r["id"] for r in found(client, "Patient")}


@pytest.mark.parametrize(
    ("query", "how_many"),
    [
        ("Observation", 5), ("Observation?code=718-7", 4), (f"Observation?code={LOINC}|718-7", 4), ("Observation?code=|718-7", 0),
        ("Observation?code=urn:x|718-7", 0), ("Observation?code=718-7,4548-4", 5), ("Observation?code:not=718-7", 1),
        ("Observation?code=718-7&date=2024", 3), ("Observation?date=ge2024-02", 2), ("Observation?date=gt2024-02-01", 1), ("Observation?date=lt2023", 1),
        ("Observation?date=le2023-03", 2), ("Observation?date=sa2024-01-05", 2), ("Observation?date=eb2023-03", 1), ("Observation?date=ne2024-01-05", 4),
        ("Observation?date=ap2024-06-05", 1), ("Observation?date=ge2024-01-01&date=lt2024-02-01", 1), ("Observation?date=2024-06-05T12:00:00%2B02:00", 1),
        ("Observation?value-quantity=13.2", 1), ("Observation?value-quantity=13", 2), ("Observation?value-quantity=gt12||g/dL", 3),
        (f"Observation?value-quantity=132|{UCUM}|g/L", 1), (f"Observation?value-quantity=lt12000|{UCUM}|mg/dL", 2), ("Observation?value-quantity=gt12||mmol/L", 0),
        ("Observation?value-quantity=ap13||g/dL", 3), ("Observation?value-quantity=ne13.2", 4), ("Observation?value-quantity=1.32e1", 1),
        ("Observation?code-value-quantity=718-7$gt12", 3), (f"Observation?code-value-quantity={LOINC}|718-7$lt12||g/dL,4548-4$lt7", 2),
        ("Observation?code:text=hb", 4 + 1), ("Observation?code:text=haemo", 0), ("Observation?status:missing=true", 0), ("Observation?performer:missing=false", 1),
        ("Observation?performer:missing=true&code=718-7", 3), ("Observation?patient.identifier=urn:oid:1.2.3|1001", 2),
        ("Observation?subject:Patient.name=prado", 3), ("Observation?subject:Patient.name=prado,mora", 5), ("Observation?patient.birthdate=lt1955&date=2024-01", 1),
        ("Observation?performer:Practitioner.name=sanz", 1), ("Observation?performer.family=sanz", 1),
        ("Patient?_has:Observation:patient:code=4548-4", 1), ("Patient?_has:Observation:patient:code=718-7", 3),
        ("Patient?_has:Observation:patient:performer.family=sanz", 1), ("Patient?_has:Observation:patient:_has:Basic:subject:code=x", 0),
        ("Condition?code:text=asma", 1), ("Condition?code:text=bronq", 1), ("Condition?clinical-status=active", 1), ("Condition?verification-status:missing=true", 1),
        ("Patient?identifier=1001,77", 2), ("Patient?identifier=urn:oid:1.2.3|1001", 1), ("Patient?email=eva@x.org", 1), ("Patient?phone=600-111-222", 2),
        ("Patient?family:exact=Prado Vega", 2), ("Patient?name:contains=rad&gender=female", 2), ("Patient?deceased=false", 3), ("Patient?address-postalcode=28013", 3),
        ("Practitioner?name=sanz", 1), ("Observation?_tag=urn:x-vado:fidelity|coded", 5), ("Observation?_source=urn:x-vado:partner:gp", 4),
        ("Observation?_lastUpdated=ge2026", 5), ("Observation?_lastUpdated=lt2026", 0), ("Observation?_profile=http://x", 0), ("Observation?_security=x", 0),
    ],
)  # fmt: skip
def test_search(fixed: TestClient, query: str, how_many: int) -> None:
    body = good(fixed.get(f"/fhir/{query}", headers={"prefer": "handling=strict"}))
    assert body["total"] == how_many == sum(e["search"]["mode"] == "match" for e in body.get("entry", ()))
    path, _, asked = query.partition("?")
    posted = fixed.post(f"/fhir/{path}/_search", content=asked, headers={"content-type": "application/x-www-form-urlencoded"})
    assert good(posted)["total"] == how_many


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("Observation?code:in=http://x", 400, "not-supported"), ("Observation?code:above=x", 400, "not-supported"), ("Observation?date=soon", 400, "value"),
        ("Observation?date:exact=2020", 400, "not-supported"), ("Observation?value-quantity=much", 400, "value"), ("Observation?subject:Cat=1", 400, "not-supported"),
        ("Observation?code-value-quantity=718-7", 400, "value"), ("Observation?code:missing=perhaps", 400, "value"), ("Observation?shoe=1", 400, "not-supported"),
        ("Observation?subject.shoe=1", 400, "not-supported"), ("Observation?focus.code=1", 400, "value"), ("Observation?_include=Cat:tail", 400, "not-supported"),
        ("Observation?_include=Observation:code", 400, "not-supported"), ("Observation?_count=x", 400, "value"), ("Observation?_summary=x", 400, "value"),
        ("Observation?_total=all", 400, "value"), ("Observation?_sort=shoe", 400, "not-supported"), ("Observation?_sort=" + ",".join(["date"] * 5), 400, "too-costly"),
        ("Observation?code=" + "x" * 2001, 400, "too-costly"), ("Observation?code=" + "&code=".join(["1"] * 21), 400, "too-costly"),
        ("Observation?code=" + ",".join(["1"] * 51), 400, "too-costly"), ("Patient?" + "_has:Observation:patient:_has:Observation:encounter:" * 3 + "code=1", 400, "too-costly"),
        ("Patient?name:contains=zz&gender=male", 400, "value"), ("Patient?name:contains=prado", 400, "too-costly"), ("Cat", 404, "not-supported"),
        ("Patient/none", 404, "not-found"), ("Patient/%20", 404, "not-found"), ("Cat/1", 404, "not-supported"), ("Observation/1/Condition", 404, "not-supported"),
        ("Patient/x/Cat", 404, "not-supported"), ("Patient/x/Practitioner", 400, "not-supported"), ("Patient/none/_history", 404, "not-found"),
        ("Patient/none/_history/1", 404, "not-found"), ("Observation?page=gone", 410, "not-found"), ("Observation?_format=xml", 406, "not-supported"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said(fixed: TestClient, query: str, status: int, code: str) -> None:
    body = good(fixed.get(f"/fhir/{query}", headers={"prefer": "handling=strict"}), status)
    assert (body["resourceType"], body["issue"][0]["code"]) == ("OperationOutcome", code)
    assert "{" not in body["issue"][0]["diagnostics"]


def test_an_unknown_parameter_is_told_and_left_out(fixed: TestClient) -> None:
    body = good(fixed.get("/fhir/Observation?code=718-7&shoe=42"))
    (told,) = [e["resource"] for e in body["entry"] if e["search"]["mode"] == "outcome"]
    assert "shoe" in told["issue"][0]["diagnostics"]
    assert body["link"][0]["url"] == f"{HERE}/fhir/Observation?code=718-7"
    assert "42" not in str(told)


def test_facts_of_any_record_of_a_person_are_found_by_each(client: TestClient, x: Exchange) -> None:
    mine, twin, other = (ids(client)[n] for n in ("1001", "9", "77"))
    assert {"type": "seealso", "other": {"reference": f"Patient/{twin}"}} in found(client, f"Patient?_id={mine}")[0]["link"]
    for one in (mine, twin):
        for query in (f"Observation?patient={one}", f"Observation?subject=Patient/{one}", f"Observation?subject:Patient={one}",
                      f"Observation?patient={HERE}/fhir/Patient/{one}", f"Patient/{one}/Observation"):  # fmt: skip
            assert len(found(client, query)) == 3
    assert len(found(client, f"Observation?patient={other}")) == 2
    assert found(client, f"Patient?link=Patient/{twin}")[0]["id"] == mine
    unlink(x, twin, ME)
    assert len(found(client, f"Observation?patient={mine}")) == 2
    told = client.get(f"/fhir/Patient/{mine}")
    assert "link" not in told.json()
    assert told.headers["etag"] == 'W/"3"', "first told, then linked, then unlinked"
    assert list(rebuild(x))[-1][1] == 0, "made anew the index is the same"


def test_read_versions_and_history(client: TestClient, x: Exchange) -> None:
    (one,) = found(client, "Observation?value-quantity=13.2")
    path = f"/fhir/Observation/{one['id']}"
    first = client.get(path)
    assert good(first) == one
    assert first.headers["etag"] == 'W/"1"'
    assert client.head(path).headers["etag"] == 'W/"1"'
    assert client.get(path, headers={"if-none-match": 'W/"1"'}).status_code == 304
    assert client.get(path, headers={"if-none-match": 'W/"7", "1"'}).content == b""
    assert client.get(path, headers={"if-none-match": 'W/"7"'}).status_code == 200
    assert client.get(path, headers={"if-modified-since": first.headers["last-modified"]}).status_code == 304
    assert client.get(path, headers={"if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"}).status_code == 200
    changed = observation(1, "p1", "718-7", 13.9, "2024-01-05")
    list(receive(x, [arrival(bundle(TOLD[0], changed), partner="gp")]))
    now = client.get(path)
    assert now.headers["etag"] == 'W/"2"'
    assert now.json()["valueQuantity"]["value"] == 13.9
    assert now.json()["meta"]["lastUpdated"] > one["meta"]["lastUpdated"]
    assert good(client.get(f"{path}/_history/1")) == one
    assert found(client, "Observation?value-quantity=13.2") == []
    versions = good(client.get(f"{path}/_history"))
    assert [e["resource"]["meta"]["versionId"] for e in versions["entry"]] == ["2", "1"]
    everything = good(client.get("/fhir/Observation/_history?_count=2"))
    assert len(everything["entry"]) == 2
    (rest,) = [link["url"] for link in everything["link"] if link["relation"] == "next"]
    assert good(client.get(rest))["entry"][0]["resource"]["id"] not in {e["resource"]["id"] for e in everything["entry"]}
    assert "entry" not in good(client.get(f"{path}/_history?_since=2030-01-01T00:00:00Z"))
    assert good(client.get(f"{path}/_history/3"), 404)["resourceType"] == "OperationOutcome"


def test_what_no_original_says_any_more_is_gone(client: TestClient, x: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = found(client, "Condition")
    from vado.incoming.fhir import read as fhir_reader

    reader = type(x.room)
    looks = reader.look_at_all

    def without(self: Any, work: Any) -> Any:
        for look in looks(self, work):
            yield replace(look, facts=replace(look.facts, facts=tuple(f for f in look.facts.facts if f.kind != "Condition")))

    assert fhir_reader
    monkeypatch.setattr(reader, "look_at_all", without)
    list(replay(x, Which(format="fhir")))
    body = good(client.get(f"/fhir/Condition/{one['id']}"), 410)
    assert body["issue"][0]["code"] == "deleted"
    assert found(client, "Condition") == []
    entries = good(client.get(f"/fhir/Condition/{one['id']}/_history"))["entry"]
    assert [e["request"]["method"] for e in entries] == ["DELETE", "PUT"]
    monkeypatch.undo()
    list(replay(x, Which(format="fhir")))
    assert good(client.get(f"/fhir/Condition/{one['id']}"))["meta"]["versionId"] == "3"


def test_pages_stay_while_data_arrives(client: TestClient, x: Exchange) -> None:
    for query in (
        "Observation?_count=2",
        "Observation?_count=2&_sort=-date",
        "Observation?code=718-7,4548-4&_count=2&_sort=status,_id",
    ):
        wanted = {r["id"] for r in found(client, query.replace("_count=2", "_count=100"))}
        seen, url, n = [], f"/fhir/{query}", 0
        while url:
            body = good(client.get(url))
            seen += [e["resource"]["id"] for e in body["entry"]]
            url = {link["relation"]: link["url"] for link in body["link"]}.get("next", "")
            assert "718-7" not in url
            n += 1
            late = observation(100 * len(wanted) + n, "p1", "718-7", 1.0 + n, "2025-01-01")
            again = observation(4, "p2", "718-7", 14.0 + n + len(query), "2022-01-01")
            list(receive(x, [arrival(bundle(TOLD[0], TOLD[1], late, again), partner="gp")]))
        assert len(seen) == len(wanted)
        assert set(seen) == wanted, "nothing missed, nothing twice, nothing that came later"


def test_order(fixed: TestClient) -> None:
    values = [r["valueQuantity"]["value"] for r in found(fixed, "Observation?_sort=-value-quantity")]
    assert values == sorted(values, reverse=True)
    dates = [r["effectiveDateTime"] for r in found(fixed, "Observation?_sort=date")]
    assert dates == ["2022-01-01", "2023-03", "2024-01-05", "2024-02-01", "2024-06-05T10:00:00Z"]
    assert [r["name"][0]["family"] for r in found(fixed, "Patient?_sort=family,-birthdate")] == [
        "Mora",
        "Prado Vega",
        "Prado Vega",
    ]
    assert [r["id"] for r in found(fixed, "Observation?_sort=_id")] == sorted(r["id"] for r in found(fixed, "Observation"))
    updated = [r["meta"]["lastUpdated"] for r in found(fixed, "Observation?_sort=-_lastUpdated")]
    assert updated == sorted(updated, reverse=True)


def test_what_comes_along(fixed: TestClient) -> None:
    def along(query: str) -> list[str]:
        return sorted(
            e["resource"]["resourceType"] for e in good(fixed.get(f"/fhir/{query}"))["entry"] if e["search"]["mode"] == "include"
        )

    assert along("Observation?code=4548-4&_include=Observation:patient") == ["Patient"]
    assert along("Observation?value-quantity=14&_include=*") == ["Patient", "Practitioner"]
    assert along("Observation?value-quantity=14&_include=Observation:performer:Practitioner") == ["Practitioner"]
    assert along("Observation?value-quantity=14&_include=Observation:performer:Patient") == []
    assert along("Patient?identifier=1001&_revinclude=Observation:patient&_revinclude=Condition:subject") == [
        "Condition",
        "Observation",
        "Observation",
    ]
    assert along("Practitioner?_revinclude=Observation:performer&_include:iterate=Observation:patient") == [
        "Observation",
        "Patient",
    ]
    assert along("Practitioner?_revinclude=Observation:performer&_include=Observation:patient") == ["Observation"]


def test_how_much(fixed: TestClient) -> None:
    assert good(fixed.get("/fhir/Observation?_summary=count")) | {"link": 0} == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 5,
        "link": 0,
    }
    assert "total" not in good(fixed.get("/fhir/Observation?_total=none"))
    for kind in ("none", "estimate", "accurate"):
        body = good(fixed.get(f"/fhir/Observation?_count=2&_total={kind}"))
        assert body.get("total") == (None if kind == "none" else 5)
    (short, *_) = found(fixed, "Observation?_elements=code")
    assert short.keys() == {"resourceType", "id", "meta", "status", "code"}
    assert short["meta"]["tag"][-1]["code"] == "SUBSETTED"
    (short, *_) = found(fixed, "Observation?_summary=true")
    assert "valueQuantity" in short
    assert good(fixed.get(f"/fhir/Observation/{short['id']}?_elements=value")).keys() == {
        "resourceType",
        "id",
        "meta",
        "status",
        "code",
        "valueQuantity",
    }
    assert "text" not in found(fixed, "Observation?_summary=data")[0]


def test_what_waits_is_found_only_when_a_person_said_so(tmp_path: Path) -> None:
    x = plain_exchange(
        SqlStore(f"sqlite:///{tmp_path}/v.sqlite"), profiles={"council": replace(UNKNOWN, id="council", review_below=0.99)}
    )  # type: ignore[dict-item]
    letter = "Patient name: Inés Prado Vega\nDate of birth: 04/07/1951\nSex: female\n\nAllergies\n- Latex\n- Penicillin\n"
    list(receive(x, [arrival(letter, "letter.txt", partner="council")]))
    client = TestClient(build(x, door=OPEN, hosts=("testserver",)), base_url=HERE)
    assert found(client, "AllergyIntolerance") == []
    with x.store.begin() as tx:
        one, other = [f for f, _ in tx.to_review() if f.kind == "AllergyIntolerance"]
    decide(x, one.id, Verdict.ACCEPT, ME)
    decide(x, other.id, Verdict.REJECT, ME)
    assert [r["id"] for r in found(client, "AllergyIntolerance")] == [one.id]
    assert client.get(f"/fhir/AllergyIntolerance/{other.id}").status_code == 404
    assert list(rebuild(x))[-1][1] == 0, "made anew the index is the same"
    x.store.close()


def test_every_read_is_noted_before_it_is_answered(client: TestClient, x: Exchange) -> None:
    (one,) = found(client, "Observation?value-quantity=6.1")
    good(client.get(f"/fhir/Observation/{one['id']}"))
    with x.store.begin() as tx:
        trail = tx.audits(limit=3)
    assert [(a.who, a.action, a.subject) for a in trail] == [
        ("web", "read", one["id"]), ("web", "read", one["subject"]["reference"].partition("/")[2]), ("web", "search", ""),
    ]  # fmt: skip


def test_no_answer_without_its_audit(client: TestClient, x: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = found(client, "Observation?value-quantity=6.1")

    def broken(*_: Any) -> None:
        raise OSError

    with x.store.begin() as tx:
        monkeypatch.setattr(type(tx), "audit", broken)
    for path in (f"Observation/{one['id']}", "Observation", f"Observation/{one['id']}/_history"):
        answer = client.get(f"/fhir/{path}")
        assert answer.status_code == 500
        assert one["id"] not in answer.text
    assert Audit


def test_an_old_place_says_that_it_is_to_be_indexed(tmp_path: Path) -> None:
    import sqlite3

    store = SqlStore(f"sqlite:///{tmp_path}/v.sqlite")
    x = plain_exchange(store)
    list(receive(x, [arrival(bundle(*TOLD), partner="gp")]))
    with sqlite3.connect(tmp_path / "v.sqlite") as db:
        for table in ("resource", "find_token", "find_reference", "find_string", "find_date", "find_quantity"):
            db.execute(f"DELETE FROM {table}")
        db.execute("INSERT INTO due VALUES ('fhir')")
    client = TestClient(build(x, door=OPEN, hosts=("testserver",)), base_url=HERE)
    assert good(client.get("/fhir/Observation"), 503)["issue"][0]["code"] == "transient"
    assert list(rebuild(x))[-1] == (8, 8)
    assert len(found(client, "Observation")) == 4
    store.close()


_VALUES = {
    "token": "a|b",
    "reference": "Patient/1",
    "string": "abc",
    "date": "2020-01-01",
    "quantity": "1",
    "number": "1",
    "uri": "urn:x",
}


def claims(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every search that the server claims to answer: (resource type, query)."""
    for resource in told["rest"][0]["resource"]:
        kind = resource["type"]
        if kind in {"AuditEvent", "Binary", "Person", "Provenance", "Subscription"}:  # made, not searched
            continue
        assert {i["code"] for i in resource["interaction"]} >= {
            "read",
            "vread",
            "search-type",
            "history-instance",
            "history-type",
        }
        for p in resource["searchParam"]:
            parts = parameters(kind)[p["name"]].parts
            value = "$".join(_VALUES[parameters(kind)[part].type] for part in parts) if parts else _VALUES[p["type"]]
            yield kind, f"{p['name']}={value}"
            yield kind, f"_sort={p['name']}" if not parts else "_sort=_id"
            for modifier in p.get("documentation", "").removeprefix("modifiers: ").split(", "):
                said = {"missing": "true", "of-type": "a|b|c", "text": "abc", "": value}.get(modifier, value)
                narrowed = "&_id=1" if modifier == "contains" else ""
                yield kind, f"{p['name']}:{modifier}={said}{narrowed}" if modifier else "_count=1"
        yield from ((kind, f"_include={one}") for one in resource["searchInclude"])
        yield from ((kind, f"_revinclude={one}") for one in resource.get("searchRevInclude", ()))


def test_every_claim_is_kept(fixed: TestClient) -> None:
    asked = tried = 0
    for kind, query in claims(good(fixed.get("/fhir/metadata"))):
        pairs = parse_qsl(query)
        question(kind, pairs, Asking(HERE, canonical), strict=True)
        asked += 1
        if kind in {"Observation", "Condition", "Organization"} and "identifier=a|" not in query:
            tried += 1
            answer = fixed.get(f"/fhir/{kind}?{query}&_total=none", headers={"prefer": "handling=strict"})
            assert answer.status_code == 200, (kind, query, answer.text)
    assert asked > 5_000
    assert tried > 200


def test_openapi_names_what_is_served(fixed: TestClient) -> None:
    told = fixed.get("/fhir/openapi.json").json()
    assert told["openapi"] == "3.0.3"
    names = {p["name"] for p in told["paths"]["/Observation"]["get"]["parameters"] if "name" in p}
    assert names | {"_id", "_lastUpdated", "_profile", "_source", "_tag", "_security"} == {*parameters("Observation")}
    for path, methods in told["paths"].items():
        for operation in methods.values():
            for p in operation["parameters"]:
                assert "$ref" not in p or p["$ref"].rpartition("/")[2] in told["components"]["parameters"], path
    assert len({o["operationId"] for m in told["paths"].values() for o in m.values()}) == sum(
        len(m) for m in told["paths"].values()
    )


CALLS = {  # interaction of a CapabilityStatement -> (method, address, as OpenAPI has it)
    "read": ("get", "/{}/{{id}}"), "vread": ("get", "/{}/{{id}}/_history/{{version}}"), "history-instance": ("get", "/{}/{{id}}/_history"),
    "history-type": ("get", "/{}/_history"), "search-type": ("get", "/{}"), "create": ("post", "/{}"), "update": ("put", "/{}/{{id}}"),
    "patch": ("patch", "/{}/{{id}}"), "delete": ("delete", "/{}/{{id}}"),
}  # fmt: skip
MADE_UP = {"{id}": "x1", "{version}": "1", "{group}": "g", "{ids}": "a", "{name}": "n"}


def test_openapi_and_the_capability_statement_say_the_same(fixed: TestClient) -> None:
    paths = fixed.get("/fhir/openapi.json").json()["paths"]
    (rest,) = fixed.get("/fhir/metadata").json()["rest"]
    said = {
        (method, path.format(r["type"])) for r in rest["resource"] for i in r["interaction"] for method, path in [CALLS[i["code"]]]
    }  # fmt: skip
    for r in rest["resource"]:
        said |= {("put", f"/{r['type']}"), ("patch", f"/{r['type']}")} if r.get("conditionalUpdate") else set()
        said |= {("delete", f"/{r['type']}")} if r.get("conditionalDelete") == "single" else set()
        if "post" in paths.get(f"/{r['type']}", {}) and r["type"] not in {"Binary", "Subscription"}:
            given = paths[f"/{r['type']}"]["post"]["parameters"]
            assert r["conditionalCreate"] == ({"$ref": "#/components/parameters/If-None-Exist"} in given), r["type"]
    described = {(m, path) for path, methods in paths.items() for m in methods}
    assert said <= described
    own = {
        (m, p)
        for m, p in described
        if "$" not in p and "_search" not in p and not p.startswith("/Patient/{id}/") and p not in {"/", "/metadata"}
    }
    assert own - said == set()
    operations = {o["name"] for of in (rest, *rest["resource"]) for o in of.get("operation", ())}
    described_operations = {p.partition("$")[2] for p in paths if "$" in p and "-status/" not in p and "-file/" not in p}
    assert described_operations == operations


def test_whatever_openapi_describes_is_served(fixed: TestClient) -> None:
    tried = 0
    for path, methods in fixed.get("/fhir/openapi.json").json()["paths"].items():
        kind = path.split("/")[1]
        for method in methods:
            if (
                kind not in {"", "Patient", "Flag", "Subscription", "Binary", "Provenance", "AuditEvent", "Person", "Group"}
                and "$" not in kind
            ):
                continue  # served by the very same routes
            address = re.sub(r"\{\w+\}", lambda m: MADE_UP[m[0]], path)
            answer = fixed.request(method, f"/fhir{address}", headers={"content-type": "application/fhir+json"})
            assert answer.status_code != 405, (method, path)
            assert "no such interaction" not in answer.text, (method, path)
            tried += 1
    assert tried > 60
