"""Whose id it is, what a reference means, what becomes of the rest."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from vado.errors import UnreadableOriginal
from vado.incoming.fhir import FhirReader
from vado.model.fact import End, Facts
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Reading
from vado.tools.fhir_gate import check

PARTNER = PartnerProfile(PartnerId("p"), "P")


def read(content: bytes) -> Reading:
    original = Original(original_id(content), PARTNER.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC))
    return FhirReader().read(original, content, PARTNER)


def told(*plain: Any) -> Facts:
    facts = FhirReader().facts(read(b"\n".join(orjson.dumps(p) for p in plain)), PARTNER)
    assert not any(check(facts.facts))
    return facts


def bundle(kind: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def patient(family: str = "Roe", own_id: str = "1") -> dict[str, Any]:
    return {"resourceType": "Patient", "id": own_id, "name": [{"family": family}]}


def observation(subject: dict[str, Any], own_id: str = "o1") -> dict[str, Any]:
    code = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
    return {"resourceType": "Observation", "id": own_id, "status": "final", "code": code, "subject": subject}


def only(facts: Facts, kind: str) -> Any:
    (fact,) = [f for f in facts.facts if f.kind == kind]
    return fact


@pytest.mark.parametrize("kind", ["document", "collection", "transaction", "message"])
def test_short_ids_of_two_documents_are_two_patients(kind: str) -> None:
    one = told(bundle(kind, {"fullUrl": "http://example.org/Patient/1", "resource": patient("Roe")}))
    two = told(bundle(kind, {"fullUrl": "http://example.org/Patient/1", "resource": patient("Doe")}))
    assert one.facts[0].id != two.facts[0].id
    assert "identifier" not in one.facts[0].resource


def test_two_documents_in_one_file_keep_their_people_apart() -> None:
    documents = [
        bundle("document", {"resource": patient(n)}, {"resource": observation({"reference": "Patient/1"})}) for n in "AB"
    ]
    facts = told(*documents).facts
    people = {f.id: f.resource["name"][0]["family"] for f in facts if f.kind == "Patient"}
    assert [people[f.patient or ""] for f in facts if f.kind == "Observation"] == ["A", "B"]


def test_ids_of_a_server_are_the_same_in_every_file() -> None:
    entry = {"fullUrl": "http://a.example/fhir/Patient/1", "resource": patient()}
    other = {**entry, "fullUrl": "http://b.example/fhir/Patient/1"}
    one, again = told(bundle("searchset", entry)), told(bundle("history", entry, {"request": {"method": "DELETE", "url": "x"}}))
    assert one.facts[0].id == again.facts[0].id
    assert one.facts[0].id != told(bundle("searchset", other)).facts[0].id
    long = "0b0f9d7e-6f0a-4c8e-9d3e-1f2a3b4c5d6e"
    assert told(bundle("document", {"resource": patient("Roe", long)})).facts[0].id == told(patient("Roe", long)).facts[0].id


def test_bulk_files_join() -> None:
    people = told(patient(), patient("Doe", "2"))
    values = told(observation({"reference": "Patient/1"}), observation({"reference": "Patient/2"}, "o2"))
    assert [f.patient for f in values.facts] == [f.id for f in people.facts]
    assert [i.code for i in values.issues] == ["IN-018"]


def test_two_servers_in_one_bundle() -> None:
    entries = []
    for host in ("a", "b"):
        base = f"http://{host}.example/fhir"
        entries.append({"fullUrl": f"{base}/Patient/1", "resource": patient(host)})
        entries.append({"fullUrl": f"{base}/Observation/o1", "resource": observation({"reference": "Patient/1"})})
    facts = told(bundle("searchset", *entries)).facts
    people = {f.id: f.resource["name"][0]["family"] for f in facts if f.kind == "Patient"}
    assert [people[f.patient or ""] for f in facts if f.kind == "Observation"] == ["a", "b"]


def test_conditional_references() -> None:
    doctor = {"resourceType": "Practitioner", "id": "d", "identifier": [{"system": "urn:oid:1.2.3", "value": "77"}]}
    seen = observation({"display": "somebody"})
    seen["performer"] = [{"reference": f"Practitioner?identifier=urn:oid:1.2.3|{n}"} for n in ("77", "78")]
    facts = told(bundle("transaction", {"resource": doctor}, {"resource": seen}))
    there, gone = only(facts, "Observation").resource["performer"]
    assert there == {"reference": f"Practitioner/{only(facts, 'Practitioner').id}"}
    assert gone == {"identifier": {"system": "urn:oid:1.2.3", "value": "78"}}


@pytest.mark.parametrize(
    "subject", [{"identifier": {"system": "urn:oid:1.2.9", "value": "5"}}, {"reference": "Patient?identifier=urn:oid:1.2.9|5"}]
)
def test_a_subject_known_by_identifier_only_is_a_patient_with_that_identifier(subject: dict[str, Any]) -> None:
    facts = told(observation(subject))
    stub = only(facts, "Patient")
    assert stub.resource["identifier"] == [{"system": "urn:oid:1.2.9", "value": "5"}]
    assert only(facts, "Observation").patient == stub.id == stub.patient
    known = told({**patient(), "identifier": [{"system": "urn:oid:1.2.9", "value": "5"}]})
    assert stub.id != known.facts[0].id  # so that it never replaces what is known of the person


def test_a_group_is_no_patient() -> None:
    group = {"type": "Group", "identifier": {"system": "urn:oid:1.2.9", "value": "5"}}
    assert told(observation(group)).facts[0].patient is None


def test_entries_without_resource_are_accounted_for() -> None:
    facts = told(bundle("history", {"resource": patient()}, {"request": {"method": "DELETE", "url": "Patient/2"}}))
    (entry,) = [e for e in facts.ledger if e.path == "Bundle.entry"]
    assert (entry.end, entry.rule, entry.count) == (End.IGNORED, "entry without a resource", 2)


def test_a_medicine_by_reference_is_structured() -> None:
    taken = {"resourceType": "MedicationStatement", "status": "active", "subject": {"display": "x"}}
    taken["medicationReference"] = {"display": "Aspirin"}
    assert told(taken).facts[0].evidence.fidelity is Fidelity.STRUCTURED


@pytest.mark.parametrize("depth", [150, 300, 900])
def test_nested_too_deeply(depth: int) -> None:
    with pytest.raises(UnreadableOriginal) as caught:
        read(b'{"resourceType":"Patient","extension":' + b"[" * depth + b"]" * depth + b"}")
    assert "nested too deeply" in str(caught.value)
