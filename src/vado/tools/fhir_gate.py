"""The FHIR R4 check that every fact passes before it may enter the record.

Two engines look at each resource: fhirkit (required elements, types, choices, unknown elements) and the
R4 JSON schema with the required bindings added (codes, patterns). What both miss is checked here: days that
do not exist, contained references that lead nowhere. `fhir_r4_schema.json.gz`: see README.md in this folder.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from functools import cache
from gzip import decompress
from importlib.resources import files
from typing import Any

import fhirkit
import jsonschema_rs
import orjson

from vado.model.fact import Fact, FhirJson
from vado.model.reading import Fidelity

Fault = tuple[str, str]  # FHIRPath of the element, what is wrong with it (never its value)

_SAYS = {
    "additionalProperties": "unknown element",
    "allOf": "a code of the required value set is missing",
    "constant": "not the value that FHIR fixes here",
    "contains": "a code of the required value set is missing",
    "enum": "not a code of the required value set",
    "minProperties": "an empty object is not allowed; leave the element out",
    "pattern": "not in the form of its FHIR type",
    "required": "required element missing",
    "type": "wrong JSON type",
}
# the code that says what each clinical resource is about
_CLINICAL_CODE = {
    **dict.fromkeys(("AllergyIntolerance", "Condition", "Medication", "Observation", "Procedure"), "code"),
    **dict.fromkeys(
        ("MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement"),
        "medicationCodeableConcept",
    ),
    "Immunization": "vaccineCode",
}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_LATE_DAY = re.compile(rb'-(?:02-(?:29|3[01])|(?:04|06|09|11)-31)(?=["T])')  # may not exist; rare
_FREE = {"code", "description", "display", "id", "text", "title", "value", "valueString"}  # may hold a date that is none
_REFERENCES = re.compile(rb'"reference":"([A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64})"')
_RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}$")


def check(facts: Iterable[Fact], known: Iterable[str] = ()) -> list[list[Fault]]:
    """Give the faults of each fact, in order; [] is valid.

    Besides the faults of the resource: a relative reference to a resource that is neither among these facts nor `known`, and a
    coded clinical meaning that was read by OCR and that no person has confirmed.
    """
    told = list(facts)
    present = {*known, *(f"{f.resource.get('resourceType')}/{f.resource.get('id')}" for f in told)}
    return [[*faults(f.resource), *_lost(f.resource, present), *_read_from_paper(f)] for f in told]


def faults(resource: FhirJson) -> list[Fault]:
    """Give what makes this resource invalid FHIR R4 as (FHIRPath, fault); [] is valid. No fault holds a value.

    Source: FHIR R4 4.0.1, resource definitions and required bindings; rule ref-1 for contained resources.
    """
    contained = [c for c in _list(resource.get("contained")) if isinstance(c, dict)]
    return _faults(resource, {"#"} | {f"#{c.get('id')}" for c in contained})


def _faults(resource: FhirJson, near: set[str]) -> list[Fault]:
    """Faults of a resource and of those inside it; `near`: the fragments that it may point to."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in _kinds():
        return [("resourceType", "not a FHIR R4 resource type")]
    try:
        raw = orjson.dumps(resource)
    except TypeError:
        return [(kind, "not JSON")]
    return [*_shape(kind, resource, raw), *_own_checks(kind, resource, raw, near), *_inside(kind, resource, near)]


def _shape(kind: str, resource: FhirJson, raw: bytes) -> list[Fault]:
    """What the two engines find; where both complain of one element, the words of the first."""
    found: dict[str, str] = {}
    for one in fhirkit.validate(raw):
        if one.severity == "error":
            found.setdefault(one.path, _QUOTED.sub("this", one.message))
    if not _validator(kind).is_valid(resource):
        unknown = "unknown element" in found.values()
        for error in _validator(kind).iter_errors(resource):
            if not (unknown and error.kind.name == "additionalProperties"):
                says = _SAYS.get(error.kind.name, "not allowed by the R4 schema")
                found.setdefault(_fhirpath(kind, error.instance_path), says)
    return list(found.items())


def _own_checks(kind: str, resource: FhirJson, raw: bytes, near: set[str]) -> Iterator[Fault]:
    """Days that do not exist, fragments without their resource. The bytes are asked first: most resources hold neither."""
    days = [raw[max(m.start() - 4, 0) : m.end()].decode(errors="replace") for m in _LATE_DAY.finditer(raw)]
    wrong_days = {day for day in days if not _is_day(day)}
    if not wrong_days and b'"reference":"#' not in raw:
        return
    for path, key, value in _strings(kind, resource):
        if key == "reference" and value.startswith("#") and value not in near:
            yield path, "no contained resource has this id"
        elif value[:10] in wrong_days and key not in _FREE and value[10:11] in ("", "T"):
            yield path, "no such day"


def _inside(kind: str, resource: FhirJson, near: set[str]) -> Iterator[Fault]:
    """Faults of the resources inside: contained ones, entries of a Bundle, parameters."""
    for n, one in enumerate(_list(resource.get("contained"))):
        if isinstance(one, dict):
            yield from _at(f"{kind}.contained[{n}]", one, _faults(one, near))
    name = {"Bundle": "entry", "Parameters": "parameter"}.get(kind, "")
    for n, holder in enumerate(_list(resource.get(name))):
        one = holder.get("resource") if isinstance(holder, dict) else None
        if isinstance(one, dict):
            yield from _at(f"{kind}.{name}[{n}].resource", one, faults(one))


def _at(path: str, resource: FhirJson, found: list[Fault]) -> Iterator[Fault]:
    start = str(resource.get("resourceType"))
    yield from ((path + where.removeprefix(start), fault) for where, fault in found)


def _strings(path: str, value: Any) -> Iterator[tuple[str, str, str]]:
    """Every string of a resource but not of those inside it: its path, its name, itself."""
    stack = [(path, "", value)]
    while stack:
        path, key, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{path}.{k}", k, v) for k, v in value.items() if k not in ("contained", "resource")]
        elif isinstance(value, list):
            stack += [(f"{path}[{n}]", key, v) for n, v in enumerate(value)]
        elif isinstance(value, str):
            yield path, key, value


def _lost(resource: FhirJson, present: set[str]) -> Iterator[Fault]:
    with suppress(TypeError):  # not JSON: that is said elsewhere
        if present.issuperset(m.decode() for m in _REFERENCES.findall(orjson.dumps(resource))):
            return
    for path, key, value in _strings(str(resource.get("resourceType")), resource):
        if key == "reference" and _RELATIVE.match(value) and value not in present:
            yield path, "a reference to a resource that is not there"


def _read_from_paper(fact: Fact) -> Iterator[Fault]:
    name = _CLINICAL_CODE.get(fact.kind)
    if name and fact.evidence.fidelity is Fidelity.IMAGE and not fact.evidence.reviewed:
        concept = fact.resource.get(name)
        if isinstance(concept, dict) and "coding" in concept:
            yield f"{fact.kind}.{name}", "a code read from paper that no person has confirmed"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _fhirpath(kind: str, steps: list[str | int]) -> str:
    return kind + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)


def definition(name: str) -> dict[str, Any]:
    """Give the R4 schema of a resource or data type ('Patient', 'HumanName', 'Observation_Component'); {} when R4 has none."""
    return _schema()["definitions"].get(name, {})


def resource_types() -> tuple[str, ...]:
    """Give the names of all FHIR R4 resource types, in order."""
    return tuple(sorted(_kinds()))


@cache
def _kinds() -> frozenset[str]:
    return frozenset(fhirkit.RESOURCE_TYPES)


@cache
def _schema() -> dict[str, Any]:
    return orjson.loads(decompress((files("vado.tools") / "fhir_r4_schema.json.gz").read_bytes()))


@cache
def _validator(kind: str) -> Any:
    """The schema of one resource type; about 30 ms the first time."""
    return jsonschema_rs.validator_for({**_schema(), "$ref": f"#/definitions/{kind}"})
