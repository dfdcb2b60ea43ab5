"""The OMOP extract of the corpus: every clinical table read without a profile, valid, one and the same persons in all of them."""

import os
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from vado.incoming.table import TableReader
from vado.model.fact import Facts, tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile
from vado.tools.fhir_gate import check

CORPUS = Path(os.environ.get("VADO_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
ZIPS = sorted((CORPUS / "csv").glob("omop*/**/*.zip"))
KINDS = {
    "PERSON": "Patient", "VISIT_OCCURRENCE": "Encounter", "CONDITION_OCCURRENCE": "Condition", "DRUG_EXPOSURE": "MedicationStatement",
    "MEASUREMENT": "Observation", "PROCEDURE_OCCURRENCE": "Procedure", "DEATH": "Patient",
}  # fmt: skip
PARTNER = PartnerProfile(PartnerId("omop"), "OMOP", timezone="Europe/Madrid")
pytestmark = pytest.mark.skipif(not ZIPS, reason="no corpus: set VADO_CORPUS to see a real OMOP extract read")


def told(content: bytes) -> tuple[Facts, int]:
    reader = TableReader()
    original = Original(original_id(content), PARTNER.id, "corpus", "", datetime(2026, 1, 1, tzinfo=UTC), name="x.csv")
    reading = reader.read(original, content, PARTNER)
    return reader.facts(reading, PARTNER), sum(item.label == "row" for item in reading.items)


def test_every_row_is_a_fact_about_a_person_of_the_person_table() -> None:
    for path in ZIPS:
        inside = ZipFile(BytesIO(path.read_bytes()))
        names = {Path(n).stem: n for n in inside.namelist() if not n.startswith("__")}
        persons = {f.id for f in told(inside.read(names["PERSON"]))[0].patients}
        assert persons
        for table, kind in KINDS.items():
            facts, rows = told(inside.read(names[table]))
            assert sum(f.kind == kind for f in facts.facts) == rows, table
            assert {f.patient for f in facts.facts} <= persons, table
            assert not [f for f in check(facts.facts) if f], table
            assert sum(tally(facts.ledger).values()) > rows, table
