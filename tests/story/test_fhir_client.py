"""FHIR asked by a client that is not ours (fhirclient, by SMART Health IT), over a real connection."""

from collections.abc import Callable

import pytest

from plain import arrival, plain_exchange
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive

INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"


def message(control: str, patient: str) -> str:
    return f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|{control}|P|2.5\rPID|1||{patient}\r"


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


def test_another_client_finds_reads_matches_and_cross_references(serve: Callable[[Exchange], str], x: Exchange) -> None:
    client = pytest.importorskip("fhirclient.client", reason="the package fhirclient is not installed")
    from fhirclient.models.bundle import Bundle
    from fhirclient.models.capabilitystatement import CapabilityStatement
    from fhirclient.models.parameters import Parameters
    from fhirclient.models.patient import Patient
    from fhirclient.models.person import Person

    server = client.FHIRClient(settings={"app_id": "test", "api_base": f"{serve(x)}/fhir"}).server
    assert CapabilityStatement(server.request_json("metadata")).fhirVersion == "4.0.1"

    found = Patient.where({"family": "mora", "_count": "3"}).perform_resources(server)
    assert {p.name[0].family for p in found} == {"Mora"}
    paged = Patient.where({"family": "mora", "_count": "3"}).perform(server)
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
