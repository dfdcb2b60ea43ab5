"""A system named backwards (its OID, its HL7 v2 name) leads to the same system again."""

import pytest

from vado.terms.systems import oid_of, system_url, v2_name

KNOWN = [
    "http://snomed.info/sct", "http://loinc.org", "http://unitsofmeasure.org", "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/cvx",
    "http://www.whocc.no/atc", "https://fhir.nhs.uk/Id/nhs-number", "http://terminology.hl7.org/CodeSystem/v2-0203",
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "urn:oid:1.3.6.1.4.1.19126.3", "http://terminology.hl7.org/CodeSystem/v2-0078",
]  # fmt: skip


@pytest.mark.parametrize("url", KNOWN)
def test_there_and_back(url: str) -> None:
    assert (oid := oid_of(url)) and system_url(oid) == url
    assert (name := v2_name(url)) is None or system_url(name) == url


def test_names_that_receivers_know() -> None:
    assert [v2_name(u) for u in KNOWN[:4]] == ["SCT", "LN", "UCUM", "I10"] and v2_name(KNOWN[7]) == "HL70203"


def test_what_nobody_named_has_no_name() -> None:
    assert oid_of("https://clinic.example/codes") is None and v2_name("https://clinic.example/codes") is None
    assert oid_of("urn:oid:1.2.3") == "1.2.3"
