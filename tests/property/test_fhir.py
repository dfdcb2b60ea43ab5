"""Laws of the FHIR reader: damaged bytes are refused or read with issues, never a crash; the same bytes say the same."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vado.errors import UnreadableOriginal
from vado.incoming.fhir import FhirReader
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile

CASES = Path(__file__).parents[1] / "golden/incoming/fhir"
SOURCES = {name: next((CASES / name).glob("original.*")).read_bytes() for name in ("bundle", "document", "ndjson", "resource")}
PARTNER = PartnerProfile(PartnerId("p"), "P")
PIECES = st.sampled_from([b"", b"null", b"0", b"[]", b"{}", b'""', b"[{}]", b'{"a":1}', b'"Bundle"', b'"id":1,', b"\xff", b"{"])


def survives(content: bytes) -> None:
    original = Original(original_id(content), PARTNER.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC))
    reader = FhirReader()
    reader.claims(original, content)
    try:
        reading = reader.read(original, content, PARTNER)
    except UnreadableOriginal:
        return
    assert reading == FhirReader().read(original, content, PARTNER)
    facts = reader.facts(reading, PARTNER)
    assert facts == FhirReader().facts(reading, PARTNER)
    assert len({f.id for f in facts.facts}) == len(facts.facts)


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damage_is_survived_and_reading_is_deterministic(name: str, data: st.DataObject) -> None:
    source = SOURCES[name]
    start, stop = data.draw(st.integers(0, len(source))), data.draw(st.integers(0, len(source)))
    survives(source[:start] + data.draw(PIECES | st.binary(max_size=8)) + source[stop:])


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_values_of_the_wrong_shape_are_survived(name: str, data: st.DataObject) -> None:
    """One JSON value is put in the place of another; the file stays JSON."""
    source = SOURCES[name]
    colons = [n for n in range(len(source) - 1) if source[n : n + 2] == b": "]
    at = data.draw(st.sampled_from(colons)) + 2
    ends = [n for n in range(at, len(source)) if source[n : n + 1] in b",}]\n"]
    end = ends[data.draw(st.integers(0, min(len(ends) - 1, 6)))]
    survives(source[:at] + data.draw(PIECES) + source[end:])
