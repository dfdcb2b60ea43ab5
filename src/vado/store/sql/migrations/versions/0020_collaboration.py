"""The collaboration: sheets (rounds, rosters, what was agreed, proposals), who is invited, what they answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _columns(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, text, nullable=False) for name in names]


def upgrade() -> None:
    """Add the tables."""
    told = "the collaboration: rounds of asking, rosters, what was agreed, actions, proposals"
    op.create_table("sheet", *_columns("kind", "id", "round", "body"), sa.PrimaryKeyConstraint("kind", "id"), comment=told)
    op.create_index("sheet_by_round", "sheet", ["kind", "round", "id"])
    told = "codes that let somebody answer once, hashed; nothing links them with the answers"
    flags = [sa.Column(name, sa.Boolean(), nullable=False) for name in ("used", "roster")]
    op.create_table(
        "invited",
        *_columns("hash", "round", "voice", "who"), *flags, sa.Column("draft", text),
        sa.PrimaryKeyConstraint("hash"),
        comment=told,
    )  # fmt: skip
    op.create_index("invited_by_round", "invited", ["round", "hash"])
    told = "what people answered; the id is drawn by chance, and no row is numbered, so that no order tells who came when"
    op.create_table(
        "answer", *_columns("id", "round", "body"), sa.PrimaryKeyConstraint("id"), comment=told, sqlite_with_rowid=False
    )
    op.create_index("answer_by_round", "answer", ["round", "id"])
