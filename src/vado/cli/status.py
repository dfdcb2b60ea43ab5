"""vado status: counts per partner and format."""

from collections import Counter

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import COUNT_HEADS, as_json, count_cells, out
from vado.exchange import consult
from vado.exchange.ports import Exchange
from vado.exchange.replay import stale
from vado.exchange.watch import Figures, figures
from vado.model.codec import to_plain
from vado.model.original import State
from vado.wiring.plugins import load_readers


@click.command()
@click.option("--alerts", is_flag=True, help="Only where more fails than usual, who is held, and what is tried again.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per partner and format; with --alerts one per alert.")
@click.pass_obj
def status(context: Context, alerts: bool, as_lines: bool) -> None:
    """Count originals, facts per rung of the fidelity ladder, persons, what waits and what is wrong.

    With --alerts it ends with 1 when there is one.
    """
    with context.exchange() as x:
        if alerts:
            _alerts(x, as_lines=as_lines)
        elif as_lines:
            for count in consult.status(x):
                click.echo(as_json(to_plain(count)))
        else:
            print_counts(x)
            for reader, n in sorted(stale(x, {r.name: r.version for r in load_readers()}).items()):
                out.print(
                    f"{n} originals were read by an earlier version: `vado reread --reader {reader}` shows what would change."
                )
            print_watched(figures(x))


def _alerts(x: Exchange, *, as_lines: bool) -> None:
    found = figures(x)
    if as_lines:
        for alert in found.alerts:
            click.echo(as_json(to_plain(alert)))
    else:
        if not found.alerts:
            out.print("Nowhere fails more than usual.")
        print_watched(found)
    if found.alerts:
        raise click.exceptions.Exit(1)


def print_watched(found: Figures) -> None:
    """Print what an operator has to know; nothing when all is well."""
    for a in found.alerts:
        out.print(
            f"Alert: {a.partner} by {a.channel}: {a.failed} of {a.of} could not be read in two hours; usual is {a.usual:.1%}.",
            style="bold", markup=False,
        )  # fmt: skip
    kept = Counter[str]()
    for s in found.standings:
        kept[s.partner] += s.count if s.state is State.KEPT else 0
    for h in found.holds:
        out.print(
            f"Held: {h.partner}, since {h.at:%Y-%m-%d %H:%M} UTC by {h.by}: {h.reason}. {kept[h.partner]} originals wait; "
            f"`vado partner release {h.partner}` reads them.",
            markup=False,
        )
    for partner in found.tripped:
        out.print(f"Linking of {partner} is stopped by the circuit breaker.", markup=False)
    if found.behind:
        out.print(f"{found.behind} bytes are acknowledged and not in the store yet.")
    if found.retried:
        out.print(f"{found.retried} originals could not be read, and are tried again while `vado serve` runs.")
    if found.given_up:
        out.print(f"{found.given_up} originals were tried too often: `vado ledger --state held`.")


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
