"""Is a fact of the source in what a converter made? Knows nothing of Vado: only FHIR JSON and plain text.

A source fact is a few tokens (a code, a value, a unit, a day) that belong together. It is found when one resource of a fitting type
holds all of them. Ids and order do not count.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

OR = " <or> "  # between two ways of saying the same in one token
Resource = dict[str, Any]


@dataclass(frozen=True)
class SourceFact:
    """Tokens that belong together, the FHIR types that may hold them, and where they stood."""

    kind: str  # 'result', 'allergy', 'name' ...
    types: tuple[str, ...]  # FHIR types that may hold it; () any
    tokens: tuple[str, ...]  # normal forms, see `normal`
    place: str


def normal(text: str) -> str:
    """Write a value the same way wherever it came from: no case, single blanks, plain numbers, days as digits."""
    text = re.sub(r"\s+", " ", text).strip().casefold()
    try:
        if re.fullmatch(r"[+-]?\d*\.?\d+(?:e[+-]?\d{1,3})?|[+-]?\d+\.", text) and (len(text) < 8 or "e" in text):
            return _number(Decimal(text))
        return text
    except InvalidOperation:
        return text


def day(text: str) -> str:
    """Give a date or time as the digits of its day, or of the year or month when that is all; '' when it is none."""
    match = re.match(r"(\d{4})-?(\d{2})?-?(\d{2})?", text.strip())
    if not match or not 1800 <= int(match[1]) <= 2200:
        return ""
    try:
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return ""
    return "day:" + "".join(g for g in match.groups() if g)


def found(facts: Iterable[SourceFact], resources: list[Resource]) -> list[bool]:
    """Say of each fact whether it is there."""
    held = [(str(r.get("resourceType")), *_leaves(r)) for r in resources]
    by_id = {f"{r.get('resourceType')}/{r.get('id')}": n for n, r in enumerate(resources)}
    wider = [_with_near(n, r, held, by_id) for n, r in enumerate(resources)]
    return [any((not f.types or kind in f.types) and _holds(f, exact, text) for kind, exact, text in wider) for f in facts]


def _holds(fact: SourceFact, exact: frozenset[str], text: str) -> bool:
    return all(any(_there(one, exact, text) for one in t.split(OR)) for t in fact.tokens)


def _there(token: str, exact: frozenset[str], text: str) -> bool:
    if token.startswith("day:"):
        return any(x.startswith(token) for x in exact)
    return token in exact or (len(token) > 3 and token in text)


def _with_near(
    n: int, r: Resource, held: list[tuple[str, frozenset[str], str]], by_id: dict[str, int]
) -> tuple[str, frozenset[str], str]:
    """A resource with the medication, location, organisation or person that it points to: where a fact may be split."""
    kind, exact, text = held[n]
    for reference in _references(r):
        m = by_id.get(reference)
        if (
            m is not None
            and m != n
            and held[m][0]
            in {"Medication", "Location", "Organization", "Practitioner", "PractitionerRole", "Device", "Condition"}
        ):
            exact, text = exact | held[m][1], text + "\n" + held[m][2]
    return kind, exact, text


def _references(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for k, v in value.items():
            if k == "reference" and isinstance(v, str):
                yield v
            else:
                yield from _references(v)
    elif isinstance(value, list):
        for v in value:
            yield from _references(v)


def _leaves(value: Any) -> tuple[frozenset[str], str]:
    found_: set[str] = set()
    texts: list[str] = []
    stack = [value]
    while stack:
        x = stack.pop()
        if isinstance(x, dict):
            stack += x.values()
            found_.update(k.lower() for k in x)  # FHIR says some things by naming an element
        elif isinstance(x, list):
            stack += x
        elif isinstance(x, bool):
            found_.add(str(x).lower())
        elif isinstance(x, (int, float)):
            found_.add(_number(Decimal(str(x))))
        elif isinstance(x, str):
            found_.add(normal(x))
            texts.append(normal(re.sub(r"<[^>]+>", " ", x)))
            if d := day(x):
                found_.add(d)
    return frozenset(found_), "\n".join(texts)


def _number(value: Decimal) -> str:
    plain = format(value.normalize(), "f")
    return "0" if plain in {"-0", ""} else plain


def dangling(resources: list[Resource]) -> list[str]:
    """List relative references to resources that are not there."""
    present = {f"{r.get('resourceType')}/{r.get('id')}" for r in resources}
    return [
        x
        for r in resources
        for x in _references(r)
        if re.fullmatch(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}", x) and x not in present
    ]
