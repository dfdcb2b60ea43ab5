"""FHIR written by clients that are not ours (fhirclient, fhirpy), to a place that is served as it is installed."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pyfhircheck import Validator

from served import KEY, Served, served

ANA = {"resourceType": "Patient", "name": [{"family": "Mora", "given": ["Ana"]}], "birthDate": "1961-02-03", "gender": "female"}


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served") / "place") as here:
        yield here


def test_fhirclient(hospital: Served) -> None:
    client = pytest.importorskip("fhirclient.client", reason="the package fhirclient is not installed")
    from fhirclient.models.bundle import Bundle
    from fhirclient.models.observation import Observation
    from fhirclient.models.patient import Patient
    from fhirclient.server import FHIRNotFoundException

    server = client.FHIRClient(settings={"app_id": "test", "api_base": hospital.fhir}).server
    server.session.headers["Authorization"] = f"Bearer {hospital.token}"
    made = Patient(ANA).create(server)
    ana = Patient.read(made["id"], server)
    assert ana.name[0].family == "Mora"
    ana.gender = "other"
    assert ana.update(server)["gender"] == "other"
    assert Patient.read(made["id"], server).gender == "other"
    grown = Observation({"status": "final", "code": {"text": "weight"}, "subject": {"reference": f"Patient/{ana.id}"}})
    told = Observation.read(grown.create(server)["id"], server)
    assert told.subject.reference == f"Patient/{ana.id}"
    told.delete(server)
    with pytest.raises((FHIRNotFoundException, Exception)) as gone:
        Observation.read(told.id, server)
    assert gone.value.response.status_code == 410
    urn = "urn:uuid:11111111-1111-4111-8111-111111111111"
    entries = [
        {"fullUrl": urn, "resource": ANA | {"gender": "male"}, "request": {"method": "POST", "url": "Patient"}},
        {
            "resource": {"resourceType": "Flag", "status": "active", "code": {"text": "x"}, "subject": {"reference": urn}},
            "request": {"method": "POST", "url": "Flag"},
        },
    ]
    answer = Bundle(server.post_json("", Bundle({"type": "transaction", "entry": entries}).as_json()).json())
    assert [e.response.status for e in answer.entry] == ["201 Created", "201 Created"]


def test_fhirpy(hospital: Served) -> None:
    fhirpy = pytest.importorskip("fhirpy", reason="the package fhirpy is not installed")
    client = fhirpy.SyncFHIRClient(hospital.fhir, authorization=f"Bearer {hospital.token}")
    ana = client.resource("Patient", **{k: v for k, v in ANA.items() if k != "resourceType"})
    ana.save()
    assert ana.id
    ana["active"] = True
    ana.save()
    assert client.reference("Patient", ana.id).to_resource()["active"] is True
    ana["gender"] = "unknown"
    ana.save()
    assert client.reference("Patient", ana.id).to_resource()["gender"] == "unknown"
    flag: Any = client.resource("Flag", status="active", code={"text": "falls"}, subject=ana.to_reference())
    flag.save()
    flag.delete()
    with pytest.raises(fhirpy.base.exceptions.ResourceNotFound):
        client.reference("Flag", flag.id).to_resource()
    with pytest.raises(fhirpy.base.exceptions.OperationOutcome) as fault:
        client.resource("Patient", gender="cat").save()
    assert fault.value.resource["issue"][0]["expression"] == ["Patient.gender"]
    assert client.resource("Patient", **{k: v for k, v in ANA.items() if k != "resourceType"}).is_valid()
    assert not client.resource("Observation", status="final").is_valid()


def test_a_partners_key_tells_and_reads_nothing(hospital: Served) -> None:
    with httpx.Client(base_url=hospital.fhir, headers={"Authorization": f"Bearer {KEY}"}) as told:
        only = {"if-none-exist": "identifier=urn:clinic|7"}
        otto = ANA | {"identifier": [{"system": "urn:clinic", "value": "7"}], "name": [{"family": "Zeller"}]}
        made = told.post("Patient", json=otto, headers=only)
        assert made.status_code == 201, made.text
        assert told.post("Patient", json=otto | {"active": True}, headers=only).status_code == 200
        assert told.put("Patient?identifier=urn:clinic|7", json=otto | {"active": True}).json()["meta"]["versionId"] == "2"
        for path in (f"Patient/{made.json()['id']}", "Patient?family=zeller", f"Patient/{made.json()['id']}/$everything"):
            assert told.get(path).status_code == 403, path
        assert told.delete("Patient?identifier=urn:clinic|7").status_code == 204


def test_documents(hospital: Served) -> None:
    """ITI-67 (find document references), ITI-68 (retrieve), $docref and $summary, by fhirpy."""
    fhirpy = pytest.importorskip("fhirpy", reason="the package fhirpy is not installed")
    client = fhirpy.SyncFHIRClient(hospital.fhir, authorization=f"Bearer {hospital.token}")
    ana = client.resource("Patient", **{k: v for k, v in ANA.items() if k != "resourceType"})
    ana.save()
    raw = b"Dear colleague, thank you for seeing Ana."
    attachment = {"contentType": "text/plain", "data": base64.b64encode(raw).decode()}
    kind = {"coding": [{"system": "http://loinc.org", "code": "34133-9"}]}
    letter = client.resource(
        "DocumentReference", status="current", subject=ana.to_reference(), type=kind, content=[{"attachment": attachment}]
    )
    letter.save()
    found = (
        client.resources("DocumentReference").search(patient=ana.id, status="current", type="http://loinc.org|34133-9").fetch()
    )
    assert [d.id for d in found] == [letter.id]
    where = found[0]["content"][0]["attachment"]
    assert where["url"] == f"Binary/{hashlib.sha256(raw).hexdigest()}"
    assert where["hash"] == base64.b64encode(hashlib.sha1(raw, usedforsecurity=False).digest()).decode()
    file = client.execute(where["url"], method="get")
    assert base64.b64decode(file["data"]) == raw
    listed = client.execute("DocumentReference/$docref", method="get", params={"patient": ana.id})
    (summary,) = [e["resource"]["content"][0]["attachment"]["url"] for e in listed["entry"]]
    told = client.execute(summary.removeprefix(f"{hospital.fhir}/"), method="get")
    assert told["type"] == "document"
    assert told["entry"][0]["resource"]["type"]["coding"][0]["code"] == "60591-5"
    wrong = [i for i in Validator().validate_resource(told).issues if i.severity in {"error", "fatal"}]
    assert [i for i in wrong if "Composition.section" not in str(i)] == [], "where pyfhircheck 0.2 is wrong: a section has a text"
