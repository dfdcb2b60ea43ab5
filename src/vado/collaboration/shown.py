"""What may be shown of answers: a figure with what is needed to read it, or that it is hidden, and why. Nothing else leaves this room."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import isnan, nan


class Why(StrEnum):
    """Why there is no figure. One word stands for all that is hidden: to say more would tell something of those few."""

    HIDDEN = "hidden"  # too few people, or it would tell of others who are too few, or all of them answered alike
    NOBODY = "nobody"  # nobody answered: a hole, never a zero
    CANNOT = "cannot"  # it cannot be said: too few answers for this measure, nothing differs, nothing to compare with


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure that may be shown. It is rounded when it is made: more digits would be of no use, but to find others by."""

    value: float
    n: int  # respondents behind it
    low: float  # of its 95 % interval; NaN: there is none
    high: float
    how: str  # how it was computed: a word of `HOW`
    these_only: bool = False  # it speaks of these organisations only

    @property
    def interval(self) -> bool:
        """Say whether there is one."""
        return not (isnan(self.low) or isnan(self.high))


@dataclass(frozen=True, slots=True)
class Hidden:
    """A figure that is not shown."""

    why: Why


Figure = Shown | Hidden
HIDDEN, NOBODY, CANNOT = Hidden(Why.HIDDEN), Hidden(Why.NOBODY), Hidden(Why.CANNOT)


def figure(value: float, n: int, how: str, *, interval: tuple[float, float] = (nan, nan), digits: int = 0) -> Figure:
    """Make a figure that may be shown, rounded; one that is not a number cannot be said. Whoever calls has asked the decision before."""
    if isnan(value):
        return CANNOT
    low, high = (round(float(v), digits) + 0.0 for v in interval)
    return Shown(round(float(value), digits) + 0.0, n, low, high, how)


def behind(hidden: bool, n: int, make: Callable[[], Figure]) -> Figure:
    """Give a figure only where the decision lets it be shown: nothing is computed of what is hidden."""
    return NOBODY if n == 0 else HIDDEN if hidden else make()
