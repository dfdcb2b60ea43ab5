"""Which lines of a record a reader wants to see: by partner, kind, fidelity and time; what is told otherwise, not reviewed, or new."""

from collections.abc import Iterable
from dataclasses import dataclass

from vado.model.reading import Fidelity
from vado.model.record import Kind, Line
from vado.model.review import from_pixels

ONLY = ("new", "conflicts", "unreviewed")


@dataclass(frozen=True, slots=True)
class Narrow:
    """What is wanted; everything, where nothing is said."""

    partner: str = ""
    kind: Kind | None = None
    rung: Fidelity | None = None
    since: str = ""  # YYYY-MM-DD, included
    until: str = ""  # YYYY-MM-DD, included
    only: str = ""  # one of ONLY

    @property
    def said(self) -> int:
        """Say how many wishes there are."""
        return sum(map(bool, (self.partner, self.kind, self.rung, self.since, self.until, self.only)))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The lines that fit, and how many were left out only because nobody said when they were."""

    lines: tuple[Line, ...]
    undated: int = 0


def narrow(lines: Iterable[Line], wanted: Narrow, new: frozenset[str] = frozenset()) -> Narrowed:
    """Leave out what is not wanted.

    Args:
        lines: of a record.
        wanted: what for.
        new: ids of facts that are new to this reader.
    """
    lines = tuple(lines)
    if not wanted.said:
        return Narrowed(lines)
    fitting = [line for line in lines if _fits(line, wanted, new)]
    if not (wanted.since or wanted.until):
        return Narrowed(tuple(fitting))
    dated = tuple(line for line in fitting if line.when and _within(line.when, wanted))
    return Narrowed(dated, sum(not line.when for line in fitting))


def is_unreviewed(line: Line) -> bool:
    """Say whether a machine read this from a picture, and no person has looked at it."""
    return from_pixels(line.shown.evidence) and not line.shown.evidence.reviewed


def is_new(line: Line, new: frozenset[str]) -> bool:
    """Say whether anything of a line is new."""
    return bool(new) and (line.shown.id in new or any(f.id in new for f in (*line.same, *line.conflicts)))


def _fits(line: Line, wanted: Narrow, new: frozenset[str]) -> bool:
    if wanted.kind and line.kind is not wanted.kind:
        return False
    if wanted.rung and line.shown.evidence.fidelity is not wanted.rung:
        return False
    if wanted.partner and not any(f.evidence.partner == wanted.partner for f in (line.shown, *line.same, *line.conflicts)):
        return False
    if wanted.only == "conflicts":
        return bool(line.conflicts)
    if wanted.only == "unreviewed":
        return is_unreviewed(line)
    return wanted.only != "new" or is_new(line, new)


def _within(when: str, wanted: Narrow) -> bool:
    """Say whether a time lies in the period as far as it is told: 2019 lies in a period that holds any day of 2019."""
    day = when[:10]
    return (not wanted.since or day >= wanted.since[: len(day)]) and (not wanted.until or day <= wanted.until[: len(day)])
