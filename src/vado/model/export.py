"""A bulk export as it goes on: what is wanted, what is written, where it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vado.model.account import Role
from vado.model.record import Viewer


class Progress(StrEnum):
    """Where an export stands."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Only:
    """Which facts are wanted."""

    since: datetime | None = None  # that have a telling received after this; aware
    about_patients: bool = False  # that are about some patient
    patients: tuple[str, ...] | None = None  # that are about these; None: whoever they are about


ALL = Only()
NOBODY = Viewer("", role=Role.NOBODY)


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
    only: Only = ALL
    state: Progress = Progress.RUNNING
    files: tuple[Written, ...] = ()
    at: int = 0  # which of `kinds` is being written
    after: str = ""  # last fact id of that kind that is surely on disk
    ended: datetime | None = None  # aware
    viewer: Viewer = NOBODY  # for whom it is written, also after a stop: nothing else is in it than they may see
