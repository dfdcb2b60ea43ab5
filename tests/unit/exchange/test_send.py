"""From a change of a record to a delivery that has arrived: who gets what, what is no news, order, corrections, holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from sending import IpsForm, Receiver, away, bundle, exchange, patient_of, profiles, refused, said_in, sent, told
from vado.errors import NotFound, StoreUnavailable, VadoError
from vado.exchange import consents, deliveries, faces, review
from vado.exchange.desk import open_desk
from vado.exchange.ports import Exchange
from vado.exchange.send import lines_of, send_next, take_changes, waiting_seconds
from vado.model.account import ConsentKind
from vado.model.delivery import DeliveryState
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record, Viewer
from vado.model.review import Verdict
from vado.record.outward import link_of

ME = Viewer("me")
THREE = ("hospital", "council", "gp")


def receivers(*names: str) -> dict[str, Receiver]:
    return {name: Receiver() for name in names or THREE}


def states(x: Exchange) -> dict[str, int]:
    with x.store.begin() as tx:
        return {f"{p}:{s.value}": n for p, _, s, n in tx.outbox.tally()}


def later(x: Exchange, by: timedelta) -> Exchange:
    return replace(x, clock=lambda: x.clock() + by)


def test_what_one_partner_tells_reaches_the_other_who_has_the_person_and_nobody_else() -> None:
    x, to = exchange(profiles(*THREE)), receivers()
    told(x, "hospital", bundle("77", "Asthma"))
    assert sent(x, to) == [], "nobody else has her, and it would be the hospital's own words"
    told(x, "council", bundle("77", "Falls"))
    done = sent(x, to)
    assert sorted((d.partner, d.state, d.word, d.attempts) for d in done) == [
        ("council", DeliveryState.SENT, "AA", 1), ("hospital", DeliveryState.SENT, "AA", 1),
    ]  # fmt: skip
    assert to["council"].words == to["hospital"].words == [{"Asthma", "Falls"}]
    assert to["gp"].got == []
    with x.store.begin() as tx:
        assert {(a.who, a.action) for a in tx.audits(subject=done[0].person)} >= {
            ("partner:council", "export"),
            ("partner:hospital", "export"),
        }
    assert x.originals.get(done[0].content) == next(c for i, c in to[done[0].partner].got if i == done[0].id)


def test_the_same_content_is_not_sent_twice_and_nobody_hears_an_echo_of_himself() -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    assert len(sent(x, to)) == 2
    told(x, "council", bundle("77", "Falls"))
    deliveries.mark_changed(x)
    assert sent(x, to) == [], "nothing is new"
    told(x, "hospital", bundle("77", "Gout"))
    assert [d.partner for d in sent(x, to)] == ["council"], "the hospital knows what it said"
    assert to["council"].words[-1] >= {"Gout", "Falls"}


def test_who_wants_its_own_words_back_gets_them_and_who_wants_everybody_gets_everybody() -> None:
    known = profiles("hospital", echo=True) | profiles("council", whose="everybody") | profiles("gp", when="ask")
    x, to = exchange(known), receivers()
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "gp", bundle("77", "Falls"))
    assert {d.partner for d in sent(x, to)} == {"hospital", "council"}
    assert to["gp"].got == []
    (made,) = deliveries.ask(x, deliveries.wish_named(x, "gp/summary"), ME)
    assert [d.id for d in sent(x, to)] == [made.id]
    assert to["gp"].words == [{"Asthma", "Falls"}]


@pytest.mark.parametrize("whose", ["own", "everybody"])
def test_what_a_person_hides_does_not_go_out_and_what_they_share_again_does(whose: str) -> None:
    x, to = exchange(profiles("hospital", "council") | profiles("gp", whose=whose)), receivers()
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    assert {d.partner for d in sent(x, to)} == {"hospital", "council"} | ({"gp"} if whose == "everybody" else set())
    with x.store.begin() as tx:
        (person,) = tx.persons()
    said = consents.give(x, person, consents.said(ConsentKind.HIDE, partner="council"), ME)
    assert {d.partner for d in sent(x, to)} == {"hospital"} | ({"gp"} if whose == "everybody" else set())
    assert to["hospital"].words[-1] == {"Asthma"}
    told(x, "council", bundle("77", "Stroke"))
    sent(x, to)
    assert all("Stroke" not in words for name in ("hospital", "gp") for words in to[name].words)
    consents.withdraw(x, person, said.id, ME)
    sent(x, to)
    assert "Stroke" in to["hospital"].words[-1]
    opted = consents.give(x, person, consents.said(ConsentKind.OPT_OUT), ME)
    before = len(to["gp"].got)
    told(x, "hospital", bundle("77", "Gout"))
    sent(x, to)
    assert "Gout" not in to["council"].words[-1] and len(to["gp"].got) == before, "not even a name goes out"
    consents.withdraw(x, person, opted.id, ME)
    sent(x, to)
    assert "Gout" in to["council"].words[-1]


def test_what_waits_does_not_go_once_the_person_hides_it() -> None:
    x, to = exchange(profiles("hospital", "council") | profiles("gp", whose="everybody")), receivers(*THREE)
    told(x, "hospital", bundle("77", "Asthma"))
    to["gp"].faults = [away()]
    assert [d.state for d in sent(x, to) if d.partner == "gp"] == [DeliveryState.WAITING]
    with x.store.begin() as tx:
        (person,) = tx.persons()
    consents.give(x, person, consents.said(ConsentKind.OPT_OUT), ME)
    sent(later(x, timedelta(days=1)), to)
    assert to["gp"].got == []
    assert states(x) == {"gp:cancelled": 1}


def test_what_waits_gives_way_to_what_is_newer() -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    to["council"].faults = [away()]
    first = next(d for d in sent(x, to) if d.partner == "council")
    assert (first.state, first.why, first.word) == (DeliveryState.WAITING, "DE-001", "ECONNREFUSED")
    told(x, "hospital", bundle("77", "Gout"))
    (done,) = sent(x, to)
    assert said_in(to["council"].got[-1][1]) >= {"Gout"}
    gone = deliveries.show(x, first.id, ME)
    assert (gone.state, gone.by) == (DeliveryState.CANCELLED, done.id)


def test_what_is_refused_waits_for_a_person_and_what_is_not_taken_is_tried_until_the_limit() -> None:
    x, to = exchange(profiles("hospital") | profiles("council", attempts=3)), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    to["hospital"].faults, to["council"].faults = [refused()], [away(), away(), away()]
    sent(x, to)
    assert states(x) == {"hospital:failed": 1, "council:waiting": 1}
    for days in (1, 2):
        sent(later(x, timedelta(days=days)), to)
    assert states(x) == {"hospital:failed": 1, "council:failed": 1}
    assert sent(later(x, timedelta(days=9)), to) == [], "nothing is tried for ever"
    (failed,) = deliveries.deliveries(x, ME, to="hospital/summary", state=DeliveryState.FAILED)
    deliveries.retry(x, failed.id, ME)
    (again,) = [d for d in sent(x, to) if d.partner == "hospital"]
    assert (again.id, again.state) == (failed.id, DeliveryState.SENT)
    with pytest.raises(VadoError, match="DE-021"):
        deliveries.retry(x, failed.id, ME)


def test_a_failed_one_cannot_overtake_its_successor() -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    to["council"].faults = [refused()]
    failed = next(d for d in sent(x, to) if d.partner == "council")
    told(x, "hospital", bundle("77", "Gout"))
    sent(x, to)
    with pytest.raises(VadoError, match="DE-014"):
        deliveries.retry(x, failed.id, ME)


def test_waits_grow_to_an_hour_and_are_spread() -> None:
    waits = [waiting_seconds(n, lambda: 0.999) for n in range(1, 12)]
    assert waits[0] < 15 and waits[-1] < 3600 and waits == sorted(waits)
    assert all(b / a > 1.9 for a, b in zip(waits, waits[1:5], strict=False))
    assert waiting_seconds(10**6, lambda: 0.0) == 1800
    assert waiting_seconds(1, lambda: 0.0) == 7.5


def test_a_merge_is_not_overtaken_and_a_wrong_record_is_corrected_for_everybody_who_got_it() -> None:
    """The council and the gp each have a woman of their own; a person joins them by mistake, and takes them apart again."""
    known = profiles(*THREE)
    x, to = exchange(known), receivers()
    told(x, "council", bundle("77", "Falls"))
    told(x, "hospital", bundle("77", "Asthma", own="2"))
    told(x, "gp", bundle("99", "Gout", family="Smith", given="Eve", born="1950-01-01"))
    sent(x, to)
    assert {p: r.words for p, r in to.items()} == {"council": [{"Falls", "Asthma"}], "hospital": [{"Falls", "Asthma"}], "gp": []}
    gp, council = patient_of(x, "gp"), patient_of(x, "council")
    review.merge(x, gp, council, ME)
    wrong = {d.partner: d for d in sent(x, to)}
    assert set(wrong) == set(THREE)
    assert to["gp"].words == [{"Falls", "Asthma", "Gout"}]
    assert all(len(d.lanes) == 2 for d in wrong.values()), "both persons' deliveries keep their order"
    review.unlink(x, gp, ME)
    assert {c.who for c in faces.corrections(x, gp, ME)} >= {f"partner:{p}" for p in THREE}
    right = {d.partner: d for d in sent(x, to)}
    assert {p: d.corrects for p, d in right.items()} == {p: wrong[p].id for p in THREE}
    assert to["council"].words[-1] == to["hospital"].words[-1] == {"Falls", "Asthma"}
    assert to["gp"].words[-1] == {"Gout"}


def test_a_wrong_record_that_still_waits_never_leaves() -> None:
    x, to = exchange(profiles(*THREE)), receivers()
    told(x, "council", bundle("77", "Falls"))
    told(x, "gp", bundle("99", "Gout", family="Smith", given="Eve", born="1950-01-01"))
    review.merge(x, patient_of(x, "gp"), patient_of(x, "council"), ME)
    while take_changes(x) is not None:
        pass
    assert states(x) == {"council:waiting": 1, "gp:waiting": 1}
    review.unlink(x, patient_of(x, "gp"), ME)
    sent(x, to)
    assert [w for r in to.values() for w in r.words if len(w) > 1] == [], "somebody got facts of another person"
    assert "council:waiting" not in states(x) and "gp:waiting" not in states(x)


def test_who_cannot_be_told_by_any_record_is_put_before_a_person() -> None:
    """The gp was told of everybody, and wishes it no more when the wrong record is taken apart."""
    x, to = exchange(profiles("council", "hospital") | profiles("gp", whose="everybody")), receivers()
    told(x, "council", bundle("77", "Falls"))
    told(x, "hospital", bundle("99", "Gout", family="Smith", given="Eve", born="1950-01-01"))
    review.merge(x, patient_of(x, "hospital"), patient_of(x, "council"), ME)
    sent(x, to)
    assert to["gp"].words[-1] == {"Falls", "Gout"}
    x = replace(x, profiles=profiles("council", "hospital", "gp"))
    review.unlink(x, patient_of(x, "hospital"), ME)
    sent(x, to)
    (held,) = deliveries.deliveries(x, ME, to="gp", state=DeliveryState.HELD)
    assert (held.why, bool(held.corrects)) == ("DE-012", True)
    assert deliveries.told_by_hand(x, held.id, ME).word == "by hand"
    assert "gp:held" not in states(x)


def test_order_is_kept_for_a_person_while_others_go_on() -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    for number, family in (("77", "García"), ("88", "López")):
        told(x, "hospital", bundle(number, f"Asthma {number}", own=number, family=family))
        told(x, "council", bundle(number, f"Falls {number}", own=number, family=family))
    while take_changes(x) is not None:
        pass
    to["council"].faults = [away()]
    (line,) = [(k, w) for k, w in lines_of(x).items() if k[0] == "council"]
    first = send_next(x, line[1], to["council"], lambda: 0.5)
    assert first and first.state is DeliveryState.WAITING
    (repeated,) = deliveries.replay(x, [first], ME)
    second = send_next(x, line[1], to["council"], lambda: 0.5)
    assert second and second.person != first.person
    assert send_next(x, line[1], to["council"], lambda: 0.5) is None, "the repetition stands behind the one that waits"
    x = later(x, timedelta(hours=1))
    assert [d.id for d in sent(x, to) if d.partner == "council"] == [first.id, repeated.id]


def test_a_held_destination_gets_nothing_until_it_is_released() -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    deliveries.hold(x, "council", "their system is being replaced", ME)
    assert [d.partner for d in sent(x, to)] == ["hospital"]
    (standing,) = [s for s in deliveries.standings(x, ME) if s.partner == "council"]
    assert standing.hold and (standing.hold.why, standing.hold.by) == ("their system is being replaced", "me")
    assert standing.states == {DeliveryState.WAITING: 1}
    deliveries.release(x, "council", ME)
    assert [d.partner for d in sent(x, to)] == ["council"]
    with pytest.raises(VadoError, match="DE-016"):
        deliveries.release(x, "council", ME)
    with pytest.raises(NotFound, match="DE-015"):
        deliveries.hold(x, "nobody/at-all", "", ME)


def test_a_receipt_says_delivered_then_opened_and_only_of_what_was_sent() -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    done, *_ = sent(x, to)
    partner = f"partner:{done.partner}"
    deliveries.mark_opened(x, done.id, partner, done.partner)
    first = deliveries.show(x, done.id, ME).opened
    deliveries.mark_opened(x, done.id, partner, done.partner)
    assert first is not None and deliveries.show(x, done.id, ME).opened == first
    for id_, who in (("no such", done.partner), (done.id, PartnerId("somebody else"))):
        with pytest.raises(NotFound, match="DE-010"):
            deliveries.mark_opened(x, id_, partner, who)


class WithLink(IpsForm):
    """A summary with the link that leads back to the record."""

    def check(self, wish: Wish) -> None:
        pass

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        for out, record in zip(super().write(records, partner, wish), records, strict=True):
            whole = orjson.loads(out.content)
            whole["link"] = link_of(record, wish)
            yield replace(out, content=orjson.dumps(whole))


def test_the_link_in_what_was_sent_says_which_sending_its_receiver_opened() -> None:
    x, to = exchange(profiles("hospital", "council", options={"link": "{sending}"})), receivers("hospital", "council")
    x = replace(x, writers={"summary": WithLink()})
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    first = next(d for d in sent(x, to) if d.partner == "council")
    told(x, "hospital", bundle("77", "Gout"))
    (second,) = sent(x, to)
    older, newer = (orjson.loads(content)["link"] for _, content in to["council"].got)
    opened = lambda: [bool(deliveries.show(x, d.id, ME).opened) for d in (first, second)]  # noqa: E731
    for stranger in (Viewer("w", partner=PartnerId("hospital")), Viewer("c"), ME):
        assert not deliveries.opened_by_link(x, newer, second.person, stranger)
    reader = Viewer("dr-a", partner=PartnerId("council"))
    for wrong in ("", "council/summary", "council/summary/20260101", "council/summary/99990101T000000.000000", "x/y/z/" + newer):
        assert not deliveries.opened_by_link(x, wrong, second.person, reader)
    assert not deliveries.opened_by_link(x, newer, "somebody else", reader) and opened() == [False, False]
    assert deliveries.opened_by_link(x, newer, second.person, reader) and opened() == [False, True]
    assert deliveries.opened_by_link(x, older, first.person, reader) and opened() == [True, True]


class Broken(IpsForm):
    def write(self, records, partner, wish):  # noqa: ANN001, ANN201
        raise ZeroDivisionError("García")


def test_a_record_that_cannot_be_written_is_held_and_the_next_change_writes_it(caplog: pytest.LogCaptureFixture) -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    assert sent(replace(x, writers={"summary": Broken()}), to) == []
    assert states(x) == {"hospital:held": 1, "council:held": 1}
    assert "ZeroDivisionError" in caplog.text and "García" not in caplog.text
    told(x, "hospital", bundle("77", "Gout"))
    assert len(sent(x, to)) == 2
    assert states(x) == {"hospital:sent": 1, "council:sent": 1, "hospital:cancelled": 1, "council:cancelled": 1}


def test_a_form_that_nobody_writes_and_bytes_that_are_gone_are_held(caplog: pytest.LogCaptureFixture) -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    while take_changes(x) is not None:
        pass
    x.originals._kept.clear()  # type: ignore[attr-defined]
    assert {d.why for d in sent(x, to)} == {"RE-003"}
    told(x, "council", bundle("77", "Gout"))
    assert sent(replace(x, writers={}), to) == []
    with x.store.begin() as tx:
        assert {d.why for d in tx.outbox.deliveries(state=DeliveryState.HELD)} == {"DE-011"}


def test_two_processes_that_line_up_the_same_change_make_one_delivery() -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))

    class Slow(IpsForm):
        def write(self, records, partner, wish):  # noqa: ANN001, ANN202
            if self.other:
                self.other = False
                while take_changes(x) is not None:  # another process is quicker, in the middle of this one
                    pass
            return super().write(records, partner, wish)

        other = True

    with pytest.raises(StoreUnavailable, match="DE-024"):
        take_changes(replace(x, writers={"summary": Slow()}))
    assert len(sent(x, to)) == 2
    assert states(x) == {"hospital:sent": 1, "council:sent": 1}


def test_a_dry_run_says_what_would_go_and_changes_nothing() -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    drafts = take_changes(x, dry_run=True)
    assert drafts and {d.wish.partner for d in drafts} == {"hospital", "council"}
    assert states(x) == {}
    assert len(sent(x, to)) == 2


def test_wish_names_of_one_partner_are_apart() -> None:
    known = profiles("hospital", "council")
    hospital = known[next(iter(known))]
    more = (*hospital.wishes, Wish(hospital.id, "second", "summary", "out"))
    x, to = exchange(known | {hospital.id: replace(hospital, wishes=more)}), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    assert sorted(d.destination for d in sent(x, to)) == ["council/summary", "hospital/second", "hospital/summary"]


def test_where_nobody_wishes_anything_changes_do_not_pile_up() -> None:
    x = exchange({})
    told(x, "hospital", bundle("77", "Asthma"))
    assert take_changes(x) == []
    assert take_changes(x) is None


def test_a_wrong_record_is_corrected_even_when_its_person_has_been_joined_to_another_since() -> None:
    """Found by thinking of chains: sent as A, A joined to B, taken out of B, all before the outbox looked."""
    x, to = exchange(profiles(*THREE)), receivers()
    told(x, "council", bundle("", "Falls", own="1", family="García", given="Ana", born="1940-01-02"))
    told(x, "gp", bundle("", "Gout", own="2", family="Smith", given="Eve", born="1950-03-04"))
    told(x, "hospital", bundle("", "Asthma", own="3", family="Núñez", given="Iris", born="1960-05-06"))
    council, gp, hospital = (patient_of(x, p) for p in ("council", "gp", "hospital"))
    review.merge(x, council, gp, ME)
    wrong = {d.partner: d.id for d in sent(x, to)}
    assert set(wrong) == {"council", "gp"}
    review.merge(x, gp, hospital, ME)
    for patient in (council, hospital):
        review.unlink(x, patient, ME)
    right = {d.partner: d.corrects for d in sent(x, to)}
    assert right == wrong
    assert to["council"].words[-1] == {"Falls"} and to["gp"].words[-1] == {"Gout"}
    assert to["hospital"].got == []


def test_what_a_person_confirms_at_the_desk_is_news() -> None:
    x, to = exchange(profiles("hospital", "council")), receivers("hospital", "council")
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", b"Patient name: Ana Garc\xc3\xada\nDate of birth: 03/02/1970\n\nDiagnoses:\n- Gout\n")
    review.merge(x, patient_of(x, "hospital"), patient_of(x, "council"), ME)
    sent(x, to)
    assert to["hospital"].words and "Gout" not in to["hospital"].words[-1], "nobody has confirmed it"
    for waiting in open_desk(x, ME).waiting:
        review.decide(x, waiting.fact.id, Verdict.ACCEPT, ME)
    sent(x, to)
    assert to["hospital"].words[-1] == {"Asthma", "Gout"}
