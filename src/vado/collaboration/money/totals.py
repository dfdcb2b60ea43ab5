"""Which rows of a table are totals of other rows: those that say so and nothing else.

A cell says "total" when one of its words means it, and all others only say of what: a year ("Subtotal 2027", "Total year 2", "2026/27"),
costs or benefits, all of it ("Grand total", "Suma total de costes"). Any other word makes it a name: "Total Care" is an organisation,
and so is "Suma 112". What stands in the register is an organisation even where it is called "Total".
"""

import re
from dataclasses import dataclass

from vado.model.person import plain_letters

_TOTAL = {"total", "totals", "totales", "tot", "subtotal", "subtotals", "subtotales", "sum", "sums", "suma", "sumas", "σ", "∑"}
_OF_WHAT = {
    "sub", "grand", "gran", "general", "overall", "all", "everything", "net", "neto", "neta", "todo", "todos", "todas",
    "of", "for", "in", "per", "the", "de", "del", "para", "en", "por", "el", "la", "los", "las", "y", "and",
    "cost", "costs", "coste", "costes", "costo", "costos", "gasto", "gastos", "benefit", "benefits", "beneficio", "beneficios",
    "saving", "savings", "ahorro", "ahorros",
}  # fmt: skip
_PARTS = {"sub", "subtotal", "subtotals", "subtotales"}
_YEARS = {"year", "years", "ano", "anos"}
_WORD = re.compile(r"∑|[^\W_]+")
_YEAR = re.compile(r"(?:fy)?(?:19|20)\d\d|fy\d\d")
_SHORT = re.compile(r"\d{1,2}")  # of a year, after "year" or after another year


@dataclass(frozen=True, slots=True)
class OfWhat:
    """What a total says of itself, beside its columns."""

    words: frozenset[str]
    year: int | None  # counted from the first, which is 0; None: not said
    calendar: bool  # it names a year of the calendar, which lines do not have
    part: bool  # of the rows above it since the last one, not of all


def of_what(text: str) -> OfWhat:
    """Read what a total says that it is of."""
    said = _words(text)
    short = [int(w) for b, w in zip(["", *said], said, strict=False) if b in _YEARS and _SHORT.fullmatch(w)]
    return OfWhat(frozenset(said), short[0] if short else None, any(_YEAR.fullmatch(w) for w in said), bool({*said} & _PARTS))


def _words(text: str) -> list[str]:
    return _WORD.findall(plain_letters(text))


def says_total(text: str) -> bool:
    """Say whether a cell says that its row is a total, and nothing else."""
    said = _words(text)
    before = ["", *said]
    return any(w in _TOTAL for w in said) and all(
        w in _TOTAL | _OF_WHAT | _YEARS or _YEAR.fullmatch(w) or _SHORT.fullmatch(w) and (b in _YEARS or _YEAR.fullmatch(b))
        for b, w in zip(before, said, strict=False)
    )
