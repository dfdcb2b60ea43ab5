"""ORC, OBR, OBX, NTE, SPM: orders, reports, observations, specimens. HL7 v2-to-FHIR, OBR[DiagnosticReport], OBX[Observation]."""

import re
from base64 import b64encode

from vado.incoming.hl7v2.book import Book
from vado.incoming.hl7v2.segment import Segment
from vado.incoming.hl7v2.values import concept, concept_of, concepts, identifiers, number, professionals, unit
from vado.model.fact import FhirJson

_STATUS = {  # OBX-11, table 0085
    "F": "final", "C": "corrected", "P": "preliminary", "R": "preliminary", "S": "preliminary", "I": "registered", "O": "registered",
    "D": "entered-in-error", "W": "entered-in-error", "X": "cancelled", "U": "final", "V": "final", "B": "preliminary", "A": "amended",
}  # fmt: skip
_REPORT = {  # OBR-25, table 0123
    "F": "final", "C": "corrected", "P": "preliminary", "R": "preliminary", "A": "partial", "I": "registered", "O": "registered",
    "S": "registered", "X": "cancelled", "M": "corrected", "N": "unknown", "Y": "unknown", "Z": "unknown",
}  # fmt: skip
_FLAGS = frozenset(
    [
        "L",
        "LL",
        "LU",
        "H",
        "HH",
        "HU",
        "N",
        "A",
        "AA",
        "<",
        ">",
        "S",
        "R",
        "I",
        "MS",
        "VS",
        "U",
        "D",
        "B",
        "W",
        "NEG",
        "POS",
        "IND",
        "DET",
        "ND",
        "NR",
        "RR",
        "WR",
        "EX",
        "HX",
        "LX",
        "SDD",
        "SYN-S",
        "SYN-R",
        "NS",
    ]
)
_FLAG_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"
_VITAL_LOINC = frozenset(
    [
        "8310-5",
        "8867-4",
        "9279-1",
        "8480-6",
        "8462-4",
        "85354-9",
        "29463-7",
        "8302-2",
        "39156-5",
        "59408-5",
        "2708-6",
        "3141-9",
        "8287-5",
    ]
)
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


class Order:
    """One ORC/OBR group: its numbers, and what hangs on it."""

    def __init__(self, orc: Segment | None, obr: Segment | None, book: Book) -> None:
        self.orc, self.obr = orc, obr
        self.filler = _entity(obr, 3) or _entity(orc, 3)
        self.placer = _entity(obr, 2) or _entity(orc, 2)
        self.observations: list[str] = []
        self.seen: dict[tuple[str, ...], int] = {}
        self.specimens: list[str] = []
        self.notes: list[Segment] = []
        first = obr or orc
        number_ = self.filler or self.placer
        self.key = (number_,) if number_ else (book.control, first.path if first else "")
        self.service = obr.text(4) or obr.text(4, 2) if obr else ""


def _entity(s: Segment | None, field: int) -> str:
    return s.text(field) if s else ""


def observation(obx: Segment, notes: list[Segment], order: Order | None, encounter: str | None, book: Book) -> str | None:
    """OBX -> Observation; a correction has the id of the first telling. OBX[Observation]."""
    code = concept(obx, 3, book)
    if code is None or obx.text(2) == "ED":
        return None
    resource: FhirJson = {"resourceType": "Observation", "status": _STATUS.get(obx.text(11).upper(), "unknown"), "code": code}
    if any(c.get("code") in _VITAL_LOINC and c.get("system") == "http://loinc.org" for c in code.get("coding", ())):
        resource["category"] = [{"coding": [{"system": _CATEGORY, "code": "vital-signs"}]}]
    elif book.kind in {"ORU", "OUL"}:
        resource["category"] = [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}]
    _value(obx, book, resource)
    when = book.time(obx.text(14)) or (book.time(order.obr.text(7)) if order and order.obr else None)
    if when:  # OBX-14, else OBR-7 -> Observation.effectiveDateTime
        resource["effectiveDateTime"] = when
    if range_ := obx.whole(7):  # OBX-7 -> Observation.referenceRange
        resource["referenceRange"] = [_range(range_)]
    flags = [f for n in obx.repetitions(8) if (f := obx.part(n, 1))]
    if flags:  # OBX-8 -> Observation.interpretation; table 0078
        resource["interpretation"] = [
            {"coding": [{"system": _FLAG_SYSTEM, "code": f}]} if f in _FLAGS else {"text": f} for f in flags
        ]
    for field, name in ((17, "method"), (20, "bodySite")):
        if told := concept(obx, field, book):
            resource[name] = told
    if performers := list(professionals(obx, 16, book)):  # OBX-16 -> Observation.performer
        resource["performer"] = performers
    if said := [t for n in notes if (t := n.whole(3))]:  # NTE-3 -> Observation.note
        resource["note"] = [{"text": t} for t in said]
    if encounter:
        resource["encounter"] = {"reference": encounter}
    return book.add(resource, _key(obx, order, book), obx, rule="OBX -> Observation")


def _key(obx: Segment, order: Order | None, book: Book) -> tuple[str, ...]:
    """Order number, service, code, sub-id, and which of several alike: two results never overwrite each other."""
    own = (obx.text(3) or obx.text(3, 2), obx.whole(4))
    if order is None:
        return ("obx", book.control, obx.path)
    order.seen[own] = order.seen.get(own, 0) + 1
    return ("obx", *order.key, order.service, *own, str(order.seen[own]))


def _value(obx: Segment, book: Book, resource: FhirJson) -> None:
    """OBX-2, -5, -6 -> Observation.value[x]. HL7 v2-to-FHIR, OBX-5 by type."""
    kind, parts = obx.text(2), obx.repetitions(5)
    if not parts:
        if resource["status"] not in {"cancelled", "entered-in-error", "registered"}:
            reason = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
            resource["dataAbsentReason"] = {"coding": [{"system": reason, "code": "unknown"}]}
        return
    first = parts[0]
    if kind == "NM" and (value := number(obx.part(first, 1))) is not None:
        resource["valueQuantity"] = {"value": value, **unit(obx, 6, book)}
    elif kind == "SN" and _structured(obx, first, book, resource):
        pass
    elif kind in {"CE", "CWE", "CNE", "CF", "IS", "ID"} and len(parts) == 1 and (told := concept_of(obx, first, book)):
        resource["valueCodeableConcept"] = told
    elif kind in {"DT", "TS", "DTM"} and (when := book.time(obx.part(first, 1))):
        resource["valueDateTime"] = when
    elif kind == "TM" and re.fullmatch(r"\d{4}(\d\d)?", obx.part(first, 1)):
        digits = obx.part(first, 1).ljust(6, "0")
        resource["valueTime"] = f"{digits[:2]}:{digits[2:4]}:{digits[4:6]}"
    else:
        said = obx.whole(5)
        measured = unit(obx, 6, book).get("unit", "")
        resource["valueString"] = f"{said} {measured}".strip()


def _structured(obx: Segment, c: list[str], book: Book, resource: FhirJson) -> bool:
    """SN: comparator, number, separator, number. HL7 v2 chapter 2A.71."""
    sign, low, mark, high = (obx.part(c, n) for n in (1, 2, 3, 4))
    one, other = number(low), number(high)
    measured = unit(obx, 6, book)
    if one is None:
        return False
    if not mark and not high:
        quantity: FhirJson = {"value": one, **measured}
        if sign in {"<", "<=", ">", ">="}:
            quantity = {"value": one, "comparator": sign, **measured}
        elif sign not in {"", "="}:
            return False
        resource["valueQuantity"] = quantity
    elif mark == "-" and other is not None:
        resource["valueRange"] = {"low": {"value": one, **measured}, "high": {"value": other, **measured}}
    elif mark in {":", "/"} and other is not None:
        resource["valueRatio"] = {"numerator": {"value": one, **measured}, "denominator": {"value": other}}
    else:
        return False
    return True


def _range(text: str) -> FhirJson:
    """'3.5-5.1' -> low and high, and always the text as written."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*", text)
    made: FhirJson = {"text": text}
    if match:
        made = {"low": {"value": number(match[1])}, "high": {"value": number(match[2])}, "text": text}
    return made


def report(order: Order, encounter: str | None, request: str | None, documents: list[FhirJson], book: Book) -> None:
    """OBR -> DiagnosticReport, with the observations that belong to it. OBR[DiagnosticReport]."""
    obr = order.obr
    code = concept(obr, 4, book) if obr else None
    if obr is None or code is None:
        return
    resource: FhirJson = {
        "resourceType": "DiagnosticReport",
        "status": _REPORT.get(obr.text(25).upper(), "unknown"),
        "code": code,
    }
    if section := obr.text(24):  # OBR-24 -> DiagnosticReport.category; table 0074
        resource["category"] = [{"coding": [{"system": _SECTION, "code": section}]}]
    if numbers := [*_numbers(order, book)]:
        resource["identifier"] = numbers
    if when := book.time(obr.text(7)):  # OBR-7 -> effective
        resource["effectiveDateTime"] = when
    issued = book.time(obr.text(22))
    if issued and "T" in issued:  # OBR-22 -> issued
        resource["issued"] = issued
    if order.observations:
        resource["result"] = [{"reference": r} for r in dict.fromkeys(order.observations)]
    if order.specimens:
        resource["specimen"] = [{"reference": r} for r in order.specimens]
    if readers := list(professionals(obr, 32, book)):  # OBR-32 -> resultsInterpreter
        resource["resultsInterpreter"] = readers
    if documents:
        resource["presentedForm"] = documents
    if encounter:
        resource["encounter"] = {"reference": encounter}
    if request:
        resource["basedOn"] = [{"reference": request}]
    if notes := [t for n in order.notes if (t := n.whole(3))]:
        resource["conclusion"] = "\n".join(notes)
    book.add(resource, ("obr", *order.key, order.service), obr, rule="OBR -> DiagnosticReport")


def request(order: Order, encounter: str | None, book: Book) -> str | None:
    """ORC, OBR -> ServiceRequest, where an order is told. ORC[ServiceRequest]."""
    obr, orc = order.obr, order.orc
    code = concept(obr, 4, book) if obr else None
    if code is None or obr is None:
        return None
    control = orc.text(1) if orc else ""
    status = {"CA": "revoked", "OC": "revoked", "DC": "revoked", "CM": "completed", "RE": "completed", "HD": "on-hold"}.get(
        control
    )
    if book.kind not in {"ORM", "OMG", "OML", "OMI"} and not (orc and order.placer):
        return None
    status = status or ("active" if book.kind in {"ORM", "OMG", "OML", "OMI"} else "unknown")
    resource: FhirJson = {"resourceType": "ServiceRequest", "status": status, "intent": "order", "code": code}
    if numbers := [*_numbers(order, book)]:
        resource["identifier"] = numbers
    doctors = [*professionals(obr, 16, book), *(professionals(orc, 12, book) if orc else ())]
    if doctors:  # OBR-16, ORC-12 -> ServiceRequest.requester
        resource["requester"] = doctors[0]
    if when := book.time(orc.text(9) if orc else "") or book.time(obr.text(6)):  # ORC-9 -> authoredOn
        resource["authoredOn"] = when
    if reasons := concepts(obr, 31, book):  # OBR-31 -> reasonCode
        resource["reasonCode"] = reasons
    if encounter:
        resource["encounter"] = {"reference": encounter}
    return book.add(resource, ("order", *order.key, order.service), orc or obr, rule="ORC, OBR -> ServiceRequest")


def _numbers(order: Order, book: Book) -> list[FhirJson]:
    found: list[FhirJson] = []
    for value, code in ((order.filler, "FILL"), (order.placer, "PLAC")):
        if value:
            kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": code}]}
            found.append({"type": kind, "system": f"urn:x-vado:partner:{book.partner.id}:{code}", "value": value})
    return found


def specimen(spm: Segment, order: Order, book: Book) -> None:
    """SPM -> Specimen. SPM[Specimen]."""
    resource: FhirJson = {"resourceType": "Specimen"}
    if kind := concept(spm, 4, book):
        resource["type"] = kind
    if numbers := identifiers(spm, 2, book):
        resource["identifier"] = numbers
    if when := book.time(spm.text(17)):
        resource["collection"] = {"collectedDateTime": when}
    if received := book.time(spm.text(18)):
        resource["receivedTime"] = received
    if resource.keys() - {"resourceType"} and book.patient:
        order.specimens.append(book.add(resource, ("spm", *order.key, spm.whole(2), spm.text(4)), spm, rule="SPM -> Specimen"))


def attached(obx: Segment) -> FhirJson | None:
    """OBX of type ED -> an Attachment that says what is there; the bytes are an original of their own."""
    if obx.text(2) != "ED" or not obx.repetitions(5):
        return None
    kind, sub = obx.text(5, 2).casefold(), obx.text(5, 3).casefold()
    types = {
        "pdf": "application/pdf",
        "rtf": "text/rtf",
        "html": "text/html",
        "jpeg": "image/jpeg",
        "png": "image/png",
        "xml": "text/xml",
    }
    return {
        "contentType": types.get(sub) or types.get(kind) or "application/octet-stream",
        "title": obx.text(3, 2) or obx.text(3) or "document",
    }


def as_text(texts: list[str]) -> FhirJson:
    """Text lines -> a plain text Attachment."""
    return {"contentType": "text/plain; charset=utf-8", "data": b64encode("\n".join(texts).encode()).decode()}
