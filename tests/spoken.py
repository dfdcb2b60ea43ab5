"""Rounds of an invented place: who is asked, and what they answer; what is planted in it is told by the parameters."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from vado.collaboration.instrument import shipped
from vado.exchange.ports import Exchange
from vado.model.survey import Answer, Group, Instrument, Organisation, Round, Who

NAMES = (
    "Hospital of the Río",
    "Health centre North",
    "Town council",
    "Red Cross",
    "Carers of the valley",
    "Laboratory",
    "Pharmacy",
    "School",
)
Sizes = Mapping[str, tuple[int, int]]  # organisation -> practitioners, managers


def asked(id_: str, sizes: Sizes, *, closes: date = date(2025, 12, 1), least: int = 5, people: int = 20) -> Round:
    organisations = tuple(
        Organisation(o, NAMES[n % len(NAMES)], people={"practitioner": max(people, p), "manager": max(5, m)})
        for n, (o, (p, m)) in enumerate(sizes.items())
    )
    groups = (Group("carers", "Family carers", 300), Group("papers", "People without papers", 80, unusual=True))
    return Round(id_, f"Round {id_}", "ford|1", date(closes.year, closes.month, 1), closes, organisations, groups, least)


def answers(
    round_: Round, sizes: Sizes, citizens: int, seed: int, *, gap: float = 0.0, low: str = "bri1", codes: int = 0, silent: float = 0.06,
    spread: float = 1.0,
) -> list[Answer]:  # fmt: skip
    """Give what people say. `gap`: levels by which managers see more; `low`: a question that is a block; `codes`: people with a code."""
    chance, ford = np.random.default_rng(seed), shipped()
    who = [(o, Who.PRACTITIONER) for o, (p, _) in sizes.items() for _ in range(p)]
    who += [(o, Who.MANAGER) for o, (_, m) in sizes.items() for _ in range(m)] + [("carers", Who.CITIZEN)] * citizens
    return [_answer(round_, n, voice, w, ford, chance, (gap, low, codes, silent, spread)) for n, (voice, w) in enumerate(who)]


def _answer(  # noqa: PLR0913 - one person
    round_: Round,
    n: int,
    voice: str,
    who: Who,
    ford: Instrument,
    chance: np.random.Generator,
    plan: tuple[float, str, int, float, float],
) -> Answer:
    gap, low, codes, silent, spread = plan
    middle = 3.0 + (gap if who is Who.MANAGER else 0.0)
    scores: dict[str, int] = {}
    for item in (i for _, items in ford.asked(who) for i in items):
        drawn = chance.random()
        if drawn < silent / 2:
            continue
        level = 1.6 if item.id == low else middle
        scores[item.id] = 0 if drawn < silent else int(np.clip(round(chance.normal(level, spread)), 1, 5))
    importance = {
        d.id: 3 if any(i.id == low for i in d.items) and chance.random() < 0.9 else int(chance.integers(1, 4))
        for d in ford.dimensions
    }
    blocks = (low, "mon1") if chance.random() < 0.5 else ("gra1",)
    missing = "people without papers" if chance.random() < 0.4 else ""
    code = f"code{n}" if n < codes else ""
    return Answer(f"{round_.id}-{n}", round_.id, voice, who, scores, importance, blocks, missing, "2025-11-03", code)


def kept(x: Exchange, round_: Round, some: list[Answer]) -> None:
    """Put a round and its answers into the store."""
    with x.store.begin() as tx:
        tx.collaboration.put(round_)
        for answer in some:
            assert tx.collaboration.answer(answer)


SIZES = {"hosp": (24, 6), "gp": (14, 3), "council": (9, 5), "cross": (8, 2), "valley": (6, 1)}


def two_rounds(x: Exchange, *, citizens: int = 12) -> None:
    """Put two closed rounds of a place into the store: managers see more than the others, and one question is a block."""
    for id_, closes, seed in (("spring", date(2025, 6, 1), 1), ("autumn", date(2025, 12, 1), 2)):
        round_ = asked(id_, SIZES, closes=closes)
        kept(x, round_, answers(round_, SIZES, citizens, seed, gap=1.4, codes=20))
