"""Laws of the HL7 v2 reader: damaged messages are quick and harmless, reading is repeatable, facts are valid, places lead back."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from vado.errors import UnreadableOriginal
from vado.exchange.sift import sift
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.tools.fhir_gate import check

GOLDEN = [p.read_bytes() for p in sorted((Path(__file__).parents[1] / "golden" / "incoming" / "hl7v2").glob("*/original.hl7"))]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    raw = bytearray(draw(st.sampled_from(GOLDEN)))
    for _ in range(draw(st.integers(0, 12))):
        at = draw(st.integers(0, len(raw) - 1))
        piece = draw(
            st.sampled_from(
                [b"|", b"^", b"~", b"&", b"\\", b"\r", b'""', b"\xff", b"OBX|", b"9" * 30, b"", bytes(raw[at : at + 40])]
            )
        )
        raw[at : at + draw(st.integers(0, 5))] = piece
    return bytes(raw[: draw(st.integers(1, len(raw)))])


@settings(max_examples=150, deadline=2000)
@given(damaged())
def test_damage_is_harmless(content: bytes) -> None:
    reader = Hl7v2Reader()
    original = Original(original_id(content), PartnerId("x"), "t", "", datetime(2026, 1, 1, tzinfo=UTC))
    reader.claims(original, content)
    try:
        reading = reader.read(original, content, UNKNOWN)
    except UnreadableOriginal:
        return
    assert reading == reader.read(original, content, UNKNOWN)
    facts = reader.facts(reading, UNKNOWN)
    assert facts == reader.facts(reading, UNKNOWN)
    _, refused = sift(check, facts)
    assert not refused, [str(i) for i in refused]
    paths = {i.place.path for i in reading.items}
    for fact in facts.facts:
        for place in fact.evidence.places:
            assert place.path in paths or place.path.rpartition("-")[0] in paths
