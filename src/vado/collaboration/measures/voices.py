"""Whose voice was heard, whose is missing, and how many more there may be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan, sqrt

from scipy.stats import norm

RARE = 0.5  # a group is under-heard below half of its share


@dataclass(frozen=True, slots=True)
class Heard:
    """How much of one cell of the frame answered."""

    answered: int
    asked: int
    low: float  # Wilson's 95 % interval of the response; NaN: nobody was asked
    high: float


def heard(answered: int, asked: int) -> Heard:
    """Give a response rate with its interval. Source: Wilson 1927, J. Am. Stat. Assoc. 22:209-212."""
    if not asked:
        return Heard(answered, asked, nan, nan)
    z, p = float(norm.ppf(0.975)), answered / asked
    middle, half = p + z * z / (2 * asked), z * sqrt(p * (1 - p) / asked + z * z / (4 * asked * asked))
    return Heard(answered, asked, (middle - half) / (1 + z * z / asked), (middle + half) / (1 + z * z / asked))


def coverage(answers: Mapping[str, int], frame: Iterable[str]) -> float:
    """Give the share of the frame's cells from which anybody answered; NaN for an empty frame."""
    cells = list(frame)
    return sum(answers.get(c, 0) > 0 for c in cells) / len(cells) if cells else nan


def representation(answers: Mapping[str, int], people: Mapping[str, int]) -> dict[str, float]:
    """Give each group's share of answers over its share of people: 1 as many as it has; under 0.5 it is under-heard."""
    n, all_ = sum(answers.values()), sum(people.values())
    return {g: (answers.get(g, 0) / n) / (size / all_) for g, size in people.items() if size and n}


def unheard(named: Mapping[str, int], heard_of: Iterable[str]) -> tuple[str, ...]:
    """List the voices that people named and that nobody has heard, those named most first."""
    known = set(heard_of)
    return tuple(sorted((v for v in named if v not in known), key=lambda v: (-named[v], v)))


def voices_in_all(times_named: Iterable[int]) -> float:
    """Estimate how many voices there are, from how often each was named. Source: Chao 1984 (Chao1, bias-corrected)."""
    counts = [n for n in times_named if n > 0]
    once, twice = counts.count(1), counts.count(2)
    return len(counts) + once * (once - 1) / (2 * (twice + 1))
