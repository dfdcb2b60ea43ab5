"""CDA data types -> FHIR data types. Source: C-CDA on FHIR, data types; HL7 v3 data types R1."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vado.incoming.cda.node import Node
from vado.model.fact import End
from vado.terms.systems import system_url

Json = dict[str, Any]
UNKNOWN: Json = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
_TS = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\.\d+)?)?)?)?)?)?([+-](?:0\d|1[0-4])[0-5]\d|Z)?$")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,12})?([eE][+-]?\d{1,3})?$|[+-]?\.\d{1,12}$")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_OID = re.compile(r"[012](\.(0|[1-9]\d*))+$")
_USE = {
    "HP": "home",
    "H": "home",
    "HV": "temp",
    "WP": "work",
    "DIR": "work",
    "PUB": "work",
    "TMP": "temp",
    "BAD": "old",
    "OLD": "old",
}
_NAME_USE = {"L": "official", "C": "usual", "P": "nickname", "A": "anonymous", "ASGN": "usual"}


def system(oid: str) -> str | None:
    """Give the URL of an OID, else urn:oid:, urn:uuid:; None if it is neither."""
    known = system_url(oid)
    if known:
        return known
    return f"urn:oid:{oid}" if _OID.match(oid) else f"urn:uuid:{oid.lower()}" if _UUID.match(oid) else None


def identifier(node: Node) -> Json | None:
    """II -> Identifier; None when only a nullFlavor is given."""
    root, extension = node.take("root"), node.take("extension")
    if extension:
        url = system(root) if root else None
        who = node.attrs.get("assigningAuthorityName", "").strip()
        return {**({"system": url} if url else {}), "value": extension, **({"assigner": {"display": who}} if who else {})}
    urn = system(root) if root else None
    if urn and not urn.startswith("urn:"):
        urn = f"urn:oid:{root}"
    return {"system": "urn:ietf:rfc:3986", "value": urn} if urn else None


def identifiers(nodes: list[Node]) -> list[Json]:
    """Give every II that names something."""
    return [i for n in nodes if (i := identifier(n))]


def coding(node: Node) -> Json | None:
    """CD without its translations -> Coding; None when there is no code."""
    code, oid, shown = node.take("code"), node.take("codeSystem"), node.take("displayName")
    code = " ".join(code.split())
    if not code:
        return None
    url = system(oid) if oid else None
    return {**({"system": url} if url else {}), "code": code, **({"display": shown} if shown else {})}


def words(node: Node | None, texts: dict[str, str]) -> str:
    """Give the text of an ED: what it points to in the narrative, else its own words; "" when it has none."""
    if node is None:
        return ""
    reference = node.kid("reference")
    if reference is not None and (target := reference.attrs.get("value", "").strip()):
        found = texts.get(target.removeprefix("#"), "")
        if found:
            reference.took(End.TEXT)
            if node.text:
                node.took(End.TEXT)
            return found
    if node.text:
        node.took(End.TEXT)
    return " ".join(node.text.split())


def concept(node: Node | None, texts: dict[str, str]) -> Json | None:
    """CD -> CodeableConcept with all its translations; None when nothing is said."""
    if node is None:
        return None
    codings = [c for n in (node, *node.all("translation")) if (c := coding(n))]
    text = words(node.kid("originalText"), texts) or node.attrs.get("displayName", "").strip()
    if not text and node.text:
        text = node.text
        node.took(End.TEXT)
    unique = [c for n, c in enumerate(codings) if c not in codings[:n]]
    said = {**({"coding": unique} if unique else {}), **({"text": text} if text else {})}
    return said or None


def number(text: str) -> int | float | None:
    """Give the number, whole ones as int; None when it is not a plain decimal."""
    if not _NUMBER.match(text):
        return None
    if "e" in text.lower():  # xs:double, as some systems write it
        value = float(text)
        return int(value) if value.is_integer() and abs(value) < 1e15 else value if abs(value) < 1e15 else None
    return float(text) if "." in text else int(text)


def quantity(node: Node | None) -> Json | None:
    """PQ -> Quantity with its UCUM unit; None without a number."""
    if node is None or (value := number(node.attrs.get("value", "").strip())) is None:
        return None
    node.took()
    unit = node.attrs.get("unit", "").strip()
    if not unit:
        return {"value": value}
    # PQ.unit is UCUM by definition (v3 data types 2.29); words with blanks are not, so they stay words
    ucum = {} if " " in unit else {"system": "http://unitsofmeasure.org", "code": unit}
    return {"value": value, "unit": unit, **ucum}


def moment(text: str, zone: str | None) -> str | None:
    """TS -> dateTime. Without a zone of its own or of the partner it is cut to a date; None: not a time."""
    match = _TS.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second, part, offset = match.groups()
    date = "-".join(p for p in (year, month, day) if p)
    try:
        at = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
    except ValueError:
        return None
    if minute is None:
        return date
    if offset is None:
        try:
            offset = at.replace(tzinfo=ZoneInfo(zone)).strftime("%z") if zone else None
        except (ZoneInfoNotFoundError, ValueError):
            offset = None
    if offset is None:
        return date
    if offset != "Z" and int(offset[1:]) > 1400:
        return date
    written = "Z" if offset == "Z" else f"{offset[:3]}:{offset[3:]}"
    return f"{date}T{hour}:{minute}:{second or '00'}{part or ''}{written}"


def address(node: Node) -> Json | None:
    """AD -> Address; None when every part is empty."""
    found: Json = {}
    for part, name in (
        ("city", "city"),
        ("county", "district"),
        ("state", "state"),
        ("postalCode", "postalCode"),
        ("country", "country"),
    ):
        kid = node.kid(part)
        if kid and kid.text:
            kid.took()
            found[name] = kid.text
    lines = [k for p in ("streetAddressLine", "houseNumber", "streetName", "additionalLocator") for k in node.all(p) if k.text]
    for kid in lines:
        kid.took()
    if lines:
        found["line"] = [k.text for k in lines]
    if node.text:
        node.took(End.TEXT)
        found["text"] = node.text
    if found and (use := _USE.get((node.attrs.get("use") or " ").split(" ")[0])):
        found["use"] = use
        node.took()
    return found or None


def telecom(node: Node) -> Json | None:
    """TEL -> ContactPoint; None when there is no value."""
    value = node.take("value")
    scheme, _, rest = value.partition(":")
    kind = {"tel": "phone", "mailto": "email", "fax": "fax", "http": "url", "https": "url"}.get(scheme.lower())
    if kind in ("phone", "email", "fax"):
        value = rest.strip()
    if not value:
        return None
    use = "mobile" if "MC" in node.attrs.get("use", "").split() else _USE.get((node.attrs.get("use") or " ").split(" ")[0])
    kind = kind or ("email" if "@" in value else "other" if ":" in value else "phone")
    return {"system": kind, "value": value, **({"use": use} if use else {})}


def name(node: Node) -> Json | None:
    """PN -> HumanName; None when every part is empty."""
    found: Json = {}
    for part, key in (("given", "given"), ("prefix", "prefix"), ("suffix", "suffix")):
        some = [k for k in node.all(part) if k.text]
        for kid in some:
            kid.took()
        if some:
            found[key] = [k.text for k in some]
    families = [k for k in node.all("family") if k.text]
    for kid in families:
        kid.took()
    if families:
        found["family"] = " ".join(k.text for k in families)
    if node.text:
        node.took(End.TEXT)
        found["text"] = node.text
    birth = any(k.attrs.get("qualifier") == "BR" for k in families)
    use = "maiden" if birth else _NAME_USE.get((node.attrs.get("use") or " ").split(" ")[0])
    if found and use:
        found["use"] = use
    if found and node.attrs.get("use"):
        node.took()
    return found or None
