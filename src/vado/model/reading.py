"""What was seen in an original, before anybody says what it means."""

from dataclasses import dataclass, field
from enum import IntEnum

from vado.errors import CODES, Severity
from vado.model.original import Arrival, OriginalId


class Fidelity(IntEnum):
    """How much a machine can do with what arrived.

    Source: Walker et al., Health Affairs 2005: IMAGE and TEXT are its level 2, STRUCTURED its 3,
    CODED its 4; FIELDS is ours, between.
    """

    IMAGE = 1  # pixels only; text came from OCR
    TEXT = 2  # real characters, no named fields
    FIELDS = 3  # named fields, free values (forms, extracts)
    STRUCTURED = 4  # standard segments, local codes
    CODED = 5  # standard structure and standard codes


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in fractions of the page's width and height, 0..1, origin top left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an original a value stood, so that every value can be shown to a person."""

    original: OriginalId
    path: str  # 'PID-5.1[1]', 'Sheet1!C14', 'page 2', XPath, FHIRPath
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing seen, as written: an HL7 segment, a CDA section, a FHIR resource, a table cell, a form field, a line of text."""

    label: str  # 'PID', 'section 11450-4', 'Patient', column header, field name, 'line'
    value: str = field(repr=False)  # as written
    place: Place
    confidence: float = 1.0  # chance in [0, 1] that it was read right; below 1 only for OCR
    fidelity: Fidelity | None = None  # when it differs from the reading's (a scanned page in a text PDF)


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong, with place and remedy; FHIR OperationOutcome.issue. The texts stand in errors.CODES."""

    code: str
    place: Place | None = None
    slots: tuple[tuple[str, str], ...] = ()

    @property
    def severity(self) -> Severity:
        """How bad."""
        return CODES[self.code].severity

    @property
    def what(self) -> str:
        """What happened, in English."""
        return CODES[self.code].what.format(**dict(self.slots))

    @property
    def do(self) -> str:
        """What to do about it, in English."""
        return CODES[self.code].do.format(**dict(self.slots))

    def __str__(self) -> str:
        where = f" at {self.place.path}" if self.place else ""
        return f"{self.code}{where}: {self.what}. {self.do}."


def issue(code: str, place: Place | None = None, **slots: str | int) -> Issue:
    """Make an issue; a missing or unknown slot is a bug and raises ValueError."""
    if CODES[code].slots != set(slots):
        raise ValueError(f"{code} takes {sorted(CODES[code].slots)}, not {sorted(slots)}")
    return Issue(code, place, tuple(sorted((k, str(v)) for k, v in slots.items())))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one version of one reader saw in one original."""

    original: OriginalId
    reader: str  # 'scan/3+rapidocr/3.10': a change of either makes a new Reading
    media_type: str  # as sniffed
    fidelity: Fidelity
    items: tuple[Item, ...] = ()
    issues: tuple[Issue, ...] = ()
    children: tuple[Arrival, ...] = ()  # what was inside: attachments, embedded documents
