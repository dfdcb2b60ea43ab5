"""Questions, disputes and corrections: a reply is owed, tracked, late for all to see; and who looked is told with the reason."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from citizens import Town, town
from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import accounts, consents, consult, foresee, looks, replies
from vado.model.account import ConsentKind
from vado.model.said import CITIZEN, Answer, OwedKind, Voice


@pytest.fixture
def t() -> Town:
    return town()


def dispute(t: Town, title: str = "Hemoglobin", name: str = "ines", rather: str = "14") -> str:
    owed, original = replies.dispute(t.x, t.ines, t.line(title).shown.id, "not mine", rather, t.viewer(name))
    t.read(original)
    return owed.id


def test_a_dispute_is_sent_seen_and_answered_and_the_fact_does_not_change(t: Town) -> None:
    before = t.line("Hemoglobin").shown
    id_ = dispute(t)
    (owed,) = replies.mine(t.x, t.ines, t.viewer("ines"))
    assert (owed.kind, owed.state, owed.to) == (OwedKind.CORRECTION, "sent", "hospital")
    assert (owed.due - owed.made).days == 30
    record = t.record("ana")
    assert [o.id for o in record.disputed[before.id]] == [id_], "professionals see it beside the fact"
    assert t.line("Hemoglobin", "ana").shown == before
    assert "Communication" not in {line.shown.kind for line in record.lines}
    (waiting,) = replies.worklist(t.x, t.viewer("ana"))
    assert waiting.fact and waiting.fact.id == before.id and waiting.person == t.ines
    assert replies.mine(t.x, t.ines, t.viewer("ines"))[0].state == "seen"
    with pytest.raises(VadoError, match="ME-004"):
        replies.answer(t.x, id_, Answer.NOT_AGREED, " ", t.viewer("ana"))
    replies.answer(t.x, id_, Answer.NOT_AGREED, "the sample was yours", t.viewer("ana"))
    (owed,) = replies.mine(t.x, t.ines, t.viewer("ines"))
    assert (owed.state, owed.answer, owed.reply, owed.answered_by) == (
        "answered",
        Answer.NOT_AGREED,
        "the sample was yours",
        "ana",
    )
    assert not t.record("ana").disputed
    with pytest.raises(VadoError, match="ME-009"):
        replies.answer(t.x, id_, Answer.AGREED, "", t.viewer("ana"))


def test_what_is_said_against_a_fact_is_kept_as_an_original_in_the_persons_words(t: Town) -> None:
    dispute(t, rather="")
    (owed,) = replies.mine(t.x, t.ines, t.viewer("ines"))
    with t.x.store.begin() as tx:
        (told,) = [f for f in tx.facts_from(CITIZEN, owed.original) if f.kind == "Communication"]
    assert owed.kind is OwedKind.DISPUTE and told.resource["payload"] == [{"contentString": "not mine"}]
    assert told.resource["about"][0]["identifier"]["value"] == owed.fact


def test_only_who_told_it_answers_and_reads_what_was_said(t: Town) -> None:
    id_ = dispute(t)
    assert replies.worklist(t.x, t.viewer("luis")) == ()
    for name in ("luis", "otto", "ada"):
        with pytest.raises(NotFound, match="ME-008"):
            replies.answer(t.x, id_, Answer.AGREED, "", t.viewer(name))
    (seen,) = replies.worklist(t.x, t.viewer("otto"))
    assert not seen.open and not seen.name and seen.fact is None, "who runs the place sees that it is owed, not what was said"
    assert replies.mine(t.x, t.ines, t.viewer("ines"))[0].state == "sent"
    for name in ("ines", "eva"):
        with pytest.raises(NotPermitted):
            replies.worklist(t.x, t.viewer(name))


def test_late_is_late(t: Town) -> None:
    dispute(t)
    assert not replies.worklist(t.x, t.viewer("ana"))[0].late
    assert replies.worklist(t.later(31).x, t.viewer("ana"))[0].late
    assert replies.worklist(t.later(31).x, t.viewer("otto"))[0].late


def test_one_does_not_dispute_what_is_not_told_of_one_or_what_one_said_oneself(t: Town) -> None:
    from vado.exchange import contributions

    t.read(contributions.story(t.x, t.ines, "tea", t.viewer("ines")))
    with pytest.raises(VadoError, match="ME-007"):
        replies.dispute(t.x, t.ines, t.line("What matters to me").shown.id, "no", "", t.viewer("ines"))
    with pytest.raises(NotFound, match="RE-002"):
        replies.dispute(t.x, t.ines, "f" * 32, "no", "", t.viewer("ines"))
    with pytest.raises(NotFound, match="RE-001"):
        replies.dispute(t.x, "f" * 32, t.line("Hemoglobin").shown.id, "no", "", t.viewer("ines"))


def test_a_question_about_a_look_goes_where_the_look_happened(t: Town) -> None:
    consult.show_record(t.x, t.ines, t.viewer("ana"))
    found, _ = looks.looks(t.x, t.ines, t.viewer("eva"))
    (ana,) = [look for look in found if look.who == "ana"]
    assert (ana.org, ana.why) == ("hospital", "observed")
    owed = replies.question(t.x, t.ines, ana.line, "why?", t.viewer("eva"))
    assert (owed.to, owed.voice, owed.looked) == ("hospital", Voice.CARER, "ana")
    with pytest.raises(NotPermitted):
        replies.answer(t.x, owed.id, Answer.AGREED, "", t.viewer("ana"))
    replies.answer(t.x, owed.id, Answer.ANSWERED, "a colleague asked me", t.viewer("ana"))
    (mine,) = [look for look in found if look.why == "machine"]
    assert replies.question(t.x, t.ines, mine.line, "and you?", t.viewer("ines")).to == "", "those who run the place"
    assert [w.open for w in replies.worklist(t.x, t.viewer("ada")) if not w.owed.answered] == [True]
    with t.x.store.begin() as tx:
        others = [n for n, a in tx.accesses.lines(limit=1000) if a.action == "add-account"]
    for line in (others[0], 10**6, 0):
        with pytest.raises(NotFound, match="RE-001"):
            replies.question(t.x, t.ines, line, "whose is this?", t.viewer("ines"))


def test_looks_are_told_by_day_and_person_with_their_reason(t: Town) -> None:
    for _ in range(3):
        consult.show_record(t.x, t.ines, t.viewer("ana"))
    consents.break_glass(t.x, t.ines, "unconscious in the street", t.viewer("luis"))
    consult.show_record(t.x, t.ines, t.viewer("luis"))
    consult.show_record(t.x, t.ines, t.viewer("eva"))
    later = t.later(1)
    consult.show_record(later.x, t.ines, t.viewer("ana"))
    found, more = looks.looks(later.x, t.ines, t.viewer("ines"))
    assert more is None
    told = {(look.who, look.day): look for look in found}
    assert dict(told["ana", "2026-01-01"].actions)["read"] == 3
    assert ("ana", "2026-01-02") in told and found[0].day == "2026-01-02", "the newest day first"
    glass = told["luis", "2026-01-01"]
    assert (glass.why, glass.reason, glass.org) == ("glass", "unconscious in the street", "gp")
    assert told[t.viewer("eva").name, "2026-01-01"].why == "proxy"
    assert "vado" not in {look.who for look in found}, "reading in is no look"


def test_a_look_says_why_its_session_looked_and_no_other_does(t: Town) -> None:
    def session(name: str, town: Town) -> str:
        with town.x.store.begin() as tx:
            account = tx.accounts.named(name)
        assert account
        return accounts.let_in(town.x, account)

    consult.show_record(t.x, t.ines, t.viewer("ana"))
    later, much_later = t.later(1), t.later(3)
    accounts.say_why(later.x, session("ana", later), "treatment", "")
    consult.show_record(later.x, t.ines, later.viewer("ana"))
    consents.break_glass(later.x, t.ines, "unconscious in the street", later.viewer("luis"))
    next_day = t.later(2)
    accounts.say_why(next_day.x, session("ana", next_day), "other", "the family asked me to")
    consult.show_record(next_day.x, t.ines, next_day.viewer("ana"))
    consult.show_record(much_later.x, t.ines, much_later.viewer("ana"))
    found, _ = looks.looks(much_later.x, t.ines, t.viewer("ines"))
    told = {(look.who, look.day): look.said for look in found}
    assert told["ana", "2026-01-01"] == (), "nothing was said yet"
    assert told["ana", "2026-01-02"] == (("treatment", ""),)
    assert told["ana", "2026-01-03"] == (("other", "the family asked me to"),)
    assert told["luis", "2026-01-02"] == (), "another's words"
    assert told["ana", "2026-01-04"] == (), "that session was over"
    assert not t.viewer("ana").reason and {look.why for look in found if look.who == "ana"} == {"observed"}, (
        "a reason is no leave"
    )


def test_a_consequence_is_foreseen_by_the_same_decision_that_permits(t: Town) -> None:
    hide = consents.said(ConsentKind.HIDE, partner="insurer")
    seen = foresee.foresee(t.x, t.ines, t.viewer("ines"), adding=hide)
    (hospital,) = seen.effects
    assert hospital.partner == "hospital" and seen.keeps == ("insurer",) and seen.carers == 1
    before = len({f for f in facts(t, "ana")})
    assert "HbA1c" in titles(t, "ana"), "nothing has changed yet"
    made = consents.give(t.x, t.ines, hide, t.viewer("ines"))
    assert before - len(facts(t, "ana")) == hospital.before - hospital.after == seen.entries
    assert "HbA1c" not in titles(t, "ana")
    back = foresee.foresee(t.x, t.ines, t.viewer("ines"), without=made.id)
    assert [(e.partner, e.after - e.before) for e in back.effects] == [("hospital", seen.entries)]
    share = foresee.foresee(t.x, t.ines, t.viewer("ines"), adding=consents.said(ConsentKind.SHARE, partner="gp"))
    assert [(e.partner, e.before) for e in share.effects] == [("gp", 0)]
    with pytest.raises(NotPermitted):
        foresee.foresee(t.x, t.ines, t.viewer("eva"), adding=hide)


def facts(t: Town, name: str) -> set[str]:
    record = t.record(name)
    return {f.id for line in record.lines for f in (line.shown, *line.same, *line.conflicts)} | {f.id for f in record.others}


def titles(t: Town, name: str) -> set[str]:
    return {line.title for line in t.record(name).lines}


def test_looks_are_of_the_day_that_the_clock_of_the_place_shows(t: Town) -> None:
    for hour in (21, 23):  # UTC; in Madrid, in winter, one hour later
        at = datetime(2026, 1, 2, hour, 30, tzinfo=UTC)
        consult.show_record(replace(t.x, clock=lambda at=at: at), t.ines, t.viewer("ana"))
    for zone, days in ((UTC, ["2026-01-02"]), (ZoneInfo("Europe/Madrid"), ["2026-01-03", "2026-01-02"])):
        found, _ = looks.looks(replace(t.x, zone=zone), t.ines, t.viewer("ines"))
        assert [look.day for look in found if look.who == "ana"] == days
