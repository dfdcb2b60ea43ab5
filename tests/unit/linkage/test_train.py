"""Weights that are learned: from people who are here twice, never from families; and how each group is served."""

from dataclasses import replace
from random import Random

import orjson
import pytest

from vado.linkage.decide import SURE, match
from vado.linkage.evaluate import evaluate
from vado.linkage.model import from_json, shipped
from vado.linkage.train import train
from vado.model.original import PartnerId
from vado.model.person import Demographics, Identifier
from vado.terms.identifiers import ES_DNI

LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
GIVEN = ("antonio", "maria", "lucia", "ramon", "teresa", "hugo", "nuria", "pablo", "elena", "vicente", "sara", "jorge")


def town(households: int, *, twice: bool) -> list[Demographics]:
    """Four to a house, of one surname; a tenth of second tellings have a slip in the given name, a fifth have moved."""
    rng, told = Random(4), []
    surnames = ["".join(rng.choices("abcdeilmnorstu", k=6)) for _ in range(120)]
    for house in range(households):
        family, phone, post = (
            (rng.choice(surnames), rng.choice(surnames)),
            f"6{rng.randrange(10**8):08}",
            f"{rng.randrange(99999):05}",
        )
        for n, name in enumerate(rng.sample(GIVEN, 4)):
            number = rng.randrange(10**8)
            dni = Identifier(ES_DNI, f"{number:08}{LETTERS[number % 23]}")
            born = f"{rng.randrange(1930, 2020)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
            d = Demographics(
                f"a{house}.{n}",
                PartnerId("a"),
                (dni,),
                (name,),
                family,
                (),
                born,
                "female",
                (phone,),
                (),
                (post,),
                ("calle", "1"),
            )
            told.append(d)
            if twice:
                d = replace(d, patient=f"b{house}.{n}", partner=PartnerId("b"))
                d = replace(d, given=(name[:-2] + name[-1],)) if rng.random() < 0.1 else d
                d = replace(d, phones=(), postal_codes=("99999",), address=("calle", "9")) if rng.random() < 0.2 else d
                told.append(d)
    return told


def test_families_are_no_lesson() -> None:
    learned = train(town(100, twice=False), Random(1), pairs=20_000)
    assert learned.bits[("given", "different")] == shipped().bits[("given", "different")]
    assert learned.bits[("address", "exact")] == shipped().bits[("address", "exact")]


def test_people_who_are_here_twice_are() -> None:
    people = town(150, twice=True)
    learned = train(people, Random(1), pairs=20_000)
    assert learned == train(people, Random(1), pairs=20_000)
    assert learned.bits[("birth_date", "exact")] > 8
    assert learned.bits[("given", "different")] < -2
    assert learned.names["maria"] < learned.rare
    assert from_json(orjson.dumps(learned.plain())) == learned
    assert all(abs(b) > 0 or (f, level) in {("city", "exact")} or f == "gender" for (f, level), b in shipped().bits.items()), (
        "never zeros"
    )


def test_a_slip_is_told_from_another_name() -> None:
    people = town(150, twice=True)
    learned = train(people, Random(1), pairs=20_000)
    one = replace(people[0], identifiers=(), given=("antonio",))
    slip, sister = replace(one, patient="x", given=("antonoi",)), replace(one, patient="x", given=("antonia",))
    assert match(one, [slip], learned)[0].grade in SURE
    assert match(one, [slip])[0].grade not in SURE, "the shipped weights know too few names"
    assert match(one, [sister], replace(learned, names={**learned.names, "antonia": -1.0}))[0].grade not in SURE


def test_each_group_is_measured() -> None:
    served = evaluate(town(60, twice=True), 2026)
    everybody = served[0]
    assert (everybody.group, everybody.pairs, everybody.wrong) == ("everybody", 240, 0)
    assert 0.7 < everybody.recall <= 1
    assert everybody.interval()[0] < everybody.recall < everybody.interval()[1]
    ages = [s.pairs for s in served if s.group.startswith("age")]
    assert sum(ages) == 240


def test_too_few_teach_nothing() -> None:
    with pytest.raises(ValueError, match="few"):
        train(town(10, twice=True), Random(1), pairs=20_000)
