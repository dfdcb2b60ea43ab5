"""vado people: weights of matching, trained and measured on the place's own people; whom somebody would match."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import click
import orjson
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import out
from vado.exchange import people as story
from vado.linkage.batch import CHUNK, ENOUGH, MOST, name_bits, row, settings, worth_a_look
from vado.linkage.block import keys
from vado.linkage.decide import POSSIBLE_BITS
from vado.linkage.evaluate import evaluate as measured
from vado.linkage.model import MODEL, Model
from vado.linkage.train import train as trained
from vado.model.person import Demographics
from vado.store.sql.blocks import hashed
from vado.tools.splink import Table as Batch
from vado.wiring.build import model_of


@click.group()
def people() -> None:
    """How it is decided whose record it is: train, measure, renew."""


@people.command()
@click.option("--most", default=300_000, show_default=True, help="How many patients to learn from.")
@click.option("--yes", is_flag=True, help="Use the new weights without asking.")
@click.pass_obj
def train(context: Context, most: int, yes: bool) -> None:
    """Estimate the weights of matching from this place's own patients, without labels, and show what changes."""
    some = _some(context, most, "train-matching")
    data = context.settings().place / "data"
    before = model_of(data)
    try:
        chance = Random(1)  # noqa: S311 - no secret is made of it
        model = trained(some, chance, f"{datetime.now(UTC):%Y-%m-%d}, {len(some)} patients")
    except ValueError:
        raise click.UsageError(f"{len(some)} patients are too few to learn from; the shipped weights stay.") from None
    _show(before, model)
    if yes or click.confirm("Use these weights from now on?", default=False):
        path: Path = data / MODEL
        new = path.with_suffix(".new")
        new.write_bytes(orjson.dumps(model.plain(), option=orjson.OPT_INDENT_2))
        new.replace(path)
        click.echo(f"{path.name} written. Remove it to go back to the shipped weights. Links made before stay.")


@people.command()
@click.option("--most", default=100_000, show_default=True, help="How many patients to measure.")
@click.pass_obj
def evaluate(context: Context, most: int) -> None:
    """Measure matching per group of people, on those whose national number tells the truth; the number is hidden from matching."""
    some = _some(context, most, "evaluate-matching")
    found = measured(some, datetime.now(UTC).year, model_of(context.settings().place / "data"))
    table = Table("group", "true pairs", "linked", "95 % interval", "asked", "wrong links", "precision", box=None)
    for s in found:
        low, high = s.interval()
        table.add_row(
            s.group, str(s.pairs), f"{s.recall:.1%}", f"{low:.1%} to {high:.1%}", str(s.asked), str(s.wrong), f"{s.precision:.4f}"
        )
    out.print(table if found else "Nobody here has a national number with two partners: nothing tells the truth.")


@people.command()
@click.pass_obj
def renew(context: Context) -> None:
    """Normalise all patients anew and write the keys under which they are found; links stay."""
    with context.exchange() as x:
        n = story.renew(x, context.viewer)
    click.echo(f"{n} patients renewed.")


@people.command()
@click.option(
    "--memory", default=1500, show_default=True, help="Megabytes that the comparison may take; what is more goes to the disk."
)
@click.pass_obj
def batch(context: Context, memory: int) -> None:
    """Compare everybody with everybody: after a first load, or new weights. Needs the extra: pip install 'vado[batch]'."""
    with context.exchange() as x, TemporaryDirectory(dir=context.settings().place / "data") as folder:
        try:
            pairs_of = Batch(Path(folder), f"{memory}MB")
        except ImportError:
            raise click.UsageError("Splink and DuckDB are not here: pip install 'vado[batch]'.") from None
        model, ids = model_of(context.settings().place / "data"), list[str]()
        pairs_of.fill(_rows(story.everybody(x, context.viewer, "compare-everybody"), model, ids))
        if not ids:
            raise click.UsageError("Nobody is known here yet.")
        pairs, crowded = pairs_of.pair(MOST, ENOUGH)
        click.echo(f"{len(ids)} patients, {pairs} pairs; {crowded} keys that more than {MOST} share compare nobody.")
        keep = worth_a_look(model, POSSIBLE_BITS)
        found = pairs_of.scored(settings(model), name_bits(), keep, chunks=1 + pairs // CHUNK)
        compared, doubts = story.compare_pairs(x, ((ids[a], ids[b]) for some in found for a, b, _ in some))
        pairs_of.close()
    click.echo(f"{compared} pairs decided on, {doubts} doubts wait for a person.")


def _rows(people: Iterable[Demographics], model: Model, ids: list[str]) -> Iterator[tuple[dict[str, Any], list[int]]]:
    for n, d in enumerate(people):
        ids.append(d.patient)
        yield row(n, d, model), [hashed(k) for k in keys(d)]


def _some(context: Context, most: int, why: str) -> list[Demographics]:
    with context.exchange() as x:
        return list(islice(story.everybody(x, context.viewer, why), most))


def _show(before: Model, now: Model) -> None:
    table = Table("field", "level", "bits before", "bits now", box=None)
    for (field, level), bits in sorted(now.bits.items()):
        old = before.bits.get((field, level))
        if old is None or abs(old - bits) >= 0.5:
            table.add_row(field, level, "" if old is None else f"{old:.1f}", f"{bits:.1f}")
    out.print(table if table.row_count else "Nothing changes by half a bit: too few people are here twice, or the weights fit.")
    out.print(f"Names that several people bear: {len(now.names)}.")
