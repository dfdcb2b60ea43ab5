"""Real originals of each coded form, changed by Hypothesis: only issues and VadoError, valid facts, each place in the file, soon."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plain import readers
from vado.exchange.sift import sift
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.tools.fhir_gate import check
from vado.wiring.child import look

FORMS = {
    "hl7v2": ("hl7v2", (".hl7", ".hl7v2")),
    "cda": ("cda", (".xml",)),
    "fhir": ("fhir", (".json", ".ndjson")),
    "table": ("csv", (".csv",)),
}
SMALL, SLOW = 60_000, 10.0  # bytes; seconds
HOSTILE = [
    b"\0", b"\r", b"\rPID|9||1^^^X^MR||Other^Person\r", b'""', b"^", b"&", b"~", b"\\X0D\\", b"<", b"<!DOCTYPE x>", b"]]>", b"&a;",
    b'<xi:include href="/etc/passwd"/>', b"null", b"[[[[", b'{"resourceType":1}', b"1e999", b"-0", b"9" * 40, b"0000-00-00", b"\xff\xfe", b"\xc3",
    b",,,,", b'"', b"nullFlavor=",
]  # fmt: skip
Change = tuple[int, int, int, int]  # kind, where (per mille), length, choice
CHANGES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 999), st.integers(1, 200), st.integers(0, 10**6)), min_size=1, max_size=6
)


@cache
def originals(folder: Path, ends: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(p for p in sorted(folder.rglob("*")) if p.suffix.lower() in ends and 0 < p.stat().st_size < SMALL)


def changed(content: bytes, changes: list[Change]) -> bytes:
    raw = bytearray(content)
    acts: tuple[Callable[[int, int, int], None], ...] = (
        lambda at, n, pick: raw.__setitem__(slice(at, at + 1), bytes([pick % 256])),
        lambda at, n, pick: raw.__delitem__(slice(at, at + n)),
        lambda at, n, pick: raw.__setitem__(slice(at, at), raw[at : at + n] * (1 + pick % 3)),
        lambda at, n, pick: raw.__setitem__(slice(at, at), HOSTILE[pick % len(HOSTILE)]),
        lambda at, n, pick: raw.__delitem__(slice(max(at, 1), len(raw) if pick % 7 == 0 else at)),
    )
    for kind, where, length, pick in changes:
        acts[kind](where * len(raw) // 1000, length, pick)
    return bytes(raw)


@pytest.mark.parametrize("form", FORMS)
def test_changed_real_originals_end_well(form: str, corpus: Path) -> None:
    paths = originals(corpus / FORMS[form][0], FORMS[form][1])
    assert len(paths) > 3, "the corpus has none of this form"
    seen = {"read": 0, "facts": 0}

    @settings(
        max_examples=int(os.environ.get("VADO_FUZZ_EXAMPLES", "80")),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(pick=st.integers(0, 10**6), changes=CHANGES)
    def end_well(pick: int, changes: list[Change]) -> None:
        content = changed(paths[pick % len(paths)].read_bytes(), changes)
        original = Original(original_id(content), PartnerId("unknown"), "t", "", datetime(2026, 1, 1, tzinfo=UTC))
        began = time.monotonic()
        answer = look(readers(), original, content, UNKNOWN)
        assert time.monotonic() - began < SLOW
        assert answer.reading or answer.issue
        passed, _ = sift(check, answer.facts)
        assert not any(check(passed.facts)), "what passes the gate is valid"
        for fact in passed.facts:
            assert fact.evidence.places, "a fact without a place is invented"
            assert {p.original for p in fact.evidence.places} == {original.id}
        assert look(readers(), original, content, UNKNOWN) == answer, "the same bytes, the same answer"
        seen["read"] += answer.reading is not None
        seen["facts"] += len(passed.facts)

    end_well()
    assert seen["read"] > 10, "most changes must leave something to read, or this tests nothing"
    assert seen["facts"] > (0 if form == "table" else 10), "few tables say anything without a partner's profile"
