"""Many partners' facts to one record. Nothing is dropped, no contradiction is hidden, order of arrival does not matter."""

from collections.abc import Iterable
from datetime import UTC, datetime

from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.person import Person
from vado.model.record import Kind, Line, Record, Source, Viewer, Why
from vado.record import words
from vado.record.classify import classify
from vado.record.reconcile import agree, group, is_no_known_allergy
from vado.record.words import Index

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def assemble(person: Person, facts: Iterable[Fact], viewer: Viewer, at: datetime) -> Record:  # noqa: ARG001
    """Join facts into lines, newest first. What was entered in error is told by no line and stays in `others`.

    Patient facts are the person's head (`person.patients`), not lines. First depth: every viewer sees all.
    """
    newest = {f.id: f for f in sorted(facts, key=_telling) if f.kind != "Patient"}
    index = {f"{f.kind}/{f.id}": f.resource for f in newest.values()}
    parts: dict[Kind, list[Fact]] = {}
    others = []
    for fact in newest.values():
        kind = None if _in_error(fact) else classify(fact)
        if kind is None:
            others.append(fact)
        else:
            parts.setdefault(kind, []).append(fact)
    lines = [line for kind, some in parts.items() for line in _lines(kind, some, index)]
    lines.sort(key=lambda line: line.shown.id)
    lines.sort(key=lambda line: line.when, reverse=True)
    sources = _sources((*newest.values(), *person.patients))
    return Record(person, tuple(lines), tuple(sorted(others, key=lambda f: f.id)), sources, at)


def _lines(kind: Kind, facts: list[Fact], index: Index) -> list[Line]:
    if kind is not Kind.ALLERGY:
        return [_line(kind, some, (), index) for some in group(kind, facts, index)]
    denials = [f for f in facts if is_no_known_allergy(f)]
    told = group(kind, [f for f in facts if f not in denials], index)
    if not told:
        return [_line(kind, denials, (), index)] if denials else []
    told.sort(key=lambda some: some[0].id)
    return [_line(kind, some, denials if n == 0 else (), index) for n, some in enumerate(told)]


def _line(kind: Kind, facts: list[Fact], against: Iterable[Fact], index: Index) -> Line:
    ranked = sorted(facts, key=_rank, reverse=True)
    shown, rest = ranked[0], ranked[1:]
    same = tuple(f for f in rest if agree(shown, f))
    conflicts = (*(f for f in rest if not agree(shown, f)), *sorted(against, key=lambda f: f.id))
    resource = shown.resource
    return Line(
        kind, words.title(resource, index), words.detail(resource), words.when(resource), shown, _why(ranked), same, conflicts
    )


def _rank(fact: Fact) -> tuple[bool, int, float, datetime, str]:
    e = fact.evidence
    return (e.reviewed, int(e.fidelity), e.confidence, e.asserted or _LONG_AGO, fact.id)


def _why(ranked: list[Fact]) -> Why:
    if len(ranked) == 1:
        return Why.ONLY
    first, second = _rank(ranked[0]), _rank(ranked[1])
    reasons = (Why.REVIEWED, Why.FIDELITY, Why.CONFIDENCE)
    return next((why for why, a, b in zip(reasons, first, second, strict=False) if a != b), Why.NEWEST)


def _telling(fact: Fact) -> tuple[datetime, str]:
    return (fact.evidence.asserted or _LONG_AGO, fact.evidence.original)


def _in_error(fact: Fact) -> bool:
    verified = fact.resource.get("verificationStatus", {})
    codes = {c.get("code") for c in verified.get("coding", ())} if isinstance(verified, dict) else set()
    return "entered-in-error" in {fact.resource.get("status"), *codes}


def _sources(facts: Iterable[Fact]) -> tuple[Source, ...]:
    told: dict[PartnerId, list[Fact]] = {}
    for fact in facts:
        told.setdefault(fact.evidence.partner, []).append(fact)
    return tuple(
        Source(partner, len(some), max((f.evidence.asserted for f in some if f.evidence.asserted), default=None))
        for partner, some in sorted(told.items())
    )
