"""Rounds, invitations and answers: what is kept, what is refused, and what nobody can put together again."""

from dataclasses import replace
from datetime import date

import pytest

from plain import plain_exchange
from vado.collaboration.instrument import shipped
from vado.collaboration.published import decided
from vado.collaboration.respondents import respondents
from vado.errors import NotPermitted, VadoError
from vado.exchange.collaboration import answering, bring_in, opening
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.model.survey import Answer, Group, Invitation, Roster, Tie, Who

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
    with pytest.raises(VadoError, match="SV-068"):
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


def test_nothing_is_added_to_a_closed_round(x: Exchange) -> None:
    """Neither a voice nor an answer: what is shown with it and without it would tell what it says."""
    opening.close(x, "spring-2026", PAT)
    with pytest.raises(VadoError, match="SV-058"):
        opening.add_unusual(x, "spring-2026", "School nurses", PAT)
    with pytest.raises(VadoError, match="SV-069"):
        bring_in.bring_in(x, "spring-2026", b"voice,who,pur1\nhosp,practitioner,4\n", PAT)
    assert answers(x) == ()


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


def sent(x: Exchange, voice: str, count: int, who: Who = Who.PRACTITIONER) -> None:
    for mine in opening.invite(x, "spring-2026", voice, who, count, PAT):
        answering.send(x, mine)


def test_what_was_promised_to_those_who_answered_stays(x: Exchange) -> None:
    assert opening.change(x, "spring-2026", PAT, REGISTER, "carers; Carers", least=4).least == 4, "nobody has answered yet"
    sent(x, "gp", 1)
    with pytest.raises(VadoError, match="SV-059"):
        opening.change(x, "spring-2026", PAT, REGISTER, "carers; Carers", least=3)
    with pytest.raises(VadoError, match="SV-066"):
        opening.change(x, "spring-2026", PAT, REGISTER.splitlines()[0], "carers; Carers")
    assert opening.change(x, "spring-2026", PAT, REGISTER, "", least=9).groups == (), "a voice that said nothing may leave"


def test_a_total_that_would_tell_of_each_one_is_hidden(x: Exchange) -> None:
    register = "\n".join(f"o{n}; Organisation {n}; ; ; practitioner=9" for n in range(5))
    opening.change(x, "spring-2026", PAT, register, "")
    for n in range(5):
        sent(x, f"o{n}", 1)
    found = opening.standing(x, "spring-2026", PAT)
    assert [v.answered for v in found.voices] == [None] * 5
    assert found.answers is None, "five of five voices that are not silent: each is one"
    assert found.silent == ()


def test_how_many_voices_are_heard(x: Exchange) -> None:
    assert len(opening.standing(x, "spring-2026", PAT).silent) == 4, "hosp twice, gp, carers"
    sent(x, "gp", 1)
    assert [v.id for v in opening.standing(x, "spring-2026", PAT).silent] == ["hosp", "hosp", "carers"], (
        "one of gp is hidden, not silent"
    )


def test_a_voice_that_nobody_hears_comes_into_the_register(x: Exchange) -> None:
    assert opening.add_unusual(x, "spring-2026", " School  núrses ", PAT).named("school-nurses") == Group(
        "school-nurses", "School núrses", unusual=True
    )
    for wrong in ("school nurses", " ", "???"):
        with pytest.raises(VadoError, match="SV-054"):
            opening.add_unusual(x, "spring-2026", wrong, PAT)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_register_comes_as_a_table(mark: str) -> None:
    table = "\ufeffID,Name,Kind,Sector,Partner,Practitioner,Manager,Citizen\nhosp,Hospital,,hospital,hospital,40,5,\ncarers,Carers,group,,,,,200\nstreet,On the street,unusual,,,,,\n"
    register, groups = opening.lines_of_table(table.replace(",", mark).encode())
    (hosp,) = opening.organisations_of(register)
    assert (hosp.name, hosp.partner, hosp.people) == ("Hospital", "hospital", {"practitioner": 40, "manager": 5})
    assert opening.groups_of(groups) == (Group("carers", "Carers", 200), Group("street", "On the street", unusual=True))


@pytest.mark.parametrize("table", [b"", b"\xff\xfe\x00", b"one,two\n1,2\n"])
def test_a_table_that_is_no_register_is_refused(table: bytes) -> None:
    with pytest.raises(VadoError, match="SV-054"):
        opening.lines_of_table(table)


def test_codes_that_a_browser_kept_are_no_way_to_guess(x: Exchange) -> None:
    mine = code(x)
    for _ in range(400):
        assert answering.resumed(x, mine, "192.0.2.8").draft.scores == {}, "a good code is never counted"
    for n in range(300):
        with pytest.raises(NotPermitted, match="SV-050"):
            answering.resumed(x, f"WRONG{n}", "192.0.2.8")
    with pytest.raises(NotPermitted, match="AC-003"):
        answering.resumed(x, mine, "192.0.2.8")


def test_an_informant_may_name_somebody_outside_the_register(x: Exchange) -> None:
    mine = code(x, "gp", Who.MANAGER, roster=True)
    answering.tell(x, mine, Tie("  The   night shelter ", 2))
    assert [t.other for t in (answering.opened(x, mine).roster or pytest.fail("nothing was kept")).ties] == ["The night shelter"]
    for wrong in ("", "  ", "gp"):
        with pytest.raises(VadoError, match="SV-056"):
            answering.tell(x, mine, Tie(wrong, 2))
