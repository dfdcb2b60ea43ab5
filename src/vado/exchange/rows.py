"""Every original's row of the ledger, page by page: no transaction is held while somebody works on them."""

from collections.abc import Iterator

from vado.exchange.ports import Exchange, Row
from vado.model.original import PartnerId

_AT_ONCE = 500


def every_row(x: Exchange, partner: PartnerId | None = None) -> Iterator[Row]:
    """Give the rows of a partner, or of all, in the order of listings."""
    after = ""
    while True:
        with x.store.begin() as tx:
            rows = tx.rows(partner=partner, after=after, limit=_AT_ONCE)
        if not rows:
            return
        yield from rows
        after = rows[-1].original.cursor
