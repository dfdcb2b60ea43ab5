"""What schemathesis sends half of the time instead of what it makes up: a valid resource of the type, so that something comes of it.

Schemathesis loads this file by itself (SCHEMATHESIS_HOOKS).
"""

import random
from typing import Any

import schemathesis

_CHANCE = random.Random(20260101)
_OF = {
    "Flag": {"resourceType": "Flag", "status": "active", "code": {"text": "Falls"}, "subject": {"display": "somebody"}},
    "Patient": {"resourceType": "Patient", "name": [{"family": "Mora"}], "birthDate": "1961-02-03", "gender": "female"},
    "Subscription": {
        "resourceType": "Subscription", "status": "requested", "reason": "to hear of it", "criteria": "Flag?status=active",
        "channel": {"type": "rest-hook", "endpoint": "https://hook.example/in", "payload": "application/fhir+json"},
    },
}  # fmt: skip
_PATCH = [{"op": "replace", "path": "/status", "value": "inactive"}]
_ENTRY = {"resource": _OF["Flag"], "request": {"method": "POST", "url": "Flag"}}


def valid(path: str) -> Any:
    kind = path.split("/")[1]
    if kind in _OF:
        numbered = {"code": {"text": f"Falls {_CHANCE.random()}"}} if kind == "Flag" else {}
        return _OF[kind] | numbered
    kinds = _CHANCE.choice(["batch", "transaction"])
    return {"resourceType": "Bundle", "type": kinds, "entry": [_ENTRY] * _CHANCE.randint(0, 3)} if path == "/" else _OF["Flag"]


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    if not isinstance(body, dict | list) or _CHANCE.random() < 0.5:
        return body
    operation = context.operation
    return _PATCH if operation.method.upper() == "PATCH" else valid(operation.path)
