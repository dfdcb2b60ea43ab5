"""Every PDF of the corpus: read, valid facts, every line accounted for. Scans: a few, for time."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vado.errors import UnreadableOriginal
from vado.incoming.pdf_form import PdfFormReader
from vado.incoming.pdf_text import PdfTextReader
from vado.incoming.scan import ScanReader
from vado.model.fact import tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.tools.fhir_gate import check

CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2].parent / "shared" / "corpus"))
FILES = [*sorted((CORPUS / "pdf").rglob("*.pdf")), *sorted((CORPUS / "scans" / "ocrmypdf").glob("linn.png"))]
READERS = (PdfFormReader(), PdfTextReader(), ScanReader())
pytestmark = pytest.mark.skipif(not FILES, reason="no corpus: set VADO_CORPUS to see real PDFs read")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(CORPUS)))
def test_real_paper(path: Path) -> None:
    content = path.read_bytes()
    original = Original(original_id(content), PartnerId("corpus"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    reader = max(READERS, key=lambda r: r.claims(original, content))
    assert reader.claims(original, content) > 0.5
    if reader.name == "scan" and path.suffix == ".pdf":
        pytest.skip("a scanned PDF takes seconds a page: read by the weekly run")
    try:
        reading = reader.read(original, content, UNKNOWN)
    except UnreadableOriginal as fault:
        assert fault.code in {"IN-016", "IN-007"}
        return
    facts = reader.facts(reading, UNKNOWN)
    assert facts.facts and not [f for f in check(facts.facts) if f]
    unread = sum(int(dict(i.slots)["count"]) for i in reading.issues if i.code == "IN-501")
    assert sum(tally(facts.ledger).values()) == len(reading.items) + unread
