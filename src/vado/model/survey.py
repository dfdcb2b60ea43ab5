"""What is asked of people about working together, and what they answer: instrument, round, voice, answer, roster, and what was agreed after."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from vado.model.original import PartnerId

Said = dict[str, str]  # language -> text: {"en": ..., "es": ...}
CANNOT_SAY = 0  # an answer that is never scored; how many gave it is told


class Who(StrEnum):
    """As what somebody answers."""

    PRACTITIONER = "practitioner"
    MANAGER = "manager"
    CITIZEN = "citizen"


@dataclass(frozen=True, slots=True)
class Item:
    """One question."""

    id: str  # 'bri1': the same for everybody who is asked it; wording may change only with the instrument's version
    text: Said
    who: tuple[Who, ...] = ()  # who is asked; (): everybody
    extra: bool = False  # asked of one role alone: never part of a dimension's score, nor of a gap
    behaviour: str = ""  # 'c', 'o' or 'm': capability, opportunity, motivation (COM-B; Michie, van Stralen, West 2011)
    block: str = ""  # kind of system block: 'rules', 'money', 'time', 'kit', 'habit', 'power', 'trust', 'knowledge'
    levels: tuple[Said, ...] = ()  # words of its answers, the lowest first; (): the instrument's


@dataclass(frozen=True, slots=True)
class Dimension:
    """Questions that are scored together."""

    id: str  # 'BRI'
    text: Said
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire as data."""

    id: str  # 'ford'
    version: str  # '1'
    title: Said
    source: str  # whose wording it is
    licence: str
    stems: dict[str, Said]  # by Who: how a question begins
    levels: tuple[Said, ...]  # words of the answers, 1 first
    cannot_say: Said
    importance: tuple[Said, ...]  # words of 1, 2, 3
    dimensions: tuple[Dimension, ...]

    @property
    def items(self) -> dict[str, Item]:
        """Give every question by its id."""
        return {i.id: i for d in self.dimensions for i in d.items}

    def asked(self, who: Who) -> tuple[tuple[Dimension, tuple[Item, ...]], ...]:
        """Give what somebody is asked, dimension by dimension."""
        return tuple((d, tuple(i for i in d.items if not i.who or who in i.who)) for d in self.dimensions)


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation of the register."""

    id: str
    name: str
    sector: str = ""  # 'hospital', 'primary care', 'council', 'third sector' ...
    partner: PartnerId = PartnerId("")  # what the exchange calls it; "": it sends and receives nothing there
    people: dict[str, int] = field(default_factory=dict)  # by Who: how many could answer


@dataclass(frozen=True, slots=True)
class Group:
    """Citizens who have something in common: 'carers', 'people without papers'."""

    id: str
    name: str
    people: int = 0  # how many could answer; 0: nobody knows
    unusual: bool = False  # named as a voice that is not usually heard


@dataclass(frozen=True, slots=True)
class Round:
    """One time of asking, with the register of who could be heard."""

    id: str  # '2026-spring'
    title: str
    instrument: str  # 'ford|1'
    opens: date
    closes: date | None = None  # the last day on which answers are taken; None: until somebody closes it
    organisations: tuple[Organisation, ...] = ()
    groups: tuple[Group, ...] = ()
    least: int = 5  # respondents behind any figure that is shown; never fewer than 3

    def is_open(self, today: date) -> bool:
        """Say whether answers are taken on a day."""
        return self.opens <= today and not self.is_closed(today)

    def is_closed(self, today: date) -> bool:
        """Say whether no more answers are taken. Figures that moved with each answer would tell who moved them: they wait until then."""
        return self.closes is not None and self.closes < today

    def named(self, voice: str) -> Organisation | Group | None:
        """Give the organisation or citizens' group of that id."""
        return next((v for v in (*self.organisations, *self.groups) if v.id == voice), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person answered. Nothing says who it was."""

    id: str  # drawn by chance; tells nothing of when or who
    round: str
    voice: str  # id of an organisation or of a citizens' group
    who: Who
    scores: dict[str, int] = field(default_factory=dict)  # item -> 1..5, or CANNOT_SAY; left out: not answered
    importance: dict[str, int] = field(default_factory=dict)  # dimension -> 1..3
    blocks: tuple[str, ...] = ()  # up to three items that get most in the way
    missing: str = ""  # who should be in this conversation and is not, in their own words
    day: str = ""  # YYYY-MM-DD; no finer
    code: str = ""  # that people make for themselves to link rounds, hashed; "": none
    means: str = "page"  # 'page', 'paper', 'csv', 'odk', 'fhir'


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code that lets one person answer once. Nothing links it with the answer."""

    hash: str  # of the code; the code is in the letter alone
    round: str
    voice: str
    who: Who
    used: bool = False
    roster: bool = False  # asks the organisation whom it works with; that is not anonymous, and says so first
    draft: Answer | None = None  # what is not finished; gone once it is sent


@dataclass(frozen=True, slots=True)
class Tie:
    """What one organisation says of its work with another."""

    other: str  # organisation of the register, or what the informant calls it
    often: int = 0  # 0 never, 1 yearly, 2 monthly, 3 weekly, 4 daily
    direction: str = "both"  # 'send', 'receive', 'both'
    what: tuple[str, ...] = ()  # 'summary', 'results', 'letters', 'medicines', 'images', 'appointments', 'social', 'talk'
    means: tuple[str, ...] = ()  # 'talk', 'paper', 'text', 'fields', 'structured', 'coded'
    keeps_word: int = 0  # 1..4; 0: not said
    open_bad_news: int = 0  # 1..4
    same_aim: int = 0  # 1..4
    reuse: int = 0  # 1..4: act on their information without doing it again
    effort: int = 0  # 1..4
    wish: str = ""  # one thing that should flow and does not


@dataclass(frozen=True, slots=True)
class Roster:
    """Whom one organisation says that it works with, told by one informant who knows that it is not anonymous."""

    id: str  # 'round/organisation'
    round: str
    organisation: str
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a workshop settled on for one question or dimension; the spread of answers before it is kept beside it."""

    id: str  # 'round/item'
    round: str
    about: str  # item or dimension
    value: int  # 1..5
    reason: str
    dissent: str = ""  # what those say who do not agree
    at: str = ""  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody will do about a block."""

    id: str
    round: str
    about: str  # item or dimension
    title: str
    owner: str  # organisation
    due: str = ""  # YYYY-MM-DD
    done: str = ""  # YYYY-MM-DD
