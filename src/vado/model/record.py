"""One person's joined-up record for one viewer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from vado.model.account import Role
from vado.model.fact import Fact, FhirJson
from vado.model.original import PartnerId
from vado.model.person import Person
from vado.model.said import Owed


class Kind(StrEnum):
    """The parts of a record, in the order they are shown; after the IPS sections."""

    ALLERGY = "allergies"
    MEDICATION = "medications"
    PROBLEM = "problems"
    RESULT = "results"
    VITAL = "vital signs"
    IMMUNIZATION = "immunizations"
    PROCEDURE = "procedures"
    ENCOUNTER = "encounters"
    PLAN = "plans"
    SOCIAL = "social history"
    DEVICE = "devices"
    DOCUMENT = "documents"
    STORY = "what matters to the person"
    OTHER = "other"


class Why(StrEnum):
    """Why this fact is shown before the others that speak of the same thing."""

    ONLY = "only source"
    NEWEST = "newest"
    FIDELITY = "higher on the fidelity ladder"
    CONFIDENCE = "read with more confidence"
    REVIEWED = "confirmed by a person"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in the record, told by one or more facts."""

    kind: Kind
    when: str  # FHIR date or dateTime of its own precision; "" when not said
    shown: Fact
    why: Why
    same: tuple[Fact, ...]  # other facts that say the same
    conflicts: tuple[Fact, ...]  # other facts on the same thing that say otherwise: never hidden
    says: tuple[Callable[[FhirJson], str], Callable[[FhirJson], str]] = field(
        repr=False, compare=False
    )  # give title and detail of a resource: asked for those of the thousands of lines that are read

    @property
    def title(self) -> str:
        """Say what it is: readable, in the source's own words."""
        return self.says[0](self.shown.resource)

    @property
    def detail(self) -> str:
        """Say value with unit, dose, status; "" when there is nothing to add."""
        return self.says[1](self.shown.resource)


@dataclass(frozen=True, slots=True)
class Source:
    """What one partner contributed, and how fresh it is. A partner that sent nothing is not in the list."""

    partner: PartnerId
    facts: int
    newest: datetime | None  # aware; newest time asserted by the source


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. Pages and FHIR make one only from a session (web/access.py); a command is run by the machine's own people."""

    name: str  # as the audit trail calls them
    language: str = "en"
    role: Role = Role.MACHINE
    account: str = ""
    partner: PartnerId = PartnerId("")  # for whom a practitioner or a client works
    patient: str = ""  # of a citizen: a patient of theirs
    scopes: tuple[str, ...] = ()  # of a token: the most it permits; (): all that the role does
    about: str = ""  # of a token: the one patient that it permits looking at; "": whoever the role does
    reason: str = ""  # why this session looks at records, as the audit trail calls it; "": not said
    everybody: bool = False  # a partner whom the operator sends everybody's record; what somebody hides stays hidden


@dataclass(frozen=True, slots=True)
class Hidden:
    """Something that the person has hidden from this viewer: that it is there is said, what and whose it is not."""

    why: str  # 'fact', 'document', 'source', 'opt-out'
    facts: int


@dataclass(frozen=True, slots=True)
class Record:
    """A person's record as joined at one moment: lines newest first, ties by fact id."""

    person: Person
    lines: tuple[Line, ...]
    others: tuple[Fact, ...]  # practitioners, organisations, ... that lines refer to
    sources: tuple[Source, ...]
    at: datetime  # aware, UTC
    waiting: tuple[Line, ...] = ()  # read from paper, not sure enough: text for the reader, no fact until a person says so
    hidden: tuple[Hidden, ...] = ()  # said to professionals only: never shown as if it were not there
    disputed: Mapping[str, tuple[Owed, ...]] = field(
        default_factory=dict
    )  # fact -> what the person says against it, not answered yet
    zone: tzinfo = UTC  # of the place, for who tells people of times
