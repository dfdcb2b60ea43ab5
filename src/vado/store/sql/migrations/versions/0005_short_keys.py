"""Blocking keys as 64 bits and patients as numbers: a sixth of the space, and no name stands in the index."""

from array import array
from hashlib import blake2b

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_AT_ONCE = 1000


def upgrade() -> None:
    """Make the two tables anew; what stood in them is kept. `vado people renew` then writes the keys of this version."""
    op.drop_index("block_by_patient", "block")
    op.rename_table("patient", "patient_before")
    op.rename_table("block", "block_before")
    if op.get_bind().dialect.name == "postgresql":  # the names of indexes move with the tables
        op.execute("ALTER INDEX patient_pkey RENAME TO patient_before_pkey")
        op.execute("ALTER INDEX block_pkey RENAME TO block_before_pkey")
    op.create_table(
        "patient",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False, comment="its short name in `block`"),
        sa.Column("id", text, nullable=False),
        sa.Column("demographics", text, nullable=False, comment="JSON, normalised for matching"),
        sa.Column("hashes", sa.LargeBinary(), nullable=False, comment="under which it stands in `block`: 8 bytes each"),
        sa.PrimaryKeyConstraint("number"),
        comment="partners' patients as matching knows them",
    )
    op.create_table(
        "block",
        sa.Column("key", sa.BigInteger(), nullable=False, comment="64 bits of the hash of a blocking key"),
        sa.Column("patient", sa.Integer(), nullable=False, comment="patient.number"),
        sa.PrimaryKeyConstraint("key", "patient"),
        comment="blocking keys: who is compared with whom",
        sqlite_with_rowid=False,
    )
    op.create_index("patient_by_id", "patient", ["id"], unique=True)
    _fill()
    op.drop_table("block_before")
    op.drop_table("patient_before")


def _fill() -> None:
    db = op.get_bind()
    old = sa.table("patient_before", sa.column("id"), sa.column("demographics"))
    keys = sa.table("block_before", sa.column("key"), sa.column("patient"))
    new = sa.table("patient", *(sa.column(c) for c in ("number", "id", "demographics", "hashes")))
    block = sa.table("block", sa.column("key"), sa.column("patient"))
    # the old table has no order by patient any more: one pass makes it
    op.create_index("block_before_by_patient", "block_before", ["patient"])
    after = ""
    while rows := db.execute(sa.select(old).where(old.c.id > after).order_by(old.c.id).limit(_AT_ONCE)).all():
        after = rows[-1].id
        mine: dict[str, set[int]] = {r.id: set() for r in rows}
        for key, patient in db.execute(sa.select(keys).where(keys.c.patient.in_(mine))):
            mine[patient].add(int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True))
        values = [{"id": r.id, "demographics": r.demographics, "hashes": array("q", sorted(mine[r.id])).tobytes()} for r in rows]
        db.execute(sa.insert(new), values)
        numbers = db.execute(sa.select(new.c.id, new.c.number).where(new.c.id.in_(mine))).all()
        if standing := [{"key": k, "patient": n} for p, n in numbers for k in mine[p]]:
            db.execute(sa.insert(block), standing)
