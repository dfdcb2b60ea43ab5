"""`python -m benchmarks people`: person matching on labelled sets that nobody here made, beside Splink and recordlinkage on the same rows.

Pairs are scored, not clusters. *Automatic* are the links that Vado makes without asking; *best F1* is the F1 at the threshold that
suits each engine best on that set, so that neither is judged by its default. The others train themselves on each set, without labels.
"""

import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.labelled import Set, demographics, sets
from benchmarks.matchers import Found, ours, recordlinkage, splink
from benchmarks.registry import Human, Town, feed, registry
from vado.linkage.block import blocks, keys
from vado.linkage.decide import SURE, match
from vado.linkage.evaluate import Served, served
from vado.linkage.model import Model
from vado.linkage.train import train
from vado.model.person import Demographics, MatchGrade
from vado.model.share import wilson

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "matching-measured.md"


def people() -> str:
    """Measure every set and the invented registry, and write the page."""
    out = [
        _HEAD,
        "| set | engine | best F1 | precision | recall | automatic: precision | recall | asked | seconds |",
        "|-|-|-:|-:|-:|-:|-:|-:|-:|",
    ]
    engines: tuple[tuple[str, Callable[[Set], Found]], ...] = (
        ("**Vado**", ours), ("Splink 5", splink), ("recordlinkage", recordlinkage),
    )  # fmt: skip
    grouped: list[str] = []
    for one in sets():
        truth = one.truth()
        for name, engine in engines:
            f = engine(one)
            right = len(f.sure & truth)
            asked = f"{len(f.asked):,}" if engine is ours else "-"
            out.append(
                f"| {one.name} | {name} | {' | '.join(f'{x:.4f}' for x in f.best(truth))} | {f'{right / len(f.sure):.4f}' if f.sure else '-'} |"
                f" {right / len(truth):.4f} | {asked} | {f.seconds:.1f} |"
            )
            print(out[-1], file=sys.stderr)
        grouped += [_group(one.name, s) for s in by_group(one)]
    out += [_GROUPS, *grouped]
    out += invented(int(os.environ.get("VADO_BENCH_PEOPLE", "1000000")))
    text = "\n".join(out) + "\n"
    PAGE.write_text(text, "utf-8")
    return text


def by_group(one: Set) -> list[Served]:
    """Say how each group of a labelled set is served: its truth is known, so nothing need be hidden."""
    people, truth = demographics(one), one.truth()
    candidates = one.asked(p for some in blocks(people).values() for p in _pairs(some))
    judged = ((people[a], people[b], (a, b) in truth) for a, b in sorted(candidates | truth))
    return served(judged, 2026)


def _pairs(some: list[int]) -> list[tuple[int, int]]:
    return [(a, b) for n, a in enumerate(some) for b in some[n + 1 :]]


def _group(name: str, s: Served) -> str:
    low, high = s.interval()
    return (
        f"| {name} | {s.group} | {s.pairs:,} | {s.recall:.3f} ({low:.3f} to {high:.3f}) |"
        f" {(s.linked + s.asked) / s.pairs if s.pairs else 0:.3f} | {s.wrong} | {s.precision:.4f} |"
    )


@dataclass
class Registry:
    """The invented people of a place, and under which keys they stand."""

    town: Town
    people: list[Human]
    blocks: dict[int, list[int]]

    @classmethod
    def of(cls, size: int) -> "Registry":
        """Make it: the same for the same size."""
        rng = Random(5)
        town = Town(rng)
        known = list(registry(rng, town, size))
        under: dict[int, list[int]] = defaultdict(list)
        for h in known:
            for key in keys(h.d):
                under[hash(key)].append(h.id)
        return cls(town, known, under)

    def near(self, d: Demographics) -> list[Demographics]:
        """Give who shares a key, as the store would: the rarest keys first, until there are enough."""
        some: set[int] = set()
        for _, block in sorted((len(b), b) for k in keys(d) if len(b := self.blocks.get(hash(k), [])) <= _MOST):
            if len(some) >= _ENOUGH:
                break
            some.update(block)
        return [self.people[i].d for i in some]


def invented(size: int, seeds: int = 4, arrivals: int = 20_000) -> list[str]:
    """Match several feeds against an invented registry: shipped weights, and weights trained on it and an earlier feed."""
    place = Registry.of(size)
    began = time.perf_counter()
    earlier = [d for _, d in feed(Random(77), place.town, place.people, 20_000)]
    trained = train([h.d for h in place.people[:: max(1, size // 200_000)]] + earlier, Random(1))
    lines = [_REGISTRY.format(size=size, arrivals=arrivals, seeds=seeds, seconds=time.perf_counter() - began)]
    models: tuple[tuple[str, Model | None], ...] = (("shipped", None), ("trained", trained))
    for name, model in models:
        total: Counter[str] = Counter()
        for seed in range(seeds):
            total += _against(model, place, list(feed(Random(_HELD_OUT + seed), place.town, place.people, arrivals)))
        lines.append(_line(name, total))
    return lines


def _against(model: Model | None, place: Registry, arrived: list[tuple[int | None, Demographics]]) -> Counter[str]:
    count: Counter[str] = Counter()
    for who, d in arrived:
        found = match(d, place.near(d), model)
        sure = [m.candidate for m in found if m.grade in SURE]
        possible = [m.candidate for m in found if m.grade is MatchGrade.POSSIBLE]
        right = sum(c == f"r{who}" for c in sure)
        asked = bool(possible and not sure)
        count.update(
            arrivals=1, true=who is not None, right=right, wrong=len(sure) - right, asked=asked,
            told=asked and f"r{who}" in possible,
        )  # fmt: skip
    return count


def _line(name: str, c: Counter[str]) -> str:
    low, high = wilson(c["right"], c["right"] + c["wrong"])
    return (
        f"| {name} | {c['right']:,} | {c['wrong']} | {c['right'] / max(1, c['right'] + c['wrong']):.5f} ({low:.5f} to {high:.5f}) |"
        f" {c['right'] / c['true']:.4f} | {(c['right'] + c['told']) / c['true']:.4f} | {c['asked'] / c['arrivals']:.2%} |"
    )


_MOST, _ENOUGH = 500, 40  # as the store has them
_HELD_OUT = 61_000  # seeds of feeds that no rule was made by: a new number when they have been looked at
_HEAD = """# Person matching, measured

`python -m benchmarks people` writes this page: labelled sets that nobody of this project made, the same normalised rows through Vado with its shipped weights,
through Splink and through recordlinkage, which train themselves on each set without labels. Pairs are scored, not clusters. *Best F1* is at the threshold that
suits each engine best on that set, so that none is judged by its default. *Automatic* are Vado's links without asking, and the others' at a probability of
0.9999; *asked* are the pairs about which Vado would ask a person. FEBRL 4 links two files; the others look for duplicates in one. Seconds of the others hold
the start of their process. recordlinkage's score is its probability, then how many fields agree.
"""
_GROUPS = """
## Is a group served worse?

The same sets, per group: links without asking (with their 95 % interval), found at all (linked or asked), links between two persons. These sets do not say sex
(but for RecordLinker), nor who has a foreign name; `vado people evaluate` shows the groups of a place.

| set | group | true pairs | linked | linked or asked | wrong links | precision |
|-|-|-:|-:|-:|-:|-:|"""
_REGISTRY = """
## An invented registry

{size:,} people in families (twins, parents and children of one name, two Spanish surnames, half with a national number), {seeds} feeds of {arrivals:,} arrivals: three
in ten are new people, half of these living with a known one; the others come with fields left out, moves and slips. The registry and the slips are invented here,
so take the figures as a check of the rules. Precision with its 95 % interval (Wilson). Training took {seconds:.0f} s. How fast one arrival is: matching-speed.md.

| weights | right links | wrong links | precision | recall, automatic | recall after review | arrivals asked about |
|-|-:|-:|-:|-:|-:|-:|"""
