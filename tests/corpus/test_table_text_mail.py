"""Every table, text, mail and archive of the corpus: read, valid facts, everything accounted for."""

import os
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from vado.errors import UnreadableOriginal
from vado.incoming.archive import ArchiveReader
from vado.incoming.mail import MailReader
from vado.incoming.table import TableReader
from vado.incoming.text import TextReader
from vado.model.fact import tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.tools.fhir_gate import check

CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2].parent / "shared" / "corpus"))
KINDS = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".docx", ".eml", ".zip", ".gz", ".ann"}
FILES = sorted(p for room in ("csv", "people", "network", "text", "pdf") for p in (CORPUS / room).rglob("*") if p.suffix in KINDS)
PERSONS = {  # tables of persons: how many of their rows, at least, name somebody
    "people/gpconnect/PDS.csv": 24, "people/gpconnect/RegisterPatients.csv": 158, "people/splink/fake_1000.csv": 900,
    "people/febrl/febrl/dataset1.csv": 900, "people/recordlinker/algorithm/data/nbs_seed.csv": 1_000,
}  # fmt: skip
READERS = (TableReader(), TextReader(), MailReader(), ArchiveReader())
pytestmark = pytest.mark.skipif(not FILES, reason="no corpus: set VADO_CORPUS to see real tables, texts, mails and archives read")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(CORPUS)))
def test_real_files(path: Path) -> None:
    content = path.read_bytes()
    name = str(path.relative_to(CORPUS))
    original = Original(original_id(content), PartnerId("corpus"), "test", "", datetime(2026, 1, 1, tzinfo=UTC), name=path.name)
    reader = max(READERS, key=lambda r: r.claims(original, content))
    if not content.strip():
        return
    assert reader.claims(original, content) > 0
    try:
        reading = reader.read(original, content, UNKNOWN)
    except UnreadableOriginal as fault:
        pytest.fail(f"a whole file was refused: {fault.code}")
    facts = reader.facts(reading, UNKNOWN)
    assert not [f for f in check(facts.facts) if f]
    assert len({f.id for f in facts.facts}) == len(facts.facts)
    assert len(facts.patients) >= PERSONS.get(name, 0)
    if "csv/" in name[:4] or name.startswith("network/"):
        assert not facts.patients, "code lists, places and services name no patient"
    elements = sum(tally(facts.ledger).values())
    if reader.name == "table":
        assert elements == sum(c != "" and str(c).strip() != "" for i in reading.items for c in orjson.loads(i.value))
    elif reader.name == "text":
        assert elements >= len(reading.items)
    else:
        assert elements == len(reading.items) + (len(reading.children) if reader.name == "mail" else 0)
