"""What flows through each bridge, counted as it changes. What was received before is counted here, once."""

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from vado.exchange.flow import flow_of, flows_of, grains
from vado.exchange.ports import Settled
from vado.model.codec import from_plain
from vado.model.delivery import Delivery
from vado.model.fact import Entry, Evidence, Fact
from vado.model.flow import Flow
from vado.model.original import Original, OriginalId, PartnerId, State
from vado.model.reading import Fidelity, Issue, Reading

revision = "0018"
down_revision = "0017"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_KEYS = ("of", "partner", "day", "channel", "format", "fidelity", "key", "detail")


def upgrade() -> None:
    """Add the tables and fill them."""
    n = sa.Column("n", sa.BigInteger(), nullable=False)
    key = sa.PrimaryKeyConstraint("of", "grain", "day", "partner", "channel", "format", "fidelity", "key", "detail")
    op.create_table("flow", *_columns(), n, key, comment="what flows through each bridge: sums, without what `flow_note` has")
    op.create_table(
        "flow_note",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=True),
        *_columns(),
        sa.Column("n", sa.BigInteger(), nullable=False, comment="added; negative: taken away"),
        comment="changes of `flow` that are not added up yet; only appended, so that nobody waits",
    )
    op.create_table(
        "heads",
        sa.Column("what", text, primary_key=True),
        sa.Column("body", text, nullable=False, comment="JSON: persons as they were counted last"),
        comment="what is counted now and then",
    )
    op.create_index("doubt_by_partner", "doubt", ["partner", "verdict"])
    _fill(op.get_bind())


def _columns() -> list[Any]:
    whole = {"grain": "letters of the day that are told: 0, 7, 10", "fidelity": None}
    told = {
        "day": "YYYY-MM-DD, YYYY-MM or '', UTC",
        "format": "reader name",
        "key": "model/flow.py says of what",
    }
    return [
        sa.Column(name, sa.Integer() if name in whole else text, nullable=False, comment={**whole, **told}.get(name))
        for name in ("grain", *_KEYS)
    ]


def _fill(db: sa.Connection) -> None:
    sums: Counter[tuple[Any, ...]] = Counter()
    for flow, n in _flows(db):
        for grain, day in grains(flow):
            sums[(int(grain), *astuple(replace(flow, day=day)))] += n
    table = sa.table("flow", *(sa.column(c) for c in ("grain", *_KEYS, "n")))
    rows = [{**dict(zip(("grain", *_KEYS), key, strict=True)), "n": n} for key, n in sums.items()]
    for begin in range(0, len(rows), 1000):
        op.bulk_insert(table, rows[begin : begin + 1000])


def _flows(db: sa.Connection) -> Iterator[tuple[Flow, int]]:
    t = sa.table("original", *map(sa.column, ("partner", "id", "channel", "media_type", "received", "parent", "size", "name", "state", "issues", "cursor")))  # fmt: skip # noqa: E501
    after = ""
    while rows := db.execute(sa.select(t).where(t.c.cursor > after).order_by(t.c.cursor).limit(500)).all():
        for r in rows:
            yield from flows_of(_settled(db, r), State(r.state)).items()
        after = rows[-1].cursor
    sent = sa.table("delivery", sa.column("body"))
    for body in db.execute(sa.select(sent.c.body)).scalars():
        yield flow_of(from_plain(Delivery, orjson.loads(body))), 1


def _settled(db: sa.Connection, r: Any) -> Settled:
    o = Original(
        OriginalId(r.id), PartnerId(r.partner), r.channel, r.media_type, datetime.fromisoformat(r.received), None, r.size, r.name
    )
    issues = from_plain(tuple[Issue, ...], orjson.loads(r.issues))
    reading = sa.table("reading", *map(sa.column, ("partner", "original", "reader", "ledger")))
    read = db.execute(
        sa.select(reading.c.reader, reading.c.ledger).where(reading.c.partner == o.partner, reading.c.original == o.id)
    ).first()
    if read is None:
        return Settled(o, State(r.state), None, issues=issues)
    ledger = from_plain(tuple[Entry, ...], orjson.loads(zlib.decompress(read.ledger)))
    seen = Reading(o.id, read.reader, "", Fidelity.IMAGE, ())
    return Settled(o, State(r.state), seen, tuple(_facts(db, o, read.reader)), issues, ledger)


def _facts(db: sa.Connection, o: Original, reader: str) -> Iterator[Fact]:
    t = sa.table("fact", *map(sa.column, ("partner", "original", "patient", "fidelity", "resource")))
    mine = sa.select(t.c.patient, t.c.fidelity, t.c.resource).where(t.c.partner == o.partner, t.c.original == o.id)
    for r in db.execute(mine):
        yield Fact(orjson.loads(r.resource), Evidence(o.partner, o.id, (), reader, "", Fidelity(r.fidelity)), r.patient)
