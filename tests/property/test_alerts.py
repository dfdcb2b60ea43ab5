"""Alerts: the chance is the one of the book, worse is never judged better, and a quiet partner is left alone."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vado.model.original import PartnerId
from vado.model.traffic import FEWEST, PAST, Outcome, alerts, hour_of, tail

NOW = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)
GP = PartnerId("gp")
SMALL = st.integers(0, 40)


def rising(start: int, times: int) -> int:
    product = 1
    for n in range(times):
        product *= start + n
    return product


def exact(failed: int, of: int, failed_before: int, before: int) -> Fraction:
    """The same in whole numbers: B(k+a, n-k+b)/B(a, b) by rising factorials."""
    a, b = failed_before + 1, before - failed_before + 19
    terms = (Fraction(comb(of, k) * rising(a, k) * rising(b, of - k), rising(a + b, of)) for k in range(failed, of + 1))
    return sum(terms, Fraction(0))


@given(of=SMALL, before=SMALL, data=st.data())
def test_the_chance_is_exact(of: int, before: int, data: st.DataObject) -> None:
    failed, failed_before = data.draw(st.integers(0, of)), data.draw(st.integers(0, before))
    assert isclose(tail(failed, of, failed_before, before), float(exact(failed, of, failed_before, before)), rel_tol=1e-9)


def test_where_all_failed_before_it_is_no_news_that_many_fail() -> None:
    """Far under what was to be expected the first chance is too small for a number: it must not be taken for the sum."""
    assert tail(739, 1129, 6550, 6550) == tail(10, 1129, 6500, 6550) == 1.0


@given(of=st.integers(1, 5000), before=st.integers(0, 100_000), data=st.data())
def test_worse_is_never_judged_better(of: int, before: int, data: st.DataObject) -> None:
    failed, failed_before = data.draw(st.integers(0, of - 1)), data.draw(st.integers(0, before))
    here = tail(failed, of, failed_before, before)
    assert 0 <= here <= 1
    assert tail(failed + 1, of, failed_before, before) <= here * (1 + 1e-9), "more failures"
    assert tail(failed, of + 1, failed_before, before) >= here * (1 - 1e-9), "more that arrived"
    if failed_before < before:
        assert tail(failed, of, failed_before + 1, before) >= here * (1 - 1e-9), "more that is usual"


def told(now: tuple[int, int], before: tuple[int, int], hours: int = 30) -> list[Outcome]:
    then = hour_of(NOW - timedelta(hours=hours))
    counts = ((then, *before), (hour_of(NOW), *now))
    pairs = ((h, bad, all_ - bad) for h, bad, all_ in counts)
    return [o for h, bad, good in pairs for o in (Outcome(GP, "mllp", h, "IN-002", bad), Outcome(GP, "mllp", h, "", good))]


@pytest.mark.parametrize(
    ("now", "before", "alarm"),
    [
        ((FEWEST - 1, FEWEST - 1), (0, 10_000), False),  # too few to say anything
        ((FEWEST, FEWEST), (0, 10_000), True),
        ((5, 500), (100, 10_000), False),  # one in a hundred, as ever
        ((30, 500), (100, 10_000), True),
        ((400, 500), (8_000, 10_000), False),  # a partner who always sends much that no bridge reads
        ((3, 20), (0, 0), False),  # new here
        ((15, 20), (0, 0), True),
    ],
)
def test_the_rule(now: tuple[int, int], before: tuple[int, int], alarm: bool) -> None:
    found = alerts(told(now, before), NOW)
    assert bool(found) == alarm
    if found:
        (a,) = found
        assert (a.partner, a.channel, a.failed, a.of) == (GP, "mllp", *now)
        assert a.usual == (before[0] / before[1] if before[1] else 0)


def test_what_is_long_past_does_not_count_and_channels_are_told_apart() -> None:
    long_ago = told((20, 40), (5_000, 10_000), hours=int(PAST.total_seconds() / 3600) + 2)
    assert alerts(long_ago, NOW)
    assert not alerts(told((20, 40), (5_000, 10_000)), NOW)
    other = [Outcome(GP, "folder", hour_of(NOW), "", 10_000)]
    assert [a.channel for a in alerts([*long_ago, *other], NOW)] == ["mllp"]


@given(st.lists(st.builds(Outcome, st.sampled_from([GP, PartnerId("council")]), st.sampled_from(["mllp", "mail"]),
    st.integers(0, 900).map(lambda h: hour_of(NOW - timedelta(hours=h))), st.sampled_from(["", "IN-002"]), st.integers(0, 50))))  # fmt: skip
def test_the_order_of_what_was_counted_does_not_matter(outcomes: list[Outcome]) -> None:
    assert alerts(outcomes, NOW) == alerts(outcomes[::-1], NOW)
