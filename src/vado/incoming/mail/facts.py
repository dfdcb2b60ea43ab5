"""What a mail says: its body as any text, told at the time of the mail; a covering note says nothing."""

from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime

from vado.extract.paper import paper_facts
from vado.model.fact import End, Entry, Fact, Facts
from vado.model.partner import PartnerProfile
from vado.model.reading import Item, Reading

_FEW = 40  # words


def facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Give the text and the person it names; a few words beside attachments, that name nobody, only cover them."""
    headers = [i for i in reading.items if i.label == "header"]
    body = tuple(i for i in reading.items if i.label == "line")
    ledger = [
        Entry("header", End.IGNORED, "envelope of the mail", len(headers)),
        Entry("attachment", End.MAPPED, "an original of its own", len(reading.children)),
        Entry(
            "attachment", End.NOT_UNDERSTOOD, "", sum(int(dict(i.slots)["count"]) for i in reading.issues if i.code == "IN-601")
        ),
    ]
    said = paper_facts(replace(reading, items=body), partner) if body else Facts()
    if reading.children and not said.patients and _covering(body):
        said = Facts(ledger=(Entry("line", End.IGNORED, "covering note", len(body)),))
    asserted = _sent(headers)
    told = tuple(_told(fact, asserted) for fact in said.facts)
    return Facts(told, said.issues, tuple(e for e in (*said.ledger, *ledger) if e.count))


def _covering(body: tuple[Item, ...]) -> bool:
    """A few words without a figure say 'see attached'; anything longer, or with a value or a date, is kept as text."""
    text = " ".join(i.value for i in body)
    return len(text.split()) <= _FEW and not any(c.isdigit() for c in text)


def _told(fact: Fact, asserted: datetime | None) -> Fact:
    """Date -> Evidence.asserted and DocumentReference.date; RFC 5322, 3.6.1."""
    resource = fact.resource
    if asserted and fact.kind == "DocumentReference":
        resource = {**resource, "date": asserted.isoformat()}
    return replace(fact, resource=resource, evidence=replace(fact.evidence, asserted=asserted))


def _sent(headers: list[Item]) -> datetime | None:
    """When the mail was sent; None when it does not say, or not in which zone."""
    text = next((i.value for i in headers if i.place.path == "header Date"), "")
    try:
        sent = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return sent if sent.tzinfo and 1970 <= sent.year <= 2200 else None
