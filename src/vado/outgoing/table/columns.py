"""A partner's columns: which element of which resource each of them shows. The paths are those of a [[table]] layout.

Source: docs/reference/partner-profile.md, `where a value can go`; here they are read the other way round.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vado.extract.layout import fold
from vado.extract.shapes import Element, element
from vado.model.fact import FhirJson
from vado.model.partner import PartnerProfile
from vado.record import words
from vado.record.headings import is_spanish
from vado.terms.systems import system_url

_PATH = re.compile(r"([A-Z][A-Za-z]+)\.([A-Za-z.]+)(?::(.+))?")
_SHORT = {"phone", "email"}
OF_RECORD = frozenset(
    [
        "kind",
        "title",
        "detail",
        "when",
        "value",
        "unit",
        "code",
        "system",
        "status",
        "source",
        "fidelity",
        "disputed",
        "fact",
        "person",
    ]
)  # record.kind ...: what every line of a record has, whatever it tells
_DEFAULT = (
    ("Patient.identifier", "Number", "Número"), ("Patient.name.family", "Family name", "Apellidos"),
    ("Patient.name.given", "Given name", "Nombre"), ("Patient.birthDate", "Birth date", "Fecha de nacimiento"),
    ("Patient.gender", "Sex", "Sexo"), ("record.kind", "Kind", "Tipo"), ("record.title", "What", "Qué"), ("record.code", "Code", "Código"),
    ("record.system", "Code system", "Sistema de códigos"), ("record.value", "Value", "Valor"), ("record.unit", "Unit", "Unidad"),
    ("record.when", "When", "Cuándo"), ("record.status", "Status", "Estado"), ("record.detail", "Detail", "Detalle"),
    ("record.source", "Source", "Fuente"), ("record.disputed", "Sources disagree", "Las fuentes no coinciden"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what it shows, and how the partner writes codes in it."""

    heading: str
    kind: str  # a resource type, or 'record'
    steps: tuple[str, ...]
    leaf: Element
    system: str = ""  # URI of the code system or issuer; phone, email
    codes: Mapping[str, str] = field(default_factory=dict)  # FHIR code, or system|code -> as the partner writes it
    part: tuple[int, int] = (0, 1)  # of several columns with one path: which of how many, each with some of its words


def columns_of(options: Mapping[str, Any], partner: PartnerProfile) -> tuple[Column, ...]:
    """Give the columns that a wish asks for: its own, those of a layout of the partner, else the usual ones.

    Raises:
        ValueError: a path that cannot be shown, or a layout that the profile has not; the text names it.
    """
    layout = layout_of(options, partner)
    told: Mapping[str, Any] = options.get("columns") or (layout["map"] if layout else _usual(partner))
    codes = {**_codes_of(layout), **options.get("codes", {})}
    made = [_column(heading, path, partner, codes.get(heading, {}), strict=layout is None) for heading, path in told.items()]
    paths = [(c.kind, c.steps, c.system) for c in made]
    return tuple(
        _with_part(c, paths[:n].count(paths[n]), paths.count(paths[n])) if c.leaf.type == "string" else c
        for n, c in enumerate(made)
    )


def layout_of(options: Mapping[str, Any], partner: PartnerProfile) -> Mapping[str, Any] | None:
    """Give the [[table]] that the wish names. Raises ValueError when the profile has none of this title."""
    title = options.get("layout")
    if title is None:
        return None
    found = next((t for t in partner.tables if fold(str(t.get("title", "?"))) == fold(title)), None)
    if found is None:
        raise ValueError(f"the profile has no [[table]] named {title}")
    return found


def path_of(path: str, partner: PartnerProfile) -> Column:
    """Compile one path. Raises ValueError."""
    return _column("", path, partner, {}, strict=True)


def _usual(partner: PartnerProfile) -> dict[str, str]:
    spanish = bool(partner.languages) and is_spanish(partner.languages[0])
    return {(es if spanish else en): path for path, en, es in _DEFAULT}


def _column(heading: str, paths: Any, partner: PartnerProfile, codes: Mapping[str, str], *, strict: bool) -> Column:
    path = str(paths[0] if isinstance(paths, Sequence) and not isinstance(paths, str) else paths).strip()
    if path.startswith("record.") and path.removeprefix("record.") in OF_RECORD:
        return Column(heading, "record", (path.removeprefix("record."),), Element("string", False))
    match = _PATH.fullmatch(path)
    if match is None:
        if not strict:
            return Column(heading, "", (), Element("", False))  # what the layout leaves, or has twice in a row: stays empty
        raise ValueError(f"{path} is nothing that a column can show")
    kind, steps, system = match[1], match[2].split("."), match[3] or ""
    if steps[-1] in _SHORT and len(steps) > 1 and steps[-2] == "telecom":
        system = steps.pop()
    leaf = Element(kind, False)
    for step in steps:
        if (found := element(leaf.type, step)) is None:
            raise ValueError(f"{path}: {leaf.type} has no {step} that a column can show")
        leaf = found
    return Column(heading, kind, tuple(steps), leaf, _system(system, partner), codes)


def _system(named: str, partner: PartnerProfile) -> str:
    return (
        partner.code_systems.get(named) or partner.identifier_systems.get(named) or (system_url(named) if named else "") or named
    )


def _with_part(column: Column, n: int, of: int) -> Column:
    return Column(column.heading, column.kind, column.steps, column.leaf, column.system, column.codes, (n, of))


def _codes_of(layout: Mapping[str, Any] | None) -> dict[str, dict[str, str]]:
    """Turn the code lists of a layout round: FHIR code -> the first value that the partner writes for it."""
    found: dict[str, dict[str, str]] = {}
    for heading, values in (layout or {}).get("code", {}).items():
        for written, code in values.items():
            key = f"{code.get('system', '')}|{code.get('code', '')}" if isinstance(code, Mapping) else code
            if key and written != "*":
                found.setdefault(heading, {}).setdefault(key, written)
    return found


_PLAIN = {  # what a reader takes for granted where no column says otherwise
    "status": {"final", "amended", "corrected", "appended", "active", "completed", "current", "finished", "unknown"},
    "clinicalStatus": {"active", "recurrence", "relapse"},
    "verificationStatus": {"confirmed"},
}


def not_plain(resource: FhirJson) -> list[str]:
    """Name the elements that make a fact something else than what its words alone say: not done, over, refuted, preliminary."""
    ended = {"completed"} if resource["resourceType"] in {"MedicationStatement", "MedicationRequest"} else set[str]()
    found = []
    for name, plain in _PLAIN.items():
        told = resource.get(name)
        codes = {c.get("code") for c in told.get("coding", ())} if isinstance(told, dict) else {told}
        if told and not codes & (plain - ended):
            found.append(name)
    return found + (["doNotPerform"] if resource.get("doNotPerform") else [])


# What stands in a cell


def shown(column: Column, resource: FhirJson) -> Any:
    """Give what a column shows of a resource: text, a number, or '' when it says nothing there."""
    found = _walk(resource, column.steps, column)
    if column.codes:
        found = column.codes.get(str(found), found)
    if column.part[1] > 1 and isinstance(found, str):
        pieces = found.split(" ", column.part[1] - 1)
        return pieces[column.part[0]] if column.part[0] < len(pieces) else ""
    return found


def _walk(value: Any, steps: Sequence[str], column: Column) -> Any:
    if not steps:
        return _leaf(value, column)
    name = steps[0]
    if name == "value" and column.leaf.type == "value":
        return value_of(value)
    if name == "medicationCodeableConcept" and "@medication" in value:
        inner = value["@medication"]
    else:
        inner = value.get(name) if isinstance(value, dict) else None
    if isinstance(inner, list) and (len(steps) > 1 or column.leaf.type in _WHOLE_LIST):
        if column.leaf.type in _WHOLE_LIST and len(steps) == 1:
            return _WHOLE_LIST[column.leaf.type](inner, column)
        told = [_walk(v, steps[1:], column) for v in inner]
        return next((t for t in told if t != ""), "")
    if isinstance(inner, list):
        return " ".join(str(t) for v in inner if (t := _leaf(v, column)) != "")
    return "" if inner is None else _walk(inner, steps[1:], column)


def _leaf(value: Any, column: Column) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, dict):
        return value
    convert = _LEAVES.get(column.leaf.type)
    return convert(value, column) if convert else ""


def _concept(value: FhirJson, column: Column) -> str:
    codings = value.get("coding", ())
    if column.codes:
        keys = (k for c in codings for k in (f"{c.get('system', '')}|{c.get('code', '')}", c.get("code", "")))
        return next((k for k in keys if k in column.codes), "" if any("|" in k for k in column.codes) else words.text(value))
    if column.leaf.codes:
        return next((c["code"] for c in codings if c.get("code")), "")
    return words.text(value)


def _by_system(found: list[FhirJson], column: Column) -> Any:
    wanted = (f for f in found if not column.system or f.get("system") == column.system)
    return next((f.get("value", "") or f.get("code", "") for f in wanted), "")


def value_of(o: FhirJson) -> Any:
    """Give value[x]: the number alone where there is one, since its unit has a column of its own; else its words."""
    q = o.get("valueQuantity")
    if isinstance(q, dict) and "value" in q:
        return f"{q['comparator']}{q['value']}" if q.get("comparator") else q["value"]
    return o["valueInteger"] if isinstance(o.get("valueInteger"), int) else words.value(o)


def _address(a: FhirJson) -> str:
    return a.get("text") or ", ".join(
        [*a.get("line", ()), *(a[k] for k in ("postalCode", "city", "state", "country") if a.get(k))]
    )


_WHOLE_LIST: Mapping[str, Callable[[list[Any], Column], Any]] = {
    "Identifier": _by_system, "ContactPoint": _by_system, "Coding": _by_system,
    "Annotation": lambda found, _: "; ".join(n["text"] for n in found if n.get("text")),
    "Dosage": lambda found, _: "; ".join(words.doses({"dosage": found})),
    "Reaction": lambda found, _: ", ".join(words.text(m) for r in found for m in r.get("manifestation", ())),
}  # fmt: skip
_LEAVES: Mapping[str, Callable[[FhirJson, Column], Any]] = {
    "CodeableConcept": _concept, "Coding": lambda c, _: c.get("code", ""), "Address": lambda a, _: _address(a),
    "HumanName": lambda n, _: words.name_of({"name": [n]}), "Reference": lambda r, _: r.get("display", ""),
    "Quantity": lambda q, _: words.value({"valueQuantity": q}), "Period": lambda p, _: p.get("start", ""),
    "Range": lambda r, _: r.get("text") or words.value({"valueRange": r}),
}  # fmt: skip
