"""Who ever was in a person is found at once; what is usual of a partner is counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add an index and a table."""
    op.create_index("link_event_by_person", "link_event", ["person", "patient"])
    op.create_table(
        "feed",
        sa.Column("partner", text, nullable=False),
        sa.Column("day", text, nullable=False, comment="YYYY-MM-DD, UTC"),
        sa.Column("arrived", sa.Integer(), nullable=False, comment="numbered patients that were new"),
        sa.Column("joined", sa.Integer(), nullable=False, comment="of these: joined by a rule to another of the same partner"),
        sa.PrimaryKeyConstraint("partner", "day"),
        comment="what is usual of a partner, for the circuit breaker",
    )
