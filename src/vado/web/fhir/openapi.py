"""What this server can do, said as OpenAPI 3.0: made from the very tables that searching, writing and the CapabilityStatement use."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from vado import __version__
from vado.record.question import COUNT, MOST
from vado.terms.searching import Parameter, compartment, kinds, parameters
from vado.web.fhir.answers import MEDIA, base, fhir
from vado.web.fhir.capability import SAID
from vado.web.fhir.offered import READ_HERE, told_kinds

Plain = dict[str, Any]
TEXT: Plain = {"type": "string"}
FAULTS = (400, 401, 403, 406)  # of whatever is asked
_SEARCH = (200, *FAULTS, 404, 410, 503)
_READ = (200, 304, *FAULTS, 404, 410)
_CONTROLS = ("_count", "_sort", "_summary", "_elements", "_total", "_include", "_revinclude")
_OTHERWISE = {*READ_HERE, "Person"}  # made when asked for, or files: not on the search index


@fhir
def openapi(request: Request) -> Response:
    """Say what is served as an OpenAPI 3.0 description."""
    said = {
        "openapi": "3.0.3", "info": {"title": "Vado, FHIR R4", "version": __version__},
        "servers": [{"url": base(request)}], "security": [{"token": []}], "paths": _paths(), "components": _components(),
    }  # fmt: skip
    return Response(orjson.dumps(said), media_type="application/json")


@cache
def _paths() -> dict[str, Plain]:
    from vado.web.fhir.openapi_operations import operations  # both say a call in the same words
    from vado.web.fhir.openapi_writing import changes

    paths: dict[str, Plain] = {}
    searched = {kind for kind in kinds() if kind not in _OTHERWISE}
    told = [_asks(kind) for kind in sorted(searched)] + [changes(kind, kind in searched) for kind in told_kinds()]
    for some in (*told, operations()):
        for path, calls in some.items():
            paths.setdefault(path, {}).update(calls)
    return dict(sorted(paths.items()))


def _asks(kind: str) -> dict[str, Plain]:
    """Say how one type is searched and read."""
    id_ = named("id")
    own = [named(p.name) if p.name in SAID else _said(p) for p in parameters(kind).values()]
    controls = [named(name) for name in _CONTROLS]
    form = {p["name"]: p["schema"] for p in own if "name" in p}
    since = [query("_since"), named("_count")]
    shown = [named("_summary"), named("_elements")]
    paths = {
        f"/{kind}": call("search", kind, f"Search {kind}", [*own, *controls], _SEARCH),
        f"/{kind}/_search": call(
            "post", kind, f"Search {kind} without values in the address", (), (*_SEARCH, 413, 415), method="post",
            body={"application/x-www-form-urlencoded": {"type": "object", "properties": form}}, required=False,
        ),
        f"/{kind}/_history": call("history", kind, f"What became of every {kind}", since, (200, *FAULTS)),
        f"/{kind}/{{id}}": call("read", kind, f"Read a {kind}", [id_, *shown], _READ, gives=(kind,)),
        f"/{kind}/{{id}}/_history": call("versions", kind, f"What became of a {kind}", [id_, *since], (200, *FAULTS, 404)),
        f"/{kind}/{{id}}/_history/{{version}}": call(
            "version", kind, f"Read a version of a {kind}", [id_, named("version"), *shown], _READ, gives=(kind,)
        ),
    }  # fmt: skip
    if compartment(kind):
        paths[f"/Patient/{{id}}/{kind}"] = call("patient", kind, f"Search {kind} of one patient", [id_, *own, *controls], _SEARCH)
    return paths


# how a call is said


def call(  # noqa: PLR0913 - what a call is
    verb: str, kind: str, words: str, given: Iterable[Plain], statuses: Iterable[int], *, method: str = "get",
    gives: tuple[str, ...] = ("Bundle",), body: Plain | None = None, required: bool = True, links: Plain | None = None,
) -> Plain:  # fmt: skip
    """Say one call as the operation of a path.

    Args:
        verb: with `kind` the name of the operation.
        kind: the type that it is about; "": none.
        words: what it does.
        given: its parameters.
        statuses: of the answers.
        method: of HTTP.
        gives: types of the resource in an answer below 300; (): there is none.
        body: media type -> schema.
        required: there has to be a body.
        links: what may be asked next, of an answer that made or changed something.
    """
    answers = {str(status): _answered(status, gives) for status in sorted(statuses)}
    for status in ("200", "201"):
        if links and status in answers:
            answers[status] = answers[status] | {"links": links}
    made: Plain = {"operationId": f"{verb}{kind}", "summary": words, "parameters": list(given), "responses": answers}
    if body:
        made["requestBody"] = {"required": required, "content": {media: {"schema": schema} for media, schema in body.items()}}
    return {method: made}


def _answered(status: int, gives: tuple[str, ...]) -> Plain:
    if status in {202, 204, 304} or (status < 300 and not gives):
        return {"$ref": "#/components/responses/None"}
    return _given(*gives) if status < 300 else {"$ref": "#/components/responses/Fault"}


def _given(*kinds_: str) -> Plain:
    return {"description": " or ".join(kinds_), "content": {MEDIA: {"schema": resource(*kinds_)}}}


def resource(*kinds_: str) -> Plain:
    """Say a resource of one of these types."""
    return {"type": "object", "required": ["resourceType"], "properties": {"resourceType": TEXT | {"enum": list(kinds_)}}}


def named(name: str) -> Plain:
    """Name a parameter that many calls have."""
    return {"$ref": f"#/components/parameters/{name}"}


def query(name: str, schema: Plain = TEXT, **more: Any) -> Plain:
    """Say a parameter of the address."""
    return {"name": name, "in": "query", "schema": schema} | more


def _said(p: Parameter) -> Plain:
    return query(p.name, description=p.type)


def _components() -> Plain:
    def given(name: str, schema: Plain, where: str = "query") -> Plain:
        return {"name": name, "in": where, "schema": schema} | ({"required": True} if where == "path" else {})

    words = "the parameters by which the type is searched, without chains and _has"
    condition = {"type": "object", "minProperties": 1, "additionalProperties": TEXT, "description": words}
    wishes = ["return=minimal", "return=representation", "return=OperationOutcome"]
    tags = {"If-Match": r'^W/"[0-9]{1,9}"$', "If-None-Match": r"^\*$", "If-None-Exist": "^[!-~]{1,200}$"}
    return {
        "parameters": {
            "id": given("id", TEXT | {"pattern": r"^[A-Za-z0-9.\-]{1,64}$"}, "path"),
            "version": given("version", TEXT | {"pattern": "^[1-9][0-9]{0,8}$"}, "path"),
            "_count": given("_count", {"type": "integer", "minimum": 0, "maximum": MOST, "default": COUNT}),
            "_summary": given("_summary", TEXT | {"enum": ["true", "text", "data", "count", "false"]}),
            "_total": given("_total", TEXT | {"enum": ["none", "estimate", "accurate"]}),
            "condition": given("condition", condition) | {"style": "form", "explode": True, "required": True},
            "Prefer": given("Prefer", TEXT | {"enum": wishes}, "header"),
            **{name: given(name, TEXT | {"pattern": pattern}, "header") for name, pattern in tags.items()},
            **{name: given(name, TEXT) for name in ("_sort", "_elements", "_include", "_revinclude", *SAID)},
        },
        "responses": {"None": {"description": "there is no body"}, "Fault": _given("OperationOutcome")},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }  # fmt: skip
