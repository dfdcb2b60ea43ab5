"""The next best step, reckoned by hand: each kind from its counts, and their order."""

from gettext import NullTranslations

import pytest

from vado.exchange.steps import DO, GAIN, HOW, WHY, Kind, Seen, Stock, sentences, steps
from vado.model.flow import Flow, Of
from vado.model.original import PartnerId
from vado.model.reading import Fidelity
from vado.web.words import catalog, translations

GP, LAB, OLD = PartnerId("gp"), PartnerId("lab"), PartnerId("old")


def code(partner: PartnerId, key: str, n: int, fidelity: int = 4) -> tuple[Flow, int]:
    return Flow(Of.UNMAPPED, partner, format="hl7v2", fidelity=fidelity, key=key, detail="Observation"), n


def values(partner: PartnerId, form: str, fidelity: int, n: int) -> tuple[Flow, int]:
    return Flow(Of.VALUES, partner, format=form, fidelity=fidelity), n


def test_the_fewest_codes_that_make_four_of_five_facts_are_mapped() -> None:
    # 60 + 30 = 90 of 100: two codes reach four of five; the third, and the rare one, are left
    stock = Stock(
        Seen(LAB),
        unmapped=(code(LAB, "GLU", 60), code(LAB, "NA", 30), code(LAB, "K", 10), code(LAB, "X", 4)),
        told={("hl7v2", 4): 25},
    )
    (step,) = steps([stock])
    assert (step.kind, step.facts, step.rungs, step.people, step.n) == (Kind.MAP, 90, 90, 25, 2)
    assert step.rows == (("GLU", 60), ("NA", 30))


def test_a_code_from_fields_rises_two_rungs() -> None:
    (step,) = steps([Stock(Seen(LAB), unmapped=(code(LAB, "GLU", 10), code(LAB, "GLU", 10, fidelity=3)))])
    assert (step.facts, step.rungs) == (20, 10 * 1 + 10 * 2)


def test_codes_that_came_seldom_are_named_to_nobody() -> None:
    assert steps([Stock(Seen(LAB), unmapped=(code(LAB, "Maria Perez from Avila", 4),))]) == ()


def test_scans_sent_as_forms_would_rise_from_image_to_fields() -> None:
    stock = Stock(
        Seen(OLD), values=(values(OLD, "scan", 1, 100), values(OLD, "hl7v2", 5, 7)), told={("scan", 1): 12}, read={"scan": 40}
    )
    (step,) = steps([stock])
    assert (step.kind, step.now, step.then, step.facts, step.rungs, step.people) == (
        Kind.ASK, Fidelity.IMAGE, Fidelity.FIELDS, 100, 200, 12,
    )  # fmt: skip
    assert step.rows == (("scan", 40),)


def test_doubts_are_worth_the_people_that_the_answers_so_far_make_likely() -> None:
    # 8 of 10 were the same: (8 + 1) / (10 + 2) = 0.75; of 20 open 15 people; 300 facts of 60 persons: 5 each
    stock = Stock(Seen(GP, persons=60, doubts=20), values=(values(GP, "cda", 5, 300),), same=8, answered=10)
    (step,) = steps([stock])
    assert (step.kind, step.people, step.facts, step.sure) == (Kind.DOUBTS, 15, 75, False)


def test_what_is_broken_is_worth_what_such_an_original_holds() -> None:
    # 50 originals gave 200 facts on rung 5: 4 facts and 20 rungs each; three are held
    stock = Stock(Seen(GP, failures={"IN-003": 3}), values=(values(GP, "cda", 5, 200),), read={"cda": 50})
    (step,) = steps([stock])
    assert (step.kind, step.code, step.facts, step.rungs, step.n) == (Kind.REPAIR, "IN-003", 12, 60, 3)


def test_a_profile_line_and_todays_reader_explain_what_was_lost() -> None:
    lost = (
        (Flow(Of.LOST, GP, format="hl7v2", key="ZAL-3"), 30), (Flow(Of.LOST, GP, format="hl7v2", key="OBX-30"), 90),
        (Flow(Of.LOST, GP, format="hl7v2", key="system LAB"), 6),
    )  # fmt: skip # no line of the profile explains OBX-30
    stale = ((Flow(Of.READ_BY, GP, format="hl7v2", key="hl7v2/1"), 20),)
    found = {s.kind: s for s in steps([Stock(Seen(GP), lost=lost, stale=stale, read={"hl7v2": 40})])}
    assert found[Kind.EXPLAIN].rows == (("ZAL-3", 30),)  # 30 of the 36 that can be explained: four of five
    assert found[Kind.REREAD].facts == 63  # half of the originals, half of the 126 elements
    assert found[Kind.REREAD].n == 20


def test_the_most_rungs_come_first_whoever_it_is() -> None:
    found = steps(
        [
            Stock(Seen(GP, desk=50)),
            Stock(Seen(LAB), unmapped=(code(LAB, "GLU", 60),)),
            Stock(Seen(OLD), values=(values(OLD, "scan", 1, 31),)),
        ]
    )
    assert [(s.kind, s.rungs) for s in found] == [(Kind.ASK, 62), (Kind.MAP, 60), (Kind.DESK, 50)]


def test_a_step_is_said_in_words() -> None:
    (step,) = steps([Stock(Seen(OLD), values=(values(OLD, "scan", 1, 100),))])
    do, gain, why = sentences(step, NullTranslations())
    assert do == "Ask old to send tables or fillable forms instead of scan"
    assert gain == "100 facts rise from image to fields"
    assert why


@pytest.mark.parametrize(
    ("language", "n", "do", "gain"),
    [
        ("en", 1, "Review 1 value that gp sent on paper", "1 value becomes a fact once a person has looked"),
        ("en", 2, "Review 2 values that gp sent on paper", "2 values become facts once a person has looked"),
        ("es", 1, "Revisar 1 valor que gp envió en papel", "1 valor pasa a ser un dato cuando una persona lo ha mirado"),
        ("es", 2, "Revisar 2 valores que gp envió en papel", "2 valores pasan a ser datos cuando una persona los ha mirado"),
    ],
)
def test_one_is_said_otherwise_than_more(language: str, n: int, do: str, gain: str) -> None:
    (step,) = steps([Stock(Seen(GP, desk=n))])
    assert sentences(step, translations(language))[:2] == (do, gain)


def test_every_text_of_every_step_has_its_spanish() -> None:
    spanish = catalog("es")
    for text in (*DO.values(), *(part for parts in GAIN.values() for part in parts)):
        told = spanish.get(text.one)
        said = (told.string if isinstance(told.string, tuple) else (told.string,)) if told else ()
        assert len(said) == (2 if text.more else 1) and all(said), text.one
    assert all(spanish.get(text) and spanish.get(text).string for text in (*WHY.values(), *HOW.values()))


def test_nothing_is_proposed_where_nothing_can_rise() -> None:
    assert steps([Stock(Seen(GP, persons=5), values=(values(GP, "cda", 5, 200),), read={"cda": 5})]) == ()
