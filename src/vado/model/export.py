"""A bulk export as it goes on: what is wanted, what is written, where it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Progress(StrEnum):
    """Where an export stands."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Written:
    """One NDJSON file."""

    kind: str  # FHIR type
    name: str  # in the folder of the export
    count: int  # resources
    size: int  # bytes that are surely on disk: what stands behind is written again after a stop


@dataclass(frozen=True, slots=True)
class Export:
    """One export."""

    id: str
    who: str  # account that asked
    asked: str  # the address that was asked for; no patient value
    begun: datetime  # aware; the state of the record at this moment or later is given
    kinds: tuple[str, ...]  # FHIR types that are wanted, in the order in which they are written
    since: datetime | None = None  # only what was received after
    patients_only: bool = False  # only what is about a patient
    group: tuple[str, ...] | None = None  # only what is about these patients; None: all
    state: Progress = Progress.RUNNING
    files: tuple[Written, ...] = ()
    after: str = ""  # last fact id of the kind that is being written
    ended: datetime | None = None  # aware
