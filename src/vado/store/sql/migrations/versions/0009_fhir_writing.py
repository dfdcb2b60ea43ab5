"""Bulk exports, subscriptions and what waits to be said; facts of one type are found in the order of their ids."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add three tables and an index."""
    op.create_index("fact_by_kind", "fact", ["kind", "id"])
    op.create_table(
        "export",
        sa.Column("id", text, primary_key=True),
        sa.Column("begun", text, nullable=False),
        sa.Column("body", text, nullable=False, comment="JSON: what is wanted, what is written"),
        sa.Index("export_by_begun", "begun", "id"),
        comment="bulk exports and where each stands; their files lie in the exports folder",
    )
    op.create_table(
        "subscription",
        sa.Column("id", text, primary_key=True),
        sa.Column("partner", text, nullable=False),
        sa.Column("body", text, nullable=False, comment="JSON: the Subscription as it stands"),
        comment="who wants to hear of changes",
    )
    op.create_table(
        "notice",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("subscription", text, nullable=False),
        sa.Column("fact", text, nullable=False, comment="Type/id"),
        sa.Column("at", text, nullable=False),
        sa.Index("notice_by_subscription", "subscription", "number"),
        comment="changes that a subscriber has not taken yet",
    )
