"""What a document denies is never told as if it were so."""

from datetime import UTC, datetime
from typing import Any

import pytest

from vado.incoming.cda import CdaReader
from vado.model.fact import End, Facts
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile
from vado.tools.fhir_gate import check

_T = "2.16.840.1.113883.10.20.22.4."
_SCT = 'codeSystem="2.16.840.1.113883.6.96"'
_DEVICE = f"""<supply classCode="SPLY" moodCode="EVN" negationInd="true"><participant typeCode="PRD"><participantRole>
<playingDevice><code code="72506001" {_SCT}/></playingDevice></participantRole></participant></supply>"""
_NOTE = f"""<act classCode="ACT" moodCode="EVN" negationInd="true"><templateId root="{_T}202"/><code code="11488-4"/>
<text>words</text></act>"""
_POLICY = f"""<act classCode="ACT" moodCode="EVN" negationInd="true"><templateId root="{_T}60"/><entryRelationship typeCode="COMP">
<act><templateId root="{_T}61"/><id root="1.2" extension="3"/><code code="SELF"/></act></entryRelationship></act>"""
_NESTED = f"""<act classCode="ACT" moodCode="EVN" negationInd="true"><code code="CONC"/><entryRelationship typeCode="SUBJ"><act>
<code code="CONC"/><entryRelationship typeCode="SUBJ"><observation><templateId root="{_T}4"/><code code="55607006" {_SCT}/>
<value xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CD" code="233604007" {_SCT}/></observation>
</entryRelationship></act></entryRelationship></act>"""
_REASON = f"""<procedure classCode="PROC" moodCode="EVN"><code code="80146002" {_SCT}/><entryRelationship typeCode="RSON">
<observation negationInd="%s"><code code="404684003" {_SCT}/>
<value xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CD" code="22298006" {_SCT}/></observation>
</entryRelationship></procedure>"""
_REFUSED = f"""<substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="%s"><templateId root="{_T}52"/>
<statusCode code="completed"/><consumable><manufacturedProduct><manufacturedMaterial>
<code code="88" codeSystem="2.16.840.1.113883.12.292"/></manufacturedMaterial></manufacturedProduct></consumable>
<entryRelationship typeCode="RSON"><observation><templateId root="{_T}53"/>
<code code="PATOBJ" codeSystem="2.16.840.1.113883.5.8"/></observation></entryRelationship></substanceAdministration>"""
_ALLERGY = f"""<observation classCode="OBS" moodCode="EVN"><templateId root="{_T}7"/><effectiveTime><low value="2010"/>%s
</effectiveTime><participant typeCode="CSM"><participantRole><playingEntity>
<code code="70618" codeSystem="2.16.840.1.113883.6.88"/></playingEntity></participantRole></participant></observation>"""


def _said(entry: str) -> Facts:
    content = f'<entry xmlns="urn:hl7-org:v3">{entry}</entry>'.encode()
    reader, partner = CdaReader(), PartnerProfile(PartnerId("p"), "P")
    original = Original(original_id(content), partner.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC))
    facts = reader.facts(reader.read(original, content, partner), partner)
    assert not [f for faults in check(facts.facts) for f in faults]
    return facts


def _one(facts: Facts, kind: str) -> dict[str, Any]:
    (found,) = [f.resource for f in facts.facts if f.kind == kind]
    return found


@pytest.mark.parametrize("entry", [_DEVICE, _NOTE, _POLICY], ids=["device", "note", "insurance"])
def test_what_cannot_be_denied_in_fhir_is_not_said_but_stands_in_the_ledger(entry: str) -> None:
    denied, affirmed = _said(entry), _said(entry.replace(' negationInd="true"', ""))
    assert not denied.facts
    assert affirmed.facts
    assert [e.end for e in denied.ledger if e.path.endswith("@negationInd")] == [End.NOT_UNDERSTOOD]


def test_a_denied_concern_denies_the_problem_two_levels_below() -> None:
    assert _one(_said(_NESTED), "Condition")["verificationStatus"]["coding"][0]["code"] == "refuted"


@pytest.mark.parametrize(("denied", "reasons"), [("true", 0), ("false", 1)])
def test_what_is_denied_is_no_reason(denied: str, reasons: int) -> None:
    assert len(_one(_said(_REASON % denied), "Procedure").get("reasonCode", ())) == reasons


def test_the_reason_of_a_refusal_belongs_to_the_vaccine_not_given() -> None:
    found = _one(refused := _said(_REFUSED % "true"), "Immunization")
    assert (found["status"], found["statusReason"]["coding"][0]["code"]) == ("not-done", "PATOBJ")
    assert len(refused.facts) == 1
    assert "statusReason" not in _one(_said(_REFUSED % "false"), "Immunization")


@pytest.mark.parametrize(("end", "status"), [('<high value="2015"/>', "resolved"), ("", "active")])
def test_an_allergy_that_ended_is_not_active(end: str, status: str) -> None:
    assert _one(_said(_ALLERGY % end), "AllergyIntolerance")["clinicalStatus"]["coding"][0]["code"] == status
