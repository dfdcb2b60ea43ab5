"""What a resource is found by, and what a question comes to."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vado.errors import VadoError
from vado.record.criteria import Asking, split
from vado.record.entries import EVER, entries, in_base, span
from vado.record.question import question
from vado.terms.searching import number
from vado.tools.units import canonical

ASKING = Asking("http://here/fhir", canonical)


@given(st.datetimes(datetime(1, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_a_longer_date_lies_within_a_shorter(at: datetime) -> None:
    text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    spans = [span(said) for said in (text, text[:19] + "Z", text[:16] + "Z", text[:10], text[:7], text[:4])]
    for inner, outer in zip(spans, spans[1:], strict=False):
        assert inner is not None
        assert outer is not None
        assert outer[0] <= inner[0] < inner[1] <= outer[1]


@pytest.mark.parametrize(
    "text", ["", "2020-13", "2020-02-30", "soon", "2020-1-1", "20200101", "2020-01-01T25:00:00Z", "2020-01-01T10"]
)
def test_no_date(text: str) -> None:
    assert span(text) is None


def test_zones_and_leap_seconds() -> None:
    assert span("2020-01-01T10:00:00+02:00") == span("2020-01-01T08:00:00Z") == span("2020-01-01T03:30:00-04:30")
    assert span("2016-12-31T23:59:60Z") == span("2016-12-31T23:59:59Z")
    assert span("9999") == (253370764800000, EVER)


@given(st.floats(-1e6, 1e6, allow_nan=False), st.sampled_from([("g/L", "mg/dL", 100.0), ("kg", "g", 1000.0), ("h", "min", 60.0)]))
def test_the_same_quantity_in_two_units_is_found_by_one(value: float, units: tuple[str, str, float]) -> None:
    one, other, times = units
    a, b = in_base(value, "", one, canonical), in_base(value * times, "", other, canonical)
    assert a[0] == b[0]
    assert a[1] == pytest.approx(b[1], rel=1e-9, abs=1e-300)


@given(st.lists(st.text(alphabet="ab,|$\\", min_size=1), min_size=1, max_size=4))
def test_what_is_escaped_is_not_split(values: list[str]) -> None:
    def escaped(v: str) -> str:
        return "".join(f"\\{c}" if c in ",|$\\" else c for c in v)

    safe = [v for v in values if not v.endswith("\\") and "\\" not in v]
    if safe:
        assert split(",".join(map(escaped, safe))) == safe


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=8
    )
)
def test_an_odd_resource_never_stops_the_index(value: object) -> None:
    """What enters is valid FHIR; parts that are null or missing still are no fault."""
    made = {
        "resourceType": "Observation",
        "id": "1",
        "meta": {"tag": [{}, None]},
        "code": {"coding": [{}], "text": ""},
        "note": value,
    }
    assert entries(made, canonical).dates == ()


def test_a_period_a_range_and_a_timing() -> None:
    p = number("Encounter", "date")
    open_end = entries({"resourceType": "Encounter", "period": {"start": "2020"}}, canonical).dates
    assert [row for row in open_end if row[0] == p] == [(p, 1577836800000, EVER)]
    age = number("Condition", "onset-age")
    ranged = {"low": {"value": 1, "code": "h"}, "high": {"value": 2, "code": "h"}}
    assert (age, "=second", 3600.0, 7200.0) in entries({"resourceType": "Condition", "onsetRange": ranged}, canonical).quantities
    timing = {"event": ["2020-01-02", "2020-01-05"], "repeat": {}}
    when = entries({"resourceType": "Observation", "effectiveTiming": timing}, canonical).dates
    assert when == ((number("Observation", "date"), 1577923200000, 1578268800000),)


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_asked_is_answered_or_refused(name: str, value: str) -> None:
    for asked in (
        name,
        f"_has:{name}",
        f"subject.{name}",
        f"code:{name}",
        "date",
        "value-quantity",
        "code-value-quantity",
        "_sort",
        "_include",
    ):
        try:
            question("Observation", [(asked, value)], ASKING, strict=True)
        except VadoError as fault:
            assert fault.code.startswith("FH-")
            assert "{" not in str(fault)
