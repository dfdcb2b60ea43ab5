"""Decisions on what was read from paper: who may decide what, what stands, what they teach, and in which order things wait."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain import plain_exchange
from vado.errors import NotFound, VadoError
from vado.exchange import consult
from vado.exchange.desk import HARM, Label, Waiting, error_rate, labels_of, open_desk, suggest, urgency
from vado.exchange.people import renew
from vado.exchange.ports import Exchange, Settled
from vado.exchange.ports.nouns import Unsure
from vado.exchange.review import decide, take_back
from vado.model.fact import Evidence, Fact
from vado.model.original import Arrival, PartnerId, State, stable_id
from vado.model.partner import PartnerProfile
from vado.model.person import LinkEvent, LinkKind, MatchGrade
from vado.model.reading import Fidelity, Place, Reading
from vado.model.record import Viewer
from vado.model.review import Standing, Verdict
from vado.model.share import wilson

ANA, BEA, EVA = Viewer("ana"), Viewer("bea"), Viewer("eva")
CLINIC = PartnerId("clinic")
P = stable_id("clinic", "Patient", "1")
ME = {"reference": f"Patient/{P}"}
AT = datetime(2026, 1, 1, tzinfo=UTC)


def paper(kind: str, words: str, confidence: float, original: str, **more: object) -> Fact:
    place = Place(original, "page 1")  # type: ignore[arg-type]
    evidence = Evidence(CLINIC, original, (place,), "scan/1", f"{kind} rule", Fidelity.IMAGE, confidence)  # type: ignore[arg-type]
    about = "patient" if kind == "AllergyIntolerance" else "subject"
    named = "medicationCodeableConcept" if kind == "MedicationStatement" else "code"
    said = {"resourceType": kind, "id": stable_id("f", kind, words), about: ME, named: {"text": words}, **more}
    return Fact(said, evidence, P)


def exchange(*facts: tuple[str, str, float], second: tuple[str, ...] = (), below: float = 0.9) -> Exchange:
    x = plain_exchange(profiles={CLINIC: PartnerProfile(CLINIC, "c", review_below=below, second_reader=second)})
    told(x, b"letter", *facts)
    return x


def told(x: Exchange, content: bytes, *facts: tuple[str, str, float]) -> None:
    """Settle one scanned original that says this, as the story does, without OCR."""
    status = {"Observation": {"status": "final"}, "MedicationStatement": {"status": "unknown"}}
    with x.store.begin() as tx:
        original, _ = tx.keep(Arrival(CLINIC, "t", content), media_type="image/png", received=x.clock())
        first = paper("Condition", "x", 1.0, original.id)
        patient = Fact(
            {"resourceType": "Patient", "id": P, "name": [{"family": "Gil"}], "birthDate": "1970-01-01"},
            replace(first.evidence, confidence=0.95),
            P,
        )
        all_of = (patient, *(paper(k, w, c, original.id, **status.get(k, {})) for k, w, c in facts))
        tx.settle(Settled(original, State.READ, Reading(original.id, "scan/1", "image/png", Fidelity.IMAGE), all_of))
        if not tx.links_of([P]):
            tx.add_link(LinkEvent(P, "person", LinkKind.LINK, MatchGrade.CERTAIN, 0.0, (), "rule", AT))


PENICILLIN = ("AllergyIntolerance", "Penicilin", 0.5)
ASTHMA = ("Condition", "Asthma", 0.5)
ID = stable_id("f", "AllergyIntolerance", "Penicilin")


def lines(x: Exchange) -> list[str]:
    return [line.title for line in consult.show_record(x, "person", ANA).lines]


def text(x: Exchange) -> list[str]:
    return [line.title for line in consult.show_record(x, "person", ANA).waiting]


def test_a_value_under_the_threshold_is_text_until_a_person_says_so() -> None:
    x = exchange(PENICILLIN, ("Condition", "Gout", 0.95))
    assert (lines(x), text(x)) == (["Gout"], ["Penicilin"])
    decide(x, ID, Verdict.ACCEPT, ANA)
    assert sorted(lines(x)) == ["Gout", "Penicilin"] and text(x) == []


def test_every_decision_is_kept_and_taken_back_and_audited() -> None:
    x = exchange(PENICILLIN)
    decide(x, ID, Verdict.CORRECT, ANA, changes={"code.text": "Penicillin"}, seconds=2.5)
    assert lines(x) == ["Penicillin"]
    take_back(x, ID, ANA)
    assert text(x) == ["Penicilin"]
    decide(x, ID, Verdict.REJECT, ANA)
    assert lines(x) == text(x) == []
    traced = consult.trace(x, ID, ANA)
    assert traced.standing is Standing.REJECTED
    assert [d.verdict for d in traced.decisions] == [Verdict.CORRECT, Verdict.UNDO, Verdict.REJECT]
    first = traced.decisions[0]
    assert (first.by, first.seconds, first.proposed.resource["code"]["text"]) == ("ana", 2.5, "Penicilin")
    assert first.after and first.after["code"] == {"text": "Penicillin"}
    with x.store.begin() as tx:
        assert [a.action for a in tx.audits(subject=ID) if a.action != "read"] == [
            "review-reject",
            "review-undo",
            "review-correct",
        ]


def test_what_cannot_be_decided() -> None:
    x = exchange(PENICILLIN)
    with pytest.raises(NotFound):
        decide(x, "none", Verdict.ACCEPT, ANA)
    with pytest.raises(VadoError, match="RE-009"):
        take_back(x, ID, ANA)
    with pytest.raises(VadoError, match="RE-008"):
        decide(x, ID, Verdict.CORRECT, ANA, changes={"clinicalStatus": "active"})
    decide(x, ID, Verdict.ACCEPT, ANA)
    with pytest.raises(VadoError, match="RE-006"):
        decide(x, ID, Verdict.REJECT, BEA)
    with pytest.raises(VadoError, match="RE-009"):
        take_back(x, ID, BEA)


def test_a_correction_passes_the_gate() -> None:
    x = exchange(ASTHMA)
    with pytest.raises(VadoError, match="RE-008") as caught:
        decide(x, P, Verdict.CORRECT, ANA, changes={"birthDate": "1970-13-41"})
    assert "1970" not in str(caught.value)
    decide(x, P, Verdict.CORRECT, ANA, changes={"birthDate": "1970-01-02"})
    assert consult.show_record(x, "person", ANA).person.patients[0].resource["birthDate"] == "1970-01-02"


def test_two_readers_agree() -> None:
    x = exchange(PENICILLIN, ASTHMA, second=("allergy",))
    assert not decide(x, ID, Verdict.ACCEPT, ANA).settles
    assert "Penicilin" in text(x), "one reader is not enough"
    with pytest.raises(VadoError, match="RE-007"):
        decide(x, ID, Verdict.ACCEPT, ANA)
    assert ID not in [w.fact.id for w in open_desk(x, ANA).waiting]
    (waits,) = [w for w in open_desk(x, BEA).waiting if w.fact.id == ID]
    assert (waits.standing, [v.by for v in waits.votes]) == (Standing.SECOND, ["ana"])
    decide(x, ID, Verdict.ACCEPT, BEA)
    assert "Penicilin" in lines(x)
    assert decide(x, stable_id("f", *ASTHMA[:2]), Verdict.ACCEPT, ANA).settles, "no second reader for a diagnosis"


def test_two_readers_disagree_and_a_third_decides() -> None:
    x = exchange(PENICILLIN, second=("allergy",))
    decide(x, ID, Verdict.ACCEPT, ANA)
    assert not decide(x, ID, Verdict.CORRECT, BEA, changes={"code.text": "Penicillin"}).settles
    (waits,) = open_desk(x, EVA).waiting
    assert waits.standing is Standing.THIRD and len(waits.votes) == 2
    decide(x, ID, Verdict.CORRECT, EVA, changes={"code.text": "Penicillin"})
    assert lines(x) == ["Penicillin"]
    take_back(x, ID, EVA)
    assert lines(x) == [] and open_desk(x, EVA).waiting[0].standing is Standing.THIRD


def test_decisions_outlive_a_new_reading() -> None:
    x = exchange(PENICILLIN, ("Condition", "Gout", 0.5))
    decide(x, ID, Verdict.CORRECT, ANA, changes={"code.text": "Penicillin"})
    decide(x, stable_id("f", "Condition", "Gout"), Verdict.REJECT, ANA)
    told(
        x, b"letter", ("AllergyIntolerance", "Penicillin", 0.6), ("Condition", "Gout", 0.7)
    )  # read anew: another word, another id
    record = consult.show_record(x, "person", ANA)
    assert [line.title for line in record.lines] == ["Penicillin"]
    assert len(record.lines[0].same) == 1, "what the new reading says climbs to the person's word"
    assert record.waiting == ()
    assert consult.trace(x, ID, ANA).standing is Standing.CORRECTED


def same_id(content: bytes, x: Exchange, words: str, confidence: float) -> None:
    """Another original tells the same fact, by the partner's own number, otherwise."""
    with x.store.begin() as tx:
        original, _ = tx.keep(Arrival(CLINIC, "t", content), media_type="image/png", received=x.clock())
        fact = paper("AllergyIntolerance", words, confidence, original.id)
        fact = replace(fact, resource={**fact.resource, "id": ID})
        tx.settle(Settled(original, State.READ, Reading(original.id, "scan/1", "image/png", Fidelity.IMAGE), (fact,)))


def test_what_a_later_paper_says_waits_while_the_confirmed_value_holds() -> None:
    x = exchange(PENICILLIN)
    decide(x, ID, Verdict.ACCEPT, ANA)
    same_id(b"later", x, "Latex", 0.6)
    assert lines(x) == ["Penicilin"]
    assert [w.fact.resource["code"]["text"] for w in open_desk(x, ANA).waiting if w.standing.is_open] == ["Latex"]
    decide(x, ID, Verdict.ACCEPT, ANA)
    assert lines(x) == ["Latex"] and not open_desk(x, ANA).open
    take_back(x, ID, ANA)
    assert lines(x) == ["Penicilin"] and open_desk(x, ANA).open == 1


def test_the_same_words_on_a_later_paper_are_decided_already() -> None:
    x = exchange(PENICILLIN)
    decide(x, ID, Verdict.REJECT, ANA)
    same_id(b"later", x, "Penicilin", 0.6)
    assert (lines(x), text(x), open_desk(x, ANA).open) == ([], [], 0)


def test_a_rejected_reading_does_not_reject_what_a_better_source_says() -> None:
    x = exchange(PENICILLIN)
    decide(x, ID, Verdict.REJECT, ANA)
    same_id(b"later", x, "Penicillin", 1.0)
    assert lines(x) == ["Penicillin"]
    with pytest.raises(NotFound):
        decide(x, ID, Verdict.ACCEPT, ANA)


def test_a_rejected_identity_leaves_the_person_and_comes_back() -> None:
    x = exchange(ASTHMA)
    with x.store.begin() as tx:
        other = stable_id("o", "Patient")
        fact = replace(paper("Condition", "y", 1.0, "0" * 64), resource={"resourceType": "Patient", "id": other}, patient=other)
        original, _ = tx.keep(Arrival(PartnerId("o"), "t", b"o"), media_type="", received=AT)
        tx.settle(Settled(original, State.READ, Reading(original.id, "r/1", "", Fidelity.CODED), (fact,)))
        tx.add_link(LinkEvent(other, "person", LinkKind.LINK, MatchGrade.CERTAIN, 0.0, (), "rule", AT))
    decide(x, P, Verdict.REJECT, ANA)
    assert [p.id for p in consult.show_record(x, "person", ANA).person.patients] == [other]
    take_back(x, P, ANA)
    assert {p.id for p in consult.show_record(x, "person", ANA).person.patients} == {P, other}


def test_a_corrected_identity_is_still_corrected_when_all_keys_are_renewed() -> None:
    x = exchange(ASTHMA)
    decide(x, P, Verdict.CORRECT, ANA, changes={"birthDate": "1971-02-03"})
    assert renew(x, ANA) == 1
    with x.store.begin() as tx:
        assert [d.birth_date for d in tx.demographics((P,))] == ["1971-02-03"]


# what decisions teach


def test_labels_hold_no_values() -> None:
    x = exchange(PENICILLIN, ASTHMA)
    decide(x, ID, Verdict.CORRECT, ANA, changes={"code.text": "Penicillin"})
    decide(x, stable_id("f", *ASTHMA[:2]), Verdict.ACCEPT, ANA)
    assert set(labels_of(x, CLINIC, ANA)) == {
        Label(CLINIC, "AllergyIntolerance", "scan/1", "AllergyIntolerance rule", 0.5, False),
        Label(CLINIC, "Condition", "scan/1", "Condition rule", 0.5, True),
    }
    take_back(x, ID, ANA)
    assert len(labels_of(x, CLINIC, ANA)) == 1


def label(confidence: float, right: bool, kind: str = "Condition") -> Label:
    return Label(CLINIC, kind, "scan/1", "rule", confidence, right)


def test_a_threshold_is_suggested_when_enough_was_right() -> None:
    sure = [label(0.9, True)] * 80
    assert suggest(sure).threshold == 0.9
    assert suggest(sure[:20]).threshold is None, "twenty right ones prove no 95 %"
    wrong_below = [*sure, *[label(0.6, False)] * 40]
    assert (suggest(wrong_below).threshold, suggest(wrong_below).shown) == (0.9, 80)
    assert suggest([*sure, *[label(0.7, True)] * 20]).threshold == 0.7
    assert suggest([]).shown == 0


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_bound_is_below_the_share(right: int, wrong: int) -> None:
    n = right + wrong
    assert 0 <= wilson(right, n)[0] <= (right / n if n else 0) + 1e-12
    if n:
        assert wilson(right, n)[0] <= wilson(10 * right, 10 * n)[0] + 1e-12, "more of the same makes it surer"


def test_the_bound_is_what_others_reckon() -> None:
    assert wilson(9, 10)[0] == pytest.approx(0.5958, abs=2e-4)  # R: prop.test(9, 10, correct = FALSE)
    assert wilson(73, 73)[0] == pytest.approx(0.95, abs=1e-3)


def waiting(kind: str, confidence: float, days: int, standing: Standing = Standing.WAITING) -> Waiting:
    return Waiting(paper(kind, f"{confidence}{days}", confidence, "0" * 64), AT + timedelta(days=days), standing)


def unsure(waits: Waiting) -> Unsure:
    fact, e = waits.fact, waits.fact.evidence
    return Unsure(fact.id, fact.kind, e.partner, e.confidence, e.reader, e.rule, waits.received)


def test_the_order_is_harm_then_mistakes_then_doubt_then_age() -> None:
    none = error_rate(())
    ordered = [
        waiting("AllergyIntolerance", 0.8, 9), waiting("MedicationStatement", 0.3, 9), waiting("Condition", 0.3, 9),
        waiting("Condition", 0.7, 1), waiting("Condition", 0.71, 2), waiting("Observation", 0.1, 0), waiting("Immunization", 0.1, 0),
        waiting("AllergyIntolerance", 0.95, 0, Standing.READ),
    ]  # fmt: skip
    assert sorted(reversed(ordered), key=lambda w: urgency(unsure(w), none(unsure(w)), is_open=w.standing.is_open)) == ordered
    assert HARM["Patient"] == HARM["Condition"]


def test_what_is_read_wrong_more_often_comes_earlier() -> None:
    rows = [*[Label(CLINIC, "Condition", "scan/1", "Condition rule", 0.5, True)] * 30]
    bad = paper("Condition", "b", 0.8, "0" * 64)
    bad = replace(bad, evidence=replace(bad.evidence, rule="handwriting"))
    rows += [Label(CLINIC, "Condition", "scan/1", "handwriting", 0.5, False)] * 10
    rate = error_rate(rows)
    good, bad_one = unsure(waiting("Condition", 0.3, 0)), unsure(Waiting(bad, AT, Standing.WAITING))
    assert sorted([good, bad_one], key=lambda u: urgency(u, rate(u), is_open=True))[0] is bad_one
    assert rate(good) < 0.1 < rate(bad_one)


def test_a_desk_of_a_few_goes_on_after_what_was_passed_and_begins_anew_at_the_end() -> None:
    x = exchange(PENICILLIN, *(("Condition", f"c{n}", 0.5) for n in range(9)))
    order = [w.fact.id for w in open_desk(x, ANA).waiting]
    few = open_desk(x, ANA, past=order[3], most=4)
    assert [w.fact.id for w in few.waiting] == order[4:8]
    assert few.more
    assert [w.fact.id for w in open_desk(x, ANA, past=order[8], most=4).waiting] == [*order[9:], *order[:3]]
    assert not open_desk(x, ANA, most=10).more
    assert [w.fact.id for w in open_desk(x, ANA, wanted=order[9], most=2).waiting] == [order[9], *order[:2]][1:] + [order[9]]


def test_a_desk_of_a_few_looks_on_where_the_first_are_not_for_this_reader() -> None:
    x = exchange(PENICILLIN, *(("Condition", f"c{n}", 0.5) for n in range(9)))
    order = [w.fact.id for w in open_desk(x, ANA).waiting]
    for id_ in order[:5]:
        decide(x, id_, Verdict.ACCEPT, ANA)
    assert [w.fact.id for w in open_desk(x, ANA, most=2).waiting] == order[5:7]


def test_a_sample_of_what_is_shown_waits_last() -> None:
    x = exchange(PENICILLIN, *(("Condition", f"c{n}", 0.95) for n in range(200)))
    found = open_desk(x, ANA)
    assert found.open == 1 and found.waiting[0].fact.id == ID
    assert 3 <= len(found.waiting) - 1 <= 25, "about one in twenty"
