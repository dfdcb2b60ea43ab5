"""Every CDA file of the corpus: read, said, valid, accounted for."""

from datetime import UTC, datetime
from pathlib import Path

from vado.errors import UnreadableOriginal
from vado.incoming.cda import CdaReader
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile
from vado.tools.fhir_gate import check


def test_every_document_is_read_and_valid(corpus: Path) -> None:
    reader, partner, read = CdaReader(), PartnerProfile(PartnerId("p"), "P"), 0
    for path in sorted((corpus / "cda").rglob("*")):
        if path.suffix not in (".xml", ".ccda"):
            continue
        content = path.read_bytes()
        original = Original(original_id(content), partner.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC))
        if not reader.claims(original, content):
            continue
        try:
            facts = reader.facts(reader.read(original, content, partner), partner)
        except UnreadableOriginal:
            continue
        read += 1
        assert not [f for faults in check(facts.facts) for f in faults], path.name
        assert len({f.id for f in facts.facts}) == len(facts.facts), path.name
        assert facts.ledger, path.name
    assert read > 200
