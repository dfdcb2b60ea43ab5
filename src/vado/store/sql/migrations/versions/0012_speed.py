"""A code and a date in one index, filled from the two that there are; nothing has to be done afterwards."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
# code and date, and both together: as vado.terms.searching.dated gives them; a later version may know more, and has to fill them in
PAIRS = (
    (314346427, -316078131, -112196541),
    (-277939034, 971802602, -250914381),
    (-470733199, 1748992332, 830788730),
    (-64397324, -855321353, -2123226102),
    (-931691966, 45801226, 527622614),
    (1037561532, 1269908559, -722431528),
    (23341317, 1641174911, -360766569),
    (-1464337297, -453937300, -576253820),
    (-1372445665, 1235104013, -111130830),
    (613285100, -22355728, 491340757),
    (1510801497, -115348596, 1614944632),
    (1945635245, 1914926723, -1382788455),
)


def _column(name: str, kind: Any, comment: str | None = None) -> Any:
    return sa.Column(name, kind, nullable=False, comment=comment)


def upgrade() -> None:
    """Add the table and join into it what stands in the others."""
    op.create_table(
        "find_dated",
        _column("parameter", sa.Integer(), "of a code and a date together"),
        _column("code", text),
        _column("low", sa.BigInteger(), "milliseconds since 1970"),
        _column("high", sa.BigInteger(), "not included"),
        _column("number", sa.BigInteger()),
        _column("system", text),
        sa.PrimaryKeyConstraint("parameter", "code", "low", "high", "number", "system"),
        comment="codes with the dates of the same resource: rows of find_token and find_date joined",
        sqlite_with_rowid=False,
    )
    names = ("parameter", "code", "low", "high", "number", "system")
    made = sa.table("find_dated", *map(sa.column, names))
    token = sa.table("find_token", *map(sa.column, ("parameter", "code", "number", "system")))
    date = sa.table("find_date", *map(sa.column, ("parameter", "low", "high", "number")))
    for code, when, both in PAIRS:
        joined = sa.select(sa.literal(both, sa.Integer()), token.c.code, date.c.low, date.c.high, token.c.number, token.c.system)
        joined = joined.where(token.c.parameter == code, date.c.parameter == when, date.c.number == token.c.number)
        op.execute(made.insert().from_select(names, joined.order_by(token.c.code, date.c.low, date.c.high)))
    op.create_index("find_dated_by_number", "find_dated", ["number", "parameter"])
