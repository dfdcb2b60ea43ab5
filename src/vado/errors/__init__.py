"""Every way Vado can stop or complain: a code, what happened, what to do.

A text never holds a patient's value nor a partner's file name. The English text is also the key
of its Spanish translation. `docs/reference/errors.md` is made from this list.
"""

from vado.errors.asking import ASKING
from vado.errors.bringing import BRINGING
from vado.errors.code import Code, Severity
from vado.errors.funding import FUNDING
from vado.errors.incoming import INCOMING
from vado.errors.people import PEOPLE
from vado.errors.serving import SERVING
from vado.errors.workshop import WORKSHOP

__all__ = ["CODES", "Code", "Severity"]
CODES: dict[str, Code] = {**INCOMING, **SERVING, **PEOPLE, **BRINGING, **ASKING, **WORKSHOP, **FUNDING}


class VadoError(Exception):
    """Stop this item. `private` may hold a value for a debugger; it stays out of str, repr and logs."""

    def __init__(self, code: str, *, private: object = None, **slots: str | int) -> None:
        self.code = code
        self.kind = CODES[code]
        self.slots = slots
        self.private = private
        super().__init__(f"{code} {self.kind.what.format(**slots)}. {self.kind.do.format(**slots)}.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code})"


class UnreadableOriginal(VadoError):
    """Nothing could be seen in this original."""


class SettingsError(VadoError):
    """A setting, a profile or a command line is wrong."""


class StoreUnavailable(VadoError):
    """The store did not answer; retrying is safe."""


class Unreachable(VadoError):
    """The other side of a channel did not answer as it should; it is tried again."""


class NotTaken(VadoError):
    """This item is never taken in: trying again does not help."""


class NotFound(VadoError):
    """No such person, fact or original."""


class NotPermitted(VadoError):
    """This viewer may not see this."""


class Refusal(VadoError):
    """What was asked over FHIR is not done. `faults`: where and what, as (FHIRPath, words without a value)."""

    def __init__(self, code: str, *, faults: tuple[tuple[str, str], ...] = (), **slots: str | int) -> None:
        super().__init__(code, **slots)
        self.faults = faults


class Undeliverable(VadoError):
    """What was sent was not taken. `again`: whether trying later may help."""

    def __init__(self, code: str, *, again: bool, private: object = None, **slots: str | int) -> None:
        super().__init__(code, private=private, **slots)
        self.again = again
