"""What stands for something elsewhere: codes, identifiers, professionals, organisations, locations, units.

HL7 v2-to-FHIR, data type maps CWE[CodeableConcept], CX[Identifier], EI[Identifier], XCN[Practitioner], XON[Organization],
PL[Location]. What the same partner names again and again (codes, authorities) is worked out once and remembered.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from vado.incoming.hl7v2.message import Message, Segment, fidelity_of
from vado.incoming.hl7v2.values import (
    IGNORES,
    TAKES,
    TYPE_SYSTEM,
    address,
    clean,
    moment,
    name,
    number,
    part,
    plain,
    sub,
    telecom,
)  # fmt: skip
from vado.model.fact import FhirJson
from vado.model.original import stable_id
from vado.model.partner import PartnerProfile
from vado.terms.maps import table_system, translate
from vado.terms.systems import system_url

V2 = "http://terminology.hl7.org/CodeSystem/v2-"
UCUM = "http://unitsofmeasure.org"
_OWN = frozenset(("MR", "PI", "PT", "AN", "VN", "PN", "PE"))
_OID = re.compile(r"[0-2](\.\d+)+")
_URI = re.compile(r"(?:https?://|urn:)\S+")


class _Other:
    """A practitioner, organisation or place: its resource and its key, worked out once from how it is written."""

    __slots__ = ("display", "fidelity", "id", "reference", "resource", "rule")

    def __init__(self, m: Message, resource: FhirJson, key: tuple[str, ...], display: str, rule: str) -> None:
        kind = resource["resourceType"]
        self.id = stable_id(m.partner.id, kind, *key)
        self.resource: FhirJson = {"resourceType": kind, "id": self.id, **resource}
        self.display, self.rule, self.reference = display, rule, f"{kind}/{self.id}"
        self.fidelity = fidelity_of(resource)


def _other(
    kind: str, c: list[str], m: Message, s: Segment, field: int, make: Callable[[list[str], Message], _Other | None]
) -> FhirJson | None:
    """Keep what is written as a fact of its own, once a message; give a Reference to it."""
    known, key = m.memory.others, (kind, "^".join(c))
    if key not in known:
        known[key] = make(c, m)
    found: _Other | None = known[key]
    if found is None:
        return None
    if m.others.get(found.id) is not found:  # not told yet in this message, or written otherwise
        m.others[found.id] = found
        m.add_other(found.id, found.resource, s, field, found.rule, found.fidelity)
    return {"reference": found.reference, "display": found.display} if found.display else {"reference": found.reference}


# Codes


def concept(c: list[str], m: Message, table: str = "") -> FhirJson | None:
    """CWE, CE, CNE, CF, IS, ID -> CodeableConcept; a system that nobody knows is left out, not made up.

    The result is shared: copy before changing it.
    """
    known, key = m.memory.concepts, ("^".join(c), table)
    if key not in known:
        known[key] = _concept(c, m.partner, table)
    made, unknown = known[key]
    if unknown:
        m.unknown.update(unknown)
    return made


def _concept(c: list[str], partner: PartnerProfile, table: str) -> tuple[FhirJson | None, tuple[str, ...]]:
    coding: list[FhirJson] = []
    unknown: list[str] = []
    for n, system, version in ((1, 3, 7), (4, 6, 8), (10, 12, 13)):
        if len(c) >= n and (made := _coding(c, n, system, version, partner, table if n == 1 else "", unknown)):
            coding.append(made)
    said = [part(c, n) for n in (9, 2, 5) if len(c) >= n]
    told = next((t for t in said if t), "")
    first = part(c, 1)
    if not told and first and not (coding and ("system" in coding[0] or table)):
        told = first
    concept_: FhirJson = {}
    if coding:
        concept_["coding"] = coding
    if told:
        concept_["text"] = told
    return concept_ or None, tuple(unknown)


def _coding(c: list[str], n: int, at: int, v: int, partner: PartnerProfile, table: str, unknown: list[str]) -> FhirJson | None:
    written = part(c, n)
    if not written or " " in written or "\n" in written or "\t" in written:
        return None
    named, oid = part(c, at), part(c, {3: 14, 6: 17, 12: 20}[at])
    system = (
        partner.code_systems.get(named)
        or (system_url(named) if named else "")
        or (table_system(table, written) if table and not named else "")
    )
    if not system and oid:
        system = system_url(oid) or (f"urn:oid:{oid}" if _OID.fullmatch(oid) else "")
    if not system and _URI.fullmatch(named):
        system = named
    if not system and _OID.fullmatch(named):
        system = f"urn:oid:{named}"
    made: FhirJson = {"system": system, "code": written} if system else {"code": written}
    if named and not system:
        unknown.append(named if len(named) <= 20 else "?")
    if version := part(c, v):
        made["version"] = version
    if display := part(c, n + 1):
        made["display"] = display
    return made


def coding(c: list[str], m: Message, table: str = "") -> FhirJson | None:
    """CWE -> its first Coding. CWE[Coding]."""
    made = concept(c, m, table)
    return made["coding"][0] if made and "coding" in made else None


@lru_cache(4096)
def mapped(table: str, written: str) -> FhirJson | None:
    """Translate a code by a standard concept map; None when the map does not hold it."""
    return translate(table, written)


def via(c: list[str], m: Message, maps: str) -> FhirJson | None:
    """CWE -> CodeableConcept: the standard map's coding first, then the code as sent ('MaritalStatus 0002')."""
    table, _, number_ = maps.partition(" ")
    sent = concept(c, m, number_)
    if sent is None:
        return None
    better = mapped(table, part(c, 1))
    if better is None or better in sent.get("coding", ()):
        return sent
    return {**sent, "coding": [better, *sent.get("coding", ())]}


def code_via(c: list[str], m: Message, table: str) -> str | None:
    """ID, IS, CWE -> code by a standard concept map; None when the map does not hold it."""
    found = mapped(table, part(c, 1)) or mapped(table, part(c, 1).upper())
    return found["code"] if found else None


# Numbers


def authority(c: list[str], n: int, m: Message) -> tuple[str, str]:
    """HD -> (system URI or '', its name): the partner's list, a known system, or a universal id that is a standard one."""
    written = c[n - 1] if n <= len(c) else ""
    if not written:
        return "", ""
    known = m.memory.authorities
    if written not in known:
        parts = [plain(x) for x in written.split("&")] + ["", ""]
        known[written] = _authority(parts[0], parts[1], parts[2], m.partner)
    return known[written]


def _authority(named: str, universal: str, kind: str, partner: PartnerProfile) -> tuple[str, str]:
    systems = partner.identifier_systems
    system = systems.get(named) or systems.get(universal) or system_url(universal or named) or system_url(named) or ""
    universal = universal.removeprefix("urn:oid:")
    if not system and _OID.fullmatch(universal) and kind in ("ISO", ""):
        system = f"urn:oid:{universal}"
    if not system and _URI.fullmatch(universal or named):
        system = universal or named
    return system, named or universal


def own_system(m: Message, named: str) -> str:
    """Give the system of a number that the partner itself gives out."""
    return re.sub(r"[^\w.:\-]", "_", f"urn:x-vado:partner:{m.partner.id}" + (f":{named}" if named else ""))


def identifier(c: list[str], m: Message, kind: str = "") -> FhirJson | None:
    """CX -> Identifier. The partner's own numbers are scoped to it when nobody says which system. CX[Identifier]."""
    p = clean(c)
    value = p[0]
    if not value:
        return None
    system, named = authority(c, 4, m)
    if not named and len(c) > 8:
        named = p[8] or p[9]
    type_ = p[4] or kind
    made: FhirJson = {}
    if type_:
        made["type"] = {"coding": [{"system": TYPE_SYSTEM, "code": type_}]} if table_system("0203", type_) else {"text": type_}
    if not system and (type_ in _OWN or kind == "own"):
        system = own_system(m, named)
    if system:
        made["system"] = system
    made["value"] = value
    if named and (not system or not system.endswith(named)):
        made["assigner"] = {"display": named}
    elif facility := p[5]:
        made["assigner"] = {"display": facility}
    ends = {k: at for n, k in ((7, "start"), (8, "end")) if len(c) >= n and (at := moment(p[n - 1], m.zone, m.partner.timezone))}
    if ends:
        made["period"] = ends
    if type_ == "own":
        del made["type"]
    return made


def entity(c: list[str], m: Message, kind: str = "") -> FhirJson | None:
    """EI -> Identifier: value, and who gave it. EI[Identifier]."""
    p = clean(c)
    value = p[0]
    if not value:
        return None
    hd = "&".join(x for x in c[1:4]) if len(c) > 1 else ""
    system, named = authority([hd], 1, m) if hd.strip("&") else ("", "")
    made: FhirJson = {}
    if kind:
        made["type"] = {"coding": [{"system": TYPE_SYSTEM, "code": kind}]}
    made["system"] = system or own_system(m, f"{named}:{kind}" if named else kind)
    made["value"] = value
    if named and not system:
        made["assigner"] = {"display": named}
    return made


def pair(c: list[str], m: Message, n: str = "1") -> FhirJson | None:
    """EIP -> Identifier of the placer (1) or the filler (2); its subcomponents are those of an EI. EIP[Identifier]."""
    at = int(n) - 1
    if at >= len(c) or not c[at]:
        return None
    return entity(c[at].split("&"), m, "PLAC" if n == "1" else "FILL")


# People, organisations, places that are facts of their own


def professional(c: list[str], m: Message, s: Segment, field: int) -> FhirJson | None:
    """XCN, CNN, PPN -> Reference to a Practitioner that is kept as a fact. XCN[Practitioner]."""
    return _other("XCN", c, m, s, field, _professional)


def _professional(c: list[str], m: Message) -> _Other | None:
    p = clean(c)
    value, family = p[0], p[1]
    given = [g for g in (p[2], *p[3].split()) if g]
    if not value and not family and not given:
        return None
    if value and not family and not given and (" " in value or "," in value):  # a name where the number should be
        return _Other(
            m, {"resourceType": "Practitioner", "name": [{"text": value}]}, ("name", value), value, "XCN -> Practitioner"
        )
    resource: FhirJson = {"resourceType": "Practitioner"}
    system, named = authority(c, 9, m)
    if not system:
        system = own_system(m, f"professional:{named}" if named else "professional")
    if value:
        made: FhirJson = {"system": system, "value": value}
        if kind := p[12]:
            made = {"type": {"coding": [{"system": TYPE_SYSTEM, "code": kind}]}, **made}
        resource["identifier"] = [made]
    told: FhirJson = {}
    if family:
        told["family"] = family
    if given:
        told["given"] = given
    for key, n in (("prefix", 6), ("suffix", 5), ("suffix", 7)):
        if len(c) >= n and (x := p[n - 1]):
            told.setdefault(key, []).append(x)
    if told:
        resource["name"] = [told]
    display = " ".join(x for x in (*told.get("prefix", ()), *given, family) if x) or value
    return _Other(m, resource, (system, value) if value else ("name", family, *given), display, "XCN -> Practitioner")


def nested(c: list[str], m: Message, s: Segment, field: int) -> FhirJson | None:
    """NDL -> Reference to a Practitioner: the name stands in subcomponents, or as an XCN where a sender forgot. NDL[PractitionerRole]."""
    if c and "&" in c[0]:
        return professional(c[0].split("&"), m, s, field)
    plain_name = len(c) > 1 and not moment(part(c, 2), "", None)
    return professional(c if plain_name else c[:1], m, s, field)


def organization(c: list[str], m: Message, s: Segment, field: int) -> FhirJson | None:
    """XON, or a plain name -> Reference to an Organization that is kept as a fact. XON[Organization]."""
    return _other("XON", c, m, s, field, _organization)


def _organization(c: list[str], m: Message) -> _Other | None:
    p = clean(c)
    told, value = p[0], p[9] or p[2]
    if not told and not value:
        return None
    resource: FhirJson = {"resourceType": "Organization"}
    system, named = authority(c, 6, m)
    if value:
        made: FhirJson = {"system": system or own_system(m, f"organization:{named}" if named else "organization"), "value": value}
        if kind := p[6]:
            made = {"type": {"coding": [{"system": TYPE_SYSTEM, "code": kind}]}, **made}
        resource["identifier"] = [made]
    if told:
        resource["name"] = told
    key = (resource["identifier"][0]["system"], value) if value else ("name", told)
    return _Other(m, resource, key, told or value, "XON -> Organization")


def coded_organization(c: list[str], m: Message, s: Segment, field: int) -> FhirJson | None:
    """CWE -> Reference to an Organization: its code and its name. CWE[Organization]."""
    return _other("CWE", c, m, s, field, _coded_organization)


def _coded_organization(c: list[str], m: Message) -> _Other | None:
    value, told, named = part(c, 1), part(c, 2) or part(c, 9), part(c, 3)
    if not value and not told:
        return None
    resource: FhirJson = {"resourceType": "Organization", "name": told or value}
    system = (m.partner.code_systems.get(named) or system_url(named) or "") if named else ""
    numbers = (
        [{"system": system or own_system(m, f"organization:{named}" if named else "organization"), "value": value}]
        if value and told
        else []
    )
    if len(c) > 3 and (other := part(c, 4)):
        named = part(c, 6)
        system = (m.partner.code_systems.get(named) or system_url(named)) if named else None
        numbers.append({"system": system or own_system(m, f"organization:{named}" if named else "organization"), "value": other})
        if alias := part(c, 5):
            resource["alias"] = [alias]
    if numbers:
        resource["identifier"] = numbers
    return _Other(m, resource, (system or "", value, told), told or value, "CWE -> Organization")


_STEPS = {4: "si", 7: "bu", 8: "lvl", 1: "wi", 2: "ro", 3: "bd"}  # component of PL -> physical type
_PHYSICAL = "http://terminology.hl7.org/CodeSystem/location-physical-type"


def location(c: list[str], m: Message, s: Segment, field: int) -> FhirJson | None:
    """PL -> Reference to a Location that is kept as a fact: the deepest place that is named. PL[Location]."""
    return _other("PL", c, m, s, field, _location)


def _location(c: list[str], m: Message) -> _Other | None:
    p = clean(c)
    steps = [(n, told) for n in (4, 7, 8, 1, 2, 3) if (told := p[n - 1])]
    said = p[8]
    if not steps and not said:
        return None
    inner = [told for n, told in steps if n != 4]
    named = " ".join([*inner, *(told for n, told in steps if n == 4)] or [said])
    resource: FhirJson = {"resourceType": "Location", "name": named}
    if steps:
        resource["physicalType"] = {"coding": [{"system": _PHYSICAL, "code": _STEPS[steps[-1][0]]}]}
    if said and said != named:
        resource["description"] = said
    if kind := p[5]:
        resource["type"] = (
            [{"coding": [{"system": V2 + "0305", "code": kind}]}] if table_system("0305", kind) else [{"text": kind}]
        )
    if status := p[4]:
        made = mapped("BedStatus", status)
        resource["operationalStatus"] = made or (
            {"system": V2 + "0116", "code": status} if table_system("0116", status) else {"display": status}
        )
    numbers = [(f"location:{_STEPS[n]}", told) for n, told in steps if n != 4]
    if number_ := sub(c, 10, 1) or sub(c, 11, 1):
        numbers.append(("location", number_))
    if numbers:
        resource["identifier"] = [{"system": own_system(m, kind), "value": told} for kind, told in numbers]
    key = ("pl", *(f"{n}={told}" for n, told in steps)) if steps else ("pl", said)
    return _Other(m, resource, key, named, "PL -> Location")


# Quantities


def unit(c: list[str], m: Message) -> FhirJson:
    """CWE of a unit -> the unit part of a Quantity; a code only where its system is stated."""
    written, told, named = part(c, 1), part(c, 2), part(c, 3)
    if not (written or told):
        return {}
    made: FhirJson = {"unit": told or written}
    system = (m.partner.code_systems.get(named) or system_url(named)) if named else None
    if written and system and " " not in written:
        made |= {"system": system, "code": written}
    return made


def quantity(c: list[str], m: Message) -> FhirJson | None:
    """CQ -> Quantity; the unit is the rest of it, in subcomponents or in a CE of its own. CQ[Quantity]."""
    value = number(part(c, 1))
    if value is None:
        return None
    rest = c[1].split("&") if len(c) > 1 and "&" in c[1] else c[1:]
    return {"value": value, **unit(rest, m)} if rest else {"value": value}


def timing(c: list[str], m: Message) -> FhirJson | None:
    """RPT, RI -> Timing: the repeat pattern as a code of table 0335 and as text. RPT[Timing]."""
    pattern, said = part(c, 1), part(c, 2) or part(c, 9)
    if not pattern and not said:
        return None
    made: FhirJson = {}
    better = mapped("RepeatPattern", pattern) if pattern else None
    named = sub(c, 1, 3)
    system = system_url(named) if named else V2 + "0335"
    if better:
        made["code"] = {"coding": [better], "text": sub(c, 1, 2) or said or pattern}
    elif pattern and " " not in pattern:
        made["code"] = {
            "coding": [{**({"system": system} if system else {}), "code": pattern}],
            "text": sub(c, 1, 2) or said or pattern,
        }
    else:
        made["code"] = {"text": pattern or said}
    return made


_HD = frozenset((1, 2, 3, 4))
TAKES |= {
    "concept": frozenset((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 20)), "coding": frozenset((1, 2, 3, 7, 14)),
    "via": frozenset((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 20)), "code_via": frozenset((1,)),
    "identifier": frozenset((1, 4, 5, 6, 7, 8, 9, 10)), "entity": _HD, "pair": frozenset((1, 2)),
    "professional": frozenset((1, 2, 3, 4, 5, 6, 7, 9, 13)), "nested": frozenset((1, 2, 3, 4, 5, 6, 7, 9)),
    "organization": frozenset((1, 3, 6, 7, 10)), "coded_organization": frozenset((1, 2, 3, 4, 5, 6, 9)),
    "location": frozenset((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)), "quantity": frozenset((1, 2, 3, 4)), "timing": frozenset((1, 2, 9)),
    "unit": frozenset((1, 2, 3)),
}  # fmt: skip
IGNORES |= {
    "identifier": frozenset((2, 3)), "professional": frozenset((8, 10, 11, 12, 15, 16, 17, 18, 19, 20, 21)),
    "organization": frozenset((2, 4, 5, 9)), "concept": frozenset((15, 16, 18, 19, 21, 22)), "via": frozenset((15, 16, 18, 19, 21, 22)),
}  # fmt: skip

CONVERTERS = {
    "concept": concept, "coding": coding, "via": via, "code_via": code_via, "identifier": identifier, "entity": entity,
    "pair": pair, "quantity": quantity, "timing": timing, "name": name, "address": address, "telecom": telecom,
}  # fmt: skip
REFERENCES = {
    "professional": professional, "nested": nested, "organization": organization,
    "coded_organization": coded_organization, "location": location,
}  # fmt: skip
