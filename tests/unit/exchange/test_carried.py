"""Which facts went out to whom: a delivery beside the record of now, and an original in all deliveries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import orjson
import pytest

import sending
from sending import IpsForm, Receiver, exchange, patient_of, profiles, sent, told
from vado.errors import NotFound
from vado.exchange import carried, consents, deliveries, history
from vado.exchange.ports import Exchange
from vado.model.account import ConsentKind, Role
from vado.model.original import OriginalId, PartnerId
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record, Viewer

ME = Viewer("me")
HOSPITAL, COUNCIL = PartnerId("hospital"), PartnerId("council")


def bundle(number: str, problem: str, **more: str) -> bytes:
    """Tell of a problem under a number of its own, so that it can be told anew."""
    whole = orjson.loads(sending.bundle(number, problem, **more))
    condition = whole["entry"][1]["resource"]
    condition["identifier"] = [{"system": "urn:own:problems", "value": condition["id"]}]
    return orjson.dumps(whole)


class Careless(IpsForm):
    """Has no place for a fall."""

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        for out, record in zip(super().write(records, partner, wish), records, strict=True):
            falls = [f.shown.id for f in record.lines if f.shown.resource.get("code", {}).get("text") == "Falls"]
            yield replace(out, losses=tuple((id_, "no place for it") for id_ in falls))


def place() -> tuple[Exchange, dict[str, Receiver]]:
    x = exchange(profiles("hospital", "council"))
    return replace(x, writers={"summary": Careless()}), {"hospital": Receiver(), "council": Receiver()}


def originals(x: Exchange, partner: PartnerId) -> list[OriginalId]:
    with x.store.begin() as tx:
        return [r.original.id for r in tx.rows(partner=partner, limit=9)]


def went(x: Exchange, partner: PartnerId, original: OriginalId, viewer: Viewer = ME) -> list[tuple[str, str, int]]:
    story = history.tell(x, partner, original, viewer)
    return sorted((w.delivery.partner, w.delivery.receipt, w.facts) for w in story.went)


def words(x: Exchange, delivery: str) -> dict[str, int]:
    return {words.split(",")[0]: len(facts) for words, facts in carried.beside(x, delivery, ME).groups}


def test_an_original_says_which_deliveries_carried_facts_of_it() -> None:
    x, to = place()
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    sent(x, to)
    (asthma,), (falls,) = originals(x, HOSPITAL), originals(x, COUNCIL)
    assert went(x, HOSPITAL, asthma) == [("council", "sent", 2), ("hospital", "sent", 2)]  # the patient and the problem
    assert went(x, COUNCIL, falls) == [("council", "sent", 1), ("hospital", "sent", 1)]  # the form has no place for a fall
    told(x, "hospital", bundle("77", "Gout"))  # the same condition, told anew
    sent(x, to)
    asthma, gout = originals(x, HOSPITAL)
    assert went(x, HOSPITAL, gout) == [("council", "sent", 2)]
    assert went(x, HOSPITAL, asthma) == [("council", "sent", 2), ("hospital", "sent", 2)]


@pytest.mark.parametrize(
    ("role", "may"), [(Role.OPERATOR, True), (Role.PRACTITIONER, False), (Role.MANAGER, False), (Role.CARER, False)]
)
def test_only_who_may_is_told(role: Role, may: bool) -> None:
    x, to = place()
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Gout"))
    sent(x, to)
    (asthma,) = originals(x, HOSPITAL)
    assert bool(went(x, HOSPITAL, asthma, Viewer("w", role=role, partner=HOSPITAL, account="a"))) is may


def test_a_delivery_beside_the_record_of_now() -> None:
    x, to = place()
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    first = next(d for d in sent(x, to) if d.partner == "council")
    assert words(x, first.id) == {"carried": 1, "not carried by the form": 1}
    told(x, "hospital", bundle("77", "Gout"))
    told(x, "hospital", bundle("77", "Cough", own="2"))
    kinds = {w: len(f) for w, f in carried.beside(x, first.id, ME).groups}
    assert kinds == {
        "carried, and the record says something else since": 1, "not carried by the form": 1, "new in the record since": 1,
    }  # fmt: skip
    with x.store.begin() as tx:
        link = tx.links_of([patient_of(x, "council")])
        assert {a.action for a in tx.audits(subject=link[0].person)} >= {"compare-delivery"}


def test_what_the_person_hides_since_is_not_in_what_the_receiver_may_have() -> None:
    x, to = place()
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Gout"))
    done = next(d for d in sent(x, to) if d.partner == "council")
    with x.store.begin() as tx:
        person = tx.links_of([patient_of(x, "council")])[0].person
    consents.give(x, person, consents.said(ConsentKind.HIDE, partner="hospital"), ME)
    kinds = dict(carried.beside(x, done.id, ME).groups)
    assert len(kinds["carried, and not in what this receiver may have now"]) == 1


def test_one_sent_once_more_holds_the_same_and_one_made_before_says_that_it_is_not_known() -> None:
    x, to = place()
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Gout"))
    done, *_ = sent(x, to)
    (again,) = deliveries.replay(x, [done], ME)
    assert words(x, again.id) == words(x, done.id) != {}
    with x.store.begin() as tx:
        tx.outbox.add(replace(done, id="0" * 32))
    assert not carried.beside(x, "0" * 32, ME).known
    with pytest.raises(NotFound, match="DE-010"):
        carried.beside(x, "no such", ME)


def test_a_file_of_many_says_so_of_each() -> None:
    x, _ = place()
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Gout"))
    told(x, "council", bundle("88", "Cough", own="2", given="Eva", family="Ruiz", born="1980-01-01"))
    made: Iterable[str] = [d.id for d in deliveries.ask(x, deliveries.wish_named(x, "council/summary"), ME)]
    (asthma,) = originals(x, HOSPITAL)
    assert {w.delivery.id for w in history.tell(x, HOSPITAL, asthma, ME).went} == set(made)
