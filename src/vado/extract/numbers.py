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


_UNITS = (
    "cero", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece", "catorce",
    "quince", "dieciseis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiun", "veintidos", "veintitres", "veinticuatro",
    "veinticinco", "veintiseis", "veintisiete", "veintiocho", "veintinueve",
)  # fmt: skip
_WORDS = (
    {word: n for n, word in enumerate(_UNITS)}
    | {
        "uno": 1,
        "primero": 1,
        "veintiuno": 21,
        "cien": 100,
        "ciento": 100,
        "quinientos": 500,
        "setecientos": 700,
        "novecientos": 900,
    }
    | {
        word: 30 + 10 * n
        for n, word in enumerate(["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"])
    }
    | {f"{word}cientos": 100 * n for n, word in enumerate(_UNITS[:10]) if n in (2, 3, 4, 6, 8)}
)


def in_words(text: str) -> int | None:
    """Give the number that Spanish words say, in plain letters: 'mil novecientos sesenta y dos', up to 2999; None: they say none."""
    words = [w for w in text.split() if w != "y"]
    total = part = 0
    last = 1000  # parts of a number get smaller: 'dos mil tres', never 'tres dos'
    for word in words:
        if word == "mil" and not total:
            total, part, last = 1000 * (part or 1), 0, 1000
        elif (value := _WORDS.get(word)) is not None and value < last:
            part, last = part + value, 100 if value >= 100 else 10 if value >= 30 else 1
        else:
            return None
    return total + part if words and total + part < 3000 else None
