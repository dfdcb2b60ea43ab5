"""Many partners' facts to one record. Nothing is dropped, no contradiction is hidden, order of arrival does not matter."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

from vado.model.fact import Fact, FhirJson
from vado.model.original import PartnerId
from vado.model.person import Person
from vado.model.reading import Fidelity
from vado.model.record import Kind, Line, Record, Source, Viewer, Why
from vado.record import words
from vado.record.classify import classify
from vado.record.reconcile import agree, group, is_no_known_allergy
from vado.record.words import Index

Says = tuple[Callable[[FhirJson], str], Callable[[FhirJson], str]]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def assemble(
    person: Person, facts: Iterable[Fact], viewer: Viewer, at: datetime, waiting: Iterable[Fact] = ()  # noqa: ARG001
) -> Record:  # fmt: skip
    """Join facts into lines, newest first. What was entered in error is told by no line and stays in `others`.

    Patient facts are the person's head (`person.patients`), not lines. First depth: every viewer sees all.
    A value in `waiting` tells no line; where a coded source says the same, it has climbed and stands beside it.
    """
    held = {f.id for f in waiting}
    newest = {f.id: f for f in sorted((*facts, *waiting), key=_telling) if f.kind != "Patient"}
    index = {f"{f.kind}/{f.id}": f.resource for f in newest.values()}
    says = (partial(words.title, index=index), words.detail)
    parts: dict[Kind, list[Fact]] = {}
    others = []
    for fact in newest.values():
        kind = None if is_in_error(fact) else classify(fact)
        if kind is None:
            others.append(fact)
        else:
            parts.setdefault(kind, []).append(fact)
    lines = [line for kind, some in parts.items() for line in _lines(kind, some, held, index, says)]
    told = {f.id for line in lines for f in (line.shown, *line.same, *line.conflicts)}
    text = [_line(kind, [f], (), says) for kind, some in parts.items() for f in some if f.id not in told]
    sources = _sources((*newest.values(), *person.patients))
    return Record(person, _newest_first(lines), tuple(sorted(others, key=lambda f: f.id)), sources, at, _newest_first(text))


def _newest_first(lines: list[Line]) -> tuple[Line, ...]:
    return tuple(sorted(sorted(lines, key=lambda line: line.shown.id), key=lambda line: line.when, reverse=True))


def _lines(kind: Kind, facts: list[Fact], held: set[str], index: Index, says: Says) -> list[Line]:
    if kind is not Kind.ALLERGY:
        return [_line(kind, some, (), says) for some in _firm(group(kind, facts, index), held)]
    denials = [f for f in facts if is_no_known_allergy(f)]
    told = _firm(group(kind, [f for f in facts if f not in denials], index), held)
    denials = [f for f in denials if f.id not in held]
    if not told:
        return [_line(kind, denials, (), says)] if denials else []
    told.sort(key=lambda some: some[0].id)
    return [_line(kind, some, denials if n == 0 else (), says) for n, some in enumerate(told)]


def _firm(groups: list[list[Fact]], held: set[str]) -> list[list[Fact]]:
    """Leave out what waits for a person, unless a structured source or a person says the very same: then it has climbed."""
    if not held:
        return groups
    found = []
    for some in groups:
        firm = [f for f in some if f.id not in held]
        best = max(firm, key=_rank, default=None)
        if best and (best.evidence.reviewed or best.evidence.fidelity >= Fidelity.STRUCTURED):
            firm = [f for f in some if f.id not in held or agree(best, f)]
        if firm:
            found.append(firm)
    return found


def _line(kind: Kind, facts: list[Fact], against: Iterable[Fact], says: Says) -> Line:
    if len(facts) == 1:  # most things are told once
        return Line(kind, words.when(facts[0].resource), facts[0], Why.ONLY, (), tuple(sorted(against, key=lambda f: f.id)), says)
    ranked = sorted(facts, key=_rank, reverse=True)
    shown, rest = ranked[0], ranked[1:]
    same = tuple(f for f in rest if agree(shown, f))
    conflicts = (*(f for f in rest if not agree(shown, f)), *sorted(against, key=lambda f: f.id))
    return Line(kind, words.when(shown.resource), shown, _why(ranked), same, conflicts, says)


def _rank(fact: Fact) -> tuple[bool, int, float, datetime, str]:
    e = fact.evidence
    return (e.reviewed, int(e.fidelity), e.confidence, e.asserted or _LONG_AGO, fact.id)


def _why(ranked: list[Fact]) -> Why:
    first, second = _rank(ranked[0]), _rank(ranked[1])
    reasons = (Why.REVIEWED, Why.FIDELITY, Why.CONFIDENCE)
    return next((why for why, a, b in zip(reasons, first, second, strict=False) if a != b), Why.NEWEST)


def _telling(fact: Fact) -> tuple[datetime, str]:
    return (fact.evidence.asserted or _LONG_AGO, fact.evidence.original)


def is_in_error(fact: Fact) -> bool:
    """Say whether its source says that it was entered in error."""
    verified = fact.resource.get("verificationStatus")
    codes = (c.get("code") for c in verified.get("coding", ())) if isinstance(verified, dict) else ()
    return fact.resource.get("status") == "entered-in-error" or "entered-in-error" in codes


def _sources(facts: Iterable[Fact]) -> tuple[Source, ...]:
    told: dict[PartnerId, list[Fact]] = {}
    for fact in facts:
        told.setdefault(fact.evidence.partner, []).append(fact)
    return tuple(
        Source(partner, len(some), max((f.evidence.asserted for f in some if f.evidence.asserted), default=None))
        for partner, some in sorted(told.items())
    )
