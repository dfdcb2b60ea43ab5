"""A record by time: what was measured on one day stands together, so that forty results do not push a letter out of sight."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vado.model.record import Kind, Line

_MEASURED = {Kind.RESULT, Kind.VITAL}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on the time line: a line of the record, or all that was measured on a day."""

    day: str  # of the precision told; "": nobody said when
    lines: tuple[Line, ...]


def entries(lines: Iterable[Line], day_of: Callable[[str], str]) -> tuple[Entry, ...]:
    """Put lines, newest first, into entries in the same order; `day_of` says on which day a FHIR dateTime is. Every line stands in one."""
    found: dict[object, list[Line]] = {}
    for line in lines:
        key: tuple[str, Kind] | str = line.shown.id
        if line.kind in _MEASURED and len(line.when) >= len("2026-01-02"):
            key = day_of(line.when), line.kind
        found.setdefault(key, []).append(line)
    return tuple(Entry(day_of(some[0].when), tuple(some)) for some in found.values())
