"""Statements of a letter: what each passage under a heading, in English or Spanish, states about the person.

Few and right: what is denied, asked, planned or told of others is never a fact about the person; in doubt it stays text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vado.extract.characters import same_length
from vado.extract.context import phrases, sentences
from vado.extract.findings import allergies, family, habits, problems, procedures
from vado.extract.measured import results, vitals
from vado.extract.medicines import medicines
from vado.extract.sections import Passage, passages
from vado.extract.tables import listed
from vado.model.fact import FhirJson
from vado.model.reading import Box, Item
from vado.terms.letters import pattern

_SURE = {
    "AllergyIntolerance": 0.85, "Condition": 0.8, "MedicationStatement": 0.85, "Observation": 0.85, "Procedure": 0.8,
    "FamilyMemberHistory": 0.8,
}  # fmt: skip # chance that the rule read it right, before measurement says otherwise


_STORY = 2000  # characters; a longer sentence lists nothing, and hostile ones cost time


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statement about the person: a resource without id and subject, and where it stood."""

    resource: FhirJson
    items: tuple[Item, ...]  # at least one; more when the line was wrapped
    sentence: str  # as written, inside the text of the items joined by a blank
    rule: str
    confidence: float  # chance in [0, 1] that the rule read it right
    box: Box | None = None  # of all its items together, when they stand side by side: a row of a table


def candidates(lines: Sequence[Item], order: str = "dmy") -> tuple[Candidate, ...]:
    """Give what a letter's sections state about the person, in order; `order` of dates in figures: 'dmy', 'mdy' or 'ymd'."""
    rows = listed(lines)
    found = [
        Candidate(r.resource, r.items, r.sentence, "row of a list -> Observation", _SURE["Observation"], r.box) for r in rows
    ]
    told = {item.place for row in rows for item in row.items}
    for passage in passages(lines):
        if told.intersection(item.place for item in passage.items):
            continue
        rule = f"letter section {passage.title} -> "
        for sentence in sentences(passage.text):
            if len(sentence) > _STORY:
                continue
            for resource in _stated(passage, sentence, order):
                kind = resource["resourceType"]
                found.append(Candidate(resource, passage.items, sentence, rule + kind, _sure(resource)))
    return tuple(found)


def _stated(passage: Passage, sentence: str, order: str) -> Iterable[FhirJson]:
    """Give what one sentence under a heading states."""
    kind, language = passage.heading.kind, passage.heading.language
    loose = not passage.inline and not passage.bullet
    if kind in ("problem", "past"):
        return _of_life(sentence, passage.title, loose=loose, order=order)
    if kind == "allergy":
        return allergies(sentence, loose=loose)
    if kind in ("medicine", "stopped"):
        return medicines(sentence, language, stopped=kind == "stopped")
    if kind == "family":
        return family(sentence, passage.title)
    if kind == "procedure":
        return procedures(sentence, order=order)
    if kind == "social":
        return (made for made, _ in habits(sentence))
    return _measured(sentence)


def _of_life(sentence: str, title: str, *, loose: bool, order: str) -> Iterator[FhirJson]:
    """Habits and the lack of allergies are answered before denial is looked for: 'no fumador' is a fact."""
    if pattern("allergy", "none").fullmatch(same_length(sentence)):
        yield from allergies(sentence, loose=False)
        return
    rest: list[str] = []
    for phrase in phrases(sentence):
        told = list(habits(phrase))
        yield from (made for made, _ in told)
        rest += [] if told else [phrase]
    yield from problems(", ".join(rest) if len(rest) < len(phrases(sentence)) else sentence, role=title, loose=loose, order=order)


def _measured(sentence: str) -> Iterator[FhirJson]:
    signs = list(vitals(sentence))
    yield from signs or results(sentence)


def _sure(resource: FhirJson) -> float:
    """A plain statement that no allergies are known is hardly ever misread."""
    kind = resource["resourceType"]
    none = kind == "AllergyIntolerance" and pattern("allergy", "none").fullmatch(
        same_length(resource["code"]["text"]).strip(" .")
    )
    return 0.95 if none else _SURE[kind]
