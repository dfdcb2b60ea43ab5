"""A FHIR R4 Consent becomes the same decision that `vado consent` makes; what cannot be carried out is refused, and nothing of it is kept.

Understood are, of an active Consent about a Patient that is here: `provision.type` permit with one actor (share with that partner);
deny with one `data` (hide an entry, a document as Binary, or what a partner authored); deny alone (opt out); and `provision.period`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from vado.errors import NotFound, Refusal
from vado.exchange import consents
from vado.exchange.ports import Exchange, Transaction
from vado.model.account import Consent, ConsentKind
from vado.model.fact import FhirJson
from vado.model.original import OriginalId, PartnerId
from vado.model.person import Person
from vado.model.record import Viewer

_TOLD = {"resourceType", "id", "meta", "text", "language", "status", "scope", "category", "patient", "dateTime", "performer",
         "organization", "policy", "policyRule", "sourceAttachment", "sourceReference", "identifier", "provision"}  # fmt: skip
_PARTNER = "Organization/partner-"


def receive(x: Exchange, told: FhirJson, viewer: Viewer) -> Consent:
    """Put a Consent in force. Raises Refusal FH-055 with the element that cannot be carried out; NotFound, NotPermitted."""
    _only(told, _TOLD, "Consent")
    if told.get("status") != "active":
        raise _cannot("Consent.status", "only an active one is put in force; it is withdrawn here, by the person")
    with x.store.begin() as tx:
        person = _person(tx, _reference(told.get("patient"), "Consent.patient"))
        said = _said(x, tx, person, told.get("provision"))
    if said.until and said.until <= x.clock():
        raise _cannot("Consent.provision.period.end", "it is over")
    return consents.give(x, person.id, said, viewer, "consents.tell")


def _said(x: Exchange, tx: Transaction, person: Person, provision: Any) -> Consent:
    where = "Consent.provision"
    if not isinstance(provision, dict):
        raise _cannot(where, "it says neither permit nor deny")
    _only(provision, {"type", "period", "actor", "data"}, where)
    actors, data = provision.get("actor") or [], provision.get("data") or []
    since, until = _period(provision.get("period"))
    match provision.get("type"), len(actors), len(data):
        case "permit", 1, 0:
            _only(actors[0], {"role", "reference"}, f"{where}.actor[0]")
            partner = _partner(x, person, _reference(actors[0].get("reference"), f"{where}.actor[0].reference"))
            return consents.said(ConsentKind.SHARE, partner=partner, since=since, until=until)
        case "deny", 0, 1:
            return consents.said(ConsentKind.HIDE, **_hidden(x, tx, person, data[0]), since=since, until=until)
        case "deny", 0, 0:
            return consents.said(ConsentKind.OPT_OUT, since=since, until=until)
    raise _cannot(where, "permit one actor, or deny one piece of data, or deny all; each in a Consent of its own")


def _hidden(x: Exchange, tx: Transaction, person: Person, data: Any) -> dict[str, str]:
    where = "Consent.provision.data[0]"
    _only(data, {"meaning", "reference"}, where)
    reference, meaning = _reference(data.get("reference"), f"{where}.reference"), data.get("meaning")
    if reference.startswith(_PARTNER) and meaning == "authoredby":
        return {"partner": _partner(x, person, reference)}
    if meaning != "instance":
        raise _cannot(f"{where}.meaning", "instance of one resource, or authoredby a partner")
    kind, _, id_ = reference.partition("/")
    if kind == "Binary":
        if not any(tx.row(p, OriginalId(id_)) for p in {f.evidence.partner for f in person.patients}):
            raise _cannot(f"{where}.reference", "leads nowhere")
        return {"original": id_}
    ours = {p.id for p in person.patients}
    if kind == "Patient" or not any(f.kind == kind and f.patient in ours for f in tx.facts_named([id_])):
        raise _cannot(f"{where}.reference", "leads to nothing of this person's record")
    return {"fact": id_}


def _person(tx: Transaction, reference: str) -> Person:
    kind, _, id_ = reference.partition("/")
    links = tx.links_of([id_]) if kind == "Patient" else ()
    person = tx.person(links[0].person) if links else None
    if person is None:
        raise NotFound("RE-001")
    return person


def _partner(x: Exchange, person: Person, reference: str) -> PartnerId:
    id_ = PartnerId(reference.removeprefix(_PARTNER))
    if not reference.startswith(_PARTNER) or (id_ not in x.profiles and id_ not in {p.evidence.partner for p in person.patients}):
        raise _cannot("Consent.provision", "no partner of this place: write Organization/partner-ID")
    return id_


def _period(period: Any) -> tuple[datetime | None, datetime | None]:
    where = "Consent.provision.period"
    _only(period or {}, {"start", "end"}, where)
    return _time(period, "start", where), _time(period, "end", where)


def _time(period: Any, key: str, where: str) -> datetime | None:
    """Give a time; a day without a time begins at its start, and ends with its last moment, UTC."""
    if not (told := (period or {}).get(key)):
        return None
    try:
        at = datetime.fromisoformat(told)
    except (ValueError, TypeError):
        raise _cannot(f"{where}.{key}", "a day, or a time with its zone") from None
    if len(told) == len("2026-01-01"):
        whole_day = timedelta(days=1) - timedelta(microseconds=1) if key == "end" else timedelta()
        return at.replace(tzinfo=UTC) + whole_day
    if at.tzinfo is None:
        raise _cannot(f"{where}.{key}", "a day, or a time with its zone")
    return at.astimezone(UTC)


def _reference(told: Any, where: str) -> str:
    reference = told.get("reference") if isinstance(told, dict) else None
    if not isinstance(reference, str) or reference.startswith(("http:", "https:", "urn:", "#")):
        raise _cannot(where, "a reference to what is here, as Type/id")
    return reference


def _only(told: Any, known: Iterable[str], where: str) -> None:
    """Refuse what would limit the consent and is not understood: then it must not be kept as if it held."""
    if not isinstance(told, dict):
        raise _cannot(where, "it is no element of this kind")
    if unknown := sorted(told.keys() - {*known}):
        raise _cannot(f"{where}.{unknown[0]}", "this cannot be carried out here")


def _cannot(place: str, why: str) -> Refusal:
    return Refusal("FH-055", faults=((place, why),))
