"""What the story needs from outside: a store, readers, a FHIR check. wiring fits the real ones in."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, BinaryIO, Protocol, runtime_checkable

from vado.exchange.ports.accesses import Accesses
from vado.exchange.ports.accounts import Accounts
from vado.exchange.ports.bulk import Bulk
from vado.exchange.ports.collaboration import Collaboration
from vado.exchange.ports.covers import Covers as Covers
from vado.exchange.ports.fhir import Shelf
from vado.exchange.ports.flow import Flows
from vado.exchange.ports.looks import Looks
from vado.exchange.ports.notices import Notices
from vado.exchange.ports.nouns import ALL, OPEN, Count, Former, Look, Row, Settled, Unsure
from vado.exchange.ports.outbox import Outbox
from vado.exchange.ports.owed import Replies
from vado.exchange.ports.traffic import Traffic
from vado.exchange.ports.trail import Audit as Audit
from vado.exchange.ports.trail import Trail
from vado.linkage.model import Model, shipped
from vado.model.fact import Entry, Fact, Facts
from vado.model.form import FormProposal
from vado.model.original import Arrival, Original, OriginalId, PartnerId, State
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.person import Demographics, Doubt, LinkEvent, Match, Person
from vado.model.reading import Issue, Reading
from vado.model.record import Record
from vado.model.returned import Returned
from vado.model.review import Decision
from vado.model.survey import Instrument
from vado.model.term import Accepted, Concept


@runtime_checkable
class Reader(Protocol):
    """One input format. `claims`, `read` and `picture` run in a limited child process; `facts` is pure thought."""

    name: str  # 'hl7v2'
    version: str  # raise it when the same bytes would give another Reading or other Facts

    def claims(self, original: Original, content: bytes) -> float:
        """Say how surely these bytes are this format: 0 = not mine, 1 = sure. Must not raise."""
        ...

    def read(self, original: Original, content: bytes, partner: PartnerProfile) -> Reading:
        """See what is there. A messy document gives fewer items and issues.

        `partner` is the sender: what a box of a paper form holds can only be read by who knows that form (its date boxes, its
        check boxes), and whose forms to look for is the sender's affair. What the items mean is still for `facts` to say.

        Raises:
            UnreadableOriginal: nothing at all can be seen.
        """
        ...

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Say what it means, with the partner's profile. Every populated element of the source ends in the ledger."""
        ...

    def picture(self, content: bytes, page: int) -> bytes | None:
        """Draw one page (1-based) as PNG for a person to look at; None: this format has no pages."""
        ...


class ReadingRoom(Protocol):
    """Readers behind limits of time and memory; answers never raise because of what was in the file."""

    watch: Callable[[int, int], None] | None  # hears how many pages of a long file are done, of how many

    def look_at_all(self, work: Iterable[tuple[Original, bytes, PartnerProfile]]) -> Iterator[Look]:
        """Choose the reader with the highest claim, read, and say what it means; side by side, answers in order."""
        ...

    def picture(self, original: Original, content: bytes, page: int) -> bytes | None:
        """Draw one page (1-based) as PNG; None: no such page, or this format has none."""
        ...

    def answers(self, content: bytes, papers: Mapping[str, Mapping[str, Any]]) -> Returned | None:
        """See what is in a file of answers to a questionnaire; `papers`: forms that a scan may hold. None: not within the limits."""
        ...

    def learn_form(self, content: bytes, name: str) -> FormProposal:
        """Say what an empty copy of a paper form seems to ask for; an issue instead where nothing can be learned from it."""
        ...

    def close(self) -> None: ...


class Transaction(Protocol):
    """All or nothing. Reading sees what was written before in the same transaction."""

    @property
    def accesses(self) -> Accesses:
        """The audit trail, line by line."""
        ...

    @property
    def bulk(self) -> Bulk:
        """Stored bytes, kind by kind; bulk exports."""
        ...

    @property
    def collaboration(self) -> Collaboration:
        """Rounds, invitations, answers, rosters, what was agreed, proposals."""
        ...

    @property
    def looks(self) -> Looks:
        """Who looked at what, and what was told since."""
        ...

    @property
    def notices(self) -> Notices:
        """Subscriptions, and what waits to be said."""
        ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def fhir(self) -> Shelf:
        """The search index."""
        ...

    @property
    def traffic(self) -> Traffic:
        """Holds of partners, what is tried again, what became of what came in."""
        ...

    @property
    def replies(self) -> Replies:
        """What people are owed a reply to."""
        ...

    @property
    def flow(self) -> Flows:
        """What flows through each bridge, counted."""
        ...

    # originals
    def keep(self, arrival: Arrival, *, media_type: str, received: datetime) -> tuple[Original, bool]:
        """Keep it, or find it: (original, True if it is new)."""
        ...

    def keep_original(self, original: Original) -> tuple[Original, bool]:
        """Keep what has its name already (a big file, a slice of one), or find it: (original, True if it is new)."""
        ...

    def row(self, partner: PartnerId, original: OriginalId) -> Row | None: ...
    def rows(
        self, *, state: State | None = None, partner: PartnerId | None = None, after: str = "", limit: int = 100
    ) -> tuple[Row, ...]:
        """Rows by time received, then id; `after` is the cursor of the last original seen."""
        ...

    def children(self, partner: PartnerId, parent: OriginalId) -> tuple[Row, ...]:
        """Rows of what was unpacked from this one, in the order of their ids."""
        ...

    def reading(self, partner: PartnerId, original: OriginalId) -> Reading | None: ...
    def ledger(self, partner: PartnerId, original: OriginalId) -> tuple[Entry, ...]: ...
    def settle(self, settled: Settled) -> None:
        """Replace what was known from this original: its reading, facts, issues, ledger and state."""
        ...

    def read_by(self, partner: PartnerId, original: OriginalId) -> str:
        """Name the reader and version whose reading is in force ('hl7v2/2'); '' when there is none."""
        ...

    def retire(self, partner: PartnerId, original: OriginalId, at: datetime) -> None:
        """Keep what this original says now as what it said before; nothing to keep changes nothing."""
        ...

    def former(self, partner: PartnerId, original: OriginalId) -> tuple[Former, ...]:
        """What it said to earlier readings, oldest first."""
        ...

    def set_state(self, partner: PartnerId, original: OriginalId, state: State) -> None: ...
    def complain(self, partner: PartnerId, original: OriginalId, found: Issue) -> None:
        """Add an issue to an original that has been settled."""
        ...

    # facts
    def versions(self, fact: str, *, limit: int | None = None) -> tuple[Fact, ...]:
        """All tellings of one fact id, or so many of them, newest first (asserted, then received, then original id)."""
        ...

    def facts_from(self, partner: PartnerId, original: OriginalId) -> tuple[Fact, ...]: ...
    def told_of(self, partner: PartnerId, original: OriginalId, *, first: int = ALL) -> frozenset[tuple[str, str | None]]:
        """(resource type, patient) of what an original says, or of the first so many facts of it; their content is not read."""
        ...

    def facts_about(self, patients: Iterable[str], *, until: datetime | None = None) -> tuple[Fact, ...]:
        """The newest version of every fact about these patients, their Patient facts included.

        With `until`, as it was known then: what was received by that time, and as the readers of that time read it.
        """
        ...

    def facts_named(self, ids: Iterable[str]) -> tuple[Fact, ...]:
        """The newest version of each of these facts, whoever they are about."""
        ...

    # terms
    def accept(self, row: Accepted) -> None:
        """Put a row of a partner's concept map in force; the newest for a local code holds."""
        ...

    def accepted(self, partner: PartnerId) -> tuple[Accepted, ...]:
        """The row in force for each local code of this partner, by local code."""
        ...

    def learn(self, concepts: Iterable[Concept]) -> None:
        """Load concepts of a code system; one told again replaces what was known."""
        ...

    def concepts(self, words: str, *, limit: int = 100) -> tuple[Concept, ...]:
        """Concepts that share a word with these (plain letters, three or more), most shared words first, then system and code."""
        ...

    # persons
    def demographics(self, patients: Iterable[str]) -> tuple[Demographics, ...]: ...
    def know(self, demographics: Demographics, keys: Iterable[str]) -> None:
        """Remember one patient for matching, under its blocking keys (replaces what was known of it)."""
        ...

    def everybody(self, after: str = "", limit: int = 1000) -> tuple[Demographics, ...]:
        """What is known for matching, in the order of patients' ids, after one of them."""
        ...

    def candidates(self, keys: Iterable[str], most: int = 500, enough: int = 40) -> tuple[tuple[Demographics, ...], int]:
        """The patients known under any of these blocking keys, by patient: key by key, the rarest first, until there are `enough`.

        And how many keys more than `most` share: these tell nothing, and are passed over.
        """
        ...

    def add_link(self, event: LinkEvent) -> None: ...
    def links_of(self, patients: Iterable[str]) -> tuple[LinkEvent, ...]:
        """The event in force for each of these patients that has one."""
        ...

    def link_history(self, patient: str) -> tuple[LinkEvent, ...]: ...
    def person(self, person: str) -> Person | None: ...
    def people(self, persons: Iterable[str]) -> Mapping[str, Person]:
        """Those of these persons whom there are, by id."""
        ...

    def ever_in(self, person: str) -> tuple[str, ...]:
        """Ids of all patients that ever were linked to this person, in order."""
        ...

    def count_feed(self, partner: PartnerId, day: str, *, arrived: int, joined: int) -> None:
        """Add to what is counted of one partner on one day (YYYY-MM-DD): numbered patients that were new, and joined to one of its own."""
        ...

    def feed(self, partner: PartnerId) -> tuple[tuple[str, int, int], ...]:
        """Give (day, arrived, joined) of each day of a partner, oldest first."""
        ...

    def persons(self) -> tuple[str, ...]:
        """Ids of all persons with at least one patient, in order."""
        ...

    def joined(self, after: str = "", limit: int = 1000) -> tuple[str, ...]:
        """Ids of persons with more than one patient, in order, after one of them."""
        ...

    def find_persons(self, tokens: Iterable[str], *, limit: int = 50) -> tuple[str, ...]:
        """Ids of persons with a patient that has every token (normalised name, identifier, birth date)."""
        ...

    def patients_like(self, beginnings: Iterable[str], *, limit: int = 1000) -> tuple[str, ...]:
        """Ids of patients that for each of these plain beginnings have a word (name, number, birth date) that begins so, by id."""
        ...

    # doubts
    def ask(self, doubt: Doubt) -> None:
        """Let a person decide; asking the same again changes nothing."""
        ...

    def doubts(self, verdicts: Iterable[str] | None = OPEN, *, limit: int = 100) -> tuple[Doubt, ...]: ...  # None: all
    def doubt(self, doubt: str) -> Doubt | None: ...
    def answer(self, doubt: str, verdict: str, by: str) -> None: ...

    # review
    def to_review(self, *, partner: PartnerId | None = None) -> tuple[tuple[Fact, datetime], ...]:
        """Every value read from paper that no person has settled, as it stands, with when it was received; by fact id."""
        ...

    def unsure(self, *, partner: PartnerId | None = None) -> tuple[Unsure, ...]:
        """What orders the values that `to_review` gives, and perhaps some that it leaves out: quick, for it reads no value."""
        ...

    def decide(self, decision: Decision) -> None:
        """Append a person's decision."""
        ...

    def decisions(
        self, *, facts: Iterable[str] = (), patients: Iterable[str] = (), partner: PartnerId | None = None
    ) -> tuple[Decision, ...]:
        """The decisions on these facts, on facts about these patients, or on all that this partner told; oldest first."""
        ...

    # who may
    @property
    def accounts(self) -> Accounts: ...

    # audit and counts
    @property
    def trail(self) -> Trail: ...
    def audit(self, event: Audit) -> None: ...
    def audits(self, *, subject: str = "", limit: int = 100) -> tuple[Audit, ...]: ...
    def counts(self) -> tuple[Count, ...]: ...


@runtime_checkable
class Store(Protocol):
    """Keeps everything but the bytes."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; leaving it normally commits, an exception rolls back.

        Raises:
            StoreUnavailable: the store did not answer.
        """
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Wait until nobody else is alone with this store, on whatever server; then nobody is until it is left.

        A transaction that begins inside sees what all who were alone before have committed. Raises StoreUnavailable.
        """
        ...

    def look(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that only reads: what was committed before it began. Several at once, beside one that writes.

        Whoever looks at what a person's record holds leaves an audit event first: see exchange/witness.py.

        Raises:
            StoreUnavailable: the store did not answer.
        """
        ...

    def close(self) -> None: ...


class Originals(Protocol):
    """Keeps the bytes, content-addressed."""

    def put(self, content: bytes) -> OriginalId:
        """Return when the bytes are durable. The same bytes again change nothing."""
        ...

    def put_all(self, contents: Iterable[bytes]) -> tuple[OriginalId, ...]:
        """Return when the bytes of all of these are durable. Much quicker than one after the other."""
        ...

    def put_stream(self, file: BinaryIO) -> tuple[OriginalId, int]:
        """Return name and size when all bytes of the file are durable, without ever holding them all in memory."""
        ...

    def put_part(self, whole: OriginalId, at: int, size: int) -> OriginalId:
        """Give a name to `size` bytes of what is kept, from byte `at`; they are not stored a second time."""
        ...

    def get(self, original: OriginalId) -> bytes: ...
    def open(self, original: OriginalId) -> BinaryIO:
        """Open what is kept for reading; whether the bytes are still the same is not checked."""
        ...

    def verify(self) -> Iterator[tuple[OriginalId, bool]]:
        """Re-hash everything kept: (id, bytes still have this hash)."""
        ...


class Journal(Protocol):
    """What has been acknowledged and is not in the store yet, in the order of acknowledging."""

    @property
    def behind(self) -> int:
        """How many bytes are acknowledged and not in the store yet."""
        ...

    def append(self, arrivals: Sequence[Arrival]) -> None:
        """Return when all of them are durable. Raises StoreUnavailable ST-001: none of them was kept."""
        ...

    def next(self, most: int) -> tuple[Arrival, ...]:
        """Give the oldest that the store has not got, at most so many."""
        ...

    def forget(self, count: int) -> None:
        """Note that the store has the oldest `count`."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Writer(Protocol):
    """One form in which records go out (entry points vado.writers). Pure thought: no disk, net, clock or random source."""

    form: str  # 'cda'
    version: str  # raise it when the same record would give other bytes

    def check(self, wish: Wish) -> None:
        """Raise SettingsError CO-001 or CO-002 for an option that is unknown or wrong."""
        ...

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        """Write records for a partner: as many documents, messages or files as the form needs, always the same for the same records."""
        ...


@runtime_checkable
class Enclosing(Protocol):
    """A Writer that encloses what others write, as a letter does its attachments."""

    def join(self, writers: Mapping[str, Writer]) -> None:
        """Get to know all writers, by form; called once, before `check` and `write`."""
        ...


@runtime_checkable
class Sender(Protocol):
    """The outgoing end of one [[channel]] of a partner."""

    def send(self, outgoing: Outgoing, delivery: str) -> str:
        """Hand it over; give the receiver's own word ('AA', '250', a path), which holds no patient value.

        Args:
            outgoing: what to send.
            delivery: id of the delivery, the same whenever it is tried again, so that the receiver can see a repetition.

        Raises:
            Undeliverable: it was not taken; its `again` says whether trying later may help.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Gate(Protocol):
    """Says what is wrong with facts."""

    def __call__(self, facts: Iterable[Fact], known: Iterable[str] = ()) -> list[list[tuple[str, str]]]:
        """Give the faults of each fact, (FHIRPath, fault); [] is valid. `known`: what may be pointed to besides these, 'Patient/1'."""
        ...


def _no_key() -> bytes:
    raise LookupError("this exchange was built without the key of its place")


Matcher = Callable[[Demographics, Iterable[Demographics]], tuple[Match, ...]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """The rooms that the story is told with; built in wiring."""

    store: Store
    originals: Originals
    room: ReadingRoom
    gate: Gate
    match: Matcher
    normalise: Callable[[Fact], Demographics]
    keys: Callable[[Demographics], tuple[str, ...]]
    profiles: Mapping[PartnerId, PartnerProfile]
    clock: Callable[[], datetime]  # aware, UTC
    zone: tzinfo = UTC  # by whose clock people are told of times
    original_megabytes: int = 256
    covers: Covers | None = None  # None: no cover sheet is known
    slice_bytes: int = 250_000  # of a big file: what is read at once, at least
    model: Model = field(default_factory=shipped)  # what `match` weighs by
    writers: Mapping[str, Writer] = field(default_factory=dict)  # form -> who writes it
    session_minutes: int = 30  # a session of pages ends when nobody used it for so long
    session_hours: int = 12  # and after so long in any case
    reply_days: int = 30  # a person is owed a reply within so many days
    invitation_days: int = 30  # a letter of invitation is good for so many days
    instruments: Mapping[str, Instrument] = field(default_factory=dict)  # 'id|version' -> a questionnaire of this place's own
    behind: Callable[[], int] = lambda: 0  # bytes acknowledged that the store has not got yet
    place_key: Callable[[], bytes] = _no_key  # of this place alone, kept away from the database
