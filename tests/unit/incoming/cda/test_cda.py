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
    return READER.facts(READER.read(original(content), content, PARTNER), PARTNER)


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
        READER.read(original(bomb), bomb, PARTNER)
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


_DENIED = """<section><entry><observation classCode="OBS" moodCode="EVN" negationInd="true">
<templateId root="2.16.840.1.113883.10.20.22.4.7"/><value xsi:type="CD" code="{kind}" displayName="Kind" codeSystem="{sct}"/>
<participant typeCode="CSM"><participantRole><playingEntity>{substance}</playingEntity></participantRole></participant>
</observation></entry></section>"""
_SCT = "2.16.840.1.113883.6.96"


@pytest.mark.parametrize(
    ("kind", "substance", "said"),
    [
        ("419199007", "", "716186003"),
        ("419511003", '<code nullFlavor="NI"/>', "409137002"),  # drugs are denied, not every allergy
        ("416098002", f'<code code="105590001" displayName="Substance" codeSystem="{_SCT}"/>', "409137002"),
        ("419199007", f'<code code="105590001" displayName="Substance" codeSystem="{_SCT}"/>', "716186003"),
        ("419199007", f'<code code="1003752001" codeSystem="{_SCT}"/>', "1003774007"),
        ("419199007", '<code code="70618" displayName="Penicillin" codeSystem="2.16.840.1.113883.6.88"/>', "Penicillin"),
        ("213020009", "", "Kind"),
    ],
)
def test_a_denied_allergy_denies_no_more_than_the_source(kind, substance, said):
    told = facts(_DENIED.format(kind=kind, sct=_SCT, substance=substance))
    (code,) = (f.resource["code"] for f in told.facts if f.kind == "AllergyIntolerance")
    codes = [c["code"] for c in code.get("coding", ())]
    assert codes == [said] if said.isdigit() else not codes and said in code["text"] and code["text"].startswith("No")


def test_a_period_never_ends_before_it_begins():
    time = '<effectiveTime><low value="20150701"/><high value="00010101"/></effectiveTime>'
    said = facts(
        '<section><entry><encounter classCode="ENC" moodCode="EVN"><code code="99213" codeSystem="2.16.840.1.113883.6.12"/>'
        + time
        + "</encounter></entry></section>"
    )
    (visit,) = (f.resource for f in said.facts if f.kind == "Encounter")
    assert visit["period"] == {"start": "2015-07-01"}
    assert "IN-020" in {i.code for i in said.issues}


def test_an_act_that_only_holds_something_is_no_procedure():
    inner = (
        '<substanceAdministration classCode="SBADM" moodCode="EVN"><consumable><manufacturedProduct><manufacturedMaterial>'
        '<code code="860975" codeSystem="2.16.840.1.113883.6.88" displayName="Metformin"/></manufacturedMaterial>'
        "</manufacturedProduct></consumable></substanceAdministration>"
    )
    for code in ("10183-2", "8648-8"):  # a wrapper by its code, and a LOINC code around a statement
        said = facts(
            f'<section><entry><act><code code="{code}" codeSystem="2.16.840.1.113883.6.1" displayName="Medication on the ward"/>'
            f"<entryRelationship>{inner}</entryRelationship></act></entry></section>"
        )
        assert [f.kind for f in said.facts] == ["MedicationStatement"]


def test_a_goal_says_what_is_to_be_reached():
    said = facts(
        '<section><entry><observation moodCode="GOL"><code code="3141-9" codeSystem="2.16.840.1.113883.6.1"/>'
        '<value xsi:type="PQ" value="70" unit="kg"/></observation></entry></section>'
    )
    (goal,) = [f.resource for f in said.facts if f.kind == "Goal"]
    assert goal["target"][0]["detailQuantity"]["value"] == 70
