"""A search index of every fact, as it is given out over FHIR. What was received before is put on it by `vado fhir index`.

Until that is done, searches of an old place are answered with FH-011: nobody shall take silence for absence.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _column(name: str, kind: Any, comment: str | None = None) -> Any:
    return sa.Column(name, kind, nullable=False, comment=comment)


def upgrade() -> None:
    """Add the tables; note that they are to be filled where there is something to fill them with."""
    _resources()
    big = sa.BigInteger()
    columns = (_column("code", text), _number("resource.number"), _column("system", text))
    _found_by(
        "token", columns, "codes, numbers and addresses by which resources are found", parameter="terms/searching.py: number"
    )
    target = _column("target", text, "'Patient/1', or an absolute address")
    _found_by("reference", (target, _number()), "what resources refer to")
    value, said = (
        _column("value", text, "plain letters"),
        _column("said", text, "as it was said; '' where `value` begins at a later word"),
    )
    _found_by("string", (value, _number(), said), "texts by whose beginning resources are found")
    low, high = _column("low", big, "milliseconds since 1970"), _column("high", big, "not included")
    _found_by("date", (low, high, _number()), "when what resources tell of was")
    op.create_index("find_date_by_high", "find_date", ["parameter", "high"])
    unit = _column("unit", text, "'' any, '=...' UCUM base units, else as said")
    ends = _column("low", sa.Double()), _column("high", sa.Double())
    _found_by("quantity", (unit, *ends, _number()), "measured values by which resources are found")
    op.create_index("find_quantity_by_high", "find_quantity", ["parameter", "unit", "high"])
    op.create_table(
        "due",
        _column("work", text, "'fhir': `vado fhir index`"),
        sa.PrimaryKeyConstraint("work"),
        comment="what a migration left to do",
    )
    if op.get_bind().execute(sa.select(sa.literal(1)).select_from(sa.table("fact")).limit(1)).first():
        op.bulk_insert(sa.table("due", sa.column("work")), [{"work": "fhir"}])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE resource_clock")


def _number(comment: str | None = None) -> Any:
    return _column("number", sa.BigInteger(), comment)


def _found_by(kind: str, columns: tuple[Any, ...], comment: str, parameter: str | None = None) -> None:
    table = f"find_{kind}"
    key = sa.PrimaryKeyConstraint("parameter", *(c.name for c in columns))
    op.create_table(table, _column("parameter", sa.Integer(), parameter), *columns, key, comment=comment, sqlite_with_rowid=False)
    op.create_index(f"{table}_by_number", table, ["number", "parameter"])


def _resources() -> None:
    big, whole, ref, kind = sa.BigInteger(), sa.Integer(), _column("ref", text), _column("kind", text)
    op.create_table(
        "resource",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False,
            comment="when first known, microseconds since 1970: strictly growing",
        ),
        _column("ref", text, "'Patient/1'"),
        _column("kind", text, "FHIR resource type"),
        sa.Column("patient", text, comment="the partner's Patient it is about"),
        _column("version", whole),
        _column("changed", big, "when this version was made, microseconds since 1970: strictly growing"),
        _column("state", whole, "0 may be given out, 1 gone, 2 withheld"),
        _column("digest", big, "of what it says"),
        _column("body", sa.LargeBinary(), "JSON as it is given out"),
        sa.PrimaryKeyConstraint("number"),
        comment="every fact as it stands and is given out over FHIR; made from `fact`, `decision` and `link`",
    )  # fmt: skip
    op.create_index("resource_by_ref", "resource", ["ref"], unique=True)
    op.create_index("resource_by_kind", "resource", ["kind", "state", "number"])
    op.create_index("resource_by_kind_change", "resource", ["kind", "changed"])
    op.create_index("resource_by_change", "resource", ["changed"])
    op.create_index("resource_by_patient", "resource", ["patient"])
    op.create_table(
        "resource_former",
        ref,
        _column("version", whole),
        _column("number", big),
        kind,
        _column("changed", big),
        _column("state", whole),
        _column("body", sa.LargeBinary()),
        sa.Column("patient", text),
        sa.PrimaryKeyConstraint("ref", "version"),
        comment="earlier versions of `resource`",
    )
    op.create_index("resource_former_by_change", "resource_former", ["kind", "changed"])
