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


def last_looks(
    trail: Iterable[Audit], accounts: Iterable[Account], reader: PartnerId, since: datetime
) -> Mapping[str, datetime]:  # fmt: skip
    """Give when people or programs of a partner last opened what the trail calls so: subject -> when."""
    names, key = {a.name for a in accounts if a.role.value in READERS and a.partner == reader}, f"{BY_KEY}{reader}"
    found: dict[str, datetime] = {}
    for event in trail:
        opens = event.who in names and event.action in OF_ACCOUNTS or event.who == key and event.action in OF_KEYS
        if opens and event.at >= since:
            found[event.subject] = max(event.at, found.get(event.subject, event.at))
    return found
