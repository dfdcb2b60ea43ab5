"""Every HL7 v2 file of the corpus gives valid facts, and every populated field has an end."""

from datetime import UTC, datetime
from pathlib import Path

from vado.incoming.hl7v2 import Hl7v2Reader
from vado.incoming.hl7v2.facts import _segments
from vado.model.fact import tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.tools.fhir_gate import check


def test_every_message(corpus: Path) -> None:
    reader, files, told, without = Hl7v2Reader(), 0, 0, 0
    for path in sorted(corpus.rglob("*.hl7*")):
        content = path.read_bytes()
        original = Original(original_id(content), PartnerId("unknown"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
        if not path.is_file() or not reader.claims(original, content):
            continue
        files += 1
        reading = reader.read(original, content)
        facts = reader.facts(reading, UNKNOWN)
        told += len(facts.facts)
        without += not facts.facts
        assert not any(check(facts.facts)), path.name
        fields = sum(len(s.populated()) for s in _segments(list(reading.items)))
        assert sum(tally(facts.ledger).values()) == fields, path.name
    assert files >= 270
    assert told > 2_500
    assert without <= 25, "messages of which nothing was understood"
