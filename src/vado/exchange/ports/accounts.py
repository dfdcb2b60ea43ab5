"""What the exchange asks of the store about who may: accounts, sessions, ties and consents."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from vado.model.account import Account, Consent, Passkey, Relation, Session


class Accounts(Protocol):
    """Part `tx.accounts` of a transaction. Secrets are never in it: only what they are checked against."""

    # accounts
    def put(self, account: Account) -> None:
        """Add an account, or replace the one with its id."""
        ...

    def get(self, account: str) -> Account | None: ...
    def named(self, name: str) -> Account | None:
        """The account that signs in under this name."""
        ...

    def from_outside(self, outside: str) -> Account | None:
        """The account of 'issuer|subject' at a provider of sign-in outside."""
        ...

    def everyone(self) -> tuple[Account, ...]:
        """All accounts, by name."""
        ...

    def some(self, after: str, limit: int, begins: str = "") -> tuple[Account, ...]:
        """Accounts whose names begin so and stand after this one in the order of their code points."""
        ...

    def set_password(self, account: str, hashed: str) -> None:
        """Replace the password of an account; "": it has none, and nobody signs in with one."""
        ...

    def password(self, account: str) -> str:
        """The hash of its password; "": it has none."""
        ...

    def put_passkey(self, passkey: Passkey) -> None:
        """Add a passkey, or replace the one with its id."""
        ...

    def passkey(self, passkey: str) -> Passkey | None: ...
    def passkeys(self, account: str) -> tuple[Passkey, ...]:
        """Passkeys of an account, by when they were made, then id."""
        ...

    def remove_passkey(self, passkey: str) -> bool:
        """Forget a passkey; whether there was one."""
        ...

    # sessions
    def put_session(self, session: Session) -> None:
        """Begin a session, or note that it was used."""
        ...

    def session(self, session: str) -> Session | None: ...
    def sessions(self, account: str) -> tuple[Session, ...]:
        """Sessions of an account, by when they began, then id."""
        ...

    def end_session(self, session: str) -> bool:
        """End a session; whether there was one."""
        ...

    def end_sessions(self, account: str) -> None:
        """End every session of an account."""
        ...

    # guessing and repeating
    def attempt(self, key: str, at: datetime) -> None:
        """Note a try to sign in."""
        ...

    def attempts(self, key: str, since: datetime) -> int:
        """How many tries were noted after this time."""
        ...

    def forgive(self, key: str) -> None:
        """Forget the tries: the right one came."""
        ...

    def once(self, key: str, until: datetime) -> bool:
        """Remember something that must not be used twice; False: it was used before."""
        ...

    def sweep(self, before: datetime) -> None:
        """Forget tries, things used once and sessions that were over by this time."""
        ...

    # ties and consents
    def relate(self, relation: Relation) -> None:
        """Add a relation, or replace the one with its id."""
        ...

    def relations_of(self, account: str) -> tuple[Relation, ...]:
        """All relations of an account, by when they began, then id."""
        ...

    def relations_to(self, subjects: Iterable[str]) -> tuple[Relation, ...]:
        """All relations to these subjects, by when they began, then id."""
        ...

    def consent(self, consent: Consent) -> None:
        """Add a consent, or replace the one with its id."""
        ...

    def consents(self, patients: Iterable[str]) -> tuple[Consent, ...]:
        """All consents that name one of these patients, by when they were given, then id."""
        ...

    def turning(self, by: datetime, limit: int = 100) -> tuple[Consent, ...]:
        """The consents that began or ended by themselves by this time, and nobody has looked after: by when, then id."""
        ...
