"""Numbers decide only where the partner's profile trusts their issuer; a number that is everybody's, or somebody's again, decides nothing."""

import time
from random import Random
from typing import Any

import orjson
import pytest

from plain import arrival, plain_exchange
from vado.exchange import consult
from vado.exchange import receive as story
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Viewer
from vado.place.people import people

ME = Viewer("me")
FILE, CARD = "https://hospital.example/file", "https://insurer.example/card"


def sent(number: str, system: str = CARD, family: str = "Gil Sanz", given: str = "Rosa", **more: Any) -> bytes:
    patient = {
        "resourceType": "Patient", "id": "p", "name": [{"family": family, "given": [given]}], "birthDate": "1970-02-03", "gender": "female",
        "identifier": [{"system": system, "value": number}], **more,
    }  # fmt: skip
    return orjson.dumps(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"fullUrl": "https://x.example/Patient/p", "resource": patient}],
        }
    )


@pytest.mark.parametrize(("trusted", "persons"), [((), 1), ((CARD,), 1), ((FILE,), 2)])
def test_a_number_decides_only_where_its_issuer_is_trusted(trusted: tuple[str, ...], persons: int) -> None:
    profiles = {PartnerId(p): PartnerProfile(PartnerId(p), p, trusted=trusted) for p in ("north", "south")}
    x = plain_exchange(profiles=profiles)
    list(story.receive(x, [arrival(sent("77"), partner="north"), arrival(sent("77", family="Gil"), partner="south")]))
    assert len(consult.find_persons(x, "gil", ME)) == persons
    assert len(consult.find_persons(x, "77", ME)) == persons, "a number that decides nothing still finds"


def test_a_number_given_again_after_a_death_links_nobody() -> None:
    x = plain_exchange()
    before = sent("77", deceasedDateTime="2019-05-01")
    after = sent("77", family="Ortega Ruiz", given="Luis", birthDate="2020-01-01", gender="male")
    list(story.receive(x, [arrival(before, partner="north"), arrival(after, partner="south")]))
    assert {len(p.patients) for w in ("gil", "ortega") for p in consult.find_persons(x, w, ME)} == {1}
    assert consult.doubts(x, ME), "a person is asked"


def test_a_partners_own_number_given_again_is_not_one_patient() -> None:
    x = plain_exchange()
    rows = list(story.receive(x, [arrival(sent("77"), partner="north")]))
    rows += story.receive(
        x, [arrival(sent("77", family="Ortega Ruiz", given="Luis", birthDate="2020-01-01", gender="male"), partner="north")]
    )
    assert [[i.code for i in r.issues] for r in rows] == [[], ["IN-023"]]
    (rosa,), (luis,) = (consult.find_persons(x, w, ME) for w in ("gil", "ortega"))
    assert rosa.patients[0].resource["birthDate"] == "1970-02-03"
    assert luis.patients[0].resource["birthDate"] == "2020-01-01"
    list(story.receive(x, [arrival(sent("77", telecom=[{"system": "phone", "value": "600000000"}]), partner="north")]))
    assert consult.find_persons(x, "gil", ME)[0].id == rosa.id


def test_a_clash_of_national_numbers_is_never_linked_by_a_rule() -> None:
    x, nhs = plain_exchange(), "https://fhir.nhs.uk/Id/nhs-number"
    list(story.receive(x, [arrival(sent(n, nhs), partner=p) for n, p in (("9990000018", "north"), ("9990000026", "south"))]))
    assert len(consult.find_persons(x, "gil", ME)) == 2
    assert consult.doubts(x, ME)


def test_one_number_for_everybody_joins_nobody_and_asks_little() -> None:
    x, many = plain_exchange(), 200
    crowd = people(many, Random(5))
    letters = [sent("1", family=c.surname, given=c.given, birthDate=c.birth.isoformat()) for c in crowd]
    began = time.process_time()
    list(story.receive(x, [arrival(one, partner="north") for one in letters]))
    with x.store.begin() as tx:
        assert len(tx.persons()) >= 0.95 * many, "only somebody of the first one's given name may be taken for the first one"
        doubts = len(tx.doubts(limit=100_000))
    assert doubts <= 5 * many, f"{doubts} questions about {many} people"
    assert time.process_time() - began < 120
