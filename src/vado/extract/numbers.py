"""Numbers as people write them; never a guess which mark is the decimal one."""

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"(<=|>=|<|>|≤|≥)?\s*([+-]?\d[\d.,'\u00a0\u202f ]*)")
_SIGNS = {"≤": "<=", "≥": ">="}


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and how it is compared: '<', '<=', '>', '>=' or ''."""

    value: int | float
    comparator: str = ""


def number(text: str, decimal: str = "") -> Number | None:
    """Give the number that a text is, whole; None when it is none or when it could be two.

    Args:
        text: as written; '<', '<=', '>', '>=', '≤', '≥' may stand before it.
        decimal: the decimal mark, ',' or '.'; '' when nobody said: then '1,234' is not known and gives None.
    """
    match = _NUMBER.fullmatch(text.strip())
    if not match:
        return None
    digits = re.sub(r"(?<=\d)['\u00a0\u202f ](?=\d{3}(?!\d))", "", match[2].strip())
    if (plain := _with_point(digits, decimal)) is None:
        return None
    sign = match[1] or ""
    return Number(float(plain) if "." in plain else int(plain), _SIGNS.get(sign, sign))


def _with_point(digits: str, decimal: str) -> str | None:
    """Write it with a decimal point and no grouping; None: not a number of this decimal mark."""
    if re.fullmatch(r"[+-]?\d+", digits):
        return digits
    if not decimal:
        marks = set(re.findall(r"[.,]", digits))
        if len(marks) == 2:
            decimal = digits[max(digits.rfind("."), digits.rfind(","))]
        elif re.fullmatch(r"[+-]?[1-9]\d{0,2}(?:[.,]\d{3})+", digits):
            return None  # thousands or decimals: not said
        else:
            decimal = marks.pop() if marks else "."
    group = "." if decimal == "," else ","
    if re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{group}\d{{3}})+(?:\{decimal}\d+)?", digits):
        digits = digits.replace(group, "")
    return digits.replace(decimal, ".") if re.fullmatch(rf"[+-]?\d+(?:\{decimal}\d+)?", digits) else None
