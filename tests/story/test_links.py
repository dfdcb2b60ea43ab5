"""Whose record: certain matches join, a wrong link can be undone whatever came after, and no rule repeats it."""

import itertools

import orjson
import pytest
from test_kill import bundle

from plain import arrival, everything, plain_exchange
from vado.errors import NotFound, VadoError
from vado.exchange import consult, review
from vado.exchange import receive as story
from vado.exchange.ports import Exchange
from vado.model.record import Viewer

ME = Viewer("me")


def with_nhs(family: str, number: str, birth: str = "1970-02-03") -> bytes:
    plain = orjson.loads(bundle(family, number))
    patient = plain["entry"][0]["resource"]
    patient["birthDate"] = birth
    patient["identifier"].append({"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"})
    return orjson.dumps(plain)


def joined() -> tuple[Exchange, str, str]:
    x = plain_exchange()
    list(story.receive(x, [arrival(with_nhs("Lopez", "1"), partner="a"), arrival(with_nhs("Lopez", "2"), partner="b")]))
    (person,) = consult.find_persons(x, "lopez", ME)
    one, other = (p.id for p in person.patients)
    return x, one, other


def test_a_shared_number_joins_two_partners() -> None:
    x, _, _ = joined()
    record = consult.show_record(x, consult.find_persons(x, "lopez", ME)[0].id, ME)
    assert {s.partner for s in record.sources} == {"a", "b"}
    assert [(line.title, len(line.same)) for line in record.lines] == [("Asthma", 1)]


def test_unlink_holds_whatever_comes_after() -> None:
    x, one, other = joined()
    review.unlink(x, one, ME)
    assert len(consult.find_persons(x, "lopez", ME)) == 2
    list(story.receive(x, [arrival(with_nhs("Lopez", "1"), partner="a"), arrival(with_nhs("López", "2"), partner="b")]))
    persons = consult.find_persons(x, "lopez", ME)
    assert sorted(len(p.patients) for p in persons) == [1, 1], "a rule must not repeat what a person undid"
    history = consult.show_links(x, one, ME)
    assert history[-1].by == "me"
    with pytest.raises(NotFound):
        review.unlink(x, "nobody", ME)
    assert other


def test_a_settled_doubt_is_settled_once() -> None:
    x = plain_exchange()
    father = with_nhs("Lopez", "1", "1950-02-03")
    son = orjson.dumps({**orjson.loads(bundle("Lopez", "2"))})
    list(story.receive(x, [arrival(father, partner="a"), arrival(son, partner="b")]))
    for doubt, _, _ in consult.doubts(x, ME):
        review.settle_doubt(x, doubt.id, review.DIFFERENT, ME)
        with pytest.raises(VadoError):
            review.settle_doubt(x, doubt.id, review.SAME, ME)
    assert len(consult.find_persons(x, "lopez", ME)) == 2


def test_the_order_of_arrival_does_not_change_whose_record_it_is() -> None:
    arrivals = [
        arrival(with_nhs("Lopez", "1"), partner="a"), arrival(with_nhs("Lopez Ruiz", "2"), partner="b"),
        arrival(bundle("Lopez", "3"), partner="c"), arrival(bundle("Smith", "4"), partner="c"),
    ]  # fmt: skip
    ends = []
    for order in itertools.permutations(arrivals):
        x = plain_exchange()
        list(story.receive(x, order))
        ends.append({k: v for k, v in everything(x).items() if k in {"persons", "facts", "doubts"}})
    assert all(end == ends[0] for end in ends)


def test_receiving_twice_changes_nothing() -> None:
    x, _, _ = joined()
    before = everything(x)
    rows = list(story.receive(x, [arrival(with_nhs("Lopez", "1"), partner="a")]))
    assert everything(x) == before
    assert [r.original.partner for r in rows] == ["a"]
