"""What is decided of questions that not everybody is asked."""

import numpy as np

from spoken import answers, asked
from vado.collaboration.instrument import shipped
from vado.collaboration.picture import picture
from vado.collaboration.published import decided
from vado.collaboration.respondents import CITIZENS, EVERYBODY, Respondents, respondents
from vado.collaboration.shown import HIDDEN, Shown, Why

FORD = shipped()
MONEY = next(n for n, d in enumerate(FORD.dimensions) if d.id == "MON")


def round_of(practitioners: int, managers: int, citizens: int) -> Respondents:
    sizes = {"hosp": (practitioners, managers)}
    round_ = asked("1", sizes)
    return respondents(round_, FORD, answers(round_, sizes, citizens, 5, silent=0))


def test_citizens_count_with_everybody_though_they_are_not_asked_all() -> None:
    sheet = round_of(12, 6, 9)
    drawn = picture([sheet], 0, np.random.default_rng(1))
    money = {q.item.id: q.means for q in drawn.questions if q.dimension == "MON"}
    told = {id_: tuple(m[g].n if isinstance(m[g], Shown) else None for g in (EVERYBODY, CITIZENS)) for id_, m in money.items()}
    assert told == {"mon1": (27, 9), "mon2": (27, 9), "mon3": (18, None)}, "mon3 is asked of those who work there"
    assert money["mon3"][CITIZENS].why is Why.NOBODY  # type: ignore[union-attr]
    score = drawn.scores[CITIZENS][MONEY]
    assert isinstance(score, Shown) and score.n == 9


def test_a_question_that_citizens_are_not_asked_tells_nothing_of_a_few_managers() -> None:
    """Everybody who was asked without the practitioners would be the two managers."""
    sheet = round_of(12, 2, 7)
    (mine,) = decided([sheet])
    shut = {g for g, d in mine.questions if d == "MON"}
    assert "manager" in shut
    assert {"everybody+manager+practitioner", "practitioner"} & shut
    mon3 = next(q for q in picture([sheet], 0, np.random.default_rng(1)).questions if q.item.id == "mon3")
    assert HIDDEN in (mon3.means[EVERYBODY], mon3.means["practitioner"])
