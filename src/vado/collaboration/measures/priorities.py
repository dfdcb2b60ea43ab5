"""What to talk about first, and what stands in the way."""

from dataclasses import dataclass
from math import nan

import numpy as np

from vado.collaboration.measures.scores import LEVELS, interval_of, scaled

NAMED, LOW, SURE, WEIGHTY = 0.20, 50.0, 62.5, 2 / 3  # conventions, to be changed by whoever runs a round


def talk_first(importance: float, dissent: float, between: float) -> float:
    """Give how much there is to talk about, 0 to 1: important, answered differently, and above all between organisations.

    Args:
        importance: mean of 1 little .. 3 a lot, divided by 3.
        dissent: 0 to 1 (measures.agreement.dissent).
        between: share of the spread between organisations, 0 to 1; NaN counts as 0.
    """
    return importance * dissent * (1 + (0.0 if np.isnan(between) else between)) / 2


@dataclass(frozen=True, slots=True)
class Block:
    """Whether an item is a block, and how heavily it presses."""

    is_block: bool
    pressure: float  # 0 to 1
    mean: float  # 0 to 100
    upper: float  # of the 80 % interval


def block(answers: list[int], importance: float, named: float) -> Block:
    """Judge one item: low, surely so, important, and named by people themselves as being in the way.

    Args:
        answers: 1 to 5.
        importance: 0 to 1.
        named: share of respondents who named it, 0 to 1.
    """
    if not answers or any(not 1 <= a <= LEVELS for a in answers):
        return Block(False, nan, nan, nan)
    estimate = interval_of([scaled(a) for a in answers], level=0.80)
    stands = estimate.value < LOW and estimate.high < SURE and importance >= WEIGHTY - 1e-9 and named >= NAMED - 1e-9
    return Block(bool(stands), importance * (100 - estimate.value) / 100 * named, estimate.value, estimate.high)
