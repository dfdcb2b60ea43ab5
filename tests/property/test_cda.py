"""Laws of the CDA reader: damaged bytes cost an issue, never a crash; the same bytes always say the same."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from vado.errors import UnreadableOriginal
from vado.incoming.cda import CdaReader
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile

SOURCE = (Path(__file__).parents[1] / "golden/incoming/cda/allergies/original.xml").read_bytes()
PARTNER = PartnerProfile(PartnerId("p"), "P")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(SOURCE)), st.integers(0, len(SOURCE)), st.binary(max_size=8))
def test_damage_is_survived_and_reading_is_deterministic(start: int, stop: int, junk: bytes) -> None:
    content = SOURCE[:start] + junk + SOURCE[stop:]
    original = Original(original_id(content), PARTNER.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC))
    reader = CdaReader()
    reader.claims(original, content)
    try:
        reading = reader.read(original, content, PARTNER)
    except UnreadableOriginal:
        return
    assert reading == CdaReader().read(original, content, PARTNER)
    assert reader.facts(reading, PARTNER) == reader.facts(reading, PARTNER)
