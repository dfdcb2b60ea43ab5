"""The circuit breaker of linking: a sender whose patients suddenly become far fewer people than usual links nobody without being asked.

Counted are new patients with a number of their own, and how many of them a rule joins to another patient of the same sender: a sender
gives one human being one number, so that is rare. A filler that many share, a number given to everybody, or a broken export shows at once.
"""

from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.model.share import wilson

TRIPPED, RELEASED = "breaker-tripped", "breaker-released"
_FEWEST = 20  # joined on one day before anything is said
_USUAL = 0.05  # share that is taken for usual of a sender who has not sent much yet
_ENOUGH = 200  # arrivals that say what is usual
_TIMES = 3  # as much as usual, at least, and by more than chance


def is_open(tx: Transaction, partner: PartnerId) -> bool:
    """Say whether this sender's patients are linked by nobody but a person now."""
    last = tx.audits(subject=_subject(partner), limit=1)
    return bool(last) and last[0].action == TRIPPED


def note(x: Exchange, tx: Transaction, partner: PartnerId, *, joined: bool) -> bool:
    """Count one new numbered patient, joined to another of the same sender or not; give whether that trips the breaker."""
    now = x.clock()
    tx.count_feed(partner, now.date().isoformat(), arrived=1, joined=int(joined))
    if not joined or is_open(tx, partner) or not _is_unusual(tx, partner, now.date().isoformat()):
        return False
    tx.audit(Audit(now, "vado", TRIPPED, _subject(partner)))
    return True


def release(x: Exchange, partner: PartnerId, viewer: Viewer) -> None:
    """Let this sender's patients be linked by rules again; what it did on that day counts as usual from now on."""
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, RELEASED, _subject(partner)))


def open_breakers(x: Exchange) -> tuple[PartnerId, ...]:
    """List the senders who are held."""
    with x.store.begin() as tx:
        return tuple(p for p in sorted(x.profiles) if is_open(tx, p))


def _is_unusual(tx: Transaction, partner: PartnerId, today: str) -> bool:
    days = tx.feed(partner)
    released = next((a.at.date().isoformat() for a in tx.audits(subject=_subject(partner), limit=1) if a.action == RELEASED), "")
    if released == today:
        return False  # a person has looked at it today
    arrived, joined = next(((a, j) for day, a, j in days if day == today), (0, 0))
    before = sum(a for day, a, _ in days if day != today)
    among = sum(j for day, _, j in days if day != today)
    usual = max(_USUAL, wilson(among, before)[1]) if before >= _ENOUGH else _USUAL
    return joined >= _FEWEST and wilson(joined, arrived)[0] > min(_TIMES * usual, 0.95)


def _subject(partner: PartnerId) -> str:
    return f"partner:{partner}"
