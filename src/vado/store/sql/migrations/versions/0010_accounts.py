"""Accounts, sessions, ties and consents; and the audit trail becomes a chain, the rows there already included."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from vado.exchange.ports.trail import Audit, sealed

revision = "0010"
down_revision = "0009"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_AT_ONCE = 5000  # rows


def upgrade() -> None:
    """Make the tables; chain the trail."""
    _table("account", "who can sign in", "name outside body", "id")
    op.create_index("account_by_name", "account", ["name"], unique=True)
    op.create_index("account_by_outside", "account", ["outside"])
    _table("password", "argon2id hashes", "hash", "account")
    _table("session", "random secrets, of which only the hash is kept", "account began ends body", "id")
    op.create_index("session_by_account", "session", ["account", "began", "id"])
    op.create_index("session_by_end", "session", ["ends"])
    _table("relation", "what ties an account to somebody's record", "account subject since body", "id")
    op.create_index("relation_by_account", "relation", ["account", "since"])
    op.create_index("relation_by_subject", "relation", ["subject", "since"])
    _table("consent", "what persons permit and hide; FHIR Consent", "body", "id")
    _table("consent_patient", "whose consent it is", "", "patient consent")
    op.create_index("consent_patient_by_consent", "consent_patient", ["consent"])
    op.create_table(
        "attempt", sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False), sa.Column("key", text, nullable=False),
        sa.Column("at", text, nullable=False), sa.PrimaryKeyConstraint("seq"), comment="tries to sign in, of late",
    )  # fmt: skip
    op.create_index("attempt_by_key", "attempt", ["key", "at"])
    op.create_index("attempt_by_time", "attempt", ["at"])
    _table("once", "what must not be used twice", "until", "key")
    op.create_index("once_by_time", "once", ["until"])
    hashed = sa.Column("hash", text, nullable=False, server_default="", comment="of this row and the hash before it")
    op.add_column("audit", hashed)
    _chain()


def _table(name: str, comment: str, columns: str, keys: str) -> None:
    made = [sa.Column(c, text, nullable=False) for c in (*keys.split(), *columns.split())]
    op.create_table(name, *made, sa.PrimaryKeyConstraint(*keys.split()), comment=comment)


def _chain() -> None:
    db = op.get_bind()
    c = {name: sa.column(name) for name in ("seq", "at", "who", "action", "subject", "hash")}
    audit = sa.table("audit", *c.values())
    seq, before = 0, ""
    change = sa.update(audit).where(c["seq"] == sa.bindparam("n")).values(hash=sa.bindparam("h"))
    while rows := db.execute(sa.select(audit).where(c["seq"] > seq).order_by(c["seq"]).limit(_AT_ONCE)).all():
        found = []
        for r in rows:
            before = _hash(before, r)
            found.append({"n": r.seq, "h": before})
        db.execute(change, found)
        seq = rows[-1].seq


def _hash(before: str, r: sa.Row[tuple[object, ...]]) -> str:
    return sealed(before, Audit(datetime.fromisoformat(r.at), r.who, r.action, r.subject))
