"""The tables of the FHIR search index: what is given out, and under what it is found."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table

from vado.store.sql.tables import Text, metadata

resource = Table(
    "resource", metadata,
    Column(
        "number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False,
        comment="when first known, microseconds since 1970: strictly growing",
    ),
    Column("ref", Text, nullable=False, comment="'Patient/1'"),
    Column("kind", Text, nullable=False, comment="FHIR resource type"),
    Column("patient", Text, comment="the partner's Patient it is about"),
    Column("version", Integer, nullable=False),
    Column("changed", BigInteger, nullable=False, comment="when this version was made, microseconds since 1970: strictly growing"),
    Column("state", Integer, nullable=False, comment="0 may be given out, 1 gone, 2 withheld"),
    Column("digest", BigInteger, nullable=False, comment="of what it says"),
    Column("body", LargeBinary, nullable=False, comment="JSON as it is given out"),
    Index("resource_by_ref", "ref", unique=True),
    Index("resource_by_kind", "kind", "state", "number"),
    Index("resource_by_kind_change", "kind", "changed"),
    Index("resource_by_change", "changed"),
    Index("resource_by_patient", "patient"),
    comment="every fact as it stands and is given out over FHIR; made from `fact`, `decision` and `link`",
)  # fmt: skip

resource_former = Table(
    "resource_former", metadata,
    Column("ref", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("patient", Text),
    PrimaryKeyConstraint("ref", "version"),
    Index("resource_former_by_change", "kind", "changed"),
    comment="earlier versions of `resource`",
)  # fmt: skip

find_token = Table(
    "find_token", metadata,
    Column("parameter", Integer, nullable=False, comment="terms/searching.py: number"),
    Column("code", Text, nullable=False),
    Column("number", BigInteger, nullable=False, comment="resource.number"),
    Column("system", Text, nullable=False),
    PrimaryKeyConstraint("parameter", "code", "number", "system"),
    Index("find_token_by_number", "number", "parameter"),
    comment="codes, numbers and addresses by which resources are found",
    sqlite_with_rowid=False,
)  # fmt: skip

find_reference = Table(
    "find_reference", metadata,
    Column("parameter", Integer, nullable=False),
    Column("target", Text, nullable=False, comment="'Patient/1', or an absolute address"),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("parameter", "target", "number"),
    Index("find_reference_by_number", "number", "parameter"),
    comment="what resources refer to",
    sqlite_with_rowid=False,
)  # fmt: skip

find_string = Table(
    "find_string", metadata,
    Column("parameter", Integer, nullable=False),
    Column("value", Text, nullable=False, comment="plain letters"),
    Column("number", BigInteger, nullable=False),
    Column("said", Text, nullable=False, comment="as it was said; '' where `value` begins at a later word"),
    PrimaryKeyConstraint("parameter", "value", "number", "said"),
    Index("find_string_by_number", "number", "parameter"),
    comment="texts by whose beginning resources are found",
    sqlite_with_rowid=False,
)  # fmt: skip

find_date = Table(
    "find_date", metadata,
    Column("parameter", Integer, nullable=False),
    Column("low", BigInteger, nullable=False, comment="milliseconds since 1970"),
    Column("high", BigInteger, nullable=False, comment="not included"),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("parameter", "low", "high", "number"),
    Index("find_date_by_high", "parameter", "high"),
    Index("find_date_by_number", "number", "parameter"),
    comment="when what resources tell of was",
    sqlite_with_rowid=False,
)  # fmt: skip

find_dated = Table(
    "find_dated", metadata,
    Column("parameter", Integer, nullable=False, comment="of a code and a date together"),
    Column("code", Text, nullable=False),
    Column("low", BigInteger, nullable=False, comment="milliseconds since 1970"),
    Column("high", BigInteger, nullable=False, comment="not included"),
    Column("number", BigInteger, nullable=False),
    Column("system", Text, nullable=False),
    PrimaryKeyConstraint("parameter", "code", "low", "high", "number", "system"),
    Index("find_dated_by_number", "number", "parameter"),
    comment="codes with the dates of the same resource: rows of find_token and find_date joined",
    sqlite_with_rowid=False,
)  # fmt: skip

find_quantity = Table(
    "find_quantity", metadata,
    Column("parameter", Integer, nullable=False),
    Column("unit", Text, nullable=False, comment="'' any, '=...' UCUM base units, else as said"),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("parameter", "unit", "low", "high", "number"),
    Index("find_quantity_by_high", "parameter", "unit", "high"),
    Index("find_quantity_by_number", "number", "parameter"),
    comment="measured values by which resources are found",
    sqlite_with_rowid=False,
)  # fmt: skip

due = Table(
    "due", metadata,
    Column("work", Text, primary_key=True, comment="'fhir': `vado fhir index`"),
    comment="what a migration left to do",
)  # fmt: skip
