"""Systems are known by their usual names; numbers by their check digit."""

import pytest

from vado.terms.identifiers import ES_DNI, NHS_NUMBER, US_NPI, valid
from vado.terms.systems import system_url


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("LN", "http://loinc.org"),
        (" loinc ", "http://loinc.org"),
        ("2.16.840.1.113883.6.1", "http://loinc.org"),
        ("urn:oid:2.16.840.1.113883.6.96", "http://snomed.info/sct"),
        ("SNOMED CT", "http://snomed.info/sct"),
        ("HL70203", "http://terminology.hl7.org/CodeSystem/v2-0203"),
        ("http://hl7.org/fhir/v2/0203", "http://terminology.hl7.org/CodeSystem/v2-0203"),
        ("L", None),
        ("99ABC", None),
        ("HL79999", None),
        ("", None),
    ],
)
def test_system_url(name: str, url: str | None) -> None:
    assert system_url(name) == url


@pytest.mark.parametrize(
    ("system", "value", "right"),
    [
        (NHS_NUMBER, "9434765919", True),
        (NHS_NUMBER, "9434765918", False),
        (US_NPI, "1234567893", True),
        (US_NPI, "1234567890", False),
        (ES_DNI, "12345678Z", True),
        (ES_DNI, "12345678A", False),
        ("urn:oid:1.2.3", "1", None),
    ],
)
def test_valid(system: str, value: str, right: bool | None) -> None:
    assert valid(system, value) is right
