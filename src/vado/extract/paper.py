"""What a document of lines or form fields says: the document itself, its person, its statements; and its ledger."""

from base64 import b64encode
from collections import Counter
from dataclasses import replace

from vado.extract.fields import Named, labelled, person
from vado.extract.letter import Candidate, candidates
from vado.extract.letterhead import described, letterhead
from vado.model.fact import NAMES_PERSON, End, Entry, Evidence, Fact, Facts, FhirJson, patient_id
from vado.model.original import stable_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue

_MAX_STATEMENTS = 500
_PART = " / characters "


def paper_facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Give a DocumentReference with the whole text, the Patient if one is named, and what sections state about that person.

    Statements without a named person stay text: nobody knows whose they are.
    """
    items = reading.items
    spoken = min((i.fidelity or reading.fidelity for i in items), default=reading.fidelity)
    turned = frozenset(i.place.path for i in reading.issues if i.code == "IN-505" and i.place)
    text = "\n".join(i.value for i in items)
    named = person(labelled(items, turned), partner, spoken=spoken, text=text)
    issues = _issues(named, reading)
    facts: list[Fact] = []
    owner = None
    if named and named.resource:
        facts.append(_patient(named, reading, partner))
        owner = facts[0].id
    facts.append(_document(reading, partner, owner))
    if owner:
        facts += _statements(reading, partner, owner)
    return Facts(tuple(facts), tuple(issues), _ledger(reading, facts))


def _issues(named: Named | None, reading: Reading) -> list[Issue]:
    where = Place(reading.original, "document")
    issues: list[Issue] = []
    if named and named.more_than_one:
        issues.append(issue("IN-504", where))
    elif named and named.bad_date:
        issues.append(issue("IN-012", named.bad_date.place, form="day, month and four-digit year"))
    if named and named.repaired:
        issues.append(issue("IN-531", named.repaired[0].items[-1].place))
    blank = any(i.code == "IN-503" for i in reading.issues)
    if reading.items and not blank and not (named and named.resource):
        issues.append(issue("IN-011", where))
    return issues


def _patient(named: Named, reading: Reading, partner: PartnerProfile) -> Fact:
    used = tuple(dict.fromkeys(item for x in named.used for item in x.items))
    identifiers = named.resource.get("identifier", ())
    owner = patient_id(partner.id, identifiers, reading.original, "document")
    resource = {**named.resource, "id": owner}
    rule, sure = (
        ("labelled values, look-alikes exchanged -> Patient", 0.7) if named.repaired else ("labelled values -> Patient", 0.95)
    )
    return Fact(resource, _evidence(reading, partner, used, rule, sure), owner)


def _evidence(reading: Reading, partner: PartnerProfile, items: tuple[Item, ...], rule: str, sure: float) -> Evidence:
    read = min((i.confidence for i in items), default=1.0)
    fidelity = min((i.fidelity or reading.fidelity for i in items), default=reading.fidelity)
    places = tuple(i.place for i in items) or (Place(reading.original, "document"),)
    confidence = round(read * sure, 3)
    return Evidence(partner.id, reading.original, places, reading.reader, rule, fidelity, confidence)


def _document(reading: Reading, partner: PartnerProfile, owner: str | None) -> Fact:
    text = "\n".join(i.value if i.label in ("line", "print") else f"{i.label}: {i.value}" for i in reading.items)
    attachment: FhirJson = {"contentType": reading.media_type}
    if text:
        attachment = {"contentType": "text/plain; charset=utf-8", "data": b64encode(text.encode("utf-8", "replace")).decode()}
    read = min((i.fidelity or reading.fidelity for i in reading.items), default=reading.fidelity)
    head = letterhead(reading.items, partner.dates)
    if head.day:
        attachment["creation"] = head.day
    resource: FhirJson = {
        "resourceType": "DocumentReference",
        "id": stable_id(partner.id, "DocumentReference", reading.original),
        "status": "current",
        **described(head, coded=read > Fidelity.IMAGE),
        "content": [{"attachment": attachment}],
    }
    if owner:
        resource["subject"] = {"reference": f"Patient/{owner}"}
    sure = sum(i.confidence for i in reading.items) / len(reading.items) if reading.items else 1.0
    evidence = replace(_evidence(reading, partner, (), "text -> DocumentReference", sure), fidelity=read)
    return Fact(resource, evidence, owner)


def _statements(reading: Reading, partner: PartnerProfile, owner: str) -> list[Fact]:
    """Each statement once; the same words about the same person in a later letter are the same fact."""
    made: dict[str, Fact] = {}
    for c in candidates(reading.items, partner.dates)[:_MAX_STATEMENTS]:
        kind = c.resource["resourceType"]
        # a measurement without a date belongs to its letter: the same figure in another letter is another measurement
        scope = reading.original if kind == "Observation" else ""
        name = stable_id(partner.id, kind, owner, scope, _words_of(c.resource))
        evidence = _evidence(reading, partner, c.items, c.rule, c.confidence)
        said = _uncoded(c.resource) if evidence.fidelity is Fidelity.IMAGE else c.resource
        resource = {**said, "id": name, NAMES_PERSON[kind]: {"reference": f"Patient/{owner}"}}
        made.setdefault(name, Fact(resource, replace(evidence, places=_spans(c)), owner))
    return list(made.values())


def _words_of(resource: FhirJson) -> str:
    """What makes a statement the same one: all it says but under which heading and with which code it is said."""
    return repr(sorted((k, v) for k, v in _uncoded(resource).items() if k != "category"))


def _uncoded(resource: FhirJson) -> FhirJson:
    """What was read by OCR names no thing and no unit by a code before a person said so; its status and category are ours."""
    made: FhirJson = {k: ({"text": v["text"]} if k in ("code", "relationship") else v) for k, v in resource.items()}
    if "valueQuantity" in made:
        made["valueQuantity"] = {k: v for k, v in made["valueQuantity"].items() if k not in ("system", "code")}
    if "component" in made:
        made["component"] = [_uncoded(part) for part in made["component"]]
    return made


def _spans(c: Candidate) -> tuple[Place, ...]:
    """The lines, and of a single one which characters (from 0, end not included) when the sentence is only a part of it."""
    first = c.items[0]
    at = first.value.find(c.sentence)
    if c.box:
        return (replace(first.place, box=c.box), *(i.place for i in c.items[1:]))
    if len(c.items) > 1 or at < 0 or len(c.sentence) >= len(first.value.strip()):
        return tuple(i.place for i in c.items)
    return (replace(first.place, path=f"{first.place.path}{_PART}{at}-{at + len(c.sentence)}"),)


def _ledger(reading: Reading, facts: list[Fact]) -> tuple[Entry, ...]:
    """Lines behind a fact are mapped; all others are readable in the DocumentReference; pages not read are not understood."""
    mapped = {_line(place): f.evidence.rule for f in facts if f.kind != "DocumentReference" for place in f.evidence.places}
    ends: Counter[tuple[str, End, str]] = Counter()
    for item in reading.items:
        path = item.label if item.label in ("line", "print") else "field"
        rule = mapped.get(_line(item.place))
        ends[(path, End.MAPPED if rule else End.TEXT, rule or "text -> DocumentReference")] += 1
    unread = sum(int(dict(i.slots)["count"]) for i in reading.issues if i.code == "IN-501")
    if unread:
        ends[("page", End.NOT_UNDERSTOOD, "")] += unread
    return tuple(Entry(path, end, rule, count) for (path, end, rule), count in sorted(ends.items()))


def _line(place: Place) -> str:
    return place.path.partition(_PART)[0]
