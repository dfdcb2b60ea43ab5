"""The picture of a round: worked examples of the design, holes, verdict words, and the one decision."""

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from spoken import SIZES, answers, asked
from vado.collaboration.instrument import shipped
from vado.collaboration.permuted import by_chance
from vado.collaboration.picture import SYSTEM, Picture, picture
from vado.collaboration.picture_gaps import GAP, NOT_SHOWN
from vado.collaboration.picture_items import blocks, first_talked_of
from vado.collaboration.published import decided, hidden
from vado.collaboration.respondents import CITIZENS, EVERYBODY, STAFF, of, respondents
from vado.collaboration.rows import rows
from vado.collaboration.shown import CANNOT, HIDDEN, NOBODY, Shown, figure
from vado.model.survey import Answer, Organisation, Round, Who

FORD = shipped()


def drawn(some: list[Answer], round_: Round, before: tuple[Round, list[Answer]] | None = None) -> Picture:
    earlier = [respondents(before[0], FORD, before[1])] if before else []
    return picture([*earlier, respondents(round_, FORD, some)], len(earlier), np.random.default_rng(1))


def told(voice: str, levels: list[int], n: int, who: Who = Who.PRACTITIONER) -> Answer:
    """Somebody who answers the three questions on purpose."""
    return Answer(f"{voice}{n}", "r", voice, who, dict(zip(("pur1", "pur2", "pur3"), levels, strict=True)))


def round_of(*organisations: str, least: int = 3) -> Round:
    return Round(
        "r", "R", "ford|1", date(2025, 1, 1), date(2025, 2, 1), tuple(Organisation(o, o) for o in organisations), (), least
    )


def test_each_organisation_weighs_the_same_and_respondents_do_beside() -> None:
    """Six people of A and three of B: the whole is midway between both, all people together nearer to A."""
    some = [told("a", levels, n) for n, levels in enumerate(([5, 4, 4], [4, 5, 4], [4, 4, 5], [5, 4, 4], [4, 4, 4], [5, 5, 4]))]
    some += [told("b", levels, n) for n, levels in enumerate(([2, 3, 2], [3, 2, 3], [2, 2, 2]))]
    found = drawn(some, round_of("a", "b"))
    by = {v: found.scores[v][0] for v in (SYSTEM, STAFF, of("a"), of("b"))}
    assert [f.value for f in by.values() if isinstance(f, Shown)] == [
        58,
        67,
        83,
        33,
    ]  # (83.3 + 33.3) / 2; (6 x 83.3 + 3 x 33.3) / 9
    assert isinstance(by[SYSTEM], Shown) and by[SYSTEM].these_only and by[SYSTEM].n == 9


def test_a_small_group_has_students_interval_not_cut() -> None:
    some = [told("a", [x, x, x], n) for n, x in enumerate((3, 4, 4, 5))]
    found = drawn(some, round_of("a")).scores[of("a")][0]
    assert found == Shown(75, 4, 43, 107, "t")  # 42.52 to 107.48


def test_nobody_is_a_hole_and_few_are_hidden() -> None:
    round_ = asked("r", {"hosp": (9, 2), "gp": (7, 0)})
    found = drawn(answers(round_, {"hosp": (9, 2), "gp": (7, 0)}, 0, 1), round_)
    assert set(found.scores[CITIZENS]) == {NOBODY}
    assert set(found.scores["manager"]) == {HIDDEN}
    assert found.scores["practitioner"].count(HIDDEN) or found.scores[STAFF].count(
        HIDDEN
    )  # else their difference is the managers


def test_whoever_all_answered_alike_is_not_shown_nor_found_beside() -> None:
    some = [told("a", [5, 5, 5], n) for n in range(6)] + [told("b", [1 + n % 4, 2, 1 + n % 3], n) for n in range(6)]
    found = drawn(some, round_of("a", "b", least=5))
    assert found.scores[of("a")][0] is HIDDEN
    assert HIDDEN in (found.scores[of("b")][0], found.scores[STAFF][0])
    assert {q.means[EVERYBODY] for q in found.questions if q.dimension == "PUR"} <= {HIDDEN} or found.scores[of("b")][0] is HIDDEN


def test_a_planted_gap_is_found_and_the_rest_is_not_shown_to_differ() -> None:
    round_ = asked("r", SIZES)
    found = drawn(answers(round_, SIZES, 20, 3, gap=1.5, spread=0.8), round_)
    between = {g.pair: g for g in found.gaps if g.about == "PUR"}
    wide = between["practitioner", "manager"]
    assert wide.test and wide.test.verdict == GAP and isinstance(wide.difference, Shown) and wide.difference.value < -15
    assert {g.test.verdict for p, g in between.items() if g.test and p[1] == "rest"} == {NOT_SHOWN}
    assert not [g for g in (*found.gaps, *found.item_gaps) if g.test and g.test.verdict not in (GAP, NOT_SHOWN)]


def test_labels_shared_out_by_matrices_give_the_worked_gap() -> None:
    """P [50,50,25,25,50], M [75,100,75,75,75]: exact p 2/252 = .0079."""
    values = np.array([[50, 50, 25, 25, 50, 75, 100, 75, 75, 75]], float).T
    labels = np.arange(10) < 5
    (p,) = by_chance(values, [labels], [np.ones(10, bool)], np.random.default_rng(0))[0]
    assert p == pytest.approx(2 / 252, abs=0.003)


def test_a_planted_block_is_found_with_its_kind_and_what_to_talk_about() -> None:
    round_ = asked("r", SIZES)
    found = drawn(answers(round_, SIZES, 20, 3, low="bri1"), round_)
    assert [q.item.id for q in blocks(found.questions)] == ["bri1"]
    assert blocks(found.questions)[0].item.block == "kit"
    order = first_talked_of(found.questions)
    assert [q.talk.value for q in order if isinstance(q.talk, Shown)] == sorted(
        (q.talk.value for q in order if isinstance(q.talk, Shown)), reverse=True
    )


def test_rounds_are_compared_in_words_and_only_where_they_asked_the_same() -> None:
    before, after = asked("spring", SIZES, closes=date(2025, 6, 1)), asked("autumn", SIZES)
    was = answers(before, SIZES, 20, 1, codes=30, spread=0.7)
    now = [Answer(**{f: getattr(a, f) for f in ("id", "round", "voice", "who", "importance", "blocks", "code")},
                  scores={k: min(5, v + 1) if v else 0 for k, v in a.scores.items()}) for a in answers(after, SIZES, 20, 2, codes=30, spread=0.7)]  # fmt: skip
    better = drawn(now, after, (before, was))
    assert {c.verdict for c in better.changes if c.voice == STAFF} == {"better"}
    assert all(isinstance(c.stayed, Shown) and c.stayed.value > 0 for c in better.changes if c.voice == STAFF)
    same = drawn(answers(after, SIZES, 20, 2), after, (before, was))
    assert {c.verdict for c in same.changes if c.voice == STAFF} == {"not shown"}
    other = Round("r", "R", "ford|2", date(2025, 1, 1), date(2025, 2, 1), before.organisations)
    assert drawn(was, after, (other, was)).changes == ()


def whole_page_by_hand(was: list[Answer], now: list[Answer]) -> dict[str, tuple[int, int, float]]:
    """Give for each dimension (n, sum of changes in twelfths, p) of those with one code in both, by trying every sign in whole numbers."""
    found = {}
    both = [(a, b) for a in was for b in now if a.code and a.code == b.code]
    for d in FORD.dimensions:
        moved = []
        for pair in both:
            asked_ = [[i.id for i in d.items if not i.extra and (not i.who or a.who in i.who)] for a in pair]
            said = [[a.scores[i] for i in items if a.scores.get(i)] for a, items in zip(pair, asked_, strict=True)]
            assert all(len(s) == len(q) for s, q in zip(said, asked_, strict=True)), "everybody says all"
            before, after = (sum(s) * 12 // len(s) for s in said)
            moved.append(after - before)
        sums = Counter({0: 1})
        for m in moved:
            sums = Counter({s + m: n for s, n in sums.items()}) + Counter({s - m: n for s, n in sums.items()})
        beyond = sum(n for s, n in sums.items() if abs(s) >= abs(sum(moved)))
        found[d.id] = (len(moved), sum(moved), beyond / 2 ** len(moved))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_change_of_those_who_are_linked_once_more_by_hand(seed: int) -> None:
    before, after = asked("spring", SIZES, closes=date(2025, 6, 1)), asked("autumn", SIZES)
    was = answers(before, SIZES, 20, seed, codes=16, silent=0, low="")
    now = [replace(a, scores={i: min(5, v + (i[:3] in {"pur", "tru", "bri"})) for i, v in a.scores.items()})
           for a in answers(after, SIZES, 20, seed + 9 if seed else seed, codes=16, silent=0, low="")]  # fmt: skip
    by_hand = whole_page_by_hand(was, now)
    order = sorted(by_hand.values(), key=lambda f: f[2])
    last = max((r for r, (_, _, p) in enumerate(order, 1) if p <= 0.10 * r / len(order)), default=0)  # Benjamini and Hochberg
    limit = order[last - 1][2] if last else -1.0
    shown = {c.dimension: c for c in drawn(now, after, (before, was)).changes if c.voice == STAFF}
    verdicts = set()
    for d, (n, total, p) in by_hand.items():
        c = shown[d]
        assert isinstance(c.stayed, Shown) and c.stayed.n == n == 16
        assert abs(c.stayed.value - 25 * total / 12 / n) <= 0.5 + 1e-9 and c.paired_p == pytest.approx(p)
        wanted = "not shown" if p > limit or not c.stayed.value else "better" if total > 0 else "worse"
        assert c.paired == wanted
        verdicts.add(wanted)
    assert len(verdicts) > 1, "else the comparison shows little"


def test_voices_that_are_missing_are_named_when_enough_people_say_so() -> None:
    round_ = asked("r", SIZES)
    found = drawn(answers(round_, SIZES, 12, 3), round_).voices
    (papers,) = [c for c in found.named if c.name == "People without papers"]
    assert not papers.heard and isinstance(papers.times, Shown) and papers.times.value >= 10
    empty = [c.name for c in found.cells if c.answered is NOBODY]
    assert empty == ["People without papers"]
    carers = next(c for c in found.cells if c.voice == "carers")
    assert isinstance(carers.response, Shown) and (carers.response.value, carers.response.low, carers.response.high) == (4, 2, 7)
    assert isinstance(carers.share, Shown) and carers.share.value < 0.5


def test_reliability_is_said_from_thirty_people_on() -> None:
    few, many = {"hosp": (20, 0)}, {"hosp": (40, 0)}
    assert set(drawn(answers(asked("r", few), few, 0, 1), asked("r", few)).together) <= {CANNOT, HIDDEN}
    assert any(isinstance(f, Shown) for f in drawn(answers(asked("r", many), many, 0, 1), asked("r", many)).together)


def test_a_round_is_decided_on_alike_from_its_own_pages_and_from_those_of_the_next() -> None:
    laid = []
    for n in range(4):
        round_ = asked(f"r{n}", SIZES, closes=date(2025, 1 + 2 * n, 1))
        laid.append(respondents(round_, FORD, answers(round_, SIZES, 9, n, codes=5 + 6 * n, silent=0.2)))
    whole = decided(laid)
    for at in range(1, 4):
        window = laid[max(0, at - 2) : at + 2]
        near = dict(zip((r.round.id for r in window), decided(window), strict=True))
        assert (near[f"r{at}"], near[f"r{at - 1}"]) == (whole[at], whole[at - 1])


def test_the_decision_hides_beside_what_is_few() -> None:
    groups = {
        "all": np.ones(22, bool),
        "a": np.arange(22) < 12,
        "b": (np.arange(22) >= 12) & (np.arange(22) < 19),
        "c": np.arange(22) >= 19,
    }
    assert hidden(groups, 5, last=("all",)) == {"b", "c"}  # 12, 7, 3
    assert hidden(groups, 5, begin={"a"}, last=("all",)) == {"a", "c"}  # what is hidden for another reason protects it as well
    assert hidden({}, 5) == frozenset()


def test_no_answers_at_all_is_a_picture_of_holes() -> None:
    found = drawn([], asked("r", SIZES))
    assert {f for some in found.scores.values() for f in some} == {NOBODY}
    assert not [r for r in rows(found) if isinstance(r.figure, Shown) and r.measure != "coverage"]


def test_a_figure_is_rounded_when_it_is_made_and_none_is_made_of_no_number() -> None:
    assert figure(57.4567, 9, "t", interval=(51.2, 63.9)) == Shown(57, 9, 51, 64, "t")
    assert figure(float("nan"), 9, "t") is CANNOT
    assert str(figure(-0.2, 9, "gap")) == str(Shown(0.0, 9, float("nan"), float("nan"), "gap"))
