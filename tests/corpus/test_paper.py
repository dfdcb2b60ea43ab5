"""Every file of the corpus that is paper (scans, PDFs, and what lies beside them) ends in a named state; what is read is valid and accounted for."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vado.errors import CODES
from vado.model.fact import tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.tools.fhir_gate import check
from vado.wiring.child import look
from vado.wiring.plugins import load_readers

CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2].parent / "shared" / "corpus"))
FILES = [p for room in ("scans", "pdf", "text") for p in sorted((CORPUS / room).rglob("*")) if p.is_file()]
REFUSED = {  # no fault of ours: why a whole real file may be held
    "IN-002",  # an old Office file, a program ...
    "IN-007",  # cut off or damaged
    "IN-016",  # locked with a password
}
PAPER = {"scan", "pdf_text", "pdf_form"}
READERS = load_readers()
pytestmark = pytest.mark.skipif(not FILES, reason="no corpus: set VADO_CORPUS to see real paper read")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(CORPUS)))
def test_real_paper(path: Path) -> None:
    content = path.read_bytes()
    original = Original(original_id(content), PartnerId("corpus"), "test", "", datetime(2026, 1, 1, tzinfo=UTC), name=path.name)
    seen = look(READERS, original, content, UNKNOWN)
    if seen.reading is None:
        assert seen.issue, "held without a reason"
        assert seen.issue.code in REFUSED, str(seen.issue)
        return
    reading, facts = seen.reading, seen.facts
    assert all(i.code in CODES for i in (*reading.issues, *facts.issues))
    assert not [f for f in check(facts.facts) if f]
    if reading.reader.partition("/")[0] not in PAPER:
        return
    assert facts.facts or reading.children
    unread = sum(int(dict(i.slots)["count"]) for i in reading.issues if i.code == "IN-501")
    assert sum(tally(facts.ledger).values()) == len(reading.items) + unread
    pages = READERS and next(r for r in READERS if r.name == reading.reader.partition("/")[0])
    assert pages.picture(content, 1), "the page cannot be looked at"
