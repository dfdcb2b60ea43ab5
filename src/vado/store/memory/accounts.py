"""The plain reference of `tx.accounts`. Every change makes new dictionaries, so that a rollback has the old ones."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from vado.model.account import Account, Consent, Passkey, Relation, Session


@dataclass
class MemoryAccounts:
    """See exchange.ports.accounts for what each method promises."""

    known: dict[str, Account] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Passkey] = field(default_factory=dict)
    open: dict[str, Session] = field(default_factory=dict)
    tries: tuple[tuple[str, datetime], ...] = ()
    used: dict[str, datetime] = field(default_factory=dict)
    ties: dict[str, Relation] = field(default_factory=dict)
    said: dict[str, Consent] = field(default_factory=dict)

    def put(self, account: Account) -> None:
        """Add an account, or replace the one with its id."""
        self.known = {**self.known, account.id: account}

    def get(self, account: str) -> Account | None:
        """Give an account."""
        return self.known.get(account)

    def named(self, name: str) -> Account | None:
        """Give the account that signs in under this name."""
        return next((a for a in self.known.values() if a.name == name), None)

    def from_outside(self, outside: str) -> Account | None:
        """Give the account of somebody at a provider outside."""
        return next((a for a in self.known.values() if outside and a.outside == outside), None)

    def everyone(self) -> tuple[Account, ...]:
        """List all accounts, by name."""
        return tuple(sorted(self.known.values(), key=lambda a: a.name))

    def some(self, after: str, limit: int, begins: str = "") -> tuple[Account, ...]:
        """List some accounts, by name."""
        return tuple(a for a in self.everyone() if a.name > after and a.name.startswith(begins))[:limit]

    def set_password(self, account: str, hashed: str) -> None:
        """Replace a password."""
        self.hashes = {**self.hashes, account: hashed}

    def password(self, account: str) -> str:
        """Give the hash of a password."""
        return self.hashes.get(account, "")

    def put_passkey(self, passkey: Passkey) -> None:
        """Add a passkey, or replace the one with its id."""
        self.keys = {**self.keys, passkey.id: passkey}

    def passkey(self, passkey: str) -> Passkey | None:
        """Give a passkey."""
        return self.keys.get(passkey)

    def passkeys(self, account: str) -> tuple[Passkey, ...]:
        """List passkeys of an account."""
        return tuple(sorted((p for p in self.keys.values() if p.account == account), key=lambda p: (p.made, p.id)))

    def remove_passkey(self, passkey: str) -> bool:
        """Forget a passkey."""
        was = passkey in self.keys
        self.keys = {k: p for k, p in self.keys.items() if k != passkey}
        return was

    def put_session(self, session: Session) -> None:
        """Begin a session, or note that it was used."""
        self.open = {**self.open, session.id: session}

    def session(self, session: str) -> Session | None:
        """Give a session."""
        return self.open.get(session)

    def sessions(self, account: str) -> tuple[Session, ...]:
        """List sessions of an account."""
        return tuple(sorted((s for s in self.open.values() if s.account == account), key=lambda s: (s.began, s.id)))

    def end_session(self, session: str) -> bool:
        """End a session."""
        was = session in self.open
        self.open = {k: s for k, s in self.open.items() if k != session}
        return was

    def end_sessions(self, account: str) -> None:
        """End every session of an account."""
        self.open = {k: s for k, s in self.open.items() if s.account != account}

    def attempt(self, key: str, at: datetime) -> None:
        """Note a try to sign in."""
        self.tries = (*self.tries, (key, at))

    def attempts(self, key: str, since: datetime) -> int:
        """Count tries after this time."""
        return sum(k == key and at > since for k, at in self.tries)

    def forgive(self, key: str) -> None:
        """Forget the tries."""
        self.tries = tuple((k, at) for k, at in self.tries if k != key)

    def once(self, key: str, until: datetime) -> bool:
        """Remember something that must not be used twice."""
        new = key not in self.used
        self.used = {key: until, **self.used}
        return new

    def sweep(self, before: datetime) -> None:
        """Forget what was over by this time."""
        self.tries = tuple((k, at) for k, at in self.tries if at >= before)
        self.used = {k: until for k, until in self.used.items() if until >= before}
        self.open = {k: s for k, s in self.open.items() if s.ends >= before}

    def relate(self, relation: Relation) -> None:
        """Add a relation, or replace the one with its id."""
        self.ties = {**self.ties, relation.id: relation}

    def relations_of(self, account: str) -> tuple[Relation, ...]:
        """List all relations of an account."""
        return _by_time(r for r in self.ties.values() if r.account == account)

    def relations_to(self, subjects: Iterable[str]) -> tuple[Relation, ...]:
        """List all relations to these subjects."""
        wanted = set(subjects)
        return _by_time(r for r in self.ties.values() if r.subject in wanted)

    def consent(self, consent: Consent) -> None:
        """Add a consent, or replace the one with its id."""
        self.said = {**self.said, consent.id: consent}

    def consents(self, patients: Iterable[str]) -> tuple[Consent, ...]:
        """List all consents that name one of these patients."""
        wanted = set(patients)
        return tuple(sorted((c for c in self.said.values() if wanted & set(c.patients)), key=lambda c: (c.given, c.id)))

    def turning(self, by: datetime, limit: int = 100) -> tuple[Consent, ...]:
        """Give consents that began or ended by themselves by this time."""
        due = sorted((c.turns, c.id, c) for c in self.said.values() if c.turns is not None and c.turns <= by)
        return tuple(c for _, _, c in due)[:limit]


def _by_time(relations: Iterable[Relation]) -> tuple[Relation, ...]:
    return tuple(sorted(relations, key=lambda r: (r.since, r.id)))
