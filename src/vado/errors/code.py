"""What a code of trouble is."""

from dataclasses import dataclass
from enum import StrEnum
from string import Formatter


class Severity(StrEnum):
    """How bad; FHIR OperationOutcome issue-severity."""

    FATAL = "fatal"  # nothing of this original could be used
    ERROR = "error"  # a part is missing from the record
    WARNING = "warning"  # used, but a person should look
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of trouble. `what` and `do` may name {slots}, filled with structure, never with a patient's value."""

    severity: Severity
    what: str
    do: str
    http: int = 400
    exit: int = 1

    @property
    def slots(self) -> set[str]:
        """The names to fill in `what` and `do`."""
        return {name for text in (self.what, self.do) for _, name, _, _ in Formatter().parse(text) if name}
