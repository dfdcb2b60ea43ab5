"""What a person, or a carer for them, adds to their own record: an original like any other, marked as said by them.

It is a FHIR Bundle, made here from what they typed or photographed, and goes the way of everything that arrives (receive). Whose it
is, is not matched: it names the patient of the account. See decisions/0018.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from vado.errors import NotFound, VadoError
from vado.exchange import allow
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.exchange.receive import keep
from vado.model.account import RelationKind
from vado.model.fact import FhirJson
from vado.model.original import Arrival, Original, original_id
from vado.model.record import Viewer
from vado.model.said import CHANNEL, CITIZEN, SAID_BY, WHOSE, Voice
from vado.terms.home import MEASURES, STORY, Measure, Part

LONGEST = 4_000  # characters of what a person writes
LARGEST = 20  # megabytes of a photo or a PDF
_LOINC, _UCUM = "http://loinc.org", "http://unitsofmeasure.org"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_BEGINS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_SLACK = timedelta(minutes=10)  # a clock that is fast
_ME: FhirJson = {"reference": "Patient/me"}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, for whom."""

    person: str
    patient: str  # by whom the account names its person
    voice: Voice


def speaker(x: Exchange, tx: Transaction, person_id: str, viewer: Viewer) -> Speaker:
    """Say as whom a viewer adds to a record: as the person, or as a carer while they may act. Raises NotFound RE-001, NotPermitted."""
    person = tx.person(person_id)
    allow.read(x, tx, viewer, person, "contributions.make")
    ours = {p.id for p in person.patients} if person else set[str]()
    if viewer.patient in ours:
        return Speaker(person_id, viewer.patient, Voice.PERSON)
    now = x.clock()
    ties = (r for r in tx.accounts.relations_of(viewer.account) if r.kind is RelationKind.PROXY and r.subject in ours)
    subject = next((r.subject for r in ties if r.until is None or now < r.until), "")
    if not subject:
        raise NotFound("RE-001")
    return Speaker(person_id, subject, Voice.CARER)


def measurement(  # noqa: PLR0913 - what a measurement is
    x: Exchange, person_id: str, name: str, typed: Mapping[str, str], at: datetime, viewer: Viewer
) -> Original:
    """Keep what a person measured. Raises VadoError ME-001 for what is no number, ME-002 for what cannot be true, ME-003 a time to come.

    Args:
        x: the exchange.
        person_id: whose record.
        name: one of terms.home.MEASURES.
        typed: each part as it was typed, '37,2' or '37.2'.
        at: when it was measured; aware.
        viewer: who adds it.
    """
    if name not in MEASURES:
        raise VadoError("ME-001", what="measurement")
    if at > x.clock() + _SLACK:
        raise VadoError("ME-003")
    measure = MEASURES[name]
    values = [(part, _number(part, typed.get(part.name, ""))) for part in measure.parts]
    return _kept(x, person_id, viewer, lambda s: [_observation(measure, values, at, s.voice)])


def story(x: Exchange, person_id: str, text: str, viewer: Viewer) -> Original:
    """Keep what a person says matters to them. Raises VadoError ME-004 where nothing is said."""
    said = worded(text)
    return _kept(x, person_id, viewer, lambda s: [
        {
            "resourceType": "Observation", "id": str(uuid4()), "status": "final", "meta": _meta(s.voice),
            "category": [_concept(_CATEGORY, "social-history", "Social History")],
            "code": {**_concept(_LOINC, *STORY), "text": "What matters to me"}, "subject": _ME,
            "effectiveDateTime": x.clock().isoformat(timespec="seconds"), "performer": [_by(s.voice)], "valueString": said,
        }
    ])  # fmt: skip


def letter(x: Exchange, person_id: str, content: bytes, title: str, viewer: Viewer) -> Original:
    """Keep a photo or a PDF of a letter; it is read later. Raises VadoError ME-005 for another kind of file, ME-006 for one too large."""
    kind = next((media for begin, media in _BEGINS.items() if content.startswith(begin)), "")
    if not kind:
        raise VadoError("ME-005")
    if len(content) > LARGEST * 1_000_000:
        raise VadoError("ME-006", megabytes=LARGEST)
    at = x.clock().isoformat(timespec="seconds")
    document = {
        "resourceType": "DocumentReference", "status": "current", "subject": _ME, "date": at,
        **({"description": title.strip()[:200]} if title.strip() else {}),
        "content": [{"attachment": {"contentType": kind, "url": f"Binary/{original_id(content)}"}}],
    }  # fmt: skip
    file = {"resourceType": "Binary", "contentType": kind, "data": b64encode(content).decode()}
    return _kept(x, person_id, viewer, lambda s: [
        document | {"id": str(uuid4()), "meta": _meta(s.voice), "author": [_by(s.voice)]}, file
    ])  # fmt: skip


def objection(x: Exchange, said: Speaker, fact: tuple[str, str], text: str, viewer: Viewer) -> Original:
    """Keep what a person says against a fact, (type, id), in their words: the fact itself does not change."""
    return _kept(x, said.person, viewer, lambda s: [
        {
            "resourceType": "Communication", "id": str(uuid4()), "status": "completed", "meta": _meta(s.voice), "subject": _ME,
            "category": [{"text": "Says that this is not so"}], "sent": x.clock().isoformat(timespec="seconds"),
            "about": [{"type": fact[0], "identifier": {"system": "urn:x-vado:fact", "value": fact[1]}}],
            "sender": _by(s.voice), "payload": [{"contentString": text}],
        }
    ])  # fmt: skip


def worded(text: str) -> str:
    """Give what a person wrote, without what cannot be seen. Raises VadoError ME-004 where nothing is left."""
    lines = ("".join(c for c in line if c.isprintable()).strip() for line in text.replace("\r", "").split("\n"))
    said = "\n".join(lines).strip()[:LONGEST]
    if not said:
        raise VadoError("ME-004")
    return said


def _kept(x: Exchange, person_id: str, viewer: Viewer, made: Any) -> Original:
    """Make a contribution durable; it is work to do until it is read."""
    with x.store.begin() as tx:
        said = speaker(x, tx, person_id, viewer)
        tx.audit(Audit(x.clock(), viewer.name, "contribute", person_id))
    now = x.clock()
    me: FhirJson = {"resourceType": "Patient", "id": "me", "identifier": [{"system": WHOSE, "value": said.patient}]}
    entries = [me | {"meta": _meta(said.voice)}, *made(said)]
    bundle = {
        "resourceType": "Bundle", "type": "collection", "id": str(uuid4()), "timestamp": now.isoformat(),
        "entry": [{"resource": r} for r in entries],
    }  # fmt: skip
    ((original, _),) = keep(x, [Arrival(CITIZEN, CHANNEL, orjson.dumps(bundle), at=now)])
    return original


def _observation(measure: Measure, values: list[tuple[Part, float]], at: datetime, voice: Voice) -> FhirJson:
    made: FhirJson = {
        "resourceType": "Observation", "id": str(uuid4()), "status": "final", "meta": _meta(voice),
        "category": [_concept(_CATEGORY, measure.category, measure.category.replace("-", " ").title())], "subject": _ME,
        "effectiveDateTime": at.isoformat(timespec="seconds"), "performer": [_by(voice)],
    }  # fmt: skip
    if measure.panel:
        parts = [{"code": _coded(part), "valueQuantity": _quantity(part, value)} for part, value in values]
        return made | {"code": {**_concept(_LOINC, *measure.panel), "text": measure.label}, "component": parts}
    ((part, value),) = values
    return made | {"code": _coded(part), "valueQuantity": _quantity(part, value)}


def _number(part: Part, typed: str) -> float:
    try:
        value = float(typed.strip().replace(",", "."))
    except ValueError:
        raise VadoError("ME-001", what=part.label) from None
    if not part.least <= value <= part.most:
        raise VadoError("ME-002", what=part.label, least=f"{part.least:g}", most=f"{part.most:g}", unit=part.written)
    return value


def _coded(part: Part) -> FhirJson:
    also = [{"system": _LOINC, "code": part.also[0], "display": part.also[1]}] if part.also else []
    return {"coding": [{"system": _LOINC, "code": part.code, "display": part.display}, *also], "text": part.display}


def _quantity(part: Part, value: float) -> FhirJson:
    number = int(value) if value.is_integer() else value
    return {"value": number, "unit": part.written, "system": _UCUM, "code": part.unit}


def _concept(system: str, code: str, display: str) -> FhirJson:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _meta(voice: Voice) -> FhirJson:
    return {"tag": [{"system": SAID_BY, "code": voice.value}]}


def _by(voice: Voice) -> FhirJson:
    return _ME if voice is Voice.PERSON else {"type": "RelatedPerson", "display": "a carer, for the person"}
