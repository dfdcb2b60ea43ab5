"""Rounds, invitations and answers: what is kept, what is refused, and what nobody can put together again."""

from dataclasses import replace
from datetime import date

import pytest

from plain import plain_exchange
from vado.collaboration.instrument import shipped
from vado.collaboration.published import decided
from vado.collaboration.respondents import respondents
from vado.errors import NotPermitted, VadoError
from vado.exchange.collaboration import answering, opening
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.model.survey import Answer, Invitation, Roster, Tie, Who

PAT = Viewer("pat", role=Role.MANAGER)
REGISTER = "hosp; Hospital; hospital; hospital; practitioner=40 manager=5\ngp; Practice; primary care; ; practitioner=12"


@pytest.fixture
def x() -> Exchange:
    made = plain_exchange()
    opening.make(made, "Spring 2026", made.clock().date(), None, PAT, register=REGISTER, groups="carers; Carers; 200; unusual")
    return made


def code(x: Exchange, voice: str = "hosp", who: Who = Who.PRACTITIONER, *, roster: bool = False) -> str:
    return opening.invite(x, "spring-2026", voice, who, 1, PAT, roster)[0]


def answers(x: Exchange) -> tuple[Answer, ...]:
    with x.store.begin() as tx:
        return tx.collaboration.answers("spring-2026")


def invitations(x: Exchange) -> tuple[Invitation, ...]:
    with x.store.begin() as tx:
        return tx.collaboration.invitations("spring-2026")


def test_an_answer_is_kept_until_it_is_sent_and_found_by_nobody_after(x: Exchange) -> None:
    mine = code(x)
    answering.save(x, mine.lower(), scores={"pur1": 4, "briC4": 5, "pur2": 9, "nonsense": 1}, importance={"PUR": 3, "BRI": 7})
    answering.save(
        x, f"{mine[:4]}-{mine[4:]}", scores={"pur2": 0}, blocks=("pur1", "kno1", "kno1", "tru1", "pow1"), missing=" teachers "
    )
    draft = answering.opened(x, mine).draft
    assert draft.scores == {"pur1": 4, "pur2": 0}, "a citizens' question and what is no answer are left out"
    assert (draft.importance, draft.blocks, draft.missing) == ({"PUR": 3}, ("pur1", "kno1", "tru1"), "teachers")
    assert answers(x) == ()
    answering.send(x, mine)
    (kept,) = answers(x)
    assert (kept.scores, kept.voice, kept.who, kept.day) == (draft.scores, "hosp", Who.PRACTITIONER, x.clock().date().isoformat())
    assert [(i.used, i.draft) for i in invitations(x)] == [(True, None)]
    assert kept.id not in repr(invitations(x))
    with pytest.raises(NotPermitted, match="SV-051"):
        answering.save(x, mine, scores={"pur1": 1})


def test_whoever_looks_at_the_store_cannot_tell_whose_answer_is_whose() -> None:
    def store(first: int, second: int) -> tuple[object, object]:
        """Let two of one organisation answer; give all that is kept, without what is drawn by chance."""
        x = plain_exchange()
        opening.make(x, "Spring 2026", x.clock().date(), None, PAT, register=REGISTER)
        for score in (first, second):
            mine = code(x)
            answering.save(x, mine, scores={"pur1": score})
            answering.send(x, mine)
        kept = sorted((replace(a, id="") for a in answers(x)), key=repr)
        return kept, [replace(i, hash="") for i in invitations(x)]

    assert store(1, 5) == store(5, 1)
    assert store(1, 5) != store(1, 4)


def test_codes_are_refused_in_words_that_tell_nothing(x: Exchange) -> None:
    with pytest.raises(NotPermitted, match="SV-050"):
        answering.opened(x, "ABCD")
    with pytest.raises(NotPermitted, match="SV-050"):
        answering.opened(x, "")
    mine = code(x)
    opening.close(x, "spring-2026", PAT)
    with pytest.raises(VadoError, match="SV-052") as shut:
        answering.opened(x, mine)
    assert "hosp" not in str(shut.value).casefold()


def test_guessing_codes_is_stopped(x: Exchange) -> None:
    for n in range(300):
        with pytest.raises(NotPermitted, match="SV-050"):
            answering.enter(x, f"WRONG{n}", "192.0.2.7")
    with pytest.raises(NotPermitted, match="AC-003"):
        answering.enter(x, code(x), "192.0.2.7")


def test_a_roster_is_told_by_one_informant_and_anonymous_answers_are_not(x: Exchange) -> None:
    mine = code(x, "gp", Who.MANAGER, roster=True)
    answering.tell(x, mine, Tie("hosp", 3, "send", ("letters",), ("paper",), keeps_word=4))
    answering.tell(x, mine, Tie("council", 1))
    answering.tell(x, mine, Tie("council", 0))
    answering.send(x, mine)
    with x.store.begin() as tx:
        (roster,) = tx.collaboration.all(Roster, "spring-2026")
    assert (roster.organisation, [t.other for t in roster.ties]) == ("gp", ["hosp"])
    assert answers(x) == ()
    with pytest.raises(VadoError, match="SV-056"):
        answering.tell(x, code(x), Tie("gp", 2))


def test_small_numbers_of_a_round_are_hidden(x: Exchange) -> None:
    for voice, who, n in (("hosp", Who.PRACTITIONER, 12), ("hosp", Who.MANAGER, 2), ("gp", Who.PRACTITIONER, 7)):
        for mine in opening.invite(x, "spring-2026", voice, who, n, PAT):
            answering.send(x, mine)
    found = opening.standing(x, "spring-2026", PAT)
    assert {(v.id, v.who): v.answered for v in found.voices} == {
        ("hosp", Who.PRACTITIONER): None, ("hosp", Who.MANAGER): None, ("gp", Who.PRACTITIONER): 7, ("carers", Who.CITIZEN): 0,
    }, "12, 2, 7 of 21: the 2 alone could be found by subtraction"  # fmt: skip
    assert found.answers == 21
    (decision,) = decided([respondents(found.round, shipped(), answers(x))])
    hidden = {f"{v.id}/{v.who}" for v in found.voices if v.answered is None}
    shown = {f"{v.id}/{v.who}" for v in found.voices} - hidden
    assert hidden <= decision.counts, "what one page hides no other page tells: from both together the 2 could be found"
    assert not shown & decision.counts


def test_words_are_shown_from_ten_on_in_an_order_that_says_nothing() -> None:
    some = [Answer(str(n), "r", "hosp", Who.PRACTITIONER, missing=f"voice {9 - n % 10}") for n in range(30)]
    assert opening.named(some) == tuple(f"voice {n}" for n in range(10))
    assert opening.named(some[:9]) == ()


@pytest.mark.parametrize(
    "register", ["hosp", "a b; Name", "hosp; One\nhosp; Two", "hosp; H; ; ; doctor=3", "hosp; H; ; ; practitioner=x"]
)
def test_a_register_that_is_wrong_is_told_with_its_line(x: Exchange, register: str) -> None:
    with pytest.raises(VadoError, match="SV-054") as told:
        opening.change(x, "spring-2026", PAT, register, "")
    assert told.value.slots["row"] == 1 + register.count("\n")


def test_a_register_is_written_as_it_is_read(x: Exchange) -> None:
    before = opening.standing(x, "spring-2026", PAT).round
    assert opening.change(x, "spring-2026", PAT, *opening.as_lines(before), least=1) == replace(before, least=3)


def test_a_closed_round_stays_as_it_was(x: Exchange) -> None:
    opening.close(x, "spring-2026", PAT)
    with pytest.raises(VadoError, match="SV-058"):
        opening.change(x, "spring-2026", PAT, REGISTER, "", 3)
    with pytest.raises(VadoError, match="SV-058"):
        code(x)


@pytest.mark.parametrize("what", ["make", "change", "invite", "close", "missing"])
def test_only_whoever_runs_rounds_may_change_them(x: Exchange, what: str) -> None:
    ana = Viewer("ana", role=Role.PRACTITIONER)
    ways = {
        "make": lambda: opening.make(x, "Other", date(2026, 1, 1), None, ana), "change": lambda: opening.change(x, "spring-2026", ana, "", ""),
        "invite": lambda: opening.invite(x, "spring-2026", "hosp", Who.MANAGER, 1, ana),
        "close": lambda: opening.close(x, "spring-2026", ana), "missing": lambda: opening.missing(x, "spring-2026", ana),
    }  # fmt: skip
    with pytest.raises(NotPermitted, match="AC-001"):
        ways[what]()
