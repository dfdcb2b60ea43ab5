"""Everybody against everybody: Splink over DuckDB, and over Spark in its local mode, says the same of a pair as comparing it here."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from vado.linkage.batch import ALONE, name_bits, part, settings, some_at_a_time, worth_a_look
from vado.linkage.block import keys
from vado.linkage.decide import match
from vado.linkage.model import Model, shipped
from vado.linkage.weigh import weigh
from vado.model.original import PartnerId
from vado.model.person import Demographics, Identifier
from vado.tools.spark import SparkTable
from vado.tools.splink import Table

LETTERS = "abcdegilmnorsu"
DNI, NHS, INSURER = "urn:oid:1.3.6.1.4.1.19126.3", "https://fhir.nhs.uk/Id/nhs-number", "https://insurer.example/policy"


def invented(rng: Random, size: int) -> list[Demographics]:
    """People of few names, homes and days, so that every kind of agreement happens; every second is a slip of another."""
    names = ["".join(rng.choices(LETTERS, k=rng.choice((1, 3, 6, 8)))) for _ in range(14)]
    words = ["calle", "mayor", "molino", "12", "14", "3", "park", "row"]
    people: list[Demographics] = []
    for n in range(size):
        d = Demographics(
            f"p{n}", PartnerId(rng.choice("ab")),
            tuple(Identifier(s, v) for s, v in ((NHS, "9434765919"), (INSURER, f"F{rng.randrange(900000, 900004)}"), (DNI, "00000000T")) if rng.random() < 0.3),
            tuple(rng.sample(names, rng.choice((0, 1, 1, 2)))), tuple(rng.sample(names, rng.choice((0, 1, 2, 2)))),
            tuple(rng.sample(names, rng.choice((0, 0, 1)))),
            rng.choice(("", "1980", f"198{rng.randrange(3)}-0{rng.randrange(1, 4)}-0{rng.randrange(1, 4)}")), rng.choice(("", "male", "female")),
            rng.choice(((), (f"60011122{rng.randrange(3)}",))), rng.choice(((), (f"{rng.choice(names)}@example.org",), ("ana@example.org",))),
            rng.choice(((), ("28001",), ("28002",), ("LS14AB",))), tuple(dict.fromkeys(rng.choices(words, k=rng.choice((0, 3, 4))))),
            rng.choice(("", "leeds", "leads", "york")),
        )  # fmt: skip
        if people and rng.random() < 0.5:
            like = rng.choice(people)
            d = replace(
                like,
                patient=d.patient,
                **{f: getattr(d, f) for f in rng.sample(("given", "family", "birth_date", "phones", "address"), 2)},
            )
        people.append(d)
    return people


@pytest.fixture(params=["duckdb", "spark"])
def pairs(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[list[Demographics], Model, tuple[str, str, str]], list[tuple[int, int, float]]]:
    if request.param == "spark":
        pytest.importorskip("pyspark", reason="the extra `spark` is not installed: `make spark` installs it and runs this")
    kind: Any = SparkTable if request.param == "spark" else Table

    def scored(
        people: list[Demographics], model: Model, keep: tuple[str, str, str], few: int = 500
    ) -> list[tuple[int, int, float]]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        table = kind(folder)
        table.fill(some_at_a_time(people, []), partial(part, model=model), ALONE)
        table.pair(500, 500, few)
        found = [p for some in table.scored(settings(model), name_bits(model), keep, chunks=2) for p in some]
        table.close()
        return found

    return scored


def test_splink_and_we_say_the_same_of_a_pair(pairs: Callable[..., list[tuple[int, int, float]]]) -> None:
    people = invented(Random(3), 250)
    names = {n for d in people[::2] for n in (*d.given, *d.family)}
    model = Model(shipped().bits, {n: (-2.5, 0.5, 1.75)[len(n) % 3] for n in names}, 2.0)
    found = pairs(people, model, ("true", "true", "true"))
    assert len(found) > 2000
    apart = [(a, b) for a, b, bits in found if abs(sum(c.bits for c in weigh(people[a], people[b], model)) - bits) > 0.02]
    # the two count the exchanged letters of Jaro-Winkler otherwise: now and then a name stands on the other side of a threshold
    assert len(apart) <= 0.01 * len(found), [(people[a], people[b]) for a, b in apart[:3]]


def test_what_is_left_out_is_not_worth_a_look(pairs: Callable[..., list[tuple[int, int, float]]]) -> None:
    people = invented(Random(4), 250)
    kept = {(a, b) for a, b, _ in pairs(people, shipped(), worth_a_look(shipped(), 15.0))}
    worth = {
        (a, b)
        for a in range(len(people))
        for b in range(a + 1, len(people))
        if set(keys(people[a])) & set(keys(people[b])) and any(m.grade != "certainly-not" for m in match(people[a], [people[b]]))
    }
    assert worth
    assert worth <= kept


def test_a_single_key_that_many_share_brings_no_pair_but_a_number_always_does(
    pairs: Callable[..., list[tuple[int, int, float]]],
) -> None:
    ana = Demographics("p", PartnerId("a"), given=("ana",), birth_date="1980-02-03")
    others = [replace(ana, patient=f"p{n}", given=(f"a{c}x",), family=(), identifiers=()) for n, c in enumerate("bcdf")]
    born = [replace(d, birth_date="1980-02-03") for d in others]  # all they share is birth date with an initial
    known = {(a, b) for a, b, _ in pairs(born, shipped(), ("true", "true", "true"), few=3)}
    assert known == set()
    assert len(pairs(born, shipped(), ("true", "true", "true"), few=4)) == 6
    numbered = [replace(d, identifiers=(Identifier(INSURER, "F900000"),)) for d in born]
    assert len(pairs(numbered, shipped(), ("true", "true", "true"), few=3)) == 6
