"""What partners' own codes mean, and loaded code systems."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accepted",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("partner", text, nullable=False),
        sa.Column("local", text, nullable=False, comment="the code as sent, or the text where there is no code"),
        sa.Column("body", text, nullable=False, comment="JSON: the row of the concept map, with who and when"),
        sa.PrimaryKeyConstraint("seq"),
        comment="what partners' own codes mean; the newest row of a local code holds; never altered",
    )
    op.create_index("accepted_by_local", "accepted", ["partner", "local", "seq"], unique=False)
    op.create_table(
        "concept",
        sa.Column("system", text, nullable=False),
        sa.Column("code", text, nullable=False),
        sa.Column("language", text, nullable=False),
        sa.Column("display", text, nullable=False),
        sa.PrimaryKeyConstraint("system", "code", "language"),
        comment="code systems that the place has a licence for",
    )
    op.create_table(
        "concept_word",
        sa.Column("word", text, nullable=False),
        sa.Column("system", text, nullable=False),
        sa.Column("code", text, nullable=False),
        sa.Column("language", text, nullable=False),
        sa.PrimaryKeyConstraint("word", "system", "code", "language"),
        comment="words under which a concept is found",
    )
    op.create_index("concept_word_by_concept", "concept_word", ["system", "code", "language"], unique=False)
