"""Dates and times as people and programs write them, to FHIR date and dateTime; never a guess."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from vado.extract.fields import written_date

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{2})")
_NUMERIC = re.compile(r"(\d{1,2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?\d{4}")
_TIMED = re.compile(
    r"(?P<day>.+?)[T\s]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_OTHER = {"dmy": "mdy", "mdy": "dmy"}
_SPREADSHEET_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a calendar, not a moment; day 0 of the 1900 date system


def day(text: str, order: str, years_from: int | None = None) -> str | None:
    """Give YYYY-MM-DD, YYYY-MM or YYYY; None when it is no date of this order or does not exist.

    Args:
        text: as written; outer blanks do not matter.
        order: 'dmy', 'mdy' or 'ymd', of dates in figures. ISO 8601 and YYYYMMDD are read in any order.
        years_from: first year that two figures may mean (1930: '29' is 2029, '30' is 1930); None: such a date is none.
    """
    text = text.strip()
    if match := _ISO.fullmatch(text):
        year, month, number = match.groups()
        if number is None:
            return text if 1850 <= int(year) <= 2200 and (month is None or 1 <= int(month) <= 12) else None
        return written_date(text, "ymd")
    if match := _COMPACT.fullmatch(text):
        return written_date("-".join(match.groups()), "ymd") or _in_cells(text, order)
    if years_from is not None and order != "ymd" and (match := _SHORT.fullmatch(text)):
        year = years_from + (int(match[4]) - years_from) % 100
        return written_date(f"{match[1]}/{match[3]}/{year}", order)
    return written_date(text, order)


def _in_cells(text: str, order: str) -> str | None:
    """Read 13061952, a date of a form with a cell for each figure: no YYYYMMDD, since 19 and 20 are no months."""
    return (
        written_date(f"{text[:2]}/{text[2:4]}/{text[4:]}", order) if order != "ymd" and text[4:6] in ("18", "19", "20") else None
    )


def moment(text: str, order: str, zone: str | None, years_from: int | None = None) -> str | None:
    """Give a FHIR dateTime; a time that says no zone gets that of `zone`, an IANA name; with None it is cut to its date."""
    match = _TIMED.fullmatch(text.strip()) if ":" in text or "." in text else None
    if not match:
        return day(text, order, years_from)
    date = day(match["day"], order, years_from)
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if half := match["half"]:
        hour = hour % 12 + (12 if half[0] in "pP" else 0) if 1 <= hour <= 12 else 99
    if not date or len(date) < 10 or hour > 23 or minute > 59 or second > 59:
        return None
    clock = f"{date}T{hour:02}:{minute:02}:{second:02}"
    if said := match["zone"]:
        return (
            clock + (said if said.upper() != "Z" else "Z").replace("z", "Z")
            if ":" in said or len(said) == 1
            else (f"{clock}{said[:3]}:{said[3:]}")
        )
    return datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone)).isoformat() if zone else date


def spreadsheet_day(number: float) -> str | None:
    """Give the date of a spreadsheet's serial number (days since 1899-12-30); a number like a year is that year.

    Source: ECMA-376 part 1, 18.17.4.1 (1900 date base; right from 1 March 1900 on). None: not a date.
    """
    if number == int(number) and 1850 <= number <= 2200:
        return str(int(number))
    if not 3000 <= number <= 110_000:
        return None
    return (_SPREADSHEET_ZERO + timedelta(days=int(number))).date().isoformat()


def doubted(texts: Iterable[str], order: str) -> bool:
    """Say whether a column contradicts the order it is said to have: it holds a day that exists only in the other order."""
    other = _OTHER.get(order)
    return other is not None and any(
        written_date(text, order) is None and written_date(text, other) is not None
        for text in texts
        if _NUMERIC.match(text.strip())
    )


def certain(text: str, order: str) -> bool:
    """Say whether a date can be read in one way only: it has no other meaning with day and month exchanged."""
    day_, _, _ = text.strip().partition(" ")
    other = written_date(day_, _OTHER[order]) if order in _OTHER and _NUMERIC.match(day_) else None
    return other is None or other == written_date(day_, order)
