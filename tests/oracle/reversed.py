"""Does a bundle turn what the source says into its opposite? Negation and status, told apart from recall; knows nothing of Vado.

`oracle.cda` does not count negated statements and `oracle.hl7` counts no status, so a converter that makes an allergy of
"not allergic", or a final result of a withdrawn one, loses nothing there. It is seen here.
"""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from oracle.found import Resource, normal

_NS = "{urn:hl7-org:v3}"
_STATEMENTS = ("observation", "substanceAdministration", "procedure", "encounter", "supply", "act")
# HL7 table 0085 -> ObservationStatus, only the codes that nobody maps otherwise
_STATUS = {"F": "final", "C": "corrected", "P": "preliminary", "X": "cancelled", "W": "entered-in-error"}
_NO = {"not-done", "refuted", "entered-in-error", "not-taken", "cancelled", "declined"}
# SNOMED CT "no known ..." (C-CDA on FHIR R4, Allergies and Problems: negated general code -> one of these)
_NO_KNOWN = {"716186003", "409137002", "429625007", "428607008", "160244002", "160245001"}
# so general a code that its negation means "none known": substance, (drug) allergy, disease, problem
_GENERAL = {"105590001", "416098002", "419199007", "414285001", "64572001", "55607006", "29308-4"}


@dataclass(frozen=True)
class Doubt:
    """One statement of the source, and what became of it."""

    place: str
    code: str
    end: str  # 'kept', 'reversed' or 'lost'


def negations(document: bytes, resources: list[Resource]) -> list[Doubt]:
    """Say of each negated statement of a CDA document whether the bundle still says no."""
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    out: list[Doubt] = []
    for name in _STATEMENTS:
        for e in root.iter(_NS + name):
            codes = _about(e) if e.get("negationInd") == "true" else []
            if codes:
                affirmed = _affirmed(root, codes)
                out.append(Doubt(f"{name} (line {e.sourceline})", codes[0], _end(codes, resources, affirmed)))
    return out


def statuses(message: str, resources: list[Resource]) -> list[Doubt]:
    """Say of each OBX with a plain status whether an Observation of that code has it.

    A code that also stands in an OBX with another status (I, O, R ...) is left out: which resource is whose cannot be told.
    """
    message = message.lstrip("\ufeff\x0b")
    lines = [x.split(message[3]) for x in re.split(r"[\r\n]+", message) if x]
    said: dict[str, list[tuple[int, str]]] = {}
    for n, f in enumerate(lines):
        if f[0] == "OBX" and len(f) > 3 and (code := normal(f[3].split(message[4])[0])):
            said.setdefault(code, []).append((n + 1, f[11] if len(f) > 11 else ""))
    out: list[Doubt] = []
    for code, rows in said.items():
        held = {str(r.get("status")) for r in resources if r.get("resourceType") == "Observation" and code in _codes(r)}
        if held and all(status in _STATUS for _, status in rows):  # no Observation at all: that is for recall to see
            out += [Doubt(f"OBX (line {n})", code, "kept" if _STATUS[status] in held else "reversed") for n, status in rows]
    return out


def _about(e: etree._Element) -> list[str]:
    """What the statement is about: the product or participant, else its value, else its code."""
    for path in (f".//{_NS}manufacturedMaterial/{_NS}code", f"./{_NS}participant//{_NS}playingEntity/{_NS}code", f"./{_NS}value", f"./{_NS}code"):  # fmt: skip
        codes = [normal(c.get("code", "")) for c in e.findall(path) if c.get("code")]
        if codes:
            return codes
    return []


def _affirmed(root: etree._Element, codes: list[str]) -> bool:
    """Whether the same document also says it without negation: then a plain resource is no reversal."""
    return any(
        e.get("negationInd") != "true" and set(_about(e)) & set(codes) for name in _STATEMENTS for e in root.iter(_NS + name)
    )


def _end(codes: list[str], resources: list[Resource], affirmed: bool) -> str:
    if set(codes) & _GENERAL and any(_codes(r) & _NO_KNOWN for r in resources):
        return "kept"
    about = [r for r in resources if r.get("resourceType") != "Composition" and set(codes) & _codes(r)]
    if not about:
        return "lost"
    return "kept" if affirmed or all(_says_no(r) for r in about) else "reversed"


def _says_no(r: Resource) -> bool:
    words = {str(r.get("status")), *_codes(r)}
    return bool(words & (_NO | _NO_KNOWN)) or r.get("doNotPerform") is True or r.get("valueBoolean") is False


def _codes(value: Any) -> set[str]:
    if isinstance(value, list):
        return {c for v in value for c in _codes(v)}
    if not isinstance(value, dict):
        return set()
    own = {normal(value["code"])} if isinstance(value.get("code"), str) else set()
    return own.union(*(_codes(v) for v in value.values()))
