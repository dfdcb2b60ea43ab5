"""How fast coded originals become facts, against the limit of splitting and serialising alone, in one run."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
from lxml import etree

from vado.errors import UnreadableOriginal
from vado.incoming.cda import CdaReader
from vado.incoming.fhir import FhirReader
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN

_CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
_PASSES = 5


def conversion() -> str:
    """Give a Markdown table: originals a second, and the share of the limit."""
    kinds = (
        (
            "HL7 v2",
            Hl7v2Reader(),
            ".hl7",
            lambda b: orjson.dumps([line.split(b"|")[0].decode("latin-1") for line in b.split(b"\r")]),
        ),
        ("CDA", CdaReader(), ".xml", lambda b: [e.tag for e in etree.fromstring(b).iter()]),
        ("FHIR", FhirReader(), ".json", lambda b: orjson.dumps(orjson.loads(b))),
    )
    out = ["| format | originals | a second | limit a second | share |", "|-|-:|-:|-:|-:|"]
    for name, reader, ending, limit in kinds:
        files = [p.read_bytes() for p in sorted(_CORPUS.rglob(f"*{ending}"))]
        files = [b for b in files if reader.claims(_original(b), b) > 0.5]
        ours = _rate(files, lambda b, r=reader: r.facts(r.read(_original(b), b, UNKNOWN), UNKNOWN))
        most = _rate(files, limit)
        out.append(f"| {name} | {len(files)} | {ours:,.0f} | {most:,.0f} | {ours / most:.1%} |")
    return "\n".join(out)


def _rate(files: list[bytes], work: Callable[[bytes], object]) -> float:
    """Originals a second, median of some passes; what cannot be read counts as done."""
    times: list[float] = []
    for _ in range(_PASSES):
        began = time.perf_counter()
        for content in files:
            try:
                work(content)
            except (UnreadableOriginal, etree.XMLSyntaxError, orjson.JSONDecodeError):
                continue
        times.append(time.perf_counter() - began)
    return len(files) / sorted(times)[_PASSES // 2]


def _original(content: bytes) -> Original:
    return Original(original_id(content), PartnerId("bench"), "bench", "", datetime(2026, 1, 1, tzinfo=UTC), size=len(content))
