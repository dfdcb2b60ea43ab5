"""Passkeys: made by whoever is signed in, shown to come in. Each challenge is random, good once, and of one browser."""

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import accounts, guesses
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.account import Account, Passkey, Role, Session
from vado.model.record import Viewer
from vado.tools import passkeys as tool
from vado.tools.passkeys import Site

_CHALLENGE = "challenge"
_LASTS = timedelta(minutes=15)
_MOST = 20  # of one account
_LONGEST = 60  # characters of a name


def ask_for_new(x: Exchange, site: Site, viewer: Viewer) -> tuple[str, dict[str, Any]]:
    """Give (the secret of a challenge, which stays with the browser; what the browser is asked to make)."""
    with x.store.begin() as tx:
        account = _account(tx, viewer)
        secret, challenge = _challenge(x, tx, account.id)
        known = [p.id for p in tx.accounts.passkeys(account.id)]
    return secret, tool.wish_for_new(site, account.id, account.name, challenge, known)


def add(x: Exchange, site: Site, viewer: Viewer, secret: str, answer: dict[str, Any], name: str) -> Passkey:  # noqa: PLR0913 - what it takes
    """Keep a new passkey. Raises NotPermitted AC-021 for an answer that is not to be believed."""
    with x.store.begin() as tx:
        account = _account(tx, viewer)
        challenge = _taken(x, tx, secret, account.id)
    made = tool.made(site, challenge, answer) if challenge else None
    with x.store.begin() as tx:
        if made is None or tx.accounts.passkey(made.id) or len(tx.accounts.passkeys(account.id)) >= _MOST:
            raise NotPermitted("AC-021")
        kept = Passkey(made.id, account.id, _called(name), made.key, made.count, x.clock())
        tx.accounts.put_passkey(kept)
        tx.audit(Audit(x.clock(), viewer.name, "add-passkey", account.id))
    return kept


def ask(x: Exchange, site: Site) -> tuple[str, dict[str, Any]]:
    """Give (the secret of a challenge, which stays with the browser; what the browser is asked to show)."""
    with x.store.begin() as tx:
        tx.accounts.sweep(x.clock() - guesses.WINDOW)
        secret, challenge = _challenge(x, tx, "")
    return secret, tool.wish(site, challenge)


def come_in(x: Exchange, site: Site, secret: str, answer: dict[str, Any], address: str, browser: str = "") -> str:  # noqa: PLR0913 - what it takes
    """Give the secret of a new session to whoever shows a passkey. Raises NotPermitted AC-003, AC-021."""
    guesses.count(x, guesses.of_address(address))
    claim = tool.claimed(answer)
    with x.store.begin() as tx:
        challenge = _taken(x, tx, secret, "")
        known = tx.accounts.passkey(claim.id) if claim else None
        account = tx.accounts.get(known.account) if known else None
        count = None
        if challenge and known and account and claim and claim.account == account.id and _open(account):
            count = tool.count_of(site, challenge, answer, known.key, known.count)
        if count is not None and known and account:
            tx.accounts.put_passkey(replace(known, count=count, used=x.clock()))
            return accounts.begin_pages(x, tx, account, "passkey", browser)
        tx.audit(Audit(x.clock(), "sign-in", "sign-in-refused", account.id if account else ""))
    raise NotPermitted("AC-021")


def rename(x: Exchange, viewer: Viewer, passkey: str, name: str) -> None:
    """Call a passkey otherwise. Raises NotFound AC-013."""
    with x.store.begin() as tx:
        found = _own(tx, viewer, passkey)
        tx.accounts.put_passkey(replace(found, name=_called(name)))
        tx.audit(Audit(x.clock(), viewer.name, "rename-passkey", found.account))


def remove(x: Exchange, viewer: Viewer, passkey: str) -> None:
    """Forget a passkey. Raises NotFound AC-013; VadoError AC-024 for the only way to come in."""
    with x.store.begin() as tx:
        found, account = _own(tx, viewer, passkey), _account(tx, viewer)
        others = len(tx.accounts.passkeys(account.id)) > 1
        if not others and not account.outside and not tx.accounts.password(account.id):
            raise VadoError("AC-024")
        tx.accounts.remove_passkey(found.id)
        tx.audit(Audit(x.clock(), viewer.name, "remove-passkey", account.id))


def _challenge(x: Exchange, tx: Transaction, account: str) -> tuple[str, str]:
    """Begin a challenge: (its secret, for a cookie; what is to be signed, base64url). They are two, so that neither tells the other."""
    secret, challenge, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), x.clock()
    tx.accounts.put_session(Session(accounts.id_of(secret), account, _CHALLENGE, now, now, now + _LASTS, note=challenge))
    return secret, challenge


def _taken(x: Exchange, tx: Transaction, secret: str, account: str) -> str:
    """Give what was to be signed, and end it: a challenge is good once, whatever comes of it; "": there is none."""
    found = tx.accounts.session(accounts.id_of(secret))
    if found is None or found.kind != _CHALLENGE or found.account != account:
        return ""
    tx.accounts.end_session(found.id)
    return found.note if x.clock() < found.ends else ""


def _open(account: Account) -> bool:
    return not account.disabled and account.role is not Role.CLIENT


def _account(tx: Transaction, viewer: Viewer) -> Account:
    account = tx.accounts.get(viewer.account) if viewer.account else None
    if (
        account is None or not _open(account) or viewer.scopes
    ):  # a program that acts for somebody changes nothing of their sign-in
        raise NotPermitted("AC-001")
    return account


def _own(tx: Transaction, viewer: Viewer, passkey: str) -> Passkey:
    found = tx.accounts.passkey(passkey)
    if found is None or found.account != _account(tx, viewer).id:
        raise NotFound("AC-013")
    return found


def _called(name: str) -> str:
    plain = "".join(c for c in " ".join(name.split()) if c.isprintable())
    return plain[:_LONGEST] or "Passkey"
