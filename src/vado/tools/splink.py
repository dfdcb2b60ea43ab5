"""Splink over DuckDB: pairs of people who share a key, scored by the bits of our own model. The optional extra `batch`.

Robin Linacre et al., Splink (MIT); DuckDB (MIT). Everything lies in one database file in `folder`, which may be removed afterwards.
"""

import gc
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from importlib import import_module
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

Pair = tuple[int, int, float]
Part = tuple[dict[str, Sequence[Any]], Sequence[Sequence[str]]]  # columns of some people, among them unique_id; the keys of each
C = TypeVar("C")
AT_ONCE = 50_000  # pairs
_AHEAD = 4  # chunks in the making
STANDING = "SELECT unique_id, hash(key) AS key, {alone} AS alone FROM (SELECT unique_id, unnest(keys) AS key FROM some_keys)"
KEYED = (  # keys that tell something, and for each patient how many others its rarer keys bring
    "SELECT unique_id, key, alone, n, sum(n - 1) OVER w - (n - 1) AS before FROM ("
    "SELECT unique_id, key, alone, count(*) OVER (PARTITION BY key) AS n FROM standing) WHERE n BETWEEN 2 AND $most"
    " WINDOW w AS (PARTITION BY unique_id ORDER BY n, key)"
)
PAIRED = (  # each key that two people share is met once here; one that many share tells too little without a second
    "SELECT a.unique_id AS one, b.unique_id AS other FROM keyed a JOIN keyed b ON a.key = b.key AND a.unique_id < b.unique_id"
    " WHERE least(a.before, b.before) < $enough GROUP BY 1, 2 HAVING count(*) > 1 OR bool_or(a.alone OR a.n <= $few)"
)
FOUND = (  # Splink's weight and what names add, of the pairs that are worth a look
    "SELECT one, other, bits FROM (SELECT p.unique_id_l AS one, p.unique_id_r AS other, p.mw_identifier, p.match_weight + {added} AS bits"
    " FROM (SELECT * FROM {predicted} WHERE {keep[0]}) p"
    " JOIN people l ON l.unique_id = p.unique_id_l JOIN people r ON r.unique_id = p.unique_id_r WHERE {keep[1]}) WHERE {keep[2]}"
)


def arrow_parts(chunks: Iterable[C], make: Callable[[C], Part]) -> Iterator[tuple[Any, Any]]:
    """Give what `make` makes of each chunk as two Arrow tables, people and keys, in order; many chunks are made side by side.

    Args:
        chunks: people, some at a time.
        make: a function that another process can be given.
    """
    chunks = iter(chunks)
    first = list(islice(chunks, 2))
    if len(first) < 2:
        yield from (_arrow(make, chunk) for chunk in first)
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=gc.disable) as pool:
        # no collecting of cycles in a child: what it makes of a chunk has none
        ahead: deque[Future[tuple[Any, Any]]] = deque()
        for chunk in chain(first, chunks):
            ahead.append(pool.submit(_arrow, make, chunk))
            if len(ahead) > _AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _arrow(make: Callable[[C], Part], chunk: C) -> tuple[Any, Any]:
    """Lists keep their kind when they are empty."""
    columns, keys = make(chunk)
    arrow = import_module("pyarrow")
    kinds, strings = {int: arrow.int64(), float: arrow.float64(), str: arrow.string()}, arrow.list_(arrow.string())
    lists = {"nicknames": arrow.list_(arrow.int64())}
    people = {c: arrow.array(some, kinds.get(type(some[0])) or lists.get(c) or strings) for c, some in columns.items()}
    return arrow.table(people), arrow.table({"unique_id": people["unique_id"], "keys": arrow.array(keys, strings)})


class Table:
    """People of a batch in DuckDB: filled row by row, then scored."""

    def __init__(self, folder: Path, memory: str = "1500MB") -> None:
        """Open an empty table.

        Raises:
            ImportError: the extra `batch` is not installed.
        """
        # by name, for they may not be here; all asked for now, not after an hour of work
        duckdb, _, self._splink = (import_module(name) for name in ("duckdb", "pyarrow", "splink"))
        self._backend = import_module("splink.backends.duckdb")
        logging.getLogger("splink").setLevel(logging.ERROR)
        self.db: Any = duckdb.connect(
            str(folder / "batch.duckdb"), config={"memory_limit": memory, "temp_directory": str(folder)}
        )
        self.db.execute("SET preserve_insertion_order = false")
        self.db.execute("CREATE TABLE standing (unique_id BIGINT, key UBIGINT, alone BOOLEAN)")
        self._made = False

    def fill(self, chunks: Iterable[C], make: Callable[[C], Part], alone: str) -> None:
        """Take people with their keys.

        Args:
            chunks: people, some at a time.
            make: gives their columns, always the same, and their keys; `unique_id` counts from 0. Another process can be given it.
            alone: SQL of whether a `key` tells enough by itself.
        """
        for people, keys in arrow_parts(chunks, make):
            self.db.register("some_people", people)
            self.db.register("some_keys", keys)
            self.db.execute("INSERT INTO people FROM some_people" if self._made else "CREATE TABLE people AS FROM some_people")
            self.db.execute(f"INSERT INTO standing {STANDING.format(alone=alone)}")
            self._made = True

    def pair(self, most: int, enough: int, few: int) -> tuple[int, int]:
        """Find who is compared with whom, the rarest keys of each first, until there are enough.

        Args:
            most: patients under one key; what more share compares nobody.
            enough: others whom the rarest keys of one patient bring.
            few: patients under one key that tells without a second.

        Returns:
            (pairs, keys that more than `most` share).
        """
        self.db.execute(f"CREATE TABLE keyed AS {KEYED}", {"most": most})
        self.db.execute(f"CREATE TABLE pair AS {PAIRED}", {"enough": enough, "few": few})
        crowded = "SELECT count(*) FROM (SELECT key FROM standing GROUP BY key HAVING count(*) > $most)"
        return self._count("SELECT count(*) FROM pair"), self._count(crowded, {"most": most})

    def _count(self, query: str, values: dict[str, Any] | None = None) -> int:
        return self.db.execute(query, values or {}).fetchall()[0][0]

    def scored(self, settings: dict[str, Any], added: str, keep: tuple[str, str, str], chunks: int = 1) -> Iterator[list[Pair]]:
        """Give (one, other, bits) of the pairs that `keep` keeps, part by part.

        Args:
            settings: Splink's settings, with m and u of every level.
            added: SQL of bits that come to Splink's weight; the two people are `l` and `r`.
            keep: SQL of which pairs are kept: by what Splink says; by that and the two people, `p`, `l` and `r`; by the whole, `bits`.
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
            found = self.db.execute(FOUND.format(added=added, predicted=predicted.physical_name, keep=keep))
            while some := found.fetchmany(AT_ONCE):
                yield some
            predicted.drop_table_from_database_and_remove_from_cache()

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()
