"""Layouts that are proposed to a person: the words that headers and labels say it with, the proposal for a form, and its TOML."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from vado.extract.layout import fold
from vado.extract.person import path_of, sexes, words_of
from vado.model.form import FieldKind, FormField

WORDS = {
    "test": "test|test name|analyte|component|investigation|prueba|determinacion|parametro|analito|nombre prueba|magnitud",
    "code": "code|cod|codigo|loinc|loinc code|codigo loinc|test code|cod prueba|codigo prueba",
    "value": "value|result|result value|valor|resultado",
    "unit": "unit|units|uom|unidad|unidades|ud|uds",
    "date": "date|fecha|result date|sample date|collection date|test date|fecha resultado|fecha extraccion|fecha toma|"
    "fecha muestra|fecha analitica",
    "diagnosis": "diagnosis|diagnoses|diag|dx|icd|icd 10|icd10|cie|cie 10|cie10|diagnostico|diagnostico principal|problem|"
    "condition|problema",
    "onset": "diagnosis date|date of diagnosis|onset|onset date|fecha diagnostico|fecha inicio",
    "drug": "drug|medication|medicine|medicamento|farmaco|principio activo",
    "dose": "dose|dosage|sig|posologia|dosis|pauta",
    "allergy": "allergy|allergies|allergen|alergia|alergias|alergeno",
}
ROLE = {words: role for role, listed in WORDS.items() for words in listed.split("|")}
PATHS = {
    "test": "Observation.code.text", "code": "Observation.code.coding.code", "value": "Observation.value",
    "unit": "Observation.valueQuantity.unit", "date": "Observation.effectiveDateTime", "diagnosis": "Condition.code.text",
    "onset": "Condition.onsetDateTime", "drug": "MedicationStatement.medicationCodeableConcept.text",
    "dose": "MedicationStatement.dosage", "allergy": "AllergyIntolerance.code.text",
}  # fmt: skip
_NONE = (  # a statement that there is none must never become an allergy or a problem
    "no|none|nil|n/a|na|nka|nkda|no known allergies|no known drug allergies|not known|unknown|-|ninguna|ninguno|no conocidas|"
    "sin alergias|sin alergias conocidas|desconocida|desconocido|no consta|nc|0|negativo|negative"
)
DENIED = frozenset(_NONE.split("|"))
UNIT_IN_HEADER = re.compile(r"(.+?)\s*[(\[]\s*([^()\[\]]{1,20})\s*[)\]]\s*")
UNIT = re.compile(
    r"%|[a-zA-Zµμ°{}\[\]0-9*^.]+(?:/[a-zA-Zµμ0-9.*^{}\[\]]+)+|[cdkmµμnp]?(?:g|l|L|mol|m|U)|mmHg|kg|cm|fL|fl|pg|bpm|lpm|°C|ºC"
)
_FREE = {"allergy", "diagnosis", "drug"}  # what a box of a form can say without a second one


def propose_form(name: str, title: str, fields: Sequence[FormField]) -> Mapping[str, Any]:
    """Give the [[form]] layout that the labels of a form seem to ask for; {} when none of them is a known word.

    A label with a unit is a measurement ('Weight (kg)'); boxes to tick are proposed only where they say the sex.
    """
    layout: dict[str, Any] = {"title": title or name, "form": name, "map": {}, "constant": {}, "nothing": {}, "code": {}}
    for f in fields:
        _propose(f, layout)
    for label in [label for label, path in layout["map"].items() if path == "Patient.gender"]:
        said = {fold(f.option) for f in fields if f.label == label}
        layout["code"][label] = {v: c for v, c in sexes(said).items() if v in said or said == {""}}
    about_somebody = any(path.startswith("Patient.") for path in layout["map"].values())
    return {k: v for k, v in layout.items() if v} if about_somebody else {}


def _propose(f: FormField, layout: dict[str, Any]) -> None:
    map_, role, unit = layout["map"], ROLE.get(words_of(f.label), ""), UNIT_IN_HEADER.fullmatch(f.label)
    if f.kind is FieldKind.SIGNATURE:
        map_[f.label] = "ignore: a signature, kept as a picture"
    elif path := path_of(f.label):
        repeats = path.startswith(("Patient.name", "Patient.address", "Patient.telecom"))
        if (f.kind is FieldKind.CHECK) == (path == "Patient.gender" and f.option != "") and (
            repeats or path not in map_.values()
        ):
            map_[f.label] = path
    elif role in _FREE and f.kind is not FieldKind.CHECK:
        map_[f.label] = PATHS[role].replace(".", f"#f{len(map_)}.", 1)
        layout["nothing"][f.label] = sorted(DENIED)
    elif unit and UNIT.fullmatch(unit[2]) and f.kind is not FieldKind.CHECK:
        one = f"Observation#f{len(map_)}"
        map_[f.label] = f"{one}.value"
        layout["constant"] |= {f"{one}.code.text": unit[1], f"{one}.valueQuantity.unit": unit[2]}


def toml_of(table: Mapping[str, Any], kind: str = "table") -> str:
    """Write a layout as the [[table]] or [[form]] block of a profile."""
    lines = [f"[[{kind}]]", *(f"{k} = {_literal(v)}" for k, v in table.items() if not isinstance(v, Mapping))]
    for part in ("map", "constant", "nothing"):
        if table.get(part):
            lines += ["", f"[{kind}.{part}]", *(f"{_literal(k)} = {_literal(v)}" for k, v in table[part].items())]
    for label, codes in table.get("code", {}).items():
        lines += ["", f"[{kind}.code.{_literal(label)}]", *(f"{_literal(k)} = {_literal(v)}" for k, v in codes.items())]
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    """A basic string of TOML 1.0 takes the escapes of JSON."""
    return orjson.dumps(value).decode().replace("\x7f", "\\u007f")
