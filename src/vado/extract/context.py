"""What a phrase of a letter asserts: not what it denies, asks, plans or tells of the family.

Scopes in the manner of NegEx (Chapman 2001): a trigger holds to the end of its sentence, over commas. The triggers are data:
`terms/letters_*.toml`. In doubt a phrase asserts nothing and stays text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vado.extract.characters import same_length
from vado.terms.letters import LANGUAGES, pattern, whole, words

_SENTENCE = re.compile(r";|\s\|\s|(?:(?<=[a-záéíóúñü0-9)%]{2})|(?<=\d))\.\s+(?=[A-ZÁÉÍÓÚÑ¿?])")
_COMMA = re.compile(r",\s+(?![^()]*\))")
_TRIM = " .,;:-–("


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase that is asserted, as written; `doubtful`: with a word such as 'probable', which stays in the text."""

    text: str
    doubtful: bool = False
    member: str = ""  # of the family, when it is told of one; as written
    role: str = ""  # HL7 v3 RoleCode


def sentences(text: str) -> Iterator[str]:
    """Cut at full stops and semicolons."""
    for part in _SENTENCE.split(text):
        if trimmed := part.strip(" .;"):
            yield trimmed


def phrases(text: str) -> list[str]:
    """Cut a sentence at its commas when it lists things; not when a part only describes the one before ('derecha', 'with ...')."""
    parts = [p.strip(_TRIM) for p in _COMMA.split(text)]
    qualifies = pattern("context", "qualifiers")
    plain = [same_length(p) for p in parts]
    if any(len(p.split()) > 8 or not p or qualifies.fullmatch(p) for p in plain[1:]):
        return [text]
    return [p for p in parts if p]


def said(text: str) -> Iterator[Said]:
    """Give what one sentence asserts, phrase by phrase; a denial or a doubt holds for the phrases after it too."""
    plain = masked(text)
    if "?" in text or pattern("context", "query").search(plain) or pattern("context", "negated").search(plain):
        return
    doubtful = False
    member = role = ""
    for phrase in phrases(text):
        plain = masked(phrase)
        if pattern("context", "plan").search(plain):
            return
        if found := relative(phrase):
            member, role = found
        denied = pattern("context", "negation").search(plain)
        kept = phrase[: denied.start()] if denied else phrase
        doubtful = doubtful or bool(pattern("context", "doubt").search(same_length(kept)))
        kept = _ended(kept.strip(_TRIM))
        if kept:
            yield Said(kept, doubtful, member, role)
        if denied:
            return


def masked(text: str) -> str:
    """Plain letters of the same length, with phrases that only look like denials ('no Hodgkin') blanked."""
    return pattern("context", "pseudo").sub(lambda m: "x" * len(m[0]), same_length(text))


def relative(text: str) -> tuple[str, str] | None:
    """Give the relative a phrase speaks of, as written, and the HL7 v3 RoleCode; the longest name counts."""
    match = _RELATIVE.search(same_length(text))
    return (text[match.start() : match.end()], _ROLES[match[0]]) if match else None


def _ended(text: str) -> str:
    """Leave out a conjunction that stands alone at the end: 'EPOC, aunque'."""
    return re.sub(r"(?i)[\s,(]*\b(?:" + "|".join(_ENDS) + r"|y|e|and|or|con|with|but)$", "", text).strip(_TRIM)


_ROLES = {name: code for x in LANGUAGES for name, code in words(x)["family"].items()}
_RELATIVE = whole(_ROLES)
_ENDS = [w for x in LANGUAGES for w in words(x)["context"]["ends"]]
