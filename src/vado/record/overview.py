"""What has to be in view whatever part of a record is read: problems, allergies, medicines, alerts; what is over is counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from vado.model.fact import Fact
from vado.model.record import Kind, Line, Record
from vado.record import words
from vado.record.assemble import is_in_error
from vado.record.reconcile import is_no_known_allergy

_OVER = {"inactive", "resolved", "remission", "stopped", "completed", "cancelled", "not-taken", "not-done", "ended", "declined"}
_HANDED_OVER = timedelta(days=180)  # a medicine that a pharmacy handed over longer ago is not counted among those of now
_HELD = {"MedicationDispense", "MedicationAdministration"}  # one act: that it is completed does not say that the medicine is over


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the summary."""

    kind: Kind
    now: tuple[Line, ...]
    over: int  # lines of this kind that are over: counted, and shown with the whole part
    denied: tuple[Line, ...] = ()  # lines that say that there are none (allergies)

    @property
    def untold(self) -> bool:
        """Say whether nobody told anything of this: that is not the same as there being none."""
        return not (self.now or self.over or self.denied)


@dataclass(frozen=True, slots=True)
class Summary:
    """What is always in view."""

    alerts: tuple[Line, ...]  # Flag: what other partners want whoever opens this record to know
    allergies: Part
    medicines: Part
    problems: Part


def summary(record: Record) -> Summary:
    """Sum a record up. Of two partners of whom one says that something is over, and one that it is not, the second counts."""
    by_kind: dict[Kind, list[Line]] = {}
    for line in record.lines:
        by_kind.setdefault(line.kind, []).append(line)
    flags = [line for line in by_kind.get(Kind.OTHER, ()) if line.shown.kind == "Flag" and not is_over(line, record.at)]
    parts = (_part(kind, by_kind.get(kind, ()), record.at) for kind in (Kind.ALLERGY, Kind.MEDICATION, Kind.PROBLEM))
    return Summary(tuple(flags), *parts)


def is_over(line: Line, at: datetime) -> bool:
    """Say whether everybody who tells of this says that it is over."""
    return all(_over(fact, at) for fact in (line.shown, *line.same, *line.conflicts))


def is_severe(line: Line) -> bool:
    """Say whether somebody calls this allergy dangerous."""
    return any(
        f.resource.get("criticality") == "high" or any(r.get("severity") == "severe" for r in f.resource.get("reaction", ()))
        for f in (line.shown, *line.same, *line.conflicts)
    )


def void(record: Record) -> tuple[tuple[str, str], ...]:
    """List what was entered in error, as (fact, title): no line tells it, and that it is there is not kept silent about."""
    return tuple((f.id, words.title(f.resource, {})) for f in record.others if f.patient and is_in_error(f))


def _part(kind: Kind, lines: Iterable[Line], at: datetime) -> Part:
    lines = tuple(lines)
    denied = tuple(line for line in lines if kind is Kind.ALLERGY and is_no_known_allergy(line.shown))
    told = [line for line in lines if line not in denied]
    now = [line for line in told if not is_over(line, at)]
    if kind is Kind.ALLERGY:
        now.sort(key=lambda line: not is_severe(line))
    return Part(kind, tuple(now), len(told) - len(now), denied)


def _over(fact: Fact, at: datetime) -> bool:
    r = fact.resource
    codes = {c.get("code") for c in (r.get("clinicalStatus") or {}).get("coding", ())}
    verified = {c.get("code") for c in (r.get("verificationStatus") or {}).get("coding", ())}
    if codes & _OVER or "refuted" in verified:
        return True
    if fact.kind in _HELD:
        told = str(r.get("whenHandedOver") or r.get("whenPrepared") or r.get("effectiveDateTime") or "")
        return r.get("status") in _OVER - {"completed"} or (bool(told) and told[:10] < (at - _HANDED_OVER).date().isoformat())
    ends = (r.get("effectivePeriod") or r.get("period") or {}).get("end") or r.get("abatementDateTime") or ""
    return r.get("status") in _OVER or bool(ends and ends[:10] < at.date().isoformat()[: len(ends[:10])])
