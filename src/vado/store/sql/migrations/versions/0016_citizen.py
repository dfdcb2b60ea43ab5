"""Replies that people are owed, and invitations by letter."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0014"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _table("owed", "questions, disputes and corrections that people are owed a reply to", "patient partner cursor body")
    op.create_index("owed_by_patient", "owed", ["patient"])
    op.create_index("owed_by_partner", "owed", ["partner", "cursor"])
    op.create_index("owed_by_cursor", "owed", ["cursor"])
    _table("invitation", "letters by which people come to an account of their own", "code made body")
    op.create_index("invitation_by_code", "invitation", ["code"], unique=True)
    op.create_index("invitation_by_time", "invitation", ["made"])


def _table(name: str, comment: str, columns: str) -> None:
    made = [sa.Column(c, text, nullable=False) for c in ("id", *columns.split())]
    op.create_table(name, *made, sa.PrimaryKeyConstraint("id"), comment=comment)
