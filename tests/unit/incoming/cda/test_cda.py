from datetime import UTC, datetime

import pytest

from vado.errors import UnreadableOriginal
from vado.incoming.cda import CdaReader
from vado.incoming.cda.values import moment
from vado.model.fact import Facts
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile

READER, PARTNER = CdaReader(), PartnerProfile(PartnerId("p"), "P")


def original(content: bytes) -> Original:
    return Original(original_id(content), PARTNER.id, "test", "", datetime(2026, 1, 1, tzinfo=UTC))


def facts(text: str) -> Facts:
    content = text.encode()
    return READER.facts(READER.read(original(content), content), PARTNER)


@pytest.mark.parametrize(
    ("ts", "zone", "said"),
    [
        ("2024", None, "2024"),
        ("202403011015", None, "2024-03-01"),
        ("202403011015", "Europe/Madrid", "2024-03-01T10:15:00+01:00"),
        ("20240301101530-0500", None, "2024-03-01T10:15:30-05:00"),
        ("20240230", None, None),
        ("20240301101530-9900", None, None),
    ],
)
def test_a_time_keeps_its_precision_and_invents_no_zone(ts, zone, said):
    assert moment(ts, zone) == said


def test_entities_are_refused():
    bomb = b'<!DOCTYPE a [<!ENTITY x "y">]><ClinicalDocument xmlns="urn:hl7-org:v3">&x;</ClinicalDocument>'
    with pytest.raises(UnreadableOriginal) as stopped:
        READER.read(original(bomb), bomb)
    assert stopped.value.code == "IN-201"


def test_a_relatives_illness_is_not_the_patients():
    said = facts(
        '<section><entry><organizer><subject><relatedSubject><code code="FTH"/></relatedSubject>'
        '</subject><component><observation><code code="64572001" codeSystem="2.16.840.1.113883.6.96"/>'
        '<value xsi:type="CD" code="22298006" codeSystem="2.16.840.1.113883.6.96"/></observation></component></organizer>'
        "</entry></section>"
    )
    assert [f.kind for f in said.facts] == ["FamilyMemberHistory"]


def test_a_negated_observation_has_no_positive_code():
    said = facts(
        '<section><entry><observation negationInd="true"><code code="1"/><value xsi:type="CD" code="2" displayName="Fever"/>'
        "</observation></entry></section>"
    )
    assert said.facts[0].resource["valueCodeableConcept"] == {"text": "Not so: Fever"}
