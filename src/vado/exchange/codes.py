"""One-use codes, for letters too: how somebody comes in who has no way in yet, or none any more. Shown once; kept as a hash."""

import secrets
from datetime import timedelta

from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import accounts, allow, guesses
from vado.exchange.ports import Audit, Exchange
from vado.model.account import Role, Session
from vado.model.record import Viewer
from vado.tools.passwords import hashed

LASTS = timedelta(hours=24)
_KIND = "reset"
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is taken for another: no I, L, O, U, 0, 1
_LENGTH, _GROUP = 16, 4  # 78 bits


def drawn() -> str:
    """Draw a new code, as it is kept: without what groups its letters for the eye."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def in_groups(code: str) -> list[str]:
    """Give a code in pieces that the eye can hold."""
    return [code[n : n + _GROUP] for n in range(0, len(code), _GROUP)]


def kept_as(typed: str) -> str:
    """Give under what a code is kept that somebody typed: in small letters, with spaces or hyphens, it means the same."""
    return accounts.id_of("".join(c for c in typed.upper() if c.isalnum())[: 2 * _LENGTH])


def issue(x: Exchange, account_id: str, viewer: Viewer) -> str:
    """Take away every way in that an account has, and give a code to choose a new password with; older codes end.

    Raises:
        NotPermitted: AC-001. NotFound: AC-007. VadoError: AC-026, programs sign in otherwise.
    """
    allow.check(viewer, "accounts.change")
    code = drawn()
    with x.store.begin() as tx:
        account = tx.accounts.get(account_id)
        if account is None:
            raise NotFound("AC-007")
        if account.role is Role.CLIENT:
            raise VadoError("AC-026")
        tx.accounts.end_sessions(account.id)
        tx.accounts.set_password(account.id, "")
        for passkey in tx.accounts.passkeys(account.id):
            tx.accounts.remove_passkey(passkey.id)
        now = x.clock()
        tx.accounts.put_session(Session(kept_as(code), account.id, _KIND, now, now, now + LASTS))
        tx.audit(Audit(now, viewer.name, "reset-sign-in", account.id))
    return "-".join(in_groups(code))


def redeem(x: Exchange, code: str, password: str, address: str, browser: str = "") -> str:
    """Set the password of whoever holds a code, and give the secret of a session. A code is good once; a refused password leaves it.

    Raises:
        NotPermitted: AC-003, too many tries; AC-023, no such code. VadoError: AC-009, AC-022.
    """
    guesses.count(x, guesses.of_code(address))
    accounts.check_password(password)
    id_, kept = kept_as(code), hashed(password)
    with x.store.begin() as tx:
        found = tx.accounts.session(id_)
        good = found is not None and found.kind == _KIND and x.clock() < found.ends
        account = tx.accounts.get(found.account) if found and good else None
        if account and not account.disabled:
            accounts.check_password(password, (account.name,))
            tx.accounts.end_session(id_)
            tx.accounts.set_password(account.id, kept)
            tx.audit(Audit(x.clock(), accounts.called(account), "set-password", account.id))
            return accounts.begin_pages(x, tx, account, "code", browser)
        tx.audit(Audit(x.clock(), "sign-in", "sign-in-refused", account.id if account else ""))
    raise NotPermitted("AC-023")
