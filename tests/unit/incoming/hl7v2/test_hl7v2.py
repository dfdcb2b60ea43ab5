"""HL7 v2: separators, escapes, times, groups, identity of results."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest

from vado.errors import UnreadableOriginal
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.incoming.hl7v2.message import Segment, separators_of
from vado.incoming.hl7v2.read import messages
from vado.incoming.hl7v2.values import moment, whole
from vado.model.fact import End, Facts
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile

PARTNER = PartnerProfile(PartnerId("h"), "H", timezone="Europe/Madrid")
MSH = "MSH|^~\\&|A|B|C|D|20260101120000||{kind}|C1|P|2.5\r"
PID = "PID|1||77^^^H^MR||Gil^Ana||19700203|F\r"


def told(text: str, partner: PartnerProfile = PARTNER) -> Facts:
    content = text.encode()
    original = Original(original_id(content), partner.id, "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    reader = Hl7v2Reader()
    return reader.facts(reader.read(original, content, partner), partner)


def kinds(facts: Facts, kind: str) -> list[dict]:
    return [f.resource for f in facts.facts if f.kind == kind]


@pytest.mark.parametrize(
    ("written", "zone", "place", "expected"),
    [
        ("2026", "", None, "2026"), ("202602", "", None, "2026-02"), ("20260203", "", None, "2026-02-03"),
        ("202602031530", "", None, "2026-02-03"), ("202602031530", "", "Europe/Madrid", "2026-02-03T15:30:00+01:00"),
        ("202607031530", "", "Europe/Madrid", "2026-07-03T15:30:00+02:00"), ("20260203153000-0500", "", "Europe/Madrid", "2026-02-03T15:30:00-05:00"),
        ("202602031530", "+0100", None, "2026-02-03T15:30:00+01:00"), ("20261302", "", None, None), ("soon", "", None, None), ("", "", None, None),
    ],
)  # fmt: skip
def test_times_keep_their_precision_and_no_zone_is_invented(
    written: str, zone: str, place: str | None, expected: str | None
) -> None:
    assert moment(written, zone, place) == expected


def test_escapes() -> None:
    segment = Segment("OBX|1|TX|a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f\\X41\\\\.br\\g", "OBX[1]")
    assert whole(segment, 3) == "a|b^c&d~e\\fA\ng"


def test_other_separators() -> None:
    facts = told("MSH$%*!@$A$B$C$D$20260101$$ADT%A01$C1$P$2.5\rPID$1$$77%%%H%MR$$Gil%Ana$$19700203$F\r")
    assert kinds(facts, "Patient")[0]["name"][0]["family"] == "Gil"
    assert separators_of("MSH|^~\\&#|") == "|^~\\&"


def test_frames_batches_and_raw_line_ends() -> None:
    text = (
        "\x0bFHS|^~\\&|A\rBHS|^~\\&|A\r"
        + MSH.format(kind="ORU^R01")
        + "OBX|1|TX|n||one\ntwo\r"
        + MSH.format(kind="ORU^R01")
        + "BTS|2\rFTS|1\r\x1c"
    )
    assert [[line[:3] for line in m] for m in messages(text)] == [["MSH", "OBX"], ["MSH", "BTS", "FTS"]]
    assert next(messages(text))[1].endswith("one\ntwo")


def test_null_says_nothing() -> None:
    facts = told(MSH.format(kind="ADT^A08") + 'PID|1||77^^^H^MR||Gil^Ana||""|""\r')
    assert not {"birthDate", "gender"} & kinds(facts, "Patient")[0].keys()


def test_results_alike_do_not_overwrite_each_other() -> None:
    text = (
        MSH.format(kind="ORU^R01")
        + PID
        + "OBR|1||F1|X^Panel^L\rOBX|1|NM|2823-3^K^LN||4|mmol/L|||||F\rOBX|2|NM|2823-3^K^LN||5|mmol/L|||||F\r"
    )
    found = kinds(told(text), "Observation")
    assert [o["valueQuantity"]["value"] for o in found] == [4, 5]
    assert len({o["id"] for o in found}) == 2
    assert len(kinds(told(text), "DiagnosticReport")[0]["result"]) == 2


def test_notes_and_results_belong_to_their_own_order() -> None:
    text = (
        MSH.format(kind="ORU^R01")
        + PID
        + "OBR|1||F1|A^One^L\rOBX|1|NM|1^a^L||1\rNTE|1||about a\rOBR|2||F2|B^Two^L\rOBX|1|NM|2^b^L||2\r"
    )
    reports = kinds(told(text), "DiagnosticReport")
    assert [len(r["result"]) for r in reports] == [1, 1]
    noted = [o.get("note") for o in kinds(told(text), "Observation")]
    assert noted == [[{"text": "about a"}], None]


def test_a_correction_is_the_same_observation_and_a_deletion_is_in_error() -> None:
    line = "OBR|1||F1|X^Panel^L\rOBX|1|NM|2823-3^K^LN||{v}|mmol/L|||||{s}\r"
    tellings = [
        kinds(told(MSH.format(kind="ORU^R01") + PID + line.format(v=v, s=s)), "Observation")[0]
        for v, s in (("4", "P"), ("5", "C"), ("", "D"))
    ]
    assert len({t["id"] for t in tellings}) == 1
    assert [t["status"] for t in tellings[:2]] == ["preliminary", "corrected"]
    assert tellings[2]["status"] == "entered-in-error"


def test_an_unknown_system_is_left_out_and_told() -> None:
    facts = told(MSH.format(kind="ADT^A01") + PID + "DG1|1||Q7^Odd^99ZZ\r")
    assert kinds(facts, "Condition")[0]["code"]["coding"] == [{"code": "Q7", "display": "Odd"}]
    assert "IN-017" in {i.code for i in facts.issues}


def test_without_msh_nothing_is_read() -> None:
    with pytest.raises(UnreadableOriginal, match="IN-101"):
        told("PID|1||77\r")


def test_the_answer_to_a_message_says_nothing() -> None:
    assert told(MSH.format(kind="ACK") + "MSA|AA|C1\r").facts == ()


def test_null_takes_away_and_silence_does_not() -> None:
    facts = told(MSH.format(kind="ADT^A08") + 'PID|1||77^^^H^MR||Gil^Ana||""|F|||""\r')
    patient = next(f for f in facts.facts if f.kind == "Patient")
    assert set(patient.evidence.removes) == {"birthDate", "address"}
    assert patient.resource["gender"] == "female"


def test_a_segment_in_the_wrong_message_is_still_read() -> None:
    text = MSH.format(kind="ADT^A01") + PID + "OBR|1||F1|X^Panel^L\rOBX|1|NM|2823-3^K^LN||4|mmol/L|||||F\r"
    assert len(kinds(told(text), "DiagnosticReport")) == 1


def test_specimen_outside_of_its_orders() -> None:
    text = (
        MSH.format(kind="OUL^R22")
        + PID
        + "SPM|1|S1||SER^Serum^HL70487\rOBR|1||F1|X^Panel^L\rOBX|1|NM|2823-3^K^LN||4|mmol/L|||||F\r"
    )
    facts = told(text)
    specimen = kinds(facts, "Specimen")[0]["id"]
    assert kinds(facts, "Observation")[0]["specimen"] == {"reference": f"Specimen/{specimen}"}
    assert kinds(facts, "DiagnosticReport")[0]["specimen"] == [{"reference": f"Specimen/{specimen}"}]


def test_an_orc_behind_its_obr_belongs_to_it() -> None:
    text = MSH.format(kind="ORU^R01") + PID + "OBR|1||F1|X^Panel^L\rORC|RE|P1\rOBX|1|NM|2823-3^K^LN||4|mmol/L|||||F\r"
    requests = kinds(told(text), "ServiceRequest")
    assert len(requests) == 1
    assert {i["value"] for i in requests[0]["identifier"]} == {"F1", "P1"}


def test_every_repetition_counts() -> None:
    pid = "PID|1||77^^^H^MR~88^^^K^PI||Gil^Ana~Gil^Anita^^^^^N||19700203|F|||A 1^^Leon~B 2^^Madrid||1~2\r"
    patient = kinds(told(MSH.format(kind="ADT^A01") + pid), "Patient")[0]
    assert [len(patient[k]) for k in ("identifier", "name", "address", "telecom")] == [2, 2, 2, 2]


def test_lines_of_a_report_without_a_code_are_its_text() -> None:
    text = MSH.format(kind="ORU^R01") + PID + "OBR|1||F1|X^Echo^L\rOBX|1|TX|||first line||||||F\rOBX|2|TX|||second line||||||F\r"
    form = kinds(told(text), "DiagnosticReport")[0]["presentedForm"][0]
    assert b64decode(form["data"]).decode() == "first line\nsecond line"


@pytest.mark.parametrize(
    ("kind", "value", "unit", "name", "expected"),
    [
        ("NM", "<0.1", "mg/L", "valueQuantity", {"value": 0.1, "comparator": "<", "unit": "mg/L"}),
        ("SN", "^2^-^4", "", "valueRange", {"low": {"value": 2}, "high": {"value": 4}}),
        ("SN", "^1^:^128", "", "valueRatio", {"numerator": {"value": 1}, "denominator": {"value": 128}}),
        ("NM", "high", "", "valueString", "high"),
        ("TM", "0930", "", "valueTime", "09:30:00"),
        ("DR", "20260101^20260105", "", "valuePeriod", {"start": "2026-01-01", "end": "2026-01-05"}),
        ("CWE", "Q^Yes^L", "", "valueCodeableConcept", {"coding": [{"code": "Q", "display": "Yes"}], "text": "Yes"}),
    ],
)
def test_values_by_their_type(kind: str, value: str, unit: str, name: str, expected: object) -> None:
    text = MSH.format(kind="ORU^R01") + PID + f"OBR|1||F1|X^Panel^L\rOBX|1|{kind}|1^a^L||{value}|{unit}|||||F\r"
    assert kinds(told(text), "Observation")[0][name] == expected


def test_segments_of_the_senders_own_by_profile() -> None:
    layout = {
        "name": "ZVI",
        "map": {"2": "Observation 8480-6 http://loinc.org Systolic", "3": "Patient.extension https://h.example/vip"},
    }
    partner = PartnerProfile(PartnerId("h"), "H", segments=(layout,))
    facts = told(MSH.format(kind="ADT^A01") + PID + "ZVI|1|128|yes\r", partner)
    assert kinds(facts, "Observation")[0]["valueQuantity"] == {"value": 128}
    assert kinds(facts, "Patient")[0]["extension"] == [{"url": "https://h.example/vip", "valueString": "yes"}]
    assert not any(e.path == "ZVI-2" for e in facts.ledger)
    assert any(e.path == "ZVI-2" for e in told(MSH.format(kind="ADT^A01") + PID + "ZVI|1|128|yes\r").ledger)


def test_what_no_rule_takes_is_not_understood_down_to_the_component() -> None:
    facts = told(
        MSH.format(kind="ADT^A01")
        + "PID|1||77^^^H^MR||Gil^Ana||19700203|F|||||||||||||||||||||||||||||||||odd\rPV1|1|I|W^1^2^H^^^^^^^^odd\r"
    )
    missed = {e.path for e in facts.ledger if e.end is End.NOT_UNDERSTOOD}
    assert missed == {"PID-41", "PV1-3.12"}


@pytest.mark.parametrize(
    ("event", "one_person"),
    [("A40", True), ("A34", True), ("A47", True), ("A41", False), ("A43", False), ("A44", False), ("A45", False), ("A50", False)],
)
def test_only_a_merge_of_persons_says_that_two_are_one(event: str, one_person: bool) -> None:
    said = told(MSH.format(kind=f"ADT^{event}") + PID + "MRG|88^^^H^MR||A1||V1^^^H^VN\r")
    assert any("link" in p for p in kinds(said, "Patient")) is one_person
    assert one_person or any(e.path == "MRG-1" and e.end is End.NOT_UNDERSTOOD for e in said.ledger)
