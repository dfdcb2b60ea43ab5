"""vado ladder: facts per rung, partner and month; what would lift most."""

from collections import Counter

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.exchange.ladder import Lift, Rung
from vado.exchange.ladder import ladder as story
from vado.model.codec import to_plain
from vado.model.reading import Fidelity

_OTHERS = 3  # lifts told after the first


@click.command()
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per count, then one per possible change.")
@click.pass_obj
def ladder(context: Context, as_lines: bool) -> None:
    """Show facts per rung of the fidelity ladder, partner and month received, and the single change that would lift most."""
    with context.exchange() as x:
        counted, lifts = story(x, context.viewer)
    if as_lines:
        for one in (*counted, *lifts):
            click.echo(as_json(to_plain(one)))
        return
    _table(counted)
    if not lifts:
        out.print("Nothing can rise: every fact is on the highest rung." if counted else "Nothing has been received yet.")
        return
    out.print(f"What would lift most: {_told(lifts[0])}", style="bold")
    for lift in lifts[1 : 1 + _OTHERS]:
        out.print(f"  then: {_told(lift)}")


def _table(counted: tuple[Rung, ...]) -> None:
    table = Table("partner", "month", box=None, header_style="bold")
    for rung in Fidelity:
        table.add_column(rung.name.lower(), justify="right")
    sums: dict[tuple[str, str], Counter[int]] = {}
    for one in counted:
        sums.setdefault((one.partner, one.month), Counter())[one.fidelity] += one.facts
    for (partner, month), facts in sums.items():
        table.add_row(partner, month, *(str(facts[rung] or "") for rung in Fidelity))
    out.print(table)


def _told(lift: Lift) -> str:
    share = lift.facts / lift.of
    return (
        f"if {lift.partner} would {lift.change}, {lift.facts} facts now read by {lift.format} would rise from "
        f"{lift.now.name} to {lift.then.name} ({lift.facts} of {lift.of}, {share:.0%}); they are about {lift.people} persons."
    )
