"""What came back of a questionnaire, as it was seen in a file and before anybody says what it means."""

from dataclasses import dataclass

from vado.model.survey import Answer

Paper = dict[str, object]  # the values that one printed form was laid out from: see collaboration/sheet.py


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: rows of cells as text, the headings first."""

    name: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """What was seen in one box, or in the boxes of one choice. An empty choice gives none."""

    label: str  # 'pur1', 'PUR_importance', 'block:pur1', 'missing'
    option: str  # '3', 'dk'; several with '; ' between where several are marked
    sure: bool
    crop: bytes = b""  # picture of the place (PNG), where a person has to look


@dataclass(frozen=True, slots=True)
class Leaf:
    """One sheet side of a scan."""

    number: int  # 1-based page of the file
    paper: str = ""  # which printed form it is; "": none of them
    page: int = 0  # 1-based page of that form
    code: str = ""  # what its QR code says; "": it could not be read
    strange: bool = False  # something is written outside the boxes
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """All of one file: tables, or JSON, or pages. Nothing of all these: it is none that holds answers."""

    grids: tuple[Grid, ...] = ()
    json: str = ""
    leaves: tuple[Leaf, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A box that a person has to look at."""

    label: str
    options: tuple[str, ...]  # what it can be: '1' to '5', 'dk'; (): free text
    seen: str  # what it looks like
    crop: bytes


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper form that was read, and that waits for somebody to settle what is doubtful."""

    page: int  # 1-based page of the file on which it begins
    answer: Answer  # what is sure; its voice is "" where that is not known
    doubts: tuple[Doubt, ...]
    code: str = ""  # hash of the invitation code that was printed on it
