"""What passes through the ports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vado.model.fact import Entry, Fact, Facts
from vado.model.original import Original, PartnerId, State
from vado.model.reading import Issue, Reading

ALL = 2**31 - 1  # where so many of a list may be asked for: none left out
OPEN = ("",)  # verdicts of doubts that nobody has answered


@dataclass(frozen=True, slots=True)
class Look:
    """What came of trying to read: a reading and what it means, or the issue that says why there is none."""

    reading: Reading | None
    facts: Facts = Facts()
    issue: Issue | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """What orders a value read from paper, without the value: reading it costs little however many wait."""

    fact: str
    kind: str  # FHIR resource type
    partner: PartnerId
    confidence: float
    reader: str  # with its version
    rule: str
    received: datetime  # the first time


@dataclass(frozen=True, slots=True)
class Settled:
    """What the store keeps of one original once it has been read."""

    original: Original  # with its media type
    state: State
    reading: Reading | None
    facts: tuple[Fact, ...] = ()
    issues: tuple[Issue, ...] = ()
    ledger: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One original as the ledger and the inbox list it."""

    original: Original
    state: State
    reader: str = ""
    fidelity: int | None = None
    facts: int = 0
    ends: Mapping[str, int] = field(default_factory=dict)  # End -> count
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Former:
    """What an original said to an earlier version of its reader."""

    reader: str  # 'hl7v2/1'
    at: datetime  # when it was read anew; aware, UTC
    facts: tuple[Fact, ...]
    reading: Reading | None = None  # None: it was not kept, by an early version of Vado
    ledger: tuple[Entry, ...] = ()
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """One line of `vado status`: per partner and format."""

    partner: PartnerId
    format: str  # reader name, or '' when none could read it
    originals: int
    states: Mapping[str, int]
    fidelity: Mapping[int, int]  # Fidelity -> facts
    issues: int
    ends: Mapping[str, int]
    persons: int
    doubts: int
