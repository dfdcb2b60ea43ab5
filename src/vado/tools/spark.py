"""Splink over Apache Spark: the same work as tools/splink.py where one machine is outgrown. The optional extra `spark`.

Robin Linacre et al., Splink (MIT); Apache Spark (Apache-2.0), which needs Java 17 or newer. The model and the SQL are the same, said in
Spark's dialect by sqlglot (MIT).
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from vado.tools.splink import AT_ONCE, FOUND, KEYED, PAIRED, STANDING, C, Pair, Part, arrow_parts

# as sqlglot calls them in Spark, and the class of the library that comes with Splink
_SIMILAR = (("jarowinkler_similarity", "JaroWinklerSimilarity"), ("damerau_levenshtein", "LevDamerauDistance"))


class SparkTable:
    """People of a batch in Spark: filled row by row, then scored. What tools/splink.Table does, and the same answers."""

    def __init__(self, folder: Path, memory: str = "1500MB", master: str = "local[*]") -> None:
        """Open an empty table.

        Args:
            folder: seen by every worker of the cluster under this name; may be removed afterwards.
            memory: of the driver, in local mode of all.
            master: Spark's master URL: 'local[*]', 'spark://host:7077', 'yarn'.

        Raises:
            ImportError: the extra `spark` is not installed.
        """
        self._parquet, self._splink, sql, self._sqlglot = (
            import_module(name) for name in ("pyarrow.parquet", "splink", "pyspark.sql", "sqlglot")
        )
        self._backend = import_module("splink.backends.spark")
        jar = import_module("splink.internals.spark.jar_location").similarity_jar_location()
        logging.getLogger("splink").setLevel(logging.ERROR)
        self._folder = folder
        settings = {
            "spark.jars": jar, "spark.driver.extraClassPath": jar, "spark.driver.memory": memory.lower().removesuffix("b"),
            "spark.sql.shuffle.partitions": str(4 * (os.cpu_count() or 1)), "spark.ui.enabled": "false",
            "spark.local.dir": str(folder), "spark.sql.warehouse.dir": str(folder / "warehouse"),
        }  # fmt: skip
        building = sql.SparkSession.builder.master(master).appName("vado people batch")
        for name, value in settings.items():
            building = building.config(name, value)
        self.spark: Any = building.getOrCreate()
        self.spark.sparkContext.setLogLevel("ERROR")
        self.spark.sparkContext.setCheckpointDir(str(folder / "checkpoints"))
        kinds = import_module("pyspark.sql.types")
        for name, java in _SIMILAR:
            self.spark.udf.registerJavaFunction(name, f"uk.gov.moj.dash.linkage.{java}", kinds.DoubleType())

    def fill(self, chunks: Iterable[C], make: Callable[[C], Part], alone: str) -> None:
        """Take people with their keys; arguments as tools/splink.Table.fill."""
        for name in ("people", "some_keys"):
            (self._folder / name).mkdir()
        for n, tables in enumerate(arrow_parts(chunks, make)):
            for name, table in zip(("people", "some_keys"), tables, strict=True):
                self._parquet.write_table(table, str(self._folder / name / f"{n}.parquet"))
        if any((self._folder / "people").iterdir()):
            for name in ("people", "some_keys"):
                self.spark.read.parquet((self._folder / name).as_uri()).createOrReplaceTempView(name)
            self._keep("standing", STANDING.format(alone=alone).replace("hash(", "xxhash64("))

    def pair(self, most: int, enough: int, few: int) -> tuple[int, int]:
        """Find who is compared with whom; arguments and answer as tools/splink.Table.pair."""
        self._keep("keyed", KEYED.replace("$most", str(most)))
        self._keep("pair", PAIRED.replace("$enough", str(enough)).replace("$few", str(few)))
        crowded = f"SELECT key FROM standing GROUP BY key HAVING count(*) > {most:d}"  # noqa: S608 - a number
        return self.spark.table("pair").count(), self.spark.sql(crowded).count()

    def _keep(self, name: str, query: str) -> None:
        """Work a query out once and keep what it gives: its rows are asked for again and again."""
        path = (self._folder / name).as_uri()
        self.spark.sql(self._said(query)).write.mode("overwrite").parquet(path)
        self.spark.read.parquet(path).createOrReplaceTempView(name)

    def _said(self, sql: str) -> str:
        return self._sqlglot.transpile(sql, read="duckdb", write="spark")[0]

    def scored(self, settings: dict[str, Any], added: str, keep: tuple[str, str, str], chunks: int = 1) -> Iterator[list[Pair]]:
        """Give (one, other, bits) of the pairs that `keep` keeps, part by part; arguments as tools/splink.Table.scored."""
        settings = self._in_spark(settings)
        api = self._backend.SparkAPI(spark_session=self.spark, break_lineage_method="parquet")
        for n in range(chunks):
            query = f"SELECT '0' AS match_key, one AS join_key_l, other AS join_key_r FROM pair WHERE one % {chunks:d} = {n:d}"  # noqa: S608
            linker = self._splink.Linker(api.register(self.spark.table("people")), settings, log_level=logging.ERROR)
            linker.table_management.register_blocked_pairs_for_predict(api.register(self.spark.sql(query)))
            predicted = linker.inference.predict(warning_mode="never")
            found = self.spark.sql(self._said(FOUND.format(added=added, predicted=predicted.physical_name, keep=keep)))
            rows = ((r.one, r.other, r.bits) for r in found.toLocalIterator())
            while some := list(islice(rows, AT_ONCE)):
                yield some

    def _in_spark(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Say every condition of the settings in Spark's dialect; a level is else, missing, or a condition."""
        comparisons = []
        for c in settings["comparisons"]:
            levels = [{**level, "sql_condition": self._condition(level["sql_condition"])} for level in c["comparison_levels"]]
            comparisons.append({**c, "comparison_levels": levels})
        return {**settings, "comparisons": comparisons}

    def _condition(self, sql: str) -> str:
        return sql if sql == "ELSE" else self._said(f"SELECT {sql}").removeprefix("SELECT ")

    def close(self) -> None:
        """Stop Spark."""
        self.spark.stop()
