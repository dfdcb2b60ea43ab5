"""Dates as the reader's language writes them, by the clock of the place that shows them."""

from datetime import UTC, date, datetime, tzinfo

from babel.dates import format_date, format_datetime

_DAY = len("2026-01-02")


def written(when: str | datetime | None, language: str, zone: tzinfo = UTC) -> str:
    """Write a FHIR date or dateTime, or a moment, at its own precision; '' for none, as it is when it is neither.

    A moment is written by the clock of `zone`. In UTC, where no place has said where it is, a moment is marked as UTC, and what a
    source told stays by the source's own clock.
    """
    if not when:
        return ""
    if isinstance(when, datetime):
        return format_datetime(_by(when, zone), "d MMM y, HH:mm", locale=language) + _mark(zone if when.tzinfo else None)
    try:
        if len(when) == len("2026-01"):
            return format_date(date.fromisoformat(f"{when}-01"), "MMM y", locale=language)
        if len(when) == _DAY:
            return format_date(date.fromisoformat(when), "d MMM y", locale=language)
        return format_datetime(_told(when, zone), "d MMM y, HH:mm", locale=language) if len(when) > _DAY else when
    except ValueError:
        return when


def day_of(when: str | datetime | None, zone: tzinfo = UTC) -> str:
    """Give the day of the same as YYYY-MM-DD by the clock of `zone`; YYYY-MM or YYYY where no more was told; '' for none."""
    if not when:
        return ""
    if isinstance(when, datetime):
        return _by(when, zone).date().isoformat()
    try:
        return _told(when, zone).date().isoformat() if len(when) > _DAY else when
    except ValueError:
        return when[:_DAY]


def hours(first: datetime, last: datetime, zone: tzinfo = UTC) -> str:
    """Write from when to when on one day: '10:05–11:20', '10:05' where both are in one minute."""
    return "–".join(dict.fromkeys(f"{_by(at, zone):%H:%M}" for at in (first, last))) + _mark(zone)


def _told(when: str, zone: tzinfo) -> datetime:
    told = datetime.fromisoformat(when)
    return told if zone is UTC else _by(told, zone)


def _by(at: datetime, zone: tzinfo) -> datetime:
    """Put a moment on the clock of the zone; one of which nobody said by which clock it is stays."""
    return at.astimezone(zone) if at.tzinfo else at


def _mark(zone: tzinfo | None) -> str:
    return " UTC" if zone is UTC else ""
