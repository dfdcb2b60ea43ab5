"""Which facts each delivery holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0011"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add one table; of deliveries made before, nothing is noted."""
    op.create_table(
        "manifest",
        sa.Column("delivery", text, nullable=False, comment="delivery.id"),
        sa.Column("person", text, nullable=False, comment="whose facts these are"),
        sa.Column(
            "body", sa.LargeBinary(), nullable=False, comment="zlib of JSON: the Manifest; ids and fingerprints, no values"
        ),
        sa.PrimaryKeyConstraint("delivery", "person"),
        sa.Index("manifest_by_person", "person"),
        comment="which facts each delivery holds",
    )
