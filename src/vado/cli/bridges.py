"""vado bridges: each partner with what flows, fails and waits, and the next best steps with their reckoning."""

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.exchange import bridges as story
from vado.exchange.bridges import Bridge
from vado.exchange.steps import Step, sentences
from vado.model.codec import to_plain
from vado.web.words import translations
from vado.wiring.plugins import load_readers


@click.command()
@click.option("--steps", "most", default=5, show_default=True, type=click.IntRange(0, 100), help="How many steps to show.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per partner, then one per step.")
@click.pass_obj
def bridges(context: Context, most: int, as_lines: bool) -> None:
    """Show what flows over each bridge, what fails and waits there, and the change at one partner that would lift most."""
    settings = context.settings()
    with context.exchange() as x:
        story.keep_counts(x)
        found = story.bridges(x, context.viewer, {r.name: r.version for r in load_readers()})
    if as_lines:
        for one in (*found.bridges, *found.steps[:most]):
            click.echo(as_json(to_plain(one)))
        return
    out.print(_table(found.bridges) if found.bridges else "No partner is connected yet: `vado partner add`.", markup=False)
    for n, step in enumerate(found.steps[:most]):
        _print_step(step, settings.language, first=n == 0)


def _table(found: tuple[Bridge, ...]) -> Table:
    heads = (
        "partner",
        "heard last",
        "in: day",
        "week",
        "quarter",
        "out",
        "facts",
        "people",
        "joined",
        "doubts",
        "desk",
        "not read",
    )
    table = Table(box=None, header_style="bold")
    for n, head in enumerate(heads):
        table.add_column(head, justify="left" if n < 2 else "right")
    for b in found:
        numbers = (*b.came, b.went[-1], b.values, b.persons, b.joined, b.doubts, b.desk, b.failed)
        table.add_row(f"{b.partner}{' (held)' if b.hold else ''}", b.last, *(str(n or "") for n in numbers))
    return table


def _print_step(step: Step, language: str, *, first: bool) -> None:
    do, gain, why = sentences(step, translations(language))
    out.print(f"{do}: {gain}.", style="bold" if first else None, markup=False)
    out.print(f"  {why}", markup=False)
    out.print(f"  {', '.join(f'{what} {n}' for what, n in step.rows)}", markup=False)
