"""Cells as the partner writes them: dates, numbers, and text that no spreadsheet takes for a formula.

A cell that begins with = + - @ (or their full-width forms), a tab or a line end is run as a formula by spreadsheets that open a CSV. An
apostrophe is put before it; also inside a cell after anything that a spreadsheet may take for the end of a cell, because it may cut the line
at another mark than ours. Numbers that Vado writes as numbers stay as they are. Source: OWASP, CSV Injection.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from vado.model.partner import PartnerProfile

LONGEST = 32_767  # characters that a cell of Excel holds
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_FORMULA = re.compile('(^|[,;|\t\r\n"])([ \u00a0]*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])')
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_COMPARED = re.compile(r"[<>]=?-?\d+\.\d+")
_ORDERS = {"dmy": "{2}/{1}/{0}", "mdy": "{1}/{2}/{0}", "ymd": "{0}-{1}-{2}"}
_TIMED = frozenset(("dateTime", "instant", "date"))


@dataclass(frozen=True, slots=True)
class Style:
    """How a partner writes."""

    dates: str  # 'dmy', 'mdy', 'ymd'
    decimal: str  # '.' or ','
    timezone: str | None

    @classmethod
    def of(cls, options: Mapping[str, Any], layout: Mapping[str, Any] | None, partner: PartnerProfile) -> "Style":
        """Read it from the wish, else from its layout, else from the profile."""
        named = layout or {}
        return cls(
            options.get("dates") or named.get("dates") or partner.dates,
            options.get("decimal") or named.get("decimal") or ".",
            partner.timezone,
        )


def written(value: Any, kind: str, style: Style) -> str | int | float:
    """Give a cell: a number stays one; dates in the partner's order and zone, as exact as they were told."""
    if isinstance(value, int | float):
        return value
    text = _CONTROL.sub(" ", str(value))
    if kind in _TIMED or kind == "when":
        return _dated(text, style)
    if kind == "value" and _COMPARED.fullmatch(text):
        return text.replace(".", style.decimal)
    return text


def figures(number: int | float, style: Style) -> str:
    """Write a number with the partner's decimal mark, without an exponent."""
    return format(Decimal(str(number)), "f").replace(".", style.decimal)


def neutral(text: str) -> str:
    """Put an apostrophe before all that a spreadsheet could run."""
    return _FORMULA.sub(lambda m: f"{m[1] or ''}'{m[2] or ''}", text)


def _dated(text: str, style: Style) -> str:
    if match := _DATE.fullmatch(text):
        return _ORDERS[style.dates].format(*match.groups()) if match[3] else text
    if _MOMENT.fullmatch(text):
        at = datetime.fromisoformat(text)
        local = at.astimezone(ZoneInfo(style.timezone)) if style.timezone else at
        day = _ORDERS[style.dates].format(f"{local:%Y}", f"{local:%m}", f"{local:%d}")
        offset = "" if style.timezone else f"{local:%z}"
        return f"{day} {local:%H:%M:%S}" + (f" {offset[:3]}:{offset[3:]}" if offset else "")
    return text
