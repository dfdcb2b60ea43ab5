"""Which search parameters each FHIR resource type has, and where their values stand: FHIR R4's own definitions, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Where:
    """One place of a resource that a parameter looks at."""

    steps: tuple[tuple[str, str, str], ...]  # (JSON name, element, value): of a list only items whose element has the value
    of: str  # FHIR type of what stands there; '@deceased': says whether somebody has died
    refers: str = ""  # of references: only those to this resource type


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter of one resource type."""

    kind: str  # 'Observation'
    name: str  # 'value-quantity'
    type: str  # token, reference, string, date, quantity, number, uri or composite
    where: tuple[Where, ...] = ()
    targets: tuple[str, ...] = ()  # of references: resource types; ('*',) is any
    parts: tuple[str, ...] = ()  # of a composite: the parameters it is made of

    @property
    def number(self) -> int:
        """Its name in the index."""
        return number(self.kind, self.name)


@cache
def number(kind: str, name: str) -> int:
    """Give 32 bits, signed, that stand for a parameter in every index of every version; a test holds that no two share them."""
    return int.from_bytes(blake2b(f"{kind}.{name}".encode(), digest_size=4).digest(), signed=True)


def kinds() -> tuple[str, ...]:
    """List the resource types that may be searched, in order."""
    return tuple(sorted(_all()))


@cache
def parameters(kind: str) -> Mapping[str, Parameter]:
    """Give the parameters of a resource type by name, those that every type has included; {} for an unknown type."""
    own = _all().get(kind)
    if own is None:
        return {}
    return {**_common(kind), **{p.name: p for p in own if not p.name.startswith("*")}}


@cache
def compartment(kind: str) -> tuple[str, ...]:
    """Name the parameters by which a resource of this type belongs to a Patient; () when it never does."""
    return _listed(kind, "*compartment")


# What is asked for of everybody by code and time: the code, and when it was so or was said.
_DATED = {
    "AllergyIntolerance": ("code", "date"), "Condition": ("code", "onset-date"), "DiagnosticReport": ("code", "date"),
    "DocumentReference": ("type", "date"), "Encounter": ("type", "date"), "Immunization": ("vaccine-code", "date"),
    "MedicationAdministration": ("code", "effective-time"), "MedicationRequest": ("code", "authoredon"),
    "MedicationStatement": ("code", "effective"), "Observation": ("code", "date"), "Procedure": ("code", "date"),
    "ServiceRequest": ("code", "authored"),
}  # fmt: skip


@cache
def dated() -> Mapping[tuple[int, int], int]:
    """Give, by the numbers of a code's and a date's parameter that have an index together, the number of both."""
    return {
        (number(kind, code), number(kind, date)): number(kind, f"{code}:{date}") for kind, (code, date) in sorted(_DATED.items())
    }


def summary(kind: str) -> tuple[str, ...]:
    """Name the elements that a summary has; a choice without its type ('value')."""
    return _listed(kind, "*summary")


def required(kind: str) -> tuple[str, ...]:
    """Name the elements that may never be left out."""
    return _listed(kind, "*required")


def _listed(kind: str, name: str) -> tuple[str, ...]:
    return next((p.parts for p in _all().get(kind, ()) if p.name == name), ())


def _common(kind: str) -> dict[str, Parameter]:
    """Parameters of every resource. Source: FHIR R4, Search, 'Parameters for all resources'."""
    said = {
        "_id": ("token", ()), "_lastUpdated": ("date", ()),
        "_profile": ("uri", (_where("meta.profile:canonical"),)), "_source": ("uri", (_where("meta.source:uri"),)),
        "_tag": ("token", (_where("meta.tag:Coding"),)), "_security": ("token", (_where("meta.security:Coding"),)),
    }  # fmt: skip
    return {name: Parameter(kind, name, type_, where) for name, (type_, where) in said.items()}


@cache
def _all() -> dict[str, tuple[Parameter, ...]]:
    found: dict[str, list[Parameter]] = {}
    for line in (files("vado.terms") / "search_parameters.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            kind, name, type_, where, targets = (*line.split("\t"), "", "", "")[:5]
            found.setdefault(kind, []).append(
                _parameter(kind, name, type_, where.split("|"), tuple(targets.split(",")) if targets else ())
            )
    return {kind: tuple(own) for kind, own in found.items()}


def _parameter(kind: str, name: str, type_: str, where: list[str], targets: tuple[str, ...]) -> Parameter:
    if name.startswith("*") or type_ == "composite":
        return Parameter(kind, name, type_, parts=tuple(where))
    return Parameter(kind, name, type_, tuple(_where(w) for w in where), targets)


def _where(text: str) -> Where:
    if text.startswith("@"):
        return Where((), text)
    path, _, of = text.partition(":")
    of, _, refers = of.partition("{")
    return Where(tuple(_step(s) for s in path.split(".")), of, refers.rstrip("}"))


def _step(text: str) -> tuple[str, str, str]:
    name, _, condition = text.partition("[")
    element, _, value = condition.rstrip("]").partition("=")
    return name, element, value
