"""The record as it stood: what came, was linked, decided or read anew later is not in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from plain import arrival, plain_exchange
from vado.errors import NotFound
from vado.exchange import consult, review
from vado.exchange import receive as story
from vado.exchange.ports import Exchange, Settled
from vado.model.record import Viewer

ME = Viewer("me")
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def sent(own: str, allergy: str) -> bytes:
    patient: dict[str, Any] = {
        "resourceType": "Patient", "id": "p", "name": [{"family": "Gil Sanz", "given": ["Rosa"]}], "birthDate": "1970-02-03", "gender": "female",
        "identifier": [{"system": f"https://{own}.example/nhc", "value": own}, {"system": NHS, "value": "9990000018"}],
    }  # fmt: skip
    sensitive = {
        "resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"}, "code": {"text": allergy},
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
    }  # fmt: skip
    entries = [{"fullUrl": f"https://x.example/{r['resourceType']}/{r['id']}", "resource": r} for r in (patient, sensitive)]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def take(x: Exchange, own: str, allergy: str) -> datetime:
    """Receive it; give a time after that and before anything else."""
    list(story.receive(x, [arrival(sent(own, allergy), partner=own)]))
    return x.clock()


def allergies(x: Exchange, at: datetime | None = None, person: str = "") -> list[str]:
    person = person or consult.find_persons(x, "gil", ME)[0].id
    return sorted(line.title for line in consult.show_record(x, person, ME, as_of=at).lines)


def test_what_came_later_is_not_in_it() -> None:
    x = plain_exchange()
    before = x.clock()
    first = take(x, "north", "Penicillin")
    person = consult.find_persons(x, "gil", ME)[0].id
    second = take(x, "south", "Latex")
    joined = consult.find_persons(x, "gil", ME)[0].id
    assert allergies(x, second) == allergies(x) == ["Latex", "Penicillin"]
    assert allergies(x, first, person) == ["Penicillin"]
    with pytest.raises(NotFound):
        allergies(x, before, joined)
    with x.store.begin() as tx:
        assert [a.action for a in tx.audits(subject=joined, limit=1)] == ["read"]


def test_after_a_split_the_earlier_record_shows_what_was_shown_then() -> None:
    x = plain_exchange()
    take(x, "north", "Penicillin")
    joined = take(x, "south", "Latex")
    (person,) = consult.find_persons(x, "gil", ME)
    review.split(x, (person.patients[1].id,), ME)
    assert len(allergies(x)) == 1
    assert allergies(x, joined, person.id) == ["Latex", "Penicillin"]
    assert allergies(x, x.clock(), person.id) == allergies(x, None, person.id)


def test_what_was_read_otherwise_then_is_shown_as_it_was_read() -> None:
    x = plain_exchange()
    then = take(x, "north", "Penicillin")
    with x.store.begin() as tx:
        (row,) = tx.rows()
        o = row.original
        reading, facts = tx.reading(o.partner, o.id), tx.facts_from(o.partner, o.id)
        tx.retire(o.partner, o.id, x.clock())
        anew = tuple(
            replace(f, resource={**f.resource, "code": {"text": "Amoxicillin"}}) if f.kind == "AllergyIntolerance" else f
            for f in facts
        )
        tx.settle(Settled(o, row.state, reading, anew))
    assert allergies(x) == ["Amoxicillin"]
    assert allergies(x, then) == ["Penicillin"]


def test_a_day_ends_at_its_end() -> None:
    end = consult.end_of("2026-05-01")
    assert end is not None
    assert end + timedelta(microseconds=1) == datetime(2026, 5, 2, tzinfo=UTC)
    assert consult.end_of("2026-13-01") is None
    madrid = consult.end_of("2026-05-01", ZoneInfo("Europe/Madrid"))
    assert madrid and madrid.isoformat() == "2026-05-01T21:59:59.999999+00:00"
    assert consult.end_of("") is None
