"""The sheet a document is written on: elements, their data types, and what could not be said. lxml escapes every value.

Source: HL7 v3 data types R1; CDA R2. A code system or an issuer has to be an OID (or UUID): a code without one stays as words.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from vado.model.fact import FhirJson
from vado.model.original import stable_id
from vado.outgoing.cda.templates import templates_of
from vado.terms.systems import oid_of

NS = "urn:hl7-org:v3"
SDTC = "urn:hl7-org:sdtc"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
UCUM = "http://unitsofmeasure.org"
LOINC, SNOMED = "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96"
Element = Any
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OID = re.compile(r"[012](\.(0|[1-9]\d*))+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UCUM = re.compile(r"[\x21-\x7e]{1,50}")
_FIGURES = re.compile(r"-?\d{1,15}(\.\d{1,12})?")
_TIME = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?")


class Paper:
    """Writes elements of one document. `lost` collects what the fact at hand could not say."""

    def __init__(self, profile: str, oids: Mapping[str, str], language: str) -> None:
        self.profile, self.language = profile, language
        self._oids = oids  # system URL -> OID, as the partner says
        self.lost: set[str] = set()

    def oid(self, url: str) -> str:
        """Give the OID or UUID of a system; '' when it has none that anybody told."""
        told = (self._oids.get(url), oid_of(url), url.removeprefix("urn:uuid:") if url.startswith("urn:uuid:") else None)
        return next((one for one in told if one and (_OID.fullmatch(one) or _UUID.fullmatch(one))), "")

    def claim(self, element: Element, part: str) -> None:
        """Name the templates of a part."""
        for root, extension in templates_of(self.profile, part):
            add(element, "templateId", root=root, extension=extension)

    def number(self, parent: Element, identifier: FhirJson) -> None:
        """Identifier -> II; an issuer without an OID gets a UUID that is always the same for it."""
        system = identifier.get("system", "")
        root = self.oid(system) or uuid_of(stable_id("issuer", system))
        who = identifier.get("assigner", {}).get("display", "")
        if system == "urn:ietf:rfc:3986" and (urn := _bare(identifier["value"])):
            add(parent, "id", root=urn)
            return
        add(parent, "id", root=root, extension=identifier["value"], assigningAuthorityName=who)

    def concept(self, parent: Element, name: str, told: FhirJson, *, xsi: str = "") -> Element:
        """CodeableConcept -> CD: the first code whose system has an OID, its words, the other codes as translations."""
        codings = [(c, oid) for c in told.get("coding", ()) if c.get("code") and (oid := self.oid(c.get("system", "")))]
        if len(codings) < sum(1 for c in told.get("coding", ()) if c.get("code")):
            self.lost.add(f"{name} (a code of a system without OID)")
        said = told.get("text") or next((c["display"] for c in told.get("coding", ()) if c.get("display")), "")
        kind = {f"{{{XSI}}}type": xsi} if xsi else {}
        if not codings:
            null = "OTH" if told.get("coding") or said else "UNK"
            element = add(parent, name, nullFlavor=null, **kind)
        else:
            first, oid = codings[0]
            element = add(parent, name, code=first["code"], codeSystem=oid, displayName=first.get("display", ""), **kind)
        if said:
            add(element, "originalText", said)
        for c, oid in codings[1:]:
            add(element, "translation", code=c["code"], codeSystem=oid, displayName=c.get("display", ""))
        return element

    def own(self, parent: Element, name: str, what: tuple[str, ...], *, xsi: str = "") -> Element:
        """Write a code that the guide itself asks for: code, OID of its system, and its name if need be."""
        kind = {f"{{{XSI}}}type": xsi} if xsi else {}
        return add(parent, name, code=what[0], codeSystem=what[1], displayName="".join(what[2:]), **kind)

    def span(self, parent: Element, resource: FhirJson, stem: str, *, low: bool = False, xsi: str = "") -> Element:
        """<stem>DateTime or <stem>Period -> effectiveTime; UNK when not said; `low`: a moment is the beginning of an interval."""
        kind = {f"{{{XSI}}}type": xsi} if xsi else {}
        at, period = ts(resource.get(f"{stem}DateTime") or resource.get(f"{stem}Instant")), resource.get(f"{stem}Period", {})
        if at and not low:
            return add(parent, "effectiveTime", value=at, **kind)
        element = add(parent, "effectiveTime", **kind)
        starts, ends = at or ts(period.get("start")), ts(period.get("end"))
        if not low and not starts and not ends:
            element.set("nullFlavor", "UNK")
            return element
        add(element, "low", **({"value": starts} if starts else {"nullFlavor": "UNK"}))
        if ends:
            add(element, "high", value=ends)
        return element

    def comments(self, parent: Element, resource: FhirJson) -> None:
        """Give each note of a fact as a Comment Activity."""
        for told in resource.get("note", ()):
            if not told.get("text"):
                continue
            act = add(
                add(parent, "entryRelationship", typeCode="SUBJ", inversionInd="true"), "act", classCode="ACT", moodCode="EVN"
            )
            self.claim(act, "comment")
            self.own(act, "code", ("48767-8", LOINC, "Annotation comment"))
            add(act, "text", told["text"])
            if told.keys() - {"text"}:
                self.lost.add("note (who and when)")

    def author(self, parent: Element, when: Any, who: FhirJson | None) -> None:
        """Say who told a fact, and when; nothing when neither is known."""
        name = (who or {}).get("display", "")
        if not ts(when) and not name:
            return
        author = add(parent, "author")
        self.claim(author, "author")
        add(author, "time", **({"value": ts(when)} if ts(when) else {"nullFlavor": "UNK"}))
        assigned = add(author, "assignedAuthor")
        add(assigned, "id", nullFlavor="UNK")
        if name:
            add(add(assigned, "assignedPerson"), "name", name)


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Append an element of CDA; attributes that say nothing are left out. What XML cannot hold becomes a blank."""
    element = etree.SubElement(parent, name if name.startswith("{") else f"{{{NS}}}{name}")
    for key, value in attributes.items():
        if value:
            element.set(key, clean(value))
    if text:
        element.text = clean(text)
    return element


def clean(text: str) -> str:
    """Replace characters that XML 1.0 forbids."""
    return _NOT_XML.sub(" ", text)


def is_plain(quantity: Mapping[str, Any]) -> bool:
    """Say whether PQ can hold it: plain figures, and a unit that the source itself calls UCUM, or none."""
    unit = quantity.get("code") if quantity.get("system") == UCUM else None
    has_unit = bool(quantity.get("unit") or quantity.get("code"))
    return bool(_FIGURES.fullmatch(figures(quantity.get("value", "")))) and (not has_unit or bool(unit and _UCUM.fullmatch(unit)))


def pq(parent: Element, name: str, quantity: Mapping[str, Any], **more: str) -> Element:
    """Quantity that `is_plain` -> PQ."""
    unit = quantity.get("code", "") if quantity.get("system") == UCUM else ""
    return add(parent, name, value=figures(quantity["value"]), unit=unit, **more)


def figures(value: Any) -> str:
    """Write a number without an exponent; '' for what is none."""
    return format(Decimal(str(value)), "f") if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def ts(moment: Any) -> str:
    """FHIR date, dateTime, instant -> TS of the same precision; '' when it is none."""
    match = _TIME.fullmatch(moment) if isinstance(moment, str) else None
    if not match:
        return ""
    year, month, day, hour, minute, second, zone = match.groups()
    date = year + (month or "") + (day or "")
    if hour is None or zone is None:
        return date
    return f"{date}{hour}{minute}{second or '00'}{'+0000' if zone == 'Z' else zone.replace(':', '')}"


def uuid_of(*names: str) -> str:
    """Give a UUID that is always the same for these names; the id of a fact is one already."""
    id_ = names[0] if len(names) == 1 and re.fullmatch(r"[0-9a-f]{32}", names[0]) else stable_id(*names)[:32]
    return str(UUID(hex=id_))


def _bare(urn: str) -> str:
    found = urn.removeprefix("urn:oid:").removeprefix("urn:uuid:")
    return found if _OID.fullmatch(found) or _UUID.fullmatch(found) else ""
