"""Joining facts into a record, and writing it as a summary."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

from vado.model.fact import Evidence, Fact
from vado.model.original import OriginalId, PartnerId, stable_id
from vado.model.person import LinkEvent, LinkKind, MatchGrade, Person
from vado.model.reading import Fidelity, Place
from vado.model.record import Kind, Viewer
from vado.outgoing.ips.write import write
from vado.record.assemble import assemble
from vado.tools.fhir_gate import faults

AT = datetime(2026, 1, 1, tzinfo=UTC)
P = stable_id("a", "Patient", "1")
SCT = "http://snomed.info/sct"


def fact(kind: str, key: str, partner: str = "a", fidelity: Fidelity = Fidelity.CODED, **elements: object) -> Fact:
    evidence = Evidence(PartnerId(partner), OriginalId("0" * 64), (Place(OriginalId("0" * 64), "x"),), "r/1", "rule", fidelity)
    resource = {"resourceType": kind, "id": stable_id(partner, kind, key), **elements}
    return Fact(resource, evidence, P)


PATIENT = Fact({"resourceType": "Patient", "id": P, "name": [{"family": "Invented"}]}, fact("Patient", "1").evidence, P)
PERSON = Person("p", (PATIENT,), (LinkEvent(P, "p", LinkKind.LINK, MatchGrade.CERTAIN, 0.0, (), "rule", AT),))
ME = {"reference": f"Patient/{P}"}


def medicine(key: str, partner: str, dose: str, **more: object) -> Fact:
    said = {"coding": [{"system": SCT, "code": "387517004", "display": "Paracetamol"}]}
    return fact(
        "MedicationStatement", key, partner, status="active", subject=ME, medicationCodeableConcept=said,
        dosage=[{"text": dose}], **more,
    )  # fmt: skip


def allergy(key: str, text: str) -> Fact:
    return fact("AllergyIntolerance", key, patient=ME, code={"text": text})


FACTS = (
    medicine("m1", "a", "500 mg"), medicine("m2", "b", "500 mg"), medicine("m3", "c", "1 g"),
    allergy("a1", "Penicillin"), allergy("a2", "No known allergies"),
    fact("Condition", "c1", subject=ME, code={"text": "Asthma <b>"}, onsetDateTime="2020-01"),
    fact("Condition", "c2", fidelity=Fidelity.IMAGE, subject=ME, code={"text": "Gout"}),
    fact("Procedure", "e", status="entered-in-error", subject=ME, code={"text": "Nothing"}),
)  # fmt: skip


def record(facts: tuple[Fact, ...] = FACTS):
    return assemble(PERSON, facts, Viewer("me"), AT)


def test_same_and_conflict_are_told() -> None:
    (line,) = [x for x in record().lines if x.kind is Kind.MEDICATION]
    told = [{f.resource["dosage"][0]["text"] for f in some} for some in ((line.shown, *line.same), line.conflicts)]
    assert sorted(map(sorted, told)) == [["1 g"], ["500 mg"]]
    assert line.title == "Paracetamol"


def test_no_known_allergy_contradicts_an_allergy() -> None:
    (line,) = [x for x in record().lines if x.kind is Kind.ALLERGY]
    assert line.title == "Penicillin"
    assert [f.resource["code"]["text"] for f in line.conflicts] == ["No known allergies"]


def test_every_fact_is_told_once_in_any_order() -> None:
    expected = record()
    told = [f.id for x in expected.lines for f in (x.shown, *x.same, *x.conflicts)] + [f.id for f in expected.others]
    assert sorted(told) == sorted(f.id for f in FACTS)
    assert all(record(order + FACTS[4:]) == expected for order in permutations(FACTS[:4]))


def test_entered_in_error_is_in_no_line() -> None:
    assert [f.kind for f in record().others] == ["Procedure"]


def test_summary_is_valid_and_names_what_is_lost() -> None:
    out = write(record())
    bundle = json.loads(out.content)
    assert [x for e in bundle["entry"] for x in faults(e["resource"])] == []
    assert faults(bundle) == []
    urls = {e["fullUrl"] for e in bundle["entry"]}
    references = [r["reference"] for s in bundle["entry"][0]["resource"]["section"] for r in s["entry"]]
    assert set(references) <= urls
    assert b"Asthma &lt;b&gt;" in out.content
    assert [why for _, why in out.losses] == ["read from paper and not reviewed"]


def test_nothing_known_is_said_with_ips_codes() -> None:
    content = write(record(())).content.decode()
    assert all(code in content for code in ("no-problem-info", "no-allergy-info", "no-medication-info"))
    assert [x for e in json.loads(content)["entry"] for x in faults(e["resource"])] == []


# climbing


def from_paper(kind: str, key: str, **elements: object) -> Fact:
    told = fact(kind, key, "paper", Fidelity.IMAGE, **elements)
    return Fact(told.resource, replace(told.evidence, confidence=0.6), told.patient)


def coded_result(key: str, at: str, value: float) -> Fact:
    code = {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin"}]}
    return fact("Observation", key, "hospital", status="final", subject=ME, code=code, effectiveDateTime=at,
                valueQuantity={"value": value, "unit": "g/dL"})  # fmt: skip


def paper_result(value: float, at: str = "") -> Fact:
    more = {"effectiveDateTime": at} if at else {}
    return from_paper("Observation", f"p{value}{at}", status="final", subject=ME, code={"text": "hemoglobin"},
                      valueQuantity={"value": value, "unit": "g/dL"}, **more)  # fmt: skip


def test_a_value_from_paper_climbs_to_the_coded_message_that_confirms_it() -> None:
    coded = coded_result("c", "2026-01-02T10:15:00+01:00", 13.0)
    for paper in (paper_result(13), paper_result(13.0, "2026-01-02"), paper_result(13, "2026-01")):
        for shown, waiting in (((coded, paper), ()), ((coded,), (paper,))):
            record = assemble(PERSON, shown, Viewer("me"), AT, waiting)
            (line,) = record.lines
            assert (line.shown, line.same, record.waiting) == (coded, (paper,), ())


def test_what_differs_or_could_be_two_does_not_climb() -> None:
    coded = coded_result("c", "2026-01-02T10:15:00+01:00", 13.0)
    for paper in (paper_result(15), paper_result(13, "2026-01-03"), paper_result(13, "2025")):
        record = assemble(PERSON, (coded,), Viewer("me"), AT, (paper,))
        assert [line.same for line in record.lines] == [()]
        assert [line.shown for line in record.waiting] == [paper]
    twice = (coded, coded_result("d", "2026-02-02T10:15:00+01:00", 13.0))
    assert [line.shown for line in assemble(PERSON, twice, Viewer("me"), AT, (paper_result(13),)).waiting] == [paper_result(13)]


def test_an_allergy_from_paper_climbs_and_one_that_waits_makes_no_conflict() -> None:
    coded, paper = allergy("a1", "Penicillin"), from_paper("AllergyIntolerance", "p", patient=ME, code={"text": "penicillin"})
    (line,) = assemble(PERSON, (coded,), Viewer("me"), AT, (paper,)).lines
    assert line.same == (paper,)
    denial = from_paper("AllergyIntolerance", "n", patient=ME, code={"text": "No known allergies"})
    record = assemble(PERSON, (coded,), Viewer("me"), AT, (denial,))
    assert record.lines[0].conflicts == () and [line.shown for line in record.waiting] == [denial]


def test_what_waits_is_in_no_line_and_in_no_summary() -> None:
    paper = from_paper("Condition", "w", subject=ME, code={"text": "Scurvy"})
    record = assemble(PERSON, (), Viewer("me"), AT, (paper,))
    assert record.lines == ()
    summary = write(record)
    assert b"Scurvy" not in summary.content and (paper.id, "read from paper and not reviewed") in summary.losses
