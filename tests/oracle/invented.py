"""What does a bundle say that its source does not show? Knows nothing of Vado: only FHIR JSON and the text of the source.

Looked at: codes of code systems that a sender uses, identifiers, names, numbers and days. Not looked at: codes of FHIR's own
vocabularies (a converter has to translate into those), narrative, ids and references.
A hit is a question for a person, not a verdict: a rule may rightly know more than the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from oracle.found import Resource, day, normal

_OWN = re.compile(r"https?://(terminology\.hl7\.org/|hl7\.org/fhir/|unitsofmeasure\.org)|urn:ietf:")
_NUMBER = re.compile(r"\d*\.?\d+")


@dataclass(frozen=True)
class Invented:
    """One value of a bundle that stands nowhere in the source."""

    kind: str  # 'code', 'identifier', 'name', 'number', 'day'
    place: str  # path in the bundle without repeat numbers: 'Observation.code.coding'
    value: str


def invented(source: str, resources: list[Resource]) -> list[Invented]:
    """List each value once that the text of the source does not show."""
    text = normal(_unescaped(source))
    numbers = {_plain(n) for n in _NUMBER.findall(text)}
    digits = re.sub(r"[-/:. ]", "", text)
    told = (t for r in resources for t in _told(r, str(r.get("resourceType"))))
    return [t for t in dict.fromkeys(told) if not _shown(t, text, numbers, digits)]


def _shown(told: Invented, text: str, numbers: set[str], digits: str) -> bool:
    if told.kind == "number":
        return told.value in numbers
    if told.kind == "day":
        return any(d in digits for d in _days(told.value))
    return normal(told.value) in text


def _days(digits: str) -> Iterator[str]:
    """A day and its neighbours: an instant told in another zone may fall on the day before or after."""
    yield digits
    if len(digits) == 8:
        there = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        yield from (f"{there + timedelta(days=n):%Y%m%d}" for n in (-1, 1))


def _told(value: Any, path: str) -> Iterator[Invented]:
    if isinstance(value, list):
        for v in value:
            yield from _told(v, path)
    elif isinstance(value, dict):
        yield from _named(value, path)
        for k, v in value.items():
            if k not in {"text", "id", "meta", "reference", "system"}:
                yield from _told(v, f"{path}.{k}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and path.endswith(".value"):
        yield Invented("number", path, _plain(str(value)))
    elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}(-\d{2}(T.*)?)?", value) and day(value):
        yield Invented("day", path, day(value).removeprefix("day:"))


def _named(value: dict[str, Any], path: str) -> Iterator[Invented]:
    system, code = str(value.get("system", "")), value.get("code")
    if path.endswith("oding") and isinstance(code, str) and not _OWN.match(system):
        yield Invented("code", path, code)
    if path.endswith("dentifier") and isinstance(value.get("value"), str) and not value["value"].startswith("urn:"):
        yield Invented("identifier", path, value["value"])
    if path.endswith(".name"):
        for name in (value.get("family"), *value.get("given", ())):
            if isinstance(name, str):
                yield Invented("name", path, name)


def _plain(number: str) -> str:
    plain = format(abs(Decimal(number)).normalize(), "f")
    return "0" if plain in {"-0", ""} else plain


def _unescaped(source: str) -> str:
    """The characters that HL7 v2 and XML write in another way."""
    for written, meant in (
        ("\\T\\", "&"), ("\\S\\", "^"), ("\\F\\", "|"), ("\\R\\", "~"), ("\\E\\", "\\"),
        ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"),
    ):  # fmt: skip
        source = source.replace(written, meant)
    return source
