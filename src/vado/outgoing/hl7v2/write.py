"""Records as HL7 v2 messages for one partner. Source: HL7 v2.5.1 chapters 2, 3, 6, 7, 9."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping, Sequence

from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record
from vado.outgoing.hl7v2.document import document
from vado.outgoing.hl7v2.draft import MEDIA_TYPE, Draft, draft, finish
from vado.outgoing.hl7v2.person import person_update
from vado.outgoing.hl7v2.results import results
from vado.record.outward import Loss
from vado.settings.options import Rule, check_options, one_of, wrong

_MESSAGES = ("ADT^A31", "ORU^R01", "MDM^T02")
_DEFAULT = ("ADT^A31", "ORU^R01")
_OPTIONS: Mapping[str, Rule] = {
    "messages": list, "sending_application": str, "sending_facility": str, "receiving_application": str, "receiving_facility": str,
    "version": one_of("2.4", "2.5", "2.5.1", "2.6"), "processing": one_of("P", "T", "D"), "echo": bool, "together": bool,
    "numbers": one_of("known", "all"), "demographics": one_of("own", "best"), "document_type": str, "pdf": (bytes, str, Mapping),
}  # fmt: skip
_NOWHERE = "none of the messages has a place for it"
_TEXT = "in words only:"
_PDF = "in words only, as far as the PDF holds it:"


class Hl7v2Writer:
    """ADT^A31, ORU^R01 and MDM^T02 in the vertical-bar form, UTF-8."""

    form = "hl7v2"
    version = "1"

    def check(self, wish: Wish) -> None:
        """Raise SettingsError CO-001 or CO-002 for an option that is unknown or wrong."""
        check_options(wish, _OPTIONS)
        chosen = wish.options.get("messages", _DEFAULT)
        if not chosen or not all(isinstance(m, str) and m in _MESSAGES for m in chosen):
            wrong(wish, f"messages is a list of {', '.join(_MESSAGES)}")
        given = wish.options.get("pdf")
        for pdf in given.values() if isinstance(given, Mapping) else () if given is None else (given,):
            if not _bytes(pdf).startswith(b"%PDF-"):
                wrong(wish, "pdf is no PDF, as bytes or Base64")

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        """Write each message as one Outgoing, person by person; all in one file where the wish says `together`.

        What no message of a person could carry is told with the first one of that person.
        """
        if not wish.options.get("together", False):
            for record in records:
                yield from _of(record, partner, wish)
            return
        written = [o for record in records for o in _of(record, partner, wish)]
        if written:
            losses = tuple(dict.fromkeys(loss for o in written for loss in o.losses))
            yield Outgoing(b"".join(o.content for o in written), MEDIA_TYPE, losses, "messages.hl7")


def _of(record: Record, partner: PartnerProfile, wish: Wish) -> list[Outgoing]:
    d = draft(record, partner, wish)
    chosen = wish.options.get("messages", _DEFAULT)
    bodies: dict[str, list[str]] = {}
    for kind in _MESSAGES:
        if kind in chosen and (body := _body(kind, d)):
            bodies[kind] = body
    words = "" if "MDM^T02" not in bodies else _TEXT if _pdf(d) is None else _PDF
    losses = _losses(d, words)
    return [finish(d, kind, body, losses if n == 0 else ()) for n, (kind, body) in enumerate(bodies.items())]


def _body(kind: str, d: Draft) -> list[str]:
    if kind == "ADT^A31":
        return person_update(d)
    return results(d) if kind == "ORU^R01" else document(d, _pdf(d))


def _pdf(d: Draft) -> bytes | None:
    """Give the PDF of this person: the option holds one, or one for each person's id."""
    given = d.option("pdf", None)
    if isinstance(given, Mapping):
        given = given.get(d.record.person.id)
    return _bytes(given) if given is not None else None


def _bytes(pdf: object) -> bytes:
    if isinstance(pdf, str):
        try:
            return b64decode(pdf, validate=True)
        except (Base64Error, ValueError):
            return b""
    return pdf if isinstance(pdf, bytes) else b""


def _losses(d: Draft, words: str) -> list[Loss]:
    """What stays here, what messages could not say, and what none of them has a place for; `words`: what the document makes of these."""
    done = {fact for fact, _ in d.refused} | d.carried
    refused = [(fact, f"{words} {reason}" if words else reason) for fact, reason in d.refused]
    rest = [(t.fact.id, f"{words} {_NOWHERE}" if words else _NOWHERE) for t in d.view.told if t.fact.id not in done]
    return [*d.view.losses, *d.losses, *refused, *rest]
