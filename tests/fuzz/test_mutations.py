"""Golden originals with bytes turned, cut and repeated: no reader ends with anything but a clear refusal.

`make fuzz` runs it for ten minutes; in `make test` it runs for some seconds. The seed is printed when it fails.
"""

import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path

from plain import readers
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.wiring.child import look

SECONDS = float(os.environ.get("VADO_FUZZ_SECONDS", "6"))
SLOW = 10.0  # seconds for one small file
GOLDEN = [
    p for p in sorted((Path(__file__).parents[1] / "golden" / "incoming").glob("*/*/original.*")) if p.parents[1].name != "scan"
]  # pictures need the OCR engine: they have a property test of their own


def mutated(content: bytes, chance: random.Random) -> bytes:
    raw = bytearray(content)
    for _ in range(chance.randrange(1, 10)):
        at, length = chance.randrange(len(raw) or 1), chance.randrange(1, 60)
        kind = chance.randrange(5)
        if kind == 0:
            raw[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del raw[at : at + length]
        elif kind == 2:
            raw[at:at] = raw[at : at + length] * chance.randrange(1, 4)
        elif kind == 3:
            raw[at:at] = chance.choice(
                [b"<", b'"', b"\0", b"|", b"\r\n", b"&#x0;", b"]]>", b"\xff\xfe", b"999999999999", b"null", b"-1"]
            )
        else:
            del raw[at + length * 20 :]
    return bytes(raw)


def test_mutated_originals_end_well() -> None:
    until, seed, done = time.monotonic() + SECONDS, int(os.environ.get("VADO_FUZZ_SEED", "1")), 0
    while time.monotonic() < until:
        seed += 1
        chance = random.Random(seed)
        path = chance.choice(GOLDEN)
        content = mutated(path.read_bytes(), chance)
        original = Original(original_id(content), PartnerId("unknown"), "t", "", datetime(2026, 1, 1, tzinfo=UTC), name=path.name)
        began = time.monotonic()
        try:
            answer = look(readers(), original, content, UNKNOWN)
        except Exception as fault:
            raise AssertionError(f"seed {seed}, {path.parent.name}: {type(fault).__name__}") from fault
        assert answer.reading or answer.issue
        assert time.monotonic() - began < SLOW, f"seed {seed}, {path.parent.name} took too long"
        done += 1
    assert done > 20
