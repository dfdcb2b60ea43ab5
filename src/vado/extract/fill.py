"""One row or form into FHIR resources, by a layout: each value goes where it fits, or its label says why it did not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vado.extract import dates
from vado.extract.layout import Layout, Target, fold
from vado.extract.numbers import Number, number
from vado.extract.shapes import ESSENTIAL, MUST_SAY, Element
from vado.model.fact import FhirJson
from vado.model.partner import PartnerProfile
from vado.terms.identifiers import ES_DNI, NHS_NUMBER, US_SSN
from vado.terms.systems import system_url

_YES = frozenset(("yes", "y", "si", "s", "true", "1", "x", "on"))
_NO = frozenset(("no", "n", "false", "0", "off"))
_UNTICKED = {"off", "no", "false"}  # ISO 32000-1, 12.7.4.2.3: the state of a box without a tick is Off
_GENDERS = {  # single letters mean different things in different languages: a code list has to say
    "hombre": "male", "varon": "male", "masculino": "male", "mujer": "female", "femenino": "female",
}  # fmt: skip
_STATUS_UNKNOWN = {
    "Observation", "MedicationStatement", "MedicationRequest", "MedicationDispense", "Procedure", "Encounter", "DiagnosticReport",
    "CarePlan",
}  # fmt: skip
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_CONDITION = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
FIRST = ("", 0)
_VALUES = ("valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger", "valueDateTime")
_CODE = re.compile(r"\S+(\s\S+)*")  # what FHIR R4 lets be a code: no two spaces together
_SHAPE = {"http://loinc.org": re.compile(r"\d{1,7}-\d"), "http://snomed.info/sct": re.compile(r"[1-9]\d{5,17}")}
_FREE_TEXT = {"HumanName", "Address", "Annotation", "Dosage", "Range"}


@dataclass(slots=True)
class Made:
    """One resource of a row, without id and subject: its name in the layout, and the labels whose values are in it."""

    name: str
    resource: FhirJson
    labels: list[str]


@dataclass(slots=True)
class Filled:
    """What a layout made of one row."""

    made: list[Made] = field(default_factory=list)
    ignored: dict[str, str] = field(default_factory=dict)  # label -> the rule that left it
    bad: dict[str, str] = field(default_factory=dict)  # label -> the form that its value should have had
    systems: set[str] = field(default_factory=set)  # names of code systems that nobody knows


class Filling:
    """A layout bound to a partner: its systems, dates and zone."""

    def __init__(
        self, layout: Layout, partner: PartnerProfile, *, codes: bool = True, doubted: frozenset[str] = frozenset()
    ) -> None:
        """Bind.

        Args:
            layout: what each label means.
            partner: whose systems, order of dates and zone count where the layout says none.
            codes: False for what was read by OCR: a coding becomes text.
            doubted: folded labels of columns whose dates contradict their order; only dates that are sure are taken there.
        """
        self.layout, self._partner, self._codes, self._doubted = layout, partner, codes, doubted
        self._order = layout.dates or partner.dates
        self._targets = layout.targets if codes else {k: tuple(map(_uncoded, ts)) for k, ts in layout.targets.items()}
        self._constants = layout.constants if codes else tuple((_uncoded(t), v) for t, v in layout.constants)
        self._systems: dict[str, tuple[str, bool]] = {}
        self._keys: dict[str, str] = {}  # labels, folded once
        self._shared = {
            label for label, ts in layout.targets.items() for t in ts if t.leaf.type in ("date", "dateTime", "instant")
        }

    def fill(self, values: Mapping[str, Any]) -> Filled:
        """Make the resources of one row from its filled cells (label -> text, or a number of a spreadsheet)."""
        filled = Filled()
        made: dict[str, Made] = {}
        for label, value in values.items():
            key = self._key(label)
            if rule := self.layout.ignored.get(key):
                filled.ignored[label] = rule
            elif targets := self._targets.get(key):
                meant = self._meant(key, label, value, filled)
                for target in targets if meant is not None else ():
                    self._put(target, meant, label, made, filled)
        for target, value in self._constants:
            if target.resource in made and _has_entry(made[target.resource].resource, target, self.layout):
                self._put(target, value, "", made, filled)
        filled.made = [m for m in made.values() if self._finish(m)]
        return filled

    def read_as(self, label: str, value: Any) -> tuple[tuple[Target, Any], ...]:
        """Say what one label would give: each of its targets with the value that would stand there; () when it says nothing."""
        key, filled = self._key(label), Filled()
        meant = self._meant(key, label, value, filled)
        told = ((target, self.means(target, meant)) for target in self._targets.get(key, ()) if meant is not None)
        return tuple((target, fitting) for target, fitting in told if fitting is not None)

    def means(self, target: Target, value: Any) -> Any:
        """Give what a value becomes where it goes; None when it does not fit there."""
        fitted = self._fit(target, value, "", Filled())
        return None if fitted is None else _listed(fitted[1])

    def _key(self, label: str) -> str:
        if label not in self._keys:
            self._keys[label] = fold(label)
        return self._keys[label]

    def _meant(self, key: str, label: str, value: Any, filled: Filled) -> Any:
        """Give the value, or what the layout's code list says it means; None: nothing."""
        if (nothing := self.layout.nothing.get(key)) and fold(_text(value)) in nothing:
            filled.ignored[label] = "says nothing, by the layout"
            return None
        codes = self.layout.codes.get(key)
        if codes is None:
            return value.strip() if isinstance(value, str) else value
        said = fold(_text(value))
        meant = codes.get(said, "" if said in _UNTICKED else codes.get("*"))
        if meant == "":
            filled.ignored[label] = "says nothing, by the code list"
            return None
        if meant is None:
            filled.bad[label] = "a value of its code list"
        return meant

    def _put(self, target: Target, value: Any, label: str, made: dict[str, Made], filled: Filled) -> None:
        fitted = self._fit(target, value, label, filled)
        if fitted is None:
            return
        name, fitting = fitted
        one = made.setdefault(target.resource, Made(target.resource, {"resourceType": target.kind}, []))
        node: Any = one.resource
        for step, place in target.steps[:-1]:
            node = node.setdefault(step, {} if place is None else {"": list})
            node = node if place is None else node.setdefault(place, {})
        place = target.steps[-1][1]
        if place is not None:
            node = node.setdefault(name, {"": list})
            name = place
        before = node.get(name)
        if isinstance(before, dict) and isinstance(fitting, dict):
            _join(before, fitting)
        elif isinstance(before, str) and target.leaf.type == "string":
            node[name] = f"{before} {fitting}"  # two columns for one text: two surnames
        elif before is None or before == fitting:
            node[name] = fitting
        else:
            filled.bad[label] = "the only value of its element"
            return
        if label and label not in one.labels:
            one.labels.append(label)

    def _fit(self, target: Target, value: Any, label: str, filled: Filled) -> tuple[Any, Any] | None:
        """Give (element, value of its type); None when it does not fit, and then the label says so."""
        name, leaf = target.steps[-1][0], target.leaf
        if leaf.type == "string" and type(value) is str:  # most cells
            return name, value
        if leaf.type == "value":
            return self._measured(value)
        fitting, form = self._typed(target, value, label, filled)
        if leaf.codes and isinstance(fitting, str) and fitting not in leaf.codes:
            fitting = None
        if fitting is None and label:
            filled.bad[label] = form
        return None if fitting is None else (name, fitting)

    def _typed(self, target: Target, value: Any, label: str, filled: Filled) -> tuple[Any, str]:
        kind, text = target.leaf.type, _text(value)
        if kind in ("date", "dateTime", "instant"):
            return self._date(kind, value, label), "a date as " + self._order
        if kind in ("decimal", "integer"):
            found = self._number(value)
            fits = found and not found.comparator and (kind == "decimal" or isinstance(found.value, int))
            return (found.value if found and fits else None), "a number"
        if kind == "Quantity":
            found = self._number(value)
            return (_quantity(found) if found else None), "a number"
        if kind == "boolean":
            said = fold(text)
            return (said in _YES if said in _YES or said in _NO else None), "yes or no"
        if kind == "code":
            return (text if text in target.leaf.codes else _GENDERS.get(fold(text), fold(text))), "a code that FHIR has here"
        return self._complex(target, value, text, filled), "in the form of its element"

    def _complex(self, target: Target, value: Any, text: str, filled: Filled) -> Any:
        kind = target.leaf.type
        if kind == "Identifier":
            return self._identifier(target, text)
        if kind in ("Coding", "CodeableConcept"):
            return self._concept(target, value, text, filled)
        if kind == "ContactPoint":
            return {"system": target.system, "value": text} if target.system else {"value": text}
        if kind == "Reference":
            return {"display": text}
        if kind in _FREE_TEXT:
            return {"text": text}
        return text

    def _identifier(self, target: Target, text: str) -> FhirJson | None:
        own = target.kind == "Patient" and target.steps[0][0] == "identifier"
        system, known = self._system(target.system, self._partner.identifier_systems)
        if own and not known and self._partner.id != "unknown":  # the partner's own number stays within the partner
            system = f"urn:x-vado:partner:{self._partner.id}" + (f":{target.system}" if target.system else "")
        if system in (NHS_NUMBER, ES_DNI):
            text = "".join(c for c in text if c.isascii() and c.isalnum()).upper()
            if not text:
                return None
        found: FhirJson = {"system": system} if system else {}
        if own and system not in (NHS_NUMBER, ES_DNI, US_SSN) and (system or not target.system):
            found["type"] = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
        elif not system and target.system:
            found["type"] = {"text": target.system}
        return {**found, "value": text}

    def _concept(self, target: Target, value: Any, text: str, filled: Filled) -> Any:
        """A concept told whole by the code list; a coding with its system; else text. OCR gives text only."""
        concept = target.leaf.type == "CodeableConcept"
        if isinstance(value, Mapping):
            coding = {k: v for k, v in value.items() if k in ("system", "code", "display")}
            words = value.get("text") or value.get("display") or value.get("code", "")
            coded = {"coding": [coding]} if self._codes and "code" in coding else {}
            return {**coded, **({"text": words} if words else {})} if concept else coding
        if target.leaf.system:  # status concepts: FHIR fixes the system
            code = fold(text)
            return (
                {"coding": {"": list, FIRST: {"system": target.leaf.system, "code": code}}} if code in target.leaf.codes else None
            )
        if not concept or target.system:
            if concept and not self._codes:
                return {"text": text}
            if not _CODE.fullmatch(text):
                return {"text" if concept else "display": text}
            system, known = self._system(target.system, self._partner.code_systems)
            if target.system and not known:
                filled.systems.add(target.system)
            shape = _SHAPE.get(system)
            known = known and (shape is None or bool(shape.fullmatch(text)))  # QALY in a column of LOINC codes is none
            coding = {"system": system, "code": text} if known else {"code": text}
            return {"coding": {"": list, FIRST: coding}} if concept else coding
        return {"text": text}

    def _system(self, name: str, known: Mapping[str, str]) -> tuple[str, bool]:
        """Give (URI, it is known): written out in the profile, named in the profile, or a well-known one."""
        if name not in self._systems:
            url = name if ":" in name else known.get(name) or (system_url(name) if name else None)
            self._systems[name] = (url or "", bool(url))
        return self._systems[name]

    def _measured(self, value: Any) -> tuple[str, Any]:
        """Observation.value: a number is a Quantity with its comparator; anything else stays text."""
        found = self._number(value)
        return ("valueQuantity", _quantity(found)) if found else ("valueString", _text(value))

    def _number(self, value: Any) -> Number | None:
        if isinstance(value, int | float) and not isinstance(value, bool):  # a number of a spreadsheet: no marks to misread
            return Number(int(value) if value == int(value) else value)
        return number(_text(value), self.layout.decimal)

    def _date(self, kind: str, value: Any, label: str) -> str | None:
        text = _text(value)
        if isinstance(value, int | float) and value < 1e6:  # 19520613 is a date written as a number
            return dates.spreadsheet_day(value)
        if self._doubted and self._key(label) in self._doubted and not dates.certain(text, self._order):
            return None
        zone = self._partner.timezone if kind != "date" else None
        said = dates.moment(text, self._order, zone, self.layout.years_from)
        if kind == "date" and said:
            return said[:10]
        return None if kind == "instant" and (not said or "T" not in said) else said

    def _finish(self, made: Made) -> bool:
        """Say whether the resource says something; fill in what FHIR requires, without inventing."""
        r, kind = made.resource, made.name.partition("#")[0]
        for key, value in list(r.items()):
            r[key] = _listed(value)
        told = [label for label in made.labels if self._key(label) not in self._shared]
        if not any(e in r for e in ESSENTIAL[kind]) or not (told or kind == "Encounter"):
            return False
        if any(e not in r for e in MUST_SAY.get(kind, ())):
            return False  # what FHIR requires did not fit, and it has no code for "not said"
        if kind == "Condition" and "abatementDateTime" in r and "clinicalStatus" not in r:  # FHIR con-4 asks for it
            r["clinicalStatus"] = {"coding": [{"system": _CONDITION, "code": "inactive"}]}
        if kind in _STATUS_UNKNOWN:
            r.setdefault("status", "unknown")
        if kind == "AllergyIntolerance" and "clinicalStatus" not in r:  # FHIR ait-1 asks for it; the list is of those that hold
            r["clinicalStatus"] = {"coding": [{"system": _ALLERGY, "code": "active"}]}
        if kind == "Immunization" and "occurrenceDateTime" not in r:
            r.setdefault("occurrenceString", "not said")
        return kind != "Observation" or self._finish_observation(made)

    def _goes(self, label: str, resource: str, element: str) -> bool:
        targets = self.layout.targets[self._key(label)]
        return any(t.resource == resource and t.steps[0][0] == element for t in targets)

    def _finish_observation(self, made: Made) -> bool:
        r = made.resource
        constant = any(t.resource == made.name and t.steps[0][0] == "code" for t, _ in self.layout.constants)
        quantity = r.get("valueQuantity")
        if quantity is not None and "value" not in quantity:
            unit = r.pop("valueQuantity").get("unit", "")
            if "valueString" in r and unit:
                r["valueString"] += f" {unit}"
            else:  # a unit of nothing is not told, so its column is not mapped
                made.labels = [label for label in made.labels if not self._goes(label, made.name, "valueQuantity")]
        for other in [v for v in _VALUES if v in r][1:]:  # FHIR takes one value: the number before the words
            del r[other]
            made.labels = [label for label in made.labels if not self._goes(label, made.name, other)]
        if not any(k.startswith("value") for k in r):
            if constant:
                return False  # the column of the value is empty: nothing was measured
            r.setdefault("dataAbsentReason", {"coding": [{"system": _ABSENT, "code": "unknown"}]})
        return True


def _has_entry(resource: FhirJson, target: Target, layout: Layout) -> bool:
    """A constant beside mapped columns (the use of a maiden name) is told only with an entry that the row fills."""
    (step, place), *inner = target.steps
    if not inner or place is None or not place[0]:
        return True
    beside = any(t.resource == target.resource and t.steps[0] == (step, place) for ts in layout.targets.values() for t in ts)
    return not beside or place in resource.get(step, ())


def _uncoded(target: Target) -> Target:
    """'code.coding' of what was read by OCR is 'code.text': paper is never coded before a person said so."""
    names = [name for name, _ in target.steps]
    if "coding" not in names:
        return target
    return Target(target.resource, (*target.steps[: names.index("coding")], ("text", None)), Element("string", False))


def _quantity(found: Number) -> FhirJson:
    return {"value": found.value, **({"comparator": found.comparator} if found.comparator else {})}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value).strip()


def _join(into: dict[Any, Any], more: dict[Any, Any]) -> None:
    """Put what is new of one object into another; what is there stays."""
    for key, value in more.items():
        if isinstance(into.get(key), dict) and isinstance(value, dict):
            _join(into[key], value)
        else:
            into.setdefault(key, value)


def _listed(value: Any) -> Any:
    """Turn the numbered places of repeating elements into lists, in the order of the layout."""
    if not isinstance(value, dict):
        return value
    if value.get("") is not list:
        return {k: _listed(v) if isinstance(v, dict) else v for k, v in value.items()}
    if len(value) == 2:
        return [_listed(v) for k, v in value.items() if k]
    return [_listed(value[k]) for k in sorted(k for k in value if k)]
