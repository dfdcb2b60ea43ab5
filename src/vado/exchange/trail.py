"""Whether the audit trail is as it was written: the chain is gone through, and compared with what was anchored elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import orjson

from vado.errors import SettingsError, VadoError
from vado.exchange import allow
from vado.exchange.ports import Audit, Exchange
from vado.exchange.ports.trail import Sealed, sealed
from vado.model.record import Viewer

_AT_ONCE = 5000  # rows of one transaction


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the trail as it once was. Whoever can write to the database could write a whole new chain, but not one through this."""

    at: datetime
    seq: int
    hash: str


def verify(x: Exchange, anchors: Iterable[Anchor]) -> tuple[int, Anchor | None]:
    """Go through the whole trail: (how many rows, its end as the next anchor; None when it is empty).

    Raises:
        VadoError: AC-006, a row was changed, put in, moved, or the one before it removed; AC-012, an anchored row is not there any more.
    """
    count, last = 0, Sealed(0, Audit(x.clock(), "", ""), "")
    wanted = {a.seq: a.hash for a in anchors}
    while True:
        with x.store.begin() as tx:
            rows = tx.trail.rows(last.seq, _AT_ONCE)
        for row in rows:
            if sealed(last.hash, row.event) != row.hash:
                raise VadoError("AC-006", row=row.seq)
            if wanted.pop(row.seq, row.hash) != row.hash:
                raise VadoError("AC-012", row=row.seq)
            last = row
        count += len(rows)
        if len(rows) < _AT_ONCE:
            break
    if wanted:
        raise VadoError("AC-012", row=min(wanted))
    return count, Anchor(x.clock(), last.seq, last.hash) if count else None


def anchors_in(raw: bytes) -> list[Anchor]:
    """Read a file of anchors, one JSON line each. Raises SettingsError CO-002."""
    try:
        lines = [orjson.loads(line) for line in raw.splitlines()]
        return [Anchor(datetime.fromisoformat(a["at"]), int(a["seq"]), str(a["hash"])) for a in lines]
    except (ValueError, KeyError, TypeError) as fault:
        raise SettingsError("CO-002", path="anchors", fault="no file of anchors") from fault


def listed(x: Exchange, subject: str, limit: int, viewer: Viewer) -> tuple[Audit, ...]:
    """List the trail, newest first; that somebody did is noted too."""
    allow.check(viewer, "audit.read")
    with x.store.begin() as tx:
        found = tx.audits(subject=subject, limit=limit)
        tx.audit(Audit(x.clock(), viewer.name, "list-audit", subject))
        return found
