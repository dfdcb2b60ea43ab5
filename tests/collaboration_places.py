"""Invented places with something planted in them: how often it is found, and how often something is found where nothing is."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from vado.collaboration import network
from vado.collaboration.measures import gaps, priorities, voices


@dataclass(frozen=True)
class Recovery:
    planted: str
    found: int
    places: int
    alarms: int  # where nothing was planted
    chances: int
    most: float  # alarms that are allowed, as a share


def perception_gap(places: int = 80, seed: int = 1, even: int = 400) -> Recovery:
    """Ten dimensions, 20 practitioners and 12 managers; in one dimension managers see 30 points more. One page's tests are judged together.

    `even`: places where nothing is planted; 80 of them would not tell 10 % from 17 %.
    """
    rng = np.random.default_rng(seed)
    found = alarms = 0
    for shift, times in ((30.0, places), (0.0, even)):
        for _ in range(times):
            staff, heads = rng.normal(50, 20, (10, 20)), rng.normal(50, 20, (10, 12))
            heads[0] += shift
            tests = [gaps.gap(h.tolist(), s.tolist(), rng) for h, s in zip(heads, staff, strict=True)]
            stand = gaps.found([t.p for t in tests])
            found += bool(shift) and gaps.verdict(tests[0], stand[0]) == "gap"
            alarms += not shift and any(stand)
    return Recovery(
        "a gap of 30 points between 20 practitioners and 12 managers, one of ten dimensions",
        found,
        places,
        alarms,
        even,
        gaps.RATE,
    )


def block(places: int = 200, seed: int = 2) -> Recovery:
    """Thirty items, 30 people; one is low, important, and named by four of ten. The others are in the middle, and named by one of ten.

    The rule has no rate of its own: an item of the very middle is low by chance in one of two, and six of 30 name it as chance has it.
    """
    rng = np.random.default_rng(seed)
    found = alarms = 0
    for _ in range(places):
        for item in range(30):
            low = item == 0
            answers = rng.choice(5, 30, p=[0.4, 0.3, 0.2, 0.1, 0] if low else [0.1, 0.2, 0.4, 0.2, 0.1]) + 1
            is_block = priorities.block(answers.tolist(), 1.0, float(rng.binomial(30, 0.4 if low else 0.1) / 30)).is_block
            found, alarms = found + (low and is_block), alarms + (not low and is_block)
    return Recovery(
        "one item of 30 that is low and named by 40 %, 30 people",
        found,
        places,
        alarms,
        places * 29,
        float(binom.sf(5, 30, 0.1)) / 2,
    )


def missing_voice(places: int = 400, seed: int = 3) -> Recovery:
    """Six groups of 40 people; one answers a tenth as often as the others (6 % and 60 %)."""
    rng = np.random.default_rng(seed)
    people = {f"g{n}": 40 for n in range(6)}
    found = alarms = 0
    for _ in range(places):
        answers = {g: int(rng.binomial(40, 0.06 if g == "g0" else 0.6)) for g in people}
        rare = {g for g, r in voices.representation(answers, people).items() if r < voices.RARE}
        found, alarms = found + ("g0" in rare), alarms + len(rare - {"g0"})
    return Recovery("one group of six that answers a tenth as often, 40 people each", found, places, alarms, places * 5, 0.01)


def hidden_tie(places: int = 400, seed: int = 4) -> Recovery:
    """Twelve organisations, 20 ties with three deliveries a quarter on average; each end tells nine ties of ten, of one tie nobody does."""
    rng = np.random.default_rng(seed)
    names = [f"o{n}" for n in range(12)]
    pairs = [(a, b) for n, a in enumerate(names) for b in names[n + 1 :]]
    found = alarms = chances = 0
    for _ in range(places):
        ties = [pairs[n] for n in rng.choice(len(pairs), 20, replace=False)]
        seen = [t for t in ties if rng.poisson(3)]
        said = [t for t in ties[1:] if rng.random() < 0.9 or rng.random() < 0.9]
        hidden = network.compared(names, said, seen).seen_only
        found, alarms = found + (frozenset(ties[0]) in hidden), alarms + len(hidden - {frozenset(ties[0])})
        chances += len(set(seen) - {ties[0]})
    return Recovery("one tie of 20 that nobody tells of, three deliveries a quarter", found, places, alarms, chances, 0.01)


FOUND = (perception_gap, block, missing_voice, hidden_tie)
