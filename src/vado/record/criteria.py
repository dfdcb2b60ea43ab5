"""From one search parameter with its value to criteria of the index. Source: FHIR R4, Search."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

from vado.errors import VadoError
from vado.model.query import Chain, Changed, Criterion, Has, Named, Present, Reference, Span, Test, Text, Token
from vado.record.entries import (
    LONGEST,
    Canonical,
    in_base,
    plain_contact,
    plain_number,
    plain_reference,
    plain_text,
    span,
)  # fmt: skip
from vado.terms.searching import Parameter, kinds, number, parameters

DEEPEST = 3  # a reference of a reference of a reference
MOST_VALUES = 50  # alternatives in one question
_MOST_WAYS = 64  # alternatives of a composite, multiplied out
_FEWEST_LETTERS = 3  # of :contains
_PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)", re.DOTALL)
_NUMBER = re.compile(r"(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?")
_DAY = 86_400_000
_TABLE = {
    "token": "token",
    "uri": "token",
    "reference": "reference",
    "string": "string",
    "date": "date",
    "quantity": "quantity",
    "number": "quantity",
}
Compared = tuple[tuple[tuple[str, str, float], ...], ...]  # alternatives of (end, comparison, value)


class UnknownParameter(VadoError):
    """There is no such search parameter."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What all parameters of one question share."""

    base: str  # address under which FHIR is served: references may begin with it
    canonical: Canonical = field(repr=False)
    now: int = 0  # milliseconds since 1970

    def criteria(self, kind: str, name: str, value: str, depth: int = 0) -> tuple[Criterion, ...]:
        """Give the criteria of one parameter of one resource type.

        Raises:
            UnknownParameter: FH-001. VadoError: FH-002 to FH-006, it cannot be answered.
        """
        if depth > DEEPEST:
            raise VadoError("FH-004", most=DEEPEST, what="steps")
        if name.startswith("_has:"):
            return (self._has(kind, name, value, depth),)
        if "." in name:
            return (self._chain(kind, name, value, depth),)
        name, _, modifier = name.partition(":")
        p = parameters(kind).get(name)
        if p is None:
            raise UnknownParameter("FH-001", name=_sayable(name), kind=kind)
        if modifier == "missing" and p.type != "composite" and p.where:
            if value not in {"true", "false"}:
                raise _wrong(p)
            return (Criterion((Present(p.number, _TABLE[p.type]),), never=value == "true"),)
        values = split(value, keep=p.type == "composite")
        if not values or len(values) > MOST_VALUES:
            raise VadoError("FH-004", most=MOST_VALUES, what="values") if values else _wrong(p)
        if p.type == "composite":
            return self._composite(kind, p, modifier, values)
        return (Criterion(tuple(t for v in values for t in self._tests(p, modifier, v)), never=modifier == "not"),)

    def _composite(self, kind: str, p: Parameter, modifier: str, values: list[str]) -> tuple[Criterion, ...]:
        """Multiply out: (a and b) or (c and d) is (a or c) and (a or d) and (b or c) and (b or d)."""
        if modifier:
            raise VadoError("FH-002", name=p.name)
        ways: list[list[tuple[Test, ...]]] = []
        for value in values:
            parts = split(value, "$", keep=True)
            if len(parts) != len(p.parts):
                raise _wrong(p)
            each = zip(p.parts, parts, strict=True)
            ways.append([tuple(self._tests(parameters(kind)[name], "", unescaped(part))) for name, part in each])
        if len(p.parts) ** len(ways) > _MOST_WAYS:
            raise VadoError("FH-004", most=_MOST_WAYS, what="values")
        return tuple(Criterion(tuple(t for part in way for t in part)) for way in product(*ways))

    # references of references

    def _chain(self, kind: str, name: str, value: str, depth: int) -> Criterion:
        first, _, rest = name.partition(".")
        first, _, wanted = first.partition(":")
        p = parameters(kind).get(first)
        if p is None or p.type != "reference":
            raise UnknownParameter("FH-001", name=_sayable(first), kind=kind)
        own = rest.partition(".")[0].partition(":")[0]
        targets = kinds() if p.targets == ("*",) else p.targets
        fitting = [t for t in targets if wanted in ("", t) and (own in parameters(t) or rest.startswith("_has:"))]
        if not fitting and not wanted:
            raise UnknownParameter("FH-001", name=_sayable(own), kind=targets[0] if len(targets) == 1 else "*")
        if not fitting or (len(fitting) > 1 and p.targets == ("*",)):
            raise VadoError("FH-006", name=p.name)
        return Criterion(tuple(Chain(p.number, t, self.criteria(t, rest, value, depth + 1)) for t in fitting))

    def _has(self, kind: str, name: str, value: str, depth: int) -> Criterion:
        _, other, by, rest = (*name.split(":", 3), "", "", "")[:4]
        p = parameters(other).get(by)
        if p is None or p.type != "reference" or not rest:
            raise UnknownParameter("FH-001", name=_sayable(by) or "_has", kind=_sayable(other) or kind)
        return Criterion((Has(p.number, other, self.criteria(other, rest, value, depth + 1)),))

    # one value

    def _tests(self, p: Parameter, modifier: str, value: str) -> Iterator[Test]:
        if p.name == "_id":
            if modifier:
                raise VadoError("FH-002", name=p.name)
            yield Named((f"{p.kind}/{value}",))
        elif p.name == "_lastUpdated":
            yield from self._changed(p, value)
        else:
            by_type: dict[str, Callable[[Parameter, str, str], Iterator[Test]]] = {
                "token": self._token, "uri": self._uri, "reference": self._reference, "string": self._string, "date": self._date,
                "quantity": self._quantity, "number": self._quantity,
            }  # fmt: skip
            yield from by_type[p.type](p, modifier, value)

    def _token(self, p: Parameter, modifier: str, value: str) -> Iterator[Test]:
        if modifier == "text":
            yield Text(number(p.kind, f"{p.name}:text"), _letters(p, value))
        elif modifier == "of-type":
            system, code, said = (*value.split("|", 2), "", "")[:3]
            if not (system and code and said):
                raise _wrong(p)
            yield Token(number(p.kind, f"{p.name}:of-type"), plain_number(said), f"{system}|{code}"[:LONGEST])
        elif modifier not in {"", "not"}:
            raise VadoError("FH-002", name=p.name)
        else:
            yield _token(p, value)

    def _uri(self, p: Parameter, modifier: str, value: str) -> Iterator[Test]:
        if modifier:
            raise VadoError("FH-002", name=p.name)
        yield Token(p.number, value[:LONGEST])

    def _reference(self, p: Parameter, modifier: str, value: str) -> Iterator[Test]:
        if modifier == "identifier":
            system, bar, said = value.rpartition("|")
            yield Token(number(p.kind, f"{p.name}:identifier"), plain_number(said), system if bar else None)
            return
        targets = kinds() if p.targets == ("*",) else p.targets
        if modifier and modifier not in targets:
            raise VadoError("FH-002", name=p.name)
        value = plain_reference(value.removeprefix(f"{self.base}/"))
        if not value:
            raise _wrong(p)
        named = (value,) if "/" in value or ":" in value else tuple(f"{t}/{value}" for t in ([modifier] if modifier else targets))
        if modifier and not any(n.startswith(f"{modifier}/") or f"/{modifier}/" in n for n in named):
            raise _wrong(p)
        patients = tuple(n for n in named if n.startswith("Patient/"))
        if patients:
            yield Reference(p.number, patients, persons=True)
        if others := tuple(n for n in named if n not in patients):
            yield Reference(p.number, others)

    def _string(self, p: Parameter, modifier: str, value: str) -> Iterator[Test]:
        if modifier not in {"", "exact", "contains"}:
            raise VadoError("FH-002", name=p.name)
        if modifier == "exact":
            yield Text(p.number, value[:LONGEST], "exact", plain_text(value))
            return
        plain = _letters(p, value)
        if modifier and len(plain) < _FEWEST_LETTERS:
            raise _wrong(p)
        yield Text(p.number, plain, modifier or "begins")

    def _date(self, p: Parameter, modifier: str, value: str) -> Iterator[Test]:
        if modifier:
            raise VadoError("FH-002", name=p.name)
        prefix, low, high = self._span(p, value)
        for tests in _dates(prefix, low, high, abs(self.now - low) // 10):
            yield Span(p.number, "date", tests)

    def _changed(self, p: Parameter, value: str) -> Iterator[Test]:
        prefix, low, high = self._span(p, value)
        low, high, about = low * 1000, high * 1000, abs(self.now - low) * 100
        said = {
            "eq": ((">=", low), ("<", high)), "gt": ((">=", high),), "sa": ((">=", high),), "lt": (("<", low),), "eb": (("<", low),),
            "ge": ((">=", low),), "le": (("<", high),), "ap": ((">=", low - about), ("<", high + about)),
        }  # fmt: skip
        for tests in (said["lt"], said["gt"]) if prefix == "ne" else (said[prefix],):
            yield Changed(p.kind, tests)

    def _span(self, p: Parameter, value: str) -> tuple[str, int, int]:
        prefix, said = _prefixed(value)
        found = span(said.replace(" ", "+"))
        if found is None:
            raise _wrong(p)
        return prefix, *found

    def _quantity(self, p: Parameter, modifier: str, value: str) -> Iterator[Test]:
        if modifier:
            raise VadoError("FH-002", name=p.name)
        said, _, unit = value.partition("|")
        system, _, code = unit.rpartition("|")
        prefix, text = _prefixed(said)
        found = _NUMBER.fullmatch(text)
        if not found or (code and p.type == "number"):
            raise _wrong(p)
        exact = float(text)
        half = 0.5 * 10.0 ** (int(found[4] or 0) - len(found[3] or ""))
        ends = (exact - half, exact, exact + half)
        scaled = [in_base(end, system, code, self.canonical) for end in ends] if code else [("", end) for end in ends]
        for tests in _values(prefix, *(v for _, v in scaled)):
            yield Span(p.number, "quantity", tests, scaled[0][0])


def _token(p: Parameter, value: str) -> Token:
    """Read system|code: without a bar of any system, with nothing before it of none, with nothing after it any code."""
    system, bar, code = value.rpartition("|")
    types = {w.of for w in p.where}
    if "Identifier" in types:
        code = plain_number(code)  # '' stands in the index for any number of this issuer
    elif "ContactPoint" in types:
        code, bar = plain_contact(code), ""
    if not code and "Identifier" not in types:
        return Token(p.number, None, system[:LONGEST])
    if not code and not system:
        raise _wrong(p)
    return Token(p.number, code[:LONGEST], system[:LONGEST] if bar else None)


def _dates(prefix: str, low: int, high: int, about: int) -> Compared:
    """Compare a range [low, high) with that of the resource. Source: FHIR R4, Search, 'Prefixes'."""
    about = max(about, _DAY)
    return {
        "eq": ((("low", ">=", low), ("low", "<", high), ("high", "<=", high)),),
        "ne": ((("low", "<", low),), (("high", ">", high),)),
        "gt": ((("high", ">", high),),),
        "lt": ((("low", "<", low),),),
        "ge": ((("low", ">=", low),), (("high", ">", high),)),
        "le": ((("low", "<", low),), (("high", "<=", high),)),
        "sa": ((("low", ">=", high),),),
        "eb": ((("high", "<=", low),),),
        "ap": ((("low", "<", high + about), ("high", ">", low - about)),),
    }[prefix]


def _values(prefix: str, low: float, exact: float, high: float) -> Compared:
    """Compare a number, known to lie in [low, high), with that of the resource."""
    about = abs(exact) * 0.1
    return {
        "eq": ((("low", ">=", low), ("low", "<", high), ("high", "<", high)),),
        "ne": ((("low", "<", low),), (("high", ">=", high),)),
        "gt": ((("high", ">", exact),),),
        "lt": ((("low", "<", exact),),),
        "ge": ((("high", ">=", exact),),),
        "le": ((("low", "<=", exact),),),
        "sa": ((("low", ">", exact),),),
        "eb": ((("high", "<", exact),),),
        "ap": ((("low", "<=", exact + about), ("high", ">=", exact - about)),),
    }[prefix]


def split(value: str, by: str = ",", *, keep: bool = False) -> list[str]:
    """Split alternatives; what stands after a backslash belongs to the value. `keep`: backslashes stay for a later split."""
    parts = re.split(rf"(?<!\\){re.escape(by)}", value)
    return [part if keep else unescaped(part) for part in parts if part]


def unescaped(value: str) -> str:
    r"""Take the backslash away from \, \| \$ and \\."""
    return re.sub(r"\\([,|$\\])", r"\1", value)


def _prefixed(value: str) -> tuple[str, str]:
    found = _PREFIX.fullmatch(value)
    return (found[1] or "eq", found[2]) if found else ("eq", value)


def _letters(p: Parameter, value: str) -> str:
    plain = plain_text(value)
    if not plain:
        raise _wrong(p)
    return plain


def _wrong(p: Parameter) -> VadoError:
    return VadoError("FH-003", name=p.name, type=p.type)


def _sayable(name: str) -> str:
    """Give a parameter's name as it may be said again: what is no name may hold a value."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z-]{0,39}", name) else "?"
