"""FHIR written by clients that are not ours (fhirclient, fhirpy), over a real connection.

Reading by id is another part of the server; a small double of it stands here, so that the clients can read what they wrote.
"""

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from plain import OPEN, plain_exchange
from vado.channels.keys import FHIR, Key, Keys
from vado.exchange.ports import Exchange
from vado.model.original import PartnerId
from vado.web.app import build

TOKEN = "h" * 40
ANA = {"resourceType": "Patient", "name": [{"family": "Mora", "given": ["Ana"]}], "birthDate": "1961-02-03", "gender": "female"}


def read(request: Request) -> Response:
    with request.app.state.exchange.store.begin() as tx:
        found = tx.facts_named([request.path_params["id"]])
        gone = bool(tx.versions(request.path_params["id"]))
    if not found:
        return Response(
            b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"deleted"}]}', 410 if gone else 404
        )
    return Response(orjson.dumps(found[0].resource), media_type="application/fhir+json")


@pytest.fixture(scope="module")
def x() -> Exchange:
    return plain_exchange()


@pytest.fixture(scope="module")
def address(x: Exchange) -> Iterator[str]:
    app = build(x, door=OPEN, keys=Keys([Key(PartnerId("hospital"), FHIR, hashlib.sha256(TOKEN.encode()).digest())]))
    app.router.routes.insert(0, Route("/fhir/{kind:str}/{id:str}", read))
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{door.getsockname()[1]}/fhir"
        server.should_exit = True
        thread.join(5)


def test_fhirclient(address: str) -> None:
    client = pytest.importorskip("fhirclient.client", reason="the package fhirclient is not installed")
    from fhirclient.models.bundle import Bundle
    from fhirclient.models.observation import Observation
    from fhirclient.models.patient import Patient
    from fhirclient.server import FHIRNotFoundException

    server = client.FHIRClient(settings={"app_id": "test", "api_base": address}).server
    server.session.headers["Authorization"] = f"Bearer {TOKEN}"
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


def test_fhirpy(address: str) -> None:
    fhirpy = pytest.importorskip("fhirpy", reason="the package fhirpy is not installed")
    client = fhirpy.SyncFHIRClient(address, authorization=f"Bearer {TOKEN}")
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
