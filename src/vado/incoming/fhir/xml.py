"""FHIR in XML to its JSON form. FHIR R4 2.6.1 (XML) and 2.6.2 (JSON representation)."""

from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from vado.errors import UnreadableOriginal
from vado.tools.fhir_gate import definition

_FHIR = "{http://hl7.org/fhir}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_DEEPEST = 100


def from_xml(content: bytes) -> dict[str, Any]:
    """Give the resource as plain JSON.

    Whether an element may repeat and what type it has is known from FHIR R4; what R4 does not know is a list where it repeats,
    and text.

    Raises:
        UnreadableOriginal: IN-007 no XML; IN-302 no FHIR resource; IN-301 it declares entities.
    """
    if b"<!ENTITY" in content[:1_000_000].replace(b"\0", b"").upper():
        raise UnreadableOriginal("IN-301")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise UnreadableOriginal("IN-007", fault="XML") from None
    if not root.tag.startswith(_FHIR):
        raise UnreadableOriginal("IN-302")
    return _resource(root, 0)


def _resource(el: Any, depth: int) -> dict[str, Any]:
    kind = el.tag.removeprefix(_FHIR)
    return {"resourceType": kind, **_object(el, definition(kind), depth)}


def _object(el: Any, known: dict[str, Any], depth: int) -> dict[str, Any]:
    """Give the children of an element by name."""
    if depth > _DEEPEST:
        raise UnreadableOriginal("IN-007", fault="nested too deeply")
    made: dict[str, Any] = {name: el.get(name) for name in ("id", "url") if el.get(name)}
    properties = known.get("properties", {})
    groups: dict[str, list[Any]] = {}
    for child in el:
        groups.setdefault(child.tag, []).append(child)
    for tag, children in groups.items():
        if tag == f"{_XHTML}div":
            made["div"] = etree.tostring(children[0], encoding="unicode", with_tail=False)
            continue
        name = tag.rpartition("}")[2]
        rule = properties.get(name, {})
        many = rule.get("type") == "array" or len(children) > 1
        inner = rule.get("items", rule)
        values = [_value(c, inner, depth) for c in children]
        plain, extended = [v for v, _ in values], [e for _, e in values]
        if any(v is not None for v in plain):
            made[name] = plain if many else plain[0]
        if any(e is not None for e in extended):
            made[f"_{name}"] = extended if many else extended[0]
    return made


def _value(el: Any, rule: dict[str, Any], depth: int) -> tuple[Any, Any]:
    """Give (value, extensions of a primitive)."""
    first = next(iter(el), None)
    written = el.get("value")
    if (
        first is not None
        and first.tag.startswith(_FHIR)
        and first.tag.removeprefix(_FHIR)[0].isupper()
        and len(el) == 1
        and written is None
    ):
        return _resource(first, depth + 1), None  # contained, Bundle.entry.resource
    name = str(rule.get("$ref", "")).rpartition("/")[2]
    if written is None:
        found = _object(el, definition(name), depth + 1)
        return (None, found) if _primitive(rule) else (found or None, None)
    extended = _object(el, definition("Element"), depth + 1) if len(el) or el.get("id") else None
    return _typed(written, rule), extended


def _primitive(rule: dict[str, Any]) -> bool:
    name = str(rule.get("$ref", "")).rpartition("/")[2]
    return "enum" in rule or "pattern" in rule or (name[:1].islower() and name != "")


def _typed(written: str, rule: dict[str, Any]) -> Any:
    """Give a boolean or a number where R4 has one there, else the text."""
    name = str(rule.get("$ref", "")).rpartition("/")[2]
    kind = rule.get("type") or definition(name).get("type")
    if kind == "boolean" and written in ("true", "false"):
        return written == "true"
    if kind == "number":
        try:
            return float(written) if any(c in written for c in ".eE") else int(written)
        except ValueError:
            return written
    return written
