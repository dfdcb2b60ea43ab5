"""FHIR elements as HL7 v2 data types. Source: HL7 v2.5.1 chapter 2A; HL7 v2-to-FHIR data type maps, read backwards."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from vado.model.fact import FhirJson
from vado.model.partner import PartnerProfile
from vado.outgoing.hl7v2.er7 import Component, Repetition
from vado.terms.systems import oid_of, v2_name

GENDER = {"female": "F", "male": "M", "other": "O", "unknown": "U"}  # table 0001
_NAME_TYPE = {
    "official": "L",
    "usual": "D",
    "maiden": "M",
    "nickname": "N",
    "anonymous": "S",
    "old": "BAD",
    "temp": "TEMP",
}  # 0200
_ADDRESS_TYPE = {"home": "H", "work": "B", "temp": "C", "old": "BA", "billing": "BI"}  # 0190
_EQUIPMENT = {"phone": "PH", "fax": "FX", "pager": "BP", "email": "Internet", "sms": "CP"}  # 0202
OURS = "VADO"  # namespace of the numbers that Vado gives
OUR_SYSTEM = "urn:x-vado"
NO_NAME = ("", "", "", "", "", "", "U")  # PID-5 has to be there; table 0200, unspecified
_TIME = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?")


class Names:
    """What a partner calls code systems and issuers: its profile read backwards, else HL7's own names, else OID or URI."""

    def __init__(self, partner: PartnerProfile) -> None:
        self.partner = partner
        self._codes = {url: name for name, url in reversed([*partner.code_systems.items()])}
        self._issuers = {url: name for name, url in reversed([*partner.identifier_systems.items()])}

    def code_system(self, url: str) -> str:
        """Name a code system in the third component of a CE; '' when nobody said which."""
        return self._codes.get(url) or v2_name(url) or oid_of(url) or url

    def issuer(self, identifier: FhirJson) -> tuple[str, ...]:
        """HD of who issued a number: a name, else a universal id with its type."""
        url = identifier.get("system", "")
        if name := self._issuers.get(url) or _own(url, self.partner.id):
            return (name,) if name != "." else (identifier.get("assigner", {}).get("display", ""),)
        name = OURS if url == OUR_SYSTEM else v2_name(url) or ""
        if oid := oid_of(url):
            return (name, oid, "ISO")
        if name:
            return (name,)
        return ("", url, "URI") if url else ()


def _own(url: str, partner: str) -> str:
    """Give the name behind a system that Vado made for the partner's own numbers; '.' when it has none, '' for other systems."""
    head = f"urn:x-vado:partner:{partner}"
    return (url.removeprefix(head).removeprefix(":") or ".") if url == head or url.startswith(f"{head}:") else ""


def ce(concept: FhirJson, names: Names) -> tuple[Component, ...]:
    """CodeableConcept -> CE: the first code, its words, and a second code."""
    codings = [c for c in concept.get("coding", ()) if c.get("code")][:2]
    said = concept.get("text") or next((c["display"] for c in concept.get("coding", ()) if c.get("display")), "")
    parts: list[str] = []
    for n, c in enumerate(codings):
        words = said if n == 0 else c.get("display", "")
        parts += [c["code"], words, names.code_system(c.get("system", ""))]
    return tuple(parts or ["", said])


def dropped_codes(concept: FhirJson) -> bool:
    """Say whether a concept has more codes than a CE can hold."""
    return sum(1 for c in concept.get("coding", ()) if c.get("code")) > 2


def cx(identifier: FhirJson, names: Names) -> tuple[Component, ...]:
    """Identifier -> CX."""
    type_ = next((c["code"] for c in identifier.get("type", {}).get("coding", ()) if c.get("code")), "")
    return (identifier["value"], "", "", names.issuer(identifier), type_)


def xpn(name: FhirJson) -> tuple[Component, ...]:
    """HumanName -> XPN."""
    given = list(name.get("given", ()))
    family = name.get("family", "") or ("" if given else name.get("text", ""))
    return (
        family, given[0] if given else "", " ".join(given[1:]), " ".join(name.get("suffix", ())), " ".join(name.get("prefix", ())),
        "", _NAME_TYPE.get(name.get("use", ""), ""),
    )  # fmt: skip


def xad(address: FhirJson) -> tuple[Component, ...]:
    """Address -> XAD."""
    lines = list(address.get("line", ())) or ([address["text"]] if address.get("text") and "city" not in address else [])
    return (
        lines[0] if lines else "", ", ".join(lines[1:]), address.get("city", ""), address.get("state", ""),
        address.get("postalCode", ""), address.get("country", ""), _ADDRESS_TYPE.get(address.get("use", ""), ""), "",
        address.get("district", ""),
    )  # fmt: skip


def xtn(contact: FhirJson) -> tuple[Component, ...] | None:
    """ContactPoint -> XTN; None for what v2 has no equipment type for (a web page)."""
    kind = _EQUIPMENT.get(contact.get("system", "phone"))
    if kind is None or not contact.get("value"):
        return None
    if kind == "Internet":
        return ("", "NET", kind, contact["value"])
    if contact.get("use") == "mobile":
        kind = "CP"
    return (contact["value"], "WPN" if contact.get("use") == "work" else "PRN", kind)


def ts(moment: Any) -> str:
    """Date, dateTime or instant -> TS of the same precision; '' when it is none."""
    match = _TIME.fullmatch(moment) if isinstance(moment, str) else None
    if not match:
        return ""
    year, month, day, hour, minute, second, part, zone = match.groups()
    date = year + (month or "") + (day or "")
    if hour is None:
        return date
    offset = "+0000" if zone == "Z" else (zone or "").replace(":", "")
    return f"{date}{hour}{minute}{second or '00'}{(part or '')[:5]}{offset}"


def nm(value: Any) -> str:
    """Write a JSON number without an exponent."""
    return format(Decimal(str(value)), "f")


def is_number(value: Any) -> bool:
    """Say whether it fits NM: at most 15 figures before and behind the point (16 characters is what HL7 promises)."""
    whole, _, part = nm(value).lstrip("-").partition(".")
    return len(whole) <= 15 and len(part) <= 15


def unit_of(quantity: Mapping[str, Any], names: Names) -> tuple[Component, ...]:
    """Give the unit of a Quantity as CE; () when it has none."""
    code, said = quantity.get("code", ""), quantity.get("unit", "")
    if code and quantity.get("system"):
        return (code, said or code, names.code_system(quantity["system"]))
    return (said or code,) if said or code else ()


def ei(value: str, namespace: str) -> Repetition:
    """EI of something that Vado names."""
    return (value, namespace)
