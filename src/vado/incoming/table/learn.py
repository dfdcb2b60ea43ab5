"""Propose a layout for a table nobody has described yet: what each column seems to be, how surely, and why.

Confidence is reckoned, never felt: a header that is a known word counts 0.6; the share of values that have the form
this needs adds up to 0.35. A column without a known word counts only by values that a check digit or a code's shape
confirms: 0.7 times their share. A header whose values contradict it is not proposed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vado.extract.dates import moment
from vado.extract.layout import fold
from vado.extract.numbers import number
from vado.extract.person import path_of, sexes, words_of
from vado.extract.proposal import DENIED, PATHS, ROLE, UNIT, UNIT_IN_HEADER
from vado.incoming.table.facts import sheets_of
from vado.model.partner import PartnerProfile
from vado.model.reading import Reading
from vado.terms.identifiers import ES_DNI, NHS_NUMBER, valid

_HEADER, _VALUES, _SHAPE = 0.6, 0.35, 0.7
_LOW = 0.65  # below this a column is shown, not proposed: its values do not have the form its header says
_LOINC = re.compile(r"\d{1,5}-\d")
_ICD10 = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?")
_DENIAL = re.compile(r"(?:no|sin|niega|not|without|denies|ningun[ao]?)\b")
_BANDED = re.compile(r"(.+?) / (.+)")  # a heading of two rows: heading.py
_OF_ONE = {"value": "value", "unit": "valueQuantity.unit", "date": "effectiveDateTime"}
_NUMBERED = re.compile(r"(.*?[^\d\s_.-])[\s_.-]*(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Column:
    """What one column seems to be."""

    label: str
    filled: int  # values in the rows looked at
    path: str  # FHIR path of the profile; "" when nothing is proposed
    confidence: float  # 0..1, as told at the top of this file
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A layout for one sheet, ready for [[table]]."""

    sheet: str
    columns: tuple[Column, ...]
    table: Mapping[str, Any]  # {} when no column is sure enough


@dataclass(slots=True)
class _Draft:
    columns: list[Column] = field(default_factory=list)
    map: dict[str, Any] = field(default_factory=dict)
    constant: dict[str, str] = field(default_factory=dict)
    code: dict[str, Mapping[str, str]] = field(default_factory=dict)
    nothing: dict[str, list[str]] = field(default_factory=dict)

    def add(self, label: str, values: Sequence[str], path: str, confidence: float, why: str) -> bool:
        """Show a column; True when it is sure enough to be proposed."""
        sure = confidence >= _LOW and path != ""
        self.columns.append(Column(label, len(values), path if sure else "", round(confidence, 2), why))
        if sure:
            self.map[label] = path
        return sure


def propose(reading: Reading, partner: PartnerProfile) -> tuple[Proposal, ...]:
    """Give one proposal for each sheet that has a header."""
    return tuple(_one(sheet, columns, partner) for sheet, columns in sheets_of(reading) if columns)


def _one(sheet: str, columns: Mapping[str, Sequence[Any]], partner: PartnerProfile) -> Proposal:
    texts = {label: [str(v).strip() for v in values] for label, values in columns.items()}
    order, decimal = _order(texts, partner.dates), _decimal(texts)
    draft = _Draft()
    family = any(path_of(label) == "Patient.name.family" for label in texts)
    for label, values in texts.items():
        if family and words_of(label) in ("nombre", "name"):
            _personal(draft, label, values, "Patient.name.given", order)
        elif not _banded(draft, label, values, order, decimal):
            _column(draft, label, values, order, decimal)
    _settle(draft)
    named = any(str(p).startswith(("Patient.identifier", "Patient.name")) for p in draft.map.values())
    table: dict[str, Any] = {}
    if named and len(draft.map) > 1:  # a row that names nobody is about nobody
        table = {"title": sheet or "table of " + ", ".join(list(draft.map)[:3]), "recognise": list(draft.map), "dates": order}
        table |= {"decimal": decimal} if decimal else {}
        table |= {k: v for k in ("map", "constant", "nothing", "code") if (v := getattr(draft, k))}
    return Proposal(sheet, tuple(draft.columns), table)


def _column(draft: _Draft, label: str, values: Sequence[str], order: str, decimal: str) -> None:
    group = _NUMBERED.fullmatch(label.strip())
    role = ROLE.get(words_of(label)) or (ROLE.get(words_of(group[1])) if group else None)
    if (path := path_of(label)) and role is None:
        _personal(draft, label, values, path, order)
    elif role:
        _clinical(draft, label, values, role, order)
    elif _measured(draft, label, values, decimal):
        return
    else:
        _by_shape(draft, label, values)


def _personal(draft: _Draft, label: str, values: Sequence[str], path: str, order: str) -> None:
    codes = sexes({fold(v) for v in values}) if path == "Patient.gender" else {}
    fits: Callable[[str], Any] = lambda v: len(v) <= 100  # noqa: E731 - one of four tests, named once
    if path in ("Patient.birthDate", "Patient.deceasedDateTime"):
        fits = lambda v: _is_date(v, order)  # noqa: E731
    elif path == "Patient.gender":
        fits = lambda v: fold(v) in codes  # noqa: E731
    elif (system := path.partition(":")[2]) in (NHS_NUMBER, ES_DNI):
        fits = lambda v: valid(system, re.sub(r"[\s.-]", "", v).upper())  # noqa: E731
    share = _share(values, fits)
    confidence = _HEADER + _VALUES * share if share else _HEADER * 0.5
    said = draft.add(label, values, path, confidence, f"header; {share:.0%} of the values fit")
    if said and codes:
        used = {fold(v) for v in values}
        draft.code[label] = {v: c for v, c in codes.items() if v in used}


def _clinical(draft: _Draft, label: str, values: Sequence[str], role: str, order: str) -> None:
    path, share = PATHS[role], 1.0
    if role in ("date", "onset"):
        share = _share(values, lambda v: _is_date(v, order))
    elif role in ("code", "diagnosis") and (found := _coding(values)):
        path, share = f"{path.rpartition('.code.')[0]}.code.coding:{found[0]}", found[1]
    elif role in ("test", "drug", "diagnosis", "allergy"):
        share = _share(values, lambda v: any(c.isalpha() for c in v))
    group = _NUMBERED.fullmatch(label.strip())
    if group and role in ("diagnosis", "drug", "allergy"):  # Diag1 .. Diag5: one resource each
        kind, _, rest = path.partition(".")
        path = f"{kind}#n{group[2]}.{rest}"
    said = draft.add(label, values, path, _HEADER + _VALUES * share, f"header; {share:.0%} of the values fit")
    if said and role in ("diagnosis", "drug", "allergy"):
        draft.nothing[label] = sorted(DENIED | {fold(v) for v in values if _DENIAL.match(fold(v))})


def _measured(draft: _Draft, label: str, values: Sequence[str], decimal: str) -> bool:
    """A column of one test: numbers under a header with a unit, 'Glucosa (mg/dL)'."""
    match = UNIT_IN_HEADER.fullmatch(label)
    if not match or not UNIT.fullmatch(match[2]):
        return False
    share = _share(values, lambda v: number(v, decimal))
    name = "Observation#" + (re.sub(r"\W", "_", words_of(match[1])) or "test") + f"_{len(draft.columns)}"
    confidence = _HEADER + _VALUES * share if share > 0.5 else 0.5 * share
    if draft.add(label, values, f"{name}.value", confidence, f"unit in the header; {share:.0%} numbers"):
        draft.constant |= {f"{name}.code.text": match[1], f"{name}.valueQuantity.unit": match[2]}
    return True


def _banded(draft: _Draft, label: str, values: Sequence[str], order: str, decimal: str) -> bool:
    """A column under a band of one test: 'Glucosa / Valor', 'Glucosa / Unidad'."""
    match = _BANDED.fullmatch(label)
    role = ROLE.get(words_of(match[2])) if match else None
    if match is None or role not in _OF_ONE:
        return False
    name = "Observation#" + (re.sub(r"\W", "_", words_of(match[1])) or "test")
    fits = {"value": lambda v: number(v, decimal), "unit": UNIT.fullmatch, "date": lambda v: _is_date(v, order)}[role]
    share = _share(values, fits)
    confidence = _HEADER + _VALUES * share if share > 0.5 else 0.5 * share
    if draft.add(label, values, f"{name}.{_OF_ONE[role]}", confidence, f"two rows of headers; {share:.0%} of the values fit"):
        draft.constant[f"{name}.code.text"] = match[1]
    return True


def _by_shape(draft: _Draft, label: str, values: Sequence[str]) -> None:
    for system in (NHS_NUMBER, ES_DNI):
        share = _share(values, lambda v, s=system: valid(s, re.sub(r"[\s.-]", "", v).upper()))
        if share > 0.9:
            draft.add(label, values, f"Patient.identifier:{system}", _SHAPE * share, f"check digit right in {share:.0%}")
            return
    draft.add(label, values, "", 0.0, "not known")


def _settle(draft: _Draft) -> None:
    """Give dates their statements; drop what has nothing to belong to; one column for each element."""
    made = sorted({p.partition(".")[0] for p in draft.map.values() if p.partition(".")[0].startswith("Observation")})
    about = {p.partition(".")[0] for p in draft.map.values() if ".code" in p or ".medication" in p} | {
        c.partition(".")[0] for c in draft.constant if ".code" in c
    }
    conditions = sorted(r for r in about if r.startswith("Condition"))
    seen: set[str] = set()
    for label, path in list(draft.map.items()):
        kind, _, rest = path.partition(".")
        targets = [path]
        if path == PATHS["date"]:
            targets = [f"{r}.{rest}" for r in made if r in about] or [f"{r}.recordedDate" for r in conditions]
        elif path == PATHS["onset"]:
            targets = [f"{r}.{rest}" for r in conditions]
        elif kind in ("Observation", "MedicationStatement") and kind not in about:
            targets = []
        targets = [t for t in targets if t not in seen or t.startswith(("Patient.name", "Patient.address", "Patient.telecom"))]
        seen.update(targets)
        if targets:
            draft.map[label] = targets[0] if len(targets) == 1 else targets
        else:
            del draft.map[label]
            draft.nothing.pop(label, None)
            draft.code.pop(label, None)
    draft.columns = [c if c.label in draft.map else _left(c) for c in draft.columns]


def _left(column: Column) -> Column:
    why = f"{column.why}; nothing it could belong to" if column.path else column.why
    return Column(column.label, column.filled, "", column.confidence, why)


def _coding(values: Sequence[str]) -> tuple[str, float] | None:
    """Which code system most values have the shape of, and their share; None: none clearly."""
    for name, shape in (("http://loinc.org", _LOINC), ("I10", _ICD10)):
        if (share := _share(values, shape.fullmatch)) > 0.8:
            return name, share
    return None


def _share(values: Sequence[str], fits: Callable[[str], Any]) -> float:
    return sum(1 for v in values if fits(v)) / len(values) if values else 0.0


def _is_date(value: str, order: str) -> bool:
    return moment(value, order, None, 1930) is not None or bool(re.fullmatch(r"[2-5]\d{4}", value))


def _order(texts: Mapping[str, Sequence[str]], said: str) -> str:
    """The order of days and months that the values prove; where they prove none or both, the partner's own."""
    pairs = [m for vs in texts.values() for v in vs if (m := re.match(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}\b", v))]
    dmy, mdy = any(int(m[1]) > 12 for m in pairs), any(int(m[2]) > 12 for m in pairs)
    return said if dmy == mdy else "dmy" if dmy else "mdy"


def _decimal(texts: Mapping[str, Sequence[str]]) -> str:
    """The decimal mark that the values prove: one that does not stand before exactly three figures; '' when none is proved."""
    marks = {m[1] for vs in texts.values() for v in vs if (m := re.fullmatch(r"[<>=]*\s*\d+([.,])(?:\d{1,2}|\d{4,})", v))}
    return marks.pop() if len(marks) == 1 else ""
