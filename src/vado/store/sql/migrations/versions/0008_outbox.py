"""What goes out: changes, deliveries, their order, and held destinations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables. What is in the record already is no change: `vado deliver --all` sends it."""
    op.create_table(
        "change",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("patient", text, nullable=False),
        sa.Column("left", text, nullable=False, comment="the person it was in before; '' when it stayed where it was"),
        sa.PrimaryKeyConstraint("seq"),
        comment="records that changed, for the outbox to look at; a row goes in the transaction that makes its deliveries",
    )
    op.create_index("change_by_left", "change", ["left"])
    op.create_table(
        "delivery",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", text, nullable=False),
        sa.Column("partner", text, nullable=False),
        sa.Column("wish", text, nullable=False),
        sa.Column("person", text, nullable=False, comment="'' when it holds many"),
        sa.Column("state", text, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", text, nullable=False, comment="not to be sent before; '' when it is not to be sent"),
        sa.Column("claim", text, nullable=False, comment="who is sending it, until due; '' nobody"),
        sa.Column("body", text, nullable=False, comment="JSON: the Delivery; its bytes lie with the originals"),
        sa.PrimaryKeyConstraint("seq"),
        comment="what was sent to whom, and what is to be sent",
    )
    op.create_index("delivery_by_id", "delivery", ["id"], unique=True)
    op.create_index("delivery_by_state", "delivery", ["partner", "wish", "state", "seq"])
    op.create_index("delivery_by_record", "delivery", ["partner", "wish", "person", "seq"])
    op.create_index("delivery_by_person", "delivery", ["person", "seq"])
    op.create_table(
        "lane",
        sa.Column("partner", text, nullable=False),
        sa.Column("wish", text, nullable=False),
        sa.Column("person", text, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, comment="delivery.seq"),
        sa.PrimaryKeyConstraint("partner", "wish", "person", "seq"),
        comment="deliveries that wait, by each person whose order they keep",
    )
    op.create_index("lane_by_delivery", "lane", ["seq"])
    op.create_table(
        "destination_hold",
        sa.Column("partner", text, nullable=False),
        sa.Column("wish", text, nullable=False, comment="'' for everything that goes to the partner"),
        sa.Column("why", text, nullable=False),
        sa.Column("by", text, nullable=False),
        sa.Column("at", text, nullable=False),
        sa.PrimaryKeyConstraint("partner", "wish"),
        comment="destinations to which a person lets nothing go",
    )
