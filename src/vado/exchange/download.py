"""A person takes their record with them: to print, as a patient summary for another country, or all of it as FHIR."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from vado.errors import NotFound
from vado.exchange import allow
from vado.exchange.consult import show_record
from vado.exchange.ports import Exchange
from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.outgoing import Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record, Viewer
from vado.model.said import CITIZEN
from vado.record.provenance import provenance

FORMS = {"pdf": "pdf", "ips": "json", "fhir": "json", "ndjson": "ndjson"}  # form -> how the file's name ends


@dataclass(frozen=True, slots=True)
class File:
    """What is taken away."""

    name: str  # says nothing of the person: it lies in a folder of downloads
    media_type: str
    content: bytes


def download(x: Exchange, person_id: str, form: str, viewer: Viewer) -> Iterator[File]:
    """Give a person's whole record, noted as given away. Raises NotFound RE-001; DE-011's form where nobody writes it."""
    allow.check(viewer, "records.download")
    if form not in FORMS:
        raise NotFound("RE-001")
    record = show_record(x, person_id, viewer, "download")
    name = f"vado-{form}-{record.at:%Y-%m-%d}.{FORMS[form]}"
    if form == "ndjson":
        yield File(name, "application/fhir+ndjson", b"".join(orjson.dumps(r) + b"\n" for r in everything(record)))
        return
    options = {"language": viewer.language} if form == "pdf" else {}
    wish = Wish(CITIZEN, form, form, "me", "ask", options)
    profile = PartnerProfile(PartnerId(CITIZEN), "", languages=(viewer.language,))
    for piece in x.writers[form].write([record], profile, wish):
        yield File(name, piece.media_type, piece.content)


def everything(record: Record) -> Iterator[object]:
    """Give every resource of a record with where it comes from, those read from paper and not yet compared too: their Provenance says so."""
    lines = (f for line in (*record.lines, *record.waiting) for f in (line.shown, *line.same, *line.conflicts))
    told: dict[str, Fact] = {f.id: f for f in (*record.person.patients, *lines, *record.others)}
    for fact in told.values():
        yield fact.resource
        yield provenance(fact, fact.evidence.asserted or record.at, here=False)
