"""What any reader makes of any golden original can be written in every form: nothing raises, every fact is carried or lost, our readers read it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from lxml import etree

from outward import record
from vado.incoming.cda import CdaReader
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.model.codec import from_plain
from vado.model.fact import Fact
from vado.model.original import Original, PartnerId, original_id
from vado.model.outgoing import Wish
from vado.model.partner import PartnerProfile
from vado.outgoing.cda import CdaWriter
from vado.outgoing.hl7v2 import Hl7v2Writer
from vado.outgoing.table import TableWriter
from vado.record.outward import outward
from vado.tools.fhir_gate import check

TO = PartnerProfile(PartnerId("somebody-else"), "Somebody else", timezone="Europe/Madrid")
CASES = sorted((Path(__file__).parents[2] / "golden" / "incoming").glob("*/*/facts.json"))
FORMS: list[tuple[Any, dict[str, Any]]] = [
    (Hl7v2Writer(), {"messages": ["ADT^A31", "ORU^R01", "MDM^T02"]}), (CdaWriter(), {}), (CdaWriter(), {"profile": "eu"}), (TableWriter(), {}),
    (TableWriter(), {"format": "xlsx"}),
]  # fmt: skip


def people(case: Path) -> Iterator[list[Fact]]:
    facts = [from_plain(Fact, f) for f in orjson.loads(case.read_bytes()).get("facts", [])]
    for patient in [f for f in facts if f.kind == "Patient" and f.patient == f.id][:2]:
        yield [f for f in facts if (f.kind != "Patient" and f.patient in (None, patient.id)) or f.id == patient.id]


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parts[-3]}/{p.parts[-2]}")
def test_every_form_takes_it(case: Path) -> None:
    for told in people(case):
        made = record(told)
        for writer, options in FORMS:
            out = list(writer.write([made], TO, Wish(TO.id, "w", writer.form, "x", options=options)))
            lost = {id_ for o in out for id_, _ in o.losses}
            ours = {t.fact.id for t in outward(made, TO.id).told}
            assert lost <= ours | {id_ for id_, _ in outward(made, TO.id).losses} | {p.id for p in made.person.patients}
            for o in out:
                _readable(writer.form, o.content)


def _readable(form: str, content: bytes) -> None:
    original = Original(original_id(content), TO.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC))
    if form == "cda":
        etree.fromstring(content)
    if form in {"cda", "hl7v2"}:
        reader = CdaReader() if form == "cda" else Hl7v2Reader()
        facts = reader.facts(reader.read(original, content, TO), TO).facts
        assert facts and not [fault for faults in check(facts) for fault in faults]
