"""The human being, the partners' patients linked to them, and how that was decided."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from unicodedata import combining, normalize

from vado.model.fact import Fact
from vado.model.original import OriginalId, PartnerId, stable_id


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value and the system that issued it; `system` "" when nobody said which."""

    system: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Demographics:
    """One partner's patient, normalised for comparison: lower case, no accents, only what was said.

    Dates are ISO strings of the precision that was given; a tuple is empty when nothing was said.
    """

    patient: str  # id of the Patient fact
    partner: PartnerId
    identifiers: tuple[Identifier, ...] = ()
    given: tuple[str, ...] = field(default=(), repr=False)
    family: tuple[str, ...] = field(default=(), repr=False)  # one token a surname: ('garcia', 'lopez')
    former: tuple[str, ...] = field(default=(), repr=False)  # earlier surnames (maiden, old)
    birth_date: str = field(default="", repr=False)
    gender: str = ""  # FHIR administrative-gender or ""
    phones: tuple[str, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    postal_codes: tuple[str, ...] = field(default=(), repr=False)
    address: tuple[str, ...] = field(default=(), repr=False)  # tokens of the newest address
    city: str = field(default="", repr=False)
    multiple_birth: bool = False
    from_image: bool = False  # read by OCR: never certain by itself
    untrusted: tuple[
        Identifier, ...
    ] = ()  # numbers of issuers that the partner's profile does not trust: found by, never linked by


class MatchGrade(StrEnum):
    """How sure; FHIR match-grade."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    CERTAINLY_NOT = "certainly-not"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one field added to the weight. `level` says how the values agree; values themselves are not repeated here."""

    field: str  # 'family', 'birth_date', 'identifier', ...
    level: str  # 'exact', 'close', 'different', 'missing', ...
    bits: float


@dataclass(frozen=True, slots=True)
class Match:
    """A new patient compared with one that is known."""

    patient: str  # the new one
    candidate: str  # the known patient it was compared with
    grade: MatchGrade
    weight: float  # sum of log2 likelihood ratios, bits
    why: tuple[Contribution, ...]  # always kept


class LinkKind(StrEnum):
    """What a link event does."""

    LINK = "link"  # patient belongs to person
    UNLINK = "unlink"  # patient leaves person and gets one of its own


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """One decision on whose record this is. Events are never altered; the last one on a patient holds."""

    patient: str
    person: str  # the person the patient belongs to from now on
    kind: LinkKind
    grade: MatchGrade
    weight: float
    why: tuple[Contribution, ...]
    by: str  # 'rule' or who decided
    at: datetime  # aware, UTC
    with_patient: str = ""  # the known patient it was matched with


@dataclass(frozen=True, slots=True)
class Doubt:
    """A possible match that waits for a person (clerical review)."""

    id: str
    patient: str
    candidate: str
    weight: float
    why: tuple[Contribution, ...]
    original: OriginalId
    partner: PartnerId
    at: datetime
    verdict: str = ""  # "" open, 'same', 'different'
    by: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One human being: the partners' patients that are linked to them now, oldest link first."""

    id: str
    patients: tuple[Fact, ...]
    links: tuple[LinkEvent, ...]  # the event in force for each of `patients`, same order


def person_id(patient: str) -> str:
    """Give the id of the person who begins with this patient."""
    return stable_id("person", patient)


def plain_letters(text: str) -> str:
    """Lower the case and drop the accents: 'Núñez' -> 'nunez'."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in normalize("NFKD", text.casefold()) if not combining(c))


def slug(text: str, most: int = 40) -> str:
    """Make an id of a name, small letters, digits and hyphens: 'Ronda Núñez 2026' -> 'ronda-nunez-2026'; "" where nothing of it is left."""
    return re.sub(r"[^a-z0-9]+", "-", plain_letters(text).casefold()).strip("-")[:most]


def search_words(text: str) -> tuple[str, ...]:
    """Split what a person typed into the words that search compares: letters and digits, and dates as YYYY-MM-DD."""
    return tuple(dict.fromkeys(re.findall(r"\d{4}-\d\d-\d\d|[^\W_]+", plain_letters(text))))


def words_to_find(d: Demographics) -> frozenset[str]:
    """All words under which a patient is found: names, birth date, numbers (digits and letters only)."""
    names = search_words(" ".join((*d.given, *d.family, *d.former)))
    numbers = (word for i in (*d.identifiers, *d.untrusted) for word in (*search_words(i.value), "".join(search_words(i.value))))
    return frozenset(w for w in (*names, *numbers, d.birth_date) if w)
