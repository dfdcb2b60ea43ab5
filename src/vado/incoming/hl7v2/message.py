"""One message in the making: its segments, its sender, zone and time, and the facts it has told so far."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from vado.incoming.hl7v2.memory import memory_of
from vado.model.fact import NAMES_PERSON, Evidence, Fact, FhirJson
from vado.model.original import stable_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Place, Reading, issue

NULL = '""'  # HL7 v2 chapter 2.5.3: delete what was there
USUAL = "|^~\\&"  # field, component, repetition, escape, subcomponent
_MAIN = ("code", "vaccineCode", "medicationCodeableConcept")
_CODED = frozenset(("Encounter", "Patient"))
_PARTIAL = _CODED  # messages update them element by element (A08 after A01); anything else is told whole
_ESCAPED = {"|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "\\": "\\E\\", "&": "\\T\\"}


_HEADERS = frozenset(("MSH", "FHS", "BHS"))


class Segment:
    """One segment with its fields as written, between the usual separators. fields[0] is its name; MSH-1 is the separator itself."""

    __slots__ = ("fields", "left", "name", "path", "refused")

    def __init__(self, raw: str, path: str) -> None:
        self.name, self.path = raw[:3], path
        self.fields = raw.split("|")
        if self.name in _HEADERS:
            self.fields.insert(1, "|")
            if len(self.fields) > 2:
                self.fields[2] = "separators"  # not to be cut by themselves
        self.left: dict[int, tuple[int, ...]] = {}  # field looked at -> its components that no rule took
        self.refused = ""  # named rule by which the whole segment is ignored

    def raw(self, field: int) -> str:
        """Give a field as written; '' when it says nothing or says null."""
        value = self.fields[field] if field < len(self.fields) else ""
        return "" if value == NULL else value

    def take(self, field: int) -> str:
        """Give a field as written, and note that all of it was understood."""
        value = self.raw(field)
        if value:
            self.left[field] = ()
        return value

    def parts(self, field: int) -> list[str]:
        """Give the components of the first repetition of a field, all of them understood; [] when empty."""
        value = self.take(field)
        return value.partition("~")[0].split("^") if value else []


class Message:
    """Facts of one message. Ids come from business keys; two different things of one message never share one."""

    def __init__(self, reading: Reading, partner: PartnerProfile, issues: list[Issue]) -> None:
        self.reading, self.partner, self.issues = reading, partner, issues
        self.facts: dict[str, Fact] = {}
        self.patient: str | None = None
        self.encounter: str | None = None
        self.control = self.kind = self.event = self.structure = self.sender = ""  # MSH-10, -9.1, -9.2, -9.3, -4
        self.zone = ""  # of MSH-7: '+0100'; '' when not said
        self.said: datetime | None = None
        self.memory = memory_of(partner)
        self.fields = self.memory.fields("")  # of this message's zone
        self.others: dict[str, Any] = {}  # id -> how a practitioner, organisation or place was written last
        self.unknown: set[str] = set()  # code systems that nobody knows
        self._complaints: set[tuple[Any, ...]] = set()

    def add(
        self, resource: FhirJson, key: tuple[str, ...], where: Segment, field: int = 0, *, rule: str, own: bool = True
    ) -> str:
        """Keep a fact under the id of its business key; give its reference, 'Type/id'."""
        kind = resource["resourceType"]
        owner = self.patient if own else None
        if owner and (name := NAMES_PERSON.get(kind)):
            resource[name] = {"reference": f"Patient/{owner}"}
        id_ = stable_id(self.partner.id, kind, *key)
        known = self.facts.get(id_)
        if known is not None:
            if not own:
                return self.add_other(id_, resource, where, field, rule)
            if _body(known.resource) == _body(resource):
                return f"{kind}/{id_}"
            id_ = stable_id(self.partner.id, kind, *key, self.control, where.path)
        self._keep({"resourceType": kind, "id": id_, **resource}, where, field, rule, owner)
        return f"{kind}/{id_}"

    def add_other(
        self, id_: str, resource: FhirJson, where: Segment, field: int, rule: str, fidelity: Fidelity | None = None
    ) -> str:
        """Keep a practitioner, organisation or place, which is about nobody; told again, what was not said before is added."""
        kind = resource["resourceType"]
        known = self.facts.get(id_)
        if known is None:
            self._keep({"resourceType": kind, "id": id_, **resource}, where, field, rule, None, fidelity=fidelity)
        else:
            for name, value in resource.items():
                told = known.resource.setdefault(name, value)
                if told is not value and isinstance(value, list) and any(v not in told for v in value):
                    known.resource[name] = [*told, *(v for v in value if v not in told)]
        return f"{kind}/{id_}"

    def add_patient(self, resource: FhirJson, id_: str, where: Segment, removes: tuple[str, ...] = ()) -> None:
        """Keep a Patient; a second telling in one message adds what the first did not say."""
        known = self.facts.get(id_)
        resource = {"resourceType": "Patient", "id": id_, **resource, **(known.resource if known else {})}
        self._keep(resource, where, 5, f"{where.name} -> Patient", id_, removes)

    def add_to(self, reference: str, name: str, value: Any) -> None:
        """Append to a list of a fact that was told before."""
        fact = self.facts.get(reference.partition("/")[2])
        if fact is not None and fact.kind == "Organization" and isinstance(value, dict) and value.get("use") == "home":
            value = {k: v for k, v in value.items() if k != "use"}  # FHIR R4 org-2, org-3: an organisation has no home
        if fact is not None and value not in (known := fact.resource.get(name, [])):
            fact.resource[name] = [*known, value]

    def part_of(self, reference: str, whole: str) -> None:
        """Note that an observation was made as part of something else that was done."""
        self.add_to(reference, "partOf", {"reference": whole})

    def remove(self, fact: Fact, names: Iterable[str]) -> None:
        """Note that the sender takes these elements of a fact away (null, chapter 2.5.3)."""
        gone = tuple(dict.fromkeys(n for n in names if not n.startswith("@") and n not in fact.resource))
        self.facts[fact.id] = replace(fact, evidence=replace(fact.evidence, removes=gone))

    def complain(self, code: str, where: Segment, **slots: str | int) -> None:
        """Note an issue, once per code and its slots."""
        key = (code, *slots.items())
        if key not in self._complaints:
            self._complaints.add(key)
            self.issues.append(issue(code, Place(self.reading.original, where.path), **slots))

    def _keep(
        self, resource: FhirJson, where: Segment, field: int, rule: str, owner: str | None,
        removes: tuple[str, ...] = (), fidelity: Fidelity | None = None,
    ) -> None:  # fmt: skip
        original = self.reading.original
        place = Place(original, f"{where.path}-{field}" if field else where.path)
        evidence = Evidence(
            self.partner.id, original, (place,), self.reading.reader, rule, fidelity or fidelity_of(resource), 1.0, self.said,
            False, resource["resourceType"] in _PARTIAL, removes,
        )  # fmt: skip
        self.facts[resource["id"]] = Fact(resource, evidence, owner)


def fidelity_of(resource: FhirJson) -> Fidelity:
    """CODED when its main code is of a named system, else STRUCTURED."""
    for name in _MAIN:
        if isinstance(found := resource.get(name), dict):
            coded = any("system" in c for c in found.get("coding", ()))
            return Fidelity.CODED if coded else Fidelity.STRUCTURED
    return Fidelity.CODED if resource["resourceType"] in _CODED else Fidelity.STRUCTURED


def usual(text: str, separators: str) -> str:
    """Write a segment with the usual separators, whatever the message's own are (HL7 v2 chapter 2.5.4)."""
    table = {ord(c): _ESCAPED[c] for c in USUAL if c not in separators}
    table |= {ord(own): common for own, common in zip(separators, USUAL, strict=True) if own != common}
    return text.translate(table)


def separators_of(header: str) -> str:
    """Give the five separators that an MSH, FHS or BHS names in its first nine characters; the usual ones where it does not."""
    field = header[3:4] or "|"
    named = header[4:].partition(field)[0][:4]
    component, repetition, escape, sub = (named + USUAL[1 + len(named) :])[:4]
    return field + component + repetition + escape + sub


def _body(resource: FhirJson) -> bytes:
    return orjson.dumps({k: v for k, v in resource.items() if k != "id"}, option=orjson.OPT_SORT_KEYS)
