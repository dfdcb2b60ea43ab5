"""Months and rounds, reckoned by hand; the month that is not over and the round with too few answers say nothing."""

from datetime import date

from vado.collaboration.instrument import shipped
from vado.collaboration.travel import MONTHS, Series, of_exchange, rungs_by_month, scored, whole_months
from vado.model.flow import Flow, Of
from vado.model.original import PartnerId
from vado.model.reading import Fidelity
from vado.model.survey import Answer, Organisation, Round, Who

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


def test_rounds_are_told_of_by_organisations_of_which_enough_answered() -> None:
    ford = shipped("ford")
    pur = [i.id for i in ford.dimensions[0].items]

    def said(round_: str, voice: str, level: int, n: int, who: Who = Who.PRACTITIONER) -> list[Answer]:
        return [Answer(f"{round_}{voice}{k}", round_, voice, who, dict.fromkeys(pur, level)) for k in range(n)]

    def asked(id_: str) -> Round:
        return Round(id_, id_, "ford|1", TODAY, organisations=(Organisation("h", "H"), Organisation("g", "G")))

    one = [*said("1", "h", 5, 5), *said("1", "g", 3, 10), *said("1", "s", 1, 4), *said("1", "c", 1, 20, Who.CITIZEN)]
    found = scored([(asked("1"), one), (asked("2"), said("2", "h", 4, 4))], ford)[0]
    assert found.series.points == (("1", 75.0),), "100 and 50, each weighing the same; four of a third are too few"
    assert (found.behind, found.hidden) == ((15,), ("2",))
