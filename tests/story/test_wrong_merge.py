"""The story of a wrong merge: two women of one name and birth date, and a clerk who typed the other's number. Found, taken
apart, both records right again, and everybody who saw the wrong one is known."""

from typing import Any

import orjson
import pytest

from plain import arrival, everything, plain_exchange
from vado.errors import NotFound, VadoError
from vado.exchange import consult, faces, review
from vado.exchange import receive as story
from vado.exchange.ports import Exchange
from vado.model.original import PartnerId
from vado.model.person import MatchGrade
from vado.model.record import Viewer

NHS = "https://fhir.nhs.uk/Id/nhs-number"
CLERK, DOCTOR, NURSE = Viewer("clerk"), Viewer("doctor"), Viewer("nurse")


def sent(number: str, *, nhs: str, blood: str, stay: tuple[str, str], allergy: str, born: str = "1970-02-03") -> bytes:
    """What a hospital sends of one woman."""
    patient: dict[str, Any] = {
        "resourceType": "Patient", "id": "p", "name": [{"family": "Gil Sanz", "given": ["Rosa"]}], "birthDate": born, "gender": "female",
        "identifier": [{"system": f"https://{number}.example/nhc", "value": number}, {"system": NHS, "value": nhs}],
    }  # fmt: skip
    about = {"subject": {"reference": "Patient/p"}, "status": "final"}
    group = {
        **about, "resourceType": "Observation", "id": "o", "code": {"coding": [{"system": "http://loinc.org", "code": "882-1"}]},
        "valueCodeableConcept": {"text": blood}, "effectiveDateTime": "2026-01-01",
    }  # fmt: skip
    encounter = {
        **about, "resourceType": "Encounter", "id": "e", "status": "finished", "period": {"start": stay[0], "end": stay[1]},
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
    }  # fmt: skip
    sensitive = {
        "resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"}, "code": {"text": allergy},
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
    }  # fmt: skip
    entries = [
        {"fullUrl": f"https://x.example/{r['resourceType']}/{r['id']}", "resource": r}
        for r in (patient, group, encounter, sensitive)
    ]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


NORTH = sent("n1", nhs="9990000018", blood="A pos", stay=("2026-03-01", "2026-03-09"), allergy="Penicillin")
SOUTH = sent("s1", nhs="9990000018", blood="O neg", stay=("2026-03-04", "2026-03-20"), allergy="Latex")


def merged() -> tuple[Exchange, str, str]:
    x = plain_exchange()
    list(story.receive(x, [arrival(NORTH, partner="north"), arrival(SOUTH, partner="south")]))
    (person,) = consult.find_persons(x, "gil", CLERK)
    by_partner = {p.evidence.partner: p.id for p in person.patients}
    return x, by_partner[PartnerId("north")], by_partner[PartnerId("south")]


def allergies(x: Exchange, patient: str) -> list[str]:
    with x.store.begin() as tx:
        (link,) = tx.links_of((patient,))
    return sorted(line.title for line in consult.show_record(x, link.person, CLERK).lines if line.kind.value == "allergies")


def test_a_wrong_merge_is_found_taken_apart_and_everybody_is_told() -> None:
    x, north, south = merged()
    (person,) = consult.find_persons(x, "gil", CLERK)
    consult.show_record(x, person.id, DOCTOR)
    consult.show_record(x, person.id, DOCTOR)
    consult.show_record(x, person.id, NURSE, "export")
    (found,), after = faces.over_merged(x, CLERK)
    assert after == ""
    assert {c.kind for c in found.clashes} == {"blood group", "two places at once"}
    assert {p for c in found.clashes for p in (c.one, c.other)} == {north, south}
    wrong = found.person.id

    review.split(x, (south,), CLERK)
    assert allergies(x, north) == ["Penicillin"]
    assert allergies(x, south) == ["Latex"]
    assert faces.over_merged(x, CLERK) == ((), "")
    told = faces.corrections(x, south, CLERK)
    assert [(c.who, c.action, c.person, c.times) for c in told] == [("doctor", "read", wrong, 2), ("nurse", "export", wrong, 1)]

    consult.show_record(x, wrong, DOCTOR)  # what is right now is no correction
    assert faces.corrections(x, south, CLERK) == told
    list(story.receive(x, [arrival(SOUTH.replace(b"Latex", b"Latex gloves"), partner="south")]))
    assert allergies(x, north) == ["Penicillin"], "no rule joins them again"


def test_nor_does_a_third_record_join_them_again() -> None:
    x, north, south = merged()
    review.split(x, (south,), CLERK)
    third = sent("w1", nhs="9990000018", blood="A pos", stay=("2025-01-01", "2025-01-02"), allergy="Nuts")
    list(story.receive(x, [arrival(third, partner="west")]))
    with x.store.begin() as tx:
        homes = {e.patient: e.person for e in tx.links_of((north, south))}
    assert homes[north] != homes[south]
    doubts = consult.doubts(x, CLERK)
    assert doubts, "whose the third is, a person decides"


def test_taking_the_split_back_restores_everything() -> None:
    x, north, south = merged()
    before = everything(x)["persons"]
    review.split(x, (south,), CLERK)
    review.undo(x, south, CLERK)
    assert everything(x)["persons"] == before
    assert allergies(x, north) == ["Latex", "Penicillin"]
    with pytest.raises(NotFound):
        review.undo(x, "nobody", CLERK)


def test_a_persons_link_and_its_undo() -> None:
    x = plain_exchange()
    other = sent("s1", nhs="9990000026", blood="A pos", stay=("2026-04-01", "2026-04-02"), allergy="Latex")
    list(story.receive(x, [arrival(NORTH, partner="north"), arrival(other, partner="south")]))
    persons = consult.find_persons(x, "gil", CLERK)
    one, two = sorted(p.patients[0].id for p in persons)
    with pytest.raises(VadoError, match="RE-011"):
        review.undo(x, one, CLERK)
    before = everything(x)["persons"]
    review.merge(x, one, two, CLERK)
    assert len(consult.find_persons(x, "gil", CLERK)) == 1
    review.undo(x, one, CLERK)
    assert len(consult.find_persons(x, "gil", CLERK)) == 2
    review.merge(x, one, two, CLERK)
    review.split(x, (two,), CLERK)
    review.merge(x, one, two, CLERK)
    assert len(consult.find_persons(x, "gil", CLERK)) == 1, "the last word of a person holds"
    assert set(before) == {one, two}


def test_a_split_needs_some_but_not_all_of_one_person() -> None:
    x, north, south = merged()
    with pytest.raises(VadoError, match="RE-010"):
        review.split(x, (north, south), CLERK)
    with pytest.raises(NotFound):
        review.split(x, (north, "nobody"), CLERK)


def test_preview_stores_nothing_but_that_somebody_asked() -> None:
    x, north, _ = merged()
    before = everything(x)
    patient = orjson.loads(NORTH)["entry"][0]["resource"]
    best, *_ = faces.preview(x, patient, PartnerId("west"), NURSE)
    assert best.grade is MatchGrade.CERTAIN
    assert best.candidate in everything(x)["persons"]
    assert {c.field for c in best.why} >= {"identifier", "family", "birth_date"}
    assert everything(x) == before
    with x.store.begin() as tx:
        assert [a.action for a in tx.audits(limit=1)] == ["preview"]
    assert faces.preview(x, {"name": [{"family": "Nobody"}]}, PartnerId("west"), NURSE) == ()
    assert north
