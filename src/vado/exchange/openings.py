"""What counts as opened: by whom, and by which words of the audit trail. Stores count by it; the plain one goes through the trail each time."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from vado.exchange.ports.trail import Audit
from vado.model.account import Account, Role
from vado.model.original import PartnerId

READERS = (Role.PRACTITIONER.value, Role.CLIENT.value)  # who works for a partner
OF_ACCOUNTS = ("export", "read")  # by which somebody got to see something
BY_KEY = "partner:"  # begins the name of a program that comes with a key of its partner's
OF_KEYS = ("read",)  # "export" under such a name is a delivery, that nobody has opened yet


def looks_of(trail: Iterable[Audit], accounts: Iterable[Account], reader: PartnerId | None = None) -> Iterator[Audit]:
    """Give the looks of those who work for a partner, and of programs that come with its key; None: for any."""
    names = {a.name for a in accounts if a.role.value in READERS and a.partner and reader in (None, a.partner)}
    for event in trail:
        by_key = event.who == f"{BY_KEY}{reader}" if reader else event.who.startswith(BY_KEY)
        if event.who in names and event.action in OF_ACCOUNTS or by_key and event.action in OF_KEYS:
            yield event


def last_looks(
    trail: Iterable[Audit], accounts: Iterable[Account], reader: PartnerId, since: datetime
) -> Mapping[str, datetime]:  # fmt: skip
    """Give when people or programs of a partner last opened what the trail calls so: subject -> when."""
    found: dict[str, datetime] = {}
    for event in looks_of(trail, accounts, reader):
        if event.at >= since:
            found[event.subject] = max(event.at, found.get(event.subject, event.at))
    return found
