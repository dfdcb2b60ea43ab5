"""Every FHIR file of the corpus: read, valid, no reference to nothing, every element accounted for."""

from datetime import UTC, datetime
from pathlib import Path

from vado.errors import UnreadableOriginal
from vado.exchange.sift import sift
from vado.incoming.fhir import FhirReader
from vado.model.fact import tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.tools.fhir_gate import check


def test_every_fhir_file(corpus: Path) -> None:
    reader, files, told, refused, unread = FhirReader(), 0, 0, 0, 0
    for path in sorted(p for p in corpus.rglob("*") if p.suffix in {".json", ".fhir", ".ndjson"}):
        content = path.read_bytes()
        original = Original(original_id(content), PartnerId("unknown"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
        if not reader.claims(original, content):
            continue
        files += 1
        try:
            reading = reader.read(original, content)
        except UnreadableOriginal:
            unread += 1
            continue
        facts = reader.facts(reading, UNKNOWN)
        assert sum(tally(facts.ledger).values()) > 0
        passed, issues = sift(check, facts)
        assert not any(check(passed.facts)), path.name
        told, refused = told + len(passed.facts), refused + len(issues)
    assert files > 100
    assert unread <= 3
    assert told > 10_000
    assert refused < 0.02 * told
