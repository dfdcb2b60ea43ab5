"""Every HL7 v2 file of the corpus gives valid facts, and every populated field has an end."""

from datetime import UTC, datetime
from pathlib import Path

from vado.incoming.hl7v2 import Hl7v2Reader
from vado.incoming.hl7v2.memory import forget_all
from vado.model.fact import Entry, Facts
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.tools.fhir_gate import check


def _populated(segment: str) -> int:
    """Count the fields that hold more than separators, by looking at the text alone."""
    fields = segment.split(segment[3:4] or "|")[1:]
    header = segment[:3] in {"MSH", "FHS", "BHS"}
    return header + sum(bool(f.strip("^~& ")) or (header and n == 0) for n, f in enumerate(fields))


def _ends_of_fields(ledger: tuple[Entry, ...]) -> int:
    """Count the ends of whole fields: a component that was left over has an end of its own besides."""
    return sum(e.count for e in ledger if "." not in e.path and e.rule != "how the value is written")


def test_every_message(corpus: Path) -> None:
    reader, files, told, without = Hl7v2Reader(), 0, 0, 0
    for path in sorted(corpus.rglob("*.hl7*")):
        content = path.read_bytes()
        original = Original(original_id(content), PartnerId("unknown"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
        if not path.is_file() or not reader.claims(original, content):
            continue
        files += 1
        reading = reader.read(original, content, UNKNOWN)
        facts = reader.facts(reading, UNKNOWN)
        told += len(facts.facts)
        without += not facts.facts
        assert not any(check(facts.facts)), path.name
        assert _ends_of_fields(facts.ledger) == sum(_populated(i.value) for i in reading.items), path.name
    assert files >= 270
    assert told > 2_500
    assert without <= 25, "messages of which nothing was understood"


def test_what_was_read_before_changes_nothing(corpus: Path) -> None:
    """The reader remembers how fields are read: another message, another order, a fresh process give the same facts."""
    reader, contents = Hl7v2Reader(), [p.read_bytes() for p in sorted((corpus / "hl7v2").rglob("*.hl7"))]
    contents = [c for c in contents if c.lstrip(b"\xef\xbb\xbf\x0b").startswith(b"MSH")]

    def told(content: bytes) -> Facts:
        original = Original(original_id(content), PartnerId("unknown"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
        return reader.facts(reader.read(original, content, UNKNOWN), UNKNOWN)

    fresh = []
    for content in contents:
        forget_all()
        fresh.append(told(content))
    warm = [told(content) for content in reversed(contents)]
    again = [told(content) for content in reversed(contents)]
    assert warm == again == fresh[::-1]
