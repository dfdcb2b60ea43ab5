"""Splink over DuckDB: pairs of people who share a key, scored by the bits of our own model. The optional extra `batch`.

Robin Linacre et al., Splink (MIT); DuckDB (MIT). Everything lies in one database file in `folder`, which may be removed afterwards.
"""

import logging
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

Pair = tuple[int, int, float]
_AT_ONCE = 50_000


class Table:
    """People of a batch in DuckDB: filled row by row, then scored."""

    def __init__(self, folder: Path, memory: str = "1500MB") -> None:
        """Open an empty table.

        Raises:
            ImportError: the extra `batch` is not installed.
        """
        import duckdb
        import pyarrow
        import splink  # noqa: F401 - asked for now, not after an hour of work

        logging.getLogger("splink").setLevel(logging.ERROR)
        self._arrow, self._folder = pyarrow, folder
        self.db = duckdb.connect(str(folder / "batch.duckdb"), config={"memory_limit": memory, "temp_directory": str(folder)})
        self.db.execute("SET preserve_insertion_order = false")
        self.db.execute("CREATE TABLE standing (unique_id BIGINT, key BIGINT)")
        self._made = False

    def fill(self, rows: Iterable[tuple[dict[str, Any], list[int]]]) -> None:
        """Take rows with the hashes of their keys, all of the same columns; `unique_id` counts from 0."""
        rows = iter(rows)
        while some := list(islice(rows, _AT_ONCE)):
            people = self._arrow.Table.from_pylist([r for r, _ in some], schema=self._schema(some[0][0]))
            under = self._arrow.table(
                {
                    "unique_id": [r["unique_id"] for r, keys in some for _ in keys],
                    "key": [k for _, keys in some for k in keys],
                }
            )
            self.db.register("some_people", people)
            self.db.register("some_keys", under)
            self.db.execute("INSERT INTO people FROM some_people" if self._made else "CREATE TABLE people AS FROM some_people")
            self.db.execute("INSERT INTO standing FROM some_keys")
            self._made = True

    def _schema(self, row: dict[str, Any]) -> Any:
        a = self._arrow
        kinds = {int: a.int64(), float: a.float64(), str: a.string()}
        lists = {"nicknames": a.list_(a.int64())}
        return a.schema([(c, kinds.get(type(v)) or lists.get(c) or a.list_(a.string())) for c, v in row.items()])

    def pair(self, most: int, enough: int) -> int:
        """Find who is compared with whom: the rarest keys of each first, until there are enough; count the pairs."""
        self.db.execute(
            "CREATE TABLE keyed AS SELECT unique_id, key, n, sum(n - 1) OVER w - (n - 1) AS before FROM ("
            "SELECT unique_id, key, count(*) OVER (PARTITION BY key) AS n FROM standing) WHERE n BETWEEN 2 AND $most"
            " WINDOW w AS (PARTITION BY unique_id ORDER BY n, key)",
            {"most": most},
        )
        self.db.execute(
            "CREATE TABLE pair AS SELECT DISTINCT least(a.unique_id, b.unique_id) AS one, greatest(a.unique_id, b.unique_id) AS other"
            " FROM keyed a JOIN keyed b ON a.key = b.key AND a.unique_id <> b.unique_id WHERE a.before < $enough",
            {"enough": enough},
        )
        return self.db.execute("SELECT count(*) FROM pair").fetchall()[0][0]

    def scored(self, settings: dict[str, Any], added: str, keep: tuple[str, str], chunks: int = 1) -> Iterator[list[Pair]]:
        """Give (one, other, bits) of the pairs that `keep` keeps, part by part.

        Args:
            settings: Splink's settings, with m and u of every level.
            added: SQL of bits that come to Splink's weight; the two people are `l` and `r`.
            keep: SQL of which pairs are kept: by what Splink says, and then by the whole, `bits`.
            chunks: so many parts, for less memory.
        """
        from splink import Linker
        from splink.backends.duckdb import DuckDBAPI

        api = DuckDBAPI(self.db)
        for n in range(chunks):
            self.db.execute(
                "CREATE OR REPLACE TABLE blocked AS SELECT '0' AS match_key, one AS join_key_l, other AS join_key_r FROM pair"
                f" WHERE one % {int(chunks)} = {n}"
            )
            linker = Linker(api.register("people"), settings, log_level=logging.ERROR)
            linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
            predicted = linker.inference.predict(warning_mode="never")
            found = self.db.execute(
                f"SELECT one, other, bits FROM (SELECT p.one, p.other, p.mw_identifier, p.match_weight + {added} AS bits FROM ("  # noqa: S608 - SQL of our own
                "SELECT unique_id_l AS one, unique_id_r AS other, match_weight, mw_identifier"
                f" FROM {predicted.physical_name} WHERE {keep[0]}) p"
                f" JOIN people l ON l.unique_id = p.one JOIN people r ON r.unique_id = p.other) WHERE {keep[1]}"
            )
            while some := found.fetchmany(_AT_ONCE):
                yield some
            predicted.drop_table_from_database_and_remove_from_cache()

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()
