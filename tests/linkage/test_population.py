"""False and missed links in an invented town: families, twins, typing slips, moves, marriages."""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations

from vado.linkage.block import keys
from vado.linkage.decide import match
from vado.model.original import PartnerId
from vado.model.person import Demographics, MatchGrade

SURE = {MatchGrade.CERTAIN, MatchGrade.PROBABLE}
LETTERS = "abcdefghilmnoprstu"


def town(rng: random.Random) -> list[tuple[str, Demographics]]:
    """Give (person, telling) twice for each person of 700 households; every tenth household has twins."""
    surnames, names = (["".join(rng.choices(LETTERS, k=7)) for _ in range(n)] for n in (250, 90))
    told = []
    for house in range(700):
        family, phone, post = (rng.choice(surnames),), f"{rng.randrange(10**9):09}", f"PC{rng.randrange(300)}"
        births = [f"{rng.randrange(1940, 2020)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}" for _ in range(3)]
        births[1] = births[0] if house % 10 == 0 else births[1]
        given = [(n,) for n in rng.sample(names, 2)]
        for n, birth in enumerate(births):  # the third bears the name of the first: parent and child
            who = f"{house}/{n}"
            sex = rng.choice(["male", "female"])
            d = Demographics(who, PartnerId("a"), (), given[n % 2], family, (), birth, sex, (phone,), (), (post,))
            told += [(who, d), (who, slip(rng, replace(d, patient=f"{who}b"), surnames))]
    return told


def slip(rng: random.Random, d: Demographics, surnames: list[str]) -> Demographics:
    y, m, day = d.birth_date.split("-")
    return rng.choice([
        d, d, d,
        replace(d, birth_date=f"{y}-{day if int(day) <= 12 else m}-{m if int(day) <= 12 else day}"),
        replace(d, phones=(), postal_codes=("MOVED",)),
        replace(d, former=d.family, family=(rng.choice(surnames),)),
        replace(d, family=(d.family[0][:5] + "x" + d.family[0][6:],)),
    ])  # fmt: skip


def test_no_false_links_and_few_missed() -> None:
    told = town(random.Random(7))
    blocks = defaultdict(list)
    for n, (_, d) in enumerate(told):
        for key in keys(d):
            blocks[key].append(n)
    pairs = {p for some in blocks.values() for p in combinations(some, 2)}
    found = Counter()
    for a, b in pairs:
        if any(m.grade in SURE for m in match(told[a][1], [told[b][1]])):
            found[told[a][0] == told[b][0]] += 1
    print(f"true links {found[True]} of {len(told) // 2}, false links {found[False]}, pairs compared {len(pairs)}")  # noqa: T201
    assert found[False] == 0
    assert found[True] >= 0.9 * len(told) / 2
