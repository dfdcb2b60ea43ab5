"""Bundles, operations, Bulk Data, subscriptions, and what is made when it is asked for, as OpenAPI says it."""

from typing import Any

from vado.web.fhir.answers import MEDIA
from vado.web.fhir.openapi import FAULTS, TEXT, Plain, call, named, query, resource

_ASKED = (200, *FAULTS, 404, 410, 503)
_POSTED = (*_ASKED, 408, 413, 415, 422)
_SINCE = query("_since", {"type": "string", "format": "date-time"})
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_ENTRY: Plain = {
    "type": "object", "required": ["request"],
    "properties": {
        "fullUrl": TEXT, "resource": {"type": "object"},
        "request": {
            "type": "object", "required": ["method", "url"],
            "properties": {
                "method": TEXT | {"enum": _METHODS}, "url": TEXT, "ifMatch": TEXT, "ifNoneMatch": TEXT, "ifNoneExist": TEXT,
            },
        },
    },
}  # fmt: skip
BUNDLE: Plain = {
    "type": "object", "required": ["resourceType", "type"],
    "properties": {
        "resourceType": TEXT | {"enum": ["Bundle"]}, "type": TEXT | {"enum": ["batch", "transaction"]},
        "entry": {"type": "array", "items": _ENTRY},
    },
}  # fmt: skip
PARAMETERS = {MEDIA: resource("Parameters")}


def operations() -> dict[str, Plain]:
    """Say every call that is not about one type alone."""
    return _of_the_server() | _of_a_patient() | _made_when_asked() | _in_bulk() | _followed()


def _of_the_server() -> dict[str, Plain]:
    metadata = call("metadata", "", "What this server can do", (), (200, 406), gives=("CapabilityStatement",))
    words = "All changes of a transaction or none; each entry of a batch by itself"
    validated = {"gives": ("OperationOutcome",), "method": "post", "body": {MEDIA: {"type": "object"}}}
    return {
        "/metadata": {"get": metadata["get"] | {"security": []}},
        "/": call("bundle", "", words, [named("Prefer")], (*_POSTED, 405, 409, 412), method="post", body={MEDIA: BUNDLE}),
        "/$validate": call("validate", "", "What is wrong with a resource; nothing is stored", (), _POSTED, **validated),
        "/$import": call(
            "import", "", "NDJSON, or names of files in the partner's folder", (), (202, *FAULTS, 408, 413, 415, 503), method="post",
            body={"application/fhir+ndjson": TEXT, **PARAMETERS},
        ),
    }  # fmt: skip


def _of_a_patient() -> dict[str, Plain]:
    id_ = named("id")
    number = query("sourceIdentifier", required=True, description="system|value")
    targets = query("targetSystem", {"type": "array", "items": TEXT})
    everything = [id_, _SINCE, query("_type"), query("_count", {"type": "integer", "minimum": 1})]
    return {
        "/Patient/$match": call(
            "match", "Patient", "Whom would this be? (PDQm ITI-119)", (), _POSTED, method="post",
            body={MEDIA: resource("Parameters", "Patient")},
        ),
        "/Patient/$ihe-pix": _both("pix", "The other numbers of whoever has this one (PIXm ITI-83)", [number, targets], ("Parameters",), PARAMETERS),
        "/Patient/{id}/$everything": _both("everything", "All that is told of a person", everything),
        "/Patient/{id}/$summary": _both("summary", "The International Patient Summary", [id_]),
        "/DocumentReference/$docref": _both("docref", "Where the summary of a person is to be had", [query("patient", required=True)]),
    }  # fmt: skip


def _made_when_asked() -> dict[str, Plain]:
    who, id_ = query("patient"), named("id")
    looked = [who, query("entity"), query("agent"), query("date"), named("_count")]
    raw = {"application/octet-stream": TEXT | {"format": "binary"}, MEDIA: resource("Binary")}
    file = call("read", "Binary", "An original, by the SHA-256 of its bytes", [id_], _ASKED, gives=("Binary",))
    file["get"]["responses"]["200"] = {"description": "as it came, or in JSON", "content": {"*/*": {}}}
    told = (200, 201, *FAULTS, 408, 409, 413, 415, 422, 503)
    return {
        "/Provenance": call("search", "Provenance", "Where facts come from", [query("target"), who], _ASKED),
        "/Provenance/{id}": call("read", "Provenance", "Where one fact comes from", [id_], _ASKED, gives=("Provenance",)),
        "/AuditEvent": call("search", "AuditEvent", "Who looked", looked, _ASKED),
        "/AuditEvent/{id}": call("read", "AuditEvent", "One look", [id_], _ASKED, gives=("AuditEvent",)),
        "/Person": call("search", "Person", "Which patients are one human being", [who, query("link")], _ASKED),
        "/Person/{id}": call("read", "Person", "Which patients are this human being", [id_], _ASKED, gives=("Person",)),
        "/Binary": call("create", "Binary", "Hand over a file", (), told, method="post", gives=(), body=raw),
        "/Binary/{id}": file,
    }  # fmt: skip


def _in_bulk() -> dict[str, Plain]:
    given = [
        query("_type"), _SINCE, query("_outputFormat", TEXT | {"enum": ["application/fhir+ndjson"]}),
    ]  # fmt: skip
    begun = (202, *FAULTS, 404, 413, 415, 422, 429, 503)
    export = ("id", "name", "group", "ids")
    path = {
        name: {"name": name, "in": "path", "required": True, "schema": TEXT | {"pattern": "^[A-Za-z0-9.,-]{1,1400}$"}}
        for name in export
    }
    plain: Plain = {"description": "a manifest", "content": {"application/json": {"schema": {"type": "object"}}}}

    def manifest(made: Plain) -> Plain:
        made["get"]["responses"]["200"] = plain
        return made

    file = call("exportFile", "", "One file of an export", [path["id"], path["name"]], _ASKED, gives=())
    file["get"]["responses"]["200"] = {"description": "a resource in each line", "content": {"application/fhir+ndjson": {}}}
    found: dict[str, Plain] = {}
    for at, of, more in (
        ("/$export", "", []),
        ("/Patient/$export", "Patient", []),
        ("/Group/{group}/$export", "Group", [path["group"]]),
    ):
        found[at] = call("export", of, "Everything as NDJSON", [*more, *given], begun, gives=())
        found[at] |= call("exportPost", of, "Everything as NDJSON", more, begun, method="post", gives=(), body=PARAMETERS)
    over = call("endExport", "", "End an export", [path["id"]], (202, *FAULTS, 404), method="delete", gives=())
    return found | {
        "/$export-status/{id}": manifest(call("exportStatus", "", "How an export stands", [path["id"]], (202, *_ASKED), gives=())) | over,
        "/$export-file/{id}/{name}": file,
        "/$import-status/{ids}": manifest(call("importStatus", "", "How an import stands", [path["ids"]], (202, *_ASKED), gives=())),
    }  # fmt: skip


def _followed() -> dict[str, Plain]:
    id_, body, one = [named("id")], {MEDIA: resource("Subscription")}, ("Subscription",)
    told = (*FAULTS, 404, 408, 413, 415, 422, 503)
    after = {
        verb: {"operationId": f"{verb}Subscription", "parameters": {"id": "$response.body#/id"}}
        for verb in ("read", "update", "delete", "status")
    }
    status = call("status", "Subscription", "How a subscription stands", id_, _ASKED)
    return {
        "/Subscription": call("search", "Subscription", "The partner's own", (), _ASKED)
        | call("create", "Subscription", "Be told of changes", (), (201, *told), method="post", gives=one, body=body, links=after),
        "/Subscription/{id}": call("read", "Subscription", "One subscription", id_, _ASKED, gives=one)
        | call("update", "Subscription", "Change it, or begin anew", id_, (200, *told), method="put", gives=one, body=body)
        | call("delete", "Subscription", "End it", id_, (204, *told), method="delete", gives=()),
        "/Subscription/{id}/$status": status,
    }  # fmt: skip


def _both(verb: str, words: str, given: list[Plain], gives: tuple[str, ...] = ("Bundle",), body: Any = None) -> Plain:
    """Say what is asked by GET, and by POST too."""
    got = call(verb, "", words, given, _ASKED, gives=gives)
    asked = [p for p in given if p.get("in") != "query"] if body else given
    return got | call(f"{verb}Post", "", words, asked, _POSTED, method="post", gives=gives, body=body)
