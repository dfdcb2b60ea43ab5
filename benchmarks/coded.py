"""`python -m benchmarks coded`: the coded bridges beside their peers, in one run; docs/explanation/coded.md.

`python -m benchmarks recall hl7v2 [--missing]`: source facts that are not found, for who mends a reader.
"""

import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from lxml import etree

from benchmarks.peers import PASSES, peer, validator
from vado.errors import UnreadableOriginal
from vado.exchange.ports import Reader
from vado.incoming.cda import CdaReader
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from oracle import cda, hl7
from oracle.found import SourceFact, dangling, found

CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "coded.md"
Resources = list[dict[str, Any]]


@dataclass
class Kind:
    """One format: its reader, its sets of files, how its source facts are counted."""

    name: str
    reader: Reader
    sets: dict[str, list[Path]]
    facts: Callable[[bytes], list[SourceFact]]
    peers: tuple[str, ...]


@dataclass
class Row:
    """What one converter did with one set."""

    who: str
    files: int = 0
    converted: int = 0
    facts: int = 0
    found: int = 0
    valid: int = 0
    dangling: int = 0
    a_second: float = 0.0
    missing: list[tuple[str, SourceFact]] = field(default_factory=list)

    def line(self) -> str:
        """Give it as a line of the page's table."""
        share = f"{self.found / self.facts:.1%}" if self.facts else "-"
        return f"| {self.who} | {self.converted} of {self.files} | {share} of {self.facts:,} | {self.valid} of {self.converted} | {self.dangling} | {self.a_second:,.0f} |"


def kinds() -> dict[str, Kind]:
    """Give the formats with the files of the collection."""
    messages = CORPUS / "hl7v2"
    documents = CORPUS / "cda"
    return {
        "hl7v2": Kind(
            "HL7 v2", Hl7v2Reader(),
            {
                "fhir-converter": _files(messages / "fhir-converter" / "input", ".hl7"),
                "all others": [p for p in _files(messages, ".hl7") if "fhir-converter" not in p.parts],
            },
            lambda content: hl7.facts(content.decode("utf-8-sig", "replace")), ("hl7v2-fhir-bridge", "brightohir"),
        ),
        "cda": Kind(
            "C-CDA", CdaReader(),
            {
                "fhir-converter": _files(documents / "fhir-converter" / "input", ".xml", ".ccda"),
                "vendors' exports": _files(documents / "jddamore-vendors", ".xml", ".ccda"),
                "HL7's whole examples": _files(documents / "hl7-ccda-examples" / "Documents", ".xml"),
            },
            cda.facts, ("python-fhir-converter", "ccda-to-fhir"),
        ),
    }  # fmt: skip


def _files(folder: Path, *endings: str) -> list[Path]:
    """Give the files that can be counted at all: whole messages, well-formed documents."""
    found_ = []
    for p in sorted(folder.rglob("*")):
        if p.suffix not in endings or not p.is_file():
            continue
        content = p.read_bytes()
        if p.suffix == ".hl7" and not content.lstrip(b"\xef\xbb\xbf\x0b").startswith(b"MSH"):
            continue
        if p.suffix != ".hl7":
            try:
                etree.fromstring(content)
            except etree.XMLSyntaxError:
                continue
        found_.append(p)
    return found_


def ours(kind: Kind, files: list[Path]) -> tuple[list[Resources | None], float]:
    """Give what Vado makes of each file, and the seconds for all, median of some passes, warm."""
    contents = [(_original(b), b) for b in (p.read_bytes() for p in files)]

    def run() -> list[Resources | None]:
        made: list[Resources | None] = []
        for original, content in contents:
            try:
                made.append([f.resource for f in kind.reader.facts(kind.reader.read(original, content, UNKNOWN), UNKNOWN).facts])
            except UnreadableOriginal:
                made.append(None)
        return made

    out = run()
    times = []
    for _ in range(PASSES):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return out, statistics.median(times)


def measure(
    who: str,
    kind: Kind,
    files: list[Path],
    made: list[Resources | None],
    seconds: float,
    faults: Callable[[dict[str, Any]], list[str]] | None,
) -> Row:
    """Count what was found, what is valid, what dangles."""
    row = Row(who, files=len(files), converted=sum(m is not None for m in made))
    row.a_second = row.converted / seconds if seconds else 0.0
    for path, out in zip(files, made, strict=True):
        source = kind.facts(path.read_bytes())
        there = found(source, out or [])
        row.facts += len(source)
        row.found += sum(there)
        row.missing += [(path.name, f) for f, ok in zip(source, there, strict=True) if not ok]
        if out is not None:
            row.dangling += len(dangling(out))
            row.valid += not (faults and any(faults(r) for r in out))
    return row


def recall(name: str, *, missing: bool) -> str:
    """Say how many source facts are found, set by set; with `missing`, which are not."""
    kind, out = kinds()[name], []
    for title, files in kind.sets.items():
        row = measure("Vado", kind, files, *ours(kind, files), None)
        out.append(
            f"{kind.name}, {title}: {row.converted} of {row.files} converted, {row.found} of {row.facts} facts ({row.found / row.facts:.2%}), {row.dangling} dangling, {row.a_second:,.0f}/s"
        )
        if missing:
            for what, n in Counter(f.kind for _, f in row.missing).most_common():
                out.append(f"  {n} {what}")
                out += [f"    {path}: {f.place}: {', '.join(f.tokens)}" for path, f in row.missing if f.kind == what][:8]
    return "\n".join(out)


def coded() -> str:
    """Measure everything and write the page."""
    faults = validator()
    out = [_HEAD]
    for kind in kinds().values():
        for n, (title, files) in enumerate(kind.sets.items()):
            out += [f"\n## {kind.name}: {title}\n", _COLUMNS]
            out.append(measure("**Vado**", kind, files, *ours(kind, files), faults).line())
            for name in kind.peers if n == 0 else ():
                made, seconds = peer(name, files)
                out.append(measure(name, kind, files, made, seconds, faults).line())
                if any(m is None for m in made):
                    taken = [p for p, m in zip(files, made, strict=True) if m is not None]
                    out.append(measure(f"Vado, on what {name} takes", kind, taken, *ours(kind, taken), faults).line())
            if n == 0:
                out.append(f"| limit: {_LIMITS[kind.name][0]} | | | | | {_rate(files, _LIMITS[kind.name][1]):,.0f} |")
    out += ["\n## Processes and memory\n", *_processes()]
    text = "\n".join(out) + "\n"
    PAGE.write_text(text, "utf-8")
    return text


def _rate(files: list[Path], work: Callable[[bytes], object]) -> float:
    contents = [p.read_bytes() for p in files]
    times = []
    for _ in range(PASSES):
        began = time.perf_counter()
        for content in contents:
            work(content)
        times.append(time.perf_counter() - began)
    return len(contents) / statistics.median(times)


def _original(content: bytes) -> Original:
    return Original(original_id(content), PartnerId("bench"), "bench", "", datetime(2026, 1, 1, tzinfo=UTC), size=len(content))


_STARTS = """
import sys, time
from datetime import datetime, UTC
from vado.incoming.{module} import {reader}
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
content = open(sys.argv[1], "rb").read()
original = Original(original_id(content), PartnerId("b"), "b", "", datetime(2026, 1, 1, tzinfo=UTC))
r = {reader}()
r.facts(r.read(original, content, UNKNOWN), UNKNOWN)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def _processes() -> list[str]:
    """Start to first fact, memory of a process, two processes against one, memory over many messages."""
    lines = ["| what | measured | wanted |", "|-|-:|-:|"]
    for name, module, reader in (("hl7v2", "hl7v2", "Hl7v2Reader"), ("cda", "cda", "CdaReader")):
        kind = kinds()[name]
        path = next(iter(kind.sets.values()))[0]
        times, memory = [], "0"
        for _ in range(PASSES):
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", _STARTS.format(module=module, reader=reader), str(path)],
                capture_output=True,
                text=True,
                check=True,
            )
            times.append(time.perf_counter() - began)
            memory = f"{int(done.stdout) // 1024}"
        lines.append(f"| {kind.name}: process start to first facts | {statistics.median(times):.2f} s | < 0.25 s |")
        lines.append(f"| {kind.name}: memory of that process | {memory} MB | < 60 MB |")
    one, two = _batch(1), _batch(2)
    lines.append(f"| HL7 v2: two processes against one | {one / two * 2:.2f} x | >= 1.8 x |")
    lines += _long_run()
    return lines


def _work(n: int) -> None:
    reader = Hl7v2Reader()
    for _ in range(n):
        for p in _files(CORPUS / "hl7v2" / "fhir-converter" / "input", ".hl7"):
            content = p.read_bytes()
            reader.facts(reader.read(_original(content), content, UNKNOWN), UNKNOWN)


def _batch(processes: int) -> float:
    """Seconds in which so many processes each do the same work."""
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_work, [1] * processes))
        began = time.perf_counter()
        list(pool.map(_work, [20] * processes))
        return time.perf_counter() - began


def _long_run() -> list[str]:
    """Memory after the first tenth and at the end of many messages, each of them of another person; in a process of its own."""
    total = int(os.environ.get("VADO_BENCH_MESSAGES", "50000"))
    path = next(p for p in kinds()["hl7v2"].sets["fhir-converter"] if p.name.startswith("ORU-R01"))
    done = subprocess.run([sys.executable, "-c", _LONG, str(path), str(total)], capture_output=True, text=True, check=True)
    early, late = done.stdout.split()
    return [
        f"| HL7 v2: memory after {total // 10:,} and after {total:,} messages, each of another person | {early} MB, {late} MB | flat |"
    ]


_LONG = """
import sys
from datetime import datetime, UTC
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
content, total, reader = open(sys.argv[1], "rb").read(), int(sys.argv[2]), Hl7v2Reader()
def megabytes():
    return next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmRSS"))
for n in range(total):
    one = content.replace(b"PID|1||", b"PID|1||%d~" % n)
    original = Original(original_id(one), PartnerId("b"), "b", "", datetime(2026, 1, 1, tzinfo=UTC))
    reader.facts(reader.read(original, one, UNKNOWN), UNKNOWN)
    if n == total // 10:
        print(megabytes())
print(megabytes())
"""


_HEAD = """# The coded bridges beside their peers

`python -m benchmarks coded` writes this page: the same files, the same counter and one run for all, on a 2-core machine, one process, warm,
median of five passes (brightohir: one). The machine is shared and its speed changes by the hour: trust ratios, not last digits. The source facts are counted by `tests/oracle`, which cuts messages at their separators and walks
documents by itself and knows nothing of Vado; a refused file counts as nothing found. *Valid* is said by pyfhircheck with HL7's R4 definitions, not
by the gate that Vado uses when it runs; extensions of other guides and the words of codes are not asked. brightohir makes R5, so few of its bundles can be valid R4. The counter is ours too, though independent of the
readers: read its rules in `tests/oracle/hl7.py` and `cda.py`."""
_COLUMNS = "| converter | converted | facts found | valid | dangling references | a second |\n|-|-:|-:|-:|-:|-:|"
_LIMITS: dict[str, tuple[str, Callable[[bytes], object]]] = {
    "HL7 v2": (
        "split and serialise alone",
        lambda b: orjson.dumps([line.split("|") for line in b.decode("latin-1").split("\r")]),
    ),
    "C-CDA": ("parse and walk alone", lambda b: [e.tag for e in etree.fromstring(b).iter()]),
}
