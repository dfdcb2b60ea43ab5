"""What originals said to earlier readings."""

import zlib
from collections.abc import Iterator
from datetime import datetime

import orjson
from sqlalchemy import Connection, select

from vado.exchange.ports import Former
from vado.model.codec import from_plain
from vado.model.fact import Fact
from vado.model.original import OriginalId, PartnerId
from vado.store.order import Key
from vado.store.sql import tables as t

_MANY = 500  # originals asked of at once


def formers(db: Connection, keys: set[Key]) -> Iterator[tuple[Key, Former]]:
    """Give what each of these originals said to earlier readings, oldest first."""
    partners = {partner for partner, _ in keys}
    names = sorted({original for _, original in keys})
    for n in range(0, len(names), _MANY):
        some = names[n : n + _MANY]
        query = select(t.former).where(t.former.c.partner.in_(partners), t.former.c.original.in_(some)).order_by(t.former.c.seq)
        for r in db.execute(query):
            key = (PartnerId(r.partner), OriginalId(r.original))
            if key in keys:
                facts = from_plain(tuple[Fact, ...], orjson.loads(zlib.decompress(r.facts)))
                yield key, Former(r.reader, datetime.fromisoformat(r.at), facts)
