"""Moments are written by the clock of the place, days are days of that clock, and what has no clock stays as it is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from vado.tools.written import day_of, hours, written

MADRID, LATE = ZoneInfo("Europe/Madrid"), datetime(2026, 6, 30, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "language", "said"),
    [
        (LATE, "en", "1 Jul 2026, 00:30"),
        (LATE, "es", "1 jul 2026, 00:30"),
        (LATE.isoformat(), "en", "1 Jul 2026, 00:30"),
        ("2026-06-30T22:30:00Z", "en", "1 Jul 2026, 00:30"),
        ("2026-01-15T08:00:00-05:00", "en", "15 Jan 2026, 14:00"),
        ("2026-06-30", "en", "30 Jun 2026"),
        ("2026-06", "es", "jun 2026"),
        ("2026", "en", "2026"),
        ("2026-06-30T22:30:00", "en", "30 Jun 2026, 22:30"),
        ("yesterday at noon", "en", "yesterday at noon"),
        (None, "en", ""),
    ],
)
def test_a_moment_is_written_by_the_clock_of_the_place(when: str | datetime | None, language: str, said: str) -> None:
    assert written(when, language, MADRID) == said


def test_utc_is_marked_and_leaves_what_was_told_by_the_clock_of_its_source() -> None:
    assert written(LATE, "en") == "30 Jun 2026, 22:30 UTC"
    assert written("2026-01-15T08:00:00-05:00", "en") == "15 Jan 2026, 08:00"


@pytest.mark.parametrize(
    ("when", "day"),
    [
        (LATE, "2026-07-01"), (LATE.isoformat(), "2026-07-01"), ("2026-06-30", "2026-06-30"), ("2026-06", "2026-06"), ("", ""),
        ("2026-06-30Tnoon", "2026-06-30"), (datetime(2026, 6, 30, 23), "2026-06-30"),  # noqa: DTZ001 - nobody said by which clock
    ],
)  # fmt: skip
def test_a_day_is_a_day_of_that_clock(when: str | datetime, day: str) -> None:
    assert day_of(when, MADRID) == day


def test_from_when_to_when() -> None:
    assert hours(LATE, LATE.replace(minute=45), MADRID) == "00:30–00:45"
    assert hours(LATE, LATE.replace(second=9)) == "22:30 UTC"
