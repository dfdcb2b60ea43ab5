"""What people, or carers for them, say of themselves: a source like a partner, and never mistaken for a professional."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vado.model.fact import Fact
from vado.model.original import OriginalId, PartnerId

CITIZEN = PartnerId("citizen")  # the source of all that people say of themselves; no partner's profile may have this id
CHANNEL = "me"  # how it comes: over the person's own pages, signed in
SAID_BY = "urn:x-vado:said-by"  # code system of the tag on each such resource: person, carer
WHOSE = "urn:x-vado:patient"  # identifier system: the patient by whom an account names its person


class Voice(StrEnum):
    """Who speaks."""

    PERSON = "person"
    CARER = "carer"


def voice_of(fact: Fact) -> Voice | None:
    """Say whether the person, or a carer, said this; None: a professional's source told it."""
    if fact.evidence.partner != CITIZEN:
        return None
    tags = fact.resource.get("meta", {}).get("tag", ())
    said = {t.get("code") for t in tags if t.get("system") == SAID_BY}
    return Voice.CARER if Voice.CARER in said else Voice.PERSON


class OwedKind(StrEnum):
    """What a person wants an answer to."""

    QUESTION = "question"  # why somebody looked
    DISPUTE = "dispute"  # this is not so
    CORRECTION = "correction"  # this is not so, and what would be right


class Answer(StrEnum):
    """What came of it."""

    AGREED = "agreed"  # and the source corrects it
    NOT_AGREED = "not agreed"  # with the reason
    ANSWERED = "answered"  # a question


@dataclass(frozen=True, slots=True)
class Owed:
    """Something that a person is owed a reply to: sent, seen, answered."""

    id: str
    kind: OwedKind
    patient: str  # by whom the account names its person; whose person that is now is asked each time
    by: str  # account
    voice: Voice
    to: PartnerId  # who has to answer; "": those who run this place
    made: datetime
    due: datetime
    text: str = field(repr=False)
    rather: str = field(default="", repr=False)  # CORRECTION: what would be right
    fact: str = ""  # DISPUTE, CORRECTION: what is said not to be so
    original: OriginalId = OriginalId("")  # where it is kept as it was said
    looked: str = ""  # QUESTION: who looked, as the audit trail calls them
    looked_at: datetime | None = None
    seen: datetime | None = None
    answered: datetime | None = None
    answered_by: str = ""
    answer: Answer | None = None
    reply: str = field(default="", repr=False)

    @property
    def state(self) -> str:
        """Give 'sent', 'seen' or 'answered'."""
        return "answered" if self.answered else "seen" if self.seen else "sent"

    def is_late(self, at: datetime) -> bool:
        """Say whether the reply should have come by then."""
        return self.answered is None and self.due < at

    @property
    def cursor(self) -> str:
        """Where it stands in a worklist: what is open first, by when it is due."""
        return f"{'1' if self.answered else '0'}|{self.due.isoformat()}|{self.id}"
