"""vado collaboration direction: which way each thing goes."""

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.exchange.collaboration.travel import as_lines, travel


@click.command()
@click.option("--json", "as_one", is_flag=True, help="Say it as one line of JSON.")
@click.pass_obj
def direction(context: Context, as_one: bool) -> None:
    """Show which way things go: months of the exchange and closed rounds, each by itself. There is no score of all."""
    with context.exchange() as x:
        said = as_lines(travel(x, context.viewer))
    if as_one:
        click.echo(as_json(said))
        return
    table = Table("what", "which way", "points", "first", "last")
    for s in said["series"]:
        points = list(s["points"].values())
        table.add_row(s["what"], s["word"], str(len(points)), *(f"{p:g}" for p in (points[:1] + points[-1:] or ())))
    for d in said["dimensions"]:
        means = list(d["means"].values())
        table.add_row(d["dimension"], d["word"], str(len(means)), *(f"{m:g}" for m in (means[:1] + means[-1:] or ())))
    out.print(table)
    people, whole = (said[k] if said[k] is not None else "-" for k in ("people_now", "whole_now"))
    out.print(f"people whom two or more hold something on: {people}; whole: {whole}")
