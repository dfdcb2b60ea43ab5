"""Guessing is slowed down: tries are counted in the store, for one name, for one address, for both, before they are looked at."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from vado.errors import NotPermitted
from vado.exchange.ports import Audit, Exchange, Transaction

WINDOW = timedelta(minutes=15)
_MOST = {
    "name": 10,
    "both": 5,
    "address": 50,
    "code": 10,
    "letter": 300,
}  # in that time: one name, one name from one address, one address; codes; codes of letters that a whole meeting types at once


def of_password(name: str, address: str) -> dict[str, str]:
    """Give under what tries with a name and a password are counted. Hashed: what was typed as a name may be a password."""
    return {"name": _key("name", name), "both": _key("both", f"{name}\n{address}"), "address": _key("address", address)}


def of_address(address: str) -> dict[str, str]:
    """Give under what tries with a passkey are counted, which nobody guesses."""
    return {"address": _key("address", address)}


def of_code(address: str) -> dict[str, str]:
    """Give under what tries with a one-use code are counted."""
    return {"code": _key("code", address)}


def of_letter(address: str) -> dict[str, str]:
    """Give under what tries with a code that opens nobody's data are counted: many people come from the address of one meeting."""
    return {"letter": _key("letter", address)}


def refuse_crowd(x: Exchange, keys: Mapping[str, str]) -> None:
    """Refuse without counting. Raises NotPermitted AC-003 where there were too many tries already."""
    with x.store.begin() as tx:
        if _crowded(tx, keys, x.clock() - WINDOW):
            raise NotPermitted("AC-003")


def _crowded(tx: Transaction, keys: Mapping[str, str], since: datetime) -> bool:
    return any(tx.accounts.attempts(key, since) >= _MOST[kind] for kind, key in keys.items())


def count(x: Exchange, keys: Mapping[str, str], account: str = "") -> None:
    """Count one try. Raises NotPermitted AC-003 after too many."""
    with x.store.begin() as tx:
        now = x.clock()
        tx.accounts.sweep(now - WINDOW)
        crowded = _crowded(tx, keys, now - WINDOW)
        for key in keys.values():
            tx.accounts.attempt(key, now)
        if crowded:
            tx.audit(Audit(now, "sign-in", "too-many-tries", account))
    if crowded:
        raise NotPermitted("AC-003")


def forgive(tx: Transaction, keys: Mapping[str, str]) -> None:
    """Forget the tries of whoever showed who they are; not those of the address, where others may be guessing."""
    for kind in ("name", "both"):
        if kind in keys:
            tx.accounts.forgive(keys[kind])


def _key(kind: str, said: str) -> str:
    return sha256(f"{kind}\n{said}".encode("utf-8", "replace")).hexdigest()
