"""What counts as opened: by whom, and by which words of the audit trail. Stores count by it; the plain one goes through the trail each time."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from vado.exchange.ports.trail import Audit
from vado.model.account import Account, Role
from vado.model.original import PartnerId

READERS = (Role.PRACTITIONER.value, Role.CLIENT.value)  # who works for a partner
OF_ACCOUNTS = ("export", "read")
BY_KEY = "partner:"  # begins the name of a program that comes with a key of its partner's
OF_KEYS = ("read",)  # "export" under such a name is a delivery, that nobody has opened yet


def last_looks(trail: Iterable[Audit], accounts: Iterable[Account], since: datetime) -> Mapping[tuple[PartnerId, str], datetime]:
    """Give when people or programs of a partner last opened what the trail calls so: (partner, subject) -> when."""
    readers = {a.name: a.partner for a in accounts if a.role.value in READERS and a.partner}
    found: dict[tuple[PartnerId, str], datetime] = {}
    for event in trail:
        by_key = event.who.startswith(BY_KEY)
        reader = PartnerId(event.who.removeprefix(BY_KEY)) if by_key else readers.get(event.who)
        if reader and event.at >= since and event.action in (OF_KEYS if by_key else OF_ACCOUNTS):
            found[reader, event.subject] = max(event.at, found.get((reader, event.subject), event.at))
    return found
