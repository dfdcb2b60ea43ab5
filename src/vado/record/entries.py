"""What the search index says of a resource: plain walks through its JSON, made once per search parameter. Source: FHIR R4, Search."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from vado.model.fact import FhirJson
from vado.model.person import plain_letters
from vado.model.query import Entries
from vado.terms.searching import Parameter, Where, number, parameters

Canonical = Callable[[float, str], tuple[float, str] | None]  # a quantity in base units
LONGEST = 200  # letters of a value that are compared
EVER = 1 << 52  # milliseconds: beyond every date
_TAILS = 8  # words of a text at which it may be found besides its beginning
_WORD = re.compile(r"(?<=\W)\w")
_UCUM = "http://unitsofmeasure.org"
_MOMENT = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?")
Rows = dict[str, set[Any]]


def entries(resource: FhirJson, canonical: Canonical) -> Entries:
    """Give all that a resource can be found by. `canonical` brings a quantity to base units."""
    rows: Rows = {"token": set(), "reference": set(), "string": set(), "date": set(), "quantity": set()}
    for name, where, put in _extractors(resource["resourceType"]):
        if name in resource:
            for value in _walk(resource, where.steps):
                put(rows, value, canonical)
    if resource["resourceType"] == "Patient":
        died = any(resource.get(k) not in (None, False) for k in ("deceasedBoolean", "deceasedDateTime"))
        rows["token"].add((number("Patient", "deceased"), "true" if died else "false", ""))
        if "active" not in resource:  # nobody said that it is not
            rows["token"].add((number("Patient", "active"), "true", ""))
    return Entries(*(tuple(sorted(rows[k])) for k in ("token", "reference", "string", "date", "quantity")))


@cache
def _extractors(kind: str) -> tuple[tuple[str, Where, Callable[[Rows, Any, Canonical], None]], ...]:
    found = []
    for parameter in parameters(kind).values():
        for where in parameter.where:
            if where.steps and (put := _put(parameter, where)):
                found.append((where.steps[0][0], where, put))
    return tuple(found)


def _walk(value: Any, steps: tuple[tuple[str, str, str], ...]) -> list[Any]:
    found = [value]
    for name, element, wanted in steps:
        inside: list[Any] = []
        for one in found:
            part = one.get(name) if isinstance(one, dict) else None
            if isinstance(part, list):
                inside += [v for v in part if not element or (isinstance(v, dict) and v.get(element) == wanted)]
            else:
                inside.append(part)
        found = [v for v in inside if v is not None]
    return found


def _put(parameter: Parameter, where: Where) -> Callable[[Rows, Any, Canonical], None] | None:
    """Make what writes one value into the rows."""
    p, type_ = parameter.number, parameter.type
    if type_ == "token":
        words = number(parameter.kind, f"{parameter.name}:text")
        kinds = number(parameter.kind, f"{parameter.name}:of-type")
        return lambda rows, v, _: _put_token(rows, (p, words, kinds), where.of, v)
    if type_ == "reference":
        numbers = number(parameter.kind, f"{parameter.name}:identifier")
        return lambda rows, v, _: _put_reference(rows, (p, numbers), where.refers, v)
    if type_ == "string":
        return lambda rows, v, _: rows["string"].update(row for text in _texts(where.of, v) for row in _text_rows(p, text))
    if type_ == "date":
        return lambda rows, v, _: rows["date"].update((p, *span) for span in _spans(where.of, v))
    if type_ in {"quantity", "number"}:
        return lambda rows, v, canonical: rows["quantity"].update((p, *one) for one in _amounts(where.of, v, canonical))
    return lambda rows, v, _: rows["token"].add((p, v[:LONGEST], ""))  # uri


def _put_token(rows: Rows, numbers: tuple[int, int, int], of: str, v: Any) -> None:
    p, words, kinds = numbers
    if of == "CodeableConcept" and isinstance(v, dict):
        for coding in v.get("coding", ()):
            _put_token(rows, numbers, "Coding", coding)
        rows["string"].update(_text_rows(words, v.get("text", "")))
    elif of == "Coding":
        rows["token"].add((p, v.get("code", "")[:LONGEST], v.get("system", "")[:LONGEST]))
        rows["string"].update(_text_rows(words, v.get("display", "")))
    elif of == "Identifier":
        value, system = plain_number(v.get("value", "")), v.get("system", "")[:LONGEST]
        rows["token"] |= {(p, value, system), (p, "", system)}  # the second: somebody has a number of this issuer
        rows["string"].update(_text_rows(words, v.get("type", {}).get("text", "")))
        for coding in v.get("type", {}).get("coding", ()):
            rows["token"].add((kinds, value, f"{coding.get('system', '')}|{coding.get('code', '')}"[:LONGEST]))
    elif of == "ContactPoint":
        value = plain_contact(v.get("value", ""))
        rows["token"].update(
            (p, code, v.get("use", "")) for code in {value, value[-9:] if value.isdigit() or value[:1] == "+" else value}
        )
    else:
        rows["token"].add((p, str(v).casefold() if isinstance(v, bool) else str(v)[:LONGEST], ""))


def _put_reference(rows: Rows, numbers: tuple[int, int], refers: str, v: Any) -> None:
    p, by_number = numbers
    text = v if isinstance(v, str) else v.get("reference", "")
    target = plain_reference(text)
    if target and (not refers or target.startswith(f"{refers}/") or f"/{refers}/" in target):
        rows["reference"].add((p, target))
    logical = v.get("identifier") if isinstance(v, dict) else None
    if logical:
        rows["token"].add((by_number, plain_number(logical.get("value", "")), logical.get("system", "")[:LONGEST]))


def plain_reference(text: str) -> str:
    """Give what a reference refers to, of any version: 'Patient/1', or an absolute address; '' when it is contained."""
    return "" if text.startswith("#") else text.partition("/_history/")[0].partition("|")[0][:LONGEST]


def plain_number(value: str) -> str:
    """Give a number without case, spaces and hyphens, which do not count."""
    return "".join(c for c in value.casefold() if c.isalnum())[:LONGEST]


def plain_contact(value: str) -> str:
    """Give a telephone number or e-mail address without case, spaces and brackets."""
    return re.sub(r"[^\w@.+]", "", value).casefold()[:LONGEST]


# texts


def _texts(of: str, v: Any) -> Iterable[str]:
    if isinstance(v, str):
        return (v,)
    names = {"HumanName": ("family", "given", "text", "prefix", "suffix"), "Address": _ADDRESS}.get(of, ())
    return tuple(s for k in names for s in (v.get(k, ()) if isinstance(v.get(k), list) else (v.get(k),)) if isinstance(s, str))


_ADDRESS = ("line", "city", "district", "state", "postalCode", "country", "text")


def _text_rows(p: int, text: str) -> Iterator[tuple[int, str, str]]:
    """Give a text as it is found by its beginning, and by that of each of its first words."""
    plain = plain_text(text)
    if plain:
        yield p, plain, text[:LONGEST]
        if len(plain) > 1 and not plain.isalnum():
            for found in islice(_WORD.finditer(plain), _TAILS):
                yield p, plain[found.start() :], ""


def plain_text(text: str) -> str:
    """Give a text in plain letters, spaces in one."""
    return " ".join(plain_letters(text).split())[:LONGEST]


# dates


def span(text: str) -> tuple[int, int] | None:
    """Give a FHIR date, dateTime or instant as milliseconds (from, until), until not included; None when it is none.

    A time without zone is taken as UTC.
    """
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, part, zone = found.groups()
    try:
        at = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), min(int(second or 0), 59), tzinfo=UTC
        )
        if zone and zone != "Z":
            at -= timedelta(hours=int(zone[1:3]), minutes=int(zone[4:])) * (-1 if zone[0] == "-" else 1)
        low = round(at.timestamp() * 1000) + int((part or "0")[:3].ljust(3, "0"))
        if not month or not day:
            year_, month_ = (int(year) + 1, 1) if not month or month == "12" else (int(year), int(month) + 1)
            return low, round(datetime(year_, month_, 1, tzinfo=UTC).timestamp() * 1000) if year_ < 10_000 else EVER
    except (ValueError, OverflowError):
        return None
    return low, low + (86_400_000 if not hour else 60_000 if not second else 1_000 if not part else 1)


def _spans(of: str, v: Any) -> Iterator[tuple[int, int]]:
    if isinstance(v, str):
        if found := span(v):
            yield found
    elif of == "Period":
        start, end = span(v.get("start", "")), span(v.get("end", ""))
        if start or end:
            yield start[0] if start else -EVER, end[1] if end else EVER
    elif of == "Timing":
        events = [s for s in map(span, filter(None, v.get("event", ()))) if s]
        if events:
            yield min(s[0] for s in events), max(s[1] for s in events)
        yield from _spans("Period", v.get("repeat", {}).get("boundsPeriod", {}))


# quantities


def _amounts(of: str, v: Any, canonical: Canonical) -> Iterator[tuple[str, float, float]]:
    """Give (unit, from, to): as said without any unit, in base units where UCUM has them, else by its own unit."""
    if isinstance(v, int | float):
        yield "", float(v), float(v)
    elif of == "Range":
        ends = [v.get("low", {}), v.get("high", {})]
        values = [e.get("value") for e in ends]
        unit = next((e for e in ends if e.get("code")), {})
        low, high = values[0] if values[0] is not None else -1e300, values[1] if values[1] is not None else 1e300
        yield from _in_units(low, high, unit.get("system", ""), unit.get("code", ""), canonical)
    elif isinstance(v, dict) and isinstance(v.get("value"), int | float):
        unit = v.get("code") or v.get("unit") or v.get("currency") or ""
        yield from _in_units(v["value"], v["value"], v.get("system", ""), unit, canonical)


def _in_units(low: float, high: float, system: str, unit: str, canonical: Canonical) -> Iterator[tuple[str, float, float]]:
    yield "", float(low), float(high)
    if unit:
        one, other = (in_base(x, system, unit, canonical) for x in (low, high))
        yield one[0], one[1], other[1]


def in_base(value: float, system: str, unit: str, canonical: Canonical) -> tuple[str, float]:
    """Give (unit, value) as the index has it: '=kilogram' in base units where the unit is UCUM, else the unit as said."""
    found = canonical(float(value), unit) if system in ("", _UCUM) and abs(value) < 1e300 else None
    return (f"={found[1]}"[:LONGEST], float(f"{found[0]:.12g}")) if found else (unit[:LONGEST], float(value))
