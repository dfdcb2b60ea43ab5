"""What this server can do, said as a CapabilityStatement: made from the very tables that searching uses."""

from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from vado import __version__
from vado.model.fact import FhirJson
from vado.terms.searching import Parameter, kinds, parameters
from vado.web.fhir.answers import answer, base, fhir, who
from vado.web.fhir.offered import with_writing
from vado.web.smart import security

INTERACTIONS = ("read", "vread", "history-instance", "history-type", "search-type")
OPERATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "Patient": (
        ("match", "http://hl7.org/fhir/OperationDefinition/Patient-match"),
        ("ihe-pix", "https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix"),
    )
}
MODIFIERS = {
    "token": ("missing", "not", "of-type", "text"), "reference": ("identifier", "missing"), "string": ("contains", "exact", "missing"),
    "date": ("missing",), "quantity": ("missing",), "number": ("missing",), "uri": ("missing",), "composite": (),
}  # fmt: skip
SAID = {
    "_id": "Resource-id", "_lastUpdated": "Resource-lastUpdated", "_profile": "Resource-profile", "_security": "Resource-security",
    "_source": "Resource-source", "_tag": "Resource-tag",
}  # fmt: skip
_PERSON = {
    "type": "Person", "interaction": [{"code": "read"}, {"code": "search-type"}],
    "searchParam": [{"name": n, "type": "reference"} for n in ("patient", "link")],
    "documentation": "made from the links between Patients; it is searched by one of them",
}  # fmt: skip


@fhir
def metadata(request: Request) -> Response:
    """Say what this server can do, as a CapabilityStatement."""
    return answer(with_writing({
        "resourceType": "CapabilityStatement", "status": "active", "date": who(request).x.clock().isoformat(), "kind": "instance",
        "software": {"name": "Vado", "version": __version__},
        "implementation": {"description": "Vado: joined-up health and care records", "url": base(request)},
        "fhirVersion": "4.0.1", "format": ["json"],
        "rest": [{"mode": "server", "security": security(request), "resource": _resources()}],
    }))  # fmt: skip


@cache
def _resources() -> list[FhirJson]:
    return [
        _PERSON if kind == "Person" else _resource(kind)
        for kind in sorted({*kinds(), "Person"}, key=lambda k: (k != "Patient", k))
    ]


def _resource(kind: str) -> FhirJson:
    own = parameters(kind).values()
    found: FhirJson = {
        "type": kind, "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned", "readHistory": True, "conditionalRead": "full-support",
        "searchInclude": ["*", *(f"{kind}:{p.name}" for p in own if p.type == "reference")],
        "searchRevInclude": list(_referring(kind)), "searchParam": [_parameter(p) for p in own],
    }  # fmt: skip
    if operations := OPERATIONS.get(kind):
        found["operation"] = [{"name": name, "definition": url} for name, url in operations]
    return {k: v for k, v in found.items() if v}


def _parameter(p: Parameter) -> FhirJson:
    said: FhirJson = {"name": p.name, "type": p.type}
    if p.name in SAID:
        said["definition"] = f"http://hl7.org/fhir/SearchParameter/{SAID[p.name]}"
    modifiers = MODIFIERS[p.type] if p.where else ()
    return said | ({"documentation": f"modifiers: {', '.join(modifiers)}"} if modifiers else {})


@cache
def _referring(kind: str) -> tuple[str, ...]:
    """Name the parameters that refer to this very type."""
    return tuple(f"{k}:{p.name}" for k in kinds() for p in parameters(k).values() if p.type == "reference" and kind in p.targets)
