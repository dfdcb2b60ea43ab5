"""What this server can do, said as a CapabilityStatement and as OpenAPI: made from the very tables that searching uses."""

from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vado import __version__
from vado.model.fact import FhirJson
from vado.record.question import COUNT, MOST
from vado.terms.searching import Parameter, compartment, kinds, parameters
from vado.web.fhir.answers import answer, base, fhir, who
from vado.web.fhir.offered import with_writing
from vado.web.smart import security

_OTHERWISE = {"AuditEvent", "Binary", "Person", "Provenance"}  # made when asked for, or files: not on the search index
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
_SAID = {
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
    if p.name in _SAID:
        said["definition"] = f"http://hl7.org/fhir/SearchParameter/{_SAID[p.name]}"
    modifiers = MODIFIERS[p.type] if p.where else ()
    return said | ({"documentation": f"modifiers: {', '.join(modifiers)}"} if modifiers else {})


@cache
def _referring(kind: str) -> tuple[str, ...]:
    """Name the parameters that refer to this very type."""
    return tuple(f"{k}:{p.name}" for k in kinds() for p in parameters(k).values() if p.type == "reference" and kind in p.targets)


# OpenAPI


@fhir
def openapi(request: Request) -> Response:
    """Say the same as an OpenAPI 3.0 description."""
    return JSONResponse({
        "openapi": "3.0.3", "info": {"title": "Vado, FHIR R4", "version": __version__},
        "servers": [{"url": base(request)}], "security": [{"token": []}], "paths": _paths(), "components": _components(),
    })  # fmt: skip


@cache
def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {
        "/metadata": {
            "get": _operation("metadata", "What this server can do", [], "CapabilityStatement", (200, 406)) | {"security": []}
        },
    }
    for kind in kinds():
        if kind in _OTHERWISE:
            continue
        search = [
            _ref("_count"),
            _ref("_sort"),
            _ref("_summary"),
            _ref("_elements"),
            _ref("_total"),
            _ref("_include"),
            _ref("_revinclude"),
        ]
        own = [_ref(p.name) if p.name in _SAID else _query(p) for p in parameters(kind).values()]
        paths[f"/{kind}"] = {"get": _operation(f"search{kind}", f"Search {kind}", [*own, *search], "Bundle", _SEARCH)}
        form = {p["name"]: p["schema"] for p in own if "name" in p}
        posted = {
            "required": False,
            "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": form}}},
        }
        asked = _operation(f"post{kind}", f"Search {kind} without values in the address", [], "Bundle", (*_SEARCH, 413, 415))
        paths[f"/{kind}/_search"] = {"post": asked | {"requestBody": posted}}
        paths[f"/{kind}/_history"] = {
            "get": _operation(f"history{kind}", f"What became of every {kind}", _SINCE, "Bundle", (200, 400, 401, 403, 406))
        }
        one = _operation(f"read{kind}", f"Read a {kind}", [_ref("id"), _ref("_summary"), _ref("_elements")], kind, _READ)
        paths[f"/{kind}/{{id}}"] = {"get": one}
        versions = _operation(
            f"versions{kind}", f"What became of a {kind}", [_ref("id"), *_SINCE], "Bundle", (200, 400, 401, 403, 404, 406)
        )
        paths[f"/{kind}/{{id}}/_history"] = {"get": versions}
        version = _operation(f"version{kind}", f"Read a version of a {kind}", [_ref("id"), _ref("version")], kind, _READ)
        paths[f"/{kind}/{{id}}/_history/{{version}}"] = {"get": version}
        if compartment(kind):
            mine = _operation(f"patient{kind}", f"Search {kind} of one patient", [_ref("id"), *own, *search], "Bundle", _SEARCH)
            paths[f"/Patient/{{id}}/{kind}"] = {"get": mine}
    return paths


_SEARCH = (200, 400, 401, 403, 404, 406, 410, 503)
_READ = (200, 304, 400, 401, 403, 404, 406, 410)
_SINCE = [
    {"name": "_since", "in": "query", "schema": {"type": "string"}},
    {"name": "_count", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": MOST}},
]  # fmt: skip


def _operation(id_: str, words: str, given: list[Any], resource: str, statuses: tuple[int, ...]) -> dict[str, Any]:
    answers = {
        str(status): {"$ref": "#/components/responses/None"} if status == 304
        else _answered(resource if status == 200 else "OperationOutcome")
        for status in statuses
    }  # fmt: skip
    return {"operationId": id_, "summary": words, "parameters": given, "responses": answers}


def _answered(resource: str) -> dict[str, Any]:
    schema = {
        "type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string", "enum": [resource]}}
    }  # fmt: skip
    return {"description": resource, "content": {"application/fhir+json": {"schema": schema}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(p: Parameter) -> dict[str, Any]:
    return {"name": p.name, "in": "query", "description": p.type, "schema": {"type": "string"}}


def _components() -> dict[str, Any]:
    def named(name: str, schema: dict[str, Any], where: str = "query") -> dict[str, Any]:
        return {"name": name, "in": where, "schema": schema} | ({"required": True} if where == "path" else {})

    text: dict[str, Any] = {"type": "string"}
    return {
        "parameters": {
            "id": named("id", text | {"pattern": r"^[A-Za-z0-9.\-]{1,64}$"}, "path"),
            "version": named("version", text | {"pattern": "^[1-9][0-9]{0,8}$"}, "path"),
            "_count": named("_count", {"type": "integer", "minimum": 0, "maximum": MOST, "default": COUNT}),
            "_summary": named("_summary", text | {"enum": ["true", "text", "data", "count", "false"]}),
            "_total": named("_total", text | {"enum": ["none", "estimate", "accurate"]}),
            **{name: named(name, text) for name in ("_sort", "_elements", "_include", "_revinclude", *_SAID)},
        },
        "responses": {"None": {"description": "the asker has it"}},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
