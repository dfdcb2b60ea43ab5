"""A layout turns labelled values (a table row, the fields of a form) into FHIR resources, by a partner's profile.

The shape of a layout is told in docs/reference/partner-profile.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vado.extract.fields import written_date
from vado.model.fact import NAMES_PERSON, FhirJson
from vado.model.partner import PartnerProfile
from vado.model.person import plain_letters
from vado.model.reading import Fidelity

_KEYS = {"title", "recognise", "dates", "decimal", "map", "constant", "code"}
_TARGET = re.compile(r"([A-Z][A-Za-z]+)(#\w+)?\.([A-Za-z.]+)(?::(.+))?")
_LISTS = frozenset(
    "name given prefix identifier telecom address line coding dosage dosageInstruction note category referenceRange interpretation "
    "contact performer reasonCode reaction manifestation relationship bodySite component communication".split()
)
_ONE = {("Observation", "bodySite"), ("Immunization", "performer")}  # not lists in these
_DATES = re.compile(r"(?:[a-z]\w*)?(?:Date|DateTime)$|^(?:date|start|end|whenHandedOver|authoredOn|issued|sent)$")
_NUMBERS = {"valueQuantity.value", "quantity.value", "doseQuantity.value", "daysSupply.value", "valueInteger", "low.value", "high.value"}
_BOOLEANS = re.compile(r"(?:value|deceased|multipleBirth|asNeeded)Boolean$|^(?:active|primarySource)$")
_YES = dict.fromkeys(("yes", "si", "true", "1", "x", "on"), True) | dict.fromkeys(("no", "false", "0", "off"), False)
_GENDERS = dict.fromkeys(("male", "hombre", "varon", "h", "v", "masculino"), "male") | dict.fromkeys(
    ("female", "mujer", "f", "femenino"), "female"
)
_STATUS_UNKNOWN = {"Observation", "MedicationStatement", "Procedure", "MedicationRequest", "MedicationDispense", "DiagnosticReport"}
_NEEDS = {
    "Observation": ("code",), "Condition": ("code",), "AllergyIntolerance": ("code",), "Procedure": ("code",),
    "MedicationStatement": ("medicationCodeableConcept",), "MedicationDispense": ("medicationCodeableConcept",),
    "MedicationRequest": ("medicationCodeableConcept", "intent"), "Immunization": ("vaccineCode", "status"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """Where a label's value goes; `rule` says why it is left when it goes nowhere."""

    resource: str = ""  # 'Observation', or 'Observation#weight' when a row has several
    path: tuple[str, ...] = ()
    system: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of table or form of a partner, compiled."""

    title: str
    recognise: frozenset[str]  # folded labels
    dates: str | None
    decimal: str
    targets: Mapping[str, Target]  # folded label -> target
    constants: tuple[tuple[Target, Any], ...]
    codes: Mapping[str, Mapping[str, str]]  # folded label -> folded value -> code


@dataclass(frozen=True, slots=True)
class Made:
    """One resource of a row, without id and subject: its name in the layout and the labels it was made from."""

    name: str
    resource: FhirJson
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a layout made of one row: resources, labels left by a named rule, labels whose value did not fit."""

    made: tuple[Made, ...]
    ignored: Mapping[str, str]
    bad: Mapping[str, str]  # label -> the form that was expected
    unknown: tuple[str, ...] = field(default=())


def fold(label: str) -> str:
    """Give a label as it is compared: plain letters, one blank between words."""
    return " ".join(plain_letters(label).split()).strip(" :.")


def compile_layout(table: Mapping[str, Any]) -> Layout:
    """Compile one [[table]] or [[form]] of a profile.

    Raises:
        ValueError: a key or a path that cannot be used; the text names it.
    """
    if unknown := table.keys() - _KEYS:
        raise ValueError(f"unknown key {sorted(unknown)[0]} in layout {table.get('title', '?')}")
    if not table.get("recognise"):
        raise ValueError(f"layout {table.get('title', '?')} needs recognise: labels that show it")
    codes = {fold(k): {fold(v): str(c) for v, c in m.items()} for k, m in table.get("code", {}).items()}
    return Layout(
        str(table.get("title", "table")), frozenset(map(fold, table["recognise"])), table.get("dates"),
        str(table.get("decimal", "")), {fold(k): _target(v) for k, v in table.get("map", {}).items()},
        tuple((_target(k), v) for k, v in table.get("constant", {}).items()), codes,
    )  # fmt: skip


def choose(layouts: Iterable[Layout], labels: Iterable[str]) -> Layout | None:
    """Give the layout whose labels are all there; of several, the one that asks for most."""
    have = set(map(fold, labels))
    fitting = [x for x in layouts if x.recognise <= have]
    return max(fitting, key=lambda x: len(x.recognise), default=None)


def apply(layout: Layout, values: Mapping[str, str], partner: PartnerProfile, fidelity: Fidelity = Fidelity.FIELDS) -> Applied:
    """Make the resources of one row.

    Args:
        values: label -> text as written; empty ones are passed over.
        fidelity: with IMAGE no coding is written, only text: OCR never codes.
    """
    work = _Row(layout, layout.dates or partner.dates, fidelity)
    for label, text in values.items():
        if text.strip():
            work.take(label, text.strip())
    return work.result()


def _target(path: str) -> Target:
    if path.startswith("ignore:"):
        return Target(rule=path.removeprefix("ignore:").strip())
    match = _TARGET.fullmatch(path.strip())
    if not match:
        raise ValueError(f"not a FHIR path: {path}")
    return Target(match[1] + (match[2] or ""), tuple(match[3].split(".")), match[4] or "")


class _Row:
    """One row in the making."""

    def __init__(self, layout: Layout, dates: str, fidelity: Fidelity) -> None:
        self._layout, self._dates, self._fidelity = layout, dates, fidelity
        self._resources: dict[str, FhirJson] = {}
        self._labels: dict[str, list[str]] = {}
        self._ignored: dict[str, str] = {}
        self._bad: dict[str, str] = {}
        self._unknown: list[str] = []

    def take(self, label: str, text: str) -> None:
        target = self._layout.targets.get(fold(label))
        if target is None:
            self._unknown.append(label)
            return
        if target.rule:
            self._ignored[label] = target.rule
            return
        codes = self._layout.codes.get(fold(label))
        if codes is not None:
            coded = codes.get(fold(text))
            if coded is None:
                self._bad[label] = "a value of its code list"
                return
            if coded == "":
                self._ignored[label] = "says nothing, by the profile"
                return
            text = coded
        if self._put(target, text, label):
            self._labels.setdefault(target.resource, []).append(label)

    def result(self) -> Applied:
        for target, value in self._layout.constants:
            if target.resource in self._resources:
                self._put(target, value, "")
        made: list[Made] = []
        for name, resource in self._resources.items():
            kind = name.partition("#")[0]
            if kind in _STATUS_UNKNOWN:
                resource.setdefault("status", "unknown")
            if all(k in resource for k in _NEEDS.get(kind, ())):
                made.append(Made(name, {"resourceType": kind, **resource}, tuple(self._labels.get(name, ()))))
            else:
                self._unknown += self._labels.get(name, [])
        return Applied(tuple(made), self._ignored, self._bad, tuple(self._unknown))

    def _put(self, target: Target, value: Any, label: str) -> bool:
        kind, path = target.resource.partition("#")[0], target.path
        if self._fidelity is Fidelity.IMAGE and "coding" in path:
            path = (*path[: path.index("coding")], "text")
        fitting = self._fitting(kind, path, value, target, label)
        if fitting is None:
            return False
        path, value = fitting
        node: FhirJson = self._resources.setdefault(target.resource, {})
        for n, step in enumerate(path[:-1]):
            child = node.setdefault(step, [{}] if step in _LISTS and (kind, step) not in _ONE else {})
            appends = step in {"identifier", "telecom", "note"} and n == len(path) - 2 and path[-1] in child[-1]
            if appends:
                child.append({})
            node = child[-1] if isinstance(child, list) else child
        last = path[-1]
        if last in _LISTS and not isinstance(value, dict):
            node.setdefault(last, []).extend(value.split() if last == "given" else [value])
        elif isinstance(value, dict) and last in _LISTS:
            node.setdefault(last, []).append(value)
        elif isinstance(node.get(last), str) and isinstance(value, str):
            node[last] = f"{node[last]} {value}"  # two columns for one element: two surnames, two lines
        elif isinstance(value, dict):
            node.setdefault(last, {}).update(value)
        else:
            node[last] = value
        return True

    def _fitting(self, kind: str, path: tuple[str, ...], value: Any, target: Target, label: str) -> tuple[tuple[str, ...], Any] | None:  # noqa: C901, E501, PLR0911, PLR0912 - one case a FHIR type
        last, dotted = path[-1], ".".join(path)
        if not isinstance(value, str):
            return path, value
        if last == "identifier":
            return path, {"system": target.system, "value": value} if target.system else {"value": value}
        if last == "coding":
            return path, {"system": target.system, "code": value} if target.system else {"code": value}
        if len(path) > 1 and path[-2] == "telecom" and last in {"phone", "email"}:
            return path[:-1], {"system": last, "value": value}
        if kind == "Observation" and dotted == "value":
            return self._measured(value)
        if dotted.endswith("gender") and kind == "Patient" and value not in {"male", "female", "other", "unknown"}:
            gender = _GENDERS.get(fold(value))
            return (path, gender) if gender else self._not_fitting(label, "a sex; add a code list to the layout")
        if _DATES.search(last):
            day = _date(value, self._dates)
            return (path, day) if day else self._not_fitting(label, self._dates)
        if any(dotted.endswith(n) for n in _NUMBERS):
            number = self._number(value)
            return (path, number) if number is not None else self._not_fitting(label, "a number")
        if _BOOLEANS.search(last):
            yes = _YES.get(fold(value))
            return (path, yes) if yes is not None else self._not_fitting(label, "yes or no")
        return path, value

    def _measured(self, text: str) -> tuple[tuple[str, ...], Any]:
        """A number is a Quantity, with its comparator; anything else stays text."""
        match = re.fullmatch(r"(<=|>=|<|>)?\s*(.+)", text)
        number = self._number(match[2]) if match else None
        if number is None or match is None:
            return ("valueString",), text
        quantity: FhirJson = {"value": number}
        if match[1]:
            quantity["comparator"] = match[1]
        return ("valueQuantity",), quantity

    def _number(self, text: str) -> int | float | None:
        plain = text.replace("\u00a0", "").replace(" ", "")
        if self._layout.decimal == ",":
            plain = plain.replace(".", "").replace(",", ".") if re.fullmatch(r"[+-]?[\d.]*,?\d+", plain) else plain
        elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
            plain = plain.replace(",", "")
        if re.fullmatch(r"[+-]?\d+", plain):
            return int(plain)
        return float(plain) if re.fullmatch(r"[+-]?\d*\.\d+", plain) else None

    def _not_fitting(self, label: str, form: str) -> None:
        if label:
            self._bad[label] = form


def owned(made: Made, patient: str | None) -> FhirJson:
    """Give the resource with its subject; a measured unit without a number is dropped, text keeps its unit."""
    resource = dict(made.resource)
    quantity = resource.get("valueQuantity")
    if isinstance(quantity, dict) and "value" not in quantity:
        unit = resource.pop("valueQuantity").get("unit", "")
        if "valueString" in resource and unit:
            resource["valueString"] = f"{resource['valueString']} {unit}"
    if patient and (where := NAMES_PERSON.get(resource["resourceType"])):
        resource[where] = {"reference": f"Patient/{patient}"}
    return resource


def _date(text: str, order: str) -> str | None:
    """A date, or a date with a time: without a zone the time is left."""
    iso = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d.*)?", text.strip())
    if iso:
        return written_date(iso[1], "ymd")
    day, _, _time = text.strip().partition(" ")
    return written_date(text, order) or (written_date(day, order) if ":" in text else None)
