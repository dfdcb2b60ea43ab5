"""A layout says what labelled values (a table row, the fields of a form) are in FHIR, by a partner's profile.

The shape of a layout is told in docs/reference/partner-profile.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vado.extract.shapes import ESSENTIAL, MUST_SAY, Element, element
from vado.model.person import plain_letters

_KEYS = {"title", "form", "recognise", "dates", "decimal", "two_digit_years_from", "map", "constant", "code", "nothing"}
_TARGET = re.compile(r"([A-Z][A-Za-z]+)(#\w+)?\.([A-Za-z]+(?:#\w+)?(?:\.[A-Za-z]+(?:#\w+)?)*)(?::(.+))?")
_SHORT = {"phone", "email"}  # 'Patient.telecom.phone' is 'Patient.telecom:phone'


@dataclass(frozen=True, slots=True)
class Target:
    """Where a label's value goes."""

    resource: str  # 'Observation', or 'Observation#weight' when a row has several
    steps: tuple[tuple[str, tuple[str, int] | None], ...]  # element and, where it repeats, which of them: tag and number
    leaf: Element
    system: str = ""  # as the profile writes it: a URI, or a name to look up

    @property
    def kind(self) -> str:
        """The FHIR resource type."""
        return self.resource.partition("#")[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of table or form of a partner, compiled. Labels and values are folded: see `fold`."""

    title: str
    recognise: frozenset[str]
    dates: str | None  # 'dmy', 'mdy', 'ymd'; None: as the partner
    decimal: str  # ',' or '.'; '' not said
    years_from: int | None  # first year that two figures may mean; None: such dates are none
    targets: Mapping[str, tuple[Target, ...]]
    ignored: Mapping[str, str]  # label -> the rule that leaves it
    constants: tuple[tuple[Target, Any], ...]
    codes: Mapping[str, Mapping[str, Any]]  # label -> value -> code, or a coded concept; "" says nothing; "*" is any other value
    nothing: Mapping[str, frozenset[str]]  # label -> values that say nothing: '0', 'N/A'
    form: str = ""  # name of the paper form that it is for; '' is chosen by labels


def fold(label: str) -> str:
    """Give a label as it is compared: plain letters, one blank between words, no colon or point at its end."""
    return " ".join(plain_letters(label).split()).strip(" :.")


def compile_layout(table: Mapping[str, Any]) -> Layout:
    """Compile one [[table]] or [[form]] of a profile.

    Raises:
        ValueError: a key or a path that cannot be used; the text names it.
    """
    title = str(table.get("title", "?"))
    if unknown := sorted(table.keys() - _KEYS):
        raise ValueError(f"layout {title}: unknown key {unknown[0]}")
    if table.get("dates") not in {None, "dmy", "mdy", "ymd"} or table.get("decimal", "") not in {"", ",", "."}:
        raise ValueError(f"layout {title}: dates is dmy, mdy or ymd; decimal is a comma or a point")
    if not table.get("map"):
        raise ValueError(f"layout {title}: map is missing")
    targets, ignored = _targets(title, table["map"])
    constants = tuple((_one(title, path), value) for path, value in table.get("constant", {}).items())
    _complete(title, {t for ts in targets.values() for t in ts}, {t for t, _ in constants})
    return Layout(
        title, frozenset(map(fold, table.get("recognise") or table["map"])), table.get("dates"), table.get("decimal", ""),
        table.get("two_digit_years_from"), targets, ignored, constants,
        {fold(label): {fold(v): c for v, c in codes.items()} for label, codes in table.get("code", {}).items()},
        {fold(label): frozenset(fold(str(v)) for v in values) for label, values in table.get("nothing", {}).items()},
        str(table.get("form", "")),
    )  # fmt: skip


def choose(layouts: Iterable[Layout], labels: Iterable[str], form: str = "") -> Layout | None:
    """Give the layout whose labels are all there; of several, the one that asks for most. None: there is none.

    One that names this paper form comes first: boxes left empty give no label to know it by.
    """
    layouts = tuple(layouts)
    if named := next((x for x in layouts if form and x.form == form), None):
        return named
    have = set(map(fold, labels))
    return max((x for x in layouts if x.recognise <= have), key=lambda x: len(x.recognise), default=None)


def _targets(title: str, lines: Mapping[str, Any]) -> tuple[dict[str, tuple[Target, ...]], dict[str, str]]:
    """Compile [table.map]; each label that names a repeating leaf (a second given name, a second number) gets its own place."""
    targets: dict[str, tuple[Target, ...]] = {}
    ignored: dict[str, str] = {}
    taken: dict[tuple[str, Any], int] = {}
    for label, paths in lines.items():
        if isinstance(paths, str) and paths.startswith("ignore:"):
            ignored[fold(label)] = paths.removeprefix("ignore:").strip() or "not needed"
            continue
        found: list[Target] = []
        for path in [paths] if isinstance(paths, str) else paths:
            target = _one(title, path)
            name, place = target.steps[-1]
            if place is not None:
                key = (target.resource, target.steps)
                taken[key] = taken.get(key, -1) + 1
                steps = (*target.steps[:-1], (name, (place[0], taken[key])))
                target = Target(target.resource, steps, target.leaf, target.system)
            found.append(target)
        targets[fold(label)] = tuple(found)
    return targets, ignored


def _one(title: str, path: str) -> Target:
    match = _TARGET.fullmatch(str(path).strip())
    if not match or match[1] not in ESSENTIAL:
        raise ValueError(f"layout {title}: {path} is no path of a resource that a layout can make")
    words, system = match[3].split("."), match[4] or ""
    if words[-1] in _SHORT and len(words) > 1 and words[-2].partition("#")[0] == "telecom":
        system = words.pop()
    steps, leaf = [], Element(match[1], False)
    for word in words:
        name, _, tag = word.partition("#")
        found = element(leaf.type, name)
        if found is None:
            raise ValueError(f"layout {title}: {path}: {leaf.type} has no {name} that a layout can fill")
        leaf = found
        steps.append((name, (tag, 0) if leaf.repeats else None))
    return Target(match[1] + (match[2] or ""), tuple(steps), leaf, system)


def _complete(title: str, mapped: set[Target], constant: set[Target]) -> None:
    """Refuse a layout that could not make a valid resource."""
    for name in sorted({t.resource for t in mapped}):
        kind = name.partition("#")[0]
        said = {t.steps[0][0] for t in mapped | constant if t.resource == name}
        if not said & set(ESSENTIAL[kind]) and kind != "Patient":
            raise ValueError(f"layout {title}: {name} needs {' or '.join(ESSENTIAL[kind])}")
        if missing := [e for e in MUST_SAY.get(kind, ()) if e not in said]:
            raise ValueError(f"layout {title}: {name} needs {missing[0]}, mapped or constant")
