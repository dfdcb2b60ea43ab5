"""Passkeys: public halves of the key pairs that people sign in with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0014"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the table."""
    columns = [sa.Column(name, text, nullable=False) for name in ("id", "account", "made", "body")]
    told = "public halves of the key pairs that people sign in with"
    op.create_table("passkey", *columns, sa.PrimaryKeyConstraint("id"), comment=told)
    op.create_index("passkey_by_account", "passkey", ["account", "made", "id"])
