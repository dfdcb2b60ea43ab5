"""Codes that people make for themselves: the same person in two rounds, and nobody by name."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from plain import plain_exchange
from vado.collaboration.picture_change import BETTER, TOO_FEW, UNSHOWN
from vado.collaboration.respondents import STAFF
from vado.collaboration.shown import CANNOT, HIDDEN, Figure, Shown
from vado.errors import VadoError
from vado.exchange.collaboration import answering, opening
from vado.exchange.collaboration.results import results
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.model.survey import Answer, Who

PAT = Viewer("pat", role=Role.MANAGER)


def opened(x: Exchange, title: str) -> str:
    return opening.make(
        x, title, x.clock().date(), None, PAT, register="hosp; Hospital; ; ; practitioner=90\ngp; Practice; ; ; practitioner=90"
    ).id


def said(x: Exchange, round_: str, own: str, level: int = 3, voice: str = "hosp") -> None:
    (mine,) = opening.invite(x, round_, voice, Who.PRACTITIONER, 1, PAT)
    answering.save(x, mine, scores=dict.fromkeys(("pur1", "pur2", "pur3"), level))
    answering.send(x, mine, own)


def answers(x: Exchange, round_: str) -> tuple[Answer, ...]:
    with x.store.begin() as tx:
        return tx.collaboration.answers(round_)


def codes(x: Exchange, round_: str) -> set[str]:
    return {a.code for a in answers(x, round_)}


@pytest.fixture
def x() -> Exchange:
    return plain_exchange()


def test_the_same_code_links_two_rounds_however_it_is_written(x: Exchange) -> None:
    one, two = opened(x, "Spring"), opened(x, "Autumn")
    said(x, one, "Peña-luna 7 tortilla")
    for own in ("PENA LUNA 7 TORTILLA", "  peñaluna7tortilla."):
        said(x, two, own)
    assert codes(x, one) == codes(x, two) and len(codes(x, one)) == 1
    said(x, two, "Peña-luna 8 tortilla")
    assert len(codes(x, two)) == 2


def test_what_is_kept_tells_nothing_without_the_key(x: Exchange) -> None:
    round_ = opened(x, "Spring")
    said(x, round_, "birch rex paella")
    said(replace(x, place_key=lambda: b"of another place"), round_, "birch rex paella")
    first, second = codes(x, round_)
    assert first != second and all(len(c) == 32 and "birch" not in c for c in (first, second))


@pytest.mark.parametrize("own", ["", "   "])
def test_nobody_has_to(x: Exchange, own: str) -> None:
    round_ = opened(x, "Spring")
    said(x, round_, own)
    assert codes(x, round_) == {""}


@pytest.mark.parametrize(
    ("own", "fault"), [("ab 12", "SV-070"), ("------", "SV-070"), ("ababababab", "SV-070"), ("1111111111", "SV-070")]
)
def test_a_code_that_others_would_make_is_refused_and_nothing_is_sent(x: Exchange, own: str, fault: str) -> None:
    round_ = opened(x, "Spring")
    with pytest.raises(VadoError, match=fault):
        said(x, round_, own)
    with x.store.begin() as tx:
        assert not tx.collaboration.answers(round_) and [i.used for i in tx.collaboration.invitations(round_)] == [False]


def test_the_code_of_a_letter_never_stands_beside_an_answer(x: Exchange) -> None:
    one, two = opened(x, "Spring"), opened(x, "Autumn")
    (old,), (mine,) = (opening.invite(x, r, "hosp", Who.PRACTITIONER, 1, PAT) for r in (one, two))
    for own in (mine, mine.lower(), f"{mine[:4]}-{mine[4:]}", old):
        with pytest.raises(VadoError, match="SV-071"):
            answering.send(x, mine, own)
    answering.send(x, mine, "birch rex paella")
    assert len(answers(x, two)) == 1


def test_a_code_is_in_no_draft_no_invitation_and_no_line_of_the_trail(x: Exchange) -> None:
    round_ = opened(x, "Spring")
    (mine,) = opening.invite(x, round_, "hosp", Who.PRACTITIONER, 1, PAT)
    answering.save(x, mine, scores={"pur1": 4})
    with pytest.raises(VadoError):
        answering.send(x, mine, "abc")
    answering.send(x, mine, "birch rex paella")
    (kept,) = answers(x, round_)
    with x.store.begin() as tx:
        elsewhere = repr((tx.collaboration.invitations(round_), tx.collaboration.invitation(mine), tx.audits(limit=99)))
    assert kept.code and kept.code not in elsewhere and "birch" not in elsewhere


def change(x: Exchange, linked: Iterable[int], others: int = 8) -> tuple[Figure, str]:
    """Ask twice: those who are linked answer 2 or 3, and then so much more; give what is shown of them, and the verdict."""
    linked = list(linked)
    one = opened(x, "Spring")
    for n in range(len(linked)):
        said(x, one, f"person number {n}", 2 + n // 2 % 2, "hosp" if n % 2 else "gp")
    for n in range(others):
        said(x, one, "", 2 + n // 2 % 2, "hosp" if n % 2 else "gp")
    opening.close(x, one, PAT)
    start = x.clock()
    later = replace(x, clock=lambda: start + timedelta(days=90))
    two = opened(later, "Autumn")
    for n, more in enumerate(linked):
        said(later, two, f"PERSON NUMBER {n}", 2 + n // 2 % 2 + more, "hosp" if n % 2 else "gp")
    for n in range(others):
        said(later, two, "", 2 + n // 2 % 2, "hosp" if n % 2 else "gp")
    opening.close(later, two, PAT)
    after = replace(x, clock=lambda: start + timedelta(days=99))
    picture = results(after, two, PAT).picture
    assert picture
    found = next(c for c in picture.changes if (c.voice, c.dimension) == (STAFF, "PUR"))
    return found.stayed, found.paired


@pytest.mark.parametrize(
    ("linked", "mean", "verdict"),
    [
        ([1] * 9 + [2] * 3, 31, BETTER),
        ([1, 0, 2, 0, 1, 1, 2, 0, 1, 1], 22, BETTER),
        ([1, -1] * 6, 0, UNSHOWN),
        ([1] * 8 + [2], 28, TOO_FEW),  # all nine moved the same way: a test that stands would say so of each
    ],
)
def test_change_is_told_person_by_person_where_enough_are_linked(x: Exchange, linked: list[int], mean: int, verdict: str) -> None:
    stayed, paired = change(x, linked)
    assert isinstance(stayed, Shown) and (stayed.value, stayed.n, paired) == (mean, len(linked), verdict)


def test_of_few_who_are_linked_nothing_is_told(x: Exchange) -> None:
    assert change(x, [1, 1, 2, 0]) == (HIDDEN, TOO_FEW)


def test_without_any_code_there_is_nothing_to_link(x: Exchange) -> None:
    assert change(x, []) == (CANNOT, TOO_FEW)
