"""What persons decide about values read from paper, and how surely each fact was read."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; take the confidence of facts read before out of their evidence."""
    op.add_column(
        "fact",
        sa.Column(
            "confidence",
            sa.Float(),
            nullable=False,
            server_default="1",
            comment="chance that it was read right; below 1 only from paper",
        ),
    )
    _fill()
    op.create_index("fact_by_confidence", "fact", ["confidence"], unique=False)
    op.create_table(
        "decision",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("fact", text, nullable=False),
        sa.Column("patient", text, nullable=True),
        sa.Column("partner", text, nullable=False),
        sa.Column("body", text, nullable=False, comment="JSON: the Decision with the fact as it was proposed"),
        sa.PrimaryKeyConstraint("seq"),
        comment="what persons said about values read from paper; never altered",
    )
    for name in ("fact", "patient", "partner"):
        op.create_index(f"decision_by_{name}", "decision", [name, "seq"], unique=False)
    op.create_table(
        "settled",
        sa.Column("fact", text, nullable=False),
        sa.Column("original", text, nullable=False),
        sa.PrimaryKeyConstraint("fact", "original"),
        comment="tellings from paper that need no person any more: the desk need not look at them",
    )


def _fill() -> None:
    db = op.get_bind()
    c = {name: sa.column(name) for name in ("partner", "original", "n", "evidence", "confidence")}
    fact = sa.table("fact", *c.values())
    for row in db.execute(
        sa.select(c["partner"], c["original"], c["n"], c["evidence"]).where(c["evidence"].like('%"confidence":%'))
    ).all():
        if (sure := json.loads(row.evidence).get("confidence", 1)) < 1:
            mine = (c["partner"] == row.partner, c["original"] == row.original, c["n"] == row.n)
            db.execute(sa.update(fact).where(*mine).values(confidence=sure))
