"""What a telling says, and how new it is, as columns: of what is told again and again, only the newest of each wording need be read.

Tellings from before have neither, and are all read as they were.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns, and put them into the index by which a fact is found."""
    op.add_column("fact", sa.Column("digest", sa.BigInteger(), comment="of what it says; NULL: told before version 0013"))
    op.add_column("fact", sa.Column("rank", text, comment="the newest telling of a fact has the greatest"))
    op.drop_index("fact_by_id", "fact")
    op.create_index("fact_by_id", "fact", ["id", "digest", "rank"])
