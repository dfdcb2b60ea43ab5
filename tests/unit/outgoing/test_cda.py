"""CDA for partners: a strict C-CDA converter of others takes it; nothing in a value is markup; what CDA cannot say is said to be lost."""

from collections import Counter
from typing import Any

import pytest
from ccda_to_fhir import convert_document
from lxml import etree

from outward import LOINC, SCT, coded, everyone, fact, of_hospital, plain_code, record
from vado.errors import SettingsError
from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.outgoing.cda import CdaWriter

NHC = "https://hospital.example/nhc"
HOSPITAL = PartnerProfile(PartnerId("hospital"), "Hospital", identifier_systems={"NHC": NHC})


def write(told: list[Fact], **options: Any) -> Outgoing:
    wish = Wish(HOSPITAL.id, "out", "cda", "folder", options=options)
    CdaWriter().check(wish)
    (out,) = CdaWriter().write([record(told)], HOSPITAL, wish)
    return out


def root_of(out: Outgoing) -> Any:
    return etree.fromstring(out.content, etree.XMLParser(resolve_entities=False, no_network=True))


def test_a_strict_converter_of_others_takes_the_ccd() -> None:
    """ccda-to-fhir raises where a template's SHALL is not kept."""
    made = convert_document(write(everyone()).content.decode())
    kinds = Counter(e["resource"]["resourceType"] for e in made["bundle"]["entry"])
    assert kinds["AllergyIntolerance"] == 2 and kinds["Condition"] == 3 and kinds["Procedure"] == 2 and kinds["Immunization"] == 1
    assert kinds["MedicationStatement"] == kinds["MedicationRequest"] == 1 and kinds["Observation"] >= 7
    sodium = next(
        e["resource"] for e in made["bundle"]["entry"] if any(c["code"] == "2951-2" for c in e["resource"].get("code", {}).get("coding", ()))
    )  # fmt: skip
    assert float(sodium["valueQuantity"]["value"]) == 138.5 and sodium["valueQuantity"]["unit"] == "mmol/L"


def test_an_empty_record_says_that_nothing_is_known_not_that_nothing_is_there() -> None:
    for profile, count in (("ccd", 6), ("eu", 4)):
        sections = root_of(write([f for f in of_hospital() if f.kind == "Patient"], profile=profile)).findall(".//{*}section")
        assert len(sections) == count and all(s.get("nullFlavor") == "NI" for s in sections)
        assert not root_of(write(of_hospital(), profile=profile)).findall(".//{*}entry")


def test_no_value_is_markup_and_nothing_is_declared() -> None:
    text = "]]><!--<?xml?><!DOCTYPE x><script>&amp;\x00\x0b\ud7ff\ufffe"
    out = write([*of_hospital(), fact({"resourceType": "Condition", "code": {"text": text}})])
    root = root_of(out)
    assert not root.xpath("//comment() | //processing-instruction()") and root.getroottree().docinfo.doctype == ""
    told = text.replace("\x00", " ").replace("\x0b", " ").replace("\ufffe", " ")
    assert [e.text for e in root.iter("{*}originalText")] == [told] and told in [e.text for e in root.iter("{*}td")]


def test_a_code_without_oid_stays_words_until_the_partner_names_one() -> None:
    local = fact({"resourceType": "Condition", "code": coded("https://clinic.example/codes", "D-1", "Diabetes")})
    out = write([*of_hospital(), local])
    (value,) = [e for e in root_of(out).iter("{*}value") if e.get("nullFlavor")]
    assert value.get("nullFlavor") == "OTH" and value.findtext("{*}originalText") == "Diabetes"
    assert (local.id, "left out: value (a code of a system without OID)") in out.losses
    out = write([*of_hospital(), local], oids={"https://clinic.example/codes": "1.2.3.4"})
    assert any(e.get("code") == "D-1" and e.get("codeSystem") == "1.2.3.4" for e in root_of(out).iter("{*}value"))
    assert local.id not in dict(out.losses)


def test_the_partners_number_is_under_its_own_root() -> None:
    ids = root_of(write(everyone(), oids={NHC: "1.2.3"})).findall(".//{*}patientRole/{*}id")
    assert (ids[0].get("root"), ids[0].get("extension")) == ("1.2.3", "H123") and len(ids) == 1
    twice = {root_of(write(everyone())).find(".//{*}patientRole/{*}id").get("root") for _ in range(2)}
    assert len(twice) == 1, "an issuer without an OID has the same UUID each time"


def test_a_unit_that_nobody_called_ucum_is_not_made_ucum() -> None:
    lab = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(LOINC, "2951-2", "Sodium"),
        "effectiveDateTime": "2026-01-02",
    }
    told = fact({**lab, "valueQuantity": {"value": 5, "unit": "units"}})
    out = write([*of_hospital(), told])
    (value,) = [e for e in root_of(out).iter("{*}value") if e.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "ST"]
    assert value.text == "5 units" and (told.id, "left out: valueQuantity (sent as text)") in out.losses


def test_negations_stay_negations() -> None:
    told = [
        fact({"resourceType": "AllergyIntolerance", "code": coded(SCT, "716186003", "No known allergy"),
              "clinicalStatus": plain_code("allergyintolerance-clinical", "active")}),
        fact({"resourceType": "Procedure", "status": "not-done", "code": coded(SCT, "73761001", "Colonoscopy")}),
        fact({"resourceType": "Immunization", "status": "not-done", "vaccineCode": {"text": "Flu"}, "occurrenceDateTime": "2026"}),
        fact({"resourceType": "Condition", "code": coded(SCT, "38341003", "Hypertension"), "verificationStatus": plain_code("condition-ver-status", "refuted")}),
        fact({"resourceType": "MedicationStatement", "status": "not-taken", "medicationCodeableConcept": {"text": "Aspirin"}}),
    ]  # fmt: skip
    assert len(root_of(write([*of_hospital(), *told])).xpath("//*[@negationInd='true']")) == len(told)


def test_a_refuted_allergy_is_told_in_words_only() -> None:
    told = fact(
        {
            "resourceType": "AllergyIntolerance",
            "code": {"text": "Nuts"},
            "verificationStatus": plain_code("allergyintolerance-verification", "refuted"),
        }
    )
    out = write([*of_hospital(), told])
    assert not root_of(out).findall(".//{*}playingEntity") and b"refuted" in out.content
    assert "in words only" in dict(out.losses)[told.id]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"profil": "eu"}, "CO-001"),
        ({"profile": "de"}, "CO-002"),
        ({"oids": {"x": "y"}}, "CO-002"),
        ({"custodian_id": "9.9"}, "CO-002"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsError) as fault:
        CdaWriter().check(Wish(HOSPITAL.id, "out", "cda", "folder", options=options))
    assert fault.value.code == code


def test_a_partners_short_name_for_a_known_issuer_does_not_hide_its_oid() -> None:
    nhs = "https://fhir.nhs.uk/Id/nhs-number"
    named = PartnerProfile(HOSPITAL.id, "Hospital", identifier_systems={"NHS": nhs})
    (out,) = CdaWriter().write([record(everyone())], named, Wish(HOSPITAL.id, "out", "cda", "folder"))
    assert root_of(out).xpath("//*[@extension='9434765919']/@root") == ["2.16.840.1.113883.2.1.4.1"]
