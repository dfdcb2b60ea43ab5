"""`python -m benchmarks people`: person matching on labelled sets that nobody here made, beside Splink on the same rows.

Pairs are scored, not clusters. *Automatic* are the links that Vado makes without asking; *best F1* is the F1 at the threshold that
suits each engine best on that set, so that neither is judged by its default. Splink trains itself on each set, without labels.
"""

import csv
import gzip
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.peers import environment
from benchmarks.registry import Human, Town, feed, registry
from vado.linkage.block import blocks, keys
from vado.linkage.decide import SURE, match
from vado.linkage.model import Model
from vado.linkage.normalise import normalise
from vado.linkage.train import train
from vado.linkage.weigh import weigh
from vado.model.fact import Evidence, Fact, FhirJson
from vado.model.original import OriginalId, PartnerId
from vado.model.person import Demographics, MatchGrade
from vado.model.reading import Fidelity, Place

CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2] / "shared" / "corpus")) / "people"
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "matching-measured.md"
_PINNED = ("splink==5.0.0",)
Pair = tuple[int, int]


@dataclass(frozen=True)
class Set:
    """Rows of one labelled set: FHIR Patients, and whose each of them is."""

    name: str
    patients: list[FhirJson]
    whose: list[str]

    def truth(self) -> set[Pair]:
        """Give the pairs that are one person."""
        members: dict[str, list[int]] = defaultdict(list)
        for n, who in enumerate(self.whose):
            members[who].append(n)
        return {p for some in members.values() for p in combinations(some, 2)}


def sets() -> Iterator[Set]:
    """Give every labelled set of the collection (RecordLinker's seed_test is none: its clusters share nothing)."""
    for n in ("1", "3"):
        rows = [{k.strip(): v.strip() for k, v in r.items()} for r in _rows(CORPUS / "febrl" / "febrl" / f"dataset{n}.csv")]
        yield Set(f"FEBRL {n}", [_febrl(r) for r in rows], [r["rec_id"].split("-")[1] for r in rows])
    rows = list(_rows(CORPUS / "splink" / "fake_1000.csv"))
    yield Set("Splink fake_1000", [_fake(r) for r in rows], [r["cluster"] for r in rows])
    told = json.loads(
        gzip.decompress((CORPUS / "recordlinker" / "unit" / "assets" / "100_cluster_tuning_test.json.gz").read_bytes())
    )
    some = [(str(n), r) for n, c in enumerate(told["clusters"]) for r in c["records"]]
    yield Set("RecordLinker clusters", [_recordlinker(r) for _, r in some], [n for n, _ in some])


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _febrl(r: dict[str, str]) -> FhirJson:
    born = r["date_of_birth"]
    line = " ".join(x for x in (r["street_number"], r["address_1"], r["address_2"]) if x)
    return _patient(
        r["given_name"], r["surname"], f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == 8 else "",
        address={"line": [line] if line else [], "city": r["suburb"], "postalCode": r["postcode"], "state": r["state"]},
        numbers=[{"system": "urn:febrl:soc_sec_id", "value": r["soc_sec_id"]}] if r["soc_sec_id"] else [],
    )  # fmt: skip


def _fake(r: dict[str, str]) -> FhirJson:
    return _patient(r["first_name"], r["surname"], r["dob"], email=r["email"], address={"city": r["city"]})


def _recordlinker(r: dict[str, Any]) -> FhirJson:
    name, place = (r.get("name") or [{}])[0], (r.get("address") or [{}])[0]
    return _patient(
        " ".join(name.get("given") or ()), name.get("family") or "", r.get("birth_date") or "",
        {"M": "male", "F": "female"}.get(r.get("sex") or "", ""),
        {"line": place.get("line") or [], "city": place.get("city"), "postalCode": place.get("postal_code"), "state": place.get("state")},
        [{"system": f"urn:recordlinker:{i['type']}", "value": i["value"]} for i in r.get("identifiers") or () if i.get("value")],
        phone=next((t["value"] for t in r.get("telecom") or () if t.get("system") == "phone"), ""),
        email=next((t["value"] for t in r.get("telecom") or () if t.get("system") == "email"), ""),
    )  # fmt: skip


def _patient(
    given: str, family: str, born: str, sex: str = "", address: FhirJson | None = None, numbers: list[FhirJson] | None = None,
    phone: str = "", email: str = "",
) -> FhirJson:  # fmt: skip
    telecom = [{"system": s, "value": v} for s, v in (("phone", phone), ("email", email)) if v]
    made: FhirJson = {
        "resourceType": "Patient", "name": [{"given": given.split(), "family": family}] if given or family else [],
        "birthDate": born, "gender": sex, "address": [{k: v for k, v in (address or {}).items() if v}], "identifier": numbers or [],
        "telecom": telecom,
    }  # fmt: skip
    return {k: v for k, v in made.items() if v}


def demographics(one: Set) -> list[Demographics]:
    """Normalise every row, as it would be on arrival."""
    evidence = Evidence(
        PartnerId("p"), OriginalId("0" * 64), (Place(OriginalId("0" * 64), "row"),), "bench", "", Fidelity.FIELDS, 1.0,
        datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return [normalise(Fact({**p, "id": f"p{n}"}, evidence, f"p{n}")) for n, p in enumerate(one.patients)]


@dataclass
class Found:
    """What an engine says of pairs: a score each; which it would link by itself, which it would ask about."""

    score: dict[Pair, float]
    sure: set[Pair]
    asked: set[Pair]
    seconds: float

    def best(self, truth: set[Pair]) -> tuple[float, float, float]:
        """Give (F1, precision, recall) at the threshold where F1 is best."""
        right, best = 0, (0.0, 0.0, 0.0)
        for n, (pair, _) in enumerate(sorted(self.score.items(), key=lambda x: -x[1]), 1):
            right += pair in truth
            precision, recall = right / n, right / len(truth)
            if right and (f1 := 2 * precision * recall / (precision + recall)) > best[0]:
                best = (f1, precision, recall)
        return best


def ours(one: Set) -> Found:
    """Block and compare every pair that shares a key."""
    people = demographics(one)
    began = time.perf_counter()
    found = Found({}, set(), set(), 0.0)
    for pair in {p for some in blocks(people).values() for p in combinations(some, 2)}:
        a, b = people[pair[0]], people[pair[1]]
        found.score[pair] = sum(c.bits for c in weigh(a, b))
        for m in match(a, [b]):
            if m.grade in SURE:
                found.sure.add(pair)
            elif m.grade is MatchGrade.POSSIBLE:
                found.asked.add(pair)
    found.seconds = time.perf_counter() - began
    return found


def splink(one: Set) -> Found:
    """The same normalised rows through Splink, trained on them."""
    rows = [
        {
            "unique_id": n, "given": " ".join(d.given) or None, "family": " ".join(d.family) or None, "dob": d.birth_date or None,
            "sex": d.gender or None, "phone": next(iter(d.phones), None), "email": next(iter(d.emails), None),
            "postcode": next(iter(d.postal_codes), None), "street": " ".join(d.address) or None,
            "city": (p.get("address") or [{}])[0].get("city"), "number": next((i.value for i in d.identifiers), None),
        }
        for n, (d, p) in enumerate(zip(demographics(one), one.patients, strict=True))
    ]  # fmt: skip
    began = time.perf_counter()
    done = subprocess.run(
        [str(environment("splink", _PINNED)), "-c", _SPLINK],
        input=json.dumps(rows),
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )
    pairs = json.loads(done.stdout.splitlines()[-1])
    score = {(min(a, b), max(a, b)): w for a, b, w, _ in pairs}
    return Found(score, {(min(a, b), max(a, b)) for a, b, _, p in pairs if p >= 0.9999}, set(), time.perf_counter() - began)


_SPLINK = """
import json, logging, sys
logging.disable(logging.WARNING)
import duckdb, pyarrow as pa
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.internals.duckdb.database_api import DuckDBAPI
rows = json.load(sys.stdin)
have = {k for k in rows[0] if sum(r[k] is not None for r in rows) > 0.2 * len(rows)}
of = {"given": cl.NameComparison("given"), "family": cl.NameComparison("family"), "dob": cl.DateOfBirthComparison("dob", input_is_string=True),
      "sex": cl.ExactMatch("sex"), "phone": cl.LevenshteinAtThresholds("phone", 1), "email": cl.LevenshteinAtThresholds("email", [1, 3]),
      "postcode": cl.LevenshteinAtThresholds("postcode", 1), "street": cl.JaroWinklerAtThresholds("street", [0.95, 0.85]),
      "city": cl.JaroWinklerAtThresholds("city", [0.9]), "number": cl.LevenshteinAtThresholds("number", [1, 2])}
of["city"] = of["city"].configure(term_frequency_adjustments=True)
rules = [r for r in (("dob",), ("given", "family"), ("family", "postcode"), ("given", "postcode"), ("email",), ("phone",), ("number",), ("street",),
                     ("given", "city"), ("family", "city"), ("given", "sex", "postcode")) if set(r) <= have]
settings = SettingsCreator(link_type="dedupe_only", comparisons=[of[k] for k in of if k in have], blocking_rules_to_generate_predictions=[block_on(*r) for r in rules],
                           probability_two_random_records_match=1e-4)
api = DuckDBAPI()
table = pa.Table.from_pylist(rows)
try:
    linker = Linker(api.register(table), settings)
except Exception:
    linker = Linker(table, settings, api)
t = linker.training
t.estimate_probability_two_random_records_match([block_on("given", "family", "dob")] if {"given", "family", "dob"} <= have else [block_on("dob")], recall=0.5)
t.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
for r in (("dob",), ("given", "family"), ("postcode",)):
    if set(r) <= have:
        try:
            t.estimate_parameters_using_expectation_maximisation(block_on(*r))
        except Exception as e:
            print(e, file=sys.stderr)
out = linker.inference.predict(threshold_match_weight=-10).as_record_list()
print(json.dumps([(o["unique_id_l"], o["unique_id_r"], o["match_weight"], o["match_probability"]) for o in out]))
"""


def people() -> str:
    """Measure every set and the invented registry, and write the page."""
    out = [
        _HEAD,
        "| set | engine | best F1 | precision | recall | automatic: precision | recall | asked | seconds |",
        "|-|-|-:|-:|-:|-:|-:|-:|-:|",
    ]
    engines: tuple[tuple[str, Callable[[Set], Found]], ...] = (("**Vado**", ours), ("Splink 5", splink))
    for one in sets():
        truth = one.truth()
        for name, engine in engines:
            f = engine(one)
            right = len(f.sure & truth)
            asked = f"{len(f.asked):,}" if name != "Splink 5" else "-"
            out.append(
                f"| {one.name} | {name} | {' | '.join(f'{x:.4f}' for x in f.best(truth))} | {right / len(f.sure) if f.sure else 0:.4f} |"
                f" {right / len(truth):.4f} | {asked} | {f.seconds:.1f} |"
            )
            print(out[-1], file=sys.stderr)
    out += invented(int(os.environ.get("VADO_BENCH_PEOPLE", "200000")))
    text = "\n".join(out) + "\n"
    PAGE.write_text(text, "utf-8")
    return text


def invented(size: int, arrivals: int = 20_000) -> list[str]:
    """Match arrivals against an invented registry: shipped weights, and weights trained on it and an earlier feed."""
    rng = Random(5)
    town = Town(rng)
    known = list(registry(rng, town, size))
    blocks: dict[int, list[int]] = defaultdict(list)
    for h in known:
        for key in keys(h.d):
            blocks[hash(key)].append(h.id)
    began = time.perf_counter()
    earlier = [d for _, d in feed(Random(77), town, known, 20_000)]
    trained = train([h.d for h in known[:: max(1, size // 200_000)]] + earlier, Random(1))
    lines = [_REGISTRY.format(size=size, arrivals=arrivals, seconds=time.perf_counter() - began)]
    arrived = list(feed(rng, town, known, arrivals))
    for name, model in (("shipped", None), ("trained", trained)):
        lines.append(_against(name, model, known, blocks, arrived))
    return lines


def _against(
    name: str,
    model: Model | None,
    known: list[Human],
    blocks: dict[int, list[int]],
    arrived: list[tuple[int | None, Demographics]],
) -> str:
    right = wrong = asked = asked_right = 0
    times = []
    for who, d in arrived:
        began = time.perf_counter()
        near = [b for k in keys(d) if len(b := blocks.get(hash(k), [])) <= _MOST]
        found = match(d, [known[i].d for i in {i for b in near for i in b}], model)
        times.append(time.perf_counter() - began)
        sure = [m.candidate for m in found if m.grade in SURE]
        possible = [m.candidate for m in found if m.grade is MatchGrade.POSSIBLE]
        right += sum(c == f"r{who}" for c in sure)
        wrong += sum(c != f"r{who}" for c in sure)
        if not sure and possible:
            asked += 1
            asked_right += f"r{who}" in possible
    true = sum(who is not None for who, _ in arrived)
    times.sort()
    return (
        f"| {name} | {right:,} | {wrong} | {right / max(1, right + wrong):.5f} | {right / true:.4f} | {(right + asked_right) / true:.4f} |"
        f" {asked / len(arrived):.2%} | {times[len(times) // 2] * 1e3:.2f} ms | {times[int(len(times) * 0.99)] * 1e3:.2f} ms |"
    )


_MOST = 500  # patients of one key; the store passes over what more share
_HEAD = """# Person matching, measured

`python -m benchmarks people` writes this page: labelled sets that nobody of this project made, the same normalised rows through Vado with its shipped weights
and through Splink, which trains itself on each set without labels. Pairs are scored, not clusters. *Best F1* is at the threshold that suits each engine best
on that set, so that neither is judged by its default. *Automatic* are Vado's links without asking, and Splink's at a probability of 0.9999; *asked* are the
pairs about which Vado would ask a person.
"""
_REGISTRY = """
## An invented registry

{size:,} people in families (twins, parents and children of one name, two Spanish surnames, half with a national number), {arrivals:,} arrivals: three in ten are new
people, half of these living with a known one; the others come with fields left out, moves and slips. The registry and the slips are invented here, so take the
figures as a check of the rules. Times are of blocking and comparing in memory, without the store. Training took {seconds:.0f} s.

| weights | right links | wrong links | precision | recall, automatic | recall after review | arrivals asked about | p50 | p99 |
|-|-:|-:|-:|-:|-:|-:|-:|-:|"""
