"""Which facts each delivery holds, and when consents begin and end by themselves."""

from datetime import UTC, datetime

import orjson
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add a table and a column. Of deliveries made before, nothing is noted; consents that are over by now are looked after once."""
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
    said = sa.Column(
        "turns", text, nullable=False, server_default="", comment="UTC: when it next begins or ends by itself; '' never"
    )
    op.add_column("consent", said)
    op.create_index("consent_by_turns", "consent", ["turns"])
    _turns()


def _turns() -> None:
    consent = sa.table("consent", sa.column("id"), sa.column("turns"), sa.column("body"))
    database = op.get_bind()
    for id_, body in database.execute(sa.select(consent.c.id, consent.c.body)).all():
        said = orjson.loads(body)
        if (until := said.get("until")) and not said.get("withdrawn"):
            turns = datetime.fromisoformat(until).astimezone(UTC).isoformat()
            anew = {"turns": turns, "body": orjson.dumps(said | {"turns": until}).decode()}
            database.execute(consent.update().where(consent.c.id == id_).values(**anew))
