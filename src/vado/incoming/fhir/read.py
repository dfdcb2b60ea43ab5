"""See what FHIR resources are there."""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import orjson

from vado.errors import UnreadableOriginal
from vado.incoming.fhir import asked
from vado.incoming.fhir.facts import facts
from vado.incoming.fhir.xml import from_xml
from vado.model.fact import Facts
from vado.model.interaction import CHANNEL, MEDIA, is_wrapped
from vado.model.original import Arrival, Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue

_HEAD = 2_000  # bytes that show whether JSON may be FHIR
_XML = b'"http://hl7.org/fhir"'
_INSIDE = "inside"
_NESTED = 100  # levels of one resource; FHIR needs some 20
_DEEPEST = 5  # a bundle in a bundle ...


class FhirReader:
    """FHIR R4 as it is, in JSON, XML or NDJSON; STU3, R5 and what came before are put into the form of R4."""

    name = "fhir"
    version = "2"

    def claims(self, original: Original, content: bytes) -> float:
        """Say how surely this is FHIR."""
        if original.channel == CHANNEL and is_wrapped(content):
            return 1.0
        head = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
        if head[:1] == b"<":
            return 0.7 if _XML in head and b"urn:hl7-org:v3" not in head else 0.0
        if head[:1] != b"{":
            return 0.0
        return 0.95 if b'"resourceType"' in head or b'"resourceType"' in content else 0.0

    def read(self, original: Original, content: bytes, _: PartnerProfile) -> Reading:
        """Give one item per entry, resource or line.

        Raises:
            UnreadableOriginal: IN-007, it is no JSON; IN-301, it is XML that declares entities; IN-302, it holds no resource.
        """
        if original.channel == CHANNEL and is_wrapped(content):
            return asked.read(original, content, f"{self.name}/{self.version}")
        issues: list[Issue] = []
        content = content.removeprefix(b"\xef\xbb\xbf")
        xml = content.lstrip(b" \t\r\n")[:1] == b"<"
        found = list(_flat("", from_xml(content), 0) if xml else _resources(original, content, issues))
        if not found:
            raise UnreadableOriginal("IN-302")
        if any(_depth(plain) > _NESTED for _, plain in found):
            raise UnreadableOriginal("IN-007", fault="nested too deeply")
        items = tuple(Item(_kind(plain), orjson.dumps(plain).decode(), Place(original.id, path)) for path, plain in found)
        children = tuple(child for _, plain in found for child in _attachments(original, _resource(plain)))
        media = (
            "application/fhir+xml"
            if xml
            else "application/fhir+json"
            if len(content.splitlines()) < 2 or found[0][0] != "line 1"
            else "application/fhir+ndjson"
        )
        return Reading(original.id, f"{self.name}/{self.version}", media, Fidelity.CODED, items, tuple(issues), children)

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Say what it means."""
        return asked.facts(reading, partner) if reading.media_type == MEDIA else facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """FHIR has no pages."""
        return None


def _kind(plain: dict[str, Any]) -> str:
    return str(_resource(plain).get("resourceType", "Bundle.entry"))


def _resource(plain: dict[str, Any]) -> dict[str, Any]:
    """Give the resource of an entry, {} where it has none, or the resource itself."""
    return plain if "resourceType" in plain else plain.get("resource", {})


def _depth(value: Any) -> int:
    """Count the levels of objects and lists, without recursion."""
    level, depth = [value], 0
    while level:
        level = [v for one in level if isinstance(one, dict | list) for v in (one.values() if isinstance(one, dict) else one)]
        depth += 1
    return depth


def _resources(original: Original, content: bytes, issues: list[Issue]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give (path, entry or resource); an entry keeps its fullUrl."""
    try:
        yield from _flat("", orjson.loads(content), 0)
        return
    except orjson.JSONDecodeError:
        pass
    lines = content.splitlines()
    good = 0
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            plain = orjson.loads(line)
        except orjson.JSONDecodeError:
            if n == 1:
                raise UnreadableOriginal("IN-007", fault="it is not JSON") from None
            issues.append(issue("IN-303", Place(original.id, f"line {n}")))
            continue
        good += 1
        yield from _flat(f"line {n}", plain, 0)
    if not good:
        raise UnreadableOriginal("IN-007", fault="it is not JSON")


def _flat(path: str, plain: Any, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Open bundles; what is no resource is left (the gate would refuse it anyway)."""
    if not isinstance(plain, dict):
        return
    if plain.get("resourceType") != "Bundle" or depth > _DEEPEST:
        if isinstance(plain.get("resourceType"), str):
            yield path or str(plain["resourceType"]), plain
        return
    yield f"{path} Bundle".strip(), {k: v for k, v in plain.items() if k != "entry"}
    entries = plain.get("entry")
    for n, entry in enumerate(entries if isinstance(entries, list) else ()):
        here = f"{path} Bundle.entry[{n}]".strip()
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            yield here, {k: v for k, v in entry.items() if k != "resource"} if isinstance(entry, dict) else {}  # pyright: ignore[reportGeneralTypeIssues]
            continue
        if resource.get("resourceType") == "Bundle":
            yield from _flat(f"{here}.resource", resource, depth + 1)
        elif isinstance(resource.get("resourceType"), str):
            yield here, {"fullUrl": entry.get("fullUrl"), "resource": resource}


def _attachments(original: Original, resource: dict[str, Any]) -> Iterator[Arrival]:
    """Give the files inside DocumentReference, DiagnosticReport.presentedForm and Binary."""
    stack: list[Any] = [resource]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            raw = value.get("data")
            if isinstance(raw, str) and isinstance(value.get("contentType"), str):
                try:
                    yield Arrival(original.partner, _INSIDE, b64decode(raw, validate=False), "", original.id)
                except binascii.Error:
                    continue
            stack.extend(v for k, v in value.items() if k != "text")
