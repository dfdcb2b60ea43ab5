"""What somebody signs in with, and where they are signed in: shown to them, and changed by them alone."""

from dataclasses import dataclass

from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import accounts
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.account import Account, Passkey, Role, Session
from vado.model.record import Viewer
from vado.tools.passwords import hashed


@dataclass(frozen=True, slots=True)
class Keyring:
    """All ways in that an account has, and the sessions of pages that are open."""

    account: Account
    has_password: bool
    passkeys: tuple[Passkey, ...]
    sessions: tuple[Session, ...]  # newest first


def keyring(x: Exchange, viewer: Viewer) -> Keyring:
    """Show somebody their own keyring. Raises NotPermitted AC-001."""
    with x.store.begin() as tx:
        account = _account(tx, viewer)
        return Keyring(
            account, bool(tx.accounts.password(account.id)), tx.accounts.passkeys(account.id), _open(x, tx, account)
        )  # fmt: skip


def prove_again(x: Exchange, viewer: Viewer, password: str, address: str) -> None:
    """Ask whoever has a password for it, before a way in is added: a screen left open is not enough. Raises AC-003, AC-025."""
    with x.store.begin() as tx:
        account = _account(tx, viewer)
        asked = bool(tx.accounts.password(account.id))
    if not asked:
        return
    try:
        accounts.prove(x, account.name, password, address)
    except NotPermitted as fault:
        raise (VadoError("AC-025") if fault.code == "AC-004" else fault) from None


def change_password(x: Exchange, viewer: Viewer, old: str, new: str, address: str, browser: str) -> str:  # noqa: PLR0913 - what it takes
    """Change one's own password and end every session; give the secret of a new one. Raises AC-003, AC-009, AC-022, AC-025."""
    prove_again(x, viewer, old, address)
    accounts.check_password(new, (viewer.name,))
    kept = hashed(new)
    with x.store.begin() as tx:
        account = _account(tx, viewer)
        accounts.check_password(new, (account.name,))
        tx.accounts.set_password(account.id, kept)
        _end_all(x, tx, account)
        tx.audit(Audit(x.clock(), viewer.name, "change-password", account.id))
        return accounts.begin_pages(x, tx, account, "password", browser)


def end_session(x: Exchange, viewer: Viewer, session: str) -> None:
    """End one of one's own sessions of pages. Raises NotFound AC-013."""
    with x.store.begin() as tx:
        account, found = _account(tx, viewer), tx.accounts.session(session)
        if found is None or found.account != account.id or found.kind != accounts.PAGE:
            raise NotFound("AC-013")
        tx.accounts.end_session(found.id)
        tx.audit(Audit(x.clock(), viewer.name, "sign-out", account.id))


def end_others(x: Exchange, viewer: Viewer, secret: str) -> None:
    """End all one's sessions of pages but the one of this secret."""
    with x.store.begin() as tx:
        account = _account(tx, viewer)
        _end_all(x, tx, account, accounts.id_of(secret))
        tx.audit(Audit(x.clock(), viewer.name, "sign-out-others", account.id))


def _open(x: Exchange, tx: Transaction, account: Account) -> tuple[Session, ...]:
    """List sessions of pages that are good still."""
    now = x.clock()
    found = (s for s in tx.accounts.sessions(account.id) if s.kind == accounts.PAGE and not accounts.is_over(x, s, now))
    return tuple(sorted(found, key=lambda s: s.seen, reverse=True))


def _end_all(x: Exchange, tx: Transaction, account: Account, but: str = "") -> None:
    for session in tx.accounts.sessions(account.id):
        if session.kind == accounts.PAGE and session.id != but:
            tx.accounts.end_session(session.id)


def _account(tx: Transaction, viewer: Viewer) -> Account:
    account = tx.accounts.get(viewer.account) if viewer.account else None
    if account is None or account.disabled or account.role is Role.CLIENT or viewer.scopes:
        raise NotPermitted("AC-001")
    return account
