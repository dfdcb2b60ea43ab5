"""A code and a date in one index.

'This result, of everybody, in that month' then takes as long as there are such results, and not as long as there are results of this
kind or things of that month.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from vado.model.query import Criterion, Entries, Span, Token
from vado.terms.searching import dated

_MOST = 20  # codes times dates that are multiplied out


@dataclass(frozen=True, slots=True)
class Dated:
    """A code, and all of these comparisons with the ends of a date."""

    parameter: int  # terms/searching.py: of both together
    code: str = field(repr=False)
    system: str | None
    tests: tuple[tuple[str, str, float], ...]


def rows(entries: Entries, number: int) -> Iterator[tuple[int, str, int, int, int, str]]:
    """Give what stands in `find_dated` of one resource."""
    pairs = dated()
    for parameter, code, system in entries.tokens:
        for by, low, high in entries.dates:
            if both := pairs.get((parameter, by)):
                yield both, code, low, high, number, system


def together(fits: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    """Make one criterion of a code and a date where one index holds both; a further date stays beside it.

    A resource fits both just when it has a row of the index that fits both: each of its codes stands there with each of its dates.
    """
    found = list(fits)
    for n, m in product(range(len(fits)), repeat=2):
        if n != m and (both := _pair(found[n], found[m])):
            found[n] = both
            return together(tuple(c for at, c in enumerate(found) if at != m))
    return fits


def _pair(codes: Criterion, dates: Criterion) -> Criterion | None:
    if codes.never or dates.never or len(codes.any) * len(dates.any) > _MOST:
        return None
    made = tuple(_both(code, date) for code in codes.any for date in dates.any)
    some = tuple(one for one in made if one)
    return replace(codes, any=some) if len(some) == len(made) else None


def _both(code: object, date: object) -> Dated | None:
    if not isinstance(code, Token) or code.code is None or not isinstance(date, Span):
        return None
    parameter = dated().get((code.parameter, date.parameter))
    return Dated(parameter, code.code, code.system, date.tests) if parameter else None
