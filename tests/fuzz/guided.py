"""Fuzz one reader with atheris, which looks for bytes that lead to code not reached before: `python tests/fuzz/guided.py hl7v2`.

`make fuzz` runs it for each coded reader. Options of libFuzzer follow the name (-max_total_time=60). What breaks is kept as crash-*.
"""

import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["vado"]):
    from vado.errors import UnreadableOriginal
    from vado.model.original import Original, PartnerId, original_id
    from vado.model.partner import UNKNOWN
    from vado.wiring.plugins import load_readers

GOLDEN = Path(__file__).parents[1] / "golden" / "incoming"


def main() -> None:
    name, *options = sys.argv[1:]
    reader = next((r for r in load_readers() if r.name == name), None)
    if reader is None:
        sys.exit(f"no reader is named {name}")

    def once(content: bytes) -> None:
        original = Original(original_id(content), PartnerId("unknown"), "fuzz", "", datetime(2026, 1, 1, tzinfo=UTC))
        with suppress(
            UnreadableOriginal
        ):  # not by way of `claims`, which would turn most changes away before the reader sees them
            reader.facts(reader.read(original, content, UNKNOWN), UNKNOWN)

    seeds = Path("build") / "fuzz" / f"{name}-seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    for path in sorted((GOLDEN / name).glob("*/original.*")):
        (seeds / path.parent.name).write_bytes(path.read_bytes())
    # timeout: seconds for one file; rss: megabytes. The first folder given takes what is found, so a fresh one comes first.
    found = Path("build") / "fuzz" / name
    found.mkdir(parents=True, exist_ok=True)
    given = [
        sys.argv[0],
        "-timeout=10",
        "-rss_limit_mb=2000",
        "-max_len=20000",
        f"-artifact_prefix={found}/",
        *options,
        str(found),
        str(seeds),
    ]
    atheris.Setup(given, once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
