"""vado partner hold, release and holds: what a partner sends is kept and acknowledged, and not read until it is released."""

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.receive import show, tell
from vado.cli.words import out
from vado.errors import SettingsError
from vado.exchange import hold as story
from vado.exchange.ports import Exchange
from vado.model.original import UNKNOWN_PARTNER, PartnerId


@click.command()
@click.argument("id")
@click.option("--reason", required=True, help="Why; whoever finds it held has to know. Name no patient.")
@click.pass_obj
def hold(context: Context, id: str, reason: str) -> None:  # noqa: A002 - the word of the command line
    """Read nothing of partner ID from now on. What it sends is kept and acknowledged as ever."""
    with context.exchange() as x:
        story.hold(x, _known(x, id), reason, context.viewer)
    click.echo(f"{id} is held. `vado partner release {id}` reads what waits, in its order.")


@click.command()
@click.argument("id")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per original instead of a progress bar.")
@click.pass_obj
def release(context: Context, id: str, as_lines: bool) -> None:  # noqa: A002
    """Read what waits of partner ID, in its order, then end the hold. If it is stopped the hold stays."""
    with context.exchange() as x:
        partner = _known(x, id)
        rows = story.release(x, partner, context.viewer)
        tell(show(rows, story.waiting(x, partner), as_lines=as_lines, room=x.room), as_lines=as_lines)
    if not as_lines:
        click.echo(f"{id} is released.")


@click.command()
@click.option("--past", is_flag=True, help="Also those that have ended.")
@click.pass_obj
def holds(context: Context, past: bool) -> None:
    """List who is held: why, by whom, since when, and how much waits."""
    with context.exchange() as x:
        found = story.holds(x, past=past)
        table = Table("partner", "since", "by", "reason", "waiting", "released", box=None)
        for h in found:
            ended = f"{h.released:%Y-%m-%d %H:%M} by {h.released_by}" if h.released else ""
            table.add_row(
                h.partner, f"{h.at:%Y-%m-%d %H:%M}", h.by, h.reason, "" if ended else str(story.waiting(x, h.partner)), ended
            )
        out.print(table if found else "Nobody is held.")


def _known(x: Exchange, partner: str) -> PartnerId:
    if partner not in x.profiles and partner != UNKNOWN_PARTNER:
        raise SettingsError("CO-004", partner=partner)
    return PartnerId(partner)
