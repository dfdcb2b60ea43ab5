"""What of a record may go out to a partner: every fact of every line goes or is a loss; nothing goes that may not."""

from outward import everyone, fact, of_paper, patient, record
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.record.outward import OWN, PAPER, best_patient, known_patients, left_out, numbers, outward, parts_of

HOSPITAL = PartnerId("hospital")


def test_every_fact_of_a_line_goes_or_is_a_loss() -> None:
    made = record(everyone())
    view = outward(made, HOSPITAL)
    lines = {f.id for line in (*made.lines, *made.waiting) for f in (line.shown, *line.conflicts)}
    assert {t.fact.id for t in view.told} | dict(view.losses).keys() >= lines
    assert not {t.fact.id for t in view.told} & dict(view.losses).keys()


def test_own_facts_stay_unless_echoed_and_paper_stays_always() -> None:
    made = record(everyone())
    for echo in (False, True):
        view = outward(made, HOSPITAL, echo=echo)
        assert all(t.fact.evidence.reviewed or t.fact.evidence.confidence == 1 for t in view.told)
        assert (OWN in dict(view.losses).values()) is not echo and PAPER in dict(view.losses).values()
        assert any(t.fact.evidence.partner == HOSPITAL for t in view.told) is echo


def test_what_only_repeats_is_neither_sent_nor_lost() -> None:
    told = {"resourceType": "Condition", "code": {"text": "Asthma"}}
    one, other = fact(told, "clinic"), fact(told, "laboratory")
    view = outward(record([patient("clinic", "1", "urn:x"), one, other]), HOSPITAL)
    assert len(view.told) == 1 and not view.losses


def test_numbers_of_issuers_that_the_partner_does_not_name_stay() -> None:
    made = record(everyone())
    known = PartnerProfile(HOSPITAL, "H", identifier_systems={"NHS": "https://fhir.nhs.uk/Id/nhs-number"})
    assert [i["value"] for i in numbers(made, known)] == ["H123", "9434765919"]
    assert [i["value"] for i in numbers(made, PartnerProfile(HOSPITAL, "H"))] == ["H123"]
    assert len(numbers(made, known, everything=True)) == 3


def test_a_patient_from_paper_is_the_last_choice() -> None:
    scanned = fact({"resourceType": "Patient", "name": [{"family": "Misread"}]}, "old-clinic", reader="scan/3", confidence=0.6)
    made = record([scanned, *everyone()])
    assert best_patient(made) is not scanned and known_patients(made, PartnerId("old-clinic")) == ()
    assert of_paper()[0].evidence.reviewed


def test_parts_of_an_observation() -> None:
    whole = {
        "resourceType": "Observation",
        "status": "final",
        "component": [{"code": {"text": "a"}, "valueInteger": 1}, {"code": {"text": "b"}}],
    }
    assert [p["code"]["text"] for p in parts_of(whole)] == ["a", "b"] and all(p["status"] == "final" for p in parts_of(whole))
    assert parts_of({**whole, "valueInteger": 3})[0]["valueInteger"] == 3 and len(parts_of({**whole, "valueInteger": 3})) == 3
    assert parts_of({"resourceType": "Observation", "hasMember": [{"reference": "Observation/x"}]}) == []
    assert len(parts_of({"resourceType": "Observation"})) == 1


def test_what_is_left_out_is_named() -> None:
    told = fact({"resourceType": "Condition", "code": {"text": "x"}, "stage": [{}], "bodySite": [{}]})
    assert left_out(told, {"code"}, ["severity"]) == ((told.id, "left out: bodySite, severity, stage"),)
    assert left_out(told, {"code", "stage", "bodySite"}) == ()
