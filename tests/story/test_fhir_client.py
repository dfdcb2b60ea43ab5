"""FHIR asked by clients that are not ours (fhirclient by SMART Health IT, fhirpy by Beda Software), over a real connection, with a token."""

from collections.abc import Callable

import pytest

from plain import arrival, plain_exchange
from vado.exchange import accounts
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.web.access import Door

INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"


def message(control: str, patient: str) -> str:
    return f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|{control}|P|2.5\rPID|1||{patient}\r"


def program(x: Exchange) -> dict[str, str]:
    """Give the hospital's program an account that reads, and what it shows to come in."""
    me = Viewer("me")
    accounts.add(x, Account("", "program", Role.CLIENT, PartnerId("hospital"), scopes=("system/*.rs",)), me)
    return {"Authorization": f"Bearer {accounts.token(x, 'program', 1, (), me)}"}


@pytest.fixture(scope="module")
def x() -> Exchange:
    exchange = plain_exchange()
    people = [arrival(message(f"m{n}", f"5{n}^^^HOSP^MR||Mora^Eva{'abcdefg'[n]}||196001{n + 10}|F")) for n in range(7)]
    list(
        receive(
            exchange,
            [
                arrival(message("1", f"1001^^^HOSP^MR||{INES}")),
                arrival(message("2", f"9^^^INS^MR||{INES}"), partner="insurer"),
                *people,
            ],
        )
    )
    return exchange


def test_another_client_finds_reads_matches_and_cross_references(serve: Callable[..., str], x: Exchange) -> None:
    client = pytest.importorskip("fhirclient.client", reason="the package fhirclient is not installed")
    from fhirclient.models.bundle import Bundle
    from fhirclient.models.capabilitystatement import CapabilityStatement
    from fhirclient.models.parameters import Parameters
    from fhirclient.models.patient import Patient
    from fhirclient.models.person import Person

    server = client.FHIRClient(settings={"app_id": "test", "api_base": f"{serve(x, Door())}/fhir"}).server
    with pytest.raises(Exception, match="401"):
        Patient.where({"family": "mora"}).perform_resources(server)
    server.session.headers.update(program(x))
    assert CapabilityStatement(server.request_json("metadata")).fhirVersion == "4.0.1"

    found = Patient.where({"family": "mora", "_count": "3"}).perform_resources(server)
    assert {p.name[0].family for p in found} == {"Mora"}
    paged = Patient.where({"family": "mora", "_count": "3", "_total": "accurate"}).perform(server)
    assert (paged.total, len(paged.entry)) == (7, 3)

    (ines,) = Patient.where({"identifier": "urn:x-vado:partner:hospital:HOSP|1001"}).perform_resources(server)
    assert Patient.read(ines.id, server).birthDate.isostring == "1951-07-04"
    (person,) = Person.where({"patient": f"Patient/{ines.id}"}).perform_resources(server)
    assert len(person.link) == 2

    asked = Patient({"name": [{"family": "Prado Vega", "given": ["Inés"]}], "birthDate": "1951-07-04", "gender": "female"})
    asked.telecom = ines.telecom
    question = Parameters({"parameter": [{"name": "resource", "resource": asked.as_json()}]})
    matched = Bundle(server.post_json("Patient/$match", question.as_json()).json())
    assert {e.search.extension[0].valueCode for e in matched.entry} == {"probable"}
    assert ines.id in {e.resource.id for e in matched.entry}

    numbers = Parameters(server.request_json("Patient/$ihe-pix?sourceIdentifier=urn:x-vado:partner:hospital:HOSP%7C1001"))
    assert [p.valueIdentifier.value for p in numbers.parameter if p.name == "targetIdentifier"] == ["9"]


def result(control: str, patient: str, code: str, value: str) -> str:
    head = f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{control}|P|2.5\rPID|1||{patient}\rOBR|1|||{code}|||20260102\r"
    return head + f"OBX|1|NM|{code}||{value}|g/dL|||||F|||20260102\r"


@pytest.fixture
def results() -> Exchange:
    exchange = plain_exchange()
    told = [arrival(result(f"r{n}", f"1001^^^HOSP^MR||{INES}", f"{n}-1^Test {n}^LN", f"{n}.5")) for n in range(1, 8)]
    told.append(arrival(result("other", f"9^^^INS^MR||{INES}", "718-7^Hb^LN", "13.1"), partner="insurer"))
    list(receive(exchange, told))
    return exchange


def test_fhirclient_searches_facts(serve: Callable[..., str], results: Exchange) -> None:
    client = pytest.importorskip("fhirclient.client", reason="the package fhirclient is not installed")
    from fhirclient.models.observation import Observation
    from fhirclient.models.patient import Patient

    server = client.FHIRClient(settings={"app_id": "test", "api_base": f"{serve(results, Door())}/fhir"}).server
    server.session.headers.update(program(results))
    found = Observation.where({"code": "718-7", "value-quantity": "gt13||g/dL"}).perform_resources(server)
    (hb,) = found
    assert hb.valueQuantity.value == 13.1
    assert Observation.read(hb.id, server).as_json() == hb.as_json()
    mine = Observation.where({"patient": hb.subject.reference, "_count": "3"})
    assert len(list(mine.perform_resources_iter(server))) == 8, "of both records of the person, page by page"
    along = Observation.where({"code": "718-7", "_include": "Observation:subject"}).perform_resources(server)
    assert [type(r) for r in along] == [Observation, Patient]


def test_fhirpy_searches_sorts_and_pages(serve: Callable[..., str], results: Exchange) -> None:
    fhirpy = pytest.importorskip("fhirpy", reason="the package fhirpy is not installed")
    client = fhirpy.SyncFHIRClient(f"{serve(results, Door())}/fhir", extra_headers=program(results))
    observations = client.resources("Observation")
    assert observations.count() == 8
    (hb,) = observations.search(code="http://loinc.org|718-7").fetch()
    patient = hb["subject"].to_resource()
    assert patient["resourceType"] == "Patient"
    assert len(observations.search(patient=patient.id).limit(3).fetch_all()) == 8
    values = [o["valueQuantity"]["value"] for o in observations.search(patient=patient).sort("-value-quantity").fetch()]
    assert values == sorted(values, reverse=True)
    assert observations.search(patient__Patient__family="prado", date__ge="2026-01-01").count() == 8
    assert observations.search(code="none").first() is None
    with pytest.raises(fhirpy.base.exceptions.ResourceNotFound):
        client.reference("Observation", "none").to_resource()
    with pytest.raises(fhirpy.base.exceptions.OperationOutcome, match="FH-003"):
        observations.search(date="soon").fetch()
