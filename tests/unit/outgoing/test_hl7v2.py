"""HL7 v2 for partners: valid to other people's parsers, addressed to the person the partner knows, the same id for the same content."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import hl7
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from outward import AT, SCT, coded, everyone, fact, of_hospital, patient, plain_code, record
from vado.errors import SettingsError
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.model.fact import Fact
from vado.model.original import Original, PartnerId, original_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.outgoing.hl7v2 import Hl7v2Writer

ALL = ["ADT^A31", "ORU^R01", "MDM^T02"]
NHC = "https://hospital.example/nhc"
HOSPITAL = PartnerProfile(
    PartnerId("hospital"), "Hospital", identifier_systems={"NHC": NHC, "NHS": "https://fhir.nhs.uk/Id/nhs-number"}, languages=("es",)
)  # fmt: skip


def write(told: list[Fact], at: datetime = AT, **options: Any) -> list[Outgoing]:
    wish = Wish(HOSPITAL.id, "out", "hl7v2", "mllp", options=options)
    Hl7v2Writer().check(wish)
    return list(Hl7v2Writer().write([record(told, at)], HOSPITAL, wish))


def field(out: Outgoing, segment: str, number: int) -> str:
    return str(hl7.parse(out.content.decode()).segment(segment)[number])


@pytest.mark.parametrize("version", ["2.5", "2.5.1"])
def test_every_message_is_valid_to_a_strict_parser_of_others(version: str) -> None:
    pdf = b64encode(b"%PDF-1.7 x").decode()
    for out in [
        *write(everyone(), messages=ALL, version=version),
        *write(everyone(), messages=["MDM^T02"], pdf=pdf, version=version),
    ]:
        assert parse_message(out.content.decode(), validation_level=VALIDATION_LEVEL.STRICT).validate()


def test_the_partner_is_told_its_own_number_and_only_numbers_it_has_a_name_for() -> None:
    out, *_ = write(everyone())
    assert field(out, "PID", 3) == "H123^^^NHC^MR~9434765919^^^NHS"
    assert "C-9" in field(write(everyone(), numbers="all")[0], "PID", 3)


def test_who_is_unknown_to_the_partner_gets_our_number_rather_than_anothers() -> None:
    told = [
        patient("clinic", "C-9", "https://clinic.example/id"),
        fact({"resourceType": "Condition", "code": {"text": "Asthma"}}),
    ]
    (out,) = write(told)
    assert field(out, "PID", 3) == f"{record(told).person.id}^^^VADO^PI"


def test_the_person_is_named_as_the_partner_named_it() -> None:
    told = [*of_hospital(), patient("clinic", "C-9", "https://clinic.example/id", name=[{"family": "Other"}])]
    assert field(write(told)[0], "PID", 5).startswith("Núñez Peña^María")
    named = {p.resource["name"][0]["family"] for p in told if p.kind == "Patient"}
    assert field(write(told, demographics="best")[0], "PID", 5).split("^")[0] in named


def test_a_merged_number_of_the_partner_comes_behind_the_one_in_force() -> None:
    old = patient("hospital", "OLD", NHC, active=False)
    new = Fact(
        {**old.resource, "id": "f" * 32, "active": True, "identifier": [{"system": NHC, "value": "NEW"}]}, old.evidence, "f" * 32
    )
    assert field(write([old, new])[0], "PID", 3) == "NEW^^^NHC~OLD^^^NHC^MR"


def test_the_same_content_has_the_same_control_id_and_other_content_another() -> None:
    first, later = write(everyone())[0], write(everyone(), AT + timedelta(days=1))[0]
    assert field(first, "MSH", 10) == field(later, "MSH", 10) and field(first, "MSH", 7) != field(later, "MSH", 7)
    more = [*everyone(), fact({"resourceType": "Condition", "code": coded(SCT, "38341003", "Hypertension")})]
    assert field(write(more)[0], "MSH", 10) != field(first, "MSH", 10)


def test_its_own_facts_are_echoed_only_when_it_wishes() -> None:
    assert b"Asthma" not in b"".join(o.content for o in write(everyone(), messages=ALL))
    assert b"Asthma" in write(everyone(), echo=True)[0].content


def test_a_pdf_comes_out_again_as_it_went_in() -> None:
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * 50
    person = record(everyone()).person.id
    for given in (pdf, b64encode(pdf).decode(), {person: pdf}):
        (out,) = write(everyone(), messages=["MDM^T02"], pdf=given)
        original = Original(original_id(out.content), HOSPITAL.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC))
        reading = Hl7v2Reader().read(original, out.content, HOSPITAL)
        assert [c.content for c in reading.children] == [pdf]
        (document,) = [
            f.resource for f in Hl7v2Reader().facts(reading, HOSPITAL).facts if f.evidence.rule == "TXA -> DocumentReference"
        ]
        assert document["content"][0]["attachment"]["contentType"] == "application/pdf"
    (out,) = write(everyone(), messages=["MDM^T02"], pdf={"somebody else": pdf})
    assert b"|ED|" not in out.content, "nobody gets another person's PDF"


def test_together_is_one_file_of_whole_messages() -> None:
    apart, (one,) = write(everyone(), messages=ALL), write(everyone(), messages=ALL, together=True)
    assert one.content == b"".join(o.content for o in apart)
    assert set(one.losses) == {loss for o in apart for loss in o.losses}


@pytest.mark.parametrize(
    ("status", "goes"), [("active", True), ("inactive", False), ("resolved", False)]
)  # fmt: skip
def test_an_allergy_that_is_over_is_no_al1(status: str, goes: bool) -> None:
    allergy = fact(
        {"resourceType": "AllergyIntolerance", "code": {"text": "Latex"}, "clinicalStatus": plain_code("allergyintolerance-clinical", status)}
    )  # fmt: skip
    (out,) = write([*of_hospital(), allergy])
    assert (b"AL1|" in out.content) is goes and (allergy.id in dict(out.losses)) is not goes


def test_a_doubtful_problem_is_a_working_diagnosis() -> None:
    doubt = {"verificationStatus": plain_code("condition-ver-status", "provisional")}
    (out,) = write([*of_hospital(), fact({"resourceType": "Condition", "code": {"text": "Lupus"}, **doubt})])
    assert field(out, "DG1", 6) == "W"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"message": ["ADT^A31"]}, "CO-001"), ({"messages": ["ADT^A01"]}, "CO-002"), ({"messages": []}, "CO-002"), ({"version": "3"}, "CO-002"),
        ({"pdf": b"MZ"}, "CO-002"), ({"pdf": "%PDF"}, "CO-002"), ({"echo": "yes"}, "CO-002"), ({"processing": "X"}, "CO-002"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsError) as fault:
        Hl7v2Writer().check(Wish(HOSPITAL.id, "out", "hl7v2", "mllp", options=options))
    assert fault.value.code == code


def test_results_come_back_in_their_report() -> None:
    oru = write(everyone(), messages=["ORU^R01"])[0]
    original = Original(original_id(oru.content), HOSPITAL.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC))
    facts = {f.id: f.resource for f in Hl7v2Reader().facts(Hl7v2Reader().read(original, oru.content, HOSPITAL), HOSPITAL).facts}
    (report,) = [
        r for r in facts.values() if r["resourceType"] == "DiagnosticReport" and r["code"]["coding"][0]["code"] == "24323-8"
    ]
    members = [facts[r["reference"].partition("/")[2]]["code"]["coding"][0]["code"] for r in report["result"]]
    assert members == ["2951-2", "89579-7"] and report["conclusion"] == "Within range." and report["status"] == "final"


def test_sources_that_disagree_on_a_result_say_so() -> None:
    lab = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded("http://loinc.org", "2951-2", "Sodium"),
        "effectiveDateTime": "2026-01-02T08:00:00Z",
    }
    one, other = fact({**lab, "valueInteger": 138}, "clinic"), fact({**lab, "valueInteger": 148}, "laboratory")
    (out,) = write([*of_hospital(), one, other], messages=["ORU^R01"])
    assert out.content.decode().count("NTE|1||Las fuentes no coinciden") == 2
