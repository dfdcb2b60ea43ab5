"""What the CapabilityStatement says of writing and operations: only what is so."""

from vado.exchange.interact.wanted import NOT_TOLD
from vado.model.fact import FhirJson
from vado.tools.fhir_gate import resource_types

_WRITES = ("create", "update", "patch", "delete")
_R4 = "http://hl7.org/fhir/OperationDefinition"
_BULK = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-status"
_OPERATIONS = {  # type -> operations; '' is the whole server
    "": [("validate", f"{_R4}/Resource-validate"), ("export", f"{_BULK}/export"), ("import", "urn:x-vado:operation:import")],
    "Patient": [
        ("everything", f"{_R4}/Patient-everything"), ("summary", "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"),
        ("export", f"{_BULK}/patient-export"),
    ],
    "Group": [("export", f"{_BULK}/group-export")],
    "DocumentReference": [("docref", "http://hl7.org/fhir/us/core/OperationDefinition/docref")],
    "Subscription": [("status", _BACKPORT)],
}  # fmt: skip
READ_HERE = {  # no facts, or made when asked for: type -> interactions, search parameters
    "Provenance": (("read", "search-type"), (("target", "reference"), ("patient", "reference"))),
    "AuditEvent": (("read", "search-type"), (("patient", "reference"), ("entity", "reference"), ("agent", "string"), ("date", "date"))),
    "Subscription": (("create", "read", "update", "delete", "search-type"), ()),
    "Binary": (("create", "read"), ()),
}  # fmt: skip


def told_kinds() -> tuple[str, ...]:
    """Name the types that partners write, in order."""
    return tuple(kind for kind in resource_types() if kind not in NOT_TOLD and kind not in READ_HERE)


def with_writing(statement: FhirJson) -> FhirJson:
    """Add writing and operations to what the reading side says in a CapabilityStatement."""
    rest = dict(statement["rest"][0])
    told = {r["type"]: dict(r) for r in rest.get("resource", ())}
    searched = set(told)
    for kind in told_kinds():
        here = told.setdefault(kind, {"type": kind})
        _add(here, _WRITES)
        can_find = kind in searched  # only what the search index knows is found by a condition
        here |= {"versioning": "versioned-update", "updateCreate": True, "conditionalCreate": can_find}
        here |= {"conditionalUpdate": can_find, "conditionalDelete": "single" if can_find else "not-supported"}
    for kind, (interactions, parameters) in READ_HERE.items():
        here: FhirJson = {"type": kind, "interaction": [{"code": c} for c in interactions]}
        told[kind] = here | ({"searchParam": [{"name": n, "type": t} for n, t in parameters]} if parameters else {})
    for kind, operations in _OPERATIONS.items():
        here = told[kind] if kind else rest
        known = {o["name"] for o in here.get("operation", ())}
        here["operation"] = [*here.get("operation", ()), *({"name": n, "definition": d} for n, d in operations if n not in known)]
    rest["resource"] = list(told.values())
    rest["interaction"] = [*rest.get("interaction", ()), {"code": "transaction"}, {"code": "batch"}]
    return statement | {"rest": [rest, *statement["rest"][1:]]}


def _add(resource: FhirJson, interactions: tuple[str, ...]) -> None:
    known = {i["code"] for i in resource.get("interaction", ())}
    resource["interaction"] = [*resource.get("interaction", ()), *({"code": c} for c in interactions if c not in known)]
