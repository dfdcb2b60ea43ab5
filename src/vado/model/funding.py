"""What a change costs and brings, to whom and when."""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """What a line is."""

    COST = "cost"
    BENEFIT = "benefit"


@dataclass(frozen=True, slots=True)
class Line:
    """One cost or benefit of one organisation in one year."""

    organisation: str
    side: Side
    year: int  # 0 is now
    low: float
    mode: float
    high: float
    grade: int = 1  # 1 sure .. 6 a guess
    cashable: bool = True
    requires: tuple[str, ...] = ()  # organisations without whom it does not happen; its own always counts
    label: str = ""

    @property
    def needs(self) -> frozenset[str]:
        """Give everybody who must take part."""
        return frozenset(self.requires) | {self.organisation}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that somebody would have to pay for."""

    id: str
    title: str
    currency: str  # 'EUR', 'GBP'
    lines: tuple[Line, ...] = ()
    rate: float = 0.035  # a year; HM Treasury, Green Book
    names: dict[str, str] | None = None  # organisation -> its name; None: their ids
