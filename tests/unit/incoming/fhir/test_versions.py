"""FHIR in XML and in other versions comes out as valid R4, meaning kept."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from vado.errors import UnreadableOriginal
from vado.incoming.fhir import FhirReader
from vado.incoming.fhir.versions import to_r4
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.tools.fhir_gate import check, faults


def told(content: bytes) -> list[dict[str, Any]]:
    reader = FhirReader()
    original = Original(original_id(content), PartnerId("h"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    assert reader.claims(original, content) > 0.5
    found = reader.facts(reader.read(original, content, UNKNOWN), UNKNOWN)
    assert not any(check(found.facts))
    return [f.resource for f in found.facts]


XML = b"""<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>
<entry><fullUrl value="urn:uuid:11111111-1111-4111-8111-111111111111"/><resource><Patient>
<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Ana &lt;Gil&gt;</p></div></text>
<active value="true"/><name><family value="Gil"/><given value="Ana"/><given value="Rosa"/></name>
<birthDate value="1970-02-03"><extension url="http://hl7.org/fhir/StructureDefinition/patient-birthTime">
<valueDateTime value="1970-02-03T10:00:00+01:00"/></extension></birthDate><multipleBirthInteger value="2"/></Patient></resource></entry>
<entry><resource><Observation><status value="final"/><code><text value="K"/></code>
<subject><reference value="urn:uuid:11111111-1111-4111-8111-111111111111"/></subject>
<valueQuantity><value value="4.50"/><unit value="mmol/L"/></valueQuantity></Observation></resource></entry></Bundle>"""


def test_xml_is_the_same_as_json() -> None:
    patient, observation = told(XML)
    assert patient["active"] is True
    assert patient["name"] == [{"family": "Gil", "given": ["Ana", "Rosa"]}]
    assert patient["_birthDate"]["extension"][0]["valueDateTime"] == "1970-02-03T10:00:00+01:00"
    assert patient["multipleBirthInteger"] == 2
    assert "&lt;Gil&gt;" in patient["text"]["div"]
    assert observation["valueQuantity"] == {"value": 4.5, "unit": "mmol/L"}
    assert observation["subject"]["reference"] == f"Patient/{patient['id']}"


def test_xml_with_entities_is_not_opened() -> None:
    content = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Patient xmlns="http://hl7.org/fhir"><id value="&a;"/></Patient>'
    original = Original(original_id(content), PartnerId("h"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(UnreadableOriginal, match="IN-301"):
        FhirReader().read(original, content, UNKNOWN)


P = {"reference": "Patient/p"}
CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # STU3
    (
        {"resourceType": "Condition", "clinicalStatus": "active", "verificationStatus": "confirmed", "code": {"text": "x"}, "subject": P, "assertedDate": "2020-01-01"},
        {"clinicalStatus.coding.0.code": "active", "verificationStatus.coding.0.code": "confirmed", "recordedDate": "2020-01-01"},
    ),
    (
        {"resourceType": "ProcedureRequest", "status": "active", "intent": "order", "code": {"text": "x"}, "subject": P, "context": {"reference": "Encounter/e"}},
        {"resourceType": "ServiceRequest", "encounter.reference": "Encounter/e"},
    ),
    (
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "medicationCodeableConcept": {"text": "x"}, "subject": P,
         "requester": {"agent": {"reference": "Practitioner/d"}}, "dosageInstruction": [{"doseQuantity": {"value": 1}}]},
        {"requester.reference": "Practitioner/d", "dosageInstruction.0.doseAndRate.0.doseQuantity.value": 1},
    ),
    ({"resourceType": "Immunization", "notGiven": True, "vaccineCode": {"text": "x"}, "patient": P, "date": "2020-01-01"},
     {"status": "not-done", "occurrenceDateTime": "2020-01-01"}),
    ({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "comment": "odd", "related": [{"type": "has-member", "target": {"reference": "Observation/o"}}]},
     {"note.0.text": "odd", "hasMember.0.reference": "Observation/o"}),
    # DSTU2
    ({"resourceType": "MedicationOrder", "status": "active", "patient": P, "medicationCodeableConcept": {"text": "x"}, "dateWritten": "2015-01-01"},
     {"resourceType": "MedicationRequest", "subject.reference": "Patient/p", "authoredOn": "2015-01-01"}),
    # R5
    ({"resourceType": "Encounter", "status": "completed", "class": [{"coding": [{"system": "s:x", "code": "IMP"}]}], "actualPeriod": {"start": "2024-01-01"},
      "participant": [{"actor": {"reference": "Practitioner/d"}}]},
     {"status": "finished", "class.code": "IMP", "period.start": "2024-01-01", "participant.0.individual.reference": "Practitioner/d"}),
    ({"resourceType": "MedicationStatement", "status": "recorded", "medication": {"concept": {"text": "x"}}, "subject": P, "reason": [{"concept": {"text": "y"}}]},
     {"medicationCodeableConcept.text": "x", "reasonCode.0.text": "y", "status": "unknown"}),
    ({"resourceType": "AllergyIntolerance", "patient": P, "code": {"text": "x"}, "type": {"coding": [{"code": "allergy"}]}, "reaction": [{"manifestation": [{"concept": {"text": "rash"}}]}]},
     {"type": "allergy", "reaction.0.manifestation.0.text": "rash"}),
    ({"resourceType": "Procedure", "status": "completed", "code": {"text": "x"}, "subject": P, "occurrenceDateTime": "2024-01-01"}, {"performedDateTime": "2024-01-01"}),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), CASES, ids=lambda c: c.get("resourceType", "") if isinstance(c, dict) else "")
def test_other_versions_become_r4(given: dict[str, Any], expected: dict[str, Any]) -> None:
    made = to_r4(orjson.loads(orjson.dumps(given)))
    assert not faults(made)
    for path, value in expected.items():
        found: Any = made
        for step in path.split("."):
            found = found[int(step)] if step.isdigit() else found[step]
        assert found == value


def test_r4_passes_untouched() -> None:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "valueQuantity": {"value": 1, "unit": "g"},
        "encounter": {"reference": "Encounter/e"},
    }
    assert to_r4(resource) == resource
