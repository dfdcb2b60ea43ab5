"""What an original said to earlier versions of its reader."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "former",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("partner", text, nullable=False),
        sa.Column("original", text, nullable=False),
        sa.Column("reader", text, nullable=False, comment="with version: what had read it"),
        sa.Column("at", text, nullable=False, comment="when it was read anew"),
        sa.Column("facts", sa.LargeBinary(), nullable=False, comment="zlib of JSON: what it had said"),
        sa.PrimaryKeyConstraint("seq"),
        comment="what an original said to an earlier version of its reader; never altered",
    )
    op.create_index("former_by_original", "former", ["partner", "original", "seq"], unique=False)
