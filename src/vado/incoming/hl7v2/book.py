"""What the messages of one reading say so far: facts with stable ids, issues, and one message's sender, zone and time."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from vado.incoming.hl7v2.segment import Segment
from vado.model.fact import NAMES_PERSON, Evidence, Fact, FhirJson
from vado.model.original import stable_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Place, Reading, issue

_MAIN = ("code", "vaccineCode", "medicationCodeableConcept")


class Book:
    """Facts of one message in the making."""

    def __init__(self, reading: Reading, partner: PartnerProfile, issues: list[Issue]) -> None:
        self.reading, self.partner, self.issues = reading, partner, issues
        self.facts: dict[str, Fact] = {}
        self.patient: str | None = None
        self.control = ""
        self.kind = ""  # ADT, ORU, ...
        self.event = ""  # A01, ...
        self.zone = ""  # of MSH-7: '+0100'; '' when not said
        self.said: datetime | None = None

    def add(
        self, resource: FhirJson, key: tuple[str, ...], *where: Segment | tuple[Segment, int], rule: str, own: bool = True
    ) -> str:
        """Keep a fact under the id of its business key; give its reference, 'Type/id'.

        Two different things of one message never share an id: the second gets its place into the key.
        """
        kind = resource["resourceType"]
        places = tuple(self._place(w) for w in where)
        owner = self.patient if own else None
        if own and owner and (name := NAMES_PERSON.get(kind)):
            resource[name] = {"reference": f"Patient/{owner}"}
        id_ = stable_id(self.partner.id, kind, *key)
        known = self.facts.get(id_)
        if known and _body(known.resource) != _body(resource):
            id_ = stable_id(self.partner.id, kind, *key, self.control, places[0].path)
        resource = {"resourceType": kind, "id": id_, **{k: v for k, v in resource.items() if k != "resourceType"}}
        evidence = Evidence(
            self.partner.id, self.reading.original, places, self.reading.reader, rule, _fidelity(resource), asserted=self.said
        )
        self.facts.setdefault(id_, Fact(resource, evidence, owner))
        return f"{kind}/{id_}"

    def add_patient(self, resource: FhirJson, id_: str, where: Segment) -> None:
        """Keep the patient that the following facts are about."""
        evidence = Evidence(
            self.partner.id, self.reading.original, (self._place((where, 5)),), self.reading.reader, "PID -> Patient",
            Fidelity.CODED, asserted=self.said,
        )  # fmt: skip
        self.facts[id_] = Fact({"resourceType": "Patient", "id": id_, **resource}, evidence, id_)

    def time(self, written: str) -> str | None:
        """Give an HL7 time as a FHIR dateTime: the message's zone, then the partner's, else only the date. v2-to-FHIR, DTM."""
        return moment(written, self.zone, self.partner.timezone)

    def complain(self, code: str, where: Segment, **slots: str | int) -> None:
        """Note an issue, once per code and its slots."""
        found = issue(code, self._place(where), **slots)
        if all((i.code, i.slots) != (found.code, found.slots) for i in self.issues):
            self.issues.append(found)

    def _place(self, where: Segment | tuple[Segment, int]) -> Place:
        if isinstance(where, Segment):
            return Place(self.reading.original, where.path)
        segment, field = where
        return Place(self.reading.original, f"{segment.path}-{field}")


def moment(written: str, zone: str, timezone: str | None) -> str | None:
    """Read YYYY[MM[DD[HH[MM[SS[.S]]]]]][+ZZZZ]; None when it is no date. HL7 v2 chapter 2A.21."""
    digits, sign, offset = written, "", ""
    for mark in "+-":
        head, found, tail = written.partition(mark)
        if found:
            digits, sign, offset = head, mark, tail
            break
    digits = digits.partition(".")[0]
    if not (digits.isascii() and digits.isdigit()) or len(digits) < 4:
        return None
    try:
        return _at_precision(digits, f"{sign}{offset}" if is_offset(offset) else zone, timezone)
    except ValueError:
        return None


def is_offset(text: str) -> bool:
    """Say whether this is the ZZZZ of a time zone, up to 14 hours."""
    return len(text) == 4 and text.isascii() and text.isdigit() and int(text) <= 1400 and int(text[2:]) < 60


def _at_precision(digits: str, zone: str, timezone: str | None) -> str | None:
    n = len(digits)
    if n < 6:
        return digits[:4] if 1800 <= int(digits[:4]) <= 2200 else None
    if n < 8:
        return f"{digits[:4]}-{digits[4:6]}" if 1 <= int(digits[4:6]) <= 12 else None
    day = datetime.strptime(digits[:8], "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
    if n < 12 or (not zone and not timezone):
        return day.isoformat()
    time = datetime.strptime(digits[:14].ljust(14, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - the zone follows
    if zone:
        return f"{time.isoformat()}{zone[:3]}:{zone[3:]}"
    return time.replace(tzinfo=ZoneInfo(timezone or "UTC")).isoformat()


def _fidelity(resource: FhirJson) -> Fidelity:
    for name in _MAIN:
        if name in resource:
            coded = any(c.get("system") for c in resource[name].get("coding", ()))
            return Fidelity.CODED if coded else Fidelity.STRUCTURED
    return Fidelity.CODED if resource["resourceType"] in {"Encounter", "Patient"} else Fidelity.STRUCTURED


def _body(resource: FhirJson) -> bytes:
    body: dict[str, Any] = {k: v for k, v in resource.items() if k != "id"}
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
