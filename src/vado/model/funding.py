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


CAREFUL = (0.0, 0.05, 0.10, 0.15, 0.25, 0.40)  # by confidence grade 1 to 6: benefits less, costs more; a convention


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that somebody would have to pay for."""

    id: str
    title: str
    currency: str  # 'EUR', 'thousand GBP': in what the amounts are
    lines: tuple[Line, ...] = ()
    rate: float = 0.035  # a year; HM Treasury, Green Book
    names: dict[str, str] | None = None  # organisation -> its name; None: their ids
    careful: tuple[float, ...] = CAREFUL  # by grade 1 to 6, as shares

    @property
    def bias(self) -> dict[int, float]:
        """Give by grade how much benefits are less and costs more."""
        return dict(enumerate(self.careful, 1))

    def named(self, organisation: str) -> str:
        """Give the name of an organisation."""
        return (self.names or {}).get(organisation, organisation)
