"""Tables of the collaboration; see tables.py."""

from sqlalchemy import Boolean, Column, Index, Table

from vado.store.sql.tables import Text, metadata

sheet = Table(
    "sheet", metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("round", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("sheet_by_round", "kind", "round", "id"),
    comment="the collaboration: rounds of asking, rosters, what was agreed, actions, proposals",
)  # fmt: skip

invited = Table(
    "invited", metadata,
    Column("hash", Text, primary_key=True),
    Column("round", Text, nullable=False),
    Column("voice", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("used", Boolean, nullable=False),
    Column("roster", Boolean, nullable=False),
    Column("draft", Text),
    Index("invited_by_round", "round", "hash"),
    comment="codes that let somebody answer once, hashed; nothing links them with the answers",
)  # fmt: skip

answer = Table(
    "answer", metadata,
    Column("id", Text, primary_key=True),
    Column("round", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("answer_by_round", "round", "id"),
    comment="what people answered; the id is drawn by chance, and no row is numbered, so that no order tells who came when",
    sqlite_with_rowid=False,
)  # fmt: skip
