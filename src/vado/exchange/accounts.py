"""Who can sign in: accounts, passwords, sessions. Every step is audited; no secret is ever kept, only what it is checked against."""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from vado.errors import NotFound, NotPermitted, StoreUnavailable, VadoError
from vado.exchange import allow, guesses
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.account import Account, Relation, RelationKind, Role, Session
from vado.model.record import Viewer
from vado.tools.passwords import fits, hashed, is_guessed_early

LEAST = 12  # characters of a password; NIST SP 800-63B-4 asks for 15 without a second factor, 8 with one
PAGE, API, CODE = "page", "api", "code"
WHYS = ("treatment", "follow-up", "administration", "other")  # of the last some words are wanted
_SHORTEST = 8  # characters of these words
_NOTED = timedelta(minutes=1)  # that a session was used is written this often


def add(x: Exchange, account: Account, viewer: Viewer) -> Account:
    """Add an account under an id of its own. Raises VadoError AC-001, AC-008, AC-014."""
    allow.check(viewer, "accounts.change")
    _complete(account)
    with x.store.begin() as tx:
        if tx.accounts.named(account.name):
            raise VadoError("AC-008")
        made = replace(account, id=f"a-{secrets.token_hex(8)}")
        tx.accounts.put(made)
        tx.audit(Audit(x.clock(), viewer.name, "add-account", made.id))
        return made


def change(x: Exchange, name: str, viewer: Viewer, **to: object) -> Account:
    """Change an account; what it holds open ends, so that the change counts at once. Raises AC-001, AC-007, AC-014."""
    allow.check(viewer, "accounts.change")
    with x.store.begin() as tx:
        account = replace(_named(tx, name), **to)  # type: ignore[arg-type]
        _complete(account)
        tx.accounts.put(account)
        tx.accounts.end_sessions(account.id)
        tx.audit(Audit(x.clock(), viewer.name, "change-account", account.id))
        return account


def everyone(x: Exchange, viewer: Viewer) -> tuple[Account, ...]:
    """List all accounts."""
    allow.check(viewer, "accounts.change")
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "list-accounts"))
        return tx.accounts.everyone()


def some(x: Exchange, viewer: Viewer, after: str, begins: str, limit: int) -> tuple[Account, ...]:
    """List accounts whose name begins so, by name, from after one on."""
    allow.check(viewer, "accounts.change")
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "list-accounts"))
        return tx.accounts.some(after, limit, begins)


def any_there(x: Exchange) -> bool:
    """Say whether anybody can sign in at all."""
    after = ""
    with x.store.begin() as tx:
        while some := tx.accounts.some(after, 50):
            if any(not a.disabled for a in some):
                return True
            after = some[-1].name
    return False


def named(x: Exchange, name: str, viewer: Viewer) -> Account:
    """Give one account. Raises NotFound AC-007."""
    allow.check(viewer, "accounts.change")
    with x.store.begin() as tx:
        return _named(tx, name)


def check_password(password: str, words: Iterable[str] = ()) -> None:
    """Say whether somebody may choose this password. Raises VadoError AC-009, too short; AC-022, it is guessed early."""
    if len(password) < LEAST:
        raise VadoError("AC-009", least=LEAST)
    if is_guessed_early(password, words):
        raise VadoError("AC-022")


def set_password(x: Exchange, name: str, password: str, viewer: Viewer) -> None:
    """Set a new password, and end what the account holds open. Raises AC-001, AC-007, AC-009, AC-022."""
    allow.check(viewer, "accounts.change")
    check_password(password, (name,))
    kept = hashed(password)
    with x.store.begin() as tx:
        account = _named(tx, name)
        tx.accounts.set_password(account.id, kept)
        tx.accounts.end_sessions(account.id)
        tx.audit(Audit(x.clock(), viewer.name, "set-password", account.id))


def sign_in(x: Exchange, name: str, password: str, address: str, browser: str = "") -> str:
    """Give the secret of a new session. Raises NotPermitted AC-003 after too many tries, AC-004 for a wrong name or password."""
    return let_in(x, prove(x, name, password, address), "password", browser)


def prove(x: Exchange, name: str, password: str, address: str) -> Account:
    """Give the account of a name and its password. Raises NotPermitted AC-003 after too many tries, AC-004.

    A try is noted before it is looked at, so that many at once count as many. The name that was typed is noted nowhere: it may
    be a password.
    """
    with x.store.begin() as tx:
        account = tx.accounts.named(name)
        kept = tx.accounts.password(account.id) if account and not account.disabled and account.role is not Role.CLIENT else ""
    keys = guesses.of_password(name, address)
    guesses.count(x, keys, account.id if account else "")
    good = fits(kept, password)
    with x.store.begin() as tx:
        if good:
            guesses.forgive(tx, keys)
        else:
            tx.audit(Audit(x.clock(), "sign-in", "sign-in-refused", account.id if account else ""))
    if not good or account is None:
        raise NotPermitted("AC-004")
    return account


def let_in(x: Exchange, account: Account, how: str = "outside", browser: str = "") -> str:
    """Give the secret of a new session to somebody who has shown who they are.

    Args:
        x: the exchange.
        account: whose.
        how: 'password', 'passkey', 'code', 'outside' (a provider's word was taken), 'invented' (the demonstration).
        browser: in words, for its owner to know it again.
    """
    with x.store.begin() as tx:
        return begin_pages(x, tx, account, how, browser)


def begin_pages(x: Exchange, tx: Transaction, account: Account, how: str, browser: str) -> str:
    """Begin a session of pages and note when it was. Raises NotPermitted AC-004 where the account was shut meanwhile."""
    now_is = tx.accounts.get(account.id)
    if now_is is None or now_is.disabled or now_is.role is Role.CLIENT:
        raise NotPermitted("AC-004")
    tx.accounts.put(replace(now_is, came=x.clock()))
    return begin(x, tx, now_is, PAGE, timedelta(hours=x.session_hours), note=f"{how}\n{browser}")


def of_names(x: Exchange, names: Iterable[str]) -> tuple[Account, ...]:
    """Give the accounts of a demonstration, in the order of their names as given."""
    with x.store.begin() as tx:
        return tuple(a for name in names if (a := tx.accounts.named(name)) and not a.disabled)


def name_of(x: Exchange, viewer: Viewer) -> str:
    """Give under which name a viewer signed in; "" where nobody did."""
    with x.store.begin() as tx:
        account = tx.accounts.get(viewer.account) if viewer.account else None
        return account.name if account else ""


def begin(  # noqa: PLR0913 - what a session is
    x: Exchange, tx: Transaction, account: Account, kind: str, lasting: timedelta, *,
    scopes: tuple[str, ...] = (), patient: str = "", note: str = "",
) -> str:  # fmt: skip
    """Begin a session of this kind and give its secret, which is new each time."""
    secret, now = secrets.token_urlsafe(32), x.clock()
    tx.accounts.put_session(Session(id_of(secret), account.id, kind, now, now, now + lasting, scopes, patient, note=note))
    tx.audit(Audit(now, called(account), f"begin-{kind}", account.id))
    return secret


def whose(x: Exchange, secret: str, kind: str) -> tuple[Account, Session] | None:
    """Give the account that holds this secret; None: nobody, or no longer."""
    now = x.clock()
    with x.store.begin() as tx:
        session = tx.accounts.session(id_of(secret))
        if session is None or session.kind != kind:
            return None
        if is_over(x, session, now):
            tx.accounts.end_session(session.id)
            return None
        account = tx.accounts.get(session.account)
        if account is None or account.disabled:
            return None
    if now - session.seen > _NOTED:
        with (
            suppress(StoreUnavailable),
            x.store.begin() as tx,
        ):  # another request of the same session may note it this very moment
            tx.accounts.put_session(replace(session, seen=now))
    return account, session


def is_over(x: Exchange, session: Session, at: datetime) -> bool:
    """Say whether a session has ended: its time is over, or nobody used it for too long."""
    idle = session.kind == PAGE and at - session.seen > timedelta(minutes=x.session_minutes)
    return idle or session.ends <= at


def take_code(x: Exchange, secret: str) -> tuple[Account, Session] | None:
    """Give whose code this is, and end it: a code is good once."""
    found = whose(x, secret, CODE)
    with x.store.begin() as tx:
        return found if tx.accounts.end_session(id_of(secret)) else None


def say_why(x: Exchange, secret: str, why: str, words: str) -> None:
    """Keep why a session looks at records: with it, in the trail, and for those looked at. Raises NotPermitted AC-010, VadoError AC-011."""
    if why not in WHYS or (why == WHYS[-1] and len(words.strip()) < _SHORTEST):
        raise VadoError("AC-011")
    with x.store.begin() as tx:
        session = tx.accounts.session(id_of(secret))
        account = tx.accounts.get(session.account) if session else None
        if session is None or account is None:
            raise NotPermitted("AC-010")
        now, said = x.clock(), f"{why}: {words.strip()[:500]}".removesuffix(": ")
        tx.accounts.put_session(replace(session, reason=said))
        tx.accounts.relate(
            Relation(
                f"r-{secrets.token_hex(8)}",
                session.id,
                account.id,
                RelationKind.SESSION,
                now,
                session.ends,
                called(account),
                said,
            )
        )
        tx.audit(Audit(now, called(account), f"reason-{why}", account.id))


def sign_out(x: Exchange, secret: str) -> None:
    """End a session; one that is not there changes nothing."""
    with x.store.begin() as tx:
        session = tx.accounts.session(id_of(secret))
        if session and tx.accounts.end_session(session.id):
            account = tx.accounts.get(session.account)
            tx.audit(Audit(x.clock(), called(account) if account else session.account, "sign-out", session.account))


def token(x: Exchange, name: str, days: int, scopes: tuple[str, ...], viewer: Viewer) -> str:
    """Give a bearer token of an account: shown once, kept as a hash. Raises AC-001, AC-007, AC-014."""
    allow.check(viewer, "accounts.change")
    with x.store.begin() as tx:
        account = _named(tx, name)
        if account.role is Role.CLIENT and not (scopes or account.scopes):
            raise VadoError("AC-014", what="scopes", option="--scope")
        tx.audit(Audit(x.clock(), viewer.name, "make-token", account.id))
        return begin(x, tx, account, API, timedelta(days=days), scopes=scopes or account.scopes)


def note_refusal(x: Exchange, viewer: Viewer) -> None:
    """Note that somebody who is signed in asked for what they may not."""
    if viewer.account:
        with x.store.begin() as tx:
            tx.audit(Audit(x.clock(), viewer.name, "refused"))


def as_viewer(account: Account, language: str, session: Session | None = None) -> Viewer:
    """Give the viewer that an account is."""
    return Viewer(
        called(account), language, account.role, account.id, account.partner, account.patient,
        session.scopes if session else (), session.patient if session else "",
        reason=session.reason.partition(":")[0] if session else "",
    )  # fmt: skip


def called(account: Account) -> str:
    """Give what the audit trail calls an account: staff and programs by name, citizens and carers by an id that says nothing."""
    return account.id if account.role in {Role.CITIZEN, Role.CARER} else account.name


def _complete(account: Account) -> None:
    if account.role in {Role.MACHINE, Role.NOBODY}:
        raise VadoError("AC-014", what="a role of people or programs", option="--role")
    if account.role in {Role.PRACTITIONER, Role.CLIENT} and not account.partner:
        raise VadoError("AC-014", what="a partner", option="--partner")
    if account.role is Role.CITIZEN and not account.patient:
        raise VadoError("AC-014", what="a person", option="--person")


def _named(tx: Transaction, name: str) -> Account:
    account = tx.accounts.named(name)
    if account is None:
        raise NotFound("AC-007")
    return account


def id_of(secret: str) -> str:
    """Give what is kept of a secret, which names its session."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
