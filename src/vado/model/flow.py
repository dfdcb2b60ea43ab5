"""What flows through each bridge, as counts: no person, no value, no original is named in them."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from vado.model.original import PartnerId


class Of(StrEnum):
    """What is counted."""

    ORIGINALS = "originals"  # key: state; detail: code of the first issue of those held
    VALUES = "values"  # single values told of people (no whole documents); fidelity: their rung
    READ_BY = "read by"  # originals; key: the reader with its version
    UNMAPPED = "unmapped"  # facts whose code no standard code stands beside; key: the code as sent; detail: FHIR resource type
    LOST = "lost"  # elements of the source that were not understood; key: where, generic
    DELIVERIES = "deliveries"  # channel: the wish; key: state


class Grain(IntEnum):
    """How much of a day is told: letters of 'YYYY-MM-DD'."""

    ALL = 0
    MONTH = 7
    DAY = 10


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """What one number counts. What does not matter to it is ''."""

    of: Of
    partner: PartnerId
    day: str = ""  # received, or made: 'YYYY-MM-DD', 'YYYY-MM' or '' for all, UTC
    channel: str = ""
    format: str = ""  # reader name
    fidelity: int = 0
    key: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Monthly:
    """What is counted by month ('YYYY-MM', UTC) now and then; each in the order of the months, those with nothing left out."""

    persons: tuple[
        tuple[str, int, int], ...
    ] = ()  # persons first told of, persons of whom a second partner began to tell; as linked now
    lags: tuple[
        tuple[str, float, int], ...
    ] = ()  # median whole hours from the end of an event to when it was known here, of how many
    reviewed: tuple[tuple[str, int], ...] = ()  # decisions of people: on doubts, and on values read from paper
    looks: tuple[tuple[str, int], ...] = ()  # by people and programs of partners, at records, values and originals
    citizens: tuple[tuple[str, int], ...] = ()  # citizens and carers who looked at a record


@dataclass(frozen=True, slots=True)
class Heads:
    """Persons, counted now and then: who is one person with whom cannot be added up from what comes in."""

    at: datetime  # aware, UTC
    persons: tuple[tuple[PartnerId, int, int], ...] = ()  # partner, persons it tells of, those whom another partner tells of too
    told: tuple[tuple[PartnerId, str, int, int], ...] = ()  # partner, format, fidelity, persons told about so
    desk: tuple[tuple[PartnerId, int], ...] = ()  # partner, values from paper that wait for a person
    held: tuple[tuple[tuple[PartnerId, ...], int], ...] | None = (
        None  # partners that tell of the same persons, and how many; None: not counted
    )
    opened: tuple[tuple[PartnerId, PartnerId, int], ...] | None = (
        None  # who told it, whose people or programs opened it lately, on how many persons; None: not counted
    )
    monthly: Monthly | None = None  # None: not counted
