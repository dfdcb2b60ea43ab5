"""Rows of the ledger, page by page: no transaction is held while somebody works on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from vado.exchange.ports import Exchange, Row
from vado.model.original import PartnerId, State

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Which:
    """A choice of originals; what is not said does not matter."""

    partner: PartnerId | None = None
    states: frozenset[State] = frozenset()
    format: str = ""  # the reader that read it, 'hl7v2'
    code: str = ""  # one of its issues, 'IN-003'
    since: datetime | None = None  # received then or later; aware
    until: datetime | None = None  # received before
    original: str = ""  # its id begins so

    def takes(self, row: Row) -> bool:
        """Say whether a row is meant; its partner and the state, when it is one, are known to fit."""
        return (
            (not self.states or row.state in self.states)
            and self.format in ("", row.reader)
            and (not self.code or any(i.code == self.code for i in row.issues))
            and row.original.id.startswith(self.original)
            and (self.since is None or row.original.received >= self.since)
        )


def chosen(x: Exchange, which: Which, at_once: int = _AT_ONCE) -> Iterator[Row]:
    """Give the rows that are meant, in the order of listings (time received)."""
    after = which.since.isoformat() if which.since else ""  # cursors begin with the time received
    state = next(iter(which.states)) if len(which.states) == 1 else None
    while True:
        with x.store.begin() as tx:
            rows = tx.rows(state=state, partner=which.partner, after=after, limit=at_once)
        for row in rows:
            if which.until and row.original.received >= which.until:
                return
            if which.takes(row):
                yield row
        if not rows:
            return
        after = rows[-1].original.cursor


def every_row(x: Exchange, partner: PartnerId | None = None) -> Iterator[Row]:
    """Give the rows of a partner, or of all, in the order of listings."""
    return chosen(x, Which(partner=partner))
