"""Operators' tools: holds of partners, what is tried again, what became of what came in; former readings are kept whole."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add three tables, three columns and an index."""
    body = "zlib of JSON: the Reading without its children; NULL: not kept, before version 0007"
    op.add_column("former", sa.Column("body", sa.LargeBinary(), nullable=True, comment=body))
    ledger = "zlib of JSON: the end of every source element"
    op.add_column("former", sa.Column("ledger", sa.LargeBinary(), nullable=True, comment=ledger))
    op.add_column("former", sa.Column("issues", text, nullable=True, comment="JSON list of issues"))
    op.create_index("doubt_by_original", "doubt", ["partner", "original"])
    op.create_table(
        "hold",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("partner", text, nullable=False),
        sa.Column("reason", text, nullable=False, comment="an operator's words"),
        sa.Column("by", text, nullable=False),
        sa.Column("at", text, nullable=False),
        sa.Column("released", text, nullable=False, comment="when it ended, '' while it is in force"),
        sa.Column("released_by", text, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        comment="partners whose originals are kept and not read until they are released",
    )
    op.create_index("hold_in_force", "hold", ["released", "partner"])
    op.create_table(
        "again",
        sa.Column("partner", text, nullable=False),
        sa.Column("original", text, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False, comment="readings begun so far"),
        sa.Column("code", text, nullable=False, comment="of the last failure"),
        sa.Column("due", text, nullable=False, comment="when it is read again, '' when no more"),
        sa.PrimaryKeyConstraint("partner", "original"),
        comment="originals whose reading failed for a cause that may pass",
    )
    op.create_index("again_by_due", "again", ["due"])
    op.create_table(
        "outcome",
        sa.Column("partner", text, nullable=False),
        sa.Column("channel", text, nullable=False),
        sa.Column("hour", text, nullable=False, comment="YYYY-MM-DDTHH, UTC"),
        sa.Column("code", text, nullable=False, comment="why they could not be read, '' for those that were"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "channel", "hour", "code"),
        comment="what became of first readings, for alerts",
    )
    op.create_index("outcome_by_hour", "outcome", ["hour"])
