"""One FHIR request that writes, as it is kept: the request line, what the server decided when it took it, the body as sent.

The body is what the sender signed for and is never altered; it stands behind the first empty line, byte for byte. What cannot be
known from it alone (which id the server gave, what a reference meant on that day) stands above it, so that reading the original
again gives the same facts. RFC 9112, message/http.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from vado.model.fact import FhirJson, patient_id
from vado.model.original import stable_id

MEDIA = "message/http"
CHANNEL = "fhir"
_DECIDED = b"Vado-Decided: "
_METHODS = (b"POST ", b"PUT ", b"PATCH ", b"DELETE ")
_UNIQUE = frozenset("0123456789abcdef-")


@dataclass(frozen=True, slots=True)
class Decided:
    """What the server decided. A place is 'Bundle.entry[3]', or the type of the resource where there is no Bundle."""

    at: str  # when it was taken; ISO 8601, UTC
    names: Mapping[str, str] = field(default_factory=dict)  # place -> 'Type/id' of what is told there
    points: Mapping[str, str] = field(default_factory=dict)  # reference as written -> 'Type/id' that it means here
    removed: Mapping[str, str] = field(default_factory=dict)  # place of what is taken back -> patient it was about, or ''
    made: Mapping[str, FhirJson] = field(default_factory=dict)  # place -> what a patch made of the resource


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request that writes."""

    method: str
    target: str  # 'Observation/abc', 'Observation?identifier=...', 'Observation'; '' for a Bundle
    content: bytes = field(repr=False)  # the body as sent
    condition: str = ""  # If-Match, If-None-Match or If-None-Exist, as sent


def wrap(asked: Interaction, decided: Decided) -> bytes:
    """Give the bytes that are kept."""
    plain = {name: value for name in Decided.__slots__ if (value := getattr(decided, name))}
    head = [
        f"{asked.method} /fhir/{asked.target} HTTP/1.1".encode(),
        *([b"Vado-Condition: " + orjson.dumps(asked.condition)] if asked.condition else ()),
        _DECIDED + orjson.dumps(plain),
        b"Content-Length: %d" % len(asked.content),
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + asked.content


def is_wrapped(content: bytes) -> bool:
    """Say whether these bytes are a request that was kept."""
    head = content[:20_000_000].partition(b"\r\n\r\n")[0] if content.startswith(_METHODS) else b""
    return b" HTTP/1.1\r\n" in head and b"\r\n" + _DECIDED in head


def unwrap(content: bytes) -> tuple[Interaction, Decided]:
    """Give the request and what was decided. Raises ValueError: it is none."""
    head, gap, body = content.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    said = dict(line.split(b": ", 1) for line in lines if b": " in line)
    method, _, rest = first.decode().partition(" /fhir/")
    plain: Any = orjson.loads(said.get(_DECIDED[:-2], b"null"))
    if not gap or not isinstance(plain, dict) or not rest.endswith(" HTTP/1.1"):
        raise ValueError("no kept request")
    condition = orjson.loads(said[b"Vado-Condition"]) if b"Vado-Condition" in said else ""
    return Interaction(method, rest.removesuffix(" HTTP/1.1"), body, condition), Decided(**plain)


def own_id(partner: str, kind: str, id_: str) -> str:
    """Give our id for what the partner calls `id_`: the same as when a file of the partner holds a resource of this id."""
    unique = len(id_) == 36 and id_.count("-") == 4 and set(id_.lower()) <= _UNIQUE
    return stable_id(partner, kind, "id", id_.lower() if unique else id_)


def posted_id(partner: str, resource: FhirJson, mark: str) -> str:
    """Give our id for a resource that came without one.

    A Patient is named by the partner's own number, as in every other channel; anything else by `mark`, which is made of what it
    says: the same said twice is one fact.
    """
    kind = str(resource.get("resourceType"))
    if kind == "Patient":
        told = resource.get("identifier")
        numbers = [i for i in told if isinstance(i, dict)] if isinstance(told, list) else []
        if all(isinstance(i.get(k, ""), str) for i in numbers for k in ("system", "value")):
            return patient_id(partner, numbers, mark, "posted")
    return stable_id(partner, kind, "posted", mark)
