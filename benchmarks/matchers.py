"""Engines that match people: ours, Splink, recordlinkage; the same normalised rows, pairs scored."""

import json
import subprocess
import time
from dataclasses import dataclass
from itertools import combinations

from benchmarks.labelled import MATCHERS, Pair, Set, demographics
from benchmarks.peers import environment
from vado.linkage.block import blocks
from vado.linkage.decide import SURE, match
from vado.linkage.weigh import weigh
from vado.model.person import MatchGrade


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
    for pair in one.asked(p for some in blocks(people).values() for p in combinations(some, 2)):
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
    return _theirs(one, SPLINK, 0.9999)


def recordlinkage(one: Set) -> Found:
    """The same normalised rows through recordlinkage: its comparisons, its unsupervised classifier (ECM, which takes agreement or not)."""
    return _theirs(one, _RECORDLINKAGE, 0.9999)


def _theirs(one: Set, script: str, sure: float) -> Found:
    """Run a script in the environment of the other matchers: rows in; (one, other, score, probability) out."""
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
        [str(environment("matchers", MATCHERS)), "-c", script],
        input=json.dumps(rows),
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )
    found = {(min(a, b), max(a, b)): (w, p) for a, b, w, p in json.loads(done.stdout.splitlines()[-1])}
    pairs = one.asked(found)
    return Found({p: found[p][0] for p in pairs}, {p for p in pairs if found[p][1] >= sure}, set(), time.perf_counter() - began)


SPLINK = """
import functools, json, logging, sys
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
people = pa.Table.from_pylist(rows)
@functools.cache
def few(r):  # as Splink's guide says: count first, and leave a rule that brings too many pairs
    told = " AND ".join(f"{c} IS NOT NULL" for c in r)
    return duckdb.sql(f"SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM (SELECT count(*) AS n FROM people WHERE {told} GROUP BY {', '.join(r)})").fetchall()[0][0] < 2e7
rules = [r for r in rules if few(r)]
settings = SettingsCreator(link_type="dedupe_only", comparisons=[of[k] for k in of if k in have], blocking_rules_to_generate_predictions=[block_on(*r) for r in rules],
                           probability_two_random_records_match=1e-4)
api = DuckDBAPI()
try:
    linker = Linker(api.register(people), settings)
except Exception:
    linker = Linker(people, settings, api)
t = linker.training
t.estimate_probability_two_random_records_match([block_on("given", "family", "dob")] if {"given", "family", "dob"} <= have else [block_on("dob")], recall=0.5)
t.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
for r in (("dob",), ("given", "family"), ("postcode",)):
    if set(r) <= have and few(r):
        try:
            t.estimate_parameters_using_expectation_maximisation(block_on(*r))
        except Exception as e:
            print(e, file=sys.stderr)
out = linker.inference.predict(threshold_match_weight=-10).as_record_list()
print(json.dumps([(o["unique_id_l"], o["unique_id_r"], o["match_weight"], o["match_probability"]) for o in out]))
"""

_RECORDLINKAGE = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import pandas, recordlinkage as rl
rows = pandas.DataFrame(json.load(sys.stdin)).set_index("unique_id")
rows = rows.replace({None: pandas.NA}).astype("object").where(rows.notna(), None)
have = [c for c in rows.columns if rows[c].notna().mean() > 0.2]
index = rl.Index()
for r in (("dob",), ("given", "family"), ("family", "postcode"), ("given", "postcode"), ("email",), ("phone",), ("number",), ("street",),
          ("given", "city"), ("family", "city")):
    if set(r) <= set(have):
        index.block(list(r))
pairs = index.index(rows)
compare = rl.Compare()
for c in have:
    if c in ("sex", "postcode", "phone", "number", "dob"):
        compare.exact(c, c, label=c)
    else:
        compare.string(c, c, method="jarowinkler", threshold=0.88, label=c)
vectors = compare.compute(pairs, rows)
vectors = vectors.loc[:, vectors.nunique() > 1]
ecm = rl.ECMClassifier(binarize=0.5)
ecm.fit(vectors)
prob = ecm.prob(vectors)
score = vectors.sum(axis=1)
print(json.dumps([(int(a), int(b), float(p) * 100 + float(s), float(p)) for (a, b), p, s in zip(prob.index, prob, score)]))
"""
