"""Lines of a record made ready to be shown."""

from dataclasses import dataclass
from datetime import date, datetime

from vado.model.fact import Fact
from vado.model.person import Person
from vado.model.reading import Fidelity
from vado.model.record import Kind, Line, Record
from vado.model.said import Owed, voice_of
from vado.record.head import by_trust
from vado.record.narrative import is_inner
from vado.record.narrow import is_new, is_unreviewed
from vado.record.overview import is_over, is_severe
from vado.record.trends import is_out
from vado.record.words import detail, title, value

_ENDED = {"cancelled", "revoked", "not-done", "stopped", "noshow", "entered-in-error"}


@dataclass(frozen=True, slots=True)
class Says:
    """What one partner says of a thing."""

    partner: str
    says: str
    fact: str
    rung: Fidelity
    when: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the record, ready to be shown."""

    kind: str
    title: str
    detail: str
    when: str
    fact: str
    rung: Fidelity
    confidence: int | None  # per cent; None: certain
    unreviewed: bool
    partner: str
    also: tuple[tuple[str, str, Fidelity], ...]  # (partner, fact, rung): who tells the same
    reviewed: bool
    why: str
    conflicts: tuple[Says, ...]  # what others say
    against: tuple[tuple[tuple[Says, ...], str], ...]  # the same put together: who, and what they say
    original: str
    new: bool
    over: bool
    severe: bool
    void: str  # a status that says that it did not happen, or was taken back; "" none
    told: tuple[Says, ...]  # what everybody says, for medicines
    value: str  # of a result, with its unit; "" none
    out: bool  # beyond the range, by the laboratory's word
    voice: str  # 'person', 'carer': said by themselves; "": a professional's source
    disputed: tuple[Owed, ...]  # what the person says against it, not answered yet


@dataclass(frozen=True, slots=True)
class Head:
    """Who the record is about."""

    born: tuple[str, ...]  # each date that a partner tells
    age: int | None
    gender: str
    numbers: tuple[str, ...]
    died: str  # date, or "?" where only that is told; "" not told


def row(line: Line, record: Record, new: frozenset[str]) -> Row:
    """Make one line ready."""
    e = line.shown.evidence
    also = {(f.evidence.partner, f.evidence.fidelity): f.id for f in line.same}
    also.pop((e.partner, e.fidelity), None)
    conflicts = tuple(map(_says, line.conflicts))
    status, voice = str(line.shown.resource.get("status", "")), voice_of(line.shown)
    return Row(
        line.kind.value, line.title, line.detail, line.when, line.shown.id, e.fidelity,
        None if e.confidence >= 1 else int(100 * e.confidence), is_unreviewed(line),
        e.partner, tuple((partner, id_, rung) for (partner, rung), id_ in also.items()), e.reviewed,
        line.why.value if line.same or line.conflicts else "", conflicts, _together(conflicts), e.original,
        is_new(line, new), is_over(line, record.at), is_severe(line), status if status in _ENDED else "",
        tuple(map(_says, (line.shown, *line.same, *line.conflicts))) if line.kind is Kind.MEDICATION else (),
        value(line.shown.resource), is_out(line.shown.resource), voice.value if voice else "",
        tuple(o for f in (line.shown, *line.same) for o in record.disputed.get(f.id, ())),
    )  # fmt: skip


def head(person: Person, today: date) -> Head:
    """Say who it is: every birth date told, age by the best told, numbers of each issuer once."""
    told = [f.resource for f in by_trust(person)]
    born = tuple(dict.fromkeys(r["birthDate"] for r in told if r.get("birthDate")))
    numbers = tuple(
        dict.fromkeys(i["value"] for r in told for i in r.get("identifier", ()) if i.get("value") and not is_inner(i))
    )
    died = next((str(r["deceasedDateTime"])[:10] for r in told if r.get("deceasedDateTime")), "")
    died = died or ("?" if any(r.get("deceasedBoolean") is True for r in told) else "")
    gender = next((r["gender"] for r in told if r.get("gender")), "")
    return Head(born, _age(born[0], died, today) if born else None, gender, numbers, died)


def _age(born: str, died: str, today: date) -> int | None:
    """Give whole years; None where the date is not told to the day."""
    try:
        day = date.fromisoformat(born)
        until = date.fromisoformat(died) if died and died != "?" else today
    except ValueError:
        return None
    return None if died == "?" else until.year - day.year - ((until.month, until.day) < (day.month, day.day))


def _together(conflicts: tuple[Says, ...]) -> tuple[tuple[tuple[Says, ...], str], ...]:
    found: dict[str, list[Says]] = {}
    for c in conflicts:
        found.setdefault(c.says, []).append(c)
    return tuple((tuple(some), says) for says, some in found.items())


def _says(fact: Fact) -> Says:
    said = ", ".join(part for part in (title(fact.resource, {}), detail(fact.resource)) if part)
    return Says(fact.evidence.partner, said, fact.id, fact.evidence.fidelity, fact.evidence.asserted)
