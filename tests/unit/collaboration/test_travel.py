"""Months and rounds, reckoned by hand; the month that is not over and the round with too few answers say nothing."""

from datetime import date

import numpy as np

from spoken import answers, asked
from vado.collaboration.instrument import shipped
from vado.collaboration.picture import SYSTEM, picture
from vado.collaboration.respondents import respondents
from vado.collaboration.shown import Shown
from vado.collaboration.travel import MONTHS, Series, of_exchange, of_people, rungs_by_month, scored, whole_months
from vado.model.flow import Flow, Monthly, Of
from vado.model.original import PartnerId
from vado.model.reading import Fidelity

A, B = PartnerId("a"), PartnerId("b")
TODAY = date(2026, 4, 20)


def values(month: str, rung: Fidelity, n: int) -> tuple[Flow, int]:
    return Flow(Of.VALUES, A, month, fidelity=rung), n


def test_months_are_those_that_are_over_with_none_left_out() -> None:
    assert whole_months("2025-11", TODAY) == ("2025-11", "2025-12", "2026-01", "2026-02", "2026-03")
    assert whole_months("2026-04", TODAY) == ()
    assert len(whole_months("2000-01", TODAY)) == MONTHS


def test_what_the_exchange_shows_by_month() -> None:
    came = [(Flow(Of.ORIGINALS, A, "2026-01"), 4), (Flow(Of.ORIGINALS, B, "2026-03"), 2), (Flow(Of.ORIGINALS, B, "2026-04"), 9)]
    told = [values("2026-01", Fidelity.TEXT, 30), values("2026-01", Fidelity.CODED, 10), values("2026-03", Fidelity.FIELDS, 7)]
    sent = [(Flow(Of.DELIVERIES, A, "2026-03"), 5)]
    found = {s.id: dict(s.points) for s in of_exchange(came, told, sent, TODAY)}
    assert found["live"] == {"2026-01": 1, "2026-02": 0, "2026-03": 2}
    assert found["originals"] == {"2026-01": 4, "2026-02": 0, "2026-03": 2}
    assert found["sent"] == {"2026-01": 0, "2026-02": 0, "2026-03": 5}
    assert found["fields"] == {"2026-01": 25, "2026-03": 100}, "nothing came in February: it has no share"
    assert rungs_by_month(told, ("2026-01", "2026-03"))[Fidelity.TEXT] == (30, 0)
    assert of_exchange([], [], [], TODAY)[0].points == ()


def test_each_series_has_its_word() -> None:
    def word(*said: float) -> str:
        return Series("s", tuple((str(n), v) for n, v in enumerate(said))).word

    assert word(1, 2, 3, 4, 5) == "too early"
    assert word(1, 2, 3, 4, 5, 6, 7, 8) == "towards" and word(8, 7, 6, 5, 4, 3, 2, 1) == "away"
    assert word(3, 5, 4, 3, 5, 4, 4, 3) == "steady"


def test_what_was_counted_of_people_by_month() -> None:
    kept = Monthly(
        persons=(("2025-11", 3, 0), ("2025-12", 17, 4), ("2026-02", 10, 11), ("2026-03", 0, 2)), lags=(("2026-01", 30.0, 9), ("2026-02", 4.0, 2)),
        reviewed=(("2026-01", 3), ("2026-02", 1)), looks=(("2026-02", 7),), citizens=(("2026-01", 5), ("2026-02", 4)),
    )  # fmt: skip
    told = Series("values", (("2025-12", 0.0), ("2026-01", 12.0), ("2026-02", 50.0)))
    found = {s.id: dict(s.points) for s in of_people(kept, told, ("2025-12", "2026-01", "2026-02"))}
    assert found["joined"] == {"2025-12": 20, "2026-01": 20, "2026-02": 50}, "who was known before the first month counts"
    assert found["hours"] == {"2026-01": 30}, "of two values nothing is said"
    assert found["review"] == {"2026-01": 25, "2026-02": 2}, "a month without values has no burden"
    assert found["looks"] == {"2025-12": 0, "2026-01": 0, "2026-02": 7}
    assert found["citizens"] == {"2026-01": 5}, "four are not told"


def test_less_may_be_better() -> None:
    fewer = tuple((str(n), float(9 - n)) for n in range(8))
    assert Series("hours", fewer, less=True).word == "towards" and Series("looks", fewer).word == "away"


def test_rounds_are_told_of_as_their_own_pages_tell() -> None:
    """The means are those of the pictures, one word for one figure; what is hidden there has no point."""
    sizes = {"hosp": (12, 6), "gp": (9, 6)}
    some, few = asked("1", sizes, closes=date(2026, 1, 1)), asked("2", {"hosp": (2, 1)}, closes=date(2026, 3, 1))
    laid = [
        respondents(some, shipped(), answers(some, sizes, 0, 3)), respondents(few, shipped(), answers(few, {"hosp": (2, 1)}, 0, 4)),
    ]  # fmt: skip
    drawn = [(r, picture(laid, n, np.random.default_rng(1))) for n, r in enumerate((some, few))]
    found = scored(drawn)
    assert [s.dimension for s in found] == [d.id for d in shipped().dimensions]
    for n, s in enumerate(found):
        whole = drawn[0][1].scores[SYSTEM][n]
        assert isinstance(whole, Shown) and s.series.points == (("1", whole.value),)
        assert (s.behind, s.hidden) == ((whole.n,), ("2",))
    assert scored([]) == ()
