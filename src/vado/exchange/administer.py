"""What an administrator sees of an account: how it comes in and what ties it has, never whose record a tie is to, nor why."""

from dataclasses import dataclass
from datetime import datetime

import orjson

from vado.errors import NotFound, SettingsError
from vado.exchange import accounts, allow
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.account import Account, RelationKind, Role, Session
from vado.model.record import Viewer

_TIES = 200  # of one account, newest first


@dataclass(frozen=True, slots=True)
class Tie:
    """That an account may act for, or cares for, somebody: nothing of whom."""

    kind: RelationKind
    since: datetime
    until: datetime | None
    by: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """One account."""

    account: Account
    has_password: bool
    passkeys: int
    open: int  # sessions of pages
    code_until: datetime | None  # a one-use code waits to be used
    tokens: tuple[Session, ...]  # good still, newest first
    ties: tuple[Tie, ...]


def overview(x: Exchange, account_id: str, viewer: Viewer) -> Overview:
    """Show one account. Raises NotPermitted AC-001, NotFound AC-007."""
    allow.check(viewer, "accounts.change")
    with x.store.begin() as tx:
        account, now = _known(tx, account_id), x.clock()
        sessions = [s for s in tx.accounts.sessions(account.id) if not accounts.is_over(x, s, now)]
        ties = tuple(
            Tie(r.kind, r.since, r.until, r.by, r.until is None or now < r.until) for r in tx.accounts.relations_of(account.id)
        )
        tx.audit(Audit(now, viewer.name, "read-account", account.id))
        return Overview(
            account, bool(tx.accounts.password(account.id)), len(tx.accounts.passkeys(account.id)),
            sum(s.kind == accounts.PAGE for s in sessions), next((s.ends for s in sessions if s.kind == "reset"), None),
            tuple(s for s in reversed(sessions) if s.kind == accounts.API), ties[::-1][:_TIES],
        )  # fmt: skip


def named_by(x: Exchange, account_id: str, viewer: Viewer) -> Account:
    """Give an account by its id. Raises NotPermitted AC-001, NotFound AC-007."""
    allow.check(viewer, "accounts.change")
    with x.store.begin() as tx:
        return _known(tx, account_id)


def end_token(x: Exchange, account_id: str, token: str, viewer: Viewer) -> None:
    """Take a token away. Raises NotPermitted AC-001, NotFound AC-013."""
    allow.check(viewer, "accounts.change")
    with x.store.begin() as tx:
        found = tx.accounts.session(token)
        if found is None or found.account != account_id or found.kind != accounts.API:
            raise NotFound("AC-013")
        tx.accounts.end_session(found.id)
        tx.audit(Audit(x.clock(), viewer.name, "end-token", account_id))


def public_keys(raw: bytes) -> str:
    """Read public keys, a JWK set; a private one is refused, it must never come here. Raises SettingsError CO-002."""
    try:
        keys = orjson.loads(raw)["keys"]
        if not keys or any(k.get("kty") == "oct" or "d" in k for k in keys):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise SettingsError("CO-002", path="keys", fault="not a JWK set of public keys") from fault
    return orjson.dumps({"keys": keys}).decode()


def is_program(account: Account) -> bool:
    """Say whether an account is of a program, which has keys and tokens, and no password."""
    return account.role is Role.CLIENT


def _known(tx: Transaction, account_id: str) -> Account:
    account = tx.accounts.get(account_id)
    if account is None:
        raise NotFound("AC-007")
    return account
