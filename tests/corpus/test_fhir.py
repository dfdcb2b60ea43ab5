"""Every FHIR file of the corpus: read, valid, no reference to nothing, every element accounted for."""

from datetime import UTC, datetime
from pathlib import Path

from vado.errors import UnreadableOriginal
from vado.exchange.sift import sift
from vado.incoming.fhir import FhirReader
from vado.incoming.fhir.kinds import LEFT
from vado.incoming.fhir.names import Source
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
            reading = reader.read(original, content, UNKNOWN)
        except UnreadableOriginal:
            unread += 1
            continue
        facts = reader.facts(reading, UNKNOWN)
        assert sum(tally(facts.ledger).values()) > 0
        resources = [s for s in map(Source, reading.items) if s.kind and s.kind not in LEFT]
        own = [f for f in facts.facts if not f.evidence.rule.startswith("subject identifier")]
        assert len(own) >= 0.99 * len(resources), f"{path.name}: resources were lost"
        passed, issues = sift(check, facts)
        assert not any(check(passed.facts)), path.name
        told, refused = told + len(passed.facts), refused + len(issues)
    # measured on 358 files: 3 hold no resource, 8,798 facts pass, 1,080 are refused (DSTU2, STU3 or not valid R4)
    assert files >= 350
    assert unread <= 3
    assert told >= 8_700
    assert refused <= 0.13 * told
