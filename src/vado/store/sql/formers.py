"""What originals said to earlier readings."""

import zlib
from collections.abc import Iterator
from datetime import datetime

import orjson
from sqlalchemy import Connection, insert, select

from vado.exchange.ports import Former
from vado.model.codec import from_plain, to_plain
from vado.model.fact import Entry, Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.reading import Issue, Reading
from vado.store.order import Key
from vado.store.sql import tables as t
from vado.store.sql.once import parts


def formers(db: Connection, keys: set[Key]) -> Iterator[tuple[Key, Former]]:
    """Give what each of these originals said to earlier readings, oldest first."""
    partners = {partner for partner, _ in keys}
    for some in parts(sorted({original for _, original in keys})):
        query = select(t.former).where(t.former.c.partner.in_(partners), t.former.c.original.in_(some)).order_by(t.former.c.seq)
        for r in db.execute(query):
            key = (PartnerId(r.partner), OriginalId(r.original))
            if key in keys:
                facts = from_plain(tuple[Fact, ...], orjson.loads(zlib.decompress(r.facts)))
                reading = from_plain(Reading, orjson.loads(zlib.decompress(r.body))) if r.body else None
                ledger = from_plain(tuple[Entry, ...], orjson.loads(zlib.decompress(r.ledger))) if r.ledger else ()
                issues = from_plain(tuple[Issue, ...], orjson.loads(r.issues)) if r.issues else ()
                yield key, Former(r.reader, datetime.fromisoformat(r.at), facts, reading, ledger, issues)


def retire(db: Connection, partner: PartnerId, original: OriginalId, facts: tuple[Fact, ...], at: datetime) -> None:
    """Keep what an original says now as what it said before; nothing to keep changes nothing."""
    mine = select(t.reading).where(t.reading.c.partner == partner, t.reading.c.original == original)
    if r := db.execute(mine).first():
        said = zlib.compress(orjson.dumps(to_plain(facts)), 1)
        issues = select(t.original.c.issues).where(t.original.c.partner == partner, t.original.c.id == original)
        row = {"partner": partner, "original": original, "reader": r.reader, "at": at.isoformat(), "facts": said}
        db.execute(insert(t.former).values(**row, body=r.body, ledger=r.ledger, issues=issues.scalar_subquery()))
