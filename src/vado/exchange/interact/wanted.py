"""What a request wants: one change, or those of a Bundle, each with its conditions. Nothing is looked up yet."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from vado.errors import Refusal
from vado.model.fact import FhirJson
from vado.tools.fhir_gate import faults
from vado.tools.narrative import fault_of

ENTRIES = 2_000  # of one Bundle
DEEPEST = 60  # levels of one resource or Bundle
_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}  # FHIR R4 3.1.0.11.2: how a transaction is done
_KIND = re.compile(r"[A-Z][A-Za-z]{1,63}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
# ruff: noqa: SIM905 - lists of quoted names are hard to read
NOT_TOLD = frozenset(  # what a server is told of itself, or makes itself, is no fact about a person
    "Bundle MessageHeader OperationOutcome Parameters CapabilityStatement StructureDefinition ValueSet CodeSystem ConceptMap "
    "SearchParameter OperationDefinition ImplementationGuide NamingSystem Subscription CompartmentDefinition GraphDefinition "
    "StructureMap TestScript TestReport TerminologyCapabilities MessageDefinition ExampleScenario AuditEvent Person".split()
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One change."""

    method: str
    kind: str
    place: str  # in the body: 'Bundle.entry[3]', or the type
    id: str = ""
    query: str = ""  # the condition that says which resource is meant
    resource: FhirJson | None = field(default=None, repr=False)
    patch: Any = field(default=None, repr=False)
    if_match: str = ""
    if_none_match: str = ""
    if_none_exist: str = ""
    full_url: str = ""


def parsed(body: bytes) -> Any:
    """Give the JSON of a body. Raises Refusal FH-035 or FH-036."""
    try:
        plain = orjson.loads(body)
    except ValueError:
        raise Refusal("FH-035", fault="the body is no JSON") from None
    if _too_deep(plain):
        raise Refusal("FH-036", fault=f"more than {DEEPEST} levels")
    return plain


def wanted(method: str, target: str, plain: Any, **conditions: str) -> Wanted:
    """Give the change that a request for one resource wants. Raises Refusal."""
    path, _, query = target.partition("?")
    kind, _, id_ = path.partition("/")
    if not _KIND.fullmatch(kind) or (id_ and not _ID.fullmatch(id_)):
        raise Refusal("FH-035", fault="no FHIR address")
    if kind in NOT_TOLD:
        raise Refusal("FH-045")
    told = plain if method in {"POST", "PUT"} else None
    if method in {"POST", "PUT"} and (not isinstance(told, dict) or told.get("resourceType") != kind):
        raise Refusal("FH-035", fault="the body is not a resource of this type")
    if method == "PUT" and id_ and isinstance(told, dict) and told.get("id", id_) != id_:
        raise Refusal("FH-035", fault="the id in the body is another than that of the address")
    if method in {"PUT", "PATCH", "DELETE"} and not (id_ or query):
        raise Refusal("FH-035", fault="neither an id nor a condition says which resource is meant")
    patch = plain if method == "PATCH" else None
    return Wanted(method, kind, kind, id_, query, told, patch, **conditions)


def from_bundle(bundle: Any, base: str) -> tuple[Wanted, ...]:
    """Give the changes of a batch or transaction, in the order of the Bundle. `base`: our own address. Raises Refusal."""
    entries = bundle.get("entry", []) if isinstance(bundle, dict) else None
    if not isinstance(entries, list):
        raise Refusal("FH-035", fault="no Bundle with entries")
    if len(entries) > ENTRIES:
        raise Refusal("FH-036", fault=f"more than {ENTRIES} entries")
    return tuple(_from_entry(entry, f"Bundle.entry[{n}]", base) for n, entry in enumerate(entries))


def in_order(changes: Iterable[Wanted]) -> list[Wanted]:
    """Put them in the order in which a transaction is done."""
    return sorted(changes, key=lambda w: _ORDER[w.method])


def _from_entry(entry: Any, place: str, base: str) -> Wanted:
    request = entry.get("request") if isinstance(entry, dict) else None
    worded = isinstance(request, dict) and all(isinstance(request.get(name), str) for name in ("method", "url"))
    if not isinstance(request, dict) or not worded or request["method"] not in _ORDER:
        raise Refusal(
            "FH-035", faults=((f"{place}.request", "a method and a url are needed"),), fault="an entry says not what is wanted"
        )
    url = request["url"].removeprefix(base).lstrip("/")
    method, resource = request["method"], entry.get("resource")
    said = {
        name: str(request.get(key) or "")
        for name, key in (("if_match", "ifMatch"), ("if_none_match", "ifNoneMatch"), ("if_none_exist", "ifNoneExist"))
    }
    if method in {"GET", "HEAD"}:
        kind, _, id_ = url.partition("/")
        return Wanted("GET", kind, place, id_)
    plain = _patch_in(resource) if method == "PATCH" else resource
    try:
        one = wanted(method, url, plain, **said)
    except Refusal as fault:
        raise Refusal(fault.code, faults=((place, fault.kind.what.format(**fault.slots)),), **fault.slots) from None
    return Wanted(
        one.method, one.kind, place, one.id, one.query, one.resource, one.patch, **said, full_url=str(entry.get("fullUrl") or "")
    )


def _patch_in(resource: Any) -> Any:
    """Give the JSON Patch that stands in a Binary. FHIR R4 3.1.0.8.1."""
    data = resource.get("data") if isinstance(resource, dict) and resource.get("resourceType") == "Binary" else None
    try:
        return parsed(base64.b64decode(data, validate=False)) if isinstance(data, str) else None
    except binascii.Error:
        return None


def check_told(resource: FhirJson, place: str) -> None:
    """Let only valid FHIR R4 with a harmless narrative pass. Raises Refusal FH-034 or FH-039."""
    kind = str(resource.get("resourceType"))
    start = f"{place}.resource" if place.startswith("Bundle") else kind
    if found := faults({"id": "new", **resource}):
        raise Refusal("FH-034", faults=tuple((start + path.removeprefix(kind), fault) for path, fault in found[:50]))
    for path, div in _narratives(resource, start):
        if fault := fault_of(div):
            raise Refusal("FH-039", faults=((path, fault),), fault=fault)


def _narratives(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield from _narratives(one, f"{path}[{n}]")
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "div" and isinstance(one, str):
                yield f"{path}.div", one
            elif isinstance(one, dict | list):
                yield from _narratives(one, f"{path}.{key}")


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [v for one in level if isinstance(one, dict | list) for v in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return True
