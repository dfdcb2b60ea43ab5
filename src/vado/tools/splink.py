"""Splink over DuckDB: pairs of people who share a key, scored by the bits of our own model. The optional extra `batch`.

Robin Linacre et al., Splink (MIT); DuckDB (MIT). Everything lies in one database file in `folder`, which may be removed afterwards.
"""

import logging
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

Pair = tuple[int, int, float]
Row = tuple[dict[str, Any], list[int]]
AT_ONCE = 50_000  # rows
KEYED = (  # keys that tell something, and for each patient how many others its rarer keys bring
    "SELECT unique_id, key, n, sum(n - 1) OVER w - (n - 1) AS before FROM ("
    "SELECT unique_id, key, count(*) OVER (PARTITION BY key) AS n FROM standing) WHERE n BETWEEN 2 AND $most"
    " WINDOW w AS (PARTITION BY unique_id ORDER BY n, key)"
)
PAIRED = (
    "SELECT DISTINCT least(a.unique_id, b.unique_id) AS one, greatest(a.unique_id, b.unique_id) AS other"
    " FROM keyed a JOIN keyed b ON a.key = b.key AND a.unique_id <> b.unique_id WHERE a.before < $enough"
)
FOUND = (  # Splink's weight and what names add, of the pairs that are worth a look
    "SELECT one, other, bits FROM (SELECT p.one, p.other, p.mw_identifier, p.match_weight + {added} AS bits FROM ("
    "SELECT unique_id_l AS one, unique_id_r AS other, match_weight, mw_identifier FROM {predicted} WHERE {first}) p"
    " JOIN people l ON l.unique_id = p.one JOIN people r ON r.unique_id = p.other) WHERE {then}"
)


def arrow_people(arrow: Any, some: list[Row]) -> Any:
    """Give people as an Arrow table; lists keep their kind when they are empty."""
    kinds = {int: arrow.int64(), float: arrow.float64(), str: arrow.string()}
    lists = {"nicknames": arrow.list_(arrow.int64())}
    schema = [(c, kinds.get(type(v)) or lists.get(c) or arrow.list_(arrow.string())) for c, v in some[0][0].items()]
    return arrow.table({name: arrow.array([r[name] for r, _ in some], kind) for name, kind in schema})


def arrow_keys(arrow: Any, some: list[Row]) -> Any:
    """Give who stands under which key as an Arrow table."""
    told = [(r["unique_id"], k) for r, keys in some for k in keys]
    return arrow.table(
        {"unique_id": arrow.array([u for u, _ in told], arrow.int64()), "key": arrow.array([k for _, k in told], arrow.int64())}
    )


class Table:
    """People of a batch in DuckDB: filled row by row, then scored."""

    def __init__(self, folder: Path, memory: str = "1500MB") -> None:
        """Open an empty table.

        Raises:
            ImportError: the extra `batch` is not installed.
        """
        # by name, for they may not be here; all asked for now, not after an hour of work
        duckdb, self._arrow, self._splink = (import_module(name) for name in ("duckdb", "pyarrow", "splink"))
        self._backend = import_module("splink.backends.duckdb")
        logging.getLogger("splink").setLevel(logging.ERROR)
        self.db: Any = duckdb.connect(
            str(folder / "batch.duckdb"), config={"memory_limit": memory, "temp_directory": str(folder)}
        )
        self.db.execute("SET preserve_insertion_order = false")
        self.db.execute("CREATE TABLE standing (unique_id BIGINT, key BIGINT)")
        self._made = False

    def fill(self, rows: Iterable[Row]) -> None:
        """Take rows with the hashes of their keys, all of the same columns; `unique_id` counts from 0."""
        rows = iter(rows)
        while some := list(islice(rows, AT_ONCE)):
            people, under = arrow_people(self._arrow, some), arrow_keys(self._arrow, some)
            self.db.register("some_people", people)
            self.db.register("some_keys", under)
            self.db.execute("INSERT INTO people FROM some_people" if self._made else "CREATE TABLE people AS FROM some_people")
            self.db.execute("INSERT INTO standing FROM some_keys")
            self._made = True

    def pair(self, most: int, enough: int) -> tuple[int, int]:
        """Find who is compared with whom, the rarest keys of each first, until there are enough: (pairs, keys that more than `most` share)."""
        self.db.execute(f"CREATE TABLE keyed AS {KEYED}", {"most": most})
        self.db.execute(f"CREATE TABLE pair AS {PAIRED}", {"enough": enough})
        crowded = "SELECT count(*) FROM (SELECT key FROM standing GROUP BY key HAVING count(*) > $most)"
        return self._count("SELECT count(*) FROM pair"), self._count(crowded, {"most": most})

    def _count(self, query: str, values: dict[str, Any] | None = None) -> int:
        return self.db.execute(query, values or {}).fetchall()[0][0]

    def scored(self, settings: dict[str, Any], added: str, keep: tuple[str, str], chunks: int = 1) -> Iterator[list[Pair]]:
        """Give (one, other, bits) of the pairs that `keep` keeps, part by part.

        Args:
            settings: Splink's settings, with m and u of every level.
            added: SQL of bits that come to Splink's weight; the two people are `l` and `r`.
            keep: SQL of which pairs are kept: by what Splink says, and then by the whole, `bits`.
            chunks: so many parts, for less memory.
        """
        api = self._backend.DuckDBAPI(self.db)
        for n in range(chunks):
            self.db.execute(
                "CREATE OR REPLACE TABLE blocked AS SELECT '0' AS match_key, one AS join_key_l, other AS join_key_r FROM pair"
                " WHERE one % $chunks = $n",
                {"chunks": chunks, "n": n},
            )
            linker = self._splink.Linker(api.register("people"), settings, log_level=logging.ERROR)
            linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
            predicted = linker.inference.predict(warning_mode="never")
            found = self.db.execute(FOUND.format(added=added, predicted=predicted.physical_name, first=keep[0], then=keep[1]))
            while some := found.fetchmany(AT_ONCE):
                yield some
            predicted.drop_table_from_database_and_remove_from_cache()

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()
