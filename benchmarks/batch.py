"""`python -m benchmarks batch [SIZE]`: everybody against everybody, ours over Splink and DuckDB beside Splink alone, on the same invented people.

Each runs in a process of its own, in the environment of the other matchers: wall, processor's time and the most memory it held.
Splink alone trains itself and scores, with its own comparisons and the usual blocking rules. Ours uses weights that are there already,
scores by them, and then decides on every pair that is worth a look. Shuffled in are people told a second time by another partner: the truth.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.labelled import MATCHERS
from benchmarks.matchers import SPLINK
from benchmarks.peers import environment

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "matching-batch.md"
_ROOT = Path(__file__).parents[1]

_PEOPLE = """
import gc, json, resource, sys, time
from random import Random
from benchmarks.registry import Town, feed, registry
size = int(sys.argv[1])
rng = Random(5)
town = Town(rng)
known = list(registry(rng, town, size * 3 // 4))
arrived = list(feed(Random(3), town, known, size - len(known)))
everybody = [h.d for h in known] + [d for _, d in arrived]
told = {}
for n, (w, _) in enumerate(arrived):
    if w is not None:
        told.setdefault(w, [w]).append(len(known) + n)
truth = {(a, b) for some in told.values() for a in some for b in some if a < b}
del known, arrived
"""
_TOLD = """
import os
used, child = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
right = len(truth & sure)
print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - processor + child.ru_utime + child.ru_stime, "before": before,
                  "pairs": pairs, "precision": right / max(1, len(sure)), "recall": right / len(truth), "asked": len(asked)}))
"""
_START = """
gc.collect()
gc.freeze()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
began, processor = time.perf_counter(), time.process_time()
"""
_OURS = (
    _PEOPLE
    + """
import tempfile
from functools import partial
from pathlib import Path
from vado.linkage.batch import ALONE, CHUNK, ENOUGH, FEW, MOST, name_bits, part, settings, some_at_a_time, worth_a_look
from vado.linkage.decide import SURE, match
from vado.linkage.model import from_json, shipped
from vado.tools.splink import Table
model = from_json(Path(sys.argv[2]).read_bytes()) if len(sys.argv) > 2 else shipped()
"""
    + _START
    + """
sure, asked = set(), set()
with tempfile.TemporaryDirectory() as folder:
    table = Table(Path(folder))
    table.fill(some_at_a_time(everybody, []), partial(part, model=model), ALONE)
    print("filled", time.perf_counter() - began, file=sys.stderr)
    pairs, _ = table.pair(MOST, ENOUGH, FEW)
    print("paired", pairs, time.perf_counter() - began, file=sys.stderr)
    seen = 0
    for some in table.scored(settings(model), name_bits(model), worth_a_look(model, model.thresholds.possible), chunks=1 + pairs // CHUNK):
        seen += len(some)
        for a, b, _ in some:
            for m in match(everybody[a], (everybody[b],), model):
                (sure if m.grade in SURE else asked if m.grade == "possible" else set()).add((a, b))
    print("decided", seen, time.perf_counter() - began, file=sys.stderr)
    table.close()
"""
    + _TOLD
)
_ALONE = (
    _PEOPLE
    + """
import io
lines = [
    {"unique_id": n, "given": " ".join(d.given) or None, "family": " ".join(d.family) or None, "dob": d.birth_date or None, "sex": d.gender or None,
     "phone": next(iter(d.phones), None), "email": next(iter(d.emails), None), "postcode": next(iter(d.postal_codes), None),
     "street": " ".join(d.address) or None, "city": d.city or None, "number": next((i.value for i in d.identifiers), None)}
    for n, d in enumerate(everybody)
]
"""
    + _START
    + SPLINK.replace("rows = json.load(sys.stdin)", "rows = lines")
    .replace(
        "out = linker.inference.predict(threshold_match_weight=-10).as_record_list()",
        "found = linker.inference.predict(threshold_match_probability=0.5)",
    )
    .rsplit("print(json.dumps", 1)[0]
    + """
some = found.as_record_list()
sure = {(min(o["unique_id_l"], o["unique_id_r"]), max(o["unique_id_l"], o["unique_id_r"])) for o in some if o["match_probability"] >= 0.9999}
asked, pairs = set(), len(some)
"""
    + _TOLD
)


def batch(size: str = "1000000") -> str:
    """Run both, one after the other, and write the page."""
    lines, walls = [_HEAD.format(size=int(size))], list[float]()
    model = os.environ.get("VADO_BENCH_MODEL", "")
    for name, script in (("**Vado**: scored by Splink over DuckDB, decided here", _OURS), ("Splink 5 alone", _ALONE)):
        m = _run(script, [size, *([model] if model and script is _OURS else [])])
        lines.append(
            f"| {name} | {m['wall']:,.0f} | {m['cpu']:,.0f} | {m['mb']:,.0f} | {m['before']:,.0f} | {m['pairs']:,} | {m['precision']:.5f} | {m['recall']:.4f} | {m['asked']:,} |"
        )
        print(lines[-1], file=sys.stderr, flush=True)
        walls.append(m["wall"])
    lines.append(f"\nOurs took {walls[0] / walls[1]:.1f} times the seconds of Splink alone.")
    text = "\n".join(lines) + "\n"
    PAGE.write_text(text, "utf-8")
    return text


def _run(script: str, asked: list[str]) -> dict[str, float]:
    ours = [str(_ROOT / "src"), str(_ROOT), *(p for p in sys.path if p.endswith("site-packages"))]
    with tempfile.TemporaryDirectory() as folder:
        running = subprocess.Popen(
            [str(environment("matchers", MATCHERS)), "-c", script, *asked],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(ours), "TMPDIR": folder},
            stdout=subprocess.PIPE,
            text=True,
        )
        most = 0.0
        while running.poll() is None:
            most = max(most, _megabytes(running.pid))
            time.sleep(0.2)
        told = running.communicate()[0]
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, "batch")
    return json.loads(told.splitlines()[-1]) | {"mb": most}


def _megabytes(process: int) -> float:
    """Give what a process and those that it started hold now, in MB."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        started = [int(p) for task in Path(f"/proc/{process}/task").iterdir() for p in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(map(_megabytes, started))


_HEAD = """# Everybody against everybody

`python -m benchmarks batch {size}` writes this page: {size:,} invented patients, a quarter of them arrivals of another partner; each against all others.
Ours with the shipped weights (or `VADO_BENCH_MODEL`), rarest keys first; Splink alone trains itself, with its own comparisons and the usual blocking rules, *sure*
from a probability of 0.9999; its rules that would bring more than 20 million pairs are left out, as its guide advises (with all of them it filled a disk of 60 GB).
*Pairs* are those that ours compares, and those that Splink alone holds for more likely than not. Wanted: no more seconds than Splink alone, and less than 3 GB. Seconds on the wall, and of the processor;
memory is the most that the process and those it started held at one time, asked five times a second; and what the invented people alone took of it before.

| engine | wall s | processor s | memory MB | of it before MB | pairs | precision, automatic | recall, automatic | asked |
|-|-:|-:|-:|-:|-:|-:|-:|-:|"""
