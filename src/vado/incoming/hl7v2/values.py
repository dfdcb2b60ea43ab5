"""Datatypes to FHIR: names, addresses, numbers, codes, professionals. HL7 v2-to-FHIR, data type maps."""

import re
from collections.abc import Iterator

from vado.incoming.hl7v2.book import Book
from vado.incoming.hl7v2.segment import Segment
from vado.model.fact import FhirJson
from vado.terms.systems import system_url

TYPE_SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-0203"
_NAME_USE = {
    "L": "official",
    "D": "usual",
    "M": "maiden",
    "N": "nickname",
    "A": "anonymous",
    "S": "anonymous",
    "P": "official",
    "BAD": "old",
}
_ADDRESS_USE = {"H": "home", "B": "work", "O": "work", "C": "temp", "BA": "old"}
_TELECOM = {
    "PH": "phone",
    "FX": "fax",
    "CP": "phone",
    "BP": "pager",
    "Internet": "email",
    "X.400": "email",
    "MD": "phone",
    "SAT": "phone",
}
_TELECOM_USE = {"PRN": "home", "ORN": "home", "WPN": "work", "VHN": "home", "PRS": "mobile"}


def names(s: Segment, field: int) -> list[FhirJson]:
    """XPN -> HumanName. XPN[HumanName]."""
    found: list[FhirJson] = []
    for c in s.repetitions(field):
        family, given = s.part(c, 1), [s.part(c, 2), *s.part(c, 3).split()]
        name: FhirJson = {}
        if use := _NAME_USE.get(s.part(c, 7)):
            name["use"] = use
        if family:
            name["family"] = family
        if any(given):
            name["given"] = [g for g in given if g]
        for key, n in (("suffix", 4), ("prefix", 5), ("suffix", 6)):
            if s.part(c, n):
                name.setdefault(key, []).append(s.part(c, n))
        if name.keys() - {"use"}:
            found.append(name)
    return found


def addresses(s: Segment, field: int) -> list[FhirJson]:
    """XAD -> Address. XAD[Address]."""
    found: list[FhirJson] = []
    for c in s.repetitions(field):
        address: FhirJson = {}
        if use := _ADDRESS_USE.get(s.part(c, 7)):
            address["use"] = use
        if lines := [line for line in (s.part(c, 1), s.part(c, 2)) if line]:
            address["line"] = lines
        for key, n in (("city", 3), ("state", 4), ("postalCode", 5), ("country", 6), ("district", 9)):
            if s.part(c, n):
                address[key] = s.part(c, n)
        if address.keys() - {"use"}:
            found.append(address)
    return found


def telecoms(s: Segment, field: int, use: str = "") -> list[FhirJson]:
    """XTN -> ContactPoint; a field that is an e-mail by its form or type is one. XTN[ContactPoint]."""
    found: list[FhirJson] = []
    for c in s.repetitions(field):
        system = _TELECOM.get(s.part(c, 3), "phone")
        number = " ".join(p for p in (f"+{s.part(c, 5).lstrip('+')}" if s.part(c, 5) else "", s.part(c, 6), s.part(c, 7)) if p)
        value = s.part(c, 4) if system == "email" or not (s.part(c, 1) or number) else s.part(c, 1) or number
        value = value or number or s.part(c, 12)
        if not value:
            continue
        point: FhirJson = {"system": "email" if "@" in value else system, "value": value}
        told = "mobile" if s.part(c, 3) == "CP" else _TELECOM_USE.get(s.part(c, 2), use)
        if told:
            point["use"] = told
        found.append(point)
    return found


def authority(s: Segment, c: list[str], n: int, book: Book) -> tuple[str, str]:
    """HD -> (system URI or '', its name): the partner's list, a known system, or a universal id that is a standard one."""
    name, universal, kind = s.sub(c, n, 1), s.sub(c, n, 2), s.sub(c, n, 3)
    known = book.partner.identifier_systems
    system = known.get(name) or known.get(universal) or system_url(universal or name) or system_url(name) or ""
    if not system and kind == "ISO" and re.fullmatch(r"[0-2](\.\d+)+", universal):
        system = f"urn:oid:{universal}"
    if not system and re.match(r"https?://|urn:", universal or name):
        system = universal or name
    return system, name or universal


def identifiers(s: Segment, field: int, book: Book, *, main: bool = False) -> list[FhirJson]:
    """CX -> Identifier. The partner's own number is scoped to the partner when nobody says which system. CX[Identifier]."""
    found: list[FhirJson] = []
    for c in s.repetitions(field):
        value = s.part(c, 1)
        if not value:
            continue
        system, name = authority(s, c, 4, book)
        kind = s.part(c, 5)
        identifier: FhirJson = {"value": value}
        if kind:
            identifier["type"] = {"coding": [{"system": TYPE_SYSTEM, "code": kind}]}
        if not system and (kind in {"MR", "PI", "PT", "AN", "VN"} or (main and not found)):
            system = f"urn:x-vado:partner:{book.partner.id}" + (f":{name}" if name else "")
            system = re.sub(r"\s+", "_", system)
        if system:
            identifier["system"] = system
        elif name:
            identifier["assigner"] = {"display": name}
        if identifier not in found:
            found.append(identifier)
    return found


def concepts(s: Segment, field: int, book: Book, table: str = "") -> list[FhirJson]:
    """CWE, CE, CF, IS -> CodeableConcepts, one a repetition."""
    return [c for r in s.repetitions(field) if (c := concept_of(s, r, book, table))]


def concept(s: Segment, field: int, book: Book, table: str = "") -> FhirJson | None:
    """Give the first of them, or None."""
    return next(iter(concepts(s, field, book, table)), None)


def concept_of(s: Segment, c: list[str], book: Book, table: str = "") -> FhirJson | None:
    """CWE -> CodeableConcept; a system that nobody knows is left out, not made up. CWE[CodeableConcept]."""
    coding = [x for n in (1, 4) if (x := _coding(s, c, n, book, table if n == 1 else ""))]
    text = s.part(c, 9) or s.part(c, 2) or s.part(c, 5) or ("" if s.part(c, 1) and (s.part(c, 3) or table) else s.part(c, 1))
    made: FhirJson = {}
    if coding:
        made["coding"] = coding
    if text:
        made["text"] = text
    return made or None


def _coding(s: Segment, c: list[str], n: int, book: Book, table: str) -> FhirJson | None:
    code, display, name = s.part(c, n), s.part(c, n + 1), s.part(c, n + 2)
    if not code or any(ch.isspace() for ch in code.strip()):
        return None
    system = book.partner.code_systems.get(name) or system_url(name) if name else table or None
    if not system and re.match(r"https?://|urn:", name):
        system = name
    coding: FhirJson = {"code": code}
    if system:
        coding["system"] = system
    elif name:
        book.complain("IN-017", s, system=name if len(name) <= 20 else "?")
    if display:
        coding["display"] = display
    return coding


def professionals(s: Segment, field: int, book: Book) -> Iterator[FhirJson]:
    """XCN -> Reference to a Practitioner that is kept as a fact. XCN[Practitioner]."""
    for c in s.repetitions(field):
        number, family = s.part(c, 1), s.part(c, 2)
        given = [g for g in (s.part(c, 3), *s.part(c, 4).split()) if g]
        if not number and not family:
            continue
        resource: FhirJson = {"resourceType": "Practitioner"}
        system, name = authority(s, c, 9, book)
        if number:
            system = system or re.sub(
                r"\s+", "_", f"urn:x-vado:partner:{book.partner.id}:professional" + (f":{name}" if name else "")
            )
            resource["identifier"] = [{"system": system, "value": number}]
        told: FhirJson = {}
        if family:
            told["family"] = family
        if given:
            told["given"] = given
        if s.part(c, 6):
            told["prefix"] = [s.part(c, 6)]
        if told:
            resource["name"] = [told]
        key = (system, number) if number else ("name", family, *given)
        reference = book.add(resource, key, (s, field), rule="XCN -> Practitioner", own=False)
        display = " ".join([*given, family]).strip()
        yield {"reference": reference, "display": display} if display else {"reference": reference}


def number(text: str) -> int | float | None:
    """NM -> a JSON number; None when it is none. HL7 v2 chapter 2A.46."""
    plain = text.strip()
    if re.fullmatch(r"[+-]?\d+", plain) and len(plain) < 16:
        return int(plain)
    return float(plain) if re.fullmatch(r"[+-]?(\d+\.\d*|\.\d+)", plain) and len(plain) < 20 else None


def quantity(s: Segment, field: int, unit_field: int, book: Book) -> FhirJson | None:
    """A number and its unit -> Quantity; a code only where UCUM is stated."""
    value = number(s.text(field))
    if value is None:
        return None
    return {"value": value, **unit(s, unit_field, book)}


def unit(s: Segment, field: int, book: Book) -> FhirJson:
    """CWE of a unit -> the unit part of a Quantity."""
    code, text, name = s.text(field, 1), s.text(field, 2), s.text(field, 3)
    if not (code or text):
        return {}
    made: FhirJson = {"unit": text or code}
    if code and name and (system := book.partner.code_systems.get(name) or system_url(name)):
        made |= {"system": system, "code": code}
    return made
