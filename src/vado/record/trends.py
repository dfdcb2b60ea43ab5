"""Results put together test by test, each value with its unit and range, for tables and for charts. Units are never mixed on one axis."""

from collections.abc import Iterable
from dataclasses import dataclass

from vado.model.fact import Fact, FhirJson
from vado.model.record import Line
from vado.model.review import from_pixels
from vado.record import words

_OUT = {"H", "HH", "HU", "L", "LL", "LU", "A", "AA", "<", ">"}  # HL7 v2 table 0078: beyond the range, or abnormal
_IN = {"N", "NEG", "ND"}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a test."""

    fact: Fact
    when: str  # FHIR dateTime of its own precision; "": not said
    says: str  # with unit, as written
    number: float | None  # to draw; None: words, or '<5'
    unit: str
    low: float | None
    high: float | None
    range: str  # as written
    flag: str  # the laboratory's own word: 'high'; "" none
    out: bool  # beyond the range, by the laboratory's word or by its own range
    disputed: bool  # another partner says otherwise of the same time
    unreviewed: bool


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one test in one unit that can be drawn, oldest first."""

    unit: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """All values of one test, newest first."""

    name: str
    values: tuple[Value, ...]

    @property
    def id(self) -> str:
        """Name it by the fact of its newest value: an address holds no patient's data."""
        return self.values[0].fact.id

    @property
    def series(self) -> tuple[Series, ...]:
        """Give what can be drawn, unit by unit, the unit of the newest value first."""
        found: dict[str, list[Value]] = {}
        for v in self.values:
            if v.number is not None and len(v.when) >= len("2026"):
                found.setdefault(v.unit, []).append(v)
        return tuple(Series(unit, tuple(reversed(some))) for unit, some in found.items())


def tests(lines: Iterable[Line]) -> tuple[Test, ...]:
    """Put values together by what was measured, the test with the newest value first, then by name.

    A code joins; words join what has no code, and a coded test only where one code alone goes by them: glucose in blood and
    in urine stay apart.
    """
    found: dict[str, list[tuple[str, Value]]] = {}
    named: dict[str, set[str]] = {}
    for line in lines:
        for fact in (line.shown, *line.conflicts):
            if fact.kind == "Observation":
                for key, name, value in _values(line, fact):
                    found.setdefault(key, []).append((name, value))
                    named.setdefault(f"words {words_of(name)}", set()).add(key)
    for plain, keys in named.items():
        coded = keys - {plain}
        if plain in found and len(coded) == 1:
            found[coded.pop()] += found.pop(plain)
    made = [_test(some) for some in found.values()]
    by_name = sorted(made, key=lambda t: t.name.casefold())
    return tuple(sorted(by_name, key=lambda t: t.values[0].when[:10], reverse=True))


def is_out(observation: FhirJson) -> bool:
    """Say whether the laboratory calls a value abnormal or beyond its range."""
    return any(
        c.get("code") in _OUT for i in observation.get("interpretation", ()) if isinstance(i, dict) for c in i.get("coding", ())
    )


def words_of(name: str) -> str:
    """Fold a name for comparison."""
    return " ".join(name.casefold().split())


def _test(some: list[tuple[str, Value]]) -> Test:
    names = [name for name, _ in some]
    ordered = sorted((v for _, v in some), key=lambda v: (v.when, v.fact.id), reverse=True)
    return Test(max(names, key=lambda n: (names.count(n), n)), tuple(ordered))


def _values(line: Line, fact: Fact) -> Iterable[tuple[str, str, Value]]:
    """Give (key, name, value) of an observation, and of each of its components."""
    r = fact.resource
    if any(k.startswith("value") for k in r) or "dataAbsentReason" in r:
        yield _key(r.get("code"), line.title), words.text(r.get("code")) or line.title, _value(line, fact, r)
    for part in r.get("component", ()):
        name = words.text(part.get("code"))
        yield _key(part.get("code"), name), name, _value(line, fact, part)


def _key(code: FhirJson | None, name: str) -> str:
    coded = next((c for c in (code or {}).get("coding", ()) if c.get("system") and c.get("code")), None)
    return f"{coded['system']}|{coded['code']}" if coded else f"words {words_of(name)}"


def _value(line: Line, fact: Fact, part: FhirJson) -> Value:
    quantity = part.get("valueQuantity") or {}
    number = quantity.get("value")
    drawn = float(number) if isinstance(number, int | float) and not quantity.get("comparator") else None
    unit = quantity.get("unit") or quantity.get("code") or ""
    ranges = part.get("referenceRange") or ({},)
    low, high = (_end(ranges[0], end, unit) for end in ("low", "high"))
    flags = [i for i in part.get("interpretation", ()) if isinstance(i, dict)]
    codes = {c.get("code") for i in flags for c in i.get("coding", ())}
    beyond = drawn is not None and ((low is not None and drawn < low) or (high is not None and drawn > high))
    return Value(
        fact, words.when(fact.resource), words.value(part) or words.text(part.get("dataAbsentReason")), drawn, unit, low, high,
        _range(ranges[0]), "" if codes & _IN else ", ".join(t for i in flags if (t := words.text(i))),
        bool(codes & _OUT) or (beyond and not codes & _IN), bool(line.conflicts),
        from_pixels(fact.evidence) and not fact.evidence.reviewed,
    )  # fmt: skip


def _end(told: FhirJson, name: str, unit: str) -> float | None:
    """Give an end of a range in the unit of the value; None where it is told in another."""
    end = told.get(name) or {}
    value = end.get("value")
    said = end.get("unit") or end.get("code") or unit
    return float(value) if isinstance(value, int | float) and (said == unit or end.get("code") == unit) else None


def _range(told: FhirJson) -> str:
    if told.get("text"):
        return told["text"]
    low, high = (str((told.get(end) or {}).get("value", "")) for end in ("low", "high"))
    return f"{low} – {high}" if low and high else f"≥ {low}" if low else f"≤ {high}" if high else ""
