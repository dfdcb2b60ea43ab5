"""The segment maps: tables of 'field, FHIR element, converter', compiled once into plain functions.

A file of maps/ holds the maps of one segment, named as in HL7 v2-to-FHIR ('PID[Patient]'). A line says

    field  target  converter(argument)  {constants}  if N / unless N / = CODE,CODE

- target: `a` set once, `a+` one per repetition, `a.b` inside, `a[].b` inside the first of a list, `a+b` a new element of the list a
  with b and the constants, `@url:valueX` an extension; `-` with `ignored(why)` drops the field by that name.
- converter: a function of values.py, names.py or elements.py; `is(A,B=constant)` puts the constant when the field holds A or B.
- `if N`, `unless N`: only when field N is valued, is not.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any

from vado.incoming.hl7v2 import elements, values
from vado.incoming.hl7v2.message import NULL, Message, Segment
from vado.incoming.hl7v2.values import IGNORES, TAKES
from vado.model.fact import FhirJson

Left = tuple[int, ...]
Rule = Callable[[str, FhirJson, Segment, Message], Left | None]
Put = Callable[[FhirJson, Any], None]
_Convert = Callable[[list[str], Message, Segment], Any]
_numbers = count()
_LINE = re.compile(
    r"(?P<field>\d+)\s+(?P<target>\S+)\s+(?P<converter>[a-z_]+)(?:\((?P<argument>[^)]*)\))?\s*(?P<constants>\{.*\})?\s*"
    r"(?:(?P<when>if|unless) (?P<other>\d+))?"
)
REPEATED = 0  # in a Left: repetitions after the first; a component below 0 is ignored, as saying only how the value is written


class Map:
    """One segment map. `apply` gives the FHIR elements that a segment fills."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: list[tuple[int, list[Rule]]] = []
        self.targets: dict[int, str] = {}  # field -> its first FHIR element, for null
        self.ignored: dict[int, str] = {}  # field -> the rule that drops it
        self.lines: list[tuple[int, str]] = []  # (field, target), for the coverage page

    def add(self, field: int, target: str, rule: Rule) -> None:
        """Add a rule for a field."""
        known = next((rules for n, rules in self.rules if n == field), None)
        if known is None:
            self.rules.append((field, [rule]))
        else:
            known.append(rule)
        self.lines.append((field, target))
        self.targets.setdefault(field, re.split(r"[.+\[:]", target)[0])

    def apply(self, s: Segment, m: Message, removes: list[str] | None = None) -> FhirJson:
        """Give the elements that the segment fills. What it understood is noted in the segment.

        `removes` gets the names of elements that the sender takes away by null. HL7 v2 chapter 2.5.3.
        """
        made: FhirJson = {}
        fields, left, size = s.fields, s.left, len(s.fields)
        for n, rules in self.rules:
            if n >= size:
                break
            if not (value := fields[n]):
                continue
            if value == NULL:
                if removes is not None:
                    removes.append(self.targets[n])
                    left[n] = ()
                continue
            for rule in rules:
                took = rule(value, made, s, m)
                if took is not None:
                    known = left.get(n)
                    left[n] = took if known is None or not took else tuple(x for x in known if x in took)
        return made


def segment_map(name: str) -> Map:
    """Give a compiled map by its name, 'PID[Patient]'."""
    return _maps(name.partition("[")[0])[name]


def maps_of(segment: str) -> list[Map]:
    """Give all maps of one segment; [] when there are none."""
    return list(_maps(segment).values())


def map_names() -> list[str]:
    """List all segment maps."""
    folder = files("vado.incoming.hl7v2") / "maps"
    return [
        name for f in sorted(folder.iterdir(), key=lambda f: f.name) if f.name.endswith(".map") for name in _maps(f.name[:-4])
    ]


@cache
def _maps(segment: str) -> dict[str, Map]:
    """Compile the maps of one segment, when the first of it arrives."""
    found: dict[str, Map] = {}
    current = Map("")
    file = files("vado.incoming.hl7v2") / "maps" / f"{segment}.map"
    for line in file.read_text("utf-8").splitlines() if file.is_file() else ():
        line = line.partition(" # ")[0].strip()
        if not line or line.startswith("#"):
            continue
        if line[0].isalpha():
            current = found[line] = Map(line)
        else:
            _compile(line, current)
    for each in found.values():
        each.rules.sort(key=lambda r: r[0])
    return found


def _compile(line: str, into: Map) -> None:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"{into.name}: cannot read the line {line!r}")
    field, target, converter, argument = int(match["field"]), match["target"], match["converter"], match["argument"] or ""
    if converter == "ignored":
        into.ignored[field] = argument
        return
    constants = json.loads(match["constants"]) if match["constants"] else {}
    put, many = _put(target, constants)
    rule = _assign(put, argument) if converter == "is" else _rule(put, many, converter, argument, field)
    if match["when"]:
        rule = _conditional(rule, match["when"] == "if", int(match["other"]))
    into.add(field, target, rule)


def _rule(put: Put, many: bool, converter: str, argument: str, field: int) -> Rule:
    left_of = _Remainder(converter).of
    convert = _converter(converter, argument, field)
    if converter in elements.REFERENCES:
        return _refer(put, many, convert, left_of)
    number = next(_numbers)

    def rule(value: str, made: FhirJson, s: Segment, m: Message) -> Left | None:
        found = m.fields.get((number, value))
        if found is None:
            found = m.fields[(number, value)] = _converted(value, many, convert, left_of, m, s)
        values, left, unknown = found
        for x in values:
            put(made, {**x} if type(x) is dict else x)  # what is remembered is never handed out itself
        if unknown:
            m.unknown.update(unknown)
        return left

    return rule


def _repetitions(
    value: str, many: bool, convert: _Convert, left_of: Callable[[list[str]], Left], m: Message, s: Segment
) -> tuple[list[Any], Left | None]:
    """Convert each repetition of a field, or the first alone: its values, and what is left of it (None: nothing was understood)."""
    values: list[Any] = []
    left: Left | None = None
    repetitions = value.split("~") if "~" in value else [value]
    for repetition in repetitions if many else repetitions[:1]:
        c = repetition.split("^")
        x = convert(c, m, s)
        if x is not None:
            values.append(x)
            left = (left or ()) + left_of(c)
    if left is not None and not many and len(repetitions) > 1:
        left = (*left, REPEATED)
    return values, left


def _converted(
    value: str, many: bool, convert: _Convert, left_of: Callable[[list[str]], Left], m: Message, s: Segment
) -> tuple[tuple[Any, ...], Left | None, tuple[str, ...]]:
    """Convert a field: its values, what is left of it, and the code systems in it that nobody knows."""
    before, m.unknown = m.unknown, set()
    values, left = _repetitions(value, many, convert, left_of, m, s)
    unknown, m.unknown = tuple(sorted(m.unknown)), before
    return tuple(values), left, unknown


def _refer(put: Put, many: bool, convert: _Convert, left_of: Callable[[list[str]], Left]) -> Rule:
    """A rule whose value is a fact of its own: told again in every message."""

    def rule(value: str, made: FhirJson, s: Segment, m: Message) -> Left | None:
        values, left = _repetitions(value, many, convert, left_of, m, s)
        for x in values:
            put(made, x)
        return left

    return rule


class _Remainder:
    """Which components of a repetition its converter leaves."""

    def __init__(self, converter: str) -> None:
        self.takes, self.ignores = TAKES[converter], IGNORES.get(converter, frozenset())
        first_left = (n for n in range(1, 30) if self.takes is not None and n not in self.takes)
        self.enough = next(first_left, 1_000)  # shorter repetitions leave nothing

    def of(self, c: list[str]) -> Left:
        if len(c) < self.enough or self.takes is None:
            return ()
        return tuple(-n if n in self.ignores else n for n, x in enumerate(c, 1) if x and n not in self.takes)


def _converter(name: str, argument: str, field: int) -> _Convert:
    if name in elements.REFERENCES:
        refer = elements.REFERENCES[name]
        return lambda c, m, s: refer(c, m, s, field)
    convert: Callable[..., Any] = elements.CONVERTERS.get(name) or getattr(values, name)
    if argument:
        return lambda c, m, s: convert(c, m, argument)
    return lambda c, m, s: convert(c, m)


def _assign(put: Put, argument: str) -> Rule:
    """`is(D=entered-in-error)`: when the field holds one of the codes, the constant."""
    codes, _, constant = argument.partition("=")
    allowed = frozenset(codes.split(","))
    value: Any = json.loads(constant) if constant[:1] in "{[" else {"true": True, "false": False}.get(constant, constant)

    def rule(written: str, made: FhirJson, s: Segment, m: Message) -> Left | None:
        if written.partition("^")[0].upper() not in allowed:
            return None
        put(made, value)
        return ()

    return rule


def _conditional(rule: Rule, valued: bool, other: int) -> Rule:
    def only(value: str, made: FhirJson, s: Segment, m: Message) -> Left | None:
        return rule(value, made, s, m) if bool(s.raw(other)) is valued else None if valued else ()

    return only


def _put(target: str, constants: FhirJson) -> tuple[Put, bool]:
    """Compile a target into a function that puts a value there; and whether each repetition is put."""
    *outer, last = re.split(r"\.(?![^@]*:)", target) if "@" not in target else _split_at_extension(target)
    many = "+" in last or last.startswith("@")
    if last.startswith("@"):
        url, _, name = last[1:].rpartition(":")
        inner, _, name = name.rpartition("/")

        def extend(r: FhirJson, x: Any) -> None:
            told = {"url": url, "extension": [{"url": inner, name: x}]} if inner else {"url": url, name: x}
            r.setdefault("extension", []).append(told)

        return _at(outer, extend), many
    if "+" in last:
        name, _, inside = last.partition("+")

        def append(r: FhirJson, x: Any) -> None:
            element = {**constants, inside: x} if inside else {**x, **constants} if constants else x
            known = r.setdefault(name, [])
            if element not in known:
                known.append(element)

        return _at(outer, append), many

    def put(r: FhirJson, x: Any) -> None:
        if last not in r:
            r[last] = {**x, **constants} if constants else x

    return _at(outer, put), many


def _split_at_extension(target: str) -> list[str]:
    outer, _, extension = target.partition("@")
    return [*(o for o in outer.rstrip(".").split(".") if o), f"@{extension}"]


def _at(outer: list[str], put: Put) -> Put:
    if not outer:
        return put

    def inside(r: FhirJson, x: Any) -> None:
        for step in outer:
            if step.endswith("[]"):
                known = r.setdefault(step[:-2], [])
                if not known:
                    known.append({})
                r = known[0]
            else:
                r = r.setdefault(step, {})
        put(r, x)

    return inside
