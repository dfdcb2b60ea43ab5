"""Whom somebody looked at last, and when: asked each time a record is opened, so that what is new since can be said."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the index."""
    op.create_index("audit_by_who", "audit", ["who", "action", "subject", "seq"])
