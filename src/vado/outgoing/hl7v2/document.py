"""MDM^T02: the summary as a document, a PDF or lines of text. HL7 v2.5.1 chapter 9.6.2, 9.8.1; 2.A.24 (ED)."""

from base64 import b64encode
from collections.abc import Iterator
from itertools import groupby

from vado.model.original import stable_id
from vado.model.record import Kind
from vado.outgoing.hl7v2.draft import Draft, no_visit, pid
from vado.outgoing.hl7v2.er7 import Field, segment
from vado.outgoing.hl7v2.values import OURS
from vado.record import words
from vado.record.headings import heading, word
from vado.record.outward import Told

_SUMMARY = ("60591-5", "Patient summary Document", "LN")
_ORDER = list(Kind)


def document(d: Draft, pdf: bytes | None) -> list[str]:
    """Give the segments of the message, without MSH and EVN."""
    body: list[Field] = []
    if pdf is not None:
        body.append((OURS, "AP", "PDF", "Base64", b64encode(pdf).decode()))
    else:
        body += _lines(d)
    kind = "ED" if pdf is not None else "TX"
    number = stable_id("mdm", d.record.person.id, *map(str, body))[:20]
    txa: dict[int, Field] = {
        1: "1", 2: d.option("document_type", "SUMMARY"), 3: "AP" if pdf is not None else "TX", 12: (number, OURS), 17: "DO",
    }  # fmt: skip # TXA-17: documented; nobody has signed it
    obx = [segment("OBX", {1: str(n), 2: kind, 3: _SUMMARY, 4: str(n), 5: line, 11: "F"}) for n, line in enumerate(body, 1)]
    return [pid(d), no_visit(), segment("TXA", txa), *obx]


def _lines(d: Draft) -> Iterator[str]:
    """The summary in words: a heading for each part, a line for each thing, contradictions marked."""
    language = d.language
    told = sorted(d.view.told, key=lambda t: _ORDER.index(t.kind))
    yield word("title", language)
    if not told:
        yield word("nothing", language)
    for kind, some in groupby(told, key=lambda t: t.kind):
        yield heading(kind, language)
        yield from (_line(t, d, language) for t in some)


def _line(told: Told, d: Draft, language: str) -> str:
    title, detail, when = (
        words.title(told.fact.resource, d.view.index),
        words.detail(told.fact.resource),
        words.when(told.fact.resource),
    )
    mark = f"[{word('disputed', language)}]" if told.disputed else ""
    said = ": ".join(p for p in (title, detail) if p)
    return "- " + " ".join(p for p in (said, f"({when})" if when else "", f"[{told.fact.evidence.partner}]", mark) if p)
