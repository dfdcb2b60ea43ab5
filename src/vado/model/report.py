"""A report as it is laid out, before it becomes a page or paper: sections of words, tables and pictures. Nothing in it is markup."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table."""

    text: str
    note: str = ""  # what is needed to read it: interval, n, a verdict
    kind: str = ""  # 'hidden': no figure is shown; 'marked': it stands out, and its note says why


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row is its heading."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: frozenset[int] = frozenset()  # columns of figures


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph."""

    text: str
    kind: str = ""  # 'lead': the main thing; 'quiet': how to read it; 'none': that there is nothing


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """Begins a part of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Sums:
    """A few large figures beside each other."""

    items: tuple[tuple[str, str], ...]  # figure, what it is


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart or a map. Its figures stand in a table of the same section too."""

    name: str  # one in a report
    address: str  # where the pages have it
    title: str
    says: str  # the main thing, for who does not see it
    height: int  # pixels, of 720 across

    @property
    def alternative(self) -> str:
        """Give it in words."""
        return f"{self.title}. {self.says}"


Block = Words | Points | Heading | Sums | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs together."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it, in one language."""

    id: str  # of the round
    title: str
    about: str  # what kind of report it is, in a line
    language: str
    facts: tuple[tuple[str, str], ...]  # what whoever opens it needs to know first
    sections: tuple[Section, ...]
