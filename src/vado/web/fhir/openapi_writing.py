"""How each type is told, told anew and taken back, as OpenAPI says it."""

from vado.web.fhir.answers import MEDIA
from vado.web.fhir.openapi import FAULTS, Plain, call, named, resource

_TAKEN = (*FAULTS, 408, 409, 413, 503)
_TOLD = (200, 201, *_TAKEN, 404, 410, 412, 415, 422)
_PATCHED = (200, *_TAKEN, 404, 410, 412, 415, 422)
_TAKEN_BACK = (200, 204, *_TAKEN, 404, 412)
PATCH: Plain = {
    "type": "array",
    "items": {
        "type": "object", "required": ["op", "path"],
        "properties": {
            "op": {"type": "string", "enum": ["add", "remove", "replace", "move", "copy", "test"]},
            "path": {"type": "string"}, "from": {"type": "string"}, "value": {},
        },
    },
}  # fmt: skip


def changes(kind: str, is_searched: bool) -> dict[str, Plain]:
    """Say how one type is written; on a condition where it is searched by one."""
    body, gives, prefer = {MEDIA: resource(kind)}, (kind, "OperationOutcome"), named("Prefer")
    conditions, match = [prefer, named("If-Match")], {"application/json-patch+json": PATCH}
    unless = [named("If-None-Exist")] if is_searched else []
    made = call(
        "create", kind, f"Tell a {kind}", [prefer, *unless], _TOLD, method="post", gives=gives, body=body, links=_next(kind, is_searched)
    )  # fmt: skip
    by_id = [named("id"), *conditions]
    paths = {
        f"/{kind}": made,
        f"/{kind}/{{id}}": call(
            "update", kind, f"Tell a {kind} anew, or under an id of one's own", [*by_id, named("If-None-Match")], _TOLD,
            method="put", gives=gives, body=body, links=_next(kind, is_searched),
        )
        | call("patch", kind, f"Change a {kind} in parts", by_id, _PATCHED, method="patch", gives=gives, body=match)
        | call("delete", kind, f"Take a {kind} back", by_id, _TAKEN_BACK, method="delete", gives=("OperationOutcome",)),
    }  # fmt: skip
    if is_searched:
        which = [named("condition"), *conditions]
        paths[f"/{kind}"] = (
            made
            | call("updateThe", kind, f"Tell anew the {kind} that fits", which, _TOLD, method="put", gives=gives, body=body)
            | call("patchThe", kind, f"Change the {kind} that fits", which, _PATCHED, method="patch", gives=gives, body=match)
            | call("deleteThe", kind, f"Take back the {kind} that fits", which, _TAKEN_BACK, method="delete", gives=("OperationOutcome",))
        )  # fmt: skip
    return paths


def _next(kind: str, is_searched: bool) -> Plain:
    """Say what may be done with what was made."""
    verbs = ("update", "patch", "delete", *(("read", "versions") if is_searched else ()))
    return {verb: {"operationId": f"{verb}{kind}", "parameters": {"id": "$response.body#/id"}} for verb in verbs}
