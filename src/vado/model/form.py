"""A form profile: what one blank form of a partner looks like, and what each of its boxes holds."""

from dataclasses import dataclass
from enum import StrEnum

from vado.model.reading import Box, Issue


class FieldKind(StrEnum):
    """How a box is filled, and so how it is read."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    CHECK = "check"  # a small square that is ticked, crossed or left empty
    COMB = "comb"  # block letters, one in each cell
    SIGNATURE = "signature"  # said to be there or not, never read


@dataclass(frozen=True, slots=True)
class FormField:
    """One box of a form."""

    label: str  # what the value is called: the key of [form.map]; boxes of one label are one choice
    kind: FieldKind
    page: int  # 1-based page of the form
    box: Box  # fractions of the form's page
    option: str = ""  # of a check box: the value that a tick means
    cells: int = 0  # of a comb, or of a date written into cells
    lines: bool = False  # takes more than one line


@dataclass(frozen=True, slots=True)
class Printed:
    """One line that the form itself prints."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class FormPage:
    """How one page of the blank form is recognised, and what stands on it before anybody has written."""

    width: int  # px of the picture the points were taken from
    height: int
    points: bytes  # little-endian uint16, three a keypoint: x and y in px, and how far it is turned in hundredths of a degree
    marks: bytes  # 32 bytes a keypoint: its ORB descriptor
    ink: bytes  # zlib of packed bits, row by row, one a px of INK_SIDE's scale: where the blank form is dark
    ink_width: int  # px of that
    ink_height: int
    printed: tuple[Printed, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """The profile of one paper form of one partner: partners/<partner>/<name>.form.toml and .form.npz."""

    name: str  # letters, digits, hyphens: [[form]] layouts name it
    title: str
    pages: tuple[FormPage, ...]
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class FormProposal:
    """What an empty copy of a form seems to ask for."""

    form: Form | None  # None: `issue` says why nothing was learned
    source: str = ""  # where its boxes came from: 'fields', 'drawing' or 'picture'
    pictures: tuple[bytes, ...] = ()  # PNG of each page
    issue: Issue | None = None
