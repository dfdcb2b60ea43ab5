"""What a layout's path finds in a resource, how that is written into a field, and whether reading it gives the same again."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from vado.extract.fill import Filling
from vado.extract.layout import Layout, Target, fold
from vado.model.fact import FhirJson
from vado.model.partner import PartnerProfile
from vado.record import words

Fits = Callable[[str, str], str]  # label, text -> why it cannot stand in its field; "" when it can
_ORDERS = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y-%m-%d"}
_SEXES = {"male": "Hombre", "female": "Mujer"}  # on a form in Spanish; our reader knows them


def found(resource: FhirJson, target: Target, layout: Layout) -> list[Any]:
    """Give the values at a path; of elements that repeat the one that the layout means, or all that are left for its last column."""
    nodes: list[Any] = [resource]
    for n, (name, place) in enumerate(target.steps[:-1], 1):
        nodes = [v for node in nodes for v in _children(node, name)]
        if place is not None:
            wanted = _constants(layout, target, n)
            nodes = [v for v in nodes if all(_holds(v, path, value) for path, value in wanted)]
            nodes = nodes[place[1] : place[1] + 1] if name not in ("identifier", "coding") else nodes
    name, place = target.steps[-1]
    names = [k for k in resource if k.startswith("value")][:1] if target.leaf.type == "value" else [name]
    values = [v for node in nodes for one in names for v in _children(node, one)]
    if place is None or target.leaf.type in ("Identifier", "ContactPoint"):
        return values
    return values[place[1] :] if place[1] + 1 == _columns(layout, target) else values[place[1] : place[1] + 1]


def _children(node: Any, name: str) -> list[Any]:
    value = node.get(name) if isinstance(node, Mapping) else None
    return value if isinstance(value, list) else [] if value is None else [value]


def _columns(layout: Layout, target: Target) -> int:
    """Count the columns that fill one repeating element."""
    return sum(
        t.resource == target.resource and t.steps[:-1] == target.steps[:-1] and t.steps[-1][0] == target.steps[-1][0]
        for ts in layout.targets.values()
        for t in ts
    )


def _constants(layout: Layout, target: Target, depth: int) -> list[tuple[str, Any]]:
    """Give what the layout says is always so of this entry: the use of a maiden name."""
    return [
        (t.steps[depth][0], value)
        for t, value in layout.constants
        if t.resource == target.resource and len(t.steps) == depth + 1 and t.steps[:depth] == target.steps[:depth]
    ]


def _holds(node: Any, name: str, value: Any) -> bool:
    return isinstance(node, Mapping) and node.get(name) == value


class Pen:
    """Writes values as the fields of one layout take them."""

    def __init__(self, filling: Filling, form: Mapping[str, Any], partner: PartnerProfile, fits: Fits) -> None:
        """Bind to a layout, the profile's own writing of it, the partner whose dates and languages count, and the fields."""
        self.filling, self.layout, self._fits = filling, filling.layout, fits
        self._partner = partner
        self._choices = {fold(label): tuple(codes) for label, codes in form.get("code", {}).items()}

    def text(self, label: str, target: Target, resource: FhirJson, *, unit_elsewhere: bool) -> str:
        """Give what to write under a label so that reading it gives the resource's own value again; "" when nothing does."""
        values = found(resource, target, self.layout)
        right = [
            text
            for text, value in self._candidates(label, target, resource, values, unit_elsewhere)
            if any(read == target and same(told, value) for read, told in self.filling.read_as(label, text))
        ]
        return next((text for text in right if not self._fits(label, text)), right[0] if right else "")

    def _candidates(
        self, label: str, target: Target, resource: FhirJson, values: list[Any], unit_elsewhere: bool
    ) -> Iterator[tuple[str, Any]]:
        if fold(label) in self._choices:
            for value in values:
                yield from ((choice, value) for choice in self._choices[fold(label)] if choice != "*")
            return
        kind = target.leaf.type
        beside = [one for one, targets in self.layout.targets.items() for t in targets if t == target]
        if len(beside) > 1 and values and kind == "string":  # two columns for one text: two surnames
            yield _share(str(values[0]).split(), beside.index(fold(label)), len(beside)), None
        elif kind == "value" and values:
            quantity = values[0] if isinstance(values[0], Mapping) and "value" in values[0] else None
            if quantity and unit_elsewhere:
                yield self._number(quantity), quantity
            else:
                yield words.value(resource), words.value(resource)
        elif kind == "string" and values and target.steps[-1][1] is not None:
            yield " ".join(map(str, values)) if target.steps[-1][0] == "given" else ", ".join(map(str, values)), None
        else:
            for value in values:
                yield from ((text, value) for text in self._written(kind, value, target) if text)

    def _written(self, kind: str, value: Any, target: Target) -> Iterator[str]:
        if kind in ("date", "dateTime", "instant"):
            yield from self._dates(str(value))
        elif kind in ("decimal", "integer", "Quantity"):
            yield self._number(value if isinstance(value, Mapping) else {"value": value})
        elif kind == "boolean":
            yield from (("yes", "Yes", "On", "1") if value else ("no", "No", "Off", "0"))
        elif kind == "code":
            if self._partner.languages[:1] == ("es",) and value in _SEXES:
                yield _SEXES[value]
            yield str(value)
        elif isinstance(value, Mapping):
            yield from self._complex(kind, value, target)
        else:
            yield str(value)

    def _complex(self, kind: str, value: Mapping[str, Any], target: Target) -> Iterator[str]:
        if kind in ("Identifier", "ContactPoint"):
            yield str(value.get("value", ""))
        elif kind == "Reference":
            yield str(value.get("display", ""))
        elif kind == "HumanName":
            yield words.name_of({"name": [value]})
        elif kind == "Address":
            yield value.get("text") or ", ".join(
                p for p in (*value.get("line", ()), value.get("postalCode"), value.get("city")) if p
            )
        elif kind == "Coding":
            yield str(value.get("code", ""))
        elif kind == "CodeableConcept":
            coded = bool(target.system or target.leaf.system)
            yield from (str(c.get("code", "")) for c in value.get("coding", ()) if coded)
            yield from () if coded else (words.text(value),)
        else:
            yield str(value.get("text", ""))

    def _dates(self, value: str) -> Iterator[str]:
        order = _ORDERS[self.layout.dates or self._partner.dates]
        try:
            moment = datetime.fromisoformat(value) if len(value) >= 10 else None
        except ValueError:
            moment = None
        if moment and moment.tzinfo and self._partner.timezone:
            moment = moment.astimezone(ZoneInfo(self._partner.timezone))
        if moment and "T" in value:
            yield moment.strftime(f"{order} %H:%M") if not moment.second else moment.strftime(f"{order} %H:%M:%S")
        if moment:
            yield moment.strftime(order)
            yield moment.strftime(re.sub(r"[-/]", "", order))  # into cells, one a figure
        yield value[:10] if moment else value

    def _number(self, quantity: Mapping[str, Any]) -> str:
        number = str(quantity.get("value", ""))
        return f"{quantity.get('comparator', '')}{number.replace('.', ',') if self.layout.decimal == ',' else number}"


def _share(parts: list[str], column: int, columns: int) -> str:
    """Give a column's share of the words of one text: the last columns one word each, the first what is left."""
    many = max(1, len(parts) - columns + 1)
    return " ".join(parts[:many]) if column == 0 else "".join(parts[many + column - 1 : many + column])


def same(told: Any, value: Any) -> bool:
    """Say whether what would be read is what the record holds; a date may have lost its time of day. `value` None: what is read stands."""
    if value is None:
        return True
    if isinstance(told, str) and isinstance(value, str):
        return told.strip() == value.strip() or _same_moment(told, value)
    if isinstance(told, Mapping) and isinstance(value, Mapping):
        return _same_parts(told, value)
    if isinstance(told, Mapping):
        return told.get("text") == value
    return told == value or str(told) == str(value)


def _same_parts(told: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    if "coding" in told:
        coded = {(c.get("system"), c.get("code")) for c in value.get("coding", ())}
        return all((c.get("system"), c.get("code")) in coded for c in told["coding"])
    if "code" in told:
        return (told.get("system"), told["code"]) == (value.get("system"), value.get("code"))
    if "text" in told:
        return fold(told["text"]) in {fold(w) for w in (words.text(value), value.get("text"), *_displays(value)) if w} or _joined(
            value
        )
    if "display" in told:
        return told["display"] == value.get("display")
    if "system" in told and told["system"] != value.get("system"):
        return False
    return told.get("value") == value.get("value") and told.get("comparator") == value.get("comparator")


def _joined(value: Mapping[str, Any]) -> bool:
    """Say whether this is an address or a name, which become one text."""
    return bool({"line", "city", "family", "given"} & value.keys())


def _displays(value: Mapping[str, Any]) -> list[str]:
    return [c.get("display", "") for c in value.get("coding", ())]


def _same_moment(told: str, value: str) -> bool:
    if len(told) == 10 and value.startswith(told):
        return True
    try:
        return "T" in told and "T" in value and datetime.fromisoformat(told) == datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return False
