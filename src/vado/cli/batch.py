"""vado people batch: everybody against everybody, by Splink over DuckDB or over Spark."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from vado.cli.main import Context
from vado.exchange import people as story
from vado.linkage.batch import ALONE, CHUNK, ENOUGH, FEW, MOST, name_bits, part, settings, some_at_a_time, worth_a_look
from vado.tools.spark import SparkTable
from vado.tools.splink import Table
from vado.wiring.build import model_of


@click.command()
@click.option(
    "--memory", default=1500, show_default=True, help="Megabytes that the comparison may take; what is more goes to the disk."
)
@click.option("--spark", "master", help="Spark's master URL, where one machine is outgrown: local[*], spark://host:7077, yarn.")
@click.pass_obj
def batch(context: Context, memory: int, master: str | None) -> None:
    """Compare everybody with everybody: after a first load, or new weights. Needs an extra: pip install 'vado[batch]', or 'vado[spark]'."""
    with context.exchange() as x, TemporaryDirectory(dir=context.settings().place / "data") as folder:
        pairs_of = _table(Path(folder), f"{memory}MB", master)
        model, ids = model_of(context.settings().place / "data"), list[str]()
        everybody = some_at_a_time(story.everybody(x, context.viewer, "compare-everybody"), ids)
        pairs_of.fill(everybody, partial(part, model=model), ALONE)
        if not ids:
            raise click.UsageError("Nobody is known here yet.")
        pairs, crowded = pairs_of.pair(MOST, ENOUGH, FEW)
        click.echo(f"{len(ids)} patients, {pairs} pairs; {crowded} keys that more than {MOST} share compare nobody.")
        keep = worth_a_look(model, model.thresholds.possible)
        found = pairs_of.scored(settings(model), name_bits(model), keep, chunks=1 + pairs // CHUNK)
        compared, doubts = story.compare_pairs(x, ((ids[a], ids[b]) for some in found for a, b, _ in some))
        pairs_of.close()
    click.echo(f"{compared} pairs decided on, {doubts} doubts wait for a person.")


def _table(folder: Path, memory: str, master: str | None) -> Table | SparkTable:
    try:
        return SparkTable(folder, memory, master) if master else Table(folder, memory)
    except ImportError:
        extra = "spark" if master else "batch"
        raise click.UsageError(f"What this needs is not installed: pip install 'vado[{extra}]'.") from None
