"""OBX, NTE: observations, embedded documents, notes. HL7 v2-to-FHIR, OBX[Observation], NTE[Observation], ED[Attachment]."""

import re
from base64 import b64encode
from collections import Counter

from vado.incoming.hl7v2.grammar import Group
from vado.incoming.hl7v2.mapping import segment_map
from vado.incoming.hl7v2.message import Message, Segment
from vado.incoming.hl7v2.names import concept, unit
from vado.incoming.hl7v2.patient import participants
from vado.incoming.hl7v2.values import clock, first, moment, number, part, period, plain, whole
from vado.model.fact import FhirJson

_STATUS = {
    "F": "final", "C": "corrected", "P": "preliminary", "R": "preliminary", "S": "preliminary", "I": "registered", "O": "registered",
    "D": "entered-in-error", "W": "entered-in-error", "X": "cancelled", "U": "final", "V": "final", "B": "preliminary", "A": "amended",
    "N": "cancelled",
}  # fmt: skip # OBX-11, table 0085
_VITAL_LOINC = frozenset(
    ("8310-5", "8867-4", "9279-1", "8480-6", "8462-4", "85354-9", "29463-7", "8302-2", "39156-5", "59408-5", "2708-6", "3141-9", "8287-5")
)  # fmt: skip # FHIR R4 vital signs profile
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_SUB_ID = "http://hl7.org/fhir/StructureDefinition/observation-v2-subid"
_CODED = frozenset(("CE", "CWE", "CNE", "CF", "IS", "ID"))
_SEVERAL = _CODED | {"NM", "SN"}  # several values of one observation are its components
_RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:-|to|–)\s*(-?\d+(?:\.\d+)?)\s*")
_LIMIT = re.compile(r"\s*(<=|>=|<|>)\s*=?\s*(-?\d+(?:\.\d+)?)\s*")
_TYPES = {
    "pdf": "application/pdf", "rtf": "text/rtf", "html": "text/html", "jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png",
    "tiff": "image/tiff", "gif": "image/gif", "xml": "text/xml", "plain": "text/plain",
}  # fmt: skip


class Order:
    """One ORC/OBR group in the making: its numbers, and what hangs on it."""

    def __init__(self, group: Group, m: Message) -> None:
        self.orc, self.obr = group.first("ORC"), group.first("OBR")
        self.filler = _either(self.obr, self.orc, 3)
        self.placer = _either(self.obr, self.orc, 2)
        self.observations: list[str] = []
        self.documents: list[FhirJson] = []
        self.remarks: list[str] = []  # on its documents
        self.lines: list[str] = []  # a report written line by line
        self.seen: Counter[tuple[str, ...]] = Counter()
        self.specimens: list[str] = []
        self.looked_at: str | None = None  # the specimen whose own observations are told
        head = self.obr or self.orc
        number_ = self.filler or self.placer
        self.key = (number_,) if number_ else (m.control, head.path if head else "")
        self.service = first(self.obr, 4) or first(self.obr, 4, 2) if self.obr else ""
        self.time = moment(first(self.obr, 7), m.zone, m.partner.timezone) if self.obr else None


def _either(one: Segment | None, other: Segment | None, field: int) -> str:
    return (first(one, field) if one else "") or (first(other, field) if other else "")


def observe(group: Group, o: Order | None, m: Message) -> str | None:
    """Tell an OBX group: an observation, or a document that is an original of its own."""
    reference: str | None = None
    for obx in group.all("OBX"):
        if found := attached(obx):
            participants(group, m)
            if o is not None:
                o.documents.append(found)
                o.remarks += [said for n in group.all("NTE") if (said := whole(n, 3))]
            elif m.patient:
                resource: FhirJson = {
                    "resourceType": "DocumentReference",
                    "status": "current",
                    "content": [{"attachment": found}],
                }
                m.add(resource, ("ed", m.control, obx.path), obx, rule="OBX -> DocumentReference")
        elif not obx.raw(3) and (said := whole(obx, 5)):  # lines of a report
            obx.left |= {n: () for n in (2, 11, 14) if obx.raw(n)}
            if o is not None:
                o.lines.append(said)
            elif m.patient:
                remark(said, obx, m)
        elif (reference := _observation(obx, group, o, m)) and o is not None:
            o.observations.append(reference)
    return reference


def _observation(obx: Segment, group: Group, o: Order | None, m: Message) -> str | None:
    """OBX -> Observation; a correction has the id of the first telling. OBX[Observation]."""
    made = segment_map("OBX[Observation]").apply(obx, m)
    code = made.pop("code", None)
    if code is None:
        obx.left.clear()
        return None
    status = first(obx, 11).upper()
    resource: FhirJson = {"resourceType": "Observation", "status": _STATUS.get(status, "unknown"), "code": code}
    if status in _STATUS:
        obx.left[11] = ()
    _categorise(made, code, m)
    _value(obx, code, m, resource)
    resource |= made
    if "effectiveDateTime" not in resource and o is not None and o.time:  # OBX-14, else OBR-7
        resource["effectiveDateTime"] = o.time
    if range_ := whole(obx, 7):  # OBX-7 -> referenceRange
        resource["referenceRange"] = [_range(range_, resource.get("valueQuantity"))]
    if sub_id := whole(obx, 4):  # OBX-4 -> extension; OG[Extension-Subidentifier]
        inner = {"url": "original-sub-identifier", "valueString": sub_id}
        resource.setdefault("extension", []).append({"url": _SUB_ID, "extension": [inner]})
    if "device" in resource:
        resource["device"] = {"identifier": resource["device"]["identifier"]}
    if obx.raw(24) and obx.raw(23):  # OBX-24 -> the performing organisation's address
        found = segment_map("OBX[Organization]").apply(obx, m).get("address")
        whose = next((p["reference"] for p in resource.get("performer", ()) if p["reference"].startswith("Organization/")), None)
        if found and whose:
            m.add_to(whose, "address", found[0])
    if o is not None and (taken := o.looked_at or (o.specimens[0] if len(o.specimens) == 1 else None)):
        resource["specimen"] = {"reference": taken}
    for _, who in participants(group, m, houses=True):
        resource.setdefault("performer", []).append(who)
    if said := [note(n, m) for n in group.all("NTE") if whole(n, 3)]:  # NTE -> note
        resource["note"] = said
    if m.encounter:
        resource["encounter"] = {"reference": m.encounter}
    return m.add(resource, _key(obx, o, m), obx, rule="OBX -> Observation")


def _categorise(made: FhirJson, code: FhirJson, m: Message) -> None:
    """Vital signs by their LOINC code; what a laboratory message brings is laboratory unless OBX-29 says otherwise."""
    if any(c.get("code") in _VITAL_LOINC and c.get("system") == "http://loinc.org" for c in code.get("coding", ())):
        made["category"] = [{"coding": [{"system": _CATEGORY, "code": "vital-signs"}]}]
    elif m.kind in {"ORU", "OUL"} and "category" not in made:
        made["category"] = [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}]


def _key(obx: Segment, o: Order | None, m: Message) -> tuple[str, ...]:
    """Order number, service, code, sub-id, and which of several alike: two results never overwrite each other."""
    own = (first(obx, 3) or first(obx, 3, 2), obx.raw(4))
    if o is None:
        return ("obx", m.control, obx.path)
    o.seen[own] += 1
    return ("obx", *o.key, o.service, *own, str(o.seen[own]))


# OBX-5


def _value(obx: Segment, code: FhirJson, m: Message, resource: FhirJson) -> None:
    """OBX-2, -5, -6 -> Observation.value[x]. HL7 v2-to-FHIR, OBX-5 by type."""
    kind, written = obx.take(2).upper(), obx.take(5)
    parts = [r.split("^") for r in written.split("~") if r.strip("^& ")] if written else []
    unit_ = unit(obx.parts(6), m) if obx.raw(6) else {}
    if not parts:
        if resource["status"] not in {"cancelled", "entered-in-error", "registered"}:
            resource["dataAbsentReason"] = {"coding": [{"system": _ABSENT, "code": "unknown"}]}
        return
    if len(parts) > 1 and kind in _SEVERAL:
        told = [_typed(kind, [p], unit_, m) for p in parts]
        resource["component"] = [{"code": code, name: value} for name, value in told]
        return
    name, value = _typed(kind, parts, unit_, m)
    resource[name] = value


def _typed(kind: str, parts: list[list[str]], unit_: FhirJson, m: Message) -> tuple[str, object]:
    """Give the name and the value of value[x]; text where the value is not what its type promises."""
    c = parts[0]
    value: object = None
    if len(parts) == 1:
        if kind == "NM" or (kind in {"ST", ""} and unit_ and number(part(c, 1)) is not None):
            if (value := _quantity(part(c, 1), unit_)) is not None:
                return "valueQuantity", value
        elif kind == "SN" and (told := _structured(c, unit_)):
            return told
        elif kind in _CODED and (value := concept(c, m)):
            return "valueCodeableConcept", value
        elif kind in {"DT", "TS", "DTM"} and (value := moment(part(c, 1), m.zone, m.partner.timezone)):
            return "valueDateTime", value
        elif kind == "TM" and (value := clock(c, m)):
            return "valueTime", value
        elif kind == "DR" and (value := period(c, m)):
            return "valuePeriod", value
        elif kind == "NR" and (value := _numeric_range(c, unit_)):
            return "valueRange", value
        elif kind == "CQ" and (value := _quantity(part(c, 1), unit(c[1:], m) or unit_)):
            return "valueQuantity", value
    mark = " " if kind in {"SN", "XPN", "XCN", "XAD", "XTN", "CX", "EI", "MO", "CP", "VR"} or kind in _CODED else "^"
    said = "\n".join(plain(mark.join(x for x in p if x) if mark == " " else mark.join(p)) for p in parts).strip()
    return "valueString", f"{said} {unit_.get('unit', '')}".strip() or "?"


def _quantity(text: str, unit_: FhirJson) -> FhirJson | None:
    """'5.4', '<0.1' -> Quantity."""
    if (value := number(text)) is not None:
        return {"value": value, **unit_}
    if match := _LIMIT.fullmatch(text):
        return {"value": number(match[2]), "comparator": match[1], **unit_}
    return None


def _numeric_range(c: list[str], unit_: FhirJson) -> FhirJson | None:
    """NR -> Range. NR[Range]."""
    ends = {k: {"value": v, **unit_} for n, k in ((1, "low"), (2, "high")) if (v := number(part(c, n))) is not None}
    return ends or None


def _structured(c: list[str], unit_: FhirJson) -> tuple[str, FhirJson] | None:
    """SN: comparator, number, separator, number. HL7 v2 chapter 2A.71; SN[Quantity], SN[Range], SN[Ratio]."""
    sign, low, mark, high = (part(c, n) for n in (1, 2, 3, 4))
    one, other = number(low), number(high)
    if one is None:
        return None
    if not mark and not high:
        if sign in {"<", "<=", ">", ">="}:
            return "valueQuantity", {"value": one, "comparator": sign, **unit_}
        return ("valueQuantity", {"value": one, **unit_}) if sign in {"", "="} else None
    if mark == "-" and other is not None:
        return "valueRange", {"low": {"value": one, **unit_}, "high": {"value": other, **unit_}}
    if mark in {":", "/"} and other is not None:
        return "valueRatio", {"numerator": {"value": one, **unit_}, "denominator": {"value": other}}
    return None


def _range(text: str, value: FhirJson | None) -> FhirJson:
    """'3.5-5.1', '<10' -> low and high in the unit of the value, and always the text as written."""
    unit_ = {k: value[k] for k in ("unit", "system", "code") if k in value} if value else {}
    if match := _RANGE.fullmatch(text):
        return {"low": {"value": number(match[1]), **unit_}, "high": {"value": number(match[2]), **unit_}, "text": text}
    if match := _LIMIT.fullmatch(text):
        end = "high" if match[1][0] == "<" else "low"
        return {end: {"value": number(match[2]), **unit_}, "text": text}
    return {"text": text}


# Notes and documents


def note(nte: Segment, m: Message) -> FhirJson:
    """NTE -> Annotation. NTE[Observation]."""
    made = segment_map("NTE[Annotation]").apply(nte, m)
    made["text"] = whole(nte, 3)
    return made


def remark(said: str, s: Segment, m: Message) -> None:
    """A note about the person, in no order: a Communication, so that it is shown as what it is."""
    resource: FhirJson = {"resourceType": "Communication", "status": "completed", "category": [{"text": "note"}]}
    resource["payload"] = [{"contentString": said}]
    if m.encounter:
        resource["encounter"] = {"reference": m.encounter}
    m.add(resource, ("note", m.control, s.path), s, rule=f"{s.name} -> Communication")


def attached(obx: Segment) -> FhirJson | None:
    """OBX of type ED or RP -> an Attachment that says what is there; embedded bytes are an original of their own. ED[Attachment]."""
    kind = first(obx, 2).upper()
    if kind not in {"ED", "RP"} or not obx.raw(5):
        return None
    c = obx.parts(5)
    obx.left |= {n: () for n in (2, 3, 11) if obx.raw(n)}
    code, words = first(obx, 3), first(obx, 3, 2)
    title = f"{words} ({code})" if words and code else words or code or "document"
    type_, sub_ = (part(c, 2), part(c, 3)) if kind == "ED" else (part(c, 3), part(c, 4))
    made: FhirJson = {
        "contentType": _TYPES.get(sub_.casefold()) or _TYPES.get(type_.casefold()) or "application/octet-stream",
        "title": title,
    }
    if kind == "RP" and part(c, 1):
        made["url"] = part(c, 1)
    return made


def as_text(texts: list[str]) -> FhirJson:
    """Text lines -> a plain text Attachment."""
    return {"contentType": "text/plain; charset=utf-8", "data": b64encode("\n".join(texts).encode()).decode()}
