"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", text, nullable=False),
        sa.Column("who", text, nullable=False),
        sa.Column("action", text, nullable=False),
        sa.Column("subject", text, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        comment="who saw or did what; ids only",
    )
    op.create_index("audit_by_subject", "audit", ["subject", "seq"], unique=False)
    op.create_table(
        "block",
        sa.Column("key", text, nullable=False),
        sa.Column("patient", text, nullable=False),
        sa.PrimaryKeyConstraint("key", "patient"),
        comment="blocking keys: who is compared with whom",
    )
    op.create_index("block_by_patient", "block", ["patient"], unique=False)
    op.create_table(
        "doubt",
        sa.Column("id", text, nullable=False),
        sa.Column("partner", text, nullable=False),
        sa.Column("original", text, nullable=False),
        sa.Column("verdict", text, nullable=False, comment="'' while open"),
        sa.Column("at", text, nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("body", text, nullable=False, comment="JSON: the Doubt as asked"),
        sa.Column("by", text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="possible matches that a person decides",
    )
    op.create_index("doubt_open", "doubt", ["verdict", "at"], unique=False)
    op.create_table(
        "fact",
        sa.Column("partner", text, nullable=False),
        sa.Column("original", text, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="its place in the original's list"),
        sa.Column("id", text, nullable=False, comment="FHIR id"),
        sa.Column("kind", text, nullable=False, comment="FHIR resource type"),
        sa.Column(
            "patient",
            text,
            nullable=True,
            comment="the partner's Patient it is about",
        ),
        sa.Column("fidelity", sa.Integer(), nullable=False),
        sa.Column("received", text, nullable=False),
        sa.Column("resource", text, nullable=False, comment="JSON"),
        sa.Column("evidence", text, nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("partner", "original", "n"),
        comment="what each original says; one row a telling",
    )
    op.create_index("fact_by_id", "fact", ["id"], unique=False)
    op.create_index("fact_by_patient", "fact", ["patient"], unique=False)
    op.create_table(
        "link",
        sa.Column("patient", text, nullable=False),
        sa.Column("person", text, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("patient"),
        comment="the decision in force per patient",
    )
    op.create_index("link_by_person", "link", ["person", "seq"], unique=False)
    op.create_table(
        "link_event",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("patient", text, nullable=False),
        sa.Column("person", text, nullable=False),
        sa.Column(
            "body",
            text,
            nullable=False,
            comment="JSON: the LinkEvent with its reasons",
        ),
        sa.PrimaryKeyConstraint("seq"),
        comment="every decision on whose record a patient is; never altered",
    )
    op.create_index("link_event_by_patient", "link_event", ["patient", "seq"], unique=False)
    op.create_table(
        "original",
        sa.Column("partner", text, nullable=False),
        sa.Column("id", text, nullable=False, comment="sha-256 of the bytes"),
        sa.Column("channel", text, nullable=False),
        sa.Column("media_type", text, nullable=False),
        sa.Column("received", text, nullable=False),
        sa.Column(
            "parent",
            text,
            nullable=True,
            comment="the container it was unpacked from",
        ),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes"),
        sa.Column(
            "name",
            text,
            nullable=False,
            comment="the sender's file name: private",
        ),
        sa.Column("state", text, nullable=False),
        sa.Column(
            "reader",
            text,
            nullable=False,
            comment="name of the format, '' when not read",
        ),
        sa.Column("fidelity", sa.Integer(), nullable=True),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column(
            "ends",
            text,
            nullable=False,
            comment="JSON: End -> count of source elements",
        ),
        sa.Column(
            "issues",
            text,
            nullable=False,
            comment="JSON list of issues; no patient values",
        ),
        sa.Column(
            "cursor",
            text,
            nullable=False,
            comment="received|partner|id: the order of listings",
        ),
        sa.PrimaryKeyConstraint("partner", "id"),
        comment="every file received, and where it stands; the bytes lie in the originals folder",
    )
    op.create_index("original_by_cursor", "original", ["cursor"], unique=False)
    op.create_index("original_by_parent", "original", ["partner", "parent"], unique=False)
    op.create_index("original_by_state", "original", ["state", "cursor"], unique=False)
    op.create_table(
        "patient",
        sa.Column("id", text, nullable=False),
        sa.Column(
            "demographics",
            text,
            nullable=False,
            comment="JSON, normalised for matching",
        ),
        sa.PrimaryKeyConstraint("id"),
        comment="partners' patients as matching knows them",
    )
    op.create_table(
        "reading",
        sa.Column("partner", text, nullable=False),
        sa.Column("original", text, nullable=False),
        sa.Column(
            "reader",
            text,
            nullable=False,
            comment="with version: a change makes a new reading",
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of JSON: the Reading without its children"),
        sa.Column("ledger", sa.LargeBinary(), nullable=False, comment="zlib of JSON: the end of every source element"),
        sa.PrimaryKeyConstraint("partner", "original"),
        comment="what was seen in an original",
    )
    op.create_table(
        "word",
        sa.Column("word", text, nullable=False),
        sa.Column("patient", text, nullable=False),
        sa.PrimaryKeyConstraint("word", "patient"),
        comment="words under which a patient is found",
    )
    op.create_index("word_by_patient", "word", ["patient"], unique=False)
