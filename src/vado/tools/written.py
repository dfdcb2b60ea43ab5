"""Dates as the reader's language writes them."""

from datetime import date, datetime

from babel.dates import format_date, format_datetime


def written(when: str | datetime | None, language: str) -> str:
    """Write a FHIR date or dateTime, or a moment, at its own precision; '' for none, as it is when it is neither."""
    if not when:
        return ""
    if isinstance(when, datetime):
        return format_datetime(when, "d MMM y, HH:mm", locale=language) + (" UTC" if when.tzinfo else "")
    try:
        if len(when) == 7:
            return format_date(date.fromisoformat(f"{when}-01"), "MMM y", locale=language)
        if len(when) == 10:
            return format_date(date.fromisoformat(when), "d MMM y", locale=language)
        return format_datetime(datetime.fromisoformat(when), "d MMM y, HH:mm", locale=language) if len(when) > 10 else when
    except ValueError:
        return when
