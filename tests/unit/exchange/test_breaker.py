"""The circuit breaker: a feed whose patients suddenly become one is held, says so, and is released by a person alone."""

import orjson

from plain import arrival, plain_exchange
from vado.exchange import breaker
from vado.exchange import receive as story
from vado.exchange.ports import Exchange
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Viewer
from vado.store.sql.store import SqlStore

ME, NORTH = Viewer("me"), PartnerId("north")
RECORD = {
    "system": "https://north.example/nhc",
    "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
}
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def sent(own: int, *, given: str = "Rosa", nhs: str = "9990000018") -> bytes:
    patient = {
        "resourceType": "Patient", "id": "p", "name": [{"family": "Gil Sanz", "given": [given]}], "birthDate": "1970-02-03", "gender": "female",
        "identifier": [{**RECORD, "value": str(own)}, {"system": NHS, "value": nhs}],
    }  # fmt: skip
    return orjson.dumps(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"fullUrl": "https://x.example/Patient/p", "resource": patient}],
        }
    )


def exchange(store: SqlStore | None = None) -> Exchange:
    return plain_exchange(store, profiles={NORTH: PartnerProfile(NORTH, "North")})


def biggest(x: Exchange) -> int:
    with x.store.begin() as tx:
        return max(len(p.patients) for id_ in tx.persons() if (p := tx.person(id_)))


def test_a_broken_export_does_not_merge_everybody(tmp_path: object) -> None:
    """Every patient of the export has the same name, birth date and national number: the last one read, repeated."""
    url = f"sqlite:///{tmp_path}/vado.sqlite"
    x = exchange(SqlStore(url))
    rows = [r for n in range(60) for r in story.receive(x, [arrival(sent(n), partner="north")])]
    said = [n for n, r in enumerate(rows) if any(i.code == "IN-024" for i in r.issues)]
    assert len(said) == 1, "it is said once, where it happened"
    assert breaker.open_breakers(x) == (NORTH,)
    assert biggest(x) == said[0] + 1 < 30
    x.store.close()

    again = exchange(SqlStore(url))  # it survives a restart
    list(story.receive(again, [arrival(sent(100), partner="north")]))
    assert biggest(again) == said[0] + 1
    with again.store.begin() as tx:
        assert tx.doubts(), "a person is asked instead"
    breaker.release(again, NORTH, ME)
    assert breaker.open_breakers(again) == ()
    list(story.receive(again, [arrival(sent(101), partner="north")]))
    assert biggest(again) > said[0] + 1
    again.store.close()


def test_other_senders_and_usual_feeds_are_not_held() -> None:
    x = exchange()
    list(story.receive(x, [arrival(sent(1), partner="north")]))
    for n in range(40):  # forty partners know one woman: that is what linking is for
        list(story.receive(x, [arrival(sent(n), partner=f"p{n}")]))
    assert biggest(x) == 41
    assert breaker.open_breakers(x) == ()
