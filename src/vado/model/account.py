"""Who may come in, what ties them to a person, and what that person permits."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vado.model.original import PartnerId


class Role(StrEnum):
    """What somebody is here; what each may is in record/permit.py."""

    MACHINE = "machine"  # whoever runs commands on this very machine: has the disk, and every look is noted
    PRACTITIONER = "practitioner"
    MANAGER = "manager"
    CITIZEN = "citizen"
    CARER = "carer"
    CLIENT = "client"  # a program of a partner
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    NOBODY = "nobody"  # not signed in


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody, or a program, who can sign in."""

    id: str  # says nothing of the person: stands in the audit trail of citizens and carers
    name: str  # what is typed to sign in
    role: Role
    partner: PartnerId = PartnerId("")  # for whom a practitioner or a client works
    patient: str = ""  # of a citizen: a patient of theirs; whose person that is now is asked each time
    language: str = ""
    disabled: bool = False
    scopes: tuple[str, ...] = ()  # of a client: the most that it may be given (SMART App Launch 2)
    keys: str = field(default="", repr=False)  # of a client: its public keys, a JWK set as JSON
    outside: str = ""  # 'issuer|subject' at a provider of sign-in outside
    redirect: str = ""  # of a client: where a person is sent back to
    came: datetime | None = None  # when somebody last signed in under it; None: nobody has


@dataclass(frozen=True, slots=True)
class Session:
    """Who holds a random secret, of which only the hash is kept, is this account until it ends."""

    id: str  # sha-256 of the secret
    account: str
    kind: str  # 'page': a cookie; 'api': a bearer token; 'code': one step of SMART App Launch; 'reset', 'challenge': good once
    began: datetime
    seen: datetime
    ends: datetime
    scopes: tuple[str, ...] = ()  # () of a person's own token: all that the role may
    patient: str = ""  # the one patient that it is about, as chosen at launch
    note: str = (
        ""  # of a code: the challenge and the client that it was made for; of a page: how they signed in, by which browser
    )
    reason: str = field(default="", repr=False)  # why records are looked at, once it was said: 'treatment', 'other: ...'


@dataclass(frozen=True, slots=True)
class Passkey:
    """One key pair of somebody's device, of which only the public half is ever here (W3C Web Authentication Level 3)."""

    id: str  # credential id, base64url
    account: str
    name: str  # as its owner calls it
    key: str  # COSE public key, base64url
    count: int  # signatures so far, as the device says; 0: it does not count
    made: datetime
    used: datetime | None = None


class RelationKind(StrEnum):
    """What ties an account to somebody's record."""

    DECLARED = "declared"  # a care relation that was written down
    PROXY = "proxy"  # may act for them
    GLASS = "glass"  # break-glass: for a reason, for a short time, with a notice to the person
    REASON = "reason"  # an operator said why an original has to be opened
    SESSION = "session"  # why records are looked at in one session: said before the first is shown


@dataclass(frozen=True, slots=True)
class Relation:
    """One tie between an account and a patient, until it ends.

    A REASON ties an account to 'partner/original'; a SESSION ties the session, as `account`, to the account that it is of.
    """

    id: str
    account: str
    subject: str
    kind: RelationKind
    since: datetime
    until: datetime | None
    by: str
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A letter by which a person comes to an account of their own: good once, until a day, and while nobody takes it back."""

    id: str
    code: str = field(repr=False)  # sha-256 of the code in the letter: the code itself is kept nowhere
    patient: str  # whose person the account will be of
    made: datetime
    until: datetime
    by: str
    language: str = "en"
    wrong: int = 0  # times that the code came with another birth date
    used: datetime | None = None
    revoked: datetime | None = None

    def state(self, at: datetime) -> str:
        """Give 'used', 'revoked', 'over' or 'open'."""
        return "used" if self.used else "revoked" if self.revoked else "over" if self.until <= at else "open"


class ConsentKind(StrEnum):
    """What a person permits or forbids; FHIR Consent.provision.type."""

    SHARE = "share"  # permit: this partner may read
    HIDE = "hide"  # deny: one source, one document or one fact
    OPT_OUT = "opt-out"  # deny: nothing goes from one organisation to another


@dataclass(frozen=True, slots=True)
class Consent:
    """One decision of a person on who may see what; FHIR Consent. A later merge or split does not lift it."""

    id: str
    patients: tuple[str, ...]  # all patients of the person then
    kind: ConsentKind
    given: datetime
    by: str
    partner: PartnerId = PartnerId("")  # SHARE: with whom; HIDE: the source; "" otherwise
    original: str = ""  # HIDE: everything that this original tells
    fact: str = ""  # HIDE: this one fact, whoever tells it
    until: datetime | None = None
    withdrawn: datetime | None = None
    since: datetime | None = None  # not before; None: from when it was given
    turns: datetime | None = None  # when it next begins or ends by itself, where nobody has looked after that yet

    def in_force(self, at: datetime) -> bool:
        """Say whether it holds at this time."""
        begun = self.since is None or self.since <= at
        return self.withdrawn is None and begun and (self.until is None or at < self.until)

    def turn_after(self, at: datetime) -> datetime | None:
        """Say when it next begins or ends by itself after this time; None: never."""
        turns = (t for t in (self.since, self.until) if t is not None and t > at)
        return None if self.withdrawn else min(turns, default=None)
