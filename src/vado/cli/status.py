"""vado status: counts per partner and format."""

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import COUNT_HEADS, as_json, count_cells, out
from vado.exchange import consult
from vado.exchange.ports import Exchange
from vado.exchange.reread import stale
from vado.model.codec import to_plain
from vado.wiring.plugins import load_readers


@click.command()
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per partner and format.")
@click.pass_obj
def status(context: Context, as_lines: bool) -> None:
    """Count originals, facts per rung of the fidelity ladder, persons, what waits and what is wrong."""
    with context.exchange() as x:
        if as_lines:
            for count in consult.status(x):
                click.echo(as_json(to_plain(count)))
        else:
            print_counts(x)
            for reader, n in sorted(stale(x, {r.name: r.version for r in load_readers()}).items()):
                out.print(
                    f"{n} originals were read by an earlier version: `vado reread --reader {reader}` shows what would change."
                )


def print_counts(x: Exchange) -> None:
    """Print the table per partner and format."""
    table = Table(
        box=None,
        header_style="bold",
        title="Originals, facts per rung of the fidelity ladder, persons, and what waits",
        title_justify="left",
    )
    for n, head in enumerate(COUNT_HEADS):
        table.add_column(head, justify="left" if n < 2 else "right")
    for count in consult.status(x):
        table.add_row(*count_cells(count))
    out.print(table)
